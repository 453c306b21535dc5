// A message of JMS as content and properties of AMQP 0-9-1. Text and bytes are themselves; maps,
// streams and objects are JSON that a person can read. [AMQP 0-9-1 basic] [JMS 3.4, 3.11]
//
// The traps of amqplib's encoder, and how they are avoided:
// - a property of more than 255 bytes throws: it becomes a header;
// - the name of a header of more than 255 bytes is cut into nonsense: it goes into JSON;
// - a number is written in the smallest type that holds it: its type is named;
// - a long beyond 2^53 is read back rounded, and `__proto__` is lost: both go into JSON, the long
//   as a header, too;
// - headers of more than 64 KiB are a RangeError without a cause: it is told what is too large.
// And of RabbitMQ: a TTL of more than 2^32-1 ms, and a user id that is not the connection's, cost the
// channel, and a number that is none costs the connection: none of them is sent so.

import type { Options } from 'amqplib';
import type { BodyData, MessageData, TypedValue } from '#jms-api';
import { MessageFormatException } from '#jms-api';
import * as Own from '../rabbitmq-header.ts';
import { type Pair, pairOf, textOf } from '../typed-text.ts';

/** Bytes of a property of AMQP, and of the name of a header. */
const SHORT_BYTES_MAX = 255;
/** ms that RabbitMQ takes for a TTL. */
const TTL_MS_MAX = 0xffff_ffff;

/** Half of a surrogate pair, which UTF-8 cannot say. */
const BROKEN = /\p{Surrogate}/u;

type Headers = Record<string, unknown>;

/** What is published. */
export interface Encoded {
  readonly content: Buffer;
  readonly options: Options.Publish;
}

/**
 * @param sender - who sends, for noLocal; topics only
 * @throws {MessageFormatException} if its properties are too large together
 */
export function encodeMessage(message: MessageData, sender: string | undefined): Encoded {
  const { timestamp, expiresAt, type, messageId, replyTo } = message;
  const body = bodyOf(message.body);
  const headers: Headers = { [Own.KIND]: body.word ?? Own.KINDS[message.body.kind] };
  const options: Options.Publish = {
    headers,
    deliveryMode: message.persistent ? 2 : 1,
    priority: message.priority,
  };
  const contentType = body.type ?? shortOr(message.contentType) ?? body.plainType;
  if (contentType !== undefined) options.contentType = contentType;
  if (messageId !== undefined) {
    if (isShort(messageId)) options.messageId = messageId;
    else headers[Own.MESSAGE_ID] = messageId;
  }
  if (timestamp !== undefined) {
    headers[Own.TIMESTAMP] = timestamp;
    options.timestamp = Math.floor(timestamp / 1000);
  }
  if (expiresAt !== undefined) {
    headers[Own.EXPIRATION] = expiresAt;
    const ttl = ttlOf(expiresAt);
    if (ttl !== undefined) options.expiration = ttl;
  }
  if (type !== undefined) {
    if (isShort(type)) options.type = type;
    else headers[Own.LONG_TYPE] = type;
    if (body.word === undefined && message.body.kind !== 'text') {
      headers[Own.KIND] = type === Own.KINDS.text ? Own.KINDS.bytes : type;
      headers[Own.BODY] = message.body.kind;
    }
  }
  if (sender !== undefined) options.appId = sender;
  if (message.correlationId !== undefined) correlate(message.correlationId, options, headers);
  if (replyTo !== undefined) {
    if (isShort(replyTo.name)) options.replyTo = replyTo.name;
    else headers[Own.LONG_REPLY_TO] = replyTo.name;
    if (replyTo.kind !== 'queue') headers[Own.REPLY_KIND] = replyTo.kind;
  }
  if (body.headers !== undefined) Object.assign(headers, body.headers);
  if (message.properties.size > 0) addProperties(message.properties, headers);
  return { content: body.content, options };
}

/** The TTL of a message that dies then, in the words of AMQP; undefined: none that RabbitMQ takes. */
export function ttlOf(expiresAt: number | undefined): string | undefined {
  if (expiresAt === undefined) return undefined;
  const ttlMs = Math.max(0, expiresAt - Date.now());
  return ttlMs <= TTL_MS_MAX ? String(ttlMs) : undefined;
}

/** What an encoder's complaint means for who sends. */
export function tooLarge(cause: unknown): unknown {
  if (!(cause instanceof RangeError)) return cause;
  return new MessageFormatException(
    'the properties of a message take more than 64 KiB together, which is what AMQP 0-9-1 carries ' +
      'here: put large values into the body',
    null,
    { cause },
  );
}

function correlate(id: string | Uint8Array, options: Options.Publish, headers: Headers): void {
  if (typeof id !== 'string') headers[Own.CORRELATION_BYTES] = bufferOf(id);
  else if (isShort(id)) options.correlationId = id;
  else headers[Own.CORRELATION_ID] = id;
}

