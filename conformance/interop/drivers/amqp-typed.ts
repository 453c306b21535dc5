/**
 * AMQP values between the matrix's words and rhea's `Typed`. rhea hands applications plain
 * JavaScript values, in which a short and a double are both a number; the types on the wire are
 * what interop is about, so this reads a message's bytes once more with rhea's own reader and
 * keeps the type of each value. [AMQP 1.6]
 */

import type { Value, Values, ValueType } from '../dialogue.ts';

/** rhea's value with its type, as its reader gives it. */
export interface Typed {
  readonly type: { readonly name: string };
  readonly value: unknown;
  readonly descriptor?: { readonly value: unknown };
}

/** The part of rhea's `types` that is used here. */
export interface RheaTypes {
  Reader: new (bytes: Buffer) => { read(): Typed; remaining(): number };
  [wrap: `wrap_${string}`]: (value: unknown) => unknown;
}

/** Our word for each of rhea's type names, one per encoding. */
const TYPE_OF: Readonly<Record<string, ValueType>> = {
  Boolean: 'boolean',
  True: 'boolean',
  False: 'boolean',
  Byte: 'byte',
  Short: 'short',
  Int: 'int',
  SmallInt: 'int',
  Long: 'long',
  SmallLong: 'long',
  Float: 'float',
  Double: 'double',
  Str8: 'string',
  Str32: 'string',
  CharUTF32: 'char',
  Vbin8: 'binary',
  Vbin32: 'binary',
  Ubyte: 'ubyte',
  Ushort: 'ushort',
  Uint: 'uint',
  SmallUint: 'uint',
  Uint0: 'uint',
  Ulong: 'ulong',
  SmallUlong: 'ulong',
  Ulong0: 'ulong',
  Timestamp: 'timestamp',
  Uuid: 'uuid',
  Sym8: 'symbol',
  Sym32: 'symbol',
};

function textOf(type: ValueType, value: unknown): string {
  if (type === 'binary') return Buffer.from(value as Buffer).toString('hex');
  if (type === 'uuid') {
    const hex = Buffer.from(value as Buffer).toString('hex');
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  }
  // Beyond 2^53 rhea gives the eight bytes themselves.
  if (type === 'long' && Buffer.isBuffer(value)) return String(value.readBigInt64BE());
  if (type === 'ulong' && Buffer.isBuffer(value)) return String(value.readBigUInt64BE());
  if (type === 'timestamp') return String(Number(value));
  if (type === 'char' && typeof value === 'number') return String.fromCodePoint(value);
  return String(value);
}

function readValue(typed: Typed): Value {
  const name = typed.type.name;
  const type = TYPE_OF[name];
  // A type without a word here still shows in a failure: as rhea names it.
  if (type === undefined) return { type: name as ValueType, value: String(typed.value) };
  return { type, value: textOf(type, typed.value) };
}

/** Reads a map's items, which rhea leaves as key, value, key, value… */
export function readMap(items: readonly Typed[]): Values {
  const values: Record<string, Value> = {};
  for (let i = 0; i + 1 < items.length; i += 2) {
    const [key, value] = [items[i], items[i + 1]];
    if (key !== undefined && value !== undefined) values[String(key.value)] = readValue(value);
  }
  return values;
}

/** Reads values that stand in a row. */
export function readList(items: readonly Typed[]): Value[] {
  return items.map(readValue);
}

/** The sections of a bare message by the number of their descriptor. [AMQP 3.2] */
export function readSections(types: RheaTypes, bytes: Buffer): Map<number, Typed> {
  const sections = new Map<number, Typed>();
  const reader = new types.Reader(bytes);
  while (reader.remaining() > 0) {
    const section = reader.read();
    sections.set(Number(section.descriptor?.value), section);
  }
  return sections;
}

function longBytes(text: string): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(BigInt.asIntN(64, BigInt(text)));
  return bytes;
}

/** The value as rhea must be given it, so that it writes exactly this type. */
export function write(types: RheaTypes, { type, value }: Value): unknown {
  const wrap = (raw: unknown): unknown => types[`wrap_${type}`]?.(raw);
  switch (type) {
    case 'boolean':
      return wrap(value === 'true');
    case 'string':
    case 'symbol':
      return wrap(value);
    case 'char':
      return wrap(value.codePointAt(0));
    case 'binary':
      return wrap(Buffer.from(value, 'hex'));
    case 'uuid':
      return wrap(Buffer.from(value.replaceAll('-', ''), 'hex'));
    case 'long':
    case 'ulong':
      return wrap(longBytes(value));
    default:
      return wrap(Number(value));
  }
}

/** Every value of a map, ready for rhea. */
export function writeMap(types: RheaTypes, values: Values): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).map(([k, v]) => [k, write(types, v)]));
}
