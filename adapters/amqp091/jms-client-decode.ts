// A message that RabbitMQ's own JMS client wrote to one of its queues or topics. All of it is in the
// content; headers of AMQP repeat a part. [JMS 3.4, 3.5, 3.11]
//
// An object that is a string, a number or a boolean of Java is that here; any other stays what Java
// made of it, for its class says what it means, and there is none here.

import type { Message } from 'amqplib';
import type { BodyData, DestinationData, MessageData, TypedValue } from '#jms-api';
import { OBJECT_TYPE } from '../rabbitmq-header.ts';
import { isJavaStream } from './java-bytes.ts';
import type { JavaObject, JavaValue } from './java-objects.ts';
import { JavaReader } from './java-reader.ts';
import { CLASS_PREFIX, CLASSES, Code, Field, JAVA_OBJECT } from './jms-client-words.ts';

/** A value of the stream; an object where JMS has none. */
type Value = TypedValue | { readonly type: 'object'; readonly value: JavaValue };
type Values = ReadonlyMap<string, Value>;

const JSON_TYPE = 'application/json';
/** A class name is behind the first block's head and its own length. */
const NAME_AT_MAX = 11;
const PREFIX = Buffer.from(CLASS_PREFIX);

/** Names that are headers of JMS, or that receivers say themselves. */
const NO_PROPERTY = /^JMS(?![X_])|^JMSX(UserID|DeliveryCount)$/;

/** Tells whether content is such a message. */
export function isOfJmsClient(content: Buffer): boolean {
  if (!isJavaStream(content)) return false;
  const at = content.indexOf(PREFIX);
  return at > 0 && at <= NAME_AT_MAX;
}

/**
 * @param destination - where it was sent to
 * @throws {Error} if it is not what it says
 */
export function decodeOfJmsClient(message: Message, destination: DestinationData): MessageData {
  const reader = new JavaReader(message.content);
  const className = reader.utf();
  // An id by which the client compares messages.
  reader.utf();
  const fields = valuesOf(reader);
  const properties = propertiesOf(valuesOf(reader));
  const amqp = message.properties;
  return {
    messageId: textOf(fields, Field.messageId),
    correlationId: textOf(fields, Field.correlationId),
    destination,
    replyTo: replyToOf(fields.get(Field.replyTo), amqp.replyTo),
    type: textOf(fields, Field.type),
    persistent: amqp.deliveryMode === 2,
    priority: Math.min(9, numberOf(fields, Field.priority) ?? 4),
    timestamp: numberOf(fields, Field.timestamp),
    // RabbitMQ takes the TTL off what it dead-letters, and it may be consumed there.
    expiresAt:
      amqp.expiration === undefined && amqp.headers?.['x-death'] !== undefined
        ? undefined
        : numberOf(fields, Field.expiration),
    userId: amqp.userId,
    properties,
    body: bodyOf(className, reader, amqp.headers?.[OBJECT_TYPE]),
  };
}

function valuesOf(reader: JavaReader): Values {
  const values = new Map<string, Value>();
  for (let left = reader.int(); left > 0; left--) values.set(reader.utf(), readValue(reader));
  return values;
}

function readValue(reader: JavaReader): Value {
  switch (reader.byte()) {
    case Code.nothing:
      return { type: 'null', value: null };
    case Code.boolean:
      return { type: 'boolean', value: reader.boolean() };
    case Code.byte:
      return { type: 'byte', value: reader.byte() };
    case Code.short:
      return { type: 'short', value: reader.short() };
    case Code.int:
      return { type: 'int', value: reader.int() };
    case Code.long:
      return { type: 'long', value: reader.long() };
    case Code.float:
      return { type: 'float', value: reader.float() };
    case Code.double:
      return { type: 'double', value: reader.double() };
    case Code.string:
      return { type: 'string', value: reader.utf() };
    case Code.char:
      return { type: 'char', value: reader.char() };
    case Code.bytes:
      return { type: 'bytes', value: new Uint8Array(reader.bytes(reader.int())) };
    default:
      return { type: 'object', value: reader.object() };
  }
}

/** A value of a body, where there are no objects. */
function readPlain(reader: JavaReader): TypedValue {
  const value = readValue(reader);
  if (value.type !== 'object') return value;
  throw new Error('expected a primitive value or a string of Java, and not an object');
}

