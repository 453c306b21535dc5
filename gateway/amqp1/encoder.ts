// Writes AMQP 1.0 values, each in the smallest encoding of its type. [AMQP 1.2, 1.6]
// For what is not hot: the control plane, and messages that come from another protocol. The hot
// performatives are written by hand in their own files.
//
// Invariant: what is written can be read again by `decoder.ts` to an equal value.

import { assert } from '#broker';
import type { ArrayValue, ListValue, MapValue, PrimitiveType, Value } from './types.ts';

/** Constructors of the encodings that always fit, and of the types that have just one. */
const WIDEST: Readonly<Record<PrimitiveType, number>> = {
  null: 0x40,
  boolean: 0x56,
  ubyte: 0x50,
  ushort: 0x60,
  uint: 0x70,
  ulong: 0x80,
  byte: 0x51,
  short: 0x61,
  int: 0x71,
  long: 0x81,
  float: 0x72,
  double: 0x82,
  char: 0x73,
  timestamp: 0x83,
  decimal32: 0x74,
  decimal64: 0x84,
  decimal128: 0x94,
  uuid: 0x98,
  binary: 0xb0,
  string: 0xb1,
  symbol: 0xb3,
  list: 0xd0,
  map: 0xd1,
  array: 0xf0,
};

const FIXED_BYTES = { decimal32: 4, decimal64: 8, decimal128: 16, uuid: 16 } as const;

/**
 * Picks the constructor of a value. Compounds get their wide one: they shrink when they are done
 * and turn out small.
 */
function constructorOf(value: Value): number {
  switch (value.type) {
    case 'boolean':
      return value.value ? 0x41 : 0x42;
    case 'uint':
      if (value.value === 0) return 0x43;
      return value.value <= 0xff ? 0x52 : 0x70;
    case 'ulong':
      if (value.value === 0n) return 0x44;
      return value.value <= 0xffn ? 0x53 : 0x80;
    case 'list':
      return value.value.length === 0 ? 0x45 : 0xd0;
    case 'described':
      return 0;
    default:
      return smallest(value);
  }
}

/** Picks the smallest constructor that has data: what an array of such values can have. */
function smallest(value: Value): number {
  switch (value.type) {
    case 'uint':
      return value.value <= 0xff ? 0x52 : 0x70;
    case 'ulong':
      return value.value <= 0xffn ? 0x53 : 0x80;
    case 'int':
      return value.value >= -128 && value.value <= 127 ? 0x54 : 0x71;
    case 'long':
      return value.value >= -128n && value.value <= 127n ? 0x55 : 0x81;
    case 'binary':
      return value.value.length <= 0xff ? 0xa0 : 0xb0;
    case 'string':
      return Buffer.byteLength(value.value) <= 0xff ? 0xa1 : 0xb1;
    case 'symbol':
      return value.value.length <= 0xff ? 0xa3 : 0xb3;
    case 'described':
      throw new TypeError('elements of an array have one constructor, said in `descriptors`');
    default:
      return WIDEST[value.type];
  }
}

/** Writes values one after the other into a buffer that grows. */
export class Encoder {
  #buffer: Buffer;
  #at = 0;

  constructor(bytesExpected = 256) {
    this.#buffer = Buffer.allocUnsafe(bytesExpected);
  }

  /** How many bytes were written. */
  get length(): number {
    return this.#at;
  }

  /** All that was written; good until the next write. */
  bytes(): Buffer {
    return this.#buffer.subarray(0, this.#at);
  }

  /** Makes room for `count` bytes, skips them, and returns where they begin. */
  #reserve(count: number): number {
    const at = this.#at;
    const needed = at + count;
    if (needed > this.#buffer.length) {
      const larger = Buffer.allocUnsafe(Math.max(needed, this.#buffer.length * 2));
      this.#buffer.copy(larger, 0, 0, at);
      this.#buffer = larger;
    }
    this.#at = needed;
    return at;
  }

  /** Writes bytes as they are. */
  raw(bytes: Uint8Array): void {
    const at = this.#reserve(bytes.length);
    this.#buffer.set(bytes, at);
  }

  byte(value: number): void {
    const at = this.#reserve(1);
    this.#buffer[at] = value;
  }

  /** Writes the descriptor of a composite type or section. */
  descriptor(code: number): void {
    const at = this.#reserve(3);
    this.#buffer[at] = 0;
    this.#buffer[at + 1] = 0x53;
    this.#buffer[at + 2] = code;
  }

  /** Writes a value with its constructor. */
  write(value: Value): void {
    const at = this.#at;
    const code = constructorOf(value);
    this.byte(code);
    if (value.type === 'described') {
      this.write(value.descriptor);
      this.write(value.value);
      return;
    }
    this.#data(code, value);
    if (code >= 0xd0) this.#shrink(at);
  }

  /** Writes the data of a value for a constructor that can hold it. */
  #data(code: number, value: Value): void {
    switch (value.type) {
      case 'null':
        return;
      case 'boolean':
        if (code === 0x56) this.byte(value.value ? 1 : 0);
        return;
      case 'ulong':
      case 'long':
      case 'timestamp':
        this.#bigint(code, value.value);
        return;
      case 'decimal32':
      case 'decimal64':
      case 'decimal128':
      case 'uuid':
        assert(value.value.length === FIXED_BYTES[value.type], `a ${value.type} has its size`);
        this.raw(value.value);
        return;
      case 'binary':
        this.#length(code, value.value.length);
        this.raw(value.value);
        return;
      case 'string':
      case 'symbol':
        this.#text(code, value.value);
        return;
      case 'list':
      case 'map':
      case 'array':
        if (code !== 0x45) this.#compound(value);
        return;
      case 'described':
        throw new TypeError('a described value is no element of an array');
      default:
        this.#number(code, value.value);
    }
  }

