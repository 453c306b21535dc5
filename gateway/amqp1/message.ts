// What routing needs of an AMQP 1.0 message, found by a fast walk over its sections. [AMQP 3.2]
//
// What changes on the way out is in `delivery-plan.ts`, what a message means for JMS in
// `message-view.ts`, its way back in `message-encode.ts`.
// Invariant: a message that passed `scanMessage` can be walked over without errors ever after.

import type { MessageHeader, WireFormat } from '#broker';
import { Decoder, readUtf8 } from './decoder.ts';
import { DECODE_ERROR, ProtocolError } from './errors.ts';
import type { NamedAddress } from './jms-address.ts';
import { addressOf, annotationsOf, TO_KIND } from './jms-address.ts';
import { ListCursor } from './list-cursor.ts';
import { MapCursor } from './map-cursor.ts';
import { encodeMessage } from './message-encode.ts';
import { viewMessage } from './message-view.ts';
import {
  APPLICATION_PROPERTIES,
  HEADER,
  MESSAGE_ANNOTATIONS,
  PROPERTIES,
  SectionWalk,
} from './section.ts';
import type { Value } from './types.ts';

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
  /** Epoch ms; 0: at once. [JMS mapping WD10, x-opt-delivery-time] */
  deliverAt = 0;
  /** That was a point in time of the sender's clock, not a delay. */
  deliverAtSaid = false;
  group: string | undefined = undefined;
  groupSequence = 0;
  /** What other brokers' clients mark a message with that must not come twice. */
  duplicateId: string | undefined = undefined;
  /** The map of message annotations begins here; -1: none. */
  annotationsStart = -1;
  annotationsEnd = -1;
  /** The text of `to` is `[toStart…toEnd)`; -1: none. */
  toStart = -1;
  toEnd = -1;
}

const cursor = new ListCursor();
const map = new MapCursor();
const walk = new SectionWalk();
const HEADER_FIELDS = 5;
const PROPERTIES_FIELDS = 13;
const PRIORITY_MAX = 9;
const DELIVERY_TIME: Buffer = Buffer.from('x-opt-delivery-time');
const DELIVERY_DELAY: Buffer = Buffer.from('x-opt-delivery-delay');
const DUPLICATE_ID: Buffer = Buffer.from('_AMQ_DUPL_ID');

/**
 * Walks over the sections of a whole message and checks their order and outer shape. What is
 * inside the body stays unread.
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
  into.deliverAt = 0;
  into.deliverAtSaid = false;
  into.group = undefined;
  into.groupSequence = 0;
  into.duplicateId = undefined;
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
        scanAnnotations(buffer, nowMs, into);
      } else if (walk.code === APPLICATION_PROPERTIES) {
        scanApplication(buffer, into);
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
  cursor.skip();
  into.group = cursor.string();
  // JMS has an int here; the mapping keeps the 32 bits and not the number.
  if (into.group !== undefined) into.groupSequence = Math.max(0, cursor.uint()) | 0;
  cursor.close();
}

/** Hot: JMS clients send two or three annotations with every message. */
function scanAnnotations(buffer: Buffer, nowMs: number, into: MessageScan): void {
  map.open(buffer, walk.valueStart, walk.end);
  while (map.next()) {
    if (map.keyLength < DELIVERY_TIME.length) continue;
    if (map.keyIs(DELIVERY_TIME)) {
      into.deliverAt = number(map.value());
      into.deliverAtSaid = into.deliverAt !== 0;
    } else if (map.keyIs(DELIVERY_DELAY) && into.deliverAt === 0) {
      const delay = number(map.value());
      if (delay > 0) into.deliverAt = nowMs + delay;
    }
  }
}

function scanApplication(buffer: Buffer, into: MessageScan): void {
  map.open(buffer, walk.valueStart, walk.end);
  while (map.next()) {
    if (!map.keyIs(DUPLICATE_ID)) continue;
    const { value } = map.value();
    into.duplicateId = Buffer.isBuffer(value) ? value.toString('hex') : String(value);
  }
}

/** A time or a span in any type of integer; 0 for anything else. */
function number({ value }: Value): number {
  const read = typeof value === 'bigint' ? Number(value) : value;
  return typeof read === 'number' && read > 0 ? read : 0;
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
