// Writes a message as Qpid JMS would have sent it. [JMS mapping WD10] [AMQP 3.2]
//
// Invariant: `decodeMessage` of what is written gives the data back. Bytes are copied, so that the
// user may change the message as soon as it was written. [JMS 3.9]

import type { BodyData, DestinationData, MessageData, TypedValue } from '#jms-api';
import { type Dialect, plainDialect } from './dialect.ts';
import {
  AMQP_OBJECT,
  BASIC_TYPE,
  DELIVERY_TIME,
  DUPLICATE_ID,
  kindByte,
  MESSAGE_TYPE,
  OCTET_STREAM,
  REPLY_TO_KIND,
  SENDER,
  Section,
  TO_KIND,
} from './jms-address.ts';
import { amqpIdOf } from './message-id.ts';
import { type Typed, types, type Writer } from './rhea.ts';
import { amqpValueOf, longBytes, stringOf, wellFormed } from './typed-value.ts';

/** Properties of JMS that have a field of their own. */
const GROUP_ID = 'JMSXGroupID';
const GROUP_SEQUENCE = 'JMSXGroupSeq';
const REPLY_TO_GROUP = 'JMS_AMQP_REPLY_TO_GROUP_ID';
const UINT_MAX = 2 ** 32 - 1;
const PLAIN_TEXT = 'text/plain';

/** The value of the annotation that names the kind of message. */
const MESSAGE_TYPES: Readonly<Record<BodyData['kind'], number>> = {
  none: 0,
  object: 1,
  map: 2,
  bytes: 3,
  stream: 4,
  text: 5,
};

const PLAIN: Dialect = plainDialect();

/** @param nowMs - for the time to live, which says the same as the absolute expiry */
export function encodeMessage(
  message: MessageData,
  nowMs: number,
  dialect: Dialect = PLAIN,
): Buffer {
  const writer = new types.Writer();
  writeHeader(writer, message, nowMs);
  writeAnnotations(writer, message, dialect);
  writeProperties(writer, message, dialect);
  writeApplicationProperties(writer, message);
  writeBody(writer, message.body, dialect);
  return writer.toBuffer();
}

function section(writer: Writer, code: number, value: Typed): void {
  writer.write(types.described_nc(types.wrap_ulong(code), value));
}

/** Writes a section without the absent fields at its end. */
function listSection(writer: Writer, code: number, fields: (Typed | undefined)[]): void {
  while (fields.length > 0 && fields.at(-1) === undefined) fields.pop();
  if (fields.length === 0) return;
  section(writer, code, types.List32(fields.map((field) => field ?? types.Null())));
}

function writeHeader(writer: Writer, message: MessageData, nowMs: number): void {
  const { persistent, priority, expiresAt } = message;
  const ttlMs = expiresAt === undefined ? undefined : Math.max(1, Math.trunc(expiresAt - nowMs));
  listSection(writer, Section.header, [
    persistent ? types.True() : types.False(),
    // Said though it is the default: Artemis's selectors do not know that default.
    types.Ubyte(priority),
    ttlMs === undefined || ttlMs > UINT_MAX ? undefined : types.wrap_uint(ttlMs),
  ]);
}

function writeAnnotations(writer: Writer, message: MessageData, dialect: Dialect): void {
  const { sender, plainText } = dialect;
  const { destination, replyTo, deliverAt, body } = message;
  const type = types.Byte(MESSAGE_TYPES[body.kind]);
  const pairs: Typed[] = [types.wrap_symbol(MESSAGE_TYPE), type];
  if (destination !== undefined) pairs.push(types.wrap_symbol(TO_KIND), kindOf(destination));
  if (replyTo !== undefined) pairs.push(types.wrap_symbol(REPLY_TO_KIND), kindOf(replyTo));
  if (deliverAt !== undefined) {
    const time = types.Long(longBytes(BigInt(Math.trunc(deliverAt))));
    pairs.push(types.wrap_symbol(DELIVERY_TIME), time);
  }
  if (plainText === true && message.type !== undefined) {
    pairs.push(types.wrap_symbol(BASIC_TYPE), stringOf(message.type));
  }
  if (sender !== undefined && destination?.kind.endsWith('topic') === true) {
    pairs.push(types.wrap_symbol(SENDER), stringOf(sender));
  }
  section(writer, Section.annotations, types.Map32(pairs));
}

