// A message whose body is a sequence of typed values, written and then read in order. [JMS 3.11.3]
//
//     writing ──reset()──▶ reading (position 0) ──clearBody()──▶ writing
//
// Invariant: a read that fails leaves the position where it was.

import { type JMSObject, objectOf, typedOf } from './boxed.ts';
import * as convert from './convert.ts';
import {
  MessageEOFException,
  MessageFormatException,
  MessageNotReadableException,
} from './errors.ts';
import { JmsMessage } from './jms-message.ts';
import { type BodyClass, looksLike, type Message } from './message.ts';
import type { BodyData, TypedValue, ValueType } from './message-data.ts';
import * as typed from './typed-value.ts';

/**
 * A message whose body is a sequence of typed values; conversions as in
 * Table 3-7. [JMS 3.11]
 */
export interface StreamMessage extends Message {
  /** Reads the next value as boolean. */
  readBoolean(): boolean;
  /** Reads the next value as byte. */
  readByte(): number;
  /** Reads the next value as short. */
  readShort(): number;
  /** Reads the next value as char. */
  readChar(): string;
  /** Reads the next value as int. */
  readInt(): number;
  /** Reads the next value as long. */
  readLong(): bigint;
  /** Reads the next value as float. */
  readFloat(): number;
  /** Reads the next value as double. */
  readDouble(): number;
  /** Reads the next value as string, or null. */
  readString(): string | null;
  /**
   * Reads a part of the next value, bytes, into `value`, and returns how many. -1 ends the field
   * (or says that it is null); a count below `value.length` ended it already.
   */
  readBytes(value: Uint8Array): number;
  /** Reads the next value. */
  readObject(): JMSObject;
  /** Returns the JMS type of the next value, or null at the end. */
  nextItemType(): ValueType | null;
  /** Writes a boolean. */
  writeBoolean(value: boolean): void;
  /** Writes a byte. */
  writeByte(value: number): void;
  /** Writes a short. */
  writeShort(value: number): void;
  /** Writes a char. */
  writeChar(value: string): void;
  /** Writes an int. */
  writeInt(value: number): void;
  /** Writes a long. */
  writeLong(value: number | bigint): void;
  /** Writes a float. */
  writeFloat(value: number): void;
  /** Writes a double. */
  writeDouble(value: number): void;
  /** Writes a string, or null. */
  writeString(value: string | null): void;
  /** Writes a copy of bytes, or of a part of them, as one value. */
  writeBytes(value: Uint8Array | null, offset?: number, length?: number): void;
  /** Writes a value whose type follows from it or its box (`JMSShort`). */
  writeObject(value: unknown): void;
  /** Makes the body read-only, and goes to its begin. */
  reset(): void;
}

/** Makes `message instanceof StreamMessage` work for messages of every provider. */
export const StreamMessage: { [Symbol.hasInstance](value: unknown): value is StreamMessage } = {
  [Symbol.hasInstance]: (value): value is StreamMessage =>
    value instanceof JmsStreamMessage || looksLike(value, 'getJMSMessageID', 'readString', 'reset'),
};

/** @internal */
export class JmsStreamMessage extends JmsMessage implements StreamMessage {
  #items: readonly TypedValue[];
  #own: TypedValue[];
  #at = 0;
  /** How much of the bytes at `#at` is read; -1: none of them was asked for. */
  #bytesAt = -1;

  constructor(items: readonly TypedValue[] = []) {
    super();
    this.#own = [];
    this.#items = items.length === 0 ? this.#own : items;
  }

  readBoolean(): boolean {
    return this.#read(convert.asBoolean);
  }
  readByte(): number {
    return this.#read(convert.asByte);
  }
  readShort(): number {
    return this.#read(convert.asShort);
  }
  readChar(): string {
    return this.#read(convert.asChar);
  }
  readInt(): number {
    return this.#read(convert.asInt);
  }
  readLong(): bigint {
    return this.#read(convert.asLong);
  }
  readFloat(): number {
    return this.#read(convert.asFloat);
  }
  readDouble(): number {
    return this.#read(convert.asDouble);
  }
  readString(): string | null {
    return this.#read(convert.asString);
  }
  readObject(): JMSObject {
    return this.#read(objectOf);
  }
  nextItemType(): ValueType | null {
    return this.#items[this.#at]?.type ?? null;
  }

  readBytes(value: Uint8Array): number {
    const item = this.#next();
    if (item.type === 'null') {
      this.#at++;
      return -1;
    }
    if (item.type !== 'bytes') {
      throw new MessageFormatException(`a ${item.type} cannot be read as byte[] [JMS 3.11.3]`);
    }
    const from = Math.max(0, this.#bytesAt);
    if (this.#bytesAt >= 0 && from === item.value.length) return this.#endBytes(-1);
    const part = item.value.subarray(from, from + value.length);
    value.set(part);
    this.#bytesAt = from + part.length;
    return part.length < value.length ? this.#endBytes(part.length) : part.length;
  }

  writeBoolean(value: boolean): void {
    this.#write(typed.booleanValue(value));
  }
  writeByte(value: number): void {
    this.#write(typed.integerValue('byte', value));
  }
  writeShort(value: number): void {
    this.#write(typed.integerValue('short', value));
  }
  writeChar(value: string): void {
    this.#write(typed.charValue(value));
  }
  writeInt(value: number): void {
    this.#write(typed.integerValue('int', value));
  }
  writeLong(value: number | bigint): void {
    this.#write(typed.longValue(value));
  }
  writeFloat(value: number): void {
    this.#write(typed.floatValue(value));
  }
  writeDouble(value: number): void {
    this.#write(typed.doubleValue(value));
  }
  writeString(value: string | null): void {
    this.#write(typed.stringValue(value));
  }
  writeBytes(value: Uint8Array | null, offset?: number, length?: number): void {
    this.#write(typed.bytesValue(value, offset, length));
  }
  writeObject(value: unknown): void {
    this.#write(typedOf(value, 'body'));
  }

  reset(): void {
    this.bodyReadOnly = true;
    this.#at = 0;
    this.#bytesAt = -1;
  }

  override clearBody(): void {
    super.clearBody();
    this.#own = [];
    this.#items = this.#own;
    this.#at = 0;
    this.#bytesAt = -1;
  }

  override bodyData(): BodyData {
    return { kind: 'stream', items: this.#items };
  }

  override bodyObject(): unknown {
    throw new MessageFormatException(
      'a StreamMessage has no body as a whole; use its read methods',
    );
  }

  override isBodyAssignableTo(_type: BodyClass): boolean {
    return false;
  }

  #next(): TypedValue {
    if (!this.bodyReadOnly) {
      throw new MessageNotReadableException('the body is write-only until reset() [JMS 3.11.2]');
    }
    const item = this.#items[this.#at];
    if (item !== undefined) return item;
    throw new MessageEOFException(`the stream has no more than ${this.#items.length} values`);
  }

  #read<T>(as: (item: TypedValue) => T): T {
    const item = this.#next();
    if (this.#bytesAt >= 0) {
      throw new MessageFormatException('a byte[] field is half read; readBytes ends it');
    }
    const value = as(item);
    this.#at++;
    return value;
  }

  #endBytes(result: number): number {
    this.#at++;
    this.#bytesAt = -1;
    return result;
  }

  #write(value: TypedValue): void {
    this.checkBodyWritable();
    this.#own.push(value);
  }
}
