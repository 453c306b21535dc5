// What a restart finds of messages, until it knows which of them still live: by serial number, in
// typed arrays. A million as objects in a Map cost 700 MB and three seconds of the collector; here
// they are 30 MB, which go while the messages take their places.
//
//     serial     256                 512                 768
//                 │ chunk 1           │ (all done: gone)  │ chunk 3 …
//     numbers    [ record · sent at · expires at ] × 256          Float64
//     words      [ length of the body · kind     ] × 256          Uint32, kind 0: nothing here
//     kinds      [ format, flags, priority, targets ]             few: most messages have the same
//
// A message with what few have is kept whole beside it. What was said of a message is noted where
// the broker will go on noting it.

import type { Address } from './address.ts';
import { assert } from './errors.ts';
import { Message, type WireFormat } from './message.ts';
import { DELAYED, PERSISTENT, type RecordedMessage, readMessageHead } from './message-record.ts';
import { HeadReader } from './record.ts';
import type { Said } from './said.ts';

const CHUNK = 256;
const NUMBERS = 3;
const WORDS = 2;

class Chunk {
  readonly numbers: Float64Array = new Float64Array(CHUNK * NUMBERS);
  readonly words: Uint32Array = new Uint32Array(CHUNK * WORDS);
  live = 0;
}

/** What many messages have in common. */
interface RecordedKind {
  readonly format: WireFormat;
  readonly flags: number;
  readonly priority: number;
  readonly targets: readonly number[];
  readonly retaining: readonly number[];
  readonly destination: Address | undefined;
  readonly sender: string | undefined;
  /** The bytes of their heads, from the format on. */
  readonly tail: Buffer;
}

/** The kind of a message that is kept as an object. */
const WHOLE = 0xffffffff;
/** More are not told apart: what is of another kind is kept whole. */
const KINDS_MAX = 10_000;

/** A message of an earlier life, and the number of its record. */
export interface Remembered extends RecordedMessage {
  readonly number: number;
}

export class RecordedMessages {
  /** The largest serial number in it, ever. */
  serial = 0;
  /** The largest id that a message ever named as its target. */
  idsMax = 0;
  readonly #chunks: Map<number, Chunk> = new Map();
  readonly #kinds: RecordedKind[] = [];
  readonly #byText: Map<string, number> = new Map();
  readonly #whole: Map<number, RecordedMessage> = new Map();
  readonly #said: Said;
  readonly #formats: ReadonlyMap<string, WireFormat>;
  readonly #absent: Buffer;
  /** Number of the kind that was met last. */
  #latest = 0;

  /**
   * @param absent - stands for a body that is not in memory
   * @param said - of messages that are here, and of no others
   */
  constructor(formats: ReadonlyMap<string, WireFormat>, absent: Buffer, said: Said) {
    this.#formats = formats;
    this.#absent = absent;
    this.#said = said;
  }

