// Walks over the fields of a described list in place, without making values of them: what the hot
// performatives and the sections of a message are read with. [AMQP 1.4]
// One cursor is reused for all of them; it keeps no state between lists.
//
// Invariant: reading never goes beyond the list, and fields after its last one read as absent.

import { Decoder, hex, readUtf8, skipValue } from './decoder.ts';
import { decodeError } from './errors.ts';
import type { Value } from './types.ts';

const NO_BYTES: Buffer = Buffer.alloc(0);

/** A place in a list. Absent numbers read as -1. */
export class ListCursor {
  /** Where the last {@link bytes} or {@link text} began and ended; both -1 when absent. */
  dataStart = -1;
  dataEnd = -1;
  /** Where the list ends. */
  end = 0;
  #buffer: Buffer = NO_BYTES;
  #at = 0;
  #left = 0;
  #name = '';

  /**
   * Begins the list whose constructor is at `at`.
   *
   * @param name - of the composite, for error texts
   * @param fieldsMax - fields that the composite has
   * @throws {ProtocolError} `amqp:decode-error`
   */
  open(buffer: Buffer, at: number, end: number, name: string, fieldsMax: number): void {
    this.#buffer = buffer;
    this.#name = name;
    const code = at < end ? buffer[at] : undefined;
    let size = 0;
    if (code === 0xc0 && at + 3 <= end) {
      size = (buffer[at + 1] ?? 0) - 1;
      this.#left = buffer[at + 2] ?? 0;
      this.#at = at + 3;
    } else if (code === 0xd0 && at + 9 <= end) {
      size = buffer.readUInt32BE(at + 1) - 4;
      this.#left = buffer.readUInt32BE(at + 5);
      this.#at = at + 9;
    } else if (code === 0x45) {
      this.#left = 0;
      this.#at = at + 1;
    } else {
      throw decodeError(`${name} at offset ${at} must be a list, got ${hex(code)} [AMQP 1.6.22]`);
    }
    this.end = this.#at + size;
    if (size < 0 || this.end > end || this.#left > size) {
      throw decodeError(
        `${name} claims ${this.#left} fields in ${size} bytes, but ${end - this.#at} are left`,
      );
    }
    if (this.#left > fieldsMax) {
      throw decodeError(`${name} has ${this.#left} fields, at most ${fieldsMax} expected`);
    }
  }

  /** Checks that the fields fill the list. */
  close(): void {
    while (this.#left > 0) this.skip();
    if (this.#at !== this.end) {
      throw decodeError(
        `${this.#name} has ${this.end - this.#at} bytes after its last field [AMQP 1.6.22]`,
      );
    }
  }

  /** Steps over a field. */
  skip(): void {
    if (this.#left === 0) return;
    this.#left--;
    this.#at = skipValue(this.#buffer, this.#at, this.end);
  }

  /** Steps to the next field and returns its constructor; 0x40 if it is absent. */
  #next(): number {
    if (this.#left === 0) return 0x40;
    this.#left--;
    if (this.#at >= this.end) throw this.#short();
    return this.#buffer[this.#at++] ?? 0x40;
  }

  #short(): Error {
    return decodeError(`${this.#name} ends at offset ${this.end} in the middle of a field`);
  }

  #wrong(code: number, expected: string): Error {
    const at = this.#at - 1;
    return decodeError(`${this.#name}: ${expected} expected at offset ${at}, got ${hex(code)}`);
  }

  /** Takes `count` bytes and returns where they begin. */
  #take(count: number): number {
    const at = this.#at;
    if (count > this.end - at) throw this.#short();
    this.#at = at + count;
    return at;
  }

  /** Reads a uint. */
  uint(): number {
    const code = this.#next();
    switch (code) {
      case 0x40:
        return -1;
      case 0x43:
        return 0;
      case 0x52:
        return this.#buffer[this.#take(1)] ?? 0;
      case 0x70:
        return this.#buffer.readUInt32BE(this.#take(4));
      default:
        throw this.#wrong(code, 'uint');
    }
  }

