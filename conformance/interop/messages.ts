/** The messages that the cases send, as data. Values are chosen at the edges of their types. */

import type { MessageSpec, Values } from './dialogue.ts';

/** Accents, planes beyond the first, joined emoji, right-to-left, line ends, and nothing at all. */
export const TEXTS: readonly MessageSpec[] = [
  'Grüße aus Ångström, señor; naïve café',
  '🐙 👩‍👩‍👧‍👦 𝄞 — 漢字, العربية',
  'line one\nline two\ta colon: and a \\ backslash\n',
  '',
].map((text) => ({ body: { text } }));

const EVERY_BYTE = Buffer.from(Uint8Array.from({ length: 256 }, (_, i) => i)).toString('hex');

export const BYTES: readonly MessageSpec[] = [{ body: { hex: EVERY_BYTE } }, { body: { hex: '' } }];

/** One mebibyte of bytes, and a text of more than a million UTF-8 bytes. */
export const LARGE: readonly MessageSpec[] = [
  { body: { hex: EVERY_BYTE, times: 4096 } },
  { body: { text: 'Grüße 🐙 ', times: 80_000 } },
];

const STRING: Values[string] = { type: 'string', value: 'Grüße: 🐙 \\ and\na second line' };

/** The eight types that JMS properties have. [JMS 3.5.2] */
export const JMS_PROPERTIES: Values = {
  yes: { type: 'boolean', value: 'true' },
  no: { type: 'boolean', value: 'false' },
  aByte: { type: 'byte', value: '-128' },
  aShort: { type: 'short', value: '32767' },
  anInt: { type: 'int', value: '-2147483648' },
  aSmallInt: { type: 'int', value: '7' },
  aLong: { type: 'long', value: '9007199254740991' },
  theGreatestLong: { type: 'long', value: '9223372036854775807' },
  theLeastLong: { type: 'long', value: '-9223372036854775808' },
  aFloat: { type: 'float', value: '1.5' },
  theGreatestFloat: { type: 'float', value: '3.4028234663852886e38' },
  aDouble: { type: 'double', value: '0.1' },
  aWideDouble: { type: 'double', value: '-1.5e300' },
  aString: STRING,
};

/** The one type that STOMP headers have, and names with a capital. */
export const STOMP_PROPERTIES: Values = {
  aString: STRING,
  aNumber: { type: 'string', value: '42' },
  Colour: { type: 'string', value: 'blue' },
};

/** What AMQP has beyond JMS. Whoever speaks AMQP on both sides keeps it. [AMQP 1.6] */
export const AMQP_PROPERTIES: Values = {
  aUbyte: { type: 'ubyte', value: '255' },
  aUshort: { type: 'ushort', value: '65535' },
  aUint: { type: 'uint', value: '4294967295' },
  aUlong: { type: 'ulong', value: '18446744073709551615' },
  aChar: { type: 'char', value: '𝄞' },
  aTimestamp: { type: 'timestamp', value: '1763942400000' },
  aUuid: { type: 'uuid', value: '123e4567-e89b-12d3-a456-426614174000' },
  aBinary: { type: 'binary', value: '00ff10' },
  aSymbol: { type: 'symbol', value: 'an:ascii:word' },
};

/** Map entries may also be a char or bytes. [JMS 3.11.3] */
export const ENTRIES: Values = {
  ...JMS_PROPERTIES,
  aChar: { type: 'char', value: 'ß' },
  someBytes: { type: 'binary', value: '00ff10' },
};

/** A map of values. */
export function mapOf(map: Values): MessageSpec {
  return { body: { map } };
}

/** Items of every type, in their order. [JMS 3.11.3] */
export function streamOf(values: Values): MessageSpec {
  return { body: { stream: Object.values(values) } };
}

/** Equal to whoever can read what the other's language wrote; to others it is an object. */
export const OBJECT: MessageSpec = { body: { object: 'an object: Grüße 🐙' } };

const PLAIN: Values = {
  aString: { type: 'string', value: 'Grüße: 🐙' },
  anInt: { type: 'int', value: '-7' },
  theGreatestLong: { type: 'long', value: '9223372036854775807' },
  yes: { type: 'boolean', value: 'true' },
  aDouble: { type: 'double', value: '1.5' },
};

/** What a STOMP subscriber can read of typed bodies, and as what. */
export const READABLE: readonly MessageSpec[] = [
  { body: { map: PLAIN } },
  { body: { stream: Object.values(PLAIN) } },
];
export const READ: readonly { readonly json: string; readonly transformation: string }[] = [
  {
    transformation: 'jms-map-json',
    json: `{${Object.entries(PLAIN)
      .map(([name, { type, value }]) => `"${name}":${type === 'string' ? `"${value}"` : value}`)
      .join(',')}}`,
  },
  {
    transformation: 'jms-stream-json',
    json: `[${Object.values(PLAIN)
      .map(({ type, value }) => (type === 'string' ? `"${value}"` : value))
      .join(',')}]`,
  },
];

const LATER = '4102444800000';

/** Ids of AMQP's other types, and times. [AMQP 3.2.4] */
export const AMQP_IDS: readonly MessageSpec[] = (
  [
    ['binary', '00ff10', '0102'],
    ['uuid', '123e4567-e89b-12d3-a456-426614174000', '00000000-0000-0000-0000-000000000001'],
    ['ulong', '18446744073709551615', '7'],
    ['string', 'an id', 'another'],
  ] as const
).map(([type, messageId, correlationId]) => ({
  body: { text: `with ${type} ids` },
  amqp: {
    messageId: { type, value: messageId },
    correlationId: { type, value: correlationId },
    createdAt: '1763942400123',
    expiresAt: LATER,
  },
}));

/** Every JMS header that a sender sets and a receiver sees. [JMS 3.4] */
export const HEADERS: MessageSpec = {
  body: { text: 'with headers' },
  correlationId: 'order-17',
  type: 'invoice',
  replyTo: { kind: 'queue', name: 'interop.answers' },
  priority: 7,
  persistent: true,
};

/** A run of numbered texts. */
export function numbered(count: number, from = 1): MessageSpec[] {
  return Array.from({ length: count }, (_, i) => ({ body: { text: `message ${from + i}` } }));
}
