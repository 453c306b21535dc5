// Reads AMQP 1.0 values of every encoding. [AMQP 1.2, 1.6]
// A constructor's high half says how wide the data is, which makes skipping simple:
//
//     0x4_ nothing   0x5_ 1 byte   0x6_ 2   0x7_ 4   0x8_ 8   0x9_ 16
//     0xA_ 1 byte of length, then data          0xB_ 4 bytes of length, then data
//     0xC_ 1 byte of size, 1 of count, data     0xD_ 4 bytes of size, 4 of count, data
//     0xE_ as 0xC_, one constructor for all     0xF_ as 0xD_, one constructor for all
//
// Invariant: no claim of the peer is believed before the bytes for it are there, so what is built
// is never larger than a small multiple of the bytes read. Does not know any performative.

import { decodeError } from './errors.ts';
import { amqpLimits } from './limits.ts';
import type { ArrayValue, PrimitiveType, Value } from './types.ts';
import { FALSE, NULL, TRUE } from './types.ts';

const UINT_0: Value = { type: 'uint', value: 0 };
const ULONG_0: Value = { type: 'ulong', value: 0n };
const EMPTY_LIST: Value = { type: 'list', value: [] };

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The type that each known constructor makes. */
const TYPE_OF_CODE: ReadonlyMap<number, PrimitiveType> = new Map<number, PrimitiveType>([
  [0x40, 'null'],
  [0x41, 'boolean'],
  [0x42, 'boolean'],
  [0x56, 'boolean'],
  [0x43, 'uint'],
  [0x52, 'uint'],
  [0x70, 'uint'],
  [0x44, 'ulong'],
  [0x53, 'ulong'],
  [0x80, 'ulong'],
  [0x50, 'ubyte'],
  [0x60, 'ushort'],
  [0x51, 'byte'],
  [0x61, 'short'],
  [0x54, 'int'],
  [0x71, 'int'],
  [0x55, 'long'],
  [0x81, 'long'],
  [0x72, 'float'],
  [0x82, 'double'],
  [0x73, 'char'],
  [0x74, 'decimal32'],
  [0x84, 'decimal64'],
  [0x94, 'decimal128'],
  [0x83, 'timestamp'],
  [0x98, 'uuid'],
  [0xa0, 'binary'],
  [0xb0, 'binary'],
  [0xa1, 'string'],
  [0xb1, 'string'],
  [0xa3, 'symbol'],
  [0xb3, 'symbol'],
  [0x45, 'list'],
  [0xc0, 'list'],
  [0xd0, 'list'],
  [0xc1, 'map'],
  [0xd1, 'map'],
  [0xe0, 'array'],
  [0xf0, 'array'],
]);

/** Bytes of data after a constructor without length; -1 for the others. */
const FIXED_WIDTH: readonly number[] = [-1, -1, -1, -1, 0, 1, 2, 4, 8, 16];

/** Writes a byte as `0x4f`. */
export function hex(byte: number | undefined): string {
  return byte === undefined ? 'nothing' : `0x${byte.toString(16).padStart(2, '0')}`;
}

/**
 * Reads text that must be UTF-8.
 *
 * @throws {ProtocolError} `amqp:decode-error`
 */
export function readUtf8(buffer: Buffer, start: number, end: number): string {
  const text = buffer.toString('utf8', start, end);
  // Bytes that are not UTF-8 decode to U+FFFD; most text has none, so this asks only once.
  if (text.includes('\ufffd')) {
    try {
      return strictUtf8.decode(buffer.subarray(start, end));
    } catch (cause) {
      const error = decodeError(`string at offset ${start} is not UTF-8 [AMQP 1.6.20]`);
      error.cause = cause;
      throw error;
    }
  }
  return text;
}

/**
 * Reads text that must be ASCII.
 *
 * @throws {ProtocolError} `amqp:decode-error`
 */
export function readAscii(buffer: Buffer, start: number, end: number): string {
  const text = buffer.toString('latin1', start, end);
  for (let at = 0; at < text.length; at++) {
    if (text.charCodeAt(at) > 0x7f) {
      const byte = hex(text.charCodeAt(at));
      throw decodeError(`symbol has byte ${byte} at offset ${start + at}, not ASCII [AMQP 1.6.21]`);
    }
  }
  return text;
}

/**
 * Steps over one value without reading it, and returns where the next one begins.
 *
 * @throws {ProtocolError} `amqp:decode-error` if it does not end before `end`
 */
export function skipValue(buffer: Buffer, at: number, end: number): number {
  let next = at;
  // A described value is two values, so this counts instead of calling itself.
  for (let left = 1; left > 0; left--) {
    if (next < end && buffer[next] === 0) {
      left += 2;
      next++;
    } else {
      next = skipPrimitive(buffer, next, end);
      if (next > end) throw decodeError(`value at offset ${at} goes beyond its end at ${end}`);
    }
  }
  return next;
}

