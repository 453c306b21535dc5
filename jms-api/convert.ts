// Reading a typed value as another type: Table 3-2 for properties and Table 3-7 for maps and
// streams, which is the same table with char and byte[] added. What the tables do not mark is a
// MessageFormatException. [JMS 3.5.4, 3.11.3]
//
// Null read as a primitive is what Java's `valueOf((String) null)` makes of it: false for booleans,
// NumberFormatException for integers, NullPointerException for float and double.

import { MessageFormatException, NullPointerException } from './errors.ts';
import {
  formatDouble,
  formatFloat,
  parseDouble,
  parseFloatValue,
  parseInteger,
  parseLong,
} from './java-number.ts';
import type { TypedValue } from './message-data.ts';

/** Reads as boolean; of texts only `true`, in any case, is true. */
export function asBoolean(typed: TypedValue): boolean {
  switch (typed.type) {
    case 'boolean':
      return typed.value;
    case 'string':
      return typed.value.toLowerCase() === 'true';
    case 'null':
      return false;
    default:
      throw unmarked(typed, 'boolean');
  }
}

/** Reads as byte. */
export function asByte(typed: TypedValue): number {
  switch (typed.type) {
    case 'byte':
      return typed.value;
    case 'string':
    case 'null':
      return parseInteger(typed.value, 'byte');
    default:
      throw unmarked(typed, 'byte');
  }
}

/** Reads as short. */
export function asShort(typed: TypedValue): number {
  switch (typed.type) {
    case 'byte':
    case 'short':
      return typed.value;
    case 'string':
    case 'null':
      return parseInteger(typed.value, 'short');
    default:
      throw unmarked(typed, 'short');
  }
}

/** Reads as int. */
export function asInt(typed: TypedValue): number {
  switch (typed.type) {
    case 'byte':
    case 'short':
    case 'int':
      return typed.value;
    case 'string':
    case 'null':
      return parseInteger(typed.value, 'int');
    default:
      throw unmarked(typed, 'int');
  }
}

/** Reads as long. */
export function asLong(typed: TypedValue): bigint {
  switch (typed.type) {
    case 'byte':
    case 'short':
    case 'int':
      return BigInt(typed.value);
    case 'long':
      return typed.value;
    case 'string':
    case 'null':
      return parseLong(typed.value);
    default:
      throw unmarked(typed, 'long');
  }
}

/** Reads as float. */
export function asFloat(typed: TypedValue): number {
  switch (typed.type) {
    case 'float':
      return typed.value;
    case 'string':
    case 'null':
      return parseFloatValue(typed.value);
    default:
      throw unmarked(typed, 'float');
  }
}

/** Reads as double. */
export function asDouble(typed: TypedValue): number {
  switch (typed.type) {
    case 'float':
    case 'double':
      return typed.value;
    case 'string':
    case 'null':
      return parseDouble(typed.value);
    default:
      throw unmarked(typed, 'double');
  }
}

/** Reads as char. */
export function asChar(typed: TypedValue): string {
  if (typed.type === 'char') return typed.value;
  if (typed.type === 'null') throw new NullPointerException('the value is null, read as a char');
  throw unmarked(typed, 'char');
}

/** Reads as string, numbers in Java's spelling. */
export function asString(typed: TypedValue): string | null {
  switch (typed.type) {
    case 'string':
    case 'char':
    case 'null':
      return typed.value;
    case 'float':
      return formatFloat(typed.value);
    case 'double':
      return formatDouble(typed.value);
    case 'bytes':
      throw unmarked(typed, 'String');
    default:
      return String(typed.value);
  }
}

/** Reads as bytes: a copy. */
export function asBytes(typed: TypedValue): Uint8Array | null {
  if (typed.type === 'bytes') return new Uint8Array(typed.value);
  if (typed.type === 'null') return null;
  throw unmarked(typed, 'byte[]');
}

function unmarked(typed: TypedValue, wanted: string): MessageFormatException {
  return new MessageFormatException(`a ${typed.type} cannot be read as ${wanted} [JMS 3.5.4]`);
}
