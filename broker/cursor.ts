// How far one subscription has read one lane, and what departs from that order: entries that are
// out with a consumer, and entries that were given back and wait at their original place.
//
//     lane        0 ──────────────────────────────────────────────► end
//     cursor                ▲ next
//     departures    o  r  o          o out with a consumer   r given back
//                   ╰──────────────╯ 256 positions: state, attempts, owner in typed arrays
//
// A subscription that is only behind costs a number. The next entry to hand out is the lowest
// given-back position if there is one below the cursor, which there always is; else the cursor's.

import { assert } from './errors.ts';
import { CHUNK_MASK, CHUNK_SIZE, ChunkList, chunkOf, type Lane } from './lane.ts';

/** What a departed entry is doing. */
export const Departure = {
  none: 0,
  out: 1,
  returned: 2,
} as const;

/** More attempts than this are shown as this many. */
const ATTEMPTS_MAX = 0xffff;
const SPARES_MAX = 32;

class Departures {
  readonly state: Uint8Array = new Uint8Array(CHUNK_SIZE);
  readonly attempts: Uint16Array = new Uint16Array(CHUNK_SIZE);
  readonly owner: Uint32Array = new Uint32Array(CHUNK_SIZE);
  live = 0;
}

/** Empty chunks, kept for the next: three typed arrays cost a microsecond to make. */
const spares: Departures[] = [];

export class Cursor {
  readonly lane: Lane;
  #next: number;
  readonly #chunks: ChunkList<Departures>;
  readonly #returned: PositionHeap = new PositionHeap();

  constructor(lane: Lane, start: number) {
    this.lane = lane;
    this.#next = start;
    this.#chunks = new ChunkList(chunkOf(start));
  }

  /** Takes the next entry in order; -1 if there is none. Its attempts: {@link attempts}. */
  take(): number {
    if (this.#returned.size > 0) return this.#returned.pop();
    return this.#next < this.lane.end ? this.#next++ : -1;
  }

  /** How often a taken position was handed out before. */
  attempts(position: number): number {
    return this.#chunks.get(chunkOf(position))?.attempts[position & CHUNK_MASK] ?? 0;
  }

  /** The consumer that holds a position; 0 if it is not out. */
  owner(position: number): number {
    const chunk = this.#chunks.get(chunkOf(position));
    const slot = position & CHUNK_MASK;
    return chunk?.state[slot] === Departure.out ? (chunk.owner[slot] ?? 0) : 0;
  }

  /** A taken position is now out with a consumer. */
  lend(position: number, owner: number): void {
    const index = chunkOf(position);
    let chunk = this.#chunks.get(index);
    if (chunk === undefined) {
      chunk = spares.pop() ?? new Departures();
      this.#chunks.set(index, chunk);
    }
    const slot = position & CHUNK_MASK;
    if (chunk.state[slot] === Departure.none) chunk.live++;
    chunk.state[slot] = Departure.out;
    chunk.owner[slot] = owner;
  }

  /** A position that is out waits again at its original place, its attempts set anew. */
  giveBack(position: number, attempts: number): void {
    const chunk = this.#chunks.get(chunkOf(position));
    assert(chunk !== undefined, 'a position is given back that was not out');
    const slot = position & CHUNK_MASK;
    chunk.state[slot] = Departure.returned;
    chunk.attempts[slot] = Math.min(attempts, ATTEMPTS_MAX);
    this.#returned.push(position);
  }

  /** A taken position is done with; its message may go. True if nobody else needs it. */
  finish(position: number): boolean {
    const index = chunkOf(position);
    const chunk = this.#chunks.get(index);
    const slot = position & CHUNK_MASK;
    if (chunk !== undefined && chunk.state[slot] !== Departure.none) {
      chunk.state[slot] = Departure.none;
      chunk.attempts[slot] = 0;
      if (--chunk.live === 0) {
        this.#chunks.drop(index);
        this.#chunks.trim(chunkOf(this.#next));
        if (spares.length < SPARES_MAX) spares.push(chunk);
      }
    }
    return this.lane.release(position);
  }

  /** Visits the positions that are out with `owner`, in order, until `count` were found. */
  eachOwnedBy(owner: number, count: number, visit: (position: number) => void): void {
    let left = count;
    if (left === 0) return;
    this.#chunks.each((chunk, index) => {
      for (let slot = 0; slot < CHUNK_SIZE && left > 0; slot++) {
        if (chunk.state[slot] === Departure.out && chunk.owner[slot] === owner) {
          left--;
          visit(index * CHUNK_SIZE + slot);
        }
      }
      return left > 0;
    });
  }
}

/** A binary heap of positions, the lowest on top. */
class PositionHeap {
  readonly #heap: number[] = [];

  get size(): number {
    return this.#heap.length;
  }

  push(position: number): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(position);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent] as number;
      if (above <= position) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = position;
  }

  pop(): number {
    const heap = this.#heap;
    const top = heap[0] as number;
    const last = heap.pop() as number;
    const size = heap.length;
    if (size === 0) return top;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= size) break;
      if (child + 1 < size && (heap[child + 1] as number) < (heap[child] as number)) child++;
      const below = heap[child] as number;
      if (below >= last) break;
      heap[at] = below;
      at = child;
    }
    heap[at] = last;
    return top;
  }
}
