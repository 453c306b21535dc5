// Reads the frames of one segment in order: heads, not bodies. Each frame is checked; where one is
// not what was written, the same bytes are read once more before that is believed.

import type { OpenFile } from '../files.ts';
import {
  BATCH_HEAD,
  BATCH_MAGIC,
  type BatchHead,
  type Checksum,
  checkRecord,
  decodeBatchHead,
  peekRecord,
  RECORD_HEAD,
  type RecordHead,
  SEGMENT_START,
  saltOf,
} from './frame.ts';

/** One read takes so much while bodies are small, and so much when they are worth skipping. */
const WINDOW_BYTES = 256 * 1024;
const WINDOW_BYTES_SKIPPING = 4 * 1024;
const BODY_WORTH_SKIPPING = 16 * 1024;

export interface FrameVisitor {
  /** A batch head; false stops before it. */
  batch(head: BatchHead & { readonly crc: number }): void;
  /** @param head - the owner's; valid during the call */
  record(at: number, record: RecordHead, head: Buffer): void;
}

/** A batch head and the checksum by which the next one names it. */
export type CheckedBatchHead = BatchHead & { readonly crc: number };

export interface Walk {
  /** Offset of the first frame. */
  readonly from: number;
  /** No frame is beyond. */
  readonly limit: number;
  /** Bodies of records that end after this are checked too. */
  readonly checkBodiesFrom: number;
  /** Checksum of the batch head before `from`; undefined if unknown. */
  readonly previous: number | undefined;
}

export class SegmentReader {
  bytesRead = 0;
  readonly #file: () => OpenFile;
  readonly #generation: number;
  readonly #size: number;
  readonly #crc32: Checksum;
  readonly #key: number;
  #window: Buffer = Buffer.alloc(0);
  #windowAt = 0;
  #storage: Buffer = Buffer.alloc(0);
  #windowBytes = WINDOW_BYTES;

  constructor(
    file: () => OpenFile,
    generation: number,
    size: number,
    crc32: Checksum,
    key: number,
  ) {
    this.#file = file;
    this.#generation = generation;
    this.#size = size;
    this.#crc32 = crc32;
    this.#key = key;
  }

  /** Visits frames until one is not readable; returns the offset of that one. */
  walk(walk: Walk, visitor: FrameVisitor): number {
    let at = walk.from;
    let { previous } = walk;
    let salt: number | undefined;
    let again = false;
    while (at < walk.limit) {
      const head = this.#batchHead(at, walk.limit);
      if (head !== undefined && (previous === undefined || head.previous === previous)) {
        visitor.batch(head);
        previous = head.crc;
        salt = saltOf(head.run, this.#generation);
        at += BATCH_HEAD;
        again = false;
        continue;
      }
      const record = salt === undefined ? undefined : this.#record(at, walk, salt);
      if (record !== undefined) {
        const start = at + RECORD_HEAD;
        const owners = this.#bytes(start, record.headLength);
        if (owners === undefined) break;
        visitor.record(at, record, owners);
        at = start + record.headLength + record.bodyLength;
        this.#windowBytes =
          record.bodyLength >= BODY_WORTH_SKIPPING ? WINDOW_BYTES_SKIPPING : WINDOW_BYTES;
        again = false;
        continue;
      }
      if (again) break;
      again = true;
      this.#forgetWindow();
    }
    return at;
  }

  /** The first batch head of the segment. */
  first(): CheckedBatchHead | undefined {
    const head = this.#batchHead(SEGMENT_START, this.#size);
    if (head !== undefined) return head;
    this.#forgetWindow();
    return this.#batchHead(SEGMENT_START, this.#size);
  }

  /** All batch heads of this generation at or after an offset, wherever they stand. */
  search(from: number, found: (head: CheckedBatchHead) => void): void {
    this.#windowBytes = WINDOW_BYTES;
    for (let at = from; at < this.#size; ) {
      const bytes = this.#bytes(at, Math.min(WINDOW_BYTES, this.#size - at));
      if (bytes === undefined) return;
      for (let hit = bytes.indexOf(BATCH_MAGIC); hit >= 0; ) {
        const head = this.#batchHead(at + hit, this.#size);
        if (head !== undefined) found(head);
        // The head may have been read anew: the window is another.
        const rest = this.#bytes(at, bytes.length);
        hit = rest === undefined ? -1 : rest.indexOf(BATCH_MAGIC, hit + 1);
      }
      // A head may lie across the border of two pieces.
      const step = bytes.length - BATCH_HEAD;
      if (step <= 0) return;
      at += step;
    }
  }

  #batchHead(at: number, limit: number): CheckedBatchHead | undefined {
    if (at + BATCH_HEAD > limit) return undefined;
    const offset = this.#hold(at, BATCH_HEAD);
    if (offset < 0) return undefined;
    const head = decodeBatchHead(this.#window, offset, at, this.#crc32, this.#key);
    return head?.generation === this.#generation ? head : undefined;
  }

  #record(at: number, walk: Walk, salt: number): RecordHead | undefined {
    const offset = at + RECORD_HEAD <= walk.limit ? this.#hold(at, RECORD_HEAD) : -1;
    if (offset < 0) return undefined;
    const record = peekRecord(this.#window, offset);
    const { headLength, bodyLength } = record;
    const end = at + RECORD_HEAD + headLength + bodyLength;
    if (end > walk.limit) return undefined;
    const start = this.#hold(at, RECORD_HEAD + headLength);
    if (start < 0 || !checkRecord(this.#window, start, headLength, this.#crc32, salt)) {
      return undefined;
    }
    if (end <= walk.checkBodiesFrom) return record;
    const body = this.#bytes(end - bodyLength, bodyLength);
    if (body === undefined || this.#crc32(body, 0) !== record.bodyCrc) return undefined;
    return record;
  }

  /** Bytes of the file, valid until the next call; undefined beyond its end. */
  #bytes(at: number, length: number): Buffer | undefined {
    const offset = this.#hold(at, length);
    return offset < 0 ? undefined : this.#window.subarray(offset, offset + length);
  }

  /** Brings bytes of the file into the window; where they are there, or -1 beyond the file's end. */
  #hold(at: number, length: number): number {
    const offset = at - this.#windowAt;
    if (offset >= 0 && offset + length <= this.#window.length) return offset;
    const wanted = Math.max(length, this.#windowBytes);
    if (this.#storage.length < wanted) this.#storage = Buffer.allocUnsafeSlow(wanted);
    const count = this.#file().read(this.#storage.subarray(0, wanted), at);
    this.bytesRead += count;
    this.#windowAt = at;
    this.#window = this.#storage.subarray(0, count);
    return count >= length ? 0 : -1;
  }

  #forgetWindow(): void {
    this.#window = this.#storage.subarray(0, 0);
  }
}
