// Reading the native format. Every length is checked against what is there before it is believed,
// so that no bytes, however wrong, cost more than their own size.

import type { Address, TypedValue } from '#broker';
import { ADDRESS_KINDS, MalformedMessageError, TextEncoding, VALUE_TAGS } from './native-tags.ts';

export class Reader {
  /** Where the next read begins. */
  at: number;
  readonly #buffer: Buffer;
  readonly #end: number;

  constructor(buffer: Buffer, at: number, end: number) {
    this.#buffer = buffer;
    this.#end = end;
    this.at = at;
  }

  /** @throws {MalformedMessageError} */
  fail(what: string): never {
    throw new MalformedMessageError(`${what}, at byte ${this.at} of ${this.#end}`);
  }

  u8(): number {
    return this.#buffer[this.#over(1)] as number;
  }

  u16(): number {
    return this.#buffer.readUInt16BE(this.#over(2));
  }

  u32(): number {
    return this.#buffer.readUInt32BE(this.#over(4));
  }

  f64(): number {
    return this.#buffer.readDoubleBE(this.#over(8));
  }

  skip(count: number): void {
    this.#over(count);
  }

  varint(): number {
    let value = 0;
    for (let scale = 1; scale < 2 ** 49; scale *= 0x80) {
      const byte = this.u8();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
    return this.fail('a number of more than seven bytes');
  }

  /** A number of things that follow, each of at least one byte. */
  count(): number {
    const count = this.varint();
    if (count > this.#end - this.at) this.fail(`${count} items cannot follow`);
    return count;
  }

  /** Not copied. */
  bytes(): Uint8Array {
    const length = this.varint();
    const start = this.#over(length);
    return this.#buffer.subarray(start, start + length);
  }

  text(): string {
    const head = this.varint();
    const length = Math.floor(head / 4);
    const start = this.#over(length);
    const end = start + length;
    switch (head % 4) {
      case TextEncoding.ascii:
        return this.#buffer.toString('latin1', start, end);
      case TextEncoding.utf8:
        return this.#buffer.toString('utf8', start, end);
      case TextEncoding.utf16:
        return this.#buffer.toString('utf16le', start, end);
      default:
        return this.fail('unknown encoding of a text');
    }
  }

  address(): Address {
    const kind = ADDRESS_KINDS[this.u8()] ?? this.fail('unknown kind of destination');
    return { kind, name: this.text() };
  }

  entries(): Map<string, TypedValue> {
    const entries = new Map<string, TypedValue>();
    for (let left = this.count(); left > 0; left--) {
      const name = this.text();
      entries.set(name, this.value());
    }
    return entries;
  }

  value(): TypedValue {
    const type = VALUE_TAGS[this.u8()];
    switch (type) {
      case 'null':
        return { type, value: null };
      case 'boolean':
        return { type, value: this.u8() !== 0 };
      case 'byte':
        return { type, value: this.#buffer.readInt8(this.#over(1)) };
      case 'short':
        return { type, value: this.#buffer.readInt16BE(this.#over(2)) };
      case 'int':
        return { type, value: this.#buffer.readInt32BE(this.#over(4)) };
      case 'long':
        return { type, value: this.#buffer.readBigInt64BE(this.#over(8)) };
      case 'float':
        return { type, value: this.#buffer.readFloatBE(this.#over(4)) };
      case 'double':
        return { type, value: this.f64() };
      case 'string':
        return { type, value: this.text() };
      case 'char':
        return { type, value: String.fromCharCode(this.u16()) };
      case 'bytes':
        return { type, value: this.bytes() };
      default:
        return this.fail('unknown type of value');
    }
  }

  /** Moves over `count` bytes, and returns where they begin. */
  #over(count: number): number {
    const start = this.at;
    if (start + count > this.#end) this.fail(`${count} bytes do not follow`);
    this.at = start + count;
    return start;
  }
}
