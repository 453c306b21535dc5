// The header `transformation`: a STOMP client says that its body is more than text, or asks how it
// wants to see what is. As in ActiveMQ: [dialect: SEND, SUBSCRIBE]
//
//     jms-map-json, jms-map-xml          a MapMessage   {"map":{"entry":[{"string":"n","int":1}]}}
//     jms-object-json, jms-object-xml    an ObjectMessage, of data that JSON can say
//     jms-json, jms-xml                  on SUBSCRIBE: either of them, whichever it is
//
// A map in plain JSON, `{"n":1}`, is understood as well: so we show one to who did not ask.

import type { Body, TypedValue } from '#broker';
import { type Element, readElements, readXml, writeElements, writeXml } from './element-tree.ts';
import { unsupported } from './errors.ts';
import { stompLimits } from './limits.ts';
import { bytesText, propertyText } from './rendering.ts';

const JSON_TYPE = 'application/json';
const MAP = /^jms-map-(json|xml)$/;
const OBJECT = /^jms-object-(json|xml)$/;
/** JSON has no word for it, and a number in JavaScript no room: it travels as this and its digits. */
const LONG_MARK = '\u0001long:';

/**
 * Checks what a sender says of a body.
 *
 * @returns why the body is not what it is said to be
 * @throws {StompError} for a transformation that we do not have
 */
export function checkTransformation(name: string, bytes: Buffer): string | undefined {
  if (!MAP.test(name) && !OBJECT.test(name)) throw unsupported(`transformation '${name}' on SEND`);
  try {
    readTransformed(name, bytes);
    return undefined;
  } catch (error) {
    return `expected a body for ${name}: ${error instanceof Error ? error.message : error}`;
  }
}

/** Checks what a subscriber asks for. */
export function checkAsked(name: string): void {
  if (MAP.test(name) || OBJECT.test(name) || name === 'jms-json' || name === 'jms-xml') return;
  throw unsupported(`transformation '${name}' on SUBSCRIBE`);
}

/** Reads a body as its sender says it is to be read. @throws {Error} */
export function readTransformed(name: string, bytes: Buffer): Body {
  const most = stompLimits.transformedBytesMax;
  if (bytes.length > most) throw new Error(`${bytes.length} bytes exceed ${most}`);
  const text = bytes.toString();
  if (name === 'jms-map-xml') return { kind: 'map', entries: entriesOf(readXml(text)) };
  if (name === 'jms-map-json') return { kind: 'map', entries: entriesOfJson(parseJson(text)) };
  const value = name === 'jms-object-xml' ? JSON.stringify(dataOf(readXml(text))) : text;
  if (name === 'jms-object-json') JSON.parse(text);
  else if (name !== 'jms-object-xml') throw new Error('this transformation is unknown');
  return { kind: 'object', bytes: Buffer.from(value), contentType: JSON_TYPE };
}

/** Renders a map or an object as a subscriber asked for it; undefined: it did not ask for this. */
export function renderTransformed(
  body: Body,
  asked: string,
): { readonly text: string; readonly transformation: string } | undefined {
  const style = asked.endsWith('xml') ? 'xml' : 'json';
  const either = asked === `jms-${style}`;
  if (body.kind === 'map' && (either || MAP.test(asked))) {
    const tree = mapElement(body.entries);
    const text = style === 'xml' ? writeXml(tree) : writeElements(tree);
    return { text, transformation: `jms-map-${style}` };
  }
  if (body.kind !== 'object' || !(either || OBJECT.test(asked))) return undefined;
  const json = bytesText(body.bytes);
  try {
    const value: unknown = parseJson(json);
    const text = style === 'xml' ? writeXml(elementOf(value)) : json;
    return { text, transformation: `jms-object-${style}` };
  } catch {
    // An object of another kind is bytes to everybody.
    return undefined;
  }
}

function entriesOf(root: Element): Map<string, TypedValue> {
  if (root.name !== 'map') throw new Error(`it is a <${root.name}>, not a <map>`);
  const entries = new Map<string, TypedValue>();
  for (const { name, children } of root.children) {
    const key = children.find((child) => child.name === 'string');
    const value = children.find((child) => child !== key);
    if (name !== 'entry' || key === undefined || value === undefined || children.length !== 2) {
      throw new Error('expected entries of a string and a value');
    }
    entries.set(key.text, typedValue(value));
  }
  return entries;
}

function entriesOfJson(value: unknown): Map<string, TypedValue> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Error('it is not an object');
  }
  if ('map' in value && Object.keys(value).length === 1)
    return entriesOf(readElements(unmarked(value)));
  return new Map(
    Object.entries(value).map(([name, one]: [string, unknown]) => [name, valueOfJson(name, one)]),
  );
}

