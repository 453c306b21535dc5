// Writes what java.io.ObjectInputStream reads: blocks of primitive values, and objects of booleans and
// strings between them. [Java Object Serialization 6.4]

import { MessageFormatException } from '#jms-api';
import { HEADER, Tag } from './java-bytes.ts';

const ROOM = 512;
/** A tag and four bytes for the length. */
const BLOCK_HEAD = 5;
const UTF_BYTES_MAX = 0xffff;
const SERIALIZABLE = 2;

/** An object of a class whose instances are told apart by `version`. */
export interface Written {
  readonly className: string;
  readonly version: bigint;
  /** In this order. */
  readonly booleans: Readonly<Record<string, boolean>>;
  readonly strings: Readonly<Record<string, string | null>>;
}

export class JavaWriter {
  #bytes: Buffer;
  #at = 4;
  /** Where the block begins that is open; 0: none is. */
  #block = 0;

  /** @param room - bytes that are enough, most likely */
  constructor(room: number = ROOM) {
    this.#bytes = Buffer.allocUnsafe(room + ROOM);
    this.#bytes.writeUInt32BE(HEADER);
  }

  boolean(value: boolean): void {
    this.byte(value ? 1 : 0);
  }

  byte(value: number): void {
    this.#need(1);
    this.#at = this.#bytes.writeInt8(value, this.#at);
  }

  short(value: number): void {
    this.#need(2);
    this.#at = this.#bytes.writeInt16BE(value, this.#at);
  }

  char(value: string): void {
    this.#need(2);
    this.#at = this.#bytes.writeUInt16BE(value.charCodeAt(0), this.#at);
  }

  int(value: number): void {
    this.#need(4);
    this.#at = this.#bytes.writeInt32BE(value, this.#at);
  }

  long(value: bigint): void {
    this.#need(8);
    this.#at = this.#bytes.writeBigInt64BE(value, this.#at);
  }

  float(value: number): void {
    this.#need(4);
    this.#at = this.#bytes.writeFloatBE(value, this.#at);
  }

  double(value: number): void {
    this.#need(8);
    this.#at = this.#bytes.writeDoubleBE(value, this.#at);
  }

  /** @throws {MessageFormatException} if it takes more than 65,535 bytes */
  utf(text: string): void {
    this.#need(2 + text.length * 3);
    this.#text(text);
  }

  bytes(bytes: Uint8Array): void {
    // No block is opened for nothing: it would be one more thing that a reader comes upon.
    if (bytes.length === 0) return;
    this.#need(bytes.length);
    this.#raw(bytes);
  }

  /** Ends the block: what follows is one of its own. */
  flush(): void {
    if (this.#block === 0) return;
    this.#bytes.writeInt32BE(this.#at - this.#block - BLOCK_HEAD, this.#block + 1);
    this.#block = 0;
  }

  object({ className, version, booleans, strings }: Written): void {
    const names = [...Object.keys(booleans), ...Object.keys(strings)];
    const texts = [className, ...names, ...Object.values(strings)];
    this.flush();
    this.#grow(texts.reduce((sum, text) => sum + 32 + (text ?? '').length * 3, 32));
    this.#raw([Tag.object, Tag.classDescription]);
    this.#text(className);
    this.#at = this.#bytes.writeBigInt64BE(version, this.#at);
    this.#at = this.#bytes.writeUInt8(SERIALIZABLE, this.#at);
    this.#at = this.#bytes.writeUInt16BE(names.length, this.#at);
    for (const name of Object.keys(booleans)) {
      this.#raw(Buffer.from('Z'));
      this.#text(name);
    }
    for (const name of Object.keys(strings)) {
      this.#raw(Buffer.from('L'));
      this.#text(name);
      this.#string('Ljava/lang/String;');
    }
    // Nothing beside the fields, and no class above.
    this.#raw([Tag.end, Tag.nothing]);
    for (const value of Object.values(booleans)) this.#raw([value ? 1 : 0]);
    for (const value of Object.values(strings)) {
      if (value === null) this.#raw([Tag.nothing]);
      else this.#string(value);
    }
  }

  /** A string as an object, of any length. */
  string(text: string): void {
    this.flush();
    this.#grow(16 + text.length * 3);
    const byteCount = sizeOf(text);
    if (byteCount <= UTF_BYTES_MAX) {
      this.#string(text);
      return;
    }
    this.#raw([Tag.longString]);
    this.#at = this.#bytes.writeBigUInt64BE(BigInt(byteCount), this.#at);
    this.#units(text);
  }

  /** The stream, and behind its last block `rest`, which is no part of it. */
  finish(rest: Uint8Array = new Uint8Array()): Buffer {
    this.flush();
    this.#grow(rest.length);
    this.#raw(rest);
    return this.#bytes.subarray(0, this.#at);
  }

  /** Opens a block, if there is none, and makes room in it. */
  #need(count: number): void {
    this.#grow(BLOCK_HEAD + count);
    if (this.#block > 0) return;
    this.#block = this.#at;
    this.#bytes[this.#at] = Tag.longBlock;
    this.#at += BLOCK_HEAD;
  }

  #grow(count: number): void {
    if (this.#at + count <= this.#bytes.length) return;
    const wider = Buffer.allocUnsafe((this.#at + count) * 2);
    this.#bytes.copy(wider, 0, 0, this.#at);
    this.#bytes = wider;
  }

  #raw(bytes: ArrayLike<number>): void {
    this.#bytes.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  #string(text: string): void {
    this.#raw([Tag.string]);
    this.#text(text);
  }

  #text(text: string): void {
    const byteCount = sizeOf(text);
    if (byteCount > UTF_BYTES_MAX) {
      throw new MessageFormatException(
        `a string of ${byteCount} bytes, of which RabbitMQ’s JMS client takes ${UTF_BYTES_MAX} in ` +
          'properties, maps and streams: send it as text, or as bytes',
      );
    }
    this.#at = this.#bytes.writeUInt16BE(byteCount, this.#at);
    this.#units(text);
  }

  #units(text: string): void {
    let at = this.#at;
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      if (unit > 0 && unit <= 0x7f) this.#bytes[at++] = unit;
      else {
        if (unit > 0x7ff) this.#bytes[at++] = 0xe0 | (unit >> 12);
        this.#bytes[at++] = unit > 0x7ff ? 0x80 | ((unit >> 6) & 0x3f) : 0xc0 | (unit >> 6);
        this.#bytes[at++] = 0x80 | (unit & 0x3f);
      }
    }
    this.#at = at;
  }
}

/** Bytes that a text takes in Java's own UTF-8. */
function sizeOf(text: string): number {
  let size = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit > 0x7ff) size += 2;
    else if (unit === 0 || unit > 0x7f) size++;
  }
  return size;
}
