// Reads what a message of AMQP means for JMS. [JMS mapping WD10] [AMQP 3.2]
//
// All is read at once, and bytes are copied: what came is a window into what the socket read.

import type { BodyData, DestinationData, MessageData, TypedValue } from '#jms-api';
import { isAmqp091, readAmqp091 } from './amqp091-message.ts';
import { type Dialect, plainDialect } from './dialect.ts';
import { ExactReader } from './exact-reader.ts';
import {
  AMQP_OBJECT,
  addressOf,
  BASIC_TYPE,
  DELIVERY_TIME,
  DUPLICATE_ID,
  EXCHANGE,
  JAVA_OBJECT,
  MESSAGE_TYPE,
  REPLY_TO_KIND,
  ROUTING_KEY,
  SENDER,
  Section,
  TO_KIND,
} from './jms-address.ts';
import { correlationIdOf, messageIdOf } from './message-id.ts';
import type { Typed } from './rhea.ts';
import { copyOf, itemOf, propertyOf } from './typed-value.ts';

/** A message, and how often it was delivered before. */
export interface Decoded {
  readonly message: MessageData;
  readonly deliveryCount: number;
  /** Who sent it, if it says so. */
  readonly sender?: string | undefined;
}

type List = readonly Typed[];

/** The sections of a message. [AMQP 3.2] */
export interface Sections {
  header: List;
  annotations: ReadonlyMap<string, Typed>;
  properties: List;
  application: List;
  /** Code of the body sections; 0: none. */
  bodyCode: number;
  readonly parts: Typed[];
  /** The bytes of each body section's value, constructor included. */
  readonly encoded: Buffer[];
}

const CODES: Readonly<Record<string, number>> = {
  'amqp:header:list': Section.header,
  'amqp:message-annotations:map': Section.annotations,
  'amqp:properties:list': Section.properties,
  'amqp:application-properties:map': Section.application,
  'amqp:data:binary': Section.data,
  'amqp:amqp-sequence:list': Section.sequence,
  'amqp:amqp-value:*': Section.value,
};

const PLAIN: Dialect = plainDialect();

/** @throws {Error} if the bytes are no message */
export function decodeMessage(bytes: Buffer, dialect: Dialect = PLAIN): Decoded {
  const sections = sectionsOf(bytes);
  const { header, annotations, properties } = sections;
  const message: { -readonly [K in keyof MessageData]: MessageData[K] } = {
    persistent: Boolean(header[0]?.value ?? false),
    priority: numberOf(header[1]) ?? 4,
    properties: propertiesOf(sections),
    body: bodyOf(sections),
  };
  message.messageId = messageIdOf(properties[0]);
  const userId = properties[1]?.value;
  if (Buffer.isBuffer(userId)) message.userId = userId.toString('utf8');
  const to = textOf(properties[2]);
  // Without a kind the destination is the link's; the name alone would only be a guess.
  if (to !== undefined) message.destination = addressOf(to, annotations.get(TO_KIND), dialect);
  else if (dialect.routed !== undefined) message.destination = routedTo(annotations, dialect);
  message.type = textOf(properties[3]);
  const replyTo = textOf(properties[4]);
  if (replyTo !== undefined) {
    const address = addressOf(replyTo, annotations.get(REPLY_TO_KIND), dialect);
    message.replyTo = address ?? { kind: 'queue', name: replyTo };
  }
  message.correlationId = correlationIdOf(properties[5]);
  message.contentType = textOf(properties[6]);
  message.expiresAt = numberOf(properties[8]) || undefined;
  message.timestamp = numberOf(properties[9]);
  message.deliverAt = numberOf(annotations.get(DELIVERY_TIME));
  const marked = dialect.marksAgain === true && header[3]?.value === false ? 1 : 0;
  let sender = dialect.sender === undefined ? undefined : textOf(annotations.get(SENDER));
  if (dialect.plainText === true) {
    message.type ??= textOf(annotations.get(BASIC_TYPE));
    const bytes = sections.bodyCode === Section.data;
    if (bytes && isAmqp091(message.properties)) sender = readAmqp091(message, contentOf(sections));
  }
  return { message, deliveryCount: numberOf(header[4]) || marked, sender };
}

