// Messages that `amqp091://` has sent, as RabbitMQ 4 turns them into AMQP 1.0: headers are properties of
// the application, and bodies are bytes. So a program that changes its URL finds what it has left there.
// [JMS 3.4, 3.11]
//
//     app-id ──► group-id     type ──► x-basic-type     headers ──► application-properties

import type { BodyData, DestinationKind, MessageData, TypedValue, ValueType } from '#jms-api';
import * as Own from '../rabbitmq-header.ts';
import { typedValue, typedValueOfPair } from '../typed-text.ts';

type Draft = { -readonly [K in keyof MessageData]: MessageData[K] };

const KINDS: Readonly<Record<string, string>> = Own.KINDS;
const WORDS: ReadonlySet<unknown> = new Set(Object.values(Own.KINDS));
const FIELDS: ReadonlySet<string> = new Set([
  ...Own.RESERVED,
  ...Object.values(Own).filter((one) => typeof one === 'string'),
]);
const REPLY_KINDS: readonly DestinationKind[] = ['topic', 'temporary-queue', 'temporary-topic'];

/** Tells whether it is one of them. */
export function isAmqp091(properties: ReadonlyMap<string, TypedValue>): boolean {
  return WORDS.has(kindOf(properties));
}

/** What kind of body it has, in the words of {@link Own.KINDS}. */
function kindOf(properties: ReadonlyMap<string, TypedValue>): unknown {
  const said = properties.get(Own.BODY);
  if (said?.type === 'string' && Object.hasOwn(KINDS, said.value)) return KINDS[said.value];
  return properties.get(Own.KIND)?.value;
}

/**
 * Makes of the message what was sent.
 *
 * @param content - the bytes of its body
 * @returns who sent it, if it was to a topic
 * @throws {Error} if it is not what it says
 */
export function readAmqp091(message: Draft, content: Uint8Array): string | undefined {
  const { properties } = message;
  const header = (name: string): unknown => properties.get(name)?.value;
  const text = (name: string): string | undefined => {
    const value = header(name);
    return typeof value === 'string' ? value : undefined;
  };
  const sender = message.properties.get('JMSXGroupID')?.value;
  const timestamp = header(Own.TIMESTAMP);
  if (timestamp !== undefined) message.timestamp = Number(timestamp);
  const expiresAt = header(Own.EXPIRATION);
  if (expiresAt !== undefined) message.expiresAt = Number(expiresAt) || undefined;
  message.messageId ??= text(Own.MESSAGE_ID);
  message.type ??= text(Own.LONG_TYPE);
  const bytes = header(Own.CORRELATION_BYTES);
  const long = text(Own.CORRELATION_ID);
  if (bytes instanceof Uint8Array) message.correlationId = bytes;
  else if (long !== undefined) message.correlationId = long;
  const replyTo = message.replyTo?.name ?? text(Own.LONG_REPLY_TO);
  const kind = REPLY_KINDS.find((one) => one === header(Own.REPLY_KIND)) ?? 'queue';
  if (replyTo !== undefined) message.replyTo = { kind, name: replyTo };
  message.body = bodyOf(message, content);
  message.properties = propertiesOf(properties);
  return typeof sender === 'string' ? sender : undefined;
}

function propertiesOf(headers: ReadonlyMap<string, TypedValue>): ReadonlyMap<string, TypedValue> {
  const properties = new Map<string, TypedValue>();
  const types = jsonOf(headers.get(Own.TYPES));
  for (const [name, value] of headers) {
    if (FIELDS.has(name) || name === 'JMSXGroupID') continue;
    const type = types[name];
    const typed = typeof type === 'string' && value.type === 'string';
    properties.set(name, typed ? typedValue(type as ValueType, value.value) : value);
  }
  for (const [name, pair] of Object.entries(jsonOf(headers.get(Own.PROPERTIES)))) {
    properties.set(name, typedValueOfPair(pair));
  }
  return properties;
}

function jsonOf(text: TypedValue | undefined): Readonly<Record<string, unknown>> {
  if (text?.type !== 'string') return {};
  const value: unknown = JSON.parse(text.value);
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function bodyOf({ properties, contentType }: MessageData, content: Uint8Array): BodyData {
  const text = (): string => Buffer.from(content).toString();
  switch (kindOf(properties)) {
    case Own.KINDS.none:
      return { kind: 'none' };
    case Own.KINDS.text:
      return { kind: 'text', text: properties.get(Own.BODY)?.value === 'null' ? null : text() };
    case Own.KINDS.map:
      return { kind: 'map', entries: new Map(listOf(text()).map(entryOf)) };
    case Own.KINDS.stream:
      return { kind: 'stream', items: listOf(text()).map(typedValueOfPair) };
    case Own.KINDS.object: {
      const type = properties.get(Own.OBJECT_TYPE)?.value ?? contentType ?? '';
      return { kind: 'object', bytes: content, contentType: String(type) };
    }
    default:
      return { kind: 'bytes', bytes: content };
  }
}

function listOf(json: string): unknown[] {
  const list: unknown = JSON.parse(json);
  if (Array.isArray(list)) return list;
  throw new Error('expected a list of pairs of a type and a text');
}

function entryOf(entry: unknown): [string, TypedValue] {
  if (!Array.isArray(entry)) throw new Error('expected a pair of a name and a value');
  return [String(entry[0]), typedValueOfPair(entry[1])];
}
