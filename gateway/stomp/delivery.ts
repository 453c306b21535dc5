// Writes the MESSAGE frames of one subscription into the connection's output: our own headers in
// front, then the message as it lies. [STOMP 1.2 MESSAGE]
//
//     MESSAGE\n subscription:7\n message-id:ID\cnode\c 42 \n ack:3-16 \n priority:4 … timestamp: … \n
//     ╰───────── made once per subscription ─────────╯ ╰──── digits and constants, per message ────╯
//     destination:/queue/a\n … \n hello \0
//     ╰──── one copy, as it lies ─────╯
//
// A message of another protocol is encoded first; its id and destination then are in its own lines.
// What few deliveries have (attempts, the broker's notes) stands between, spelled when needed.

import { type Address, isTopic, type Message, Note, parseAddress } from '#broker';
import type { Output } from '../output.ts';
import { formatDestination } from './destination.ts';
import type { Encodings } from './encodings.ts';
import {
  encodeTransformed,
  escapedStompFormat,
  type Renamer,
  respell,
  stompFormat,
} from './message.ts';
import { propertyText } from './rendering.ts';
import { type Version, writeSpelling } from './spelling.ts';
import type { Temporaries } from './temporaries.ts';

const ACK: Buffer = Buffer.from('\nack:');
const ORDINARY: Buffer = Buffer.from('\npriority:4\nexpires:0\ntimestamp:');
const PRIORITY: Buffer = Buffer.from('\npriority:');
const EXPIRES: Buffer = Buffer.from('\nexpires:');
const TIMESTAMP: Buffer = Buffer.from('\ntimestamp:');
const PERSISTENT: Buffer = Buffer.from('\npersistent:true');
const PRIORITY_DEFAULT = 4;
const LF = 10;
const DASH = 0x2d;
const NUL = 0;
/** More than the constants above and six numbers need. */
const ROOM_BYTES = 256;

/** What is the same in all MESSAGE frames of a subscription. */
export interface DeliveryOptions {
  readonly version: Version;
  /** What was subscribed to; a message may have come through a pattern. */
  readonly address: Address;
  /** The client's name of the subscription; 1.0 can do without. */
  readonly subscriptionId: string | undefined;
  readonly nodeId: string;
  /** What `ack` headers call the subscription; 0: they are left out. */
  readonly ackNumber: number;
  /** How maps and objects are to be shown. */
  readonly transformation: string | undefined;
  readonly temporaries: Temporaries;
  readonly encodings: Encodings;
}

export class DeliveryWriter {
  readonly #output: Output;
  readonly #version: Version;
  readonly #ackNumber: number;
  readonly #idPrefix: string;
  readonly #address: Address;
  readonly #opening: string;
  /** The opening with what all ids of this broker begin with. */
  readonly #openingOwn: Buffer;
  readonly #transformation: string | undefined;
  readonly #temporaries: Temporaries;
  /** A queue's message goes to one consumer, so nothing is kept of it. */
  readonly #encodings: Encodings | undefined;
  readonly #rename: Renamer;

  constructor(output: Output, options: DeliveryOptions) {
    const { version, subscriptionId } = options;
    this.#output = output;
    this.#version = version;
    this.#ackNumber = options.ackNumber;
    this.#transformation = options.transformation;
    this.#temporaries = options.temporaries;
    this.#encodings = isTopic(options.address) ? options.encodings : undefined;
    this.#rename = (name, value) =>
      name === 'destination' || name === 'reply-to' ? this.#temporaries.localName(value) : value;
    this.#idPrefix = `ID:${options.nodeId}:`;
    this.#address = options.address;
    this.#opening =
      subscriptionId === undefined
        ? 'MESSAGE'
        : `MESSAGE${this.#line('subscription', subscriptionId)}`;
    this.#openingOwn = Buffer.from(this.#opening + this.#line('message-id', this.#idPrefix));
  }

  /** What the message is called: the sender's id if its protocol has one, else ours. */
  messageIdOf(message: Message): string {
    const own = message.format === stompFormat || message.format === escapedStompFormat;
    const said = own ? undefined : message.view().messageId;
    return said ?? `${this.#idPrefix}${message.serial}`;
  }

