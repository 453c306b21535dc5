// A message as RabbitMQ's own JMS client writes it to its queues and topics: all of it in the content,
// and in headers of AMQP what its selectors look at. [JMS 3.4, 3.5, 3.8.1.1, 3.11]
//
// An object is a string of Java: one that is a string itself, and of any other its JSON.

import type { Options } from 'amqplib';
import type { BodyData, DestinationData, MessageData, TypedValue } from '#jms-api';
import { MessageFormatException } from '#jms-api';
import * as Own from '../rabbitmq-header.ts';
import { JavaWriter, type Written } from './java-writer.ts';
import * as Words from './jms-client-words.ts';
import { type Encoded, fieldOf, isSayable, isShort, ttlOf } from './message-encode.ts';

const JSON_TYPE = 'application/json';
const NOTHING = new Uint8Array();

/**
 * @param sender - who sends, for noLocal; topics only
 * @param topicExchange - where our topics are
 * @throws {MessageFormatException} if that client has no way to say it
 */
export function encodeForJmsClient(
  message: MessageData,
  sender: string | undefined,
  topicExchange: string,
): Encoded {
  const { body, messageId, correlationId, expiresAt, replyTo } = message;
  const options: Options.Publish = {
    headers: headersOf(message),
    contentType: Words.CONTENT_TYPE,
    deliveryMode: message.persistent ? 2 : 1,
    priority: message.priority,
  };
  if (messageId !== undefined && isShort(messageId)) options.messageId = messageId;
  if (replyTo !== undefined && isQueue(replyTo) && isShort(replyTo.name)) {
    // With its HandleAnyReplyToStrategy the client prefers this, and takes it for a queue.
    options.replyTo = replyTo.name;
  }
  if (typeof correlationId === 'string' && isShort(correlationId)) {
    options.correlationId = correlationId;
  }
  const ttl = ttlOf(expiresAt);
  if (ttl !== undefined) options.expiration = ttl;
  if (sender !== undefined) options.appId = sender;
  const writer = new JavaWriter(roomFor(body));
  writer.utf(Words.CLASSES[body.kind]);
  writer.utf(messageId?.replace(/^ID:/, '') ?? '');
  writeFields(message, topicExchange, writer);
  writer.int(message.properties.size);
  for (const [name, value] of message.properties) writeEntry(name, value, writer);
  const content = writer.finish(writeBody(body, writer, options.headers));
  return { content, options };
}

function headersOf(message: MessageData): Record<string, unknown> {
  const { messageId, timestamp, correlationId, type } = message;
  const headers: Record<string, unknown> = {};
  for (const [name, value] of message.properties) {
    if (!Own.RESERVED.has(name) && isShort(name) && isSayable(value))
      headers[name] = fieldOf(value);
  }
  headers[Own.FROM_JMS_CLIENT] = message.persistent ? 'PERSISTENT' : 'NON_PERSISTENT';
  headers[Own.PRIORITY] = message.priority;
  if (messageId !== undefined) headers[Own.MESSAGE_ID] = messageId;
  if (timestamp !== undefined) headers[Own.TIMESTAMP] = timestamp;
  if (typeof correlationId === 'string') headers[Own.CORRELATION_ID] = correlationId;
  if (type !== undefined) headers[Own.KIND] = type;
  return headers;
}

function roomFor(body: BodyData): number {
  if (body.kind === 'text') return (body.text?.length ?? 0) * 3;
  return body.kind === 'bytes' || body.kind === 'object' ? body.bytes.length : 0;
}

/** The headers of JMS. */
function writeFields(message: MessageData, topicExchange: string, writer: JavaWriter): void {
  const { correlationId, timestamp, expiresAt, destination, replyTo } = message;
  const { Field } = Words;
  const fields: [string, TypedValue | Written][] = [
    [Field.deliveryMode, { type: 'int', value: message.persistent ? 2 : 1 }],
    [Field.priority, { type: 'int', value: message.priority }],
    [Field.expiration, { type: 'long', value: BigInt(expiresAt ?? 0) }],
    [Field.timestamp, { type: 'long', value: BigInt(timestamp ?? 0) }],
  ];
  const texts = [
    [Field.messageId, message.messageId],
    // It knows ids as text alone, and makes this of bytes.
    [
      Field.correlationId,
      typeof correlationId === 'object' ? Buffer.from(correlationId).toString() : correlationId,
    ],
    [Field.type, message.type],
  ] as const;
  for (const [name, value] of texts) {
    if (value !== undefined) fields.push([name, { type: 'string', value }]);
  }
  if (destination !== undefined) {
    fields.push([Field.destination, destinationOf(destination, topicExchange)]);
  }
  if (replyTo !== undefined) fields.push([Field.replyTo, destinationOf(replyTo, topicExchange)]);
  writer.int(fields.length);
  for (const [name, value] of fields) writeEntry(name, value, writer);
}