/** Where the value of the constructor at `at` ends, perhaps beyond `end`. */
function skipPrimitive(buffer: Buffer, at: number, end: number): number {
  if (at >= end) return end + 1;
  const code = buffer[at] ?? 0;
  const kind = code >> 4;
  const width = FIXED_WIDTH[kind] ?? -1;
  if (width >= 0) return at + 1 + width;
  if (kind < 0xa) throw decodeError(`${hex(code)} at offset ${at} is no constructor [AMQP 1.6]`);
  // The odd kinds from 0xB on have four bytes of length, the even ones one.
  if (kind % 2 === 0) return at + 2 <= end ? at + 2 + (buffer[at + 1] ?? 0) : end + 1;
  return at + 5 <= end ? at + 5 + buffer.readUInt32BE(at + 1) : end + 1;
}

function tooDeep(at: number): Error {
  return decodeError(`value at offset ${at} is nested deeper than ${amqpLimits.nestingMax} levels`);
}

/** Reads values one after the other. Binaries are copies. */
export class Decoder {
  readonly buffer: Buffer;
  /** Where the next value begins. */
  at: number;
  #end: number;
  #depth = 0;
  #zeroSizeLeft: number = amqpLimits.zeroSizeElementsMax;

  constructor(buffer: Buffer, start: number, end: number) {
    this.buffer = buffer;
    this.at = start;
    this.#end = end;
  }

  /** Whether all bytes were read. */
  get done(): boolean {
    return this.at >= this.#end;
  }

  /**
   * Reads the next value.
   *
   * @throws {ProtocolError} `amqp:decode-error`
   */
  read(): Value {
    this.#need(1);
    const code = this.buffer.readUInt8(this.at++);
    if (code !== 0) return this.#data(code);
    this.#enter();
    const descriptor = this.read();
    const value = this.read();
    this.#depth--;
    return { type: 'described', descriptor, value };
  }

  #enter(): void {
    if (this.#depth >= amqpLimits.nestingMax) throw tooDeep(this.at);
    this.#depth++;
  }

