// What an AMQP 1.0 message means for JMS. [JMS mapping WD10] [AMQP 3.2]
//
// Invariant: a view of a message that passed `scanMessage` never fails. The scan does not look
// inside bodies and properties, and a message may be viewed long after its sender is gone: what
// cannot be read then is left out, and a body that cannot be read is shown as its bytes.

import type { Body, Message, MessageView, TypedValue } from '#broker';
import { Decoder } from './decoder.ts';
import { ProtocolError } from './errors.ts';
import { addressOf, annotationsOf, REPLY_TO_KIND, TO_KIND } from './jms-address.ts';
import { correlationId, messageIdText } from './message-id.ts';
import {
  AMQP_SEQUENCE,
  AMQP_VALUE,
  APPLICATION_PROPERTIES,
  DATA,
  MESSAGE_ANNOTATIONS,
  PROPERTIES,
  SectionWalk,
} from './section.ts';
import { itemOf, propertyOf } from './typed-value.ts';
import type { Fields, Value } from './types.ts';
import { NULL } from './types.ts';

export const MESSAGE_TYPE = 'x-opt-jms-msg-type';
export const OCTET_STREAM = 'application/octet-stream';
export const JAVA_OBJECT = 'application/x-java-serialized-object';
/** An object body whose bytes are one AMQP value with its constructor. */
export const AMQP_OBJECT = 'application/x-amqp-value';

/** A message taken apart. */
interface Sections {
  readonly annotations: Fields;
  /** Fields of the properties section, by their place. */
  readonly properties: readonly Value[];
  readonly application: Value | undefined;
  /** Code of the body sections; 0: none. */
  readonly bodyCode: number;
  /** The value of each body section, constructor included. */
  readonly parts: readonly Buffer[];
}

/** Reads what a message means; see the invariant above. */
export function viewMessage(message: Message): MessageView {
  const sections = takeApart(message);
  const at = (place: number): Value => sections.properties[place] ?? NULL;
  const view: { -readonly [K in keyof MessageView]: MessageView[K] } = {
    persistent: message.persistent,
    priority: message.priority,
    properties: propertiesOf(sections),
    body: bodyOf(sections),
  };
  const messageId = messageIdText(at(0));
  if (messageId !== undefined) view.messageId = messageId;
  const userId = at(1);
  if (userId.type === 'binary') view.userId = userId.value.toString('utf8');
  const to = textOf(at(2));
  if (to !== undefined) {
    const address = addressOf(to, sections.annotations, TO_KIND);
    // Without a kind the destination is the link's; the name alone would only be a guess.
    if (address.kind !== undefined) view.destination = { name: address.name, kind: address.kind };
  }
  const subject = textOf(at(3));
  if (subject !== undefined) view.type = subject;
  const replyTo = textOf(at(4));
  if (replyTo !== undefined) {
    const { name, kind } = addressOf(replyTo, sections.annotations, REPLY_TO_KIND);
    view.replyTo = { name, kind: kind ?? 'queue' };
  }
  const correlation = correlationId(at(5));
  if (correlation !== undefined) view.correlationId = correlation;
  const contentType = textOf(at(6));
  if (contentType !== undefined) view.contentType = contentType;
  if (message.expiresAt !== 0) view.expiresAt = message.expiresAt;
  const created = at(9);
  if (created.type === 'timestamp') view.timestamp = Number(created.value);
  return view;
}

const NO_ANNOTATIONS: Fields = new Map();
const walk = new SectionWalk();

function takeApart(message: Message): Sections {
  const { slab, start, end } = message;
  let annotations: Fields = NO_ANNOTATIONS;
  let properties: readonly Value[] = [];
  let application: Value | undefined;
  let bodyCode = 0;
  const parts: Buffer[] = [];
  walk.open(slab, start, end);
  while (walk.next()) {
    const { code, valueStart, end: valueEnd } = walk;
    const bytes = slab.subarray(valueStart, valueEnd);
    if (code === MESSAGE_ANNOTATIONS) {
      annotations = annotationsOf(readValue(bytes));
    } else if (code === PROPERTIES) {
      const value = readValue(bytes);
      if (value?.type === 'list') properties = value.value;
    } else if (code === APPLICATION_PROPERTIES) {
      application = readValue(bytes);
    } else if (code >= DATA && code <= AMQP_VALUE) {
      bodyCode = code;
      parts.push(bytes);
    }
  }
  return { annotations, properties, application, bodyCode, parts };
}

