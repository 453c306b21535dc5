/**
 * Messages of the TypeScript API, as the words of the dialogue say them and back.
 */

import {
  BytesMessage,
  DeliveryMode,
  JMSByte,
  JMSCharacter,
  JMSDouble,
  JMSFloat,
  JMSInteger,
  JMSLong,
  type JMSObject,
  JMSShort,
  MapMessage,
  type Message,
  MessageEOFException,
  MessageFormatException,
  ObjectMessage,
  Queue,
  type Session,
  StreamMessage,
  TextMessage,
  type Topic,
} from 'angelia';
import { describe, expand, isPlain } from '../body.ts';
import type {
  Destination,
  MessageSpec,
  Received,
  ReceivedBody,
  Value,
  Values,
} from '../dialogue.ts';

/** A value in the box that says its JMS type. */
function boxed({ type, value }: Value): unknown {
  switch (type) {
    case 'boolean':
      return value === 'true';
    case 'byte':
      return new JMSByte(Number(value));
    case 'short':
      return new JMSShort(Number(value));
    case 'int':
      return new JMSInteger(Number(value));
    case 'long':
      return new JMSLong(BigInt(value));
    case 'float':
      return new JMSFloat(Number(value));
    case 'double':
      return new JMSDouble(Number(value));
    case 'char':
      return new JMSCharacter(value);
    case 'string':
      return value;
    case 'binary':
      return Buffer.from(value, 'hex');
    default:
      throw new Error(`JMS has no ${type}`);
  }
}

function typedValue(type: string | null, value: JMSObject): Value {
  if (value instanceof Uint8Array) {
    return { type: 'binary', value: Buffer.from(value).toString('hex') };
  }
  return { type: type as Value['type'], value: String(value) };
}

function bodyOf(message: Message): ReceivedBody {
  if (message instanceof TextMessage) {
    const text = message.getText();
    return text === null ? { kind: 'other', what: 'no text' } : describe(text);
  }
  if (message instanceof BytesMessage) {
    const bytes = new Uint8Array(message.getBodyLength());
    message.readBytes(bytes);
    return describe(bytes);
  }
  if (message instanceof MapMessage) {
    const entries: Record<string, Value> = {};
    for (const name of message.getMapNames()) {
      entries[name] = typedValue(message.getItemType(name), message.getObject(name));
    }
    return { kind: 'map', entries };
  }
  if (message instanceof StreamMessage) return { kind: 'stream', items: itemsOf(message) };
  if (message instanceof ObjectMessage) return { kind: 'object', ...readableObject(message) };
  return { kind: 'other', what: message.constructor.name };
}

/** Readers that take their own type and no other of its JavaScript type, the narrowest first. */
const READERS: readonly (readonly [Value['type'], (message: StreamMessage) => unknown])[] = [
  ['char', (message) => message.readChar()],
  ['byte', (message) => message.readByte()],
  ['short', (message) => message.readShort()],
  ['int', (message) => message.readInt()],
  ['long', (message) => message.readLong()],
  ['float', (message) => message.readFloat()],
  ['double', (message) => message.readDouble()],
];

/** The item at a place. `readObject` gives numbers and strings of any kind: who can read it says. */
function itemAt(message: StreamMessage, place: number): Value {
  const skip = (): void => {
    message.reset();
    for (let n = 0; n < place; n++) message.readObject();
  };
  skip();
  const value = message.readObject();
  if (typeof value === 'boolean') return typedValue('boolean', value);
  if (value instanceof Uint8Array) return typedValue('binary', value);
  for (const [type, readAs] of READERS) {
    if (typeof value === 'string' && type !== 'char') break;
    skip();
    try {
      readAs(message);
      return typedValue(type, value);
    } catch (error) {
      if (!(error instanceof MessageFormatException)) throw error;
    }
  }
  return typedValue('string', value);
}

function itemsOf(message: StreamMessage): Value[] {
  const items: Value[] = [];
  try {
    for (;;) items.push(itemAt(message, items.length));
  } catch (error) {
    if (!(error instanceof MessageEOFException)) throw error;
  }
  return items;
}

/** What Java serialised is bytes here. */
function readableObject(message: ObjectMessage): { value?: string } {
  try {
    return { value: String(message.getObject()) };
  } catch (error) {
    if (!(error instanceof MessageFormatException)) throw error;
    return {};
  }
}

function propertiesOf(message: Message): Values {
  const properties: Record<string, Value> = {};
  for (const name of message.getPropertyNames()) {
    properties[name] = typedValue(message.getPropertyType(name), message.getObjectProperty(name));
  }
  return properties;
}

/** What came, in words. */
export function read(message: Message): Received {
  const correlationId = message.getJMSCorrelationID();
  const type = message.getJMSType();
  const replyTo = message.getJMSReplyTo();
  return {
    body: bodyOf(message),
    properties: propertiesOf(message),
    priority: message.getJMSPriority(),
    persistent: message.getJMSDeliveryMode() === DeliveryMode.PERSISTENT,
    redelivered: message.getJMSRedelivered(),
    ...(correlationId === null ? {} : { correlationId }),
    ...(type === null ? {} : { type }),
    ...(replyTo === null ? {} : { replyTo: spell(replyTo as Queue | Topic) }),
  };
}

function spell(destination: Queue | Topic): Destination {
  if (destination instanceof Queue) return { kind: 'queue', name: destination.getQueueName() };
  return { kind: 'topic', name: destination.getTopicName() };
}

/** The destination that the words say. */
export function destinationOf(session: Session, { kind, name }: Destination): Queue | Topic {
  return kind === 'queue' ? session.createQueue(name) : session.createTopic(name);
}

function emptyMessage(session: Session, { body }: MessageSpec): Message {
  if ('map' in body) {
    const message = session.createMapMessage();
    for (const [name, value] of Object.entries(body.map)) message.setObject(name, boxed(value));
    return message;
  }
  if ('stream' in body) {
    const message = session.createStreamMessage();
    for (const value of body.stream) message.writeObject(boxed(value));
    return message;
  }
  if (!isPlain(body)) return session.createObjectMessage(body.object);
  const content = expand(body);
  if (typeof content === 'string') return session.createTextMessage(content);
  const message = session.createBytesMessage();
  message.writeBytes(content);
  return message;
}

/** The message that the words say. */
export function write(session: Session, spec: MessageSpec): Message {
  const message = emptyMessage(session, spec);
  for (const [name, value] of Object.entries(spec.properties ?? {})) {
    message.setObjectProperty(name, boxed(value));
  }
  if (spec.correlationId !== undefined) message.setJMSCorrelationID(spec.correlationId);
  if (spec.type !== undefined) message.setJMSType(spec.type);
  if (spec.replyTo !== undefined) message.setJMSReplyTo(destinationOf(session, spec.replyTo));
  return message;
}
