// What the headers of a SEND ask of the broker. Lines that are the broker's business are marked to go;
// all others stay with the message as they are. [STOMP 1.2 SEND]
//
// One object per connection, filled anew for each frame. Hot: no string is made of what a plain
// message has.

import type { MessageHeader, Repeat } from '#broker';
import { malformed, unexpected, unsupported } from './errors.ts';
import { type Frame, Mark, readDigits } from './frame.ts';
import { Header, LAST_OF_SEND } from './names.ts';
import type { Receipts } from './receipts.ts';
import type { Version } from './spelling.ts';

const SPACE = 0x20;
const PRIORITY_MAX = 9;
const PRIORITY_DEFAULT = 4;
const INT_MIN = -(2 ** 31);
const INT_MAX = 2 ** 31 - 1;

/** What time it is for messages. */
export interface Clock {
  /** Message time. */
  readonly nowMs: () => number;
  /** What a client's point in time lacks of message time. */
  readonly shiftMs: () => number;
}

export class SendHeader implements MessageHeader {
  persistent = false;
  priority: number = PRIORITY_DEFAULT;
  expiresAt = 0;
  deliverAt = 0;
  group: string | undefined = undefined;
  groupSequence = 0;
  duplicateId: string | undefined = undefined;
  repeat: Repeat | undefined = undefined;
  /** Which header is the destination. */
  destination = -1;
  /** Which header is a `reply-to` that others know by another name; -1: none. */
  replyTo = -1;
  /** Which header is `transformation`; -1: none. */
  transformation = -1;
  /** When the sender says that it was sent; 0: it does not. */
  timestamp = 0;
  transaction: string | undefined = undefined;
  /** ANYCAST or MULTICAST. */
  destinationType: string | undefined = undefined;
  /** Some line goes. */
  dropped = false;
  /** Some line is padded with white space, which 1.0 does not count. */
  padded = false;
  readonly #version: Version;
  readonly #receipts: Receipts;
  readonly #clock: Clock;
  #delayMs = 0;
  #timed = false;
  #periodMs = 0;
  #times = 0;

  constructor(version: Version, receipts: Receipts, clock: Clock) {
    this.#version = version;
    this.#receipts = receipts;
    this.#clock = clock;
  }

  /** @throws {StompError} for what is wrong, missing or not supported */
  read(frame: Frame): void {
    this.#reset();
    const old = this.#version === '1.0';
    let seen = 0;
    for (let index = 0; index < frame.count; index++) {
      if (old && isPadded(frame, index)) this.padded = true;
      const code = frame.codeAt(index);
      if (code < 0 || code > LAST_OF_SEND) continue;
      if ((seen & (1 << code)) !== 0) {
        // Repeated: only the first counts.
        this.#drop(frame, index);
        continue;
      }
      seen |= 1 << code;
      this.#readHeader(frame, index, code);
    }
    if (this.destination < 0) throw unexpected("expected header 'destination' on SEND, got none");
    if (this.#timed) this.#schedule();
  }

  #reset(): void {
    this.persistent = false;
    this.priority = PRIORITY_DEFAULT;
    this.expiresAt = 0;
    this.deliverAt = 0;
    this.group = undefined;
    this.groupSequence = 0;
    this.duplicateId = undefined;
    this.repeat = undefined;
    this.destination = -1;
    this.replyTo = -1;
    this.transformation = -1;
    this.timestamp = 0;
    this.transaction = undefined;
    this.destinationType = undefined;
    this.dropped = false;
    this.padded = false;
    this.#timed = false;
  }

