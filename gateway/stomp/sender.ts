// SEND: from a frame to a message in the broker. [STOMP 1.2 SEND]
//
// The hot way makes no string and copies no body: headers are told apart by their bytes, the
// destination is compared with the last ones, and the message keeps lying where the socket put it.
// Lines that must not travel on are closed up in place:
//
//     receipt:7\n destination:/queue/a\n persistent:true\n \n hello     as it came
//                              destination:/queue/a\n \n hello          as it stays
//                              ▲ start

import { type Connection, type Host, Message, type MessageHeader, type Producer } from '#broker';
import { resolveDestination } from './destination.ts';
import { malformed, unexpected, unsupported } from './errors.ts';
import { DROPPED, type Frame, Mark, readDigits } from './frame.ts';
import { escapedStompFormat, stompFormat } from './message.ts';
import { Header, UNKNOWN } from './names.ts';
import type { Receipts } from './receipts.ts';
import { type Version, writeSpelling } from './spelling.ts';

const LF = 10;
const SPACE = 0x20;
const PRIORITY_MAX = 9;
const PRIORITY_DEFAULT = 4;
/** A power of two. */
const PRODUCERS_MAX = 16;
const TEMPORARY = /^\/(remote-)?temp-(queue|topic)\//;

interface KnownProducer {
  /** The destination header's value as it came. */
  readonly raw: Buffer;
  readonly producer: Producer;
}

