// What routing needs of an AMQP 1.0 message, found by a fast walk over its sections, and the little
// that changes on the way out. The bare message and the footer pass bit for bit. [AMQP 3.2]
//
//     ┌────────┬──────────────┬─────────────┬────────────┬─────────────┬──────┬────────┐
//     │ header │ delivery     │ message     │ properties │ application │ body │ footer │
//     │        │ annotations  │ annotations │            │ properties  │      │        │
//     └────────┴──────────────┴─────────────┴────────────┴─────────────┴──────┴────────┘
//       maybe    dropped here   └────────────────── passes untouched ───────────────┘
//       rewritten
//
// What a message means for JMS is in `message-view.ts`, its way back in `message-encode.ts`.
// Invariant: a message that passed `scanMessage` can be walked over without errors ever after.

import type { Message, MessageHeader, WireFormat } from '#broker';
import { Decoder, readUtf8, skipValue } from './decoder.ts';
import { readDescriptor } from './descriptor.ts';
import { DECODE_ERROR, ProtocolError } from './errors.ts';
import { writeUint } from './frame.ts';
import type { NamedAddress } from './jms-address.ts';
import { addressOf, annotationsOf, TO_KIND } from './jms-address.ts';
import { ListCursor, skipDescriptor } from './list-cursor.ts';
import { encodeMessage } from './message-encode.ts';
import { viewMessage } from './message-view.ts';
import {
  DELIVERY_ANNOTATIONS,
  HEADER,
  MESSAGE_ANNOTATIONS,
  PROPERTIES,
  SectionWalk,
} from './section.ts';

/** The AMQP 1.0 format (message-format 0). */
export const amqp1: WireFormat = { name: 'amqp1', view: viewMessage, encode: encodeMessage };

/** What {@link scanMessage} found; reused from message to message. */
export class MessageScan implements MessageHeader {
  persistent = false;
  /** 0…9. */
  priority = 4;
  /** Epoch ms: now + ttl if the sender gave a ttl, else the absolute time; 0: never. */
  expiresAt = 0;
  /** Milliseconds; 0: not said. */
  ttlMs = 0;
  /** Epoch ms of the properties; 0: not said. */
  absoluteExpiryAt = 0;
  /** The map of message annotations begins here; -1: none. */
  annotationsStart = -1;
  annotationsEnd = -1;
  /** The text of `to` is `[toStart…toEnd)`; -1: none. */
  toStart = -1;
  toEnd = -1;
}

const cursor = new ListCursor();
const walk = new SectionWalk();
const HEADER_FIELDS = 5;
const PROPERTIES_FIELDS = 13;
const PRIORITY_MAX = 9;

/**
 * Walks over the sections of a whole message and checks their order and outer shape. What is
 * inside application properties and body stays unread.
 *
 * @param nowMs - message time, to turn a ttl into a point in time
 * @throws {ProtocolError} scope link, `amqp:decode-error`
 */
export function scanMessage(
  buffer: Buffer,
  start: number,
  end: number,
  nowMs: number,
  into: MessageScan,
): void {
  into.persistent = false;
  into.priority = 4;
  into.ttlMs = 0;
  into.absoluteExpiryAt = 0;
  into.annotationsStart = -1;
  into.annotationsEnd = -1;
  into.toStart = -1;
  into.toEnd = -1;
  try {
    walk.open(buffer, start, end);
    while (walk.next()) {
      if (walk.code === HEADER) {
        scanHeader(buffer, into);
      } else if (walk.code === PROPERTIES) {
        scanProperties(buffer, into);
      } else if (walk.code === MESSAGE_ANNOTATIONS) {
        into.annotationsStart = walk.valueStart;
        into.annotationsEnd = walk.end;
      }
    }
  } catch (cause) {
    if (!(cause instanceof ProtocolError)) throw cause;
    // The frame was sound: only the link that carries such messages cannot go on.
    throw new ProtocolError('link', DECODE_ERROR, `message: ${cause.message}`, { cause });
  }
  into.expiresAt = into.ttlMs > 0 ? nowMs + into.ttlMs : into.absoluteExpiryAt;
}

function scanHeader(buffer: Buffer, into: MessageScan): void {
  cursor.open(buffer, walk.valueStart, walk.end, 'header', HEADER_FIELDS);
  into.persistent = cursor.boolean();
  const priority = cursor.ubyte();
  if (priority !== -1) into.priority = Math.min(priority, PRIORITY_MAX);
  into.ttlMs = Math.max(0, cursor.uint());
  cursor.boolean();
  cursor.uint();
  cursor.close();
}

function scanProperties(buffer: Buffer, into: MessageScan): void {
  cursor.open(buffer, walk.valueStart, walk.end, 'properties', PROPERTIES_FIELDS);
  cursor.skip();
  cursor.skip();
  cursor.text();
  into.toStart = cursor.dataStart;
  into.toEnd = cursor.dataEnd;
  cursor.skip();
  cursor.skip();
  cursor.skip();
  cursor.skip();
  cursor.skip();
  into.absoluteExpiryAt = cursor.timestamp();
  cursor.close();
}

/**
 * Reads where a message wants to go, for links without a target address: its `to`, and the kind if
 * the message says one. [JMS mapping WD10, x-opt-jms-dest]
 *
 * @throws {ProtocolError} scope link, `amqp:decode-error`
 */
