// Writes a message that came in another protocol as Qpid JMS would have sent it.
// [JMS mapping WD10] [AMQP 3.2]
//
// The header has no ttl: a view knows when a message dies, not how long that was, and
// absolute-expiry-time says it. Invariant: `viewMessage` of what is written gives the view back.

import type { Body, MessageView } from '#broker';
import { Decoder } from './decoder.ts';
import { Encoder } from './encoder.ts';
import { ProtocolError } from './errors.ts';
import { kindAnnotation, REPLY_TO_KIND, TO_KIND } from './jms-address.ts';
import { idValue } from './message-id.ts';
import { AMQP_OBJECT, MESSAGE_TYPE, OCTET_STREAM } from './message-view.ts';
import {
  AMQP_SEQUENCE,
  AMQP_VALUE,
  APPLICATION_PROPERTIES,
  DATA,
  HEADER,
  MESSAGE_ANNOTATIONS,
  PROPERTIES,
} from './section.ts';
import { amqpValueOf, bufferOf } from './typed-value.ts';
import type { Value } from './types.ts';
import { FALSE, NULL, string, symbol, TRUE } from './types.ts';

/** Application properties that have a field of their own. */
const GROUP_PROPERTIES: ReadonlySet<string> = new Set([
  'JMSXGroupID',
  'JMSXGroupSeq',
  'JMS_AMQP_REPLY_TO_GROUP_ID',
]);

/** The value of the annotation that names the kind of message. */
const MESSAGE_TYPES: Readonly<Record<Body['kind'], number>> = {
  none: 0,
  object: 1,
  map: 2,
  bytes: 3,
  stream: 4,
  text: 5,
};

/** Writes a message that came in another format. */
export function encodeMessage(view: MessageView): Buffer {
  const encoder = new Encoder(512);
  writeHeader(encoder, view);
  writeAnnotations(encoder, view);
  writeProperties(encoder, view);
  writeApplicationProperties(encoder, view);
  writeBody(encoder, view.body);
  return Buffer.from(encoder.bytes());
}

/** Writes a list section without the absent fields at its end; nothing if all are absent. */
function writeListSection(encoder: Encoder, code: number, fields: Value[]): void {
  while (fields.at(-1)?.type === 'null') fields.pop();
  if (fields.length === 0) return;
  encoder.descriptor(code);
  encoder.write({ type: 'list', value: fields });
}

function writeHeader(encoder: Encoder, view: MessageView): void {
  const durable = view.persistent ? TRUE : NULL;
  const priority: Value = view.priority === 4 ? NULL : { type: 'ubyte', value: view.priority };
  if (priority.type !== 'null' && durable.type === 'null') {
    writeListSection(encoder, HEADER, [FALSE, priority]);
  } else {
    writeListSection(encoder, HEADER, [durable, priority]);
  }
}

function writeAnnotations(encoder: Encoder, view: MessageView): void {
  const type: Value = { type: 'byte', value: MESSAGE_TYPES[view.body.kind] };
  const pairs: (readonly [Value, Value])[] = [[symbol(MESSAGE_TYPE), type]];
  if (view.destination) pairs.push([symbol(TO_KIND), kindAnnotation(view.destination)]);
  if (view.replyTo) pairs.push([symbol(REPLY_TO_KIND), kindAnnotation(view.replyTo)]);
  encoder.descriptor(MESSAGE_ANNOTATIONS);
  encoder.write({ type: 'map', value: pairs });
}

function maybe<T>(value: T | undefined, write: (value: T) => Value): Value {
  return value === undefined ? NULL : write(value);
}

function timestamp(epochMs: number): Value {
  return { type: 'timestamp', value: BigInt(Math.trunc(epochMs)) };
}

function writeProperties(encoder: Encoder, view: MessageView): void {
  const groupId = view.properties.get('JMSXGroupID');
  const sequence = view.properties.get('JMSXGroupSeq');
  const replyGroup = view.properties.get('JMS_AMQP_REPLY_TO_GROUP_ID');
  writeListSection(encoder, PROPERTIES, [
    maybe(view.messageId, idValue),
    maybe(view.userId, (name) => ({ type: 'binary', value: Buffer.from(name) })),
    maybe(view.destination?.name, string),
    maybe(view.type, string),
    maybe(view.replyTo?.name, string),
    maybe(view.correlationId, (id) =>
      typeof id === 'string' ? idValue(id) : { type: 'binary', value: bufferOf(id) },
    ),
    maybe(contentTypeOf(view), contentTypeSymbol),
    NULL,
    maybe(view.expiresAt, timestamp),
    maybe(view.timestamp, timestamp),
    groupId?.type === 'string' ? groupId : NULL,
    sequence?.type === 'int' ? { type: 'uint', value: sequence.value >>> 0 } : NULL,
    replyGroup?.type === 'string' ? replyGroup : NULL,
  ]);
}

/** Symbols are ASCII; another protocol's content type may not be. */
function contentTypeSymbol(contentType: string): Value {
  return symbol(contentType.replace(/[^ -~]/g, '?'));
}

function contentTypeOf({ body, contentType }: MessageView): string | undefined {
  switch (body.kind) {
    case 'object':
      return body.contentType === AMQP_OBJECT ? contentType : body.contentType;
    case 'bytes':
      return contentType ?? OCTET_STREAM;
    default:
      return contentType;
  }
}

function writeApplicationProperties(encoder: Encoder, view: MessageView): void {
  const pairs: (readonly [Value, Value])[] = [];
  for (const [name, value] of view.properties) {
    if (!GROUP_PROPERTIES.has(name)) pairs.push([string(name), amqpValueOf(value)]);
  }
  if (pairs.length === 0) return;
  encoder.descriptor(APPLICATION_PROPERTIES);
  encoder.write({ type: 'map', value: pairs });
}

function writeBody(encoder: Encoder, body: Body): void {
  switch (body.kind) {
    case 'none':
      return;
    case 'text':
      encoder.descriptor(AMQP_VALUE);
      encoder.write(body.text === null ? NULL : string(body.text));
      return;
    case 'bytes':
      encoder.descriptor(DATA);
      encoder.write({ type: 'binary', value: bufferOf(body.bytes) });
      return;
    case 'map': {
      const pairs = Array.from(
        body.entries,
        ([name, value]) => [string(name), amqpValueOf(value)] as const,
      );
      encoder.descriptor(AMQP_VALUE);
      encoder.write({ type: 'map', value: pairs });
      return;
    }
    case 'stream':
      encoder.descriptor(AMQP_SEQUENCE);
      encoder.write({ type: 'list', value: body.items.map(amqpValueOf) });
      return;
    case 'object':
      writeObject(encoder, bufferOf(body.bytes), body.contentType);
  }
}

function writeObject(encoder: Encoder, bytes: Buffer, contentType: string): void {
  if (contentType === AMQP_OBJECT && isOneValue(bytes)) {
    encoder.descriptor(AMQP_VALUE);
    encoder.raw(bytes);
    return;
  }
  encoder.descriptor(DATA);
  encoder.write({ type: 'binary', value: bytes });
}

function isOneValue(bytes: Buffer): boolean {
  try {
    const decoder = new Decoder(bytes, 0, bytes.length);
    decoder.read();
    return decoder.done;
  } catch (error) {
    if (error instanceof ProtocolError) return false;
    throw error;
  }
}
