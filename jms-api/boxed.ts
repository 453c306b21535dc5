// Objects in place of typed values, for `setObjectProperty`, `setObject`, `writeObject` and their
// getters. Java says the type by the box (`Short`, `Float`); JavaScript has one `number`, so the
// plain one stands for int, long or double, and the boxes here for the rest.

import { MessageFormatException } from './errors.ts';
import type { TypedValue, ValueType } from './message-data.ts';
import {
  booleanValue,
  bytesValue,
  charValue,
  doubleValue,
  floatValue,
  integerValue,
  longValue,
  NULL_VALUE,
  stringValue,
} from './typed-value.ts';

/** What an object getter returns: a number for byte, short, int, float and double alike. */
export type JMSObject = boolean | number | bigint | string | Uint8Array | null;

/** A value that says its JMS type. */
abstract class Box {
  /** The JMS type of the value. */
  readonly type: ValueType;
  /** The value as an object getter would return it. */
  readonly value: JMSObject;
  /** @internal */
  readonly typed: TypedValue;

  constructor(typed: TypedValue) {
    this.typed = typed;
    this.type = typed.type;
    this.value = typed.value;
  }

  valueOf(): JMSObject {
    return this.value;
  }

  toString(): string {
    return String(this.value);
  }
}

/** Java's `Byte`, -128 to 127. [JMS 3.5.5] */
export class JMSByte extends Box {
  constructor(value: number) {
    super(integerValue('byte', value));
  }
}

/** Java's `Short`, -32768 to 32767. [JMS 3.5.5] */
export class JMSShort extends Box {
  constructor(value: number) {
    super(integerValue('short', value));
  }
}

/** Java's `Integer`; what a plain number of that range is, too. [JMS 3.5.5] */
export class JMSInteger extends Box {
  constructor(value: number) {
    super(integerValue('int', value));
  }
}

/** Java's `Long`; what a plain bigint is, too. [JMS 3.5.5] */
export class JMSLong extends Box {
  constructor(value: number | bigint) {
    super(longValue(value));
  }
}

/** Java's `Float`. [JMS 3.5.5] */
export class JMSFloat extends Box {
  constructor(value: number) {
    super(floatValue(value));
  }
}

/** Java's `Double`, for a whole number that would be taken for an int. [JMS 3.5.5] */
export class JMSDouble extends Box {
  constructor(value: number) {
    super(doubleValue(value));
  }
}

/** Java's `Character`: one UTF-16 unit. In bodies only. [JMS 3.5.5] */
export class JMSCharacter extends Box {
  constructor(value: string) {
    super(charValue(value));
  }
}

/**
 * Types an object: a number is an int if it fits, else a long if it is a safe integer, else a
 * double; a bigint is a long; boxes say it themselves. [JMS 3.5.5]
 *
 * @param place - `property` allows neither char nor bytes
 * @throws {MessageFormatException} for any other object
 */
export function typedOf(value: unknown, place: 'property' | 'body'): TypedValue {
  switch (typeof value) {
    case 'boolean':
      return booleanValue(value);
    case 'string':
      return stringValue(value);
    case 'bigint':
      return longValue(value);
    case 'number':
      return typedNumber(value);
  }
  if (value === null || value === undefined) return NULL_VALUE;
  if (value instanceof Box && !(place === 'property' && value.type === 'char')) return value.typed;
  if (value instanceof Uint8Array && place === 'body') return bytesValue(value);
  const expected = place === 'property' ? 'boolean, number, bigint or string' : 'JMS value';
  throw new MessageFormatException(
    `${Object.prototype.toString.call(value)} is not a ${expected} [JMS 3.5.5]`,
  );
}

/** The object that stands for a typed value; bytes are copied. */
export function objectOf(typed: TypedValue): JMSObject {
  return typed.type === 'bytes' ? new Uint8Array(typed.value) : typed.value;
}

function typedNumber(value: number): TypedValue {
  if (Number.isSafeInteger(value) && !Object.is(value, -0)) {
    return value === (value | 0) ? integerValue('int', value) : longValue(value);
  }
  return doubleValue(value);
}