/**
 * A temporary destination of ours is exclusive to our connection, so that the client must not declare
 * it: one that it calls `amqp`.
 */
function destinationOf(destination: DestinationData, topicExchange: string): Written {
  const { kind, name } = destination;
  const queue = isQueue(destination);
  const temporary = kind === 'temporary-queue' || kind === 'temporary-topic';
  const its = !temporary || Words.isItsTemporary(name);
  const exchanges = temporary
    ? [Words.TEMPORARY_QUEUE_EXCHANGE, Words.TEMPORARY_TOPIC_EXCHANGE]
    : [Words.QUEUE_EXCHANGE, topicExchange];
  const exchange = exchanges[queue ? 0 : 1] ?? '';
  return {
    className: Words.DESTINATION_CLASS,
    version: Words.DESTINATION_VERSION,
    booleans: { amqp: !its, isQueue: queue || !its, isTemporary: temporary && its },
    strings: {
      amqpExchangeName: its ? exchange : queue ? '' : topicExchange,
      amqpQueueName: its || queue ? name : null,
      amqpRoutingKey: name,
      destinationName: name,
    },
  };
}

function isQueue({ kind }: DestinationData): boolean {
  return kind === 'queue' || kind === 'temporary-queue';
}

function writeEntry(name: string, value: TypedValue | Written, writer: JavaWriter): void {
  writer.utf(name);
  if ('className' in value) {
    writer.byte(Words.Code.object);
    writer.object(value);
  } else writeValue(value, writer);
}

function writeValue(typed: TypedValue, writer: JavaWriter): void {
  writer.byte(typed.type === 'null' ? Words.Code.nothing : Words.Code[typed.type]);
  switch (typed.type) {
    case 'null':
      return;
    case 'boolean':
      writer.boolean(typed.value);
      return;
    case 'byte':
      writer.byte(typed.value);
      return;
    case 'short':
      writer.short(typed.value);
      return;
    case 'int':
      writer.int(typed.value);
      return;
    case 'long':
      writer.long(typed.value);
      return;
    case 'float':
      writer.float(typed.value);
      return;
    case 'double':
      writer.double(typed.value);
      return;
    case 'string':
      writer.utf(typed.value);
      return;
    case 'char':
      writer.char(typed.value);
      return;
    case 'bytes':
      writer.int(typed.value.length);
      // The client reads no further than the block, or 1,024 bytes of it, and takes that for all.
      writer.flush();
      writer.bytes(typed.value);
      return;
  }
}

/** Returns what goes behind the stream. */
function writeBody(
  body: BodyData,
  writer: JavaWriter,
  headers: Record<string, unknown>,
): Uint8Array {
  switch (body.kind) {
    case 'none':
      return NOTHING;
    case 'text':
      writer.boolean(body.text === null);
      if (body.text !== null) writeSized(Buffer.from(body.text), writer);
      return NOTHING;
    case 'bytes':
      return body.bytes;
    case 'map':
      writer.int(body.entries.size);
      for (const [name, value] of body.entries) writeEntry(name, value, writer);
      return NOTHING;
    case 'stream': {
      const inner = new JavaWriter();
      for (const item of body.items) writeValue(item, inner);
      writeSized(inner.finish(), writer);
      return NOTHING;
    }
    case 'object': {
      const bytes = objectOf(body, headers);
      writer.boolean(bytes === null);
      if (bytes !== null) writeSized(bytes, writer);
      return NOTHING;
    }
  }
}

function writeSized(bytes: Uint8Array, writer: JavaWriter): void {
  writer.int(bytes.length);
  writer.bytes(bytes);
}

function objectOf(
  { bytes, contentType }: BodyData & { kind: 'object' },
  headers: Record<string, unknown>,
): Uint8Array | null {
  if (bytes.length === 0) return null;
  if (contentType === Words.JAVA_OBJECT) return bytes;
  if (contentType !== JSON_TYPE) {
    const text = `RabbitMQ’s JMS client takes objects as JSON or of Java, and not as ${contentType}`;
    throw new MessageFormatException(text);
  }
  const json = Buffer.from(bytes).toString();
  const writer = new JavaWriter(json.length);
  if (json.startsWith('"')) writer.string(JSON.parse(json));
  else {
    headers[Own.OBJECT_TYPE] = JSON_TYPE;
    writer.string(json);
  }
  return writer.finish();
}