  #number(code: number, value: number): void {
    if (code === 0x43) return;
    const width = code < 0x60 ? 1 : code < 0x70 ? 2 : code < 0x80 ? 4 : 8;
    const at = this.#reserve(width);
    const buffer = this.#buffer;
    switch (code) {
      case 0x51:
      case 0x54:
        buffer.writeInt8(value, at);
        return;
      case 0x60:
        buffer.writeUInt16BE(value, at);
        return;
      case 0x61:
        buffer.writeInt16BE(value, at);
        return;
      case 0x71:
        buffer.writeInt32BE(value, at);
        return;
      case 0x72:
        buffer.writeFloatBE(value, at);
        return;
      case 0x82:
        buffer.writeDoubleBE(value, at);
        return;
      default:
        if (width === 1) buffer.writeUInt8(value, at);
        else buffer.writeUInt32BE(value, at);
    }
  }

  #bigint(code: number, value: bigint): void {
    if (code === 0x44) return;
    const at = this.#reserve(code < 0x60 ? 1 : 8);
    if (code === 0x53) this.#buffer.writeUInt8(Number(value), at);
    else if (code === 0x55) this.#buffer.writeInt8(Number(value), at);
    else if (code === 0x80) this.#buffer.writeBigUInt64BE(value, at);
    else this.#buffer.writeBigInt64BE(value, at);
  }

  /** Writes a length in one byte or four, as the constructor has it. */
  #length(code: number, length: number): void {
    if (code < 0xb0) {
      this.byte(length);
    } else {
      const at = this.#reserve(4);
      this.#buffer.writeUInt32BE(length, at);
    }
  }

  #text(code: number, text: string): void {
    const bytes = Buffer.byteLength(text);
    this.#length(code, bytes);
    const at = this.#reserve(bytes);
    this.#buffer.write(text, at, bytes, 'utf8');
  }

  #compound(value: ListValue | MapValue | ArrayValue): void {
    const sizeAt = this.#reserve(8);
    let count = value.value.length;
    if (value.type === 'list') {
      for (const element of value.value) this.write(element);
    } else if (value.type === 'map') {
      count *= 2;
      for (const [key, element] of value.value) {
        this.write(key);
        this.write(element);
      }
    } else {
      this.#elements(value);
    }
    this.#buffer.writeUInt32BE(this.#at - sizeAt - 4, sizeAt);
    this.#buffer.writeUInt32BE(count, sizeAt + 4);
  }

  #elements(array: ArrayValue): void {
    for (const descriptor of array.descriptors) {
      this.byte(0);
      this.write(descriptor);
    }
    let code = 0;
    for (const element of array.value) {
      assert(element.type === array.element, 'elements of an array are of one type');
      code = Math.max(code, smallest(element));
    }
    if (array.value.length === 0) code = WIDEST[array.element];
    this.byte(code);
    for (const element of array.value) this.#data(code, element);
  }

  /** Turns the wide compound that begins at `at` and ends here into a narrow one, if it fits. */
  #shrink(at: number): void {
    const buffer = this.#buffer;
    const size = buffer.readUInt32BE(at + 1);
    const count = buffer.readUInt32BE(at + 5);
    // The narrow size counts one byte of count, the wide one four.
    if (size - 3 > 0xff || count > 0xff) return;
    buffer[at] = (buffer[at] ?? 0) - 0x10;
    buffer[at + 1] = size - 3;
    buffer[at + 2] = count;
    buffer.copyWithin(at + 3, at + 9, this.#at);
    this.#at -= 6;
  }
}

/** Writes one value into a buffer of its own. */
export function encodeValue(value: Value): Buffer {
  const encoder = new Encoder();
  encoder.write(value);
  return Buffer.from(encoder.bytes());
}
