// A message of AMQP 0-9-1 as a message of JMS: by the headers of RabbitMQ's JMS client and our own
// where they are, else by the type of its content. [AMQP 0-9-1 basic] [JMS 3.4, 3.11]

import type { Message, MessageProperties } from 'amqplib';
import type {
  BodyData,
  DestinationData,
  DestinationKind,
  MessageData,
  TypedValue,
  ValueType,
} from '#jms-api';
import { destinationAt } from '../rabbitmq-address.ts';
import * as Own from '../rabbitmq-header.ts';
import { typedValue, typedValueOfPair } from '../typed-text.ts';
import { NUMBERS } from './header-numbers.ts';
import { decodeOfJmsClient, isOfJmsClient } from './jms-client-decode.ts';
import { isItsTemporary } from './jms-client-words.ts';

/** Headers that are no properties, beside those that begin with `x-`, which are RabbitMQ's. */
const FIELDS: ReadonlySet<string> = new Set([
  ...Own.RESERVED,
  ...Object.values(Own).filter((one) => typeof one === 'string'),
]);

const TEXT_TYPE = /^\s*(text\/|application\/([\w.-]+\+)?(json|xml)\b)/i;
const JAVA_TYPE = /^\s*application\/x-java-serialized-object\b/i;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

const KIND_WORDS: ReadonlySet<string> = new Set(Object.values(Own.KINDS));
const KINDS: Readonly<Record<string, string>> = Own.KINDS;

const DELIVERY_COUNT = 'x-delivery-count';

type Headers = Readonly<Record<string, unknown>> & {
  readonly [NUMBERS]?: ReadonlyMap<string, TypedValue>;
};

/** How often it was delivered, this time included; a classic queue says only "again". */
export function attemptOf({ fields, properties }: Message): number {
  const before = properties.headers?.[DELIVERY_COUNT];
  if (typeof before === 'number' && before > 0) return before + 1;
  return fields.redelivered ? 2 : 1;
}

/**
 * @param destination - where it was sent to
 * @throws {Error} if it is not what it says
 */
export function decodeMessage(message: Message, destination: DestinationData): MessageData {
  const { properties, content } = message;
  const headers: Headers = properties.headers ?? {};
  if (headers[Own.FROM_JMS_CLIENT] !== undefined && isOfJmsClient(content)) {
    return decodeOfJmsClient(message, destination);
  }
  const timestamp = numberOf(headers[Own.TIMESTAMP]) ?? secondsOf(properties.timestamp);
  const kind = headers[Own.KIND];
  return {
    messageId: textOr(properties.messageId) ?? textOr(headers[Own.MESSAGE_ID]),
    correlationId:
      bytesOr(headers[Own.CORRELATION_BYTES]) ??
      textOr(properties.correlationId) ??
      textOr(headers[Own.CORRELATION_ID]),
    destination,
    replyTo: replyToOf(properties, headers),
    type: textOr(properties.type) ?? textOr(headers[Own.LONG_TYPE]) ?? typeOfApplication(kind),
    persistent: properties.deliveryMode === 2,
    priority: Math.min(9, numberOf(properties.priority) ?? 4),
    timestamp,
    expiresAt: expiresAtOf(properties, headers, timestamp),
    userId: textOr(properties.userId),
    contentType: textOr(properties.contentType),
    properties: propertiesOf(headers),
    body: bodyOf(content, properties, headers),
  };
}

