// Making typed values: each checks that the JavaScript value fits the Java type that was named, and
// copies bytes. Reading them as other types is `convert.ts`. [JMS 3.5.2, 3.11.3]

import { IllegalArgumentException, NullPointerException } from './errors.ts';
import { integerRange, longRange } from './java-number.ts';
import type { TypedValue } from './message-data.ts';

/** The null of properties and bodies. */
export const NULL_VALUE: TypedValue = { type: 'null', value: null };

const TRUE_VALUE: TypedValue = { type: 'boolean', value: true };
const FALSE_VALUE: TypedValue = { type: 'boolean', value: false };

/** Makes a boolean. */
export function booleanValue(value: boolean): TypedValue {
  if (typeof value !== 'boolean') throw unfit('a boolean', value);
  return value ? TRUE_VALUE : FALSE_VALUE;
}

/** Makes a byte, short or int; the value must be an integer within the type's range. */
export function integerValue(type: 'byte' | 'short' | 'int', value: number): TypedValue {
  const [min, max] = integerRange[type];
  if (!Number.isInteger(value) || value < min || value > max) {
    throw unfit(`an integer, ${min} to ${max}, for a ${type}`, value);
  }
  return { type, value: value === 0 ? 0 : value };
}

/** Makes a long of a bigint, or of a number that is an exact integer. */
export function longValue(value: number | bigint): TypedValue {
  const [min, max] = longRange;
  if (typeof value !== 'bigint' && !Number.isSafeInteger(value)) {
    throw unfit('a bigint or a safe integer for a long', value);
  }
  const long = BigInt(value);
  if (long < min || long > max) throw unfit(`an integer, ${min} to ${max}, for a long`, value);
  return { type: 'long', value: long };
}

/** Makes a float: the number is rounded to single precision, as a cast in Java does. */
export function floatValue(value: number): TypedValue {
  if (typeof value !== 'number') throw unfit('a number for a float', value);
  return { type: 'float', value: Math.fround(value) };
}

/** Makes a double. */
export function doubleValue(value: number): TypedValue {
  if (typeof value !== 'number') throw unfit('a number for a double', value);
  return { type: 'double', value };
}

/** Makes a string, or null. */
export function stringValue(value: string | null): TypedValue {
  if (value === null) return NULL_VALUE;
  if (typeof value !== 'string') throw unfit('a string or null', value);
  return { type: 'string', value };
}

/** Makes a char of a string of exactly one UTF-16 unit. */
export function charValue(value: string): TypedValue {
  if (value === null) throw new NullPointerException('a char cannot be null');
  if (typeof value !== 'string' || value.length !== 1) {
    throw unfit('a string of one UTF-16 unit for a char', value);
  }
  return { type: 'char', value };
}

/** Makes bytes: a copy of the given range. [JMS 3.12] */
export function bytesValue(value: Uint8Array | null, offset = 0, length?: number): TypedValue {
  if (value === null) return NULL_VALUE;
  if (!(value instanceof Uint8Array)) throw unfit('a Uint8Array or null', value);
  return { type: 'bytes', value: copyRange(value, offset, length) };
}

/** Copies `length` bytes from `offset`, which must lie within the array. */
export function copyRange(value: Uint8Array, offset: number, length?: number): Uint8Array {
  const count = length ?? value.length - offset;
  const whole = Number.isInteger(offset) && Number.isInteger(count);
  if (!whole || offset < 0 || count < 0 || offset + count > value.length) {
    throw new IllegalArgumentException(
      `${count} bytes from ${offset} lie outside of an array of ${value.length}`,
    );
  }
  // Of the plain kind, for a Buffer's own slice() shares memory, and a copy is what is promised.
  return new Uint8Array(value.subarray(offset, offset + count));
}

function unfit(expected: string, value: unknown): IllegalArgumentException {
  const shown = typeof value === 'object' ? Object.prototype.toString.call(value) : String(value);
  return new IllegalArgumentException(`expected ${expected}, got ${shown.slice(0, 60)}`);
}
