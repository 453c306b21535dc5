// One priority of one destination: the messages in the order they came, each at a position that
// only grows. A slot counts who still needs it (a queue: one; a topic: each subscription) and
// forgets its message when nobody does.
//
//     positions   256        512        768       1024
//                  │ chunk 1  │ chunk 2  │ chunk 3  │
//     chunks       [ ·······  │  (gone)  │ ·····▒▒▒ ]      · needed   ▒ not yet written
//                   ▲ first                   ▲ end
//
// A chunk with nothing needed in it is dropped, also between others: one message that nobody
// settles pins 256 slots and no more. A chunk is also a deadline: the earliest expiry in it.

import { type Deadlines, Due } from './deadlines.ts';
import { assert } from './errors.ts';
import type { Home, Message } from './message.ts';
import { PackedMessages, packable } from './packed-messages.ts';

export const CHUNK_SHIFT = 8;
export const CHUNK_SIZE: number = 1 << CHUNK_SHIFT;
export const CHUNK_MASK: number = CHUNK_SIZE - 1;

/** The chunk of a position; positions go beyond 32 bits, where `>>` would wrap. */
export function chunkOf(position: number): number {
  return position < 0x40000000 ? position >> CHUNK_SHIFT : Math.floor(position / CHUNK_SIZE);
}

/** An array of chunks whose front is given back as it empties. */
export class ChunkList<T> {
  #chunks: (T | undefined)[] = [];
  /** Index in the whole sequence of `#chunks[0]`. */
  #base: number;
  /** Slots of `#chunks` before this one are empty. */
  #first = 0;

  constructor(base: number) {
    this.#base = base;
  }

  /** Index of the first living chunk; of the next to come if there is none. */
  get first(): number {
    return this.#base + this.#first;
  }

  get(index: number): T | undefined {
    return this.#chunks[index - this.#base];
  }

