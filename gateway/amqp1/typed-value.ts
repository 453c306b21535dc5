// AMQP values that can be JMS properties, map entries or stream items, and back. JMS has no unsigned
// types: they widen to the next signed one, so that no number changes. [JMS mapping WD10]

import type { TypedValue } from '#broker';
import { formatUuid } from './message-id.ts';
import type { Value } from './types.ts';

const LONG_MAX = 2n ** 63n - 1n;

/** Reads a value for an application property; `undefined` for what JMS cannot hold there. */
export function propertyOf(value: Value): TypedValue | undefined {
  if (value.type === 'char') return { type: 'string', value: String.fromCodePoint(value.value) };
  if (value.type === 'binary') return undefined;
  return itemOf(value);
}

/** Reads a value for an entry of a map or stream body; `undefined` for what JMS cannot hold. */
export function itemOf(value: Value): TypedValue | undefined {
  switch (value.type) {
    case 'null':
    case 'boolean':
    case 'byte':
    case 'short':
    case 'int':
    case 'float':
    case 'double':
    case 'long':
    case 'string':
      // The compiler keeps `char` in the union of numbers; the cases above leave it out.
      return value as TypedValue;
    case 'ubyte':
      return { type: 'short', value: value.value };
    case 'ushort':
      return { type: 'int', value: value.value };
    case 'uint':
      return { type: 'long', value: BigInt(value.value) };
    case 'ulong':
      // There is no wider type: what does not fit keeps its digits.
      if (value.value > LONG_MAX) return { type: 'string', value: String(value.value) };
      return { type: 'long', value: value.value };
    case 'timestamp':
      return { type: 'long', value: value.value };
    case 'char': {
      const text = String.fromCodePoint(value.value);
      return { type: text.length === 1 ? 'char' : 'string', value: text };
    }
    case 'symbol':
      return { type: 'string', value: value.value };
    case 'uuid':
      return { type: 'string', value: formatUuid(value.value) };
    case 'binary':
      return { type: 'bytes', value: value.value };
    default:
      return undefined;
  }
}

/** Makes the AMQP value of a property, entry or item. */
export function amqpValueOf(typed: TypedValue): Value {
  switch (typed.type) {
    case 'char':
      return { type: 'char', value: typed.value.charCodeAt(0) || 0 };
    case 'bytes':
      return { type: 'binary', value: bufferOf(typed.value) };
    default:
      return typed;
  }
}

/** The same bytes as a Buffer, not copied. */
export function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