export function readTo(buffer: Buffer, scan: MessageScan): NamedAddress | undefined {
  if (scan.toStart === -1) return undefined;
  try {
    const name = readUtf8(buffer, scan.toStart, scan.toEnd);
    const map =
      scan.annotationsStart === -1
        ? undefined
        : new Decoder(buffer, scan.annotationsStart, scan.annotationsEnd).read();
    return addressOf(name, annotationsOf(map), TO_KIND);
  } catch (cause) {
    if (!(cause instanceof ProtocolError)) throw cause;
    throw new ProtocolError('link', DECODE_ERROR, `message: ${cause.message}`, { cause });
  }
}

/** Bytes of the largest header: descriptor, list, and its five fields. */
const HEADER_BYTES_MAX = 3 + 3 + 1 + 2 + 5 + 1 + 5;

/** An outgoing message in at most two pieces; reused from delivery to delivery. */
export class DeliveryPlan {
  /** Room for a rewritten header. */
  readonly scratch: Buffer = Buffer.alloc(HEADER_BYTES_MAX);
  /** First piece: `head[headStart…headEnd)`, often empty. */
  head: Buffer = this.scratch;
  headStart = 0;
  headEnd = 0;
  /** Second piece: `rest[restStart…restEnd)`. */
  rest: Buffer = this.scratch;
  restStart = 0;
  restEnd = 0;
}

/**
 * Plans what a consumer gets: the message with `header.delivery-count` equal to `attempts` and
 * without the delivery annotations of the hop before [AMQP 3.2.1, 3.2.2]; a message of another
 * format is encoded. Good until the turn ends.
 *
 * @param attempts - earlier deliveries that failed
 * @returns bytes of the outgoing message
 */
export function planDelivery(message: Message, attempts: number, into: DeliveryPlan): number {
  const own = message.format === amqp1;
  const buffer = own ? message.slab : message.as(amqp1);
  const start = own ? message.start : 0;
  const end = own ? message.end : buffer.length;
  let deliveryCount = 0;
  let headerEnd = start;
  let headerStart = -1;
  if (readDescriptor(buffer, start, end) === HEADER) {
    headerStart = skipDescriptor(buffer, start, end);
    cursor.open(buffer, headerStart, end, 'header', HEADER_FIELDS);
    headerEnd = cursor.end;
    cursor.skip();
    cursor.skip();
    cursor.skip();
    cursor.skip();
    deliveryCount = Math.max(0, cursor.uint());
  }
  let restStart = headerEnd;
  if (readDescriptor(buffer, headerEnd, end) === DELIVERY_ANNOTATIONS) {
    restStart = skipValue(buffer, skipDescriptor(buffer, headerEnd, end), end);
  }
  into.rest = buffer;
  into.restEnd = end;
  if (deliveryCount !== attempts) {
    into.head = into.scratch;
    into.headStart = 0;
    into.headEnd = rewriteHeader(buffer, headerStart, headerEnd, attempts, into.scratch);
    into.restStart = restStart;
  } else if (restStart === headerEnd) {
    into.headStart = 0;
    into.headEnd = 0;
    into.restStart = start;
  } else {
    into.head = buffer;
    into.headStart = start;
    into.headEnd = headerEnd;
    into.restStart = restStart;
  }
  return into.headEnd - into.headStart + into.restEnd - into.restStart;
}

/** Writes the header with another delivery-count; a redelivery has no first acquirer any more. */
function rewriteHeader(
  buffer: Buffer,
  start: number,
  end: number,
  attempts: number,
  into: Buffer,
): number {
  let durable = -1;
  let priority = -1;
  let ttl = -1;
  let firstAcquirer = -1;
  if (start !== -1) {
    cursor.open(buffer, start, end, 'header', HEADER_FIELDS);
    durable = cursor.maybeBoolean();
    priority = cursor.ubyte();
    ttl = cursor.uint();
    firstAcquirer = cursor.maybeBoolean();
  }
  into[0] = 0;
  into[1] = 0x53;
  into[2] = HEADER;
  into[3] = 0xc0;
  let at = writeMaybeBoolean(into, 6, durable);
  if (priority === -1) {
    into[at++] = 0x40;
  } else {
    into[at++] = 0x50;
    into[at++] = priority;
  }
  if (ttl === -1) into[at++] = 0x40;
  else at = writeUint(into, at, ttl);
  at = writeMaybeBoolean(into, at, attempts > 0 && firstAcquirer === 1 ? 0 : firstAcquirer);
  at = writeUint(into, at, attempts);
  into[4] = at - 5;
  into[5] = HEADER_FIELDS;
  return at;
}

function writeMaybeBoolean(buffer: Buffer, at: number, value: number): number {
  buffer[at] = value === -1 ? 0x40 : value === 1 ? 0x41 : 0x42;
  return at + 1;
}

/**
 * Copies `count` bytes of a planned message from its byte `from` on, as frames cut it.
 *
 * @returns where the next bytes go
 */
export function copyDelivery(
  plan: DeliveryPlan,
  from: number,
  count: number,
  buffer: Buffer,
  at: number,
): number {
  const headBytes = plan.headEnd - plan.headStart;
  let next = at;
  let left = count;
  let restStart = plan.restStart + from - headBytes;
  if (from < headBytes) {
    const headStart = plan.headStart + from;
    const taken = Math.min(left, headBytes - from);
    plan.head.copy(buffer, next, headStart, headStart + taken);
    next += taken;
    left -= taken;
    restStart = plan.restStart;
  }
  if (left > 0) plan.rest.copy(buffer, next, restStart, restStart + left);
  return next + left;
}
