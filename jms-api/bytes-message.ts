// A message whose body is bytes, written and then read in order, big end first. [JMS 3.11]
//
//     writing ──reset()──▶ reading (position 0) ──clearBody()──▶ writing
//
// Invariant: a read that fails leaves the position where it was.

import { typedOf } from './boxed.ts';
import {
  IllegalArgumentException,
  MessageEOFException,
  MessageNotReadableException,
  NullPointerException,
} from './errors.ts';
import { JmsMessage } from './jms-message.ts';
import { type BodyClass, looksLike, type Message } from './message.ts';
import type { BodyData } from './message-data.ts';
import { decodeModifiedUtf, encodeModifiedUtf } from './modified-utf.ts';
import * as typed from './typed-value.ts';

/** A message whose body is a stream of bytes. [JMS 3.11] */
export interface BytesMessage extends Message {
  /** Returns the number of bytes of a body that can be read. */
  getBodyLength(): number;
  /** Reads one byte; 0 is false. */
  readBoolean(): boolean;
  /** Reads one byte, -128 to 127. */
  readByte(): number;
  /** Reads one byte, 0 to 255. */
  readUnsignedByte(): number;
  /** Reads two bytes, -32768 to 32767. */
  readShort(): number;
  /** Reads two bytes, 0 to 65535. */
  readUnsignedShort(): number;
  /** Reads two bytes as a UTF-16 unit. */
  readChar(): string;
  /** Reads four bytes. */
  readInt(): number;
  /** Reads eight bytes. */
  readLong(): bigint;
  /** Reads four bytes. */
  readFloat(): number;
  /** Reads eight bytes. */
  readDouble(): number;
  /** Reads a text in Java's modified UTF-8, its length before it. */
  readUTF(): string;
  /** Reads as many bytes as fit, and returns how many there were; -1: none was left. */
  readBytes(value: Uint8Array, length?: number): number;
  /** Writes one byte. */
  writeBoolean(value: boolean): void;
  /** Writes one byte, -128 to 127. */
  writeByte(value: number): void;
  /** Writes two bytes. */
  writeShort(value: number): void;
  /** Writes two bytes: a string of one UTF-16 unit. */
  writeChar(value: string): void;
  /** Writes four bytes. */
  writeInt(value: number): void;
  /** Writes eight bytes. */
  writeLong(value: number | bigint): void;
  /** Writes four bytes. */
  writeFloat(value: number): void;
  /** Writes eight bytes. */
  writeDouble(value: number): void;
  /** Writes a text in Java's modified UTF-8, its length before it. */
  writeUTF(value: string): void;
  /** Writes bytes, or a part of them. */
  writeBytes(value: Uint8Array, offset?: number, length?: number): void;
  /** Writes a value in the form of the type that follows from it or its box (`JMSShort`). */
  writeObject(value: unknown): void;
  /** Makes the body read-only, and goes to its begin. */
  reset(): void;
}

/** Makes `message instanceof BytesMessage` work for messages of every provider. */
export const BytesMessage: { [Symbol.hasInstance](value: unknown): value is BytesMessage } = {
  [Symbol.hasInstance]: (value): value is BytesMessage =>
    value instanceof JmsBytesMessage || looksLike(value, 'getJMSMessageID', 'getBodyLength'),
};

const CAPACITY_FIRST = 64;

/** @internal */
export class JmsBytesMessage extends JmsMessage implements BytesMessage {
  #bytes: Uint8Array;
  #view: DataView;
  /** Bytes of the body; behind it, `#bytes` is room to write. */
  #length: number;
  /** Where the next read begins. */
  #at = 0;

  constructor(bytes: Uint8Array = new Uint8Array()) {
    super();
    this.#bytes = bytes;
    this.#view = viewOf(bytes);
    this.#length = bytes.length;
  }