/** A byte: Qpid JMS casts to one, an int there breaks its decoding. */
function kindOf(destination: DestinationData): Typed {
  return types.Byte(kindByte(destination));
}

function writeProperties(writer: Writer, message: MessageData, dialect: Dialect): void {
  const { properties } = message;
  const groupId = properties.get(GROUP_ID);
  const sequence = properties.get(GROUP_SEQUENCE);
  const replyGroup = properties.get(REPLY_TO_GROUP);
  listSection(writer, Section.properties, [
    maybe(message.messageId, amqpIdOf),
    maybe(message.userId, (name) => types.wrap_binary(Buffer.from(name))),
    maybe(message.destination, (to) => stringOf(dialect.addressOf(to))),
    maybe(message.type, stringOf),
    maybe(message.replyTo, (to) => stringOf(dialect.addressOf(to))),
    maybe(message.correlationId, amqpIdOf),
    maybe(contentTypeOf(message, dialect), contentTypeSymbol),
    undefined,
    maybe(message.expiresAt, timestamp),
    maybe(message.timestamp, timestamp),
    groupId?.type === 'string' ? stringOf(groupId.value) : undefined,
    sequence?.type === 'int' ? types.wrap_uint(sequence.value >>> 0) : undefined,
    replyGroup?.type === 'string' ? stringOf(replyGroup.value) : undefined,
  ]);
}

function maybe<T>(value: T | undefined, make: (value: T) => Typed): Typed | undefined {
  return value === undefined ? undefined : make(value);
}

function timestamp(epochMs: number): Typed {
  return types.Timestamp(longBytes(BigInt(Math.trunc(epochMs))));
}

/** Symbols are ASCII; an application's content type may not be. */
function contentTypeSymbol(contentType: string): Typed {
  return types.wrap_symbol(contentType.replace(/[^ -~]/g, '?'));
}

function contentTypeOf(
  { body, contentType }: MessageData,
  { plainText }: Dialect,
): string | undefined {
  if (body.kind === 'text' && plainText === true) return contentType ?? PLAIN_TEXT;
  if (body.kind === 'bytes') return contentType ?? OCTET_STREAM;
  if (body.kind !== 'object') return contentType;
  return body.contentType === AMQP_OBJECT ? undefined : body.contentType;
}

function writeApplicationProperties(
  writer: Writer,
  { properties, duplicateId }: MessageData,
): void {
  if (properties.size === 0 && duplicateId === undefined) return;
  const pairs: Typed[] = [];
  if (duplicateId !== undefined) pairs.push(stringOf(DUPLICATE_ID), stringOf(duplicateId));
  for (const [name, value] of properties) {
    if (ownField(name, value)) continue;
    pairs.push(stringOf(name), amqpValueOf(value));
  }
  if (pairs.length > 0) section(writer, Section.application, types.Map32(pairs));
}

/** The property went into a field of the properties section. */
function ownField(name: string, { type }: TypedValue): boolean {
  if (name === GROUP_SEQUENCE) return type === 'int';
  return (name === GROUP_ID || name === REPLY_TO_GROUP) && type === 'string';
}

function writeBody(writer: Writer, body: BodyData, { plainText }: Dialect): void {
  switch (body.kind) {
    case 'none':
      // RabbitMQ 4.0 falls over a message without a body.
      if (plainText === true) section(writer, Section.data, types.wrap_binary(new Uint8Array()));
      return;
    case 'text':
      writeText(writer, body.text, plainText === true);
      return;
    case 'bytes':
      section(writer, Section.data, types.wrap_binary(body.bytes));
      return;
    case 'map': {
      const pairs: Typed[] = [];
      for (const [name, value] of body.entries) {
        pairs.push(stringOf(name), amqpValueOf(value));
      }
      section(writer, Section.value, types.Map32(pairs));
      return;
    }
    case 'stream':
      section(writer, Section.sequence, types.List32(body.items.map(amqpValueOf)));
      return;
    case 'object':
      if (body.contentType === AMQP_OBJECT) {
        section(writer, Section.value, new types.Reader(Buffer.from(body.bytes)).read());
      } else {
        section(writer, Section.data, types.wrap_binary(body.bytes));
      }
  }
}

function writeText(writer: Writer, text: string | null, plain: boolean): void {
  if (text === null) section(writer, Section.value, types.Null());
  else if (!plain) section(writer, Section.value, stringOf(text));
  else section(writer, Section.data, types.wrap_binary(Buffer.from(wellFormed(text))));
}