  /** Puts a chunk at an index that is not below the first one ever dropped. */
  set(index: number, chunk: T): void {
    const at = index - this.#base;
    assert(at >= 0, 'a chunk is put behind the front');
    while (this.#chunks.length < at) this.#chunks.push(undefined);
    if (this.#first === this.#chunks.length || at < this.#first) this.#first = at;
    this.#chunks[at] = chunk;
  }

  drop(index: number): void {
    this.#chunks[index - this.#base] = undefined;
    const chunks = this.#chunks;
    while (this.#first < chunks.length && chunks[this.#first] === undefined) this.#first++;
  }

  /** Index of the first living chunk at or after `index`; `end` if there is none before it. */
  next(index: number, end: number): number {
    const last = Math.min(end, this.#base + this.#chunks.length);
    for (let at = Math.max(index, this.first); at < last; at++) {
      if (this.#chunks[at - this.#base] !== undefined) return at;
    }
    return end;
  }

  /** Forgets the slots before the first chunk that lives and before `index`. */
  trim(index: number): void {
    const gone = Math.min(this.#first, index - this.#base);
    if (gone < 64 || gone * 2 < this.#chunks.length) return;
    this.#chunks = this.#chunks.slice(gone);
    this.#base += gone;
    this.#first -= gone;
  }
}

/** The slots of a chunk whose messages are all packed: 2 KB less for each 256 that wait. */
const NO_OBJECTS: (Message | undefined)[] = emptySlots();

function emptySlots(): (Message | undefined)[] {
  return new Array(CHUNK_SIZE).fill(undefined);
}

class Chunk extends Due {
  /** Those whose bytes are in the journal are in {@link packed}. */
  messages: (Message | undefined)[] = emptySlots();
  /** How many still need each slot. */
  readonly needed: Uint32Array = new Uint32Array(CHUNK_SIZE);
  /**
   * When each message dies, if one of them does. Hot: with a million that expire at random each look
   * is for one of them; looking into 256 messages for it took 4 us, into these numbers 1.3 us.
   */
  expiries: Float64Array | undefined = undefined;
  packed: PackedMessages | undefined = undefined;
  /** How many slots hold a message. */
  live = 0;
  readonly #lane: Lane;
  readonly #index: number;

  constructor(lane: Lane, index: number) {
    super();
    this.#lane = lane;
    this.#index = index;
    this.atMs = Number.POSITIVE_INFINITY;
  }

  due(nowMs: number): number {
    return this.#lane.expire(this, this.#index * CHUNK_SIZE, nowMs);
  }
}

/** Whoever knows what an expired message still means to its readers. */
export interface Expirer {
  /** True if the position was let go by all who need it; false if it is busy and stays. */
  expire(lane: Lane, position: number): void;
}

/** Whoever brings the bytes of messages back. */
export interface Thawer {
  /** Stands for bytes that are in the journal only. */
  readonly absent: Buffer;
  /** A message is an object again, and may be packed anew after a while. */
  thawed(message: Message): void;
}

export class Lane implements Home {
  readonly priority: number;
  /** The position that the next message gets. */
  end = 0;
  /** Nothing before this position is waited for by all who need it, when somebody looked last. */
  droppableFrom = 0;
  readonly #chunks: ChunkList<Chunk> = new ChunkList(0);
  readonly #deadlines: Deadlines;
  readonly #expirer: Expirer;
  readonly #thawer: Thawer;
  #tail: Chunk | undefined;

  constructor(priority: number, deadlines: Deadlines, expirer: Expirer, thawer: Thawer) {
    this.priority = priority;
    this.#deadlines = deadlines;
    this.#expirer = expirer;
    this.#thawer = thawer;
  }

  /** Adds a message that `needers` will each release once; returns its position. */
  append(message: Message, needers: number): number {
    const position = this.end++;
    let chunk = this.#tail;
    if (chunk === undefined) {
      const index = chunkOf(position);
      chunk = new Chunk(this, index);
      this.#tail = chunk;
      this.#chunks.set(index, chunk);
    }
    const slot = position & CHUNK_MASK;
    chunk.messages[slot] = message;
    chunk.needed[slot] = needers;
    chunk.live++;
    message.home = this;
    message.position = position;
    if (slot === CHUNK_MASK) this.#tail = undefined;
    if (message.expiresAt !== 0) this.#willExpire(chunk, slot, message.expiresAt);
    return position;
  }

  /** The message at a position, if somebody still needs it. */
  peek(position: number): Message | undefined {
    const chunk = this.#chunks.get(chunkOf(position));
    if (chunk === undefined) return undefined;
    const slot = position & CHUNK_MASK;
    return chunk.messages[slot] ?? (chunk.packed && this.#thaw(chunk, chunk.packed, position));
  }

  /** Somebody still needs the position. */
  has(position: number): boolean {
    const chunk = this.#chunks.get(chunkOf(position));
    const slot = position & CHUNK_MASK;
    return chunk?.messages[slot] !== undefined || chunk?.packed?.has(slot) === true;
  }

  pack(message: Message, position: number): void {
    const chunk = this.#chunks.get(chunkOf(position));
    const slot = position & CHUNK_MASK;
    if (chunk?.messages[slot] !== message || !packable(message, this.#thawer.absent)) return;
    chunk.packed ??= new PackedMessages(CHUNK_SIZE);
    chunk.packed.put(slot, message);
    if (chunk.packed.count === chunk.live && chunk !== this.#tail) chunk.messages = NO_OBJECTS;
    else chunk.messages[slot] = undefined;
  }

  /** The message at a position that is still needed. */
  at(position: number): Message {
    const message = this.peek(position);
    assert(message !== undefined, 'a lane is asked for a message that was released');
    return message;
  }

  /** Chunks before this one hold nothing, for good. */
  get firstChunk(): number {
    return this.#chunks.first;
  }

  /** The first position at or after `position` that may hold a message; `end` if there is none. */
  nextFrom(position: number): number {
    const index = chunkOf(position);
    const living = this.#chunks.next(index, chunkOf(this.end) + 1);
    return living === index ? position : Math.min(living * CHUNK_SIZE, this.end);
  }

  /** The position may be waited for by all who need it, from now on. */
  waits(position: number): void {
    if (position < this.droppableFrom) this.droppableFrom = position;
  }

  /** How many need the position. */
  needers(position: number): number {
    return this.#chunks.get(chunkOf(position))?.needed[position & CHUNK_MASK] ?? 0;
  }

  /** One more needs the position, which is still needed. */
  need(position: number): void {
    const chunk = this.#chunks.get(chunkOf(position));
    const slot = position & CHUNK_MASK;
    assert(chunk !== undefined && this.has(position), 'a released message is needed');
    chunk.needed[slot] = (chunk.needed[slot] ?? 0) + 1;
  }

  /** One of the needers is done with the position; the message if that was the last. */
  release(position: number): Message | undefined {
    const index = chunkOf(position);
    const chunk = this.#chunks.get(index);
    const slot = position & CHUNK_MASK;
    assert(chunk !== undefined && this.has(position), 'a position is released twice');
    const needed = (chunk.needed[slot] ?? 0) - 1;
    chunk.needed[slot] = needed;
    if (needed > 0) {
      this.waits(position);
      return undefined;
    }
    const message = this.at(position);
    message.home = undefined;
    chunk.messages[slot] = undefined;
    if (--chunk.live === 0) {
      this.#deadlines.remove(chunk);
      chunk.atMs = Number.POSITIVE_INFINITY;
      if (chunk !== this.#tail) {
        this.#chunks.drop(index);
        this.#chunks.trim(index);
      }
    }
    return message;
  }

  /**
   * Offers the expired messages of a chunk to the expirer, and sets its next deadline; returns how
   * many they were, and one for the look.
   */
  expire(chunk: Chunk, start: number, nowMs: number): number {
    const { expiries } = chunk;
    let nextMs = Number.POSITIVE_INFINITY;
    let steps = 1;
    chunk.atMs = nextMs;
    if (expiries === undefined) return steps;
    for (let slot = 0; slot < CHUNK_SIZE; slot++) {
      const atMs = expiries[slot] as number;
      if (atMs <= nowMs) {
        expiries[slot] = Number.POSITIVE_INFINITY;
        if (!this.has(start + slot)) continue;
        this.#expirer.expire(this, start + slot);
        steps++;
      } else if (atMs < nextMs) nextMs = atMs;
    }
    if (nextMs < Number.POSITIVE_INFINITY && chunk.live > 0) this.#deadlines.set(chunk, nextMs);
    return steps;
  }

  #thaw(chunk: Chunk, packed: PackedMessages, position: number): Message | undefined {
    const slot = position & CHUNK_MASK;
    const message = packed.take(slot, this.priority, this.#thawer.absent);
    if (message === undefined) return undefined;
    message.home = this;
    message.position = position;
    if (chunk.messages === NO_OBJECTS) chunk.messages = emptySlots();
    chunk.messages[slot] = message;
    if (packed.count === 0) chunk.packed = undefined;
    this.#thawer.thawed(message);
    return message;
  }

  #willExpire(chunk: Chunk, slot: number, atMs: number): void {
    chunk.expiries ??= new Float64Array(CHUNK_SIZE).fill(Number.POSITIVE_INFINITY);
    chunk.expiries[slot] = atMs;
    if (atMs < chunk.atMs) this.#deadlines.set(chunk, atMs);
  }
}
