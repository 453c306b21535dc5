// The entries of one subscription in one lane that depart from order, and in what way. An entry
// that is simply ahead of the readers, or behind them and done, has no mark here.
//
//     lane    0 ────────────────────────────────────────────► end
//     marks      o  r  h  o  p          g     o out with a consumer   r returned, may be taken
//               ╰────────────────╯            h held until a time     p prepared by a transaction
//                256 positions: state,        g gone, ahead of the readers
//                attempts, owner, order
//
// Typed arrays, 15 bytes an entry, given back when a chunk holds no mark. A subscription that is
// only behind costs nothing here.

import { assert } from './errors.ts';
import { CHUNK_MASK, CHUNK_SIZE, ChunkList, chunkOf, type Lane } from './lane.ts';

/** What an entry is doing that the readers' order does not tell. */
export const Mark = {
  none: 0,
  out: 1,
  returned: 2,
  held: 3,
  prepared: 4,
  gone: 5,
} as const;

export type Mark = (typeof Mark)[keyof typeof Mark];

/** More attempts than this are shown as this many. */
const ATTEMPTS_MAX = 0xffff;
const SPARES_MAX = 32;

class Chunk {
  readonly mark: Uint8Array = new Uint8Array(CHUNK_SIZE);
  readonly attempts: Uint16Array = new Uint16Array(CHUNK_SIZE);
  /** Number of the consumer that has or had it. */
  readonly owner: Uint32Array = new Uint32Array(CHUNK_SIZE);
  /** When it was handed out, as a count of hand-outs. */
  readonly order: Float64Array = new Float64Array(CHUNK_SIZE);
  live = 0;
}

/** A delivery that is out; `order` counts the hand-outs of the subscription. */
export interface Lent {
  readonly departures: Departures;
  readonly position: number;
  readonly order: number;
}

/** Empty chunks, kept for the next: the arrays cost a microsecond to make. */
const spares: Chunk[] = [];

export class Departures {
  readonly lane: Lane;
  readonly #chunks: ChunkList<Chunk>;
  /**
   * Nothing before this position waits. Hot: whoever drops the oldest for each that comes would
   * otherwise look at all that is out, or at what others have still to read, each time.
   */
  from: number;
  /** Chunks that hold a mark. Hot: none is ordinary where deliveries are settled as they are sent. */
  #living = 0;

  constructor(lane: Lane) {
    this.lane = lane;
    this.#chunks = new ChunkList(lane.firstChunk);
    this.from = lane.end;
  }

  mark(position: number): Mark {
    if (this.#living === 0) return Mark.none;
    const chunk = this.#chunks.get(chunkOf(position));
    return (chunk === undefined ? 0 : chunk.mark[position & CHUNK_MASK]) as Mark;
  }

  /** How often the entry was handed out and failed. */
  attempts(position: number): number {
    if (this.#living === 0) return 0;
    return this.#chunks.get(chunkOf(position))?.attempts[position & CHUNK_MASK] ?? 0;
  }

  /** The consumer that has the entry, or had it last; 0 if none. */
  owner(position: number): number {
    return this.#chunks.get(chunkOf(position))?.owner[position & CHUNK_MASK] ?? 0;
  }

  /** True if the entry is out with this consumer. */
  lentTo(owner: number, position: number): boolean {
    const chunk = this.#chunks.get(chunkOf(position));
    const slot = position & CHUNK_MASK;
    return chunk !== undefined && chunk.mark[slot] === Mark.out && chunk.owner[slot] === owner;
  }

  order(position: number): number {
    return this.#chunks.get(chunkOf(position))?.order[position & CHUNK_MASK] ?? 0;
  }

  /** The entry is out with a consumer now; `order` counts the hand-outs of the subscription. */
  lend(position: number, owner: number, order: number): void {
    const chunk = this.#marked(position, Mark.out);
    const slot = position & CHUNK_MASK;
    chunk.owner[slot] = owner;
    chunk.order[slot] = order;
  }

  /** Marks an entry `returned`, `held`, `prepared` or `gone`; its attempts stay if none are given. */
  set(position: number, mark: Mark, attempts?: number): void {
    if (mark === Mark.returned || mark === Mark.held) {
      if (position < this.from) this.from = position;
      this.lane.waits(position);
    }
    this.#marked(position, mark);
    if (attempts !== undefined) this.setAttempts(position, attempts);
  }

  setAttempts(position: number, attempts: number): void {
    const chunk = this.#chunks.get(chunkOf(position));
    assert(chunk !== undefined, 'attempts are counted of an entry without a mark');
    chunk.attempts[position & CHUNK_MASK] = Math.min(attempts, ATTEMPTS_MAX);
  }

  /** Forgets the entry's mark: it is done with, or was passed. */
  clear(position: number): void {
    if (this.#living === 0) return;
    const index = chunkOf(position);
    const chunk = this.#chunks.get(index);
    const slot = position & CHUNK_MASK;
    if (chunk === undefined || chunk.mark[slot] === Mark.none) return;
    chunk.mark[slot] = Mark.none;
    chunk.attempts[slot] = 0;
    chunk.owner[slot] = 0;
    if (--chunk.live > 0) return;
    this.#living--;
    this.#chunks.drop(index);
    this.#chunks.trim(this.lane.firstChunk);
    if (spares.length < SPARES_MAX) spares.push(chunk);
  }

  /** The positions that have a mark, in order; only those of one owner if it is given. */
  *marked(mark: Mark, owner = 0): Generator<number> {
    const end = chunkOf(this.lane.end) + 1;
    for (let index = this.#chunks.next(0, end); index < end; ) {
      const chunk = this.#chunks.get(index);
      for (let slot = 0; slot < CHUNK_SIZE; slot++) {
        if (chunk?.mark[slot] !== mark || (owner > 0 && chunk.owner[slot] !== owner)) continue;
        yield index * CHUNK_SIZE + slot;
      }
      index = this.#chunks.next(index + 1, end);
    }
  }

  /** What is out with a consumer, and when it was handed out. */
  lent(owner: number): Lent[] {
    return Array.from(this.marked(Mark.out, owner), (position) => {
      return { departures: this, position, order: this.order(position) };
    });
  }

  #marked(position: number, mark: Mark): Chunk {
    const index = chunkOf(position);
    let chunk = this.#chunks.get(index);
    if (chunk === undefined) {
      chunk = spares.pop() ?? new Chunk();
      this.#living++;
      this.#chunks.set(index, chunk);
    }
    const slot = position & CHUNK_MASK;
    if (chunk.mark[slot] === Mark.none) chunk.live++;
    chunk.mark[slot] = mark;
    return chunk;
  }
}
