// A STOMP message at rest, and what it means to other protocols.
//
//     destination:/queue/a\n correlation-id:7\n colour:blue\n \n hello
//     ╰──── header lines, first one wins, LF line ends ────╯    ╰ body, up to the end
//
// That is the SEND frame without its command and its NUL, and without the headers that the
// broker answers for itself (persistent, priority, expires, timestamp are fields of `Message`) or
// that ended with the SEND (receipt). A MESSAGE frame is the same bytes with our own headers in
// front. Lines are spelled as in STOMP 1.2. Invariant: no line says what a field of `Message` says.

import type { Body, Message, MessageView, TypedValue, WireFormat } from '#broker';
import { formatDestination, readDestination } from './destination.ts';
import { applyTypes, correlationBytes, OWN, ownBody } from './own-header.ts';
import { bodyText, propertyText, type Rendering } from './rendering.ts';
import { readSpelling, type Version, writeSpelling } from './spelling.ts';
import { readTransformed, renderTransformed } from './transformation.ts';

const LF = 10;

/** Most messages: nothing in the header lines is escaped, so all versions spell them alike. */
export const stompFormat: WireFormat = { name: 'stomp', view, encode };

/** The same, with escapes in the header lines: 1.0 and 1.1 need them respelled. */
export const escapedStompFormat: WireFormat = { name: 'stomp-escaped', view, encode };

/** Header lines that are no properties of the application. */
const RESERVED: ReadonlySet<string> = new Set([
  ...['destination', 'content-length', 'content-type', 'correlation-id', 'reply-to', 'type'],
  ...['amq-msg-type', 'transformation', 'message-id', 'subscription', 'ack', 'redelivered'],
  ...['receipt', 'receipt-id', 'transaction', 'persistent', 'priority', 'expires', 'timestamp'],
  ...['JMSXUserID', 'JMSXDeliveryCount', 'JMSXGroupFirstForConsumer', 'original-destination'],
  ...['browser'],
]);

/** Where the empty line of a message at rest stands. */
function headEndOf(bytes: Buffer, start: number): number {
  return bytes[start] === LF ? start : bytes.indexOf('\n\n', start) + 1;
}

function view(message: Message): MessageView {
  const { slab, start, end } = message;
  const headEnd = headEndOf(slab, start);
  const lines = new Map<string, string>();
  for (const line of slab.toString('utf8', start, headEnd).split('\n')) {
    const colon = line.indexOf(':');
    if (colon < 0) continue;
    const name = readSpelling(line.slice(0, colon), '1.2');
    if (!lines.has(name)) lines.set(name, readSpelling(line.slice(colon + 1), '1.2'));
  }
  const properties = new Map<string, TypedValue>();
  let own = false;
  for (const [name, value] of lines) {
    if (name.startsWith(OWN)) own = true;
    else if (!RESERVED.has(name)) properties.set(name, propertyOf(name, value));
  }
  if (own) applyTypes(properties, lines);
  const destination = lines.get('destination');
  const replyTo = lines.get('reply-to');
  return {
    ...present('messageId', lines.get('angelia-message-id') ?? lines.get('message-id')),
    ...present('correlationId', correlationBytes(lines) ?? lines.get('correlation-id')),
    ...present('destination', destination === undefined ? undefined : readDestination(destination)),
    ...present('replyTo', replyTo === undefined ? undefined : readDestination(replyTo)),
    ...present('type', lines.get('type')),
    persistent: message.persistent,
    priority: message.priority,
    ...present('timestamp', message.sentAt || undefined),
    ...present('expiresAt', message.expiresAt || undefined),
    ...present('userId', lines.get('JMSXUserID')),
    ...present('contentType', lines.get('content-type')),
    properties,
    body: bodyOf(slab.subarray(headEnd + 1, end), lines, own),
  };
}

/** All that a STOMP client says is a string; JMS knows better of one. [JMS 3.5.9] */
function propertyOf(name: string, value: string): TypedValue {
  const sequence = name === 'JMSXGroupSeq' && /^-?\d{1,9}$/.test(value);
  return sequence ? { type: 'int', value: Number(value) } : { type: 'string', value };
}

