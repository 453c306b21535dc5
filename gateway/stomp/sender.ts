// SEND: from a frame to a message in the broker. [STOMP 1.2 SEND]
//
// The hot way makes no string and copies no body: headers are told apart by their bytes, the
// destination is compared with the last ones, and the message keeps lying where the socket put it.
// Lines that must not travel on are closed up in place:
//
//     receipt:7\n destination:/queue/a\n persistent:true\n \n hello     as it came
//                              destination:/queue/a\n \n hello          as it stays
//                              ▲ start

import { BrokerError, type Connection, Message, type Producer, type ProducerSink } from '#broker';
import { formatDestination, resolveDestination } from './destination.ts';
import { DROPPED, type Frame, Mark } from './frame.ts';
import { escapedStompFormat, stompFormat } from './message.ts';
import type { Receipts } from './receipts.ts';
import { type Clock, isPlain, SendHeader } from './send-header.ts';
import { type Version, writeSpelling } from './spelling.ts';
import type { Temporaries } from './temporaries.ts';
import type { Transactions } from './transactions.ts';
import { checkTransformation } from './transformation.ts';

const LF = 10;
/** A power of two. */
const PRODUCERS_MAX = 16;

interface KnownProducer {
  /** The destination header's value as it came. */
  readonly raw: Buffer;
  readonly producer: Producer;
  /** How others know the destination, if they know it otherwise. */
  readonly spelling: string | undefined;
}

export interface SenderOptions {
  readonly connection: Connection;
  readonly version: Version;
  readonly receipts: Receipts;
  readonly temporaries: Temporaries;
  readonly transactions: Transactions;
  readonly clock: Clock;
  /** A destination that was full has room again. */
  readonly room: () => void;
}

/** What {@link Sender.send} answers when the frame has to wait. */
export const HELD = -1;

export class Sender implements ProducerSink {
  readonly #options: SenderOptions;
  readonly #version: Version;
  readonly #header: SendHeader;
  readonly #known: (KnownProducer | undefined)[] = new Array(PRODUCERS_MAX).fill(undefined);

  constructor(options: SenderOptions) {
    this.#options = options;
    this.#version = options.version;
    this.#header = new SendHeader(options.version, options.receipts, options.clock);
  }

  /**
   * Sends the frame's message.
   *
   * @param patient - a full destination is waited for; else the send is refused
   * @returns the position at which it is safe, 0 for at once; {@link HELD} if nothing was done
   */
  send(frame: Frame, patient: boolean): number {
    const header = this.#header;
    header.read(frame);
    const known = this.#producerFor(frame);
    const { producer } = known;
    if (producer.full && header.transaction === undefined) {
      if (patient) return HELD;
      throw new BrokerError(
        'limit-exceeded',
        `${producer.address.name} is full, and a connection that also receives is not made to wait`,
      );
    }
    const message = this.#messageOf(frame, known);
    message.sentAt = header.timestamp;
    if (header.transaction === undefined) return producer.send(message);
    return producer.send(message, this.#options.transactions.get(header.transaction).core);
  }

  blocked(full: boolean): void {
    if (!full) this.#options.room();
  }

  #producerFor(frame: Frame): KnownProducer {
    const index = this.#header.destination;
    const { buffer } = frame;
    const start = frame.colonAt(index) + 1;
    const end = frame.endAt(index);
    const slot = (end - start + (buffer[end - 1] as number)) & (PRODUCERS_MAX - 1);
    const known = this.#known[slot];
    const type = this.#header.destinationType;
    if (known !== undefined && type === undefined && isSame(known.raw, buffer, start, end)) {
      return known;
    }
    const text = frame.value(index, this.#version);
    const { address } = resolveDestination(text, this.#options.temporaries.make, type);
    const spelling = formatDestination(address);
    const producer = this.#options.connection.openProducer(address, this);
    known?.producer.close();
    const opened: KnownProducer = {
      // What a type said is not in these bytes, so they name nothing.
      raw: type === undefined ? Buffer.from(buffer.subarray(start, end)) : UNNAMED,
      producer,
      spelling: spelling === text ? undefined : spelling,
    };
    this.#known[slot] = opened;
    return opened;
  }

  #messageOf(frame: Frame, { spelling }: KnownProducer): Message {
    const header = this.#header;
    const plain =
      spelling === undefined &&
      header.replyTo < 0 &&
      header.transformation < 0 &&
      !header.padded &&
      isPlain(frame, this.#version);
    if (!plain) return this.#rewrite(frame, spelling);
    const escaped = (frame.marks & Mark.escape) !== 0;
    if (escaped) checkEscapes(frame, this.#version);
    const format = escaped ? escapedStompFormat : stompFormat;
    const whole = !header.dropped && (frame.marks & Mark.crlf) === 0;
    const start = whole ? frame.headersStart : closeUp(frame);
    return new Message(format, header, frame.buffer, start, frame.bodyEnd, frame.borrowed);
  }

  /**
   * Spells the header lines anew, as in 1.2: what the old versions allowed, destinations that others
   * know by another name, and bodies that are said to be more than they look like.
   */
  #rewrite(frame: Frame, spelling: string | undefined): Message {
    const { destination, replyTo, transformation } = this.#header;
    let head = '';
    const add = (name: string, value: string): void => {
      head += `${writeSpelling(name, '1.2')}:${writeSpelling(value, '1.2')}\n`;
    };
    for (let index = 0; index < frame.count; index++) {
      if (frame.codeAt(index) === DROPPED) continue;
      const name = frame.name(index, this.#version);
      const value = frame.value(index, this.#version);
      if (index === destination) add(name, spelling ?? value);
      else if (index === replyTo) add(name, this.#replyTo(value));
      else if (index !== transformation) add(name, value);
      else {
        const error = checkTransformation(value, frame.body());
        if (error === undefined) add(name, value);
        else add('transformation-error', error);
      }
    }
    const bytes = Buffer.concat([Buffer.from(`${head}\n`), frame.body()]);
    const format = head.includes('\\') ? escapedStompFormat : stompFormat;
    return new Message(format, this.#header, bytes, 0, bytes.length, false);
  }

  /** Where to reply, as others know it. What we cannot read is for the receiver to judge. */
  #replyTo(text: string): string {
    if (!text.startsWith('/temp-')) return text;
    return formatDestination(resolveDestination(text, this.#options.temporaries.make).address);
  }
}

/** What no header can be. */
const UNNAMED: Buffer = Buffer.of(LF);

/**
 * Moves the lines that stay towards the body, over those that go and over CRs; returns where they
 * now begin. Hot: a new buffer for each SEND with a receipt would copy the body for a few bytes.
 */
function closeUp(frame: Frame): number {
  const { buffer } = frame;
  let start = frame.bodyStart - 1;
  buffer[start] = LF;
  frame.marks |= Mark.moved;
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

function isSame(known: Buffer, buffer: Buffer, start: number, end: number): boolean {
  if (known.length !== end - start) return false;
  for (let at = 0; at < known.length; at++) if (known[at] !== buffer[start + at]) return false;
  return true;
}