export class Sender {
  readonly #host: Host;
  readonly #connection: Connection;
  readonly #version: Version;
  readonly #receipts: Receipts;
  readonly #known: (KnownProducer | undefined)[] = new Array(PRODUCERS_MAX).fill(undefined);
  /** What the headers of the current frame said. */
  readonly #header: { -readonly [K in keyof MessageHeader]: MessageHeader[K] } = {
    persistent: false,
    priority: PRIORITY_DEFAULT,
    expiresAt: 0,
  };
  #destination = -1;
  #timestamp = 0;
  #dropped = false;
  #padded = false;

  constructor(host: Host, connection: Connection, version: Version, receipts: Receipts) {
    this.#host = host;
    this.#connection = connection;
    this.#version = version;
    this.#receipts = receipts;
  }

  /** Sends the frame's message; returns the position at which it is safe, 0 for at once. */
  send(frame: Frame): number {
    this.#readHeaders(frame);
    const producer = this.#producerFor(frame);
    const message = this.#messageOf(frame);
    message.sentAt = this.#timestamp;
    return producer.send(message);
  }

  #readHeaders(frame: Frame): void {
    const header = this.#header;
    header.persistent = false;
    header.priority = PRIORITY_DEFAULT;
    header.expiresAt = 0;
    this.#destination = -1;
    this.#timestamp = 0;
    this.#dropped = false;
    this.#padded = false;
    let seen = 0;
    for (let index = 0; index < frame.count; index++) {
      if (this.#version === '1.0' && isPadded(frame, index)) this.#padded = true;
      const code = frame.codeAt(index);
      if (code === UNKNOWN) continue;
      if ((seen & (1 << code)) !== 0) {
        // Repeated: only the first counts.
        this.#drop(frame, index);
        continue;
      }
      seen |= 1 << code;
      this.#readHeader(frame, index, code);
    }
    if (this.#destination < 0) throw unexpected("expected header 'destination' on SEND, got none");
  }

  #readHeader(frame: Frame, index: number, code: number): void {
    switch (code) {
      case Header.destination:
        this.#destination = index;
        return;
      case Header.receipt:
        this.#receipts.note(frame, index);
        break;
      case Header.persistent:
        this.#header.persistent = isTrue(frame, index);
        break;
      case Header.priority:
        this.#header.priority = Math.min(this.#numberOf(frame, index, 'priority'), PRIORITY_MAX);
        break;
      case Header.expires:
        this.#header.expiresAt = this.#arrival(this.#numberOf(frame, index, 'expires'));
        break;
      case Header.timestamp:
        this.#timestamp = this.#numberOf(frame, index, 'timestamp');
        break;
      case Header['message-id']:
      case Header.subscription:
      case Header.redelivered:
      case Header.ack:
      case Header['receipt-id']:
      case Header.JMSXUserID:
        // The broker's to say, not the sender's.
        break;
      case Header['reply-to']:
        this.#checkReplyTo(frame, index);
        return;
      case Header.transaction:
      case Header.transformation:
      case Header.AMQ_SCHEDULED_DELAY:
      case Header.AMQ_SCHEDULED_PERIOD:
      case Header.AMQ_SCHEDULED_REPEAT:
      case Header.AMQ_SCHEDULED_CRON:
        throw unsupported(`header '${frame.name(index, this.#version)}' on SEND`);
      default:
        return;
    }
    this.#drop(frame, index);
  }

  #drop(frame: Frame, index: number): void {
    frame.drop(index);
    this.#dropped = true;
  }

  #numberOf(frame: Frame, index: number, name: string): number {
    const direct = readDigits(frame.buffer, frame.colonAt(index) + 1, frame.endAt(index));
    if (direct >= 0) return direct;
    const text = frame.value(index, this.#version);
    if (this.#version === '1.0' && /^\d{1,15}$/.test(text)) return Number(text);
    throw malformed(`expected header '${name}' as a number, got '${text}'`);
  }

  /** A point in time that the client said, in message time; 0 stays 0, which is never. */
  #arrival(atMs: number): number {
    return atMs === 0 ? 0 : Math.max(1, atMs + this.#host.arrivalShiftMs());
  }

  #checkReplyTo(frame: Frame, index: number): void {
    const text = frame.value(index, this.#version);
    if (TEMPORARY.test(text)) throw unsupported(`reply-to '${text}' (temporary destinations)`);
  }

  #producerFor(frame: Frame): Producer {
    const index = this.#destination;
    const { buffer } = frame;
    const start = frame.colonAt(index) + 1;
    const end = frame.endAt(index);
    const slot = (end - start + (buffer[end - 1] as number)) & (PRODUCERS_MAX - 1);
    const known = this.#known[slot];
    if (known !== undefined && isSame(known.raw, buffer, start, end)) return known.producer;
    const address = resolveDestination(frame.value(index, this.#version));
    const producer = this.#connection.openProducer(address);
    this.#known[slot] = { raw: Buffer.from(buffer.subarray(start, end)), producer };
    return producer;
  }

  #messageOf(frame: Frame): Message {
    const escaped = (frame.marks & Mark.escape) !== 0;
    const stray = (frame.marks & Mark.strayCr) !== 0;
    if (this.#padded || stray || (escaped && this.#version === '1.0')) return this.#rewrite(frame);
    if (escaped) checkEscapes(frame, this.#version);
    const format = escaped ? escapedStompFormat : stompFormat;
    const whole = !this.#dropped && (frame.marks & Mark.crlf) === 0;
    const start = whole ? frame.headersStart : closeUp(frame);
    return new Message(format, this.#header, frame.buffer, start, frame.bodyEnd, frame.borrowed);
  }

  /** Spells the header lines anew, as in 1.2. Rare: only what the old versions allowed. */
  #rewrite(frame: Frame): Message {
    let head = '';
    for (let index = 0; index < frame.count; index++) {
      if (frame.codeAt(index) === DROPPED) continue;
      const name = writeSpelling(frame.name(index, this.#version), '1.2');
      head += `${name}:${writeSpelling(frame.value(index, this.#version), '1.2')}\n`;
    }
    const bytes = Buffer.concat([Buffer.from(`${head}\n`), frame.body()]);
    const format = head.includes('\\') ? escapedStompFormat : stompFormat;
    return new Message(format, this.#header, bytes, 0, bytes.length, false);
  }
}

/**
 * Moves the lines that stay towards the body, over those that go and over CRs; returns where they
 * now begin. Hot: a new buffer for each SEND with a receipt would copy the body for a few bytes.
 */
function closeUp(frame: Frame): number {
  const { buffer } = frame;
  let start = frame.bodyStart - 1;
  buffer[start] = LF;
  for (let index = frame.count - 1; index >= 0; index--) {
    if (frame.codeAt(index) === DROPPED) continue;
    const name = frame.nameAt(index);
    const end = frame.endAt(index);
    buffer[start - 1] = LF;
    start -= end - name + 1;
    if (start !== name) buffer.copyWithin(start, name, end);
  }
  return start;
}

function checkEscapes(frame: Frame, version: Version): void {
  for (let index = 0; index < frame.count; index++) {
    frame.name(index, version);
    frame.value(index, version);
  }
}

function isTrue(frame: Frame, index: number): boolean {
  const { buffer } = frame;
  const start = frame.colonAt(index) + 1;
  const bytes = buffer.subarray(start, frame.endAt(index));
  return bytes.toString('latin1').trim().toLowerCase() === 'true';
}

function isSame(known: Buffer, buffer: Buffer, start: number, end: number): boolean {
  if (known.length !== end - start) return false;
  for (let at = 0; at < known.length; at++) if (known[at] !== buffer[start + at]) return false;
  return true;
}

function isPadded(frame: Frame, index: number): boolean {
  const { buffer } = frame;
  return (
    (buffer[frame.nameAt(index)] as number) <= SPACE ||
    (buffer[frame.colonAt(index) - 1] as number) <= SPACE ||
    (buffer[frame.colonAt(index) + 1] as number) <= SPACE ||
    (buffer[frame.endAt(index) - 1] as number) <= SPACE
  );
}
