// A message of JMS as headers and body of a SEND. Text and bytes are themselves; maps, streams and
// objects are JSON that a person can read. [STOMP 1.2 SEND] [JMS 3.11]

import type { BodyData, MessageData } from '#jms-api';
import { type Pair, pairOf, textOf } from '../typed-text.ts';
import { linesOf } from './frame-writer.ts';
import * as Own from './own-header.ts';
import { isSayable } from './spelling.ts';

type Lines = readonly (readonly [string, string])[];
type MaybeLines = readonly (readonly [string, string | undefined])[];

const PRIORITY_DEFAULT = 4;

/** What the connection knows better than the message. */
export interface Sending {
  /** Of STOMP. */
  readonly version: string;
  /** The broker does not say the group of a message to those who get it. */
  readonly hidesGroups: boolean;
  /** As the broker knows it, like the next. */
  readonly destination: string;
  readonly replyTo: string | undefined;
  /** What else the dialect says: of a delivery delay, of expiry. */
  readonly more: Lines;
}

export interface Encoded {
  readonly headers: Lines;
  readonly body: Uint8Array | string;
}

export function encodeMessage(message: MessageData, sending: Sending): Encoded {
  const { correlationId, expiresAt, timestamp, priority } = message;
  const body = bodyOf(message.body);
  const text = typeof correlationId === 'string' ? correlationId : undefined;
  const bytes = correlationId instanceof Uint8Array ? correlationId : undefined;
  const fixed = linesOf([
    ['destination', sending.destination],
    ['persistent', message.persistent ? 'true' : undefined],
    ['priority', priority === PRIORITY_DEFAULT ? undefined : String(priority)],
    ['expires', expiresAt === undefined ? undefined : String(expiresAt)],
    ['timestamp', timestamp === undefined ? undefined : String(timestamp)],
    ['reply-to', sending.replyTo],
    ['type', message.type],
    ['correlation-id', text],
    [Own.MESSAGE_ID, message.messageId],
    [Own.DELIVERY_TIME, message.deliverAt === undefined ? undefined : String(message.deliverAt)],
    ['_AMQ_DUPL_ID', message.duplicateId],
    [Own.CORRELATION_BYTES, bytes && Buffer.from(bytes).toString('base64')],
    ['content-type', body.type ?? message.contentType],
    ...body.lines,
    ...sending.more,
  ]);
  return { headers: [...fixed, ...propertyLines(message, sending)], body: body.content };
}

function propertyLines({ properties }: MessageData, { version, hidesGroups }: Sending): Lines {
  if (properties.size === 0) return [];
  const lines: [string, string][] = [];
  const types: [string, string][] = [];
  const others: [string, Pair][] = [];
  for (const [name, value] of properties) {
    const text = textOf(value);
    if (Own.RESERVED.has(name) || !isSayable(name, version) || !isSayable(text, version)) {
      others.push([name, pairOf(value)]);
      continue;
    }
    lines.push([name, text]);
    if (hidesGroups && name.startsWith('JMSXGroup')) others.push([name, pairOf(value)]);
    // JMS says of this one that it is an int.
    if (value.type !== 'string' && name !== 'JMSXGroupSeq') types.push([name, value.type]);
  }
  if (types.length > 0) lines.push([Own.TYPES, JSON.stringify(Object.fromEntries(types))]);
  if (others.length > 0) lines.push([Own.PROPERTIES, JSON.stringify(Object.fromEntries(others))]);
  return lines;
}

interface Body {
  readonly content: Uint8Array | string;
  readonly lines: MaybeLines;
  readonly type?: string;
}

function bodyOf(body: BodyData): Body {
  switch (body.kind) {
    case 'none':
      return { content: '', lines: [[Own.BODY, 'none']] };
    case 'text':
      return body.text === null
        ? { content: '', lines: [[Own.BODY, 'null']] }
        : textBody(body.text, [[Own.BODY, 'text']]);
    case 'bytes':
      return {
        content: body.bytes,
        lines: [...lengthOf(body.bytes), ['amq-msg-type', 'bytes'], [Own.BODY, 'bytes']],
      };
    case 'map': {
      const pairs = [...body.entries].map(([name, value]) => [name, pairOf(value)] as const);
      return textBody(JSON.stringify(Object.fromEntries(pairs)), [[Own.BODY, 'map']], JSON_TYPE);
    }
    case 'stream': {
      const pairs = body.items.map(pairOf);
      return textBody(JSON.stringify(pairs), [[Own.BODY, 'stream']], JSON_TYPE);
    }
    case 'object':
      return {
        content: body.bytes,
        lines: [
          ...lengthOf(body.bytes),
          ['amq-msg-type', 'bytes'],
          [Own.BODY, 'object'],
          [Own.OBJECT_TYPE, body.contentType],
        ],
      };
  }
}

const JSON_TYPE = 'application/json';

/** Text has no length, for a length says bytes to ActiveMQ; but a NUL would end the frame. */
function textBody(text: string, lines: MaybeLines, type?: string): Body {
  const about = type === undefined ? { lines } : { lines, type };
  if (!text.includes('\0')) return { content: text, ...about };
  const bytes = Buffer.from(text);
  const more = [...lines, ...lengthOf(bytes), ['amq-msg-type', 'text'] as const];
  return { content: bytes, ...about, lines: more };
}

function lengthOf(bytes: Uint8Array): MaybeLines {
  return [['content-length', String(bytes.length)]];
}