  #readHeader(frame: Frame, index: number, code: number): void {
    switch (code) {
      case Header['content-length']:
        return;
      case Header.destination:
        this.destination = index;
        return;
      case Header['reply-to']:
        if (this.#text(frame, index).startsWith('/temp-')) this.replyTo = index;
        return;
      case Header.transformation:
        this.transformation = index;
        return;
      case Header.JMSXGroupID:
        this.group = this.#text(frame, index) || undefined;
        return;
      case Header.JMSXGroupSeq:
        this.groupSequence = this.#integer(frame, index, INT_MIN, INT_MAX);
        return;
      case Header._AMQ_DUPL_ID:
        this.duplicateId = this.#text(frame, index);
        return;
      case Header.receipt:
        this.#receipts.note(frame, index);
        break;
      case Header.persistent:
        this.persistent = isTrue(frame, index);
        break;
      case Header.priority:
        this.priority = Math.min(this.#count(frame, index), PRIORITY_MAX);
        break;
      case Header.expires:
        // A time to live wins over a time of death.
        if (this.expiresAt === 0) this.expiresAt = this.#arrival(this.#count(frame, index));
        break;
      case Header.expiration:
        this.expiresAt = this.#clock.nowMs() + this.#count(frame, index);
        break;
      case Header.timestamp:
        this.timestamp = this.#count(frame, index);
        break;
      case Header.transaction:
        this.transaction = this.#text(frame, index);
        break;
      case Header['destination-type']:
        this.destinationType = this.#text(frame, index);
        break;
      default:
        // The broker's to say, not the sender's; or about time.
        if (code >= Header.AMQ_SCHEDULED_DELAY) this.#readTime(frame, index, code);
    }
    this.#drop(frame, index);
  }

  #readTime(frame: Frame, index: number, code: number): void {
    if (!this.#timed) {
      this.#timed = true;
      this.#delayMs = 0;
      this.#periodMs = 0;
      this.#times = 0;
    }
    switch (code) {
      case Header.AMQ_SCHEDULED_DELAY:
        this.#delayMs = this.#count(frame, index);
        return;
      case Header.AMQ_SCHEDULED_PERIOD:
        this.#periodMs = this.#count(frame, index);
        return;
      case Header.AMQ_SCHEDULED_REPEAT:
        this.#times = this.#integer(frame, index, -1, INT_MAX);
        return;
      case Header.AMQ_SCHEDULED_TIME:
        this.deliverAt = this.#arrival(this.#count(frame, index));
        return;
      default:
        throw unsupported(`header '${frame.name(index, this.#version)}' on SEND`);
    }
  }

  /** As in ActiveMQ: a period without a delay is also the delay. */
  #schedule(): void {
    if (this.#times !== 0 && this.#periodMs === 0) {
      throw malformed('expected AMQ_SCHEDULED_PERIOD of 1 ms or more with AMQ_SCHEDULED_REPEAT');
    }
    const delayMs = this.#delayMs > 0 ? this.#delayMs : this.#periodMs;
    if (delayMs > 0) this.deliverAt = this.#clock.nowMs() + delayMs;
    if (this.#times !== 0) this.repeat = { periodMs: this.#periodMs, times: this.#times };
  }

  /** A point in time that the client said, in message time; 0 stays 0, which is never. */
  #arrival(atMs: number): number {
    return atMs === 0 ? 0 : Math.max(1, atMs + this.#clock.shiftMs());
  }

  #drop(frame: Frame, index: number): void {
    frame.drop(index);
    this.dropped = true;
  }

  #text(frame: Frame, index: number): string {
    return frame.value(index, this.#version);
  }

  #count(frame: Frame, index: number): number {
    const direct = readDigits(frame.buffer, frame.colonAt(index) + 1, frame.endAt(index));
    if (direct >= 0) return direct;
    const text = this.#text(frame, index);
    if (this.#version === '1.0' && /^\d{1,15}$/.test(text)) return Number(text);
    throw this.#noNumber(frame, index, 'a number');
  }

  #integer(frame: Frame, index: number, min: number, max: number): number {
    const text = this.#text(frame, index);
    const value = Number(text);
    if (/^-?\d{1,15}$/.test(text) && value >= min && value <= max) return value;
    throw this.#noNumber(frame, index, `a number from ${min} to ${max}`);
  }

  #noNumber(frame: Frame, index: number, expected: string): Error {
    const name = frame.name(index, this.#version);
    return malformed(`expected header '${name}' as ${expected}, got '${this.#text(frame, index)}'`);
  }
}

/** True if no line of the frame needs to be spelled anew. */
export function isPlain(frame: Frame, version: Version): boolean {
  const { marks } = frame;
  return (marks & Mark.strayCr) === 0 && ((marks & Mark.escape) === 0 || version !== '1.0');
}

function isTrue(frame: Frame, index: number): boolean {
  const { buffer } = frame;
  const start = frame.colonAt(index) + 1;
  const bytes = buffer.subarray(start, frame.endAt(index));
  return bytes.toString('latin1').trim().toLowerCase() === 'true';
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
