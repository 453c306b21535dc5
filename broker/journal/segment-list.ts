// The segments of the log in order, from the oldest that is needed to the one that takes records.
//
//     ordinals    5        6        7        8
//                 │ sealed │ sealed │ sealed │ active
//                 ▲ goes first, when nothing lives in it
//
// A settlement always lies after what it settles. So segments go from the front only: then what a
// segment tells of is gone before it, and nobody misses it.

import { assert } from '../errors.ts';
import { SEGMENT_START } from './frame.ts';
import { Segment } from './segment.ts';

export class SegmentList {
  /** Bytes of frames in all segments, and of kept records among them. */
  bytes = 0;
  liveBytes = 0;
  live = 0;
  /** Segments that were begun and have no file yet. */
  owed = 0;
  #segments: Segment[] = [];
  #firstOrdinal = 1;
  #nextGeneration: number;

  constructor(nextGeneration: number) {
    this.#nextGeneration = nextGeneration;
  }

  get count(): number {
    return this.#segments.length;
  }

  get oldest(): Segment | undefined {
    return this.#segments[0];
  }

  /** The one that takes records, if there is any. */
  get newest(): Segment | undefined {
    return this.#segments.at(-1);
  }

  at(ordinal: number): Segment {
    const segment = this.#segments[ordinal - this.#firstOrdinal];
    assert(segment !== undefined, `segment ${ordinal} is gone`);
    return segment;
  }

  /** Adds a segment that was found on disk. */
  found(generation: number, size: number, end: number): Segment {
    const ordinal = this.#firstOrdinal + this.#segments.length;
    const segment = new Segment(ordinal, generation, size, end);
    this.bytes += end;
    this.#segments.push(segment);
    return segment;
  }

  /** Begins the next segment. */
  begin(size: number, firstNumber: number): Segment {
    const segment = this.found(this.#nextGeneration++, size, SEGMENT_START);
    segment.firstNumber = firstNumber;
    this.owed++;
    return segment;
  }

  /** A kept record is in a segment. */
  add(segment: Segment, bytes: number): void {
    segment.live++;
    segment.liveBytes += bytes;
    this.live++;
    this.liveBytes += bytes;
  }

  /** A kept record is not in a segment any more; what was appended until `clock` says so. */
  drop(segment: Segment, bytes: number, clock: number): void {
    segment.live--;
    segment.liveBytes -= bytes;
    segment.settledAt = Math.max(segment.settledAt, clock);
    this.live--;
    this.liveBytes -= bytes;
  }

  /** The first segment that is needed, when what was appended until `clock` is safe. */
  firstNeeded(clock: number): Segment | undefined {
    return this.#segments.find(
      ({ sealed, live, settledAt }) => !sealed || live > 0 || settledAt > clock,
    );
  }

  /** Takes out the oldest segment, if its generation is below a bound. */
  release(generation: number): Segment | undefined {
    const [oldest] = this.#segments;
    if (oldest === undefined || oldest.generation >= generation) return undefined;
    this.#segments.shift();
    this.#firstOrdinal++;
    this.bytes -= oldest.end;
    return oldest;
  }
}
