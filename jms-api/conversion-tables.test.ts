// Table 3-2 (properties) and Table 3-7 (maps and streams) as data, and a test of every cell: what is
// marked converts, what is not throws MessageFormatException. [JMS 3.5.4, 3.11.3]

import test from 'ava';
import { MessageFormatException, NullPointerException, NumberFormatException } from './errors.ts';
import { JmsMessage } from './jms-message.ts';
import { JmsMapMessage } from './map-message.ts';
import { JmsStreamMessage } from './stream-message.ts';

const COLUMNS = [
  'boolean',
  'byte',
  'short',
  'char',
  'int',
  'long',
  'float',
  'double',
  'String',
  'byte[]',
] as const;
type Column = (typeof COLUMNS)[number];

// Rows: written as; columns: read as, in the order of COLUMNS. Table 3-2 is the same without char
// and byte[].
const TABLE: Readonly<Record<Column, string>> = {
  boolean: 'X.......X.',
  byte: '.XX.XX..X.',
  short: '..X.XX..X.',
  char: '...X....X.',
  int: '....XX..X.',
  long: '.....X..X.',
  float: '......XXX.',
  double: '.......XX.',
  String: 'XXX.XXXXX.',
  'byte[]': '.........X',
};
const IN_BODIES_ONLY: readonly Column[] = ['char', 'byte[]'];

const SAMPLE: Readonly<Record<Column, unknown>> = {
  boolean: true,
  byte: -5,
  short: 300,
  char: 'é',
  int: 70000,
  long: 2n ** 62n,
  float: 0.5,
  double: 1e100,
  String: '42',
  'byte[]': Uint8Array.of(0, 255),
};

/** What a marked cell gives. */
function expected(from: Column, to: Column): unknown {
  const value = SAMPLE[from];
  if (to === 'String') {
    if (from === 'double') return '1.0E100';
    return String(value);
  }
  if (from === 'String') {
    if (to === 'boolean') return false;
    return to === 'long' ? 42n : 42;
  }
  return to === 'long' ? BigInt(value as number) : value;
}

type Methods = Record<string, (...parts: unknown[]) => unknown>;
const methodName = (column: Column) =>
  column === 'byte[]' ? 'Bytes' : column.charAt(0).toUpperCase() + column.slice(1);

for (const from of COLUMNS) {
  for (const to of COLUMNS) {
    const marked = TABLE[from][COLUMNS.indexOf(to)] === 'X';
    const verb = marked ? 'reads as' : 'does not read as';
    const properties = !IN_BODIES_ONLY.includes(from) && !IN_BODIES_ONLY.includes(to);

    test(`[JMS 3.11.3] Table 3-7: map ${from} ${verb} ${to}`, (t) => {
      const message = new JmsMapMessage();
      const methods = message as unknown as Methods;
      methods[`set${methodName(from)}`]?.('x', SAMPLE[from]);
      const read = () => methods[`get${methodName(to)}`]?.('x');
      if (marked) t.deepEqual(read(), expected(from, to));
      else t.throws(read, { instanceOf: MessageFormatException });
    });

    test(`[JMS 3.11.3] Table 3-7: stream ${from} ${verb} ${to}`, (t) => {
      const message = new JmsStreamMessage();
      const methods = message as unknown as Methods;
      methods[`write${methodName(from)}`]?.(SAMPLE[from]);
      message.reset();
      const buffer = new Uint8Array(10);
      const read = () =>
        to === 'byte[]'
          ? buffer.subarray(0, message.readBytes(buffer))
          : methods[`read${methodName(to)}`]?.();
      if (marked) t.deepEqual(read(), expected(from, to));
      else {
        t.throws(read, { instanceOf: MessageFormatException });
        t.notThrows(() => message.readObject(), 'the value can still be read');
      }
    });

    if (!properties) continue;
    test(`[JMS 3.5.4] Table 3-2: property ${from} ${verb} ${to}`, (t) => {
      const message = new JmsMessage();
      const methods = message as unknown as Methods;
      methods[`set${methodName(from)}Property`]?.('x', SAMPLE[from]);
      const read = () => methods[`get${methodName(to)}Property`]?.('x');
      if (marked) t.deepEqual(read(), expected(from, to));
      else t.throws(read, { instanceOf: MessageFormatException });
    });
  }
}

const OF_NULL: Readonly<Record<Column, unknown>> = {
  boolean: false,
  byte: NumberFormatException,
  short: NumberFormatException,
  char: NullPointerException,
  int: NumberFormatException,
  long: NumberFormatException,
  float: NullPointerException,
  double: NullPointerException,
  String: null,
  'byte[]': null,
};

for (const to of COLUMNS) {
  test(`[JMS 3.5.4] null and absent values read as ${to} are its valueOf(null)`, (t) => {
    const outcome = OF_NULL[to];
    const check = (read: () => unknown) => {
      if (typeof outcome === 'function') t.throws(read, { instanceOf: outcome as never });
      else t.is(read(), outcome);
    };
    const map = new JmsMapMessage();
    map.setObject('null', null);
    const message = new JmsMessage();
    message.setStringProperty('null_', null);
    for (const name of ['null', 'absent']) {
      check(() => (map as unknown as Methods)[`get${methodName(to)}`]?.(name));
    }
    if (IN_BODIES_ONLY.includes(to)) return;
    for (const name of ['null_', 'absent']) {
      check(() => (message as unknown as Methods)[`get${methodName(to)}Property`]?.(name));
    }
  });
}

for (const to of ['Byte', 'Short', 'Int', 'Long', 'Float', 'Double']) {
  test(`[JMS 3.5.4] a text that is no number read as ${to} is a NumberFormatException`, (t) => {
    const message = new JmsMessage();
    for (const text of ['', 'x', '1 2', '0x10', '99999999999999999999999x']) {
      message.setStringProperty('p', text);
      const read = () => (message as unknown as Methods)[`get${to}Property`]?.('p');
      t.throws(read, { instanceOf: NumberFormatException }, text);
    }
  });
}

test('[JMS 3.5.4] boolean texts: only true, in any case, is true', (t) => {
  const message = new JmsMessage();
  for (const [text, value] of [
    ['true', true],
    ['TrUe', true],
    ['yes', false],
    ['1', false],
  ] as const) {
    message.setStringProperty('p', text);
    t.is(message.getBooleanProperty('p'), value);
  }
});