function readValue(bytes: Buffer): Value | undefined {
  try {
    return new Decoder(bytes, 0, bytes.length).read();
  } catch (error) {
    if (error instanceof ProtocolError) return undefined;
    throw error;
  }
}

function textOf(value: Value): string | undefined {
  return value.type === 'string' || value.type === 'symbol' ? value.value : undefined;
}

function propertiesOf(sections: Sections): ReadonlyMap<string, TypedValue> {
  const properties = new Map<string, TypedValue>();
  if (sections.application?.type === 'map') {
    for (const [key, value] of sections.application.value) {
      const name = textOf(key);
      const typed = propertyOf(value);
      if (name !== undefined && typed !== undefined) properties.set(name, typed);
    }
  }
  const groupId = textOf(sections.properties[10] ?? NULL);
  if (groupId !== undefined) properties.set('JMSXGroupID', { type: 'string', value: groupId });
  const sequence = sections.properties[11];
  if (sequence?.type === 'uint') {
    // JMS has an int here; the mapping keeps the 32 bits and not the number.
    properties.set('JMSXGroupSeq', { type: 'int', value: sequence.value | 0 });
  }
  const replyGroup = textOf(sections.properties[12] ?? NULL);
  if (replyGroup !== undefined) {
    properties.set('JMS_AMQP_REPLY_TO_GROUP_ID', { type: 'string', value: replyGroup });
  }
  return properties;
}

/** The body as the sender's annotation names it, or else as sections and content type suggest. */
function bodyOf(sections: Sections): Body {
  const annotation = sections.annotations.get(MESSAGE_TYPE)?.value;
  const contentType = textOf(sections.properties[6] ?? NULL);
  if (sections.bodyCode === 0) return emptyBody(annotation, contentType);
  if (sections.bodyCode === DATA) return dataBody(sections, annotation, contentType);
  const values = sections.parts.map(readValue);
  if (values.includes(undefined)) return { kind: 'bytes', bytes: Buffer.concat(sections.parts) };
  const [first = NULL] = values;
  if (sections.bodyCode === AMQP_SEQUENCE || (first.type === 'list' && annotation === 4)) {
    if (annotation !== 4) return objectBody(sections);
    const lists = values.flatMap((value) => (value?.type === 'list' ? value.value : []));
    const nothing: TypedValue = { type: 'null', value: null };
    // An item that JMS cannot hold leaves its place empty, so that the others keep theirs.
    return { kind: 'stream', items: lists.map((value) => itemOf(value) ?? nothing) };
  }
  if (annotation === 2 && first.type === 'map') return mapBody(first.value);
  if (annotation === 1) return objectBody(sections);
  if (first.type === 'binary') return { kind: 'bytes', bytes: first.value };
  if (first.type === 'string') return { kind: 'text', text: first.value };
  if (first.type === 'null') return emptyBody(annotation ?? 5, contentType);
  return objectBody(sections);
}

function emptyBody(annotation: unknown, contentType: string | undefined): Body {
  switch (annotation) {
    case 1:
      return { kind: 'object', bytes: Buffer.alloc(0), contentType: contentType ?? JAVA_OBJECT };
    case 2:
      return { kind: 'map', entries: new Map() };
    case 3:
      return { kind: 'bytes', bytes: Buffer.alloc(0) };
    case 4:
      return { kind: 'stream', items: [] };
    case 5:
      return { kind: 'text', text: null };
    default:
      return { kind: 'none' };
  }
}

function dataBody(sections: Sections, annotation: unknown, contentType: string | undefined): Body {
  const parts = sections.parts.map((part) => part.subarray(part[0] === 0xa0 ? 2 : 5));
  const bytes = parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts);
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

/** The character set of a textual media type; `undefined` for one that is not text. */
function charsetOf(contentType: string): string | undefined {
  const [media = '', ...parameters] = contentType.toLowerCase().split(';');
  const textual = /^text\/.|^application\/((.+\+)?(xml|json)|javascript|xml-dtd|ecmascript)$/.test(
    media.trim(),
  );
  if (!textual) return undefined;
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

function mapBody(pairs: readonly (readonly [Value, Value])[]): Body {
  const entries = new Map<string, TypedValue>();
  for (const [key, value] of pairs) {
    const name = textOf(key);
    const item = itemOf(value);
    if (name !== undefined && item !== undefined) entries.set(name, item);
  }
  return { kind: 'map', entries };
}

/** A body that has no JMS form of its own: its AMQP value, encoded. */
function objectBody(sections: Sections): Body {
  return { kind: 'object', bytes: Buffer.concat(sections.parts), contentType: AMQP_OBJECT };
}