function propertiesOf(values: Values): Map<string, TypedValue> {
  const properties = new Map<string, TypedValue>();
  for (const [name, value] of values) {
    const kept = value.type !== 'object' && value.type !== 'bytes' && value.type !== 'char';
    if (kept && !NO_PROPERTY.test(name)) properties.set(name, value);
  }
  return properties;
}

function textOf(fields: Values, name: string): string | undefined {
  const found = fields.get(name);
  return found?.type === 'string' ? found.value : undefined;
}

/** Undefined for 0, which means that there is none. */
function numberOf(fields: Values, name: string): number | undefined {
  const found = fields.get(name);
  if (found?.type === 'int') return found.value;
  return found?.type === 'long' && found.value > 0n ? Number(found.value) : undefined;
}

/** @param straight - `reply-to` of AMQP, which the broker fills in where a reply goes straight back */
function replyToOf(value: Value | undefined, straight: unknown): DestinationData | undefined {
  if (typeof straight === 'string' && straight.startsWith('amq.')) {
    return { kind: 'temporary-queue', name: straight };
  }
  if (value?.type !== 'object' || !isObject(value.value)) return undefined;
  const { fields } = value.value;
  const text = (name: string): string | undefined => {
    const found = fields.get(name);
    return typeof found === 'string' && found !== '' ? found : undefined;
  };
  const name = fields.get('amqp')
    ? (text('amqpQueueName') ?? text('amqpRoutingKey'))
    : text('destinationName');
  if (name === undefined) return undefined;
  const kind = fields.get('isQueue') ? 'queue' : 'topic';
  return { kind: fields.get('isTemporary') ? `temporary-${kind}` : kind, name };
}

function isObject(value: JavaValue): value is JavaObject {
  return typeof value === 'object' && value !== null;
}

function bodyOf(className: string, reader: JavaReader, objectType: unknown): BodyData {
  switch (className) {
    case CLASSES.none:
      return { kind: 'none' };
    case CLASSES.text:
      return {
        kind: 'text',
        text: reader.boolean() ? null : reader.bytes(reader.int()).toString(),
      };
    case CLASSES.bytes:
      return { kind: 'bytes', bytes: new Uint8Array(reader.rest()) };
    case CLASSES.map: {
      const entries = new Map<string, TypedValue>();
      for (let left = reader.int(); left > 0; left--) {
        entries.set(reader.utf(), readPlain(reader));
      }
      return { kind: 'map', entries };
    }
    case CLASSES.stream: {
      const items: TypedValue[] = [];
      const inner = new JavaReader(reader.bytes(reader.int()));
      while (!inner.ended) items.push(readPlain(inner));
      return { kind: 'stream', items };
    }
    case CLASSES.object:
      if (reader.boolean()) {
        return { kind: 'object', bytes: new Uint8Array(), contentType: JSON_TYPE };
      }
      return objectOf(reader.bytes(reader.int()), objectType);
    default:
      throw new Error(`RabbitMQ’s JMS client has no message of class ${className}`);
  }
}

/** @param said - in a message of ours: the media type of what is a string to Java */
function objectOf(bytes: Buffer, said: unknown): BodyData {
  const value = simpleOf(bytes);
  if (value === undefined) {
    return { kind: 'object', bytes: new Uint8Array(bytes), contentType: JAVA_OBJECT };
  }
  const text = said === JSON_TYPE && typeof value === 'string' ? value : JSON.stringify(value);
  return { kind: 'object', bytes: new TextEncoder().encode(text), contentType: JSON_TYPE };
}

/** What JSON has a word for; undefined: any other object. */
function simpleOf(bytes: Buffer): string | number | boolean | undefined {
  let value: JavaValue;
  try {
    value = new JavaReader(bytes).object();
  } catch {
    return undefined;
  }
  if (typeof value === 'string') return value;
  if (!isObject(value) || !/^java\.lang\.\w+$/.test(value.className)) return undefined;
  const inner = value.fields.get('value');
  if (typeof inner === 'boolean') return inner;
  // The others have no JSON.
  if (typeof inner === 'bigint' && BigInt.asIntN(54, inner) === inner) return Number(inner);
  return typeof inner === 'number' && Number.isFinite(inner) ? inner : undefined;
}
