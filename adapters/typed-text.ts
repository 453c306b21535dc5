// Typed values as text and back, for protocols whose headers have fewer types than JMS. [JMS 3.5.4]

import type { TypedValue, ValueType } from '#jms-api';

/** The text of a value; a reader that knows its type gets the value back, bit for bit. */
export function textOf(value: TypedValue): string {
  switch (value.type) {
    case 'bytes':
      return Buffer.from(value.value).toString('base64');
    case 'null':
      return '';
    case 'float':
    case 'double':
      return Object.is(value.value, -0) ? '-0' : String(value.value);
    default:
      return String(value.value);
  }
}

/** @throws {Error} if the text is none of that type */
export function typedValue(type: ValueType, text: string): TypedValue {
  switch (type) {
    case 'null':
      return { type, value: null };
    case 'boolean':
      return { type, value: text === 'true' };
    case 'byte':
    case 'short':
    case 'int':
    case 'float':
    case 'double':
      return { type, value: Number(text) };
    case 'long':
      return { type, value: BigInt(text) };
    case 'bytes':
      return { type, value: Buffer.from(text, 'base64') };
    case 'string':
    case 'char':
      return { type, value: text };
    default:
      throw new Error(`'${type}' is no type of JMS`);
  }
}

/** A value in JSON: its type and its text. */
export type Pair = readonly [type: ValueType, text: string];

export function pairOf(value: TypedValue): Pair {
  return [value.type, textOf(value)];
}

/** @throws {Error} if it is no pair */
export function typedValueOfPair(pair: unknown): TypedValue {
  if (Array.isArray(pair) && typeof pair[0] === 'string' && typeof pair[1] === 'string') {
    return typedValue(pair[0] as ValueType, pair[1]);
  }
  throw new Error('expected a pair of a type and a text');
}
