// Message and correlation ids are strings in JMS and one of four types in AMQP; prefixes keep the
// type in the string. [JMS mapping WD10] [AMQP 3.2.4, 3.2.11-3.2.14]
//
//     string `ID:x`     ID:x                    ulong 5      ID:AMQP_ULONG:5
//     string `x`        ID:AMQP_NO_PREFIX:x     uuid         ID:AMQP_UUID:0123…-…
//     string `ID:AMQP_ULONG:x`                  binary       ID:AMQP_BINARY:0AFF
//                       ID:AMQP_STRING:ID:AMQP_ULONG:x
//
// A correlation id without `ID:` is the application's own word and stays as it is.

import { type Typed, types } from './rhea.ts';

const UUID = 'ID:AMQP_UUID:';
const ULONG = 'ID:AMQP_ULONG:';
const BINARY = 'ID:AMQP_BINARY:';
const STRING = 'ID:AMQP_STRING:';
const NO_PREFIX = 'ID:AMQP_NO_PREFIX:';
const TYPED: readonly string[] = [UUID, ULONG, BINARY, STRING, NO_PREFIX];
const ULONG_MAX = 2n ** 64n - 1n;

/** Reads a message id as JMS has it; undefined for what is no id. */
export function messageIdOf(id: Typed | undefined): string | undefined {
  const text = textOf(id);
  const plain = id?.type.name === 'Str8' || id?.type.name === 'Str32';
  return plain && text?.startsWith('ID:') === false ? NO_PREFIX + text : text;
}

/** Reads a correlation id as JMS has it; undefined for what is no id. */
export function correlationIdOf(id: Typed | undefined): string | Uint8Array | undefined {
  const bytes = id?.type.name === 'Vbin8' || id?.type.name === 'Vbin32';
  return bytes ? new Uint8Array(id.value as Buffer) : textOf(id);
}

function textOf(id: Typed | undefined): string | undefined {
  switch (id?.type.name) {
    case 'Str8':
    case 'Str32': {
      const text = id.value as string;
      return TYPED.some((prefix) => text.startsWith(prefix)) ? STRING + text : text;
    }
    case 'Ulong':
    case 'SmallUlong':
    case 'Ulong0':
      return ULONG + String(id.value);
    case 'Uuid':
      return UUID + formatUuid(id.value as Buffer);
    case 'Vbin8':
    case 'Vbin32':
      return BINARY + (id.value as Buffer).toString('hex').toUpperCase();
    default:
      return undefined;
  }
}

/** Writes a 16-byte uuid with its dashes. */
export function formatUuid(bytes: Buffer): string {
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** Makes the AMQP id of a JMS id. One whose prefix promises another type stays a string. */
export function amqpIdOf(id: string | Uint8Array): Typed {
  if (typeof id !== 'string') return types.wrap_binary(id);
  for (const prefix of [NO_PREFIX, STRING]) {
    if (id.startsWith(prefix)) return types.wrap_string(id.slice(prefix.length));
  }
  return typedId(id) ?? types.wrap_string(id);
}

function typedId(id: string): Typed | undefined {
  if (id.startsWith(ULONG)) {
    const digits = id.slice(ULONG.length);
    if (!/^\d{1,20}$/.test(digits) || BigInt(digits) > ULONG_MAX) return undefined;
    const bytes = Buffer.allocUnsafe(8);
    bytes.writeBigUInt64BE(BigInt(digits));
    return types.Ulong(bytes);
  }
  if (id.startsWith(UUID)) {
    const text = id.slice(UUID.length);
    if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)) return undefined;
    return types.Uuid(Buffer.from(text.replaceAll('-', ''), 'hex'));
  }
  if (id.startsWith(BINARY)) {
    const digits = id.slice(BINARY.length);
    if (!/^([0-9a-f]{2})*$/i.test(digits)) return undefined;
    return types.wrap_binary(Buffer.from(digits, 'hex'));
  }
  return undefined;
}
