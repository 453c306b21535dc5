// Walks over the pairs of a map in place, for the few keys that routing asks for in messages with
// annotations or properties; nobody decodes a whole map for them. [AMQP 1.6.23]
//
// Invariant: reading never goes beyond the map; a map that does not add up is a decode error.

import { Decoder, hex, skipValue } from './decoder.ts';
import { decodeError } from './errors.ts';
import type { Value } from './types.ts';

const NO_BYTES: Buffer = Buffer.alloc(0);

/** Reused from map to map. */
export class MapCursor {
  #buffer: Buffer = NO_BYTES;
  #at = 0;
  #end = 0;
  #left = 0;
  #keyStart = 0;
  #keyEnd = 0;
  #valueStart = 0;

  /**
   * Begins the map whose constructor is at `at`.
   *
   * @throws {ProtocolError} `amqp:decode-error`
   */
  open(buffer: Buffer, at: number, end: number): void {
    const code = at < end ? buffer[at] : undefined;
    this.#buffer = buffer;
    if (code === 0xc1 && at + 3 <= end) {
      this.#left = buffer[at + 2] ?? 0;
      this.#at = at + 3;
    } else if (code === 0xd1 && at + 9 <= end) {
      this.#left = buffer.readUInt32BE(at + 5);
      this.#at = at + 9;
    } else {
      throw decodeError(`map at offset ${at} begins with ${hex(code)} [AMQP 1.6.23]`);
    }
    this.#end = end;
    if (this.#left % 2 !== 0)
      throw decodeError(`map of ${this.#left} keys and values, an odd count`);
  }

  /** Steps to the next pair; false at the end. */
  next(): boolean {
    if (this.#left === 0) return false;
    this.#left -= 2;
    const buffer = this.#buffer;
    const at = this.#at;
    const code = buffer[at];
    this.#valueStart = skipValue(buffer, at, this.#end);
    // Symbols and strings of one byte length; others are no key that anybody asks for.
    this.#keyStart = code === 0xa3 || code === 0xa1 ? at + 2 : this.#valueStart;
    this.#keyEnd = this.#valueStart;
    this.#at = skipValue(buffer, this.#valueStart, this.#end);
    return true;
  }

  /** Characters of the key. */
  get keyLength(): number {
    return this.#keyEnd - this.#keyStart;
  }

  keyIs(name: Buffer): boolean {
    if (this.keyLength !== name.length) return false;
    return this.#buffer.compare(name, 0, name.length, this.#keyStart, this.#keyEnd) === 0;
  }

  /** Decodes the value. */
  value(): Value {
    return new Decoder(this.#buffer, this.#valueStart, this.#end).read();
  }
}
