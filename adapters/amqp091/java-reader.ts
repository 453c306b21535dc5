// Reads what java.io.ObjectOutputStream wrote: primitive values, and objects between them.
//
//     AC ED 00 05 │ 77 n …, 7A nnnn …   a block of primitive values; a value may go on in the next one
//                 │ 73 72 … 78 70 …     an object: its class and those above it, then its fields
//                 │ 74 …, 70, 71 …      a string, null, something that was there before
//
// Everything here throws an Error for what it cannot read. [Java Object Serialization 6.4]

import { JavaBytes, textOf, unexpected } from './java-bytes.ts';
import { JavaObjects, type JavaValue } from './java-objects.ts';

export class JavaReader {
  readonly #bytes: JavaBytes;
  readonly #objects: JavaObjects;
  /** Bytes that are left of the block. */
  #left = 0;
  /** Where what was found begins. */
  #at = 0;

  /** @throws {Error} if it is no such stream */
  constructor(bytes: Buffer) {
    this.#bytes = new JavaBytes(bytes);
    this.#objects = new JavaObjects(this.#bytes);
  }

  /** There is nothing more. */
  get ended(): boolean {
    return this.#bytes.left === 0;
  }

  boolean(): boolean {
    return this.#find(1)[this.#at] !== 0;
  }

  byte(): number {
    return this.#find(1).readInt8(this.#at);
  }

  short(): number {
    return this.#find(2).readInt16BE(this.#at);
  }

  char(): string {
    return String.fromCharCode(this.#find(2).readUInt16BE(this.#at));
  }

  int(): number {
    return this.#find(4).readInt32BE(this.#at);
  }

  long(): bigint {
    return this.#find(8).readBigInt64BE(this.#at);
  }

  float(): number {
    return this.#find(4).readFloatBE(this.#at);
  }

  double(): number {
    return this.#find(8).readDoubleBE(this.#at);
  }

  /** A text of up to 65,535 bytes. */
  utf(): string {
    const byteCount = this.#find(2).readUInt16BE(this.#at);
    return textOf(this.#find(byteCount), this.#at, byteCount);
  }

  /** The next bytes of the blocks; not a copy, where that can be. */
  bytes(count: number): Buffer {
    return this.#find(count).subarray(this.#at, this.#at + count);
  }

  /** All that is behind the last block, and no part of the stream. */
  rest(): Buffer {
    return this.#bytes.take(this.#bytes.left);
  }

  /** The object that is between two blocks. */
  object(): JavaValue {
    if (this.#left > 0) throw new Error('expected a Java object, and not primitive values');
    return this.#objects.read();
  }

  /** Goes on by a count, and returns what the values before are in, from `#at` on. */
  #find(count: number): Buffer {
    if (count > 0 && this.#left === 0) this.#openBlock();
    if (count <= this.#left) {
      this.#at = this.#bytes.skip(count);
      this.#left -= count;
      return this.#bytes.all;
    }
    this.#at = 0;
    const whole = Buffer.allocUnsafe(this.#bytes.need(count));
    for (let filled = 0; filled < count; ) {
      if (this.#left === 0) this.#openBlock();
      const part = Math.min(this.#left, count - filled);
      this.#left -= part;
      filled += this.#bytes.take(part).copy(whole, filled);
    }
    return whole;
  }

  #openBlock(): void {
    const tag = this.#bytes.tag();
    this.#left = this.#bytes.blockSize(tag) ?? unexpected(tag, 'primitive values');
  }
}