function present<K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { [P in K]: V });
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const TEXT_TYPE = /^\s*(text\/|application\/([\w.-]+\+)?json\b)/i;

/** Text or bytes: what the sender said, then the kind of content, then ActiveMQ's old rule. */
function bodyOf(bytes: Buffer, lines: ReadonlyMap<string, string>, own: boolean): Body {
  const meant = own ? ownBody(bytes, lines) : undefined;
  if (meant !== undefined) return meant;
  const transformation = lines.get('transformation');
  if (transformation !== undefined) {
    try {
      return readTransformed(transformation, bytes);
    } catch {
      // It was checked when it came; whatever it is, it is a body.
    }
  }
  const said = lines.get('amq-msg-type');
  const isText =
    said === 'text' ||
    (said !== 'bytes' &&
      (TEXT_TYPE.test(lines.get('content-type') ?? '') || !lines.has('content-length')));
  if (!isText) return { kind: 'bytes', bytes };
  try {
    return { kind: 'text', text: utf8.decode(bytes) };
  } catch {
    // Not UTF-8, whatever the sender says: better bytes that are right than text that is not.
    return { kind: 'bytes', bytes };
  }
}

function encode(seen: MessageView): Buffer {
  return encodeBody(seen, bodyText(seen));
}

/** The message with a map or an object as a subscriber asked for it; undefined: it has none. */
export function encodeTransformed(seen: MessageView, asked: string): Buffer | undefined {
  const found = renderTransformed(seen.body, asked);
  if (found === undefined) return undefined;
  const { text, transformation } = found;
  const type = `application/${transformation.endsWith('xml') ? 'xml' : 'json'}`;
  const lines = [
    ['content-type', type],
    ['transformation', transformation],
  ] as const;
  return encodeBody(seen, { text, lines });
}

/** Writes a message of another protocol. Its fields are in `Message`, so they are not written. */
function encodeBody(seen: MessageView, { text, bytes, lines }: Rendering): Buffer {
  const { correlationId } = seen;
  const head: (readonly [string, string | undefined])[] = [
    ['destination', seen.destination && formatDestination(seen.destination)],
    ['message-id', seen.messageId],
    [
      'correlation-id',
      correlationId instanceof Uint8Array
        ? Buffer.from(correlationId).toString('hex')
        : correlationId,
    ],
    ['reply-to', seen.replyTo && formatDestination(seen.replyTo)],
    ['type', seen.type],
    ['JMSXUserID', seen.userId],
    ...lines,
  ];
  for (const [name, value] of seen.properties) {
    if (name !== '' && !RESERVED.has(name)) head.push([name, propertyText(value)]);
  }
  let front = '';
  for (const [name, value] of head) {
    if (value !== undefined) {
      front += `${writeSpelling(name, '1.2')}:${writeSpelling(value, '1.2')}\n`;
    }
  }
  if (bytes === undefined) return Buffer.from(`${front}\n${text}`);
  return Buffer.concat([Buffer.from(`${front}\n`), bytes]);
}

/** The value of a header line, spelled otherwise for one client; the same if it is not. */
export type Renamer = (name: string, value: string) => string;

/** A message at rest with its header lines spelled for one client. */
export function respell(bytes: Buffer, version: Version, rename?: Renamer): Buffer {
  if (version === '1.2' && rename === undefined) return bytes;
  const headEnd = headEndOf(bytes, 0);
  const head = bytes.toString('utf8', 0, headEnd);
  if (rename === undefined && !head.includes('\\')) return bytes;
  let front = '';
  for (const line of head.split('\n')) {
    const colon = line.indexOf(':');
    if (colon < 0) continue;
    const name = readSpelling(line.slice(0, colon), '1.2');
    const value = readSpelling(line.slice(colon + 1), '1.2');
    // A name with a colon has no spelling in 1.0.
    const spelledName = writeSpelling(name, version === '1.0' ? '1.1' : version);
    front += `${spelledName}:${writeSpelling(rename?.(name, value) ?? value, version)}\n`;
  }
  return Buffer.concat([Buffer.from(front), bytes.subarray(headEnd)]);
}