  /**
   * Writes one MESSAGE.
   *
   * @param entry - for the `ack` header
   * @param alias - a `message-id` to use instead of the message's own
   */
  write(message: Message, entry: number, attempts: number, first: boolean, alias?: string): void {
    const { format, slab, start, end } = message;
    const asIs =
      (format === stompFormat || (format === escapedStompFormat && this.#version === '1.2')) &&
      this.#transformation === undefined &&
      this.#temporaries.none;
    const ordinary = attempts === 0 && !first && message.notes === undefined;
    const more = ordinary ? undefined : this.#moreLines(message, attempts, first);
    if (asIs && alias === undefined) {
      const own = this.#openingOwn;
      const bytes = own.length + end - start + ROOM_BYTES + (more?.length ?? 0);
      const front = this.#output.reserve(bytes);
      // The buffer is another one after `reserve`.
      const { buffer } = this.#output;
      const at = putNumber(buffer, put(buffer, front, own), message.serial);
      this.#finish(at, message, message.sentAt, entry, more, slab, start, end);
    } else {
      this.#writeOther(message, entry, more, alias);
    }
  }

  /** Says that a browser has seen all there was. [dialect: SUBSCRIBE browser] */
  writeEnd(): void {
    const destination = this.#line('destination', formatDestination(this.#address));
    this.#output.write(
      Buffer.from(
        `${this.#opening}${this.#line('message-id', '0')}${destination}\nbrowser:end\n\n\0`,
      ),
    );
  }

  #writeOther(message: Message, entry: number, more: Buffer | undefined, alias?: string): void {
    const { format } = message;
    const own = format === stompFormat || format === escapedStompFormat;
    const view = own && this.#transformation === undefined ? undefined : message.view();
    const rename = this.#temporaries.none ? undefined : this.#rename;
    const bytes = respell(this.#bytesOf(message), this.#version, rename);
    let opening = this.#opening;
    const said = own ? undefined : view?.messageId;
    if (alias !== undefined || said === undefined) {
      opening += this.#line('message-id', alias ?? this.messageIdOf(message));
    }
    if (!own && view?.destination === undefined) {
      const destination = formatDestination(message.destination ?? this.#address);
      opening += this.#line('destination', this.#temporaries.localName(destination));
    }
    const front = Buffer.from(opening);
    const room = front.length + bytes.length + ROOM_BYTES + (more?.length ?? 0);
    const start = this.#output.reserve(room);
    const at = put(this.#output.buffer, start, front);
    const sentAt = own ? message.sentAt : (view?.timestamp ?? message.sentAt);
    this.#finish(at, message, sentAt, entry, more, bytes, 0, bytes.length);
  }

  #bytesOf(message: Message): Buffer {
    const asked = this.#transformation;
    const transformed = asked === undefined ? undefined : encodeTransformed(message.view(), asked);
    if (transformed !== undefined) return transformed;
    const { format } = message;
    if (format === stompFormat || format === escapedStompFormat) return message.bytes();
    return this.#encodings?.of(message) ?? message.as(stompFormat);
  }

  /** What few deliveries have. The first of equal headers counts, so the broker's notes win. */
  #moreLines(message: Message, attempts: number, first: boolean): Buffer {
    let lines = '';
    if (attempts > 0) {
      lines += `\nredelivered:true\nJMSXDeliveryCount:${attempts + 1}`;
    }
    if (first) lines += '\nJMSXGroupFirstForConsumer:true';
    for (const [name, value] of message.notes ?? []) {
      lines += this.#line(name, propertyText(value));
      const origin = name === Note.origin ? parseAddress(propertyText(value)) : undefined;
      if (origin !== undefined) {
        lines += this.#line('original-destination', formatDestination(origin));
      }
    }
    return Buffer.from(lines);
  }

  /** Writes everything that follows the opening. Hot: eight plain arguments, no object. */
  #finish(
    from: number,
    message: Message,
    sentAt: number,
    entry: number,
    more: Buffer | undefined,
    slab: Buffer,
    start: number,
    end: number,
  ): void {
    const { buffer } = this.#output;
    let at = from;
    if (this.#ackNumber !== 0) {
      at = putNumber(buffer, put(buffer, at, ACK), this.#ackNumber);
      buffer[at++] = DASH;
      at = putNumber(buffer, at, entry);
    }
    if (message.priority === PRIORITY_DEFAULT && message.expiresAt === 0) {
      at = put(buffer, at, ORDINARY);
    } else {
      at = putNumber(buffer, put(buffer, at, PRIORITY), message.priority);
      at = putNumber(buffer, put(buffer, at, EXPIRES), message.expiresAt);
      at = put(buffer, at, TIMESTAMP);
    }
    at = putTime(buffer, at, sentAt);
    if (more !== undefined) at = put(buffer, at, more);
    if (message.persistent) at = put(buffer, at, PERSISTENT);
    buffer[at++] = LF;
    slab.copy(buffer, at, start, end);
    at += end - start;
    buffer[at++] = NUL;
    this.#output.length = at;
  }

  #line(name: string, value: string): string {
    return `\n${name}:${writeSpelling(value, this.#version)}`;
  }
}

function put(buffer: Buffer, at: number, bytes: Buffer): number {
  buffer.set(bytes, at);
  return at + bytes.length;
}

/** Writes a whole number of at most 53 bits. */
function putNumber(buffer: Buffer, start: number, number: number): number {
  let digits = 1;
  for (let bound = 10; bound <= number; bound *= 10) digits++;
  const end = start + digits;
  let rest = number;
  for (let at = end - 1; at >= start; at--) {
    const next = Math.floor(rest / 10);
    buffer[at] = 0x30 + (rest - next * 10);
    rest = next;
  }
  return end;
}

let lastTime = 0;
let lastTimeDigits = 0;
const lastTimeText: Buffer = Buffer.alloc(24);

/** Hot: messages come many to a millisecond, and thirteen divisions cost more than a copy. */
function putTime(buffer: Buffer, start: number, time: number): number {
  if (time !== lastTime || lastTimeDigits === 0) {
    lastTime = time;
    lastTimeDigits = putNumber(lastTimeText, 0, time);
  }
  for (let at = 0; at < lastTimeDigits; at++) buffer[start + at] = lastTimeText[at] as number;
  return start + lastTimeDigits;
}