function contentOf({ parts }: Sections): Uint8Array {
  return new Uint8Array(Buffer.concat(parts.map(({ value }) => value as Buffer)));
}

/** RabbitMQ notes by which exchange and key a message came. */
function routedTo(
  annotations: ReadonlyMap<string, Typed>,
  dialect: Dialect,
): DestinationData | undefined {
  const exchange = textOf(annotations.get(EXCHANGE));
  const key = textOf(annotations.get(ROUTING_KEY));
  if (exchange === undefined || key === undefined) return undefined;
  return dialect.routed?.(exchange, key);
}

/**
 * Takes a message apart.
 *
 * @throws {Error} if the bytes are no message
 */
export function sectionsOf(bytes: Buffer): Sections {
  const sections: Sections = {
    header: [],
    annotations: new Map(),
    properties: [],
    application: [],
    bodyCode: 0,
    parts: [],
    encoded: [],
  };
  const reader = new ExactReader(bytes);
  while (reader.remaining() > 0) {
    if (reader.read_typecode() !== 0) throw new Error('a section of a message has no descriptor');
    const descriptor = reader.read().value;
    const code = typeof descriptor === 'string' ? CODES[descriptor] : Number(descriptor);
    const start = reader.position;
    const value = reader.read();
    if (code === Section.header) sections.header = listOf(value);
    else if (code === Section.annotations) sections.annotations = annotationsOf(listOf(value));
    else if (code === Section.properties) sections.properties = listOf(value);
    else if (code === Section.application) sections.application = listOf(value);
    else if (code === Section.data || code === Section.sequence || code === Section.value) {
      sections.bodyCode = code;
      sections.parts.push(value);
      sections.encoded.push(bytes.subarray(start, reader.position));
    }
  }
  return sections;
}

function listOf({ value }: Typed): List {
  return Array.isArray(value) ? value : [];
}

function annotationsOf(pairs: List): ReadonlyMap<string, Typed> {
  const annotations = new Map<string, Typed>();
  for (const [key, value] of pairsOf(pairs)) annotations.set(key, value);
  return annotations;
}

/** The pairs of a map whose keys are words. */
function* pairsOf(list: List): Generator<[string, Typed]> {
  for (let at = 0; at + 1 < list.length; at += 2) {
    const key = list[at]?.value;
    const value = list[at + 1];
    if (typeof key === 'string' && value !== undefined) yield [key, value];
  }
}

function textOf(value: Typed | undefined): string | undefined {
  return typeof value?.value === 'string' ? value.value : undefined;
}

function numberOf(value: Typed | undefined): number | undefined {
  const number = value?.value;
  if (typeof number === 'bigint') return Number(number);
  return typeof number === 'number' ? number : undefined;
}

function propertiesOf({ application, properties }: Sections): ReadonlyMap<string, TypedValue> {
  const all = new Map<string, TypedValue>();
  for (const [name, value] of pairsOf(application)) {
    // A mark between adapter and broker, unless the application has made it.
    if (name === DUPLICATE_ID && String(value.value).startsWith('ID:')) continue;
    const typed = propertyOf(value);
    if (typed !== undefined) all.set(name, typed);
  }
  const groupId = textOf(properties[10]);
  if (groupId !== undefined) all.set('JMSXGroupID', { type: 'string', value: groupId });
  const sequence = numberOf(properties[11]);
  // JMS has an int here; the mapping keeps the 32 bits and not the number.
  if (sequence !== undefined) all.set('JMSXGroupSeq', { type: 'int', value: sequence | 0 });
  const replyGroup = textOf(properties[12]);
  if (replyGroup !== undefined) {
    all.set('JMS_AMQP_REPLY_TO_GROUP_ID', { type: 'string', value: replyGroup });
  }
  return all;
}

