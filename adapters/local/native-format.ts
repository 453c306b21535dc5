// The bytes of messages that the JMS API of this process sends: the view, written down. Every JMS
// value comes back as it was. Broker and journal keep these bytes as they keep those of any peer.
//
//     ┌──────┬───────┬──────┬─────────────┬────────────────────┬──────┬──────┐
//     │ 0xa6 │ flags │ mode │ headers as  │ length, properties │ kind │ body │
//     │  u8  │  u16  │  u8  │ flags say   │ (as flags say)     │  u8  │      │
//     └──────┴───────┴──────┴─────────────┴────────────────────┴──────┴──────┘
//
// `mode` is the priority, plus 128 if persistent. A text is a number, `bytes * 4 + encoding`, and
// its bytes; numbers are of variable length, 7 bits a byte, low ones first. Properties and body are
// decoded when first asked for. Bytes that make no sense are a MalformedMessageError.

import {
  type Body,
  Message,
  type MessageHeader,
  type MessageView,
  type TypedValue,
  type WireFormat,
} from '#broker';
import { Reader } from './reader.ts';
import { Writer } from './writer.ts';

const MAGIC = 0xa6;

const Flag = {
  messageId: 1 << 0,
  correlationText: 1 << 1,
  correlationBytes: 1 << 2,
  destination: 1 << 3,
  replyTo: 1 << 4,
  type: 1 << 5,
  timestamp: 1 << 6,
  expiresAt: 1 << 7,
  userId: 1 << 8,
  contentType: 1 << 9,
  properties: 1 << 10,
  deliverAt: 1 << 11,
} as const;

const PERSISTENT = 0x80;

const BODY_KINDS = ['none', 'text', 'null-text', 'bytes', 'map', 'stream', 'object'] as const;

/** What the encoder reads; a field that is undefined counts as absent. */
export type Encodable = {
  readonly [K in keyof MessageView]: MessageView[K] | undefined;
} & Pick<MessageView, 'persistent' | 'priority' | 'properties' | 'body'>;

const NO_PROPERTIES: ReadonlyMap<string, TypedValue> = new Map();
const NO_BODY: Body = { kind: 'none' };

// One for all: encoding never waits.
const writer = new Writer();

/**
 * Writes a message, to be sent: the slab is shared with others, and never written over.
 *
 * @param header - what routing has to know
 */
export function nativeMessage(view: Encodable, header: MessageHeader): Message {
  write(view);
  const { slab, start, end } = writer;
  const message = new Message(nativeFormat, header, slab, start, end, false);
  message.sentAt = view.timestamp ?? 0;
  return message;
}

/** Writes a message that came in another format. */
export function encodeNative(view: Encodable): Buffer {
  write(view);
  return writer.slab.subarray(writer.start, writer.end);
}

function write(view: Encodable): void {
  writer.begin();
  writer.u8(MAGIC);
  writer.u16(flagsOf(view));
  writer.u8(view.priority | (view.persistent ? PERSISTENT : 0));
  if (view.timestamp !== undefined) writer.f64(view.timestamp);
  if (view.expiresAt !== undefined) writer.f64(view.expiresAt);
  if (view.deliverAt !== undefined) writer.f64(view.deliverAt);
  if (view.messageId !== undefined) writer.text(view.messageId);
  if (view.correlationId !== undefined) {
    if (typeof view.correlationId === 'string') writer.text(view.correlationId);
    else writer.bytes(view.correlationId);
  }
  if (view.destination !== undefined) writer.address(view.destination);
  if (view.replyTo !== undefined) writer.address(view.replyTo);
  if (view.type !== undefined) writer.text(view.type);
  if (view.userId !== undefined) writer.text(view.userId);
  if (view.contentType !== undefined) writer.text(view.contentType);
  if (view.properties.size > 0) {
    const length = writer.hole();
    writer.entries(view.properties);
    writer.fill(length);
  }
  writeBody(view.body);
  writer.finish();
}

function flagsOf(view: Encodable): number {
  let flags = 0;
  if (view.messageId !== undefined) flags |= Flag.messageId;
  if (typeof view.correlationId === 'string') flags |= Flag.correlationText;
  else if (view.correlationId !== undefined) flags |= Flag.correlationBytes;
  if (view.destination !== undefined) flags |= Flag.destination;
  if (view.replyTo !== undefined) flags |= Flag.replyTo;
  if (view.type !== undefined) flags |= Flag.type;
  if (view.timestamp !== undefined) flags |= Flag.timestamp;
  if (view.expiresAt !== undefined) flags |= Flag.expiresAt;
  if (view.deliverAt !== undefined) flags |= Flag.deliverAt;
  if (view.userId !== undefined) flags |= Flag.userId;
  if (view.contentType !== undefined) flags |= Flag.contentType;
  if (view.properties.size > 0) flags |= Flag.properties;
  return flags;
}

