// Writing the native format. Messages are written one behind the other into slabs, and stay there:
//
//     slab  │ message │ message │ message being written │ room          │
//                               start                   at
//
// Hot: a Buffer for each message would cost more than all of its encoding (on Node 20 about a third
// of the whole way from send to listener went into allocating and collecting them). A slab is small,
// so that one message that waits long does not hold much memory that is not its own.

import type { Address, TypedValue } from '#broker';
import { ADDRESS_KINDS, TextEncoding, VALUE_TAGS } from './native-tags.ts';

const SLAB_BYTES = 32 * 1024;
/** A message that does not fit into the rest of a slab moves; less than this is not tried. */
const ROOM_MIN = 256;
/** A number of variable length has at most so many bytes. */
const VARINT_BYTES_MAX = 8;
const LONE_SURROGATE = /\p{Surrogate}/u;

export class Writer {
  /** Where the message is that was written last: from `start` to `end` in `slab`. */
  slab: Buffer = Buffer.allocUnsafeSlow(SLAB_BYTES);
  start = 0;
  #at = 0;

  get end(): number {
    return this.#at;
  }

  begin(): void {
    if (this.slab.length - this.#at < ROOM_MIN || this.slab.length > SLAB_BYTES) {
      this.slab = Buffer.allocUnsafeSlow(SLAB_BYTES);
      this.#at = 0;
    }
    this.start = this.#at;
  }

  /** Ends the message: a large one gets a buffer of its own size. */
  finish(): void {
    if (this.slab.length <= SLAB_BYTES) return;
    this.slab = Buffer.from(this.slab.subarray(this.start, this.#at));
    this.start = 0;
    this.#at = this.slab.length;
  }

  u8(value: number): void {
    this.#reserve(1);
    this.slab[this.#at++] = value;
  }

  u16(value: number): void {
    this.#reserve(2);
    this.#at = this.slab.writeUInt16BE(value, this.#at);
  }

  f64(value: number): void {
    this.#reserve(8);
    this.#at = this.slab.writeDoubleBE(value, this.#at);
  }

  varint(value: number): void {
    this.#reserve(VARINT_BYTES_MAX);
    let rest = value;
    while (rest >= 0x80) {
      this.slab[this.#at++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    this.slab[this.#at++] = rest;
  }

  /** Leaves room for a length of four bytes; returns its end, reckoned from the message's start. */
  hole(): number {
    this.#reserve(4);
    this.#at += 4;
    return this.#at - this.start;
  }

  /** Writes how many bytes came since the hole into it. The message may have moved meanwhile. */
  fill(hole: number): void {
    const end = this.start + hole;
    this.slab.writeUInt32BE(this.#at - end, end - 4);
  }

  bytes(value: Uint8Array): void {
    this.varint(value.length);
    this.#reserve(value.length);
    this.slab.set(value, this.#at);
    this.#at += value.length;
  }

  /**
   * One byte a unit where all are ASCII, UTF-8 where most are, else UTF-16: reading back UTF-8 that
   * is mostly not ASCII takes V8 thirty times as long. Halves of surrogate pairs UTF-8 cannot say.
   */
  text(value: string): void {
    const { length } = value;
    const more = Buffer.byteLength(value) - length;
    if (more === 0) this.#text(value, length, TextEncoding.ascii, 'latin1');
    else if (more * 8 > length || LONE_SURROGATE.test(value)) {
      this.#text(value, length * 2, TextEncoding.utf16, 'utf16le');
    } else this.#text(value, length + more, TextEncoding.utf8, 'utf8');
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
        this.#at = this.slab.writeInt8(typed.value, this.#at);
        break;
      case 'short':
        this.#at = this.slab.writeInt16BE(typed.value, this.#at);
        break;
      case 'int':
        this.#at = this.slab.writeInt32BE(typed.value, this.#at);
        break;
      case 'long':
        this.#at = this.slab.writeBigInt64BE(typed.value, this.#at);
        break;
      case 'float':
        this.#at = this.slab.writeFloatBE(typed.value, this.#at);
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
    this.slab.write(value, this.#at, length, name);
    this.#at += length;
  }

  /** Makes room; the message moves to a slab of its own size if there is none. */
  #reserve(count: number): void {
    if (this.#at + count <= this.slab.length) return;
    const written = this.#at - this.start;
    const needed = written + count;
    const bigger = Buffer.allocUnsafeSlow(
      needed <= SLAB_BYTES / 2 ? SLAB_BYTES : Math.max(needed, SLAB_BYTES + 1, written * 2),
    );
    this.slab.copy(bigger, 0, this.start, this.#at);
    this.slab = bigger;
    this.start = 0;
    this.#at = written;
  }
}
