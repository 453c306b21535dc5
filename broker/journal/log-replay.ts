// Walks the whole log once, after the inspection found it sound: every record's head, in order,
// with groups whole or not at all. It must end where each segment is known to end.

import { RECORD_HEAD, RecordFlag, type RecordHead, SEGMENT_START } from './frame.ts';
import { damage } from './inspection.ts';
import type { Segment } from './segment.ts';
import type { CheckedBatchHead, SegmentReader } from './segment-reader.ts';

/** Where a record that counts was found. */
export interface Found {
  readonly segment: Segment;
  /** Offset of the record's head. */
  readonly at: number;
  readonly record: RecordHead;
}

/** @param head - valid during the call */
export type RecordVisit = (found: Found, head: Buffer) => void;

export class LogReplay {
  records = 0;
  droppedOfGroup = 0;
  /** The number after the largest one found. */
  next = 1;
  readonly #visit: RecordVisit;
  /** Records of a group whose last one was not seen yet; their heads are copies. */
  #group: { readonly found: Found; readonly head: Buffer }[] = [];
  /** Checksum of the last batch head. */
  #previous: number | undefined;

  constructor(visit: RecordVisit) {
    this.#visit = visit;
  }

  /** Visits a segment, which follows the one visited before. */
  segment(segment: Segment, reader: SegmentReader, path: string): void {
    const visitor = {
      batch: (head: CheckedBatchHead) => {
        // What a former opening did not finish stays unfinished.
        if (head.firstOfRun) this.#dropGroup();
        this.next = Math.max(this.next, head.next);
        this.#previous = head.crc;
        segment.runs.push({ from: head.position, run: head.run });
      },
      record: (at: number, record: RecordHead, head: Buffer) => {
        if (segment.firstNumber === 0) segment.firstNumber = this.next;
        this.#record({ segment, at, record }, head);
      },
    };
    const end = reader.walk(
      {
        from: SEGMENT_START,
        limit: segment.end,
        checkBodiesFrom: segment.end,
        previous: this.#previous,
      },
      visitor,
    );
    if (end !== segment.end) {
      throw damage(path, end, `what is there is unreadable, and was safe up to ${segment.end}`);
    }
    if (segment.firstNumber === 0) segment.firstNumber = this.next;
    segment.endNumber = this.next;
  }

  /** The log is at its end. */
  finish(): void {
    this.#dropGroup();
  }

  #record(found: Found, head: Buffer): void {
    const { flags, number } = found.record;
    this.next = Math.max(this.next, number + 1);
    if ((flags & RecordFlag.more) !== 0) {
      this.#group.push({ found, head: Buffer.from(head) });
      return;
    }
    for (const one of this.#group) this.#visit(one.found, one.head);
    this.records += this.#group.length + 1;
    this.#group = [];
    this.#visit(found, head);
  }

  #dropGroup(): void {
    this.droppedOfGroup += this.#group.length;
    this.#group = [];
  }
}

/** Bytes of a record with its head and the owner's. */
export function lengthOf(record: RecordHead): number {
  return RECORD_HEAD + record.headLength + record.bodyLength;
}