/** Tells whether a text can be a property of AMQP, or the name of a header. */
export function isShort(text: string): boolean {
  // Of UTF-16 units none takes more than 3 bytes.
  return text.length * 3 <= SHORT_BYTES_MAX || Buffer.byteLength(text) <= SHORT_BYTES_MAX;
}

function shortOr(text: string | undefined): string | undefined {
  return text !== undefined && isShort(text) ? text : undefined;
}

function addProperties(properties: ReadonlyMap<string, TypedValue>, headers: Headers): void {
  let types: [string, string][] | undefined;
  let others: [string, Pair][] | undefined;
  for (const [name, value] of properties) {
    if (Own.RESERVED.has(name) || !isShort(name) || !isSayable(value) || BROKEN.test(name)) {
      others ??= [];
      others.push([name, pairOf(value)]);
      continue;
    }
    if (value.type === 'long' && BigInt.asIntN(54, value.value) !== value.value) {
      // Others read the header, and we what amqplib does not round.
      others ??= [];
      others.push([name, pairOf(value)]);
    }
    headers[name] = fieldOf(value);
    if (isShown(value)) continue;
    types ??= [];
    types.push([name, value.type]);
  }
  if (types !== undefined) headers[Own.TYPES] = JSON.stringify(Object.fromEntries(types));
  if (others !== undefined) headers[Own.PROPERTIES] = JSON.stringify(Object.fromEntries(others));
}

/** Tells whether a value can be a header. */
export function isSayable(value: TypedValue): boolean {
  switch (value.type) {
    case 'string':
    case 'char':
      return !BROKEN.test(value.value);
    case 'float':
    case 'double':
      return Number.isFinite(value.value);
    default:
      return true;
  }
}

/** How amqplib is told of what type a field is. */
const FIELD_TYPES = {
  byte: 'int8',
  short: 'int16',
  int: 'int32',
  long: 'int64',
  float: 'float',
  double: 'double',
} as const;

/** A value as a header, for amqplib. */
export function fieldOf(value: TypedValue): unknown {
  switch (value.type) {
    case 'string':
    case 'boolean':
    case 'null':
      return value.value;
    case 'byte':
    case 'short':
    case 'int':
    case 'long':
    case 'float':
    case 'double':
      return { '!': FIELD_TYPES[value.type], value: value.value };
    default:
      return textOf(value);
  }
}

/** Tells whether who reads the value knows its type. */
function isShown(value: TypedValue): boolean {
  switch (value.type) {
    case 'string':
    case 'boolean':
    case 'null':
    case 'int':
      return true;
    case 'long':
      return BigInt.asIntN(32, value.value) !== value.value;
    case 'double':
      return !Number.isInteger(value.value);
    default:
      return false;
  }
}

interface Body {
  readonly content: Buffer;
  /** The type of the content, whatever the message says. */
  readonly type?: string;
  /** If the message does not say. */
  readonly plainType?: string;
  /** What {@link Own.KIND} says, if that is not the kind. */
  readonly word?: string;
  readonly headers?: Headers;
}

const EMPTY = Buffer.alloc(0);
const JSON_TYPE = 'application/json';

function bodyOf(body: BodyData): Body {
  switch (body.kind) {
    case 'none':
      return { content: EMPTY };
    case 'text':
      return body.text === null
        ? { content: EMPTY, headers: { [Own.BODY]: 'null' } }
        : { content: Buffer.from(body.text), plainType: 'text/plain' };
    case 'bytes':
      return { content: bufferOf(body.bytes), plainType: 'application/octet-stream' };
    case 'map': {
      const pairs = [...body.entries].map(([name, value]) => [name, pairOf(value)] as const);
      return { content: Buffer.from(JSON.stringify(pairs)), ...asJson(body.kind) };
    }
    case 'stream': {
      const content = Buffer.from(JSON.stringify(body.items.map(pairOf)));
      return { content, ...asJson(body.kind) };
    }
    case 'object': {
      const { contentType } = body;
      const json = contentType === JSON_TYPE ? asJson(body.kind) : {};
      const headers = { ...json.headers, [Own.OBJECT_TYPE]: contentType };
      return {
        content: bufferOf(body.bytes),
        ...json,
        ...(isShort(contentType) && { type: contentType }),
        headers,
      };
    }
  }
}

/** RabbitMQ's JMS client has no such body at an `amqp` destination: JSON is text to it. */
function asJson(kind: BodyData['kind']): Pick<Body, 'type' | 'word' | 'headers'> {
  return { type: JSON_TYPE, word: Own.KINDS.text, headers: { [Own.BODY]: kind } };
}

/** The same memory: amqplib copies it into frames before it returns. */
function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