function textOr(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function bytesOr(value: unknown): Uint8Array | undefined {
  return value instanceof Uint8Array ? new Uint8Array(value) : undefined;
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

function secondsOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value * 1000 : undefined;
}

/** RabbitMQ's JMS client may send the JMSType of the application in the same header. */
function typeOfApplication(kind: unknown): string | undefined {
  return typeof kind !== 'string' || KIND_WORDS.has(kind) ? undefined : kind;
}

function expiresAtOf(
  { expiration }: MessageProperties,
  headers: Headers,
  timestamp: number | undefined,
): number | undefined {
  // RabbitMQ takes the TTL off what it dead-letters, and it may be consumed there.
  if (expiration === undefined && headers['x-death'] !== undefined) return undefined;
  const said = numberOf(headers[Own.EXPIRATION]);
  if (said !== undefined) return said === 0 ? undefined : said;
  const ttlMs = Number(expiration);
  if (expiration === undefined || timestamp === undefined || Number.isNaN(ttlMs)) return undefined;
  return timestamp + ttlMs;
}

const REPLY_KINDS: readonly DestinationKind[] = ['topic', 'temporary-queue', 'temporary-topic'];

function replyToOf({ replyTo }: MessageProperties, headers: Headers): DestinationData | undefined {
  const name = textOr(replyTo) ?? textOr(headers[Own.LONG_REPLY_TO]);
  if (name === undefined) return undefined;
  const kind = REPLY_KINDS.find((one) => one === headers[Own.REPLY_KIND]);
  if (kind !== undefined) return { kind, name };
  const addressed = destinationAt(name);
  if (addressed !== undefined) return addressed;
  // A way straight to who asks, which is no queue that could be declared.
  const direct = name.startsWith('amq.') || isItsTemporary(name);
  return { kind: direct ? 'temporary-queue' : 'queue', name };
}

function propertiesOf(headers: Headers): Map<string, TypedValue> {
  const properties = new Map<string, TypedValue>();
  const types = jsonOf(headers[Own.TYPES]);
  const numbers = headers[NUMBERS];
  for (const name in headers) {
    if (FIELDS.has(name) || name.startsWith('x-')) continue;
    const value = numbers?.get(name) ?? propertyOf(headers[name], types?.[name]);
    if (value !== undefined) properties.set(name, value);
  }
  const others = jsonOf(headers[Own.PROPERTIES]);
  for (const [name, pair] of Object.entries(others ?? {})) {
    properties.set(name, typedValueOfPair(pair));
  }
  return properties;
}

function jsonOf(text: unknown): Headers | undefined {
  if (typeof text !== 'string') return undefined;
  const value: unknown = JSON.parse(text);
  return typeof value === 'object' && value !== null ? (value as Headers) : undefined;
}

/** Undefined: a table, a list or bytes, for which JMS has no property. */
function propertyOf(value: unknown, type: unknown): TypedValue | undefined {
  switch (typeof value) {
    case 'string':
      if (typeof type === 'string') return typedValue(type as ValueType, value);
      return { type: 'string', value };
    case 'boolean':
      return { type: 'boolean', value };
    case 'number':
      return numberValue(value, type);
    case 'object':
      return value === null ? { type: 'null', value } : exoticValue(value);
    default:
      return undefined;
  }
}

function numberValue(value: number, type: unknown): TypedValue {
  switch (type) {
    case 'byte':
    case 'short':
    case 'float':
    case 'double':
      return { type, value };
    case 'long':
      return { type, value: BigInt(value) };
    default:
      if (!Number.isInteger(value)) return { type: 'double', value };
      if ((value | 0) === value) return { type: 'int', value };
      return { type: 'long', value: BigInt(value) };
  }
}

/** Timestamps and decimals, as amqplib reads them. */
function exoticValue(value: object): TypedValue | undefined {
  const { '!': type, value: inner } = value as { '!'?: unknown; value?: unknown };
  if (type === 'timestamp' && typeof inner === 'number') {
    return { type: 'long', value: BigInt(inner) };
  }
  if (type !== 'decimal' || typeof inner !== 'object' || inner === null) return undefined;
  const { places, digits } = inner as { places?: unknown; digits?: unknown };
  return { type: 'double', value: Number(digits) / 10 ** Number(places) };
}

function bodyOf(content: Buffer, properties: MessageProperties, headers: Headers): BodyData {
  const said = headers[Own.BODY];
  switch ((typeof said === 'string' ? KINDS[said] : undefined) ?? headers[Own.KIND]) {
    case Own.KINDS.none:
      return content.length === 0 ? { kind: 'none' } : { kind: 'bytes', bytes: own(content) };
    case Own.KINDS.text:
      return said === 'null' ? { kind: 'text', text: null } : textBody(content);
    case Own.KINDS.bytes:
      return { kind: 'bytes', bytes: own(content) };
    case Own.KINDS.map:
      return { kind: 'map', entries: new Map(listOf(content).map(entryOf)) };
    case Own.KINDS.stream:
      return { kind: 'stream', items: listOf(content).map(typedValueOfPair) };
    case Own.KINDS.object: {
      const contentType = textOr(headers[Own.OBJECT_TYPE]) ?? textOr(properties.contentType) ?? '';
      return { kind: 'object', bytes: own(content), contentType };
    }
  }
  const type = textOr(properties.contentType) ?? '';
  if (JAVA_TYPE.test(type)) return { kind: 'object', bytes: own(content), contentType: type };
  return TEXT_TYPE.test(type) ? textBody(content) : { kind: 'bytes', bytes: own(content) };
}

/** What is no UTF-8 is bytes. */
function textBody(content: Buffer): BodyData {
  const text = content.toString();
  // Hot: a decoder that checks takes longer than all the rest; this letter stands for what is wrong.
  if (!text.includes('\ufffd')) return { kind: 'text', text };
  try {
    return { kind: 'text', text: utf8.decode(content) };
  } catch {
    return { kind: 'bytes', bytes: own(content) };
  }
}

function listOf(content: Buffer): unknown[] {
  const list: unknown = JSON.parse(content.toString());
  if (Array.isArray(list)) return list;
  throw new Error('expected a list of pairs of a type and a text');
}

function entryOf(entry: unknown): [string, TypedValue] {
  if (!Array.isArray(entry)) throw new Error('expected a pair of a name and a value');
  return [String(entry[0]), typedValueOfPair(entry[1])];
}

/** A copy: amqplib's content is a window into all that the socket read. */
function own(content: Buffer): Uint8Array {
  return new Uint8Array(content);
}