  /**
   * Notes a message's record; one of the same serial number is replaced.
   *
   * @throws {Error} for a format that nobody knows
   */
  note(number: number, head: Buffer, bodyLength: number): void {
    const reader = new HeadReader(head);
    const size = reader.number();
    const end = reader.at + size;
    const flags = reader.number();
    const serial = reader.number();
    const priority = reader.number();
    const sentAt = reader.real();
    const expiresAt = reader.number();
    const from = reader.at;
    // A copy tells all that was said of the message before it.
    this.delete(serial);
    let kind = this.#kindOf(head, from, end, flags, priority);
    if (kind === 0) {
      const whole = readMessageHead(head, bodyLength, this.#formats, this.#absent);
      kind = this.#newKind(whole, head.subarray(from, end), flags);
      this.idsMax = Math.max(this.idsMax, ...whole.targets);
      if (kind === WHOLE) this.#whole.set(serial, whole);
    }
    if (end < head.length) {
      this.#said.read(new HeadReader(head.subarray(end)), serial);
      this.idsMax = Math.max(this.idsMax, this.#said.idsMax);
    }
    this.serial = Math.max(this.serial, serial);
    const chunk = this.#chunkFor(serial);
    const slot = serial % CHUNK;
    const { numbers, words } = chunk;
    chunk.live++;
    words[slot * WORDS] = bodyLength;
    words[slot * WORDS + 1] = kind;
    numbers[slot * NUMBERS] = number;
    numbers[slot * NUMBERS + 1] = sentAt;
    numbers[slot * NUMBERS + 2] = expiresAt;
  }

  /** The number of a message's record; 0: it is not here. */
  recordOf(serial: number): number {
    const chunk = this.#chunks.get(Math.floor(serial / CHUNK));
    const slot = serial % CHUNK;
    if (chunk === undefined || chunk.words[slot * WORDS + 1] === 0) return 0;
    return chunk.numbers[slot * NUMBERS] ?? 0;
  }

  /** Whom a message that is here was sent to. */
  targetsOf(serial: number): readonly number[] {
    const chunk = this.#chunks.get(Math.floor(serial / CHUNK));
    const kind = chunk?.words[(serial % CHUNK) * WORDS + 1] ?? 0;
    if (kind === WHOLE) return this.#whole.get(serial)?.targets ?? [];
    return this.#kinds[kind - 1]?.targets ?? [];
  }

  /** A message is done with. */
  delete(serial: number): void {
    if (this.#remove(serial)) this.#said.forget(serial);
  }

  #remove(serial: number): boolean {
    const index = Math.floor(serial / CHUNK);
    const chunk = this.#chunks.get(index);
    const at = (serial % CHUNK) * WORDS + 1;
    if (chunk === undefined || chunk.words[at] === 0) return false;
    chunk.words[at] = 0;
    this.#whole.delete(serial);
    if (--chunk.live === 0) this.#chunks.delete(index);
    return true;
  }

  /**
   * Gives out all messages in the order of delivery; nothing is kept of what was given but what was
   * said of it. A message has its serial number as its place in the order, unless another was said.
   */
  *inOrder(): Generator<Remembered> {
    const moved = [...this.#said.orders].sort(([, one], [, other]) => one - other);
    const elsewhere = moved.map(([serial, order]) => ({ order, message: this.#take(serial) }));
    let next = 0;
    for (const index of [...this.#chunks.keys()].sort((one, other) => one - other)) {
      for (let serial = index * CHUNK; serial < (index + 1) * CHUNK; serial++) {
        const message = this.#take(serial);
        if (message === undefined) continue;
        for (; (elsewhere[next]?.order ?? serial) < serial; next++) {
          const other = elsewhere[next]?.message;
          if (other !== undefined) yield other;
        }
        yield message;
      }
    }
    for (const { message } of elsewhere.slice(next)) if (message !== undefined) yield message;
  }

  #take(serial: number): Remembered | undefined {
    const chunk = this.#chunks.get(Math.floor(serial / CHUNK));
    const slot = serial % CHUNK;
    const kindNumber = chunk?.words[slot * WORDS + 1] ?? 0;
    if (chunk === undefined || kindNumber === 0) return undefined;
    const { numbers, words } = chunk;
    const number = numbers[slot * NUMBERS] ?? 0;
    const whole = this.#whole.get(serial);
    this.#remove(serial);
    if (whole !== undefined) return { ...whole, number };
    const kind = this.#kinds[kindNumber - 1];
    assert(kind !== undefined, 'a recorded message is of no kind');
    const { format, flags, priority, targets, retaining } = kind;
    const header = {
      persistent: (flags & PERSISTENT) !== 0,
      priority,
      expiresAt: numbers[slot * NUMBERS + 2] ?? 0,
    };
    const length = words[slot * WORDS] ?? 0;
    const message = new Message(format, header, this.#absent, 0, length, false);
    message.serial = serial;
    message.sentAt = numbers[slot * NUMBERS + 1] ?? 0;
    message.destination = kind.destination;
    message.sender = kind.sender;
    return { message, number, targets, retaining, delayed: (flags & DELAYED) !== 0 };
  }

  #chunkFor(serial: number): Chunk {
    const index = Math.floor(serial / CHUNK);
    let chunk = this.#chunks.get(index);
    if (chunk === undefined) {
      chunk = new Chunk();
      this.#chunks.set(index, chunk);
    }
    return chunk;
  }

  /** The number of a head's kind, from 1; 0: it was not met yet. `from` is where the format stands. */
  #kindOf(head: Buffer, from: number, end: number, flags: number, priority: number): number {
    // Hot: the kind of the last message is nearly always this one's.
    const latest = this.#kinds[this.#latest - 1];
    if (latest?.flags === flags && latest.priority === priority) {
      const { tail } = latest;
      if (tail.length === end - from && isAt(head, from, tail)) return this.#latest;
    }
    const known = this.#byText.get(textOf(head.subarray(from, end), flags, priority)) ?? 0;
    if (known > 0) this.#latest = known;
    return known;
  }

  #newKind({ message, targets, retaining }: RecordedMessage, bytes: Buffer, flags: number): number {
    if (!message.plain || this.#kinds.length >= KINDS_MAX) return WHOLE;
    const { format, priority, destination, sender } = message;
    const tail = Buffer.from(bytes);
    const kind = { format, flags, priority, targets, retaining, destination, sender, tail };
    this.#latest = this.#kinds.push(kind);
    this.#byText.set(textOf(tail, flags, priority), this.#latest);
    return this.#latest;
  }
}

function textOf(tail: Buffer, flags: number, priority: number): string {
  return `${flags} ${priority} ${tail.toString('latin1')}`;
}

/** Hot: for some twenty bytes a loop is five times as fast as the call of `compare`. */
function isAt(bytes: Buffer, from: number, sought: Buffer): boolean {
  for (let at = 0; at < sought.length; at++) if (bytes[from + at] !== sought[at]) return false;
  return true;
}
