// Writing the native format: into one buffer that grows, from which the finished message is copied.

import type { Address, TypedValue } from '#broker';
import { ADDRESS_KINDS, TextEncoding, VALUE_TAGS } from './native-tags.ts';

const CAPACITY_FIRST = 16 * 1024;
/** More than this is not kept for the next message. */
const CAPACITY_KEPT = 1024 * 1024;
/** A number of variable length has at most so many bytes. */
const VARINT_BYTES_MAX = 8;
const LONE_SURROGATE = /\p{Surrogate}/u;

export class Writer {
  #buffer: Buffer = Buffer.allocUnsafeSlow(CAPACITY_FIRST);
  #at = 0;

  begin(): void {
    this.#at = 0;
  }

  /** A copy of what was written since `begin`. */
  end(): Buffer {
    const bytes = Buffer.allocUnsafe(this.#at);
    this.#buffer.copy(bytes, 0, 0, this.#at);
    if (this.#buffer.length > CAPACITY_KEPT) this.#buffer = Buffer.allocUnsafeSlow(CAPACITY_FIRST);
    return bytes;
  }

  u8(value: number): void {
    this.#reserve(1);
    this.#buffer[this.#at++] = value;
  }

  u16(value: number): void {
    this.#reserve(2);
    this.#at = this.#buffer.writeUInt16BE(value, this.#at);
  }

  f64(value: number): void {
    this.#reserve(8);
    this.#at = this.#buffer.writeDoubleBE(value, this.#at);
  }

  varint(value: number): void {
    this.#reserve(VARINT_BYTES_MAX);
    let rest = value;
    while (rest >= 0x80) {
      this.#buffer[this.#at++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    this.#buffer[this.#at++] = rest;
  }

  /** Leaves room for a length of four bytes, and returns where it is. */
  hole(): number {
    this.#reserve(4);
    this.#at += 4;
    return this.#at;
  }

  /** Writes how many bytes came since the hole into it. */
  fill(hole: number): void {
    this.#buffer.writeUInt32BE(this.#at - hole, hole - 4);
  }

  bytes(value: Uint8Array): void {
    this.varint(value.length);
    this.#reserve(value.length);
    this.#buffer.set(value, this.#at);
    this.#at += value.length;
  }

  /** UTF-8, unless the text has halves of surrogate pairs, which UTF-8 cannot say. */
  text(value: string): void {
    const length = Buffer.byteLength(value);
    if (length === value.length) {
      this.#text(value, length, TextEncoding.ascii, 'latin1');
    } else if (LONE_SURROGATE.test(value)) {
      this.#text(value, value.length * 2, TextEncoding.utf16, 'utf16le');
    } else {
      this.#text(value, length, TextEncoding.utf8, 'utf8');
    }
  }

  address(address: Address): void {
    this.u8(ADDRESS_KINDS.indexOf(address.kind));
    this.text(address.name);
  }

  entries(entries: ReadonlyMap<string, TypedValue>): void {
    this.varint(entries.size);
    for (const [name, value] of entries) {
      this.text(name);
      this.value(value);
    }
  }

  value(typed: TypedValue): void {
    this.u8(VALUE_TAGS.indexOf(typed.type));
    this.#reserve(8);
    switch (typed.type) {
      case 'null':
        break;
      case 'boolean':
        this.u8(typed.value ? 1 : 0);
        break;
      case 'byte':
        this.#at = this.#buffer.writeInt8(typed.value, this.#at);
        break;
      case 'short':
        this.#at = this.#buffer.writeInt16BE(typed.value, this.#at);
        break;
      case 'int':
        this.#at = this.#buffer.writeInt32BE(typed.value, this.#at);
        break;
      case 'long':
        this.#at = this.#buffer.writeBigInt64BE(typed.value, this.#at);
        break;
      case 'float':
        this.#at = this.#buffer.writeFloatBE(typed.value, this.#at);
        break;
      case 'double':
        this.f64(typed.value);
        break;
      case 'string':
        this.text(typed.value);
        break;
      case 'char':
        this.u16(typed.value.charCodeAt(0));
        break;
      case 'bytes':
        this.bytes(typed.value);
    }
  }

  #text(value: string, length: number, encoding: number, name: BufferEncoding): void {
    this.varint(length * 4 + encoding);
    this.#reserve(length);
    this.#buffer.write(value, this.#at, length, name);
    this.#at += length;
  }

  #reserve(count: number): void {
    const needed = this.#at + count;
    if (needed <= this.#buffer.length) return;
    const bigger = Buffer.allocUnsafeSlow(Math.max(needed, this.#buffer.length * 2));
    this.#buffer.copy(bigger, 0, 0, this.#at);
    this.#buffer = bigger;
  }
}