  /** Reads a uint that must be there. */
  mandatoryUint(field: string): number {
    const value = this.uint();
    if (value === -1) throw decodeError(`${this.#name} lacks its mandatory field '${field}'`);
    return value;
  }

  /** Reads a ubyte. */
  ubyte(): number {
    const code = this.#next();
    if (code === 0x40) return -1;
    if (code !== 0x50) throw this.#wrong(code, 'ubyte');
    return this.#buffer[this.#take(1)] ?? 0;
  }

  /** Reads a boolean; absent is false. */
  boolean(): boolean {
    return this.maybeBoolean() === 1;
  }

  /** Reads a boolean as 0, 1, or -1 when absent. */
  maybeBoolean(): number {
    const code = this.#next();
    switch (code) {
      case 0x40:
        return -1;
      case 0x41:
        return 1;
      case 0x42:
        return 0;
      case 0x56: {
        const byte = this.#buffer[this.#take(1)] ?? 0;
        if (byte > 1) throw this.#wrong(byte, 'boolean of 0 or 1');
        return byte;
      }
      default:
        throw this.#wrong(code, 'boolean');
    }
  }

  /** Reads a timestamp as epoch ms; 0 when absent. */
  timestamp(): number {
    const code = this.#next();
    if (code === 0x40) return 0;
    if (code !== 0x83) throw this.#wrong(code, 'timestamp');
    const at = this.#take(8);
    return this.#buffer.readInt32BE(at) * 0x1_0000_0000 + this.#buffer.readUInt32BE(at + 4);
  }

  /** Finds a binary: it is `buffer[dataStart…dataEnd)`. */
  bytes(): void {
    this.#data(0xa0, 0xb0, 'binary');
  }

  /** Finds a string: its UTF-8 is `buffer[dataStart…dataEnd)`. */
  text(): void {
    this.#data(0xa1, 0xb1, 'string');
  }

  /** Reads a string; `undefined` when absent. */
  string(): string | undefined {
    this.text();
    if (this.dataStart === -1) return undefined;
    return readUtf8(this.#buffer, this.dataStart, this.dataEnd);
  }

  #data(narrow: number, wide: number, expected: string): void {
    const code = this.#next();
    if (code === 0x40) {
      this.dataStart = -1;
      this.dataEnd = -1;
      return;
    }
    let length = 0;
    if (code === narrow) length = this.#buffer[this.#take(1)] ?? 0;
    else if (code === wide) length = this.#buffer.readUInt32BE(this.#take(4));
    else throw this.#wrong(code, expected);
    this.dataStart = this.#take(length);
    this.dataEnd = this.dataStart + length;
  }

  /** Tells the bytes `00 53 code 45` of a bare composite from others; steps over them. */
  bareComposite(): number {
    const at = this.#at;
    const buffer = this.#buffer;
    if (this.#left === 0 || at + 4 > this.end) return -1;
    if (buffer[at] !== 0 || buffer[at + 1] !== 0x53 || buffer[at + 3] !== 0x45) return -1;
    this.#left--;
    this.#at = at + 4;
    return buffer[at + 2] ?? -1;
  }

  /** Reads a field of any type; `undefined` when absent. */
  value(): Value | undefined {
    if (this.#left === 0) return undefined;
    this.#left--;
    const decoder = new Decoder(this.#buffer, this.#at, this.end);
    const value = decoder.read();
    this.#at = decoder.at;
    return value.type === 'null' ? undefined : value;
  }
}

/** Returns where the value behind the descriptor at `at` begins. */
export function skipDescriptor(buffer: Buffer, at: number, end: number): number {
  // Hot: nearly all peers send the one-byte form.
  if (at + 2 < end && buffer[at] === 0 && buffer[at + 1] === 0x53) return at + 3;
  return skipValue(buffer, at + 1, end);
}