  getBodyLength(): number {
    this.#checkReadable();
    return this.#length;
  }
  readBoolean(): boolean {
    return this.#view.getUint8(this.#take(1)) !== 0;
  }
  readByte(): number {
    return this.#view.getInt8(this.#take(1));
  }
  readUnsignedByte(): number {
    return this.#view.getUint8(this.#take(1));
  }
  readShort(): number {
    return this.#view.getInt16(this.#take(2));
  }
  readUnsignedShort(): number {
    return this.#view.getUint16(this.#take(2));
  }
  readChar(): string {
    return String.fromCharCode(this.#view.getUint16(this.#take(2)));
  }
  readInt(): number {
    return this.#view.getInt32(this.#take(4));
  }
  readLong(): bigint {
    return this.#view.getBigInt64(this.#take(8));
  }
  readFloat(): number {
    return this.#view.getFloat32(this.#take(4));
  }
  readDouble(): number {
    return this.#view.getFloat64(this.#take(8));
  }

  readUTF(): string {
    const from = this.#at;
    try {
      const length = this.#view.getUint16(this.#take(2));
      const start = this.#take(length);
      return decodeModifiedUtf(this.#bytes.subarray(start, start + length));
    } catch (error) {
      this.#at = from;
      throw error;
    }
  }

  readBytes(value: Uint8Array, length: number = value.length): number {
    this.#checkReadable();
    if (!Number.isInteger(length) || length < 0 || length > value.length) {
      throw new IllegalArgumentException(
        `cannot read ${length} bytes into an array of ${value.length}`,
      );
    }
    const part = this.#bytes.subarray(this.#at, Math.min(this.#length, this.#at + length));
    if (part.length === 0 && length > 0) return -1;
    value.set(part);
    this.#at += part.length;
    return part.length;
  }

  writeBoolean(value: boolean): void {
    const byte = typed.booleanValue(value).value === true ? 1 : 0;
    const at = this.#room(1);
    this.#view.setUint8(at, byte);
  }
  writeByte(value: number): void {
    typed.integerValue('byte', value);
    const at = this.#room(1);
    this.#view.setInt8(at, value);
  }
  writeShort(value: number): void {
    typed.integerValue('short', value);
    const at = this.#room(2);
    this.#view.setInt16(at, value);
  }
  writeChar(value: string): void {
    typed.charValue(value);
    const at = this.#room(2);
    this.#view.setUint16(at, value.charCodeAt(0));
  }
  writeInt(value: number): void {
    typed.integerValue('int', value);
    const at = this.#room(4);
    this.#view.setInt32(at, value);
  }
  writeLong(value: number | bigint): void {
    typed.longValue(value);
    const at = this.#room(8);
    this.#view.setBigInt64(at, BigInt(value));
  }
  writeFloat(value: number): void {
    typed.floatValue(value);
    const at = this.#room(4);
    this.#view.setFloat32(at, value);
  }
  writeDouble(value: number): void {
    typed.doubleValue(value);
    const at = this.#room(8);
    this.#view.setFloat64(at, value);
  }
  writeUTF(value: string): void {
    if (value === null) throw new NullPointerException('writeUTF takes no null');
    typed.stringValue(value);
    this.#append(encodeModifiedUtf(value));
  }
  writeBytes(value: Uint8Array, offset = 0, length?: number): void {
    if (value === null) throw new NullPointerException('writeBytes takes no null');
    const copy = typed.bytesValue(value, offset, length);
    if (copy.type === 'bytes') this.#append(copy.value);
  }

  writeObject(value: unknown): void {
    const item = typedOf(value, 'body');
    switch (item.type) {
      case 'null':
        throw new NullPointerException('writeObject takes no null [JMS 3.12]');
      case 'boolean':
        this.writeBoolean(item.value);
        break;
      case 'byte':
        this.writeByte(item.value);
        break;
      case 'short':
        this.writeShort(item.value);
        break;
      case 'char':
        this.writeChar(item.value);
        break;
      case 'int':
        this.writeInt(item.value);
        break;
      case 'long':
        this.writeLong(item.value);
        break;
      case 'float':
        this.writeFloat(item.value);
        break;
      case 'double':
        this.writeDouble(item.value);
        break;
      case 'string':
        this.writeUTF(item.value);
        break;
      case 'bytes':
        this.writeBytes(item.value);
    }
  }

  reset(): void {
    this.bodyReadOnly = true;
    this.#at = 0;
  }

  override clearBody(): void {
    super.clearBody();
    this.#bytes = new Uint8Array();
    this.#view = viewOf(this.#bytes);
    this.#length = 0;
    this.#at = 0;
  }

  override bodyData(): BodyData {
    return { kind: 'bytes', bytes: this.#bytes.subarray(0, this.#length) };
  }

  override getBody<T extends BodyClass>(
    type: T,
  ): ReturnType<typeof JmsMessage.prototype.getBody<T>> {
    this.reset();
    return super.getBody(type);
  }

  override bodyObject(): Uint8Array | null {
    return this.#length === 0 ? null : new Uint8Array(this.#bytes.subarray(0, this.#length));
  }

  override isBodyAssignableTo(type: BodyClass): boolean {
    return this.#length === 0 || type === Uint8Array || type === Object;
  }

  #checkReadable(): void {
    if (this.bodyReadOnly) return;
    throw new MessageNotReadableException('the body is write-only until reset() [JMS 3.11.2]');
  }

  /** Moves the position over `count` bytes, and returns where they begin. */
  #take(count: number): number {
    this.#checkReadable();
    const from = this.#at;
    if (from + count > this.#length) {
      throw new MessageEOFException(`${count} bytes at ${from} pass the end at ${this.#length}`);
    }
    this.#at = from + count;
    return from;
  }

  /** Makes room for `count` bytes at the end, and returns where they begin. */
  #room(count: number): number {
    this.checkBodyWritable();
    const from = this.#length;
    if (from + count > this.#bytes.length) {
      const bytes = new Uint8Array(Math.max(CAPACITY_FIRST, this.#bytes.length * 2, from + count));
      bytes.set(this.#bytes.subarray(0, from));
      this.#bytes = bytes;
      this.#view = viewOf(bytes);
    }
    this.#length = from + count;
    return from;
  }

  #append(bytes: Uint8Array): void {
    const at = this.#room(bytes.length);
    this.#bytes.set(bytes, at);
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
