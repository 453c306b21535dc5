// Reads kept records back: from the write buffer while they are there, else from their file. What
// is read is checked, and read twice before it is called damaged.

import type { Host } from '../host.ts';
import { peekRecord, RECORD_HEAD, type RecordHead } from './frame.ts';
import { damage } from './inspection.ts';
import type { LogWriter } from './log-writer.ts';
import type { Place, RecordIndex } from './record-index.ts';
import { type Segment, segmentName } from './segment.ts';
import type { SegmentList } from './segment-list.ts';
import type { SegmentPool } from './segment-pool.ts';

/** Neighbours are read together up to so many bytes: what one body that is kept pins. */
const READ_BYTES = 64 * 1024;

/** A kept record as it lies in the log. */
export interface StoredRecord {
  readonly record: RecordHead;
  readonly head: Buffer;
  readonly body: Buffer;
}

interface Wanted {
  readonly index: number;
  readonly number: number;
  readonly place: Place;
  readonly start: number;
  readonly end: number;
}

export class BodyReader {
  readonly #host: Host;
  readonly #directory: string;
  readonly #index: RecordIndex;
  readonly #segments: SegmentList;
  readonly #pool: SegmentPool;
  readonly #writer: LogWriter;
  /** What the system said to the last read that failed. */
  #cause: unknown;

  constructor(
    host: Host,
    directory: string,
    parts: {
      readonly index: RecordIndex;
      readonly segments: SegmentList;
      readonly pool: SegmentPool;
      readonly writer: LogWriter;
    },
  ) {
    this.#host = host;
    this.#directory = directory;
    this.#index = parts.index;
    this.#segments = parts.segments;
    this.#pool = parts.pool;
    this.#writer = parts.writer;
  }

  /** One record, with the owner's head as it was appended or copied last. */
  record(number: number): StoredRecord {
    const place = this.#index.get(number);
    const start = startOf(place);
    const end = place.bodyAt + place.bodyLength;
    const segment = this.#segments.at(place.segment);
    const bytes = this.#bytes(segment, start, end - start);
    const whole = this.#check(bytes, number, place) ? bytes : this.#again(segment, number, place);
    const bodyAt = RECORD_HEAD + place.headLength;
    return {
      record: peekRecord(whole, 0),
      head: whole.subarray(RECORD_HEAD, bodyAt),
      body: whole.subarray(bodyAt),
    };
  }

  /** Several bodies, in the order asked for. */
  bodies(numbers: readonly number[]): Buffer[] {
    const wanted = numbers.map((number, index): Wanted => {
      const place = this.#index.get(number);
      const end = place.bodyAt + place.bodyLength;
      return { index, number, place, start: startOf(place), end };
    });
    wanted.sort((one, other) => one.place.segment - other.place.segment || one.start - other.start);
    const bodies: Buffer[] = new Array(numbers.length);
    for (let first = 0; first < wanted.length; ) {
      let last = first;
      while (last + 1 < wanted.length && together(wanted[first], wanted[last + 1])) last++;
      this.#run(wanted.slice(first, last + 1), bodies);
      first = last + 1;
    }
    return bodies;
  }

  /** Reads neighbours in one go. */
  #run(run: readonly Wanted[], bodies: Buffer[]): void {
    const start = run[0]?.start ?? 0;
    const end = run.at(-1)?.end ?? 0;
    const segment = this.#segments.at(run[0]?.place.segment ?? 0);
    const bytes = this.#bytes(segment, start, end - start);
    for (const one of run) {
      const { place, number } = one;
      let whole = bytes.subarray(one.start - start, one.end - start);
      if (!this.#check(whole, number, place)) whole = this.#again(segment, number, place);
      bodies[one.index] = whole.subarray(RECORD_HEAD + place.headLength);
    }
  }

  #bytes(segment: Segment, at: number, length: number): Buffer {
    const { inFlight, buffer } = this.#writer;
    const waiting =
      (inFlight?.segment === segment ? inFlight.find(at, length) : undefined) ??
      buffer.find(segment, at, length);
    if (waiting !== undefined) return Buffer.from(waiting);
    const bytes = Buffer.allocUnsafeSlow(length);
    if (segment.file === undefined) return bytes.subarray(0, 0);
    try {
      const count = this.#pool.open(segment.file).read(bytes, at);
      return count === length ? bytes : bytes.subarray(0, count);
    } catch (error) {
      this.#cause = error;
      return bytes.subarray(0, 0);
    }
  }

  #check(bytes: Buffer, number: number, place: Place): boolean {
    if (bytes.length < RECORD_HEAD + place.headLength + place.bodyLength) return false;
    const record = peekRecord(bytes, 0);
    if (record.number !== number || record.bodyLength !== place.bodyLength) return false;
    const body = bytes.subarray(RECORD_HEAD + place.headLength);
    return this.#host.crc32(body, 0) === record.bodyCrc;
  }

  #again(segment: Segment, number: number, place: Place): Buffer {
    this.#cause = undefined;
    const start = startOf(place);
    const bytes = this.#bytes(segment, start, place.bodyAt + place.bodyLength - start);
    if (this.#check(bytes, number, place)) return bytes;
    throw damage(
      this.#path(segment),
      start,
      `record ${number} is not what was written`,
      this.#cause,
    );
  }

  #path(segment: Segment): string {
    return `${this.#directory}/${segmentName(segment.file?.file ?? 0)}`;
  }
}

function startOf({ bodyAt, headLength }: Place): number {
  return bodyAt - headLength - RECORD_HEAD;
}

function together(first: Wanted | undefined, next: Wanted | undefined): boolean {
  if (first === undefined || next === undefined) return false;
  return first.place.segment === next.place.segment && next.end - first.start <= READ_BYTES;
}
