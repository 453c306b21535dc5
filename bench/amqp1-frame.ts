/**
 * The few AMQP 1.0 encodings a load generator needs: frames and performatives it writes, and a reader
 * for the control frames that brokers write. [AMQP 1.6, 2.3, 2.7, 5.3]
 *
 * Deliberately not the gateway's codec: a broker measured through its own code would hide its
 * mistakes. Not fast either; the hot paths of `amqp1.ts` touch bytes without it.
 */

/** Descriptor codes of the performatives and of SASL's frames. */
export const code = {
  open: 0x10,
  begin: 0x11,
  attach: 0x12,
  flow: 0x13,
  transfer: 0x14,
  disposition: 0x15,
  detach: 0x16,
  end: 0x17,
  close: 0x18,
  error: 0x1d,
  accepted: 0x24,
  source: 0x28,
  target: 0x29,
  saslMechanisms: 0x40,
  saslInit: 0x41,
  saslOutcome: 0x44,
} as const;

/** Any value as the reader gives it; binary stays a Buffer, described values keep their code. */
export type Value = null | boolean | number | bigint | string | Buffer | Value[] | Described;

/** A described value: performatives, errors, terminuses. */
export interface Described {
  readonly code: number;
  readonly value: Value;
}

/** AMQP's null. */
export const nothing: Buffer = Buffer.from([0x40]);
/** AMQP's true. */
export const yes: Buffer = Buffer.from([0x41]);
/** AMQP's false. */
export const no: Buffer = Buffer.from([0x42]);

/** An unsigned byte. */
export function ubyte(value: number): Buffer {
  return Buffer.from([0x50, value]);
}

/** An unsigned short. */
export function ushort(value: number): Buffer {
  return Buffer.from([0x60, value >> 8, value & 0xff]);
}

/** An unsigned int, always in its four-byte form so that it can be patched. */
export function uint(value: number): Buffer {
  const bytes = Buffer.from([0x70, 0, 0, 0, 0]);
  bytes.writeUInt32BE(value, 1);
  return bytes;
}

/** A string. */
export function text(value: string): Buffer {
  return sized(0xa1, 0xb1, Buffer.from(value));
}

/** A symbol. */
export function symbol(value: string): Buffer {
  return sized(0xa3, 0xb3, Buffer.from(value));
}

/** Bytes. */
export function binary(value: Buffer): Buffer {
  return sized(0xa0, 0xb0, value);
}

/** A described list, the form of every performative. */
export function described(descriptor: number, ...fields: Buffer[]): Buffer {
  const items = Buffer.concat(fields);
  const head = Buffer.from([0, 0x53, descriptor, 0xd0, 0, 0, 0, 0, 0, 0, 0, 0]);
  head.writeUInt32BE(items.length + 4, 4);
  head.writeUInt32BE(fields.length, 8);
  return Buffer.concat([head, items]);
}

/** A frame on channel 0: `type` 0 for AMQP, 1 for SASL. [AMQP 2.3] */
export function frame(type: 0 | 1, ...body: Buffer[]): Buffer {
  const bytes = Buffer.concat([Buffer.from([0, 0, 0, 0, 2, type, 0, 0]), ...body]);
  bytes.writeUInt32BE(bytes.length, 0);
  return bytes;
}

/** Reads the performative of a whole frame; undefined for an empty one (a heart-beat). */
export function performative(bytes: Buffer): { code: number; fields: Value[] } | undefined {
  const at = bytes.readUInt8(4) * 4;
  if (at >= bytes.length) return undefined;
  const [value] = readValue(bytes, at);
  if (!isDescribed(value) || !Array.isArray(value.value))
    throw new Error(`expected a performative, came: ${bytes.toString('hex', 0, 64)}`);
  return { code: value.code, fields: value.value };
}

/** Whether a value carries a descriptor. */
export function isDescribed(value: Value | undefined): value is Described {
  return typeof value === 'object' && value !== null && 'code' in value && 'value' in value;
}

/** Reads one value at `at`; answers it and where the next one begins. [AMQP 1.2] */
export function readValue(bytes: Buffer, at: number): [Value, number] {
  const format = bytes.readUInt8(at);
  if (format === 0x00) return readDescribed(bytes, at + 1);
  const from = at + 1;
  switch (format >> 4) {
    case 0x4:
      return [simple[format] ?? null, from];
    case 0x5:
      return [format === 0x56 ? bytes[from] === 1 : bytes.readUInt8(from), from + 1];
    case 0x6:
      return [bytes.readUInt16BE(from), from + 2];
    case 0x7:
      return [bytes.readUInt32BE(from), from + 4];
    case 0x8:
      return [bytes.readBigUInt64BE(from), from + 8];
    case 0x9:
      return [bytes.subarray(from, from + 16), from + 16];
    case 0xa:
    case 0xb:
      return readSized(bytes, format, from);
    case 0xc:
    case 0xd:
    case 0xe:
    case 0xf:
      return readCompound(bytes, format, from);
    default:
      throw new Error(`unknown AMQP constructor 0x${format.toString(16)}`);
  }
}

const simple: Readonly<Record<number, Value>> = {
  65: true,
  66: false,
  67: 0,
  68: 0n,
  69: [],
};

function readDescribed(bytes: Buffer, at: number): [Value, number] {
  const [descriptor, from] = readValue(bytes, at);
  const [value, next] = readValue(bytes, from);
  // Symbolic descriptors are legal and nobody we measure uses them.
  return [{ code: typeof descriptor === 'string' ? -1 : Number(descriptor), value }, next];
}

function readSized(bytes: Buffer, format: number, at: number): [Value, number] {
  const wide = format >= 0xb0;
  const from = at + (wide ? 4 : 1);
  const next = from + (wide ? bytes.readUInt32BE(at) : bytes.readUInt8(at));
  const isBinary = (format & 0xf) === 0;
  return [isBinary ? bytes.subarray(from, next) : bytes.toString('utf8', from, next), next];
}

function readCompound(bytes: Buffer, format: number, at: number): [Value, number] {
  const wide = (format & 0x10) !== 0;
  const width = wide ? 4 : 1;
  const next = at + width + (wide ? bytes.readUInt32BE(at) : bytes.readUInt8(at));
  // Arrays and maps are properties and offers, of no use to a load generator: skipped.
  if ((format & 0xf) === 1 || format >= 0xe0) return [null, next];
  const count = wide ? bytes.readUInt32BE(at + 4) : bytes.readUInt8(at + 1);
  const items: Value[] = [];
  let from = at + 2 * width;
  for (let i = 0; i < count; i++) {
    const [item, after] = readValue(bytes, from);
    items.push(item);
    from = after;
  }
  return [items, next];
}

function sized(narrow: number, wide: number, bytes: Buffer): Buffer {
  if (bytes.length < 256) return Buffer.concat([Buffer.from([narrow, bytes.length]), bytes]);
  const head = Buffer.from([wide, 0, 0, 0, 0]);
  head.writeUInt32BE(bytes.length, 1);
  return Buffer.concat([head, bytes]);
}
