// Where each kept record lies now: from its number to segment, offset and lengths, in 16 bytes.
//
//     numbers    128         256         384
//                 │ chunk 1   │ (gone)    │ chunk 3 …
//     chunk      [ segment, body offset, head length·256 + kind, body length ] × 128
//
// A chunk with nothing kept in it is dropped. Numbers that are not kept have an empty place, so a
// single old record pins 2 KiB and no more.
//
// Hot: the chunks are in a Map by number, and the last one asked for is remembered: neighbours are
// asked for together, so the Map is asked once for some hundred records.

import { assert } from '../errors.ts';

const CHUNK = 128;
const WORDS = 4;

class Chunk {
  readonly words: Uint32Array = new Uint32Array(CHUNK * WORDS);
  kept = 0;
}

/** Where a record lies. `segment` is an ordinal of this opening, from 1. */
export interface Place {
  readonly segment: number;
  readonly bodyAt: number;
  readonly headLength: number;
  readonly kind: number;
  readonly bodyLength: number;
}

export class RecordIndex {
  readonly #chunks: Map<number, Chunk> = new Map();
  #at = -1;
  #chunk: Chunk | undefined;

  /** Notes where a record is; it may have been elsewhere before. */
  set(number: number, place: Place): void {
    const { segment, bodyAt, headLength, kind, bodyLength } = place;
    this.put(number, segment, bodyAt, headLength * 256 + kind, bodyLength);
  }

  /** {@link set}, without an object; `headAndKind` is head length × 256 + kind. */
  put(
    number: number,
    segment: number,
    bodyAt: number,
    headAndKind: number,
    bodyLength: number,
  ): void {
    const chunk = this.#find(number) ?? this.#add(number);
    const { words } = chunk;
    const at = (number % CHUNK) * WORDS;
    if (words[at] === 0) chunk.kept++;
    words[at] = segment;
    words[at + 1] = bodyAt;
    words[at + 2] = headAndKind;
    words[at + 3] = bodyLength;
  }

  has(number: number): boolean {
    return this.segmentOf(number) !== 0;
  }

  /** The segment of a record; 0 if there is no such record. */
  segmentOf(number: number): number {
    return this.#find(number)?.words[(number % CHUNK) * WORDS] ?? 0;
  }

  get(number: number): Place {
    const words = this.#find(number)?.words;
    const at = (number % CHUNK) * WORDS;
    const segment = words?.[at] ?? 0;
    assert(words !== undefined && segment !== 0, `record ${number} is not kept`);
    const headAndKind = words[at + 2] ?? 0;
    return {
      segment,
      bodyAt: words[at + 1] ?? 0,
      headLength: headAndKind >>> 8,
      kind: headAndKind & 0xff,
      bodyLength: words[at + 3] ?? 0,
    };
  }

  /** Forgets a record; true if there was one. */
  remove(number: number): boolean {
    const chunk = this.#find(number);
    const at = (number % CHUNK) * WORDS;
    if (chunk === undefined || chunk.words[at] === 0) return false;
    chunk.words[at] = 0;
    if (--chunk.kept === 0) {
      this.#chunks.delete(Math.floor(number / CHUNK));
      this.#at = -1;
      this.#chunk = undefined;
    }
    return true;
  }

  /** The first kept number at or after `number` and before `end`; `end` if there is none. */
  next(number: number, end: number): number {
    let at = number;
    while (at < end) {
      const chunk = this.#find(at);
      if (chunk === undefined) at = (Math.floor(at / CHUNK) + 1) * CHUNK;
      else if (chunk.words[(at % CHUNK) * WORDS] === 0) at++;
      else return at;
    }
    return end;
  }

  #find(number: number): Chunk | undefined {
    const at = Math.floor(number / CHUNK);
    if (at === this.#at) return this.#chunk;
    this.#at = at;
    this.#chunk = this.#chunks.get(at);
    return this.#chunk;
  }

  #add(number: number): Chunk {
    const chunk = new Chunk();
    this.#at = Math.floor(number / CHUNK);
    this.#chunk = chunk;
    this.#chunks.set(this.#at, chunk);
    return chunk;
  }
}