  #need(count: number): void {
    const left = this.#end - this.at;
    if (count > left) {
      throw decodeError(
        `value at offset ${this.at} needs ${count} bytes, but ${left} are left [AMQP 1.6]`,
      );
    }
  }

  /** Reads what follows the constructor `code`. */
  #data(code: number): Value {
    const kind = code >> 4;
    const width = FIXED_WIDTH[kind] ?? -1;
    if (width >= 0) {
      this.#need(width);
      const at = this.at;
      this.at += width;
      if (width === 0) return this.#empty(code);
      if (width <= 2) return this.#narrow(code, at);
      return width === 4 ? this.#fourBytes(code, at) : this.#wide(code, at);
    }
    switch (kind) {
      case 0xa:
      case 0xb:
        return this.#variable(code);
      case 0xc:
      case 0xd:
        return this.#compound(code);
      case 0xe:
      case 0xf:
        return this.#array(code);
      default:
        throw this.#unknown(code);
    }
  }

  #unknown(code: number): Error {
    return decodeError(`constructor ${hex(code)} before offset ${this.at} is unknown [AMQP 1.6]`);
  }

  #empty(code: number): Value {
    switch (code) {
      case 0x40:
        return NULL;
      case 0x41:
        return TRUE;
      case 0x42:
        return FALSE;
      case 0x43:
        return UINT_0;
      case 0x44:
        return ULONG_0;
      case 0x45:
        return EMPTY_LIST;
      default:
        throw this.#unknown(code);
    }
  }

  #narrow(code: number, at: number): Value {
    const buffer = this.buffer;
    switch (code) {
      case 0x50:
        return { type: 'ubyte', value: buffer.readUInt8(at) };
      case 0x51:
        return { type: 'byte', value: buffer.readInt8(at) };
      case 0x52:
        return { type: 'uint', value: buffer.readUInt8(at) };
      case 0x53:
        return { type: 'ulong', value: BigInt(buffer.readUInt8(at)) };
      case 0x54:
        return { type: 'int', value: buffer.readInt8(at) };
      case 0x55:
        return { type: 'long', value: BigInt(buffer.readInt8(at)) };
      case 0x56: {
        const byte = buffer.readUInt8(at);
        if (byte > 1) throw decodeError(`boolean ${hex(byte)} at offset ${at} is neither 0 nor 1`);
        return byte === 1 ? TRUE : FALSE;
      }
      case 0x60:
        return { type: 'ushort', value: buffer.readUInt16BE(at) };
      case 0x61:
        return { type: 'short', value: buffer.readInt16BE(at) };
      default:
        throw this.#unknown(code);
    }
  }

  #fourBytes(code: number, at: number): Value {
    const buffer = this.buffer;
    switch (code) {
      case 0x70:
        return { type: 'uint', value: buffer.readUInt32BE(at) };
      case 0x71:
        return { type: 'int', value: buffer.readInt32BE(at) };
      case 0x72:
        return { type: 'float', value: buffer.readFloatBE(at) };
      case 0x73: {
        const value = buffer.readUInt32BE(at);
        if (value > 0x10ffff) throw decodeError(`char ${value} at offset ${at} is above U+10FFFF`);
        return { type: 'char', value };
      }
      case 0x74:
        return { type: 'decimal32', value: this.#copy(at, 4) };
      default:
        throw this.#unknown(code);
    }
  }

  #wide(code: number, at: number): Value {
    const buffer = this.buffer;
    switch (code) {
      case 0x80:
        return { type: 'ulong', value: buffer.readBigUInt64BE(at) };
      case 0x81:
        return { type: 'long', value: buffer.readBigInt64BE(at) };
      case 0x82:
        return { type: 'double', value: buffer.readDoubleBE(at) };
      case 0x83:
        return { type: 'timestamp', value: buffer.readBigInt64BE(at) };
      case 0x84:
        return { type: 'decimal64', value: this.#copy(at, 8) };
      case 0x94:
        return { type: 'decimal128', value: this.#copy(at, 16) };
      case 0x98:
        return { type: 'uuid', value: this.#copy(at, 16) };
      default:
        throw this.#unknown(code);
    }
  }

  #copy(at: number, count: number): Buffer {
    return Buffer.from(this.buffer.subarray(at, at + count));
  }

  /** Reads one byte or four, as the constructor says. */
  #number(wide: boolean): number {
    this.#need(wide ? 4 : 1);
    const at = this.at;
    this.at += wide ? 4 : 1;
    return wide ? this.buffer.readUInt32BE(at) : this.buffer.readUInt8(at);
  }

  #variable(code: number): Value {
    const length = this.#number(code >= 0xb0);
    this.#need(length);
    const start = this.at;
    this.at += length;
    switch (code & 0x0f) {
      case 0:
        return { type: 'binary', value: this.#copy(start, length) };
      case 1:
        return { type: 'string', value: readUtf8(this.buffer, start, this.at) };
      case 3:
        return { type: 'symbol', value: readAscii(this.buffer, start, this.at) };
      default:
        throw this.#unknown(code);
    }
  }

  #compound(code: number): Value {
    const map = (code & 0x0f) === 1;
    if ((code & 0x0f) > 1) throw this.#unknown(code);
    const end = this.#sized(code >= 0xd0);
    const count = this.#number(code >= 0xd0);
    const outer = this.#end;
    this.#end = end;
    this.#enter();
    // Every element has a constructor, so a count above the bytes left is a lie.
    this.#need(count);
    const value = map ? this.#pairs(count) : this.#elements(count);
    this.#leave(end, outer, map ? 'map' : 'list');
    return value;
  }

  /** Reads a size and returns where what it measures ends. */
  #sized(wide: boolean): number {
    const size = this.#number(wide);
    this.#need(size);
    return this.at + size;
  }

  #leave(end: number, outer: number, what: string): void {
    if (this.at !== end) {
      throw decodeError(
        `${what} ends at offset ${this.at}, but its size says ${end} [AMQP 1.6.22-1.6.24]`,
      );
    }
    this.#end = outer;
    this.#depth--;
  }

  #elements(count: number): Value {
    const value: Value[] = [];
    for (let left = count; left > 0; left--) value.push(this.read());
    return { type: 'list', value };
  }

  #pairs(count: number): Value {
    if (count % 2 === 1) {
      throw decodeError(`map before offset ${this.at} has ${count} elements, not pairs`);
    }
    const value: [Value, Value][] = [];
    for (let left = count; left > 0; left -= 2) value.push([this.read(), this.read()]);
    return { type: 'map', value };
  }

  #array(code: number): ArrayValue {
    if ((code & 0x0f) !== 0) throw this.#unknown(code);
    const end = this.#sized(code >= 0xf0);
    const count = this.#number(code >= 0xf0);
    const outer = this.#end;
    this.#end = end;
    this.#enter();
    const descriptors: Value[] = [];
    let element = this.#constructorCode();
    while (element === 0) {
      if (descriptors.length >= amqpLimits.nestingMax) throw tooDeep(this.at);
      descriptors.push(this.read());
      element = this.#constructorCode();
    }
    const type = TYPE_OF_CODE.get(element);
    if (type === undefined) throw this.#unknown(element);
    if (element >> 4 === 4) this.#takeZeroSize(count);
    else this.#need(count);
    const value: Value[] = [];
    for (let left = count; left > 0; left--) value.push(this.#data(element));
    this.#leave(end, outer, 'array');
    return { type: 'array', element: type, descriptors, value };
  }

  #constructorCode(): number {
    this.#need(1);
    return this.buffer.readUInt8(this.at++);
  }

  /** Counts elements that have no bytes, of which a few bytes could claim thousands of millions. */
  #takeZeroSize(count: number): void {
    if (count > this.#zeroSizeLeft) {
      throw decodeError(
        `array at offset ${this.at} has ${count} elements without bytes; ` +
          `at most ${amqpLimits.zeroSizeElementsMax} are read at once`,
      );
    }
    this.#zeroSizeLeft -= count;
  }
}
