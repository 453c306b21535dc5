// Copies what still lives in the oldest segment to the end of the log, so that the segment can go:
// one message that nobody settles never pins gigabytes. It begins when more bytes are dead than
// live (and than a few segments), and does a bounded amount for each write, in proportion to it.

import type { Host } from '../host.ts';
import type { BodyReader } from './body-reader.ts';
import { RECORD_HEAD, RecordFlag } from './frame.ts';
import type { Bytes } from './journal.ts';
import type { LogWriter } from './log-writer.ts';
import type { RecordIndex } from './record-index.ts';
import type { Segment } from './segment.ts';
import type { SegmentList } from './segment-list.ts';
import type { SegmentPool } from './segment-pool.ts';

/** So many segments of dead bytes are nothing to do about. */
const DEAD_SEGMENTS = 4;
/** Of one spare segment, when there are no others: left to settlements. */
const SETTLEMENTS_SHARE = 0.5;
/** Bytes that are copied for a write that has fewer itself. */
const STEP_BYTES_MIN = 128 * 1024;
/** Numbers that are looked at in one step. */
const STEP_NUMBERS = 4096;

export interface CopyParts {
  readonly index: RecordIndex;
  readonly segments: SegmentList;
  readonly pool: SegmentPool;
  readonly writer: LogWriter;
  readonly bodies: BodyReader;
  /** What is to be said of a record now; undefined: as it was. */
  readonly ask: (number: number, kind: number, head: Buffer) => Bytes | undefined;
}

export class CopyForward {
  /** Bytes copied since the start. */
  bytes = 0;
  readonly #host: Host;
  readonly #segmentBytes: number;
  readonly #parts: CopyParts;
  #segment: Segment | undefined;
  /** The next number to look at in it, and then the next of those copied into it. */
  #number = 0;
  #copied = 0;
  #broken = false;

  constructor(host: Host, segmentBytes: number, parts: CopyParts) {
    this.#host = host;
    this.#segmentBytes = segmentBytes;
    this.#parts = parts;
  }

  /** Does a bounded amount of work; called before a write that takes `waitingBytes` anyway. */
  step(waitingBytes: number): void {
    const { oldest } = this.#parts.segments;
    if (oldest === undefined || !oldest.sealed || oldest.live === 0 || this.#broken) return;
    if (this.#segment !== oldest) {
      if (!this.#worthwhile(oldest)) return;
      this.#segment = oldest;
      this.#number = oldest.firstNumber;
      this.#copied = 0;
    }
    try {
      this.#copySome(oldest, Math.max(STEP_BYTES_MIN, waitingBytes));
    } catch (error) {
      this.#broken = true;
      this.#host.log('error', 'a record cannot be copied forward: its segment stays', {
        error: (error as Error).message,
      });
    }
  }

  #worthwhile(oldest: Segment): boolean {
    const { segments, pool } = this.#parts;
    const dead = segments.bytes - segments.liveBytes;
    if (pool.failure === undefined) {
      return dead > Math.max(DEAD_SEGMENTS * this.#segmentBytes, segments.liveBytes);
    }
    // Space is short: a segment's worth of dead bytes is worth it, if what lives in the oldest fits
    // into what is spare, and settlements still do.
    const { newest } = segments;
    const left = newest === undefined ? 0 : newest.size - newest.end;
    const spare = left + (pool.spares - segments.owed - SETTLEMENTS_SHARE) * this.#segmentBytes;
    const needed = oldest.liveBytes + oldest.live * RECORD_HEAD;
    return dead > this.#segmentBytes && needed < spare;
  }

  #copySome(segment: Segment, budgetBytes: number): void {
    const { index } = this.#parts;
    let bytes = 0;
    let looked = 0;
    while (segment.live > 0 && bytes < budgetBytes && looked++ < STEP_NUMBERS) {
      if (this.#number < segment.endNumber) {
        const number = index.next(this.#number, segment.endNumber);
        this.#number = number + 1;
        if (index.segmentOf(number) === segment.ordinal) bytes += this.#copy(segment, number);
        continue;
      }
      const number = segment.copied[this.#copied++];
      if (number === undefined) return;
      if (index.segmentOf(number) === segment.ordinal) bytes += this.#copy(segment, number);
    }
  }

  #copy(from: Segment, number: number): number {
    const { index, segments, writer, bodies, ask } = this.#parts;
    const { record, head, body } = bodies.record(number);
    const { kind, headLength, bodyLength, bodyCrc } = record;
    const now = ask(number, kind, head) ?? head;
    const flags = RecordFlag.kept | RecordFlag.copied;
    const to = writer.put(number, kind, flags, now, body, bodyCrc);
    segments.drop(from, RECORD_HEAD + headLength + bodyLength, writer.clock);
    const length = RECORD_HEAD + now.length + bodyLength;
    index.put(number, to.ordinal, to.end - bodyLength, now.length * 256 + kind, bodyLength);
    segments.add(to, length);
    to.copied.push(number);
    this.bytes += length;
    return length;
  }
}
