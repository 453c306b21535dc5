// One priority of one destination: the messages in the order they came, each at a position that
// only grows. A slot counts who still needs it (a queue: one; a topic: each subscription) and
// forgets its message when nobody does.
//
//     positions   256        512        768       1024
//                  │ chunk 1  │ chunk 2  │ chunk 3  │
//     chunks       [ ·······  │  (gone)  │ ·····▒▒▒ ]      · needed   ▒ not yet written
//                   ▲ #first                  ▲ end
//
// A chunk with nothing needed in it is dropped, also between others: one message that nobody
// settles pins 256 slots and no more. Invariant: `at(p)` is only asked for needed positions.

import { assert } from './errors.ts';
import type { Message } from './message.ts';

export const CHUNK_SHIFT = 8;
export const CHUNK_SIZE: number = 1 << CHUNK_SHIFT;
export const CHUNK_MASK: number = CHUNK_SIZE - 1;

/** An array of chunks whose front is given back as it empties. */
export class ChunkList<T> {
  #chunks: (T | undefined)[] = [];
  /** Index in the whole sequence of `#chunks[0]`. */
  #base: number;
  /** Slots of `#chunks` before this one are empty for good. */
  #first = 0;

  constructor(base: number) {
    this.#base = base;
  }

  get(index: number): T | undefined {
    return this.#chunks[index - this.#base];
  }

  /** Puts a chunk at an index that is not below the first one ever dropped. */
  set(index: number, chunk: T): void {
    const at = index - this.#base;
    assert(at >= 0, 'a chunk is put behind the front');
    while (this.#chunks.length < at) this.#chunks.push(undefined);
    this.#chunks[at] = chunk;
    if (at < this.#first) this.#first = at;
  }

  drop(index: number): void {
    this.#chunks[index - this.#base] = undefined;
    const chunks = this.#chunks;
    while (this.#first < chunks.length && chunks[this.#first] === undefined) this.#first++;
  }

  /** Forgets the slots before the first chunk that lives and before `index`. */
  trim(index: number): void {
    const gone = Math.min(this.#first, index - this.#base);
    if (gone < 64 || gone * 2 < this.#chunks.length) return;
    this.#chunks = this.#chunks.slice(gone);
    this.#base += gone;
    this.#first -= gone;
  }

  /** Visits the living chunks in order, until `visit` answers false. */
  each(visit: (chunk: T, index: number) => boolean): void {
    for (let at = this.#first; at < this.#chunks.length; at++) {
      const chunk = this.#chunks[at];
      if (chunk !== undefined && !visit(chunk, at + this.#base)) return;
    }
  }
}

class Chunk {
  readonly messages: (Message | undefined)[] = new Array(CHUNK_SIZE).fill(undefined);
  /** How many still need each slot. */
  readonly needed: Uint32Array = new Uint32Array(CHUNK_SIZE);
  /** How many slots hold a message. */
  live = 0;
}

export class Lane {
  readonly priority: number;
  /** The position that the next message gets. */
  end = 0;
  readonly #chunks: ChunkList<Chunk> = new ChunkList(0);
  #tail: Chunk | undefined;

  constructor(priority: number) {
    this.priority = priority;
  }

  /** Adds a message that `needers` will each release once; returns its position. */
  append(message: Message, needers: number): number {
    const position = this.end++;
    let chunk = this.#tail;
    if (chunk === undefined) {
      chunk = new Chunk();
      this.#tail = chunk;
      this.#chunks.set(chunkOf(position), chunk);
    }
    const slot = position & CHUNK_MASK;
    chunk.messages[slot] = message;
    chunk.needed[slot] = needers;
    chunk.live++;
    if (slot === CHUNK_MASK) this.#tail = undefined;
    return position;
  }

  /** The message at a position that is still needed. */
  at(position: number): Message {
    const message = this.#chunks.get(chunkOf(position))?.messages[position & CHUNK_MASK];
    assert(message !== undefined, 'a lane is asked for a message that was released');
    return message;
  }

  /** One of the needers is done with the position; true if it was the last. */
  release(position: number): boolean {
    const index = chunkOf(position);
    const chunk = this.#chunks.get(index);
    const slot = position & CHUNK_MASK;
    assert(chunk !== undefined && (chunk.needed[slot] ?? 0) > 0, 'a position is released twice');
    const needed = (chunk.needed[slot] ?? 0) - 1;
    chunk.needed[slot] = needed;
    if (needed > 0) return false;
    chunk.messages[slot] = undefined;
    if (--chunk.live === 0 && chunk !== this.#tail) {
      this.#chunks.drop(index);
      this.#chunks.trim(index);
    }
    return true;
  }
}

/** Positions go beyond 32 bits, where `>>` would wrap. */
export function chunkOf(position: number): number {
  return position < 0x40000000 ? position >> CHUNK_SHIFT : Math.floor(position / CHUNK_SIZE);
}
