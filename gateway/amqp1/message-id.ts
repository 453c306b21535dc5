// Message and correlation ids are strings in JMS and one of four types in AMQP; prefixes keep the
// type in the string. [JMS mapping WD10] [AMQP 3.2.4, 3.2.11-3.2.14]
//
//     string `ID:x`     ID:x                    ulong 5      ID:AMQP_ULONG:5
//     string `x`        ID:AMQP_NO_PREFIX:x     uuid         ID:AMQP_UUID:0123…-…
//     string `ID:AMQP_ULONG:x`                  binary       ID:AMQP_BINARY:0AFF
//                       ID:AMQP_STRING:ID:AMQP_ULONG:x
//
// A correlation id without `ID:` is the application's own word and stays as it is.

import type { Value } from './types.ts';

const ID = 'ID:';
const UUID = 'ID:AMQP_UUID:';
const ULONG = 'ID:AMQP_ULONG:';
const BINARY = 'ID:AMQP_BINARY:';
const STRING = 'ID:AMQP_STRING:';
const NO_PREFIX = 'ID:AMQP_NO_PREFIX:';
const TYPED: readonly string[] = [UUID, ULONG, BINARY, STRING, NO_PREFIX];

const ULONG_MAX = 2n ** 64n - 1n;

/** Reads a message-id as JMS has it; `undefined` for types that are no id. */
export function messageIdText(id: Value): string | undefined {
  if (id.type === 'string' && !id.value.startsWith(ID)) return NO_PREFIX + id.value;
  return idText(id);
}

/** Reads a correlation-id as JMS has it; `undefined` for types that are no id. */
export function correlationId(id: Value): string | Uint8Array | undefined {
  return id.type === 'binary' ? id.value : idText(id);
}

function idText(id: Value): string | undefined {
  switch (id.type) {
    case 'string':
      return TYPED.some((prefix) => id.value.startsWith(prefix)) ? STRING + id.value : id.value;
    case 'ulong':
      return ULONG + id.value;
    case 'uuid':
      return UUID + formatUuid(id.value);
    case 'binary':
      return BINARY + id.value.toString('hex').toUpperCase();
    default:
      return undefined;
  }
}

/** Writes a 16-byte uuid with its dashes. */
export function formatUuid(bytes: Buffer): string {
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** Makes the AMQP id of a JMS id. One whose prefix promises another type stays a string. */
export function idValue(id: string): Value {
  if (id.startsWith(NO_PREFIX)) return { type: 'string', value: id.slice(NO_PREFIX.length) };
  if (id.startsWith(STRING)) return { type: 'string', value: id.slice(STRING.length) };
  return typedId(id) ?? { type: 'string', value: id };
}

function typedId(id: string): Value | undefined {
  if (id.startsWith(ULONG)) {
    const digits = id.slice(ULONG.length);
    if (!/^\d{1,20}$/.test(digits) || BigInt(digits) > ULONG_MAX) return undefined;
    return { type: 'ulong', value: BigInt(digits) };
  }
  if (id.startsWith(UUID)) {
    const text = id.slice(UUID.length);
    if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)) return undefined;
    return { type: 'uuid', value: Buffer.from(text.replaceAll('-', ''), 'hex') };
  }
  if (id.startsWith(BINARY)) {
    const digits = id.slice(BINARY.length);
    if (!/^([0-9a-f]{2})*$/i.test(digits)) return undefined;
    return { type: 'binary', value: Buffer.from(digits, 'hex') };
  }
  return undefined;
}