/** The body as the sender's annotation names it, or else as sections and content type suggest. */
function bodyOf(sections: Sections): BodyData {
  const annotation = numberOf(sections.annotations.get(MESSAGE_TYPE));
  const contentType = textOf(sections.properties[6]);
  const { bodyCode, parts } = sections;
  const [first] = parts;
  // Some brokers put an empty section where there was none.
  if (first === undefined || (annotation === 0 && isEmpty(parts))) {
    return emptyBody(annotation, contentType);
  }
  if (bodyCode === Section.data) return dataBody(parts, annotation, contentType);
  const list = first.type.name.startsWith('List');
  if (bodyCode === Section.sequence || (list && annotation === 4)) {
    if (annotation !== 4) return objectBody(sections);
    const nothing: TypedValue = { type: 'null', value: null };
    // An item that JMS cannot hold leaves its place empty, so that the others keep theirs.
    return { kind: 'stream', items: parts.flatMap(listOf).map((item) => itemOf(item) ?? nothing) };
  }
  if (annotation === 2 && first.type.name.startsWith('Map')) return mapBody(listOf(first));
  if (annotation === 1 || first.descriptor !== undefined) return objectBody(sections);
  if (Buffer.isBuffer(first.value) && first.type.name.startsWith('Vbin')) {
    return { kind: 'bytes', bytes: copyOf(first.value) };
  }
  if (first.type.name.startsWith('Str')) return { kind: 'text', text: first.value as string };
  if (first.type.name === 'Null') return emptyBody(annotation ?? 5, contentType);
  return objectBody(sections);
}

function isEmpty([first, ...more]: List): boolean {
  const nothing = first?.type.name === 'Null' || (first?.value as Buffer | undefined)?.length === 0;
  return nothing && more.length === 0;
}

function emptyBody(annotation: number | undefined, contentType: string | undefined): BodyData {
  switch (annotation) {
    case 1:
      return { kind: 'object', bytes: new Uint8Array(), contentType: contentType ?? JAVA_OBJECT };
    case 2:
      return { kind: 'map', entries: new Map() };
    case 3:
      return { kind: 'bytes', bytes: new Uint8Array() };
    case 4:
      return { kind: 'stream', items: [] };
    case 5:
      return { kind: 'text', text: null };
    default:
      return { kind: 'none' };
  }
}

function dataBody(
  parts: List,
  annotation: number | undefined,
  contentType: string | undefined,
): BodyData {
  const all = parts.map(({ value }) => (Buffer.isBuffer(value) ? value : Buffer.alloc(0)));
  const bytes = new Uint8Array(Buffer.concat(all));
  if (annotation === 1 || (annotation === undefined && contentType === JAVA_OBJECT)) {
    return { kind: 'object', bytes, contentType: contentType ?? JAVA_OBJECT };
  }
  if (annotation === 5 || (annotation === undefined && contentType !== undefined)) {
    const charset = charsetOf(contentType ?? '') ?? (annotation === 5 ? 'utf-8' : undefined);
    const text = charset === undefined ? undefined : decodeText(bytes, charset);
    if (text !== undefined) return { kind: 'text', text };
  }
  return { kind: 'bytes', bytes };
}

/** The character set of a textual media type; undefined for one that is not text. */
function charsetOf(contentType: string): string | undefined {
  const [media = '', ...parameters] = contentType.toLowerCase().split(';');
  if (!/^text\/.|^application\/((.+\+)?(xml|json)|javascript)$/.test(media.trim()))
    return undefined;
  for (const parameter of parameters) {
    const match = /^\s*charset\s*=\s*"?([^"\s]+)"?\s*$/.exec(parameter);
    if (match?.[1] !== undefined) return match[1];
  }
  return 'utf-8';
}

function decodeText(bytes: Uint8Array, charset: string): string | undefined {
  try {
    return new TextDecoder(charset, { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    // An unknown character set, or bytes that are not of it: the reader gets the bytes.
    return undefined;
  }
}

function mapBody(pairs: List): BodyData {
  const entries = new Map<string, TypedValue>();
  for (const [name, value] of pairsOf(pairs)) {
    const item = itemOf(value);
    if (item !== undefined) entries.set(name, item);
  }
  return { kind: 'map', entries };
}

/** A body that has no JMS form of its own: its AMQP value, encoded. */
function objectBody({ encoded }: Sections): BodyData {
  return { kind: 'object', bytes: copyOf(Buffer.concat(encoded)), contentType: AMQP_OBJECT };
}