function valueOfJson(name: string, value: unknown): TypedValue {
  if (value === null) return { type: 'null', value };
  if (typeof value === 'boolean') return { type: 'boolean', value };
  if (typeof value === 'number') {
    if (!Number.isInteger(value) || Object.is(value, -0)) return { type: 'double', value };
    if (value === (value | 0)) return { type: 'int', value };
    return Number.isSafeInteger(value)
      ? { type: 'long', value: BigInt(value) }
      : { type: 'double', value };
  }
  if (typeof value !== 'string') throw new Error(`'${name}' is an object, which a map cannot hold`);
  if (!value.startsWith(LONG_MARK)) return { type: 'string', value };
  return integer('long', value.slice(LONG_MARK.length), 64);
}

function typedValue({ name, text, children }: Element): TypedValue {
  if (children.length > 0) throw new Error(`<${name}> has elements, which a map cannot hold`);
  switch (name) {
    case 'string':
      return { type: 'string', value: text };
    case 'boolean':
      return { type: 'boolean', value: text.trim() === 'true' };
    case 'byte':
      return integer(name, text, 8);
    case 'short':
      return integer(name, text, 16);
    case 'int':
      return integer(name, text, 32);
    case 'long':
      return integer(name, text, 64);
    case 'float':
    case 'double': {
      const value = Number(text);
      if (text.trim() === '' || (Number.isNaN(value) && text.trim() !== 'NaN')) {
        throw new Error(`'${text}' is no ${name}`);
      }
      return { type: name, value: name === 'float' ? Math.fround(value) : value };
    }
    case 'char':
      if (text.length !== 1) throw new Error(`'${text}' is no char`);
      return { type: 'char', value: text };
    case 'byte-array':
      return { type: 'bytes', value: Buffer.from(text, 'base64') };
    case 'null':
      return { type: 'null', value: null };
    default:
      throw new Error(`a map cannot hold a <${name}>`);
  }
}

function integer(type: 'byte' | 'short' | 'int' | 'long', text: string, bits: number): TypedValue {
  const digits = text.trim();
  if (!/^[+-]?\d{1,20}$/.test(digits)) throw new Error(`'${text}' is no ${type}`);
  const value = BigInt(digits.replace('+', ''));
  if (BigInt.asIntN(bits, value) !== value) throw new Error(`${digits} is too large for ${type}`);
  return type === 'long' ? { type, value } : { type, value: Number(value) };
}

/** Data that JSON can say; an element of an unknown name is an object of its fields. */
function dataOf({ name, children, text }: Element): unknown {
  if (name === 'map' || (children.length > 0 && children.every((one) => one.name === 'entry'))) {
    return Object.fromEntries(
      children.map(({ children: [key, value] }) => {
        if (key === undefined || value === undefined) throw new Error('an entry is not a pair');
        return [key.text, dataOf(value)];
      }),
    );
  }
  if (/(^|[.-])(list|set|array)$/.test(name) && name !== 'byte-array') return children.map(dataOf);
  if (children.length > 0) {
    return Object.fromEntries(children.map((child) => [child.name, dataOf(child)]));
  }
  if (name === 'null') return null;
  if (name === 'boolean') return text.trim() === 'true';
  if (/^(byte|short|int|long|float|double)$/.test(name)) return Number(text);
  return text;
}

function mapElement(entries: ReadonlyMap<string, TypedValue>): Element {
  return {
    name: 'map',
    text: '',
    children: [...entries].map(([name, value]) => {
      const key = { name: 'string', children: [], text: name };
      const type = value.type === 'bytes' ? 'byte-array' : value.type;
      const one = { name: type, children: [], text: propertyText(value) };
      return { name: 'entry', text: '', children: [key, one] };
    }),
  };
}

function elementOf(value: unknown): Element {
  const leaf = (name: string, text: string): Element => ({ name, text, children: [] });
  if (value === null) return leaf('null', '');
  if (typeof value === 'string') {
    const long = value.startsWith(LONG_MARK);
    return long ? leaf('long', value.slice(LONG_MARK.length)) : leaf('string', value);
  }
  if (typeof value === 'boolean') return leaf('boolean', String(value));
  if (typeof value === 'number') {
    const name = Number.isInteger(value) ? (value === (value | 0) ? 'int' : 'long') : 'double';
    return leaf(name, String(value));
  }
  if (Array.isArray(value)) return { name: 'list', text: '', children: value.map(elementOf) };
  const children = Object.entries(value as object).map(([name, one]: [string, unknown]) => {
    return { name: 'entry', text: '', children: [leaf('string', name), elementOf(one)] };
  });
  return { name: 'map', text: '', children };
}

/** JSON whose long integers keep their digits, marked. */
function parseJson(text: string): unknown {
  const marked = text.replace(/"[^"\\]*(?:\\.[^"\\]*)*"|-?\d[\d.eE+-]*/gs, (token) =>
    /^-?\d{16,}$/.test(token) ? JSON.stringify(LONG_MARK + token) : token,
  );
  return JSON.parse(marked);
}

function unmarked(value: unknown): unknown {
  if (typeof value === 'string')
    return value.startsWith(LONG_MARK) ? value.slice(LONG_MARK.length) : value;
  if (Array.isArray(value)) return value.map(unmarked);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, unmarked(one)]));
}
