// The little that changes of a message on the way out. The bare message and the footer pass bit for
// bit, except that a dead letter tells where it came from. [AMQP 3.2]
//
//     ┌────────┬──────────────┬─────────────┬────────────┬─────────────┬──────┬────────┐
//     │ header │ delivery     │ message     │ properties │ application │ body │ footer │
//     │        │ annotations  │ annotations │            │ properties  │      │        │
//     └────────┴──────────────┴─────────────┴────────────┴─────────────┴──────┴────────┘
//       maybe    dropped here   └────────────────── passes untouched ───────────────┘
//       rewritten
//
// A plan names pieces and copies nothing; frames are cut from it.

import type { Message } from '#broker';
import { skipValue } from './decoder.ts';
import { readDescriptor } from './descriptor.ts';
import { writeUint } from './frame.ts';
import { ListCursor, skipDescriptor } from './list-cursor.ts';
import { amqp1 } from './message.ts';
import { withNotes } from './message-notes.ts';
import { DELIVERY_ANNOTATIONS, HEADER } from './section.ts';

const cursor = new ListCursor();
const HEADER_FIELDS = 5;

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
 * Plans what a consumer gets: the message with `header.delivery-count` equal to `attempts`, with
 * what is left of its `ttl`, and without the delivery annotations of the hop before [AMQP 3.2.1,
 * 3.2.2]; a message of another format is encoded. Good until the turn ends.
 *
 * @param attempts - earlier deliveries that failed
 * @param nowMs - message time
 * @returns bytes of the outgoing message
 */
export function planDelivery(
  message: Message,
  attempts: number,
  nowMs: number,
  into: DeliveryPlan,
): number {
  const own = message.format === amqp1 && message.notes === undefined;
  const buffer = own ? message.slab : translated(message);
  const start = own ? message.start : 0;
  const end = own ? message.end : buffer.length;
  let deliveryCount = 0;
  let ttl = 0;
  let headerEnd = start;
  let headerStart = -1;
  if (readDescriptor(buffer, start, end) === HEADER) {
    headerStart = skipDescriptor(buffer, start, end);
    cursor.open(buffer, headerStart, end, 'header', HEADER_FIELDS);
    headerEnd = cursor.end;
    cursor.skip();
    cursor.skip();
    ttl = Math.max(0, cursor.uint());
    cursor.skip();
    deliveryCount = Math.max(0, cursor.uint());
  }
  const left = ttlLeft(ttl, message.expiresAt, nowMs);
  let restStart = headerEnd;
  if (readDescriptor(buffer, headerEnd, end) === DELIVERY_ANNOTATIONS) {
    restStart = skipValue(buffer, skipDescriptor(buffer, headerEnd, end), end);
  }
  into.rest = buffer;
  into.restEnd = end;
  if (deliveryCount !== attempts || left !== ttl) {
    into.head = into.scratch;
    into.headStart = 0;
    into.headEnd = rewriteHeader(buffer, headerStart, headerEnd, attempts, left, into.scratch);
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

/** What a message of another format, or with notes of the broker, looks like here. */
function translated(message: Message): Buffer {
  if (message.format !== amqp1) return message.as(amqp1);
  return withNotes(message.bytes(), message.notes ?? new Map());
}

/** The ttl runs down while a message waits. A dead letter has none any more. [AMQP 3.2.1] */
function ttlLeft(ttl: number, expiresAt: number, nowMs: number): number {
  if (ttl === 0 || expiresAt === 0) return 0;
  return Math.min(ttl, Math.max(1, Math.ceil(expiresAt - nowMs)));
}

/** Writes the header with another delivery-count; a redelivery has no first acquirer any more. */
function rewriteHeader(
  buffer: Buffer,
  start: number,
  end: number,
  attempts: number,
  ttl: number,
  into: Buffer,
): number {
  let durable = -1;
  let priority = -1;
  let firstAcquirer = -1;
  if (start !== -1) {
    cursor.open(buffer, start, end, 'header', HEADER_FIELDS);
    durable = cursor.maybeBoolean();
    priority = cursor.ubyte();
    cursor.skip();
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
  if (ttl === 0) into[at++] = 0x40;
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
