import test from 'ava';
import { describe } from './body.ts';
import type { MessageSpec, Received } from './dialogue.ts';
import { differences, rowDifferences, type Sight, setDifferences } from './expect.ts';

const JMS: Sight = { from: 'jms', to: 'jms', strict: true };
const TO_STOMP: Sight = { from: 'jms', to: 'stomp', strict: true };

function textOf(text: string, more: Partial<Received> = {}): Received {
  return { body: describe(text), properties: {}, ...more };
}

test('interop: a difference in kind, text or length of a body is found', (t) => {
  const spec: MessageSpec = { body: { text: 'héllo 🐙' } };
  t.deepEqual(differences(spec, textOf('héllo 🐙'), JMS), []);
  t.is(differences(spec, textOf('hello 🐙'), JMS).length, 1);
  t.is(differences(spec, undefined, JMS).length, 1);
  const bytes = { body: describe(Buffer.from('héllo 🐙')), properties: {} };
  t.is(differences(spec, bytes, TO_STOMP).length, 1);
  t.deepEqual(differences(spec, bytes, { ...TO_STOMP, strict: false }), []);
});

test('interop: a long body is compared by its digest', (t) => {
  const spec: MessageSpec = { body: { hex: '00ff', times: 5000 } };
  const sent = Buffer.from('00ff'.repeat(5000), 'hex');
  t.deepEqual(differences(spec, { body: describe(sent), properties: {} }, JMS), []);
  sent[9999] = 0xfe;
  t.is(differences(spec, { body: describe(sent), properties: {} }, JMS).length, 1);
});

test('interop: the type of a property counts, unless STOMP stands on one side', (t) => {
  const spec: MessageSpec = {
    body: { text: '' },
    properties: { n: { type: 'short', value: '7' } },
  };
  const asInt = textOf('', { properties: { n: { type: 'int', value: '7' } } });
  t.is(differences(spec, asInt, JMS).length, 1);
  const asString = textOf('', { properties: { n: { type: 'string', value: '7' } } });
  t.deepEqual(differences(spec, asString, TO_STOMP), []);
  t.is(differences(spec, textOf(''), TO_STOMP).length, 1);
});

test('interop: floats are equal when they are the same number, however they are spelled', (t) => {
  const properties = { f: { type: 'float', value: '3.4028234663852886e38' } } as const;
  const spec: MessageSpec = { body: { text: '' }, properties };
  const java = textOf('', { properties: { f: { type: 'float', value: '3.4028235E38' } } });
  t.deepEqual(differences(spec, java, JMS), []);
  const other = textOf('', { properties: { f: { type: 'float', value: '3.4028233E38' } } });
  t.is(differences(spec, other, JMS).length, 1);
});

test('interop: a property that nobody sent is found, unless providers may add it', (t) => {
  const spec: MessageSpec = { body: { text: '' } };
  const added = textOf('', { properties: { JMSXDeliveryCount: { type: 'int', value: '1' } } });
  t.deepEqual(differences(spec, added, JMS), []);
  const leaked = textOf('', { properties: { receipt: { type: 'string', value: 'r1' } } });
  t.deepEqual(differences(spec, leaked, JMS), ['property receipt was never sent']);
});

test('interop: a row tells what is missing, out of order, or too much', (t) => {
  const specs: MessageSpec[] = ['a', 'b'].map((text) => ({ body: { text } }));
  t.deepEqual(
    rowDifferences(
      specs,
      ['a', 'b'].map((text) => textOf(text)),
      JMS,
    ),
    [],
  );
  t.is(
    rowDifferences(
      specs,
      ['b', 'a'].map((text) => textOf(text)),
      JMS,
    ).length,
    2,
  );
  t.is(rowDifferences(specs, [textOf('a')], JMS).length, 1);
  t.is(
    rowDifferences(
      specs,
      ['a', 'b', 'b'].map((text) => textOf(text)),
      JMS,
    ).length,
    1,
  );
});

test('interop: where the order says nothing, losses and duplicates still do', (t) => {
  const specs: MessageSpec[] = ['a', 'b'].map((text) => ({ body: { text } }));
  const came = (...texts: string[]): Received[] => texts.map((text) => textOf(text));
  t.deepEqual(setDifferences(specs, came('b', 'a'), JMS), []);
  t.deepEqual(setDifferences(specs, came('b'), JMS), ['message 1 is missing']);
  t.is(setDifferences(specs, came('b', 'a', 'a'), JMS).length, 1);
  t.is(setDifferences(specs, came('b', 'b'), JMS).length, 2);
});