function writeBody(body: Body): void {
  const kind = body.kind === 'text' && body.text === null ? 'null-text' : body.kind;
  writer.u8(BODY_KINDS.indexOf(kind));
  switch (body.kind) {
    case 'text':
      if (body.text !== null) writer.text(body.text);
      break;
    case 'bytes':
      writer.bytes(body.bytes);
      break;
    case 'map':
      writer.entries(body.entries);
      break;
    case 'stream':
      writer.varint(body.items.length);
      for (const item of body.items) writer.value(item);
      break;
    case 'object':
      writer.text(body.contentType);
      writer.bytes(body.bytes);
  }
}

/** A message read back: headers at once, properties and body when asked for. */
class NativeView {
  readonly persistent: boolean;
  readonly priority: number;
  readonly timestamp: number | undefined;
  readonly expiresAt: number | undefined;
  readonly deliverAt: number | undefined;
  readonly messageId: string | undefined;
  readonly correlationId: string | Uint8Array | undefined;
  readonly destination: MessageView['destination'] | undefined;
  readonly replyTo: MessageView['replyTo'] | undefined;
  readonly type: string | undefined;
  readonly userId: string | undefined;
  readonly contentType: string | undefined;
  readonly #slab: Buffer;
  readonly #end: number;
  /** Where the properties begin; 0: there are none. */
  readonly #propertiesAt: number;
  readonly #bodyAt: number;
  #properties: ReadonlyMap<string, TypedValue> | undefined;
  #body: Body | undefined;

  constructor(slab: Buffer, start: number, end: number) {
    const reader = new Reader(slab, start, end);
    if (reader.u8() !== MAGIC) reader.fail('this is no message in the native format');
    const flags = reader.u16();
    const mode = reader.u8();
    this.persistent = (mode & PERSISTENT) !== 0;
    this.priority = mode & 0x0f;
    this.timestamp = flags & Flag.timestamp ? reader.f64() : undefined;
    this.expiresAt = flags & Flag.expiresAt ? reader.f64() : undefined;
    this.deliverAt = flags & Flag.deliverAt ? reader.f64() : undefined;
    this.messageId = flags & Flag.messageId ? reader.text() : undefined;
    if (flags & Flag.correlationText) this.correlationId = reader.text();
    else this.correlationId = flags & Flag.correlationBytes ? reader.bytes() : undefined;
    this.destination = flags & Flag.destination ? reader.address() : undefined;
    this.replyTo = flags & Flag.replyTo ? reader.address() : undefined;
    this.type = flags & Flag.type ? reader.text() : undefined;
    this.userId = flags & Flag.userId ? reader.text() : undefined;
    this.contentType = flags & Flag.contentType ? reader.text() : undefined;
    this.#slab = slab;
    this.#end = end;
    this.#propertiesAt = flags & Flag.properties ? reader.at + 4 : 0;
    if (flags & Flag.properties) reader.skip(reader.u32());
    this.#bodyAt = reader.at;
    this.#properties = undefined;
    this.#body = undefined;
  }

  get properties(): ReadonlyMap<string, TypedValue> {
    if (this.#propertiesAt === 0) return NO_PROPERTIES;
    this.#properties ??= new Reader(this.#slab, this.#propertiesAt, this.#end).entries();
    return this.#properties;
  }

  get body(): Body {
    this.#body ??= readBody(new Reader(this.#slab, this.#bodyAt, this.#end));
    return this.#body;
  }
}

/** A text that is decoded when it is read first. */
class LazyText {
  readonly kind = 'text';
  #reader: Reader | undefined;
  #text = '';

  constructor(reader: Reader) {
    this.#reader = reader;
  }

  get text(): string {
    if (this.#reader !== undefined) {
      this.#text = this.#reader.text();
      this.#reader = undefined;
    }
    return this.#text;
  }
}

function readBody(reader: Reader): Body {
  const kind = BODY_KINDS[reader.u8()];
  switch (kind) {
    case 'none':
      return NO_BODY;
    case 'text':
      return new LazyText(reader);
    case 'null-text':
      return { kind: 'text', text: null };
    case 'bytes':
      return { kind, bytes: reader.bytes() };
    case 'map':
      return { kind, entries: reader.entries() };
    case 'stream': {
      const items: TypedValue[] = [];
      for (let left = reader.count(); left > 0; left--) items.push(reader.value());
      return { kind, items };
    }
    case 'object': {
      const contentType = reader.text();
      return { kind, contentType, bytes: reader.bytes() };
    }
    default:
      return reader.fail('unknown kind of body');
  }
}

/**
 * Reads a message.
 *
 * @throws {MalformedMessageError} now, or when properties or body are looked at
 */
export function decodeNative(slab: Buffer, start = 0, end: number = slab.length): MessageView {
  // A field that is there and undefined means the same as an absent one to all who read views.
  return new NativeView(slab, start, end) as MessageView;
}

/** The format of messages that were sent in this process. */
export const nativeFormat: WireFormat = {
  name: 'native',
  view: ({ slab, start, end }) => decodeNative(slab, start, end),
  encode: encodeNative,
};
