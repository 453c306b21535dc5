// Writes the log: one write in flight, and all that came meanwhile goes with the next.
//
//     put ─► batch ─┐          ┌──────── write, made durable ────────┐
//                   └─ pump ──►│ head: watermark, oldest │ records … │──► safe ─► pump …
//                              └─────────────────────────────────────┘
//     nothing for 50 ms ─► one more head, which says that all was safe
//
// Invariant: a batch head never names as safe what is not, nor as unneeded what a crash could make
// needed again.

import { assert } from '../errors.ts';
import type { OpenFile } from '../files.ts';
import type { Host } from '../host.ts';
import {
  BATCH_HEAD,
  encodeBatchHead,
  encodeSegmentHead,
  FORMAT_VERSION,
  keyOf,
  type Position,
  RECORD_HEAD,
  RecordFlag,
  SEGMENT_START,
  saltOf,
  sealRecord,
} from './frame.ts';
import type { Bytes } from './journal.ts';
import type { Segment, SegmentFile } from './segment.ts';
import type { SegmentList } from './segment-list.ts';
import type { SegmentPool } from './segment-pool.ts';
import { type Batch, WriteBuffer } from './write-buffer.ts';

const IDLE_MS = 50;
/** Sizes of files are whole pages. */
const PAGE = 4096;

export interface WriterOptions {
  readonly journalId: string;
  readonly segmentBytes: number;
  /** 0: each write is made safe at once. Else so often, and what is written counts as durable. */
  readonly syncEveryMs: number;
  /** What the log ended with, when it was opened. */
  readonly previous: number;
  readonly run: number;
  /** The number before the next new one. */
  readonly lastNumber: number;
}

/** What the writer tells its owner. */
export interface WriterEvents {
  /** A write is about to begin; more may be put. */
  beforeWrite(waitingBytes: number): void;
  /** Everything up to this number may be confirmed. */
  durable(number: number): void;
  failed(error: Error): void;
}

export class LogWriter {
  readonly buffer: WriteBuffer = new WriteBuffer();
  /** The last new number. */
  lastNumber: number;
  /** All bytes ever put: a clock. */
  clock = 0;
  failure: Error | undefined;
  bytesWritten = 0;
  syncs = 0;
  syncMs = 0;
  syncMsMax = 0;
  /** The batch that is being written; its bytes may be asked for. */
  inFlight: Batch | undefined;
  readonly #host: Host;
  readonly #options: WriterOptions;
  readonly #key: number;
  readonly #pool: SegmentPool;
  readonly #segments: SegmentList;
  readonly #events: WriterEvents;
  #salt = 0;
  #saltOf: Segment | undefined;
  #busy = false;
  /** When the operation began that is under way. */
  #begunAtMs = 0;
  #closing: (() => void) | undefined;
  #closed = false;
  /** A part of the log that was found at the start, and may only be in the system's memory. */
  #unsynced: Segment | undefined;
  #previous: number;
  #firstOfRun = true;
  #safe: Position;
  #safeClock = 0;
  #written: Position;
  #writtenClock = 0;
  #writtenSegment: Segment | undefined;
  #writtenOldest = 0;
  #syncDue = false;
  #syncTimer = false;
  /** Something was written after the last head that says where all is safe. */
  #unmarked = false;
  #idleTimer = false;
  #activeAtMs = 0;
  // The record put last, for the end of a group.
  #lastSlab: Buffer = Buffer.alloc(0);
  #lastAt = 0;
  #lastHeadLength = 0;
  #lastFlags = 0;

  constructor(
    host: Host,
    options: WriterOptions,
    pool: SegmentPool,
    segments: SegmentList,
    events: WriterEvents,
  ) {
    this.#host = host;
    this.#options = options;
    this.#key = keyOf(options.journalId);
    this.#pool = pool;
    this.#segments = segments;
    this.#events = events;
    this.lastNumber = options.lastNumber;
    this.#previous = options.previous;
    // Before anything is written, what was found is synced: then it is safe to its end.
    const { newest } = segments;
    this.#unsynced = newest;
    this.#safe = { generation: newest?.generation ?? 0, offset: newest?.end ?? 0 };
    this.#written = this.#safe;
    newest?.runs.push({ from: newest.end, run: options.run });
  }

  /** True once everything that was put is safe or lost. */
  get idle(): boolean {
    return !this.#busy && this.buffer.peek() === undefined;
  }

  /**
   * Appends a record to the current batch. Its body is then before the end of the segment that is
   * returned.
   */
  put(
    number: number,
    kind: number,
    flags: number,
    head: Bytes,
    body: Bytes | undefined,
    bodyCrc: number,
  ): Segment {
    const headLength = head.length;
    const bodyLength = body === undefined ? 0 : body.length;
    const length = RECORD_HEAD + headLength + bodyLength;
    const segment = this.#segmentFor(length);
    const at = this.buffer.reserve(length);
    const bytes = this.buffer.slab;
    bytes.writeUInt32BE(bodyCrc, at + 4);
    bytes[at + 8] = kind;
    bytes.writeUIntBE(number, at + 10, 6);
    bytes.writeUInt32BE(headLength, at + 16);
    bytes.writeUInt32BE(bodyLength, at + 20);
    bytes.set(head, at + RECORD_HEAD);
    if (body !== undefined) bytes.set(body, at + RECORD_HEAD + headLength);
    sealRecord(bytes, at, flags, headLength, this.#host.crc32, this.#salt);
    this.#lastSlab = bytes;
    this.#lastAt = at;
    this.#lastHeadLength = headLength;
    this.#lastFlags = flags;
    segment.end += length;
    this.#segments.bytes += length;
    this.clock += length;
    return segment;
  }

  /** The record put last ends its group. */
  endGroup(): void {
    const flags = this.#lastFlags & ~RecordFlag.more;
    const { crc32 } = this.#host;
    sealRecord(this.#lastSlab, this.#lastAt, flags, this.#lastHeadLength, crc32, this.#salt);
  }

  /** Writes a head alone, now: the first of this opening, or the last. */
  mark(): void {
    const segment = this.#segmentFor(0);
    assert(segment.end > SEGMENT_START, 'a batch head is at the start of nothing');
    this.pump();
  }

  /** Begins the next write, if none is running and there is anything to write. */
  pump(): void {
    if (this.#busy || this.#closed || this.failure !== undefined) return;
    if (this.#unsynced !== undefined) {
      this.#syncFound(this.#unsynced);
      return;
    }
    if (this.#syncDue && this.#writtenClock > this.#safeClock) {
      this.#sync();
      return;
    }
    // While batches wait for a file, nothing is to be added to them.
    if (this.buffer.waiting === 0) this.#events.beforeWrite(this.buffer.current?.bytes ?? 0);
    const batch = this.buffer.peek();
    if (batch === undefined) this.#rest();
    else if (this.#dirty && batch.segment !== this.#writtenSegment) this.#sync();
    else if (batch.segment.file === undefined) this.#attach(batch.segment);
    else this.#write(batch.segment.file);
  }

  /** Calls back when all is written that can be. */
  close(done: () => void): void {
    this.#closing = done;
    this.#syncDue = true;
    if (this.failure !== undefined) this.#finish();
    else this.pump();
  }

  get #dirty(): boolean {
    return this.#writtenClock > this.#safeClock;
  }

  /** The segment, with a batch begun, in which so many bytes fit. */
  #segmentFor(length: number): Segment {
    let segment = this.#segments.newest;
    const { current } = this.buffer;
    const needed = current === undefined ? length + BATCH_HEAD : length;
    if (segment === undefined || segment.end + needed > segment.size) {
      if (segment !== undefined) this.#seal(segment);
      const whole = SEGMENT_START + BATCH_HEAD + length;
      const { segmentBytes, run } = this.#options;
      const size = whole > segmentBytes ? Math.ceil(whole / PAGE) * PAGE : segmentBytes;
      segment = this.#segments.begin(size, this.lastNumber + 1);
      segment.runs.push({ from: SEGMENT_START, run });
    }
    if (this.#saltOf !== segment) {
      this.#saltOf = segment;
      this.#salt = saltOf(this.#options.run, segment.generation);
    }
    if (this.buffer.current === undefined) {
      const batch = this.buffer.begin(segment, segment.end);
      batch.nextNumber = this.lastNumber + 1;
      this.buffer.reserve(BATCH_HEAD);
      segment.end += BATCH_HEAD;
      this.#segments.bytes += BATCH_HEAD;
      this.clock += BATCH_HEAD;
    }
    return segment;
  }

  #seal(segment: Segment): void {
    this.buffer.end(this.lastNumber, this.clock);
    segment.sealed = true;
    segment.endNumber = this.lastNumber + 1;
    segment.settledAt = Math.max(segment.settledAt, this.clock);
  }

  /** Gives a segment its file, and the file its head, which is safe before any batch is in it. */
  #attach(segment: Segment): void {
    const file = this.#pool.take(segment.size);
    if (file === undefined) {
      if (this.#closing !== undefined && this.#pool.failure !== undefined) this.#finish();
      return;
    }
    const head = encodeSegmentHead(
      {
        version: FORMAT_VERSION,
        journalId: this.#options.journalId,
        file: file.file,
        generation: segment.generation,
        size: file.size,
      },
      this.#host.crc32,
    );
    segment.file = file;
    this.#segments.owed--;
    this.#begin(file, (handle) => {
      this.bytesWritten += head.length;
      handle.write([head], 0, true, (error) => this.#ended(error, () => {}));
    });
  }

  #write(file: SegmentFile): void {
    if (this.buffer.waiting === 0) this.buffer.end(this.lastNumber, this.clock);
    const batch = this.buffer.take();
    const { segment, start } = batch;
    const oldest = this.#segments.firstNeeded(this.#safeClock) ?? segment;
    batch.oldest = oldest.generation;
    const [first] = batch.slabs;
    assert(first !== undefined, 'a batch without bytes is written');
    const fresh = { generation: segment.generation, offset: SEGMENT_START };
    const head = {
      generation: segment.generation,
      position: start,
      watermark: this.#safe.generation === 0 ? fresh : this.#safe,
      oldest: batch.oldest,
      run: this.#options.run,
      firstOfRun: this.#firstOfRun,
      next: batch.nextNumber,
      previous: this.#previous,
    };
    this.#previous = encodeBatchHead(first.bytes, 0, head, this.#host.crc32, this.#key);
    // The first batch is made safe in any case: an opening that others saw is not forgotten.
    const durable = this.#options.syncEveryMs === 0 || this.#firstOfRun;
    this.#firstOfRun = false;
    this.inFlight = batch;
    this.bytesWritten += batch.bytes;
    this.#begin(file, (handle) => {
      handle.write(batch.buffers(), start, durable, (error) =>
        this.#ended(error, () => this.#batchWritten(batch, durable)),
      );
    });
  }

  #batchWritten(batch: Batch, safe: boolean): void {
    const { segment } = batch;
    this.inFlight = undefined;
    this.#written = { generation: segment.generation, offset: batch.end };
    this.#writtenClock = batch.clock;
    this.#writtenSegment = segment;
    this.#writtenOldest = batch.oldest;
    this.#unmarked = batch.bytes > BATCH_HEAD;
    if (this.#unmarked) this.#activeAtMs = this.#host.transportTimeMs();
    // No more is written to it: its handle may be closed when others are opened.
    if (segment.file !== undefined && segment.sealed && batch.end === segment.end) {
      segment.file.busy = false;
    }
    this.buffer.release(batch);
    if (safe) {
      this.#synced();
      this.#nowSafe();
    } else this.#syncLater();
    this.pump();
    this.#events.durable(batch.lastNumber);
  }

  #synced(): void {
    const tookMs = this.#host.transportTimeMs() - this.#begunAtMs;
    this.syncs++;
    this.syncMs += tookMs;
    if (tookMs > this.syncMsMax) this.syncMsMax = tookMs;
  }

  /** All that was written is safe: segments that its last head did not need can go. */
  #nowSafe(): void {
    this.#safe = this.#written;
    this.#safeClock = this.#writtenClock;
    for (;;) {
      const segment = this.#segments.release(this.#writtenOldest);
      if (segment === undefined) return;
      if (segment.file !== undefined) this.#pool.give(segment.file);
    }
  }

  #sync(): void {
    const file = this.#writtenSegment?.file;
    assert(file !== undefined, 'nothing was written that could be synced');
    this.#syncDue = this.#closing !== undefined;
    this.#begin(file, (handle) =>
      handle.sync((error) =>
        this.#ended(error, () => {
          this.#synced();
          this.#nowSafe();
          this.pump();
        }),
      ),
    );
  }

  #syncLater(): void {
    if (this.#syncTimer) return;
    this.#syncTimer = true;
    this.#host.timer(this.#options.syncEveryMs, () => {
      this.#syncTimer = false;
      this.#syncDue = true;
      this.pump();
    });
  }

  /** What a former process wrote may never have been synced: before it counts, it is. */
  #syncFound(segment: Segment): void {
    const { file } = segment;
    assert(file !== undefined, 'a segment was found without a file');
    this.#begin(file, (handle) =>
      handle.sync((error) =>
        this.#ended(error, () => {
          this.#unsynced = undefined;
          this.pump();
        }),
      ),
    );
  }

  #begin(file: SegmentFile, work: (handle: OpenFile) => void): void {
    this.#busy = true;
    this.#begunAtMs = this.#host.transportTimeMs();
    file.busy = true;
    try {
      work(this.#pool.open(file));
    } catch (error) {
      this.#busy = false;
      this.#fail(error as Error);
    }
  }

  #ended(error: Error | null, then: () => void): void {
    this.#busy = false;
    if (this.failure !== undefined || this.#closed) return;
    if (error !== null) {
      this.#fail(error);
      return;
    }
    then();
    this.pump();
  }

  /** There is nothing to write. */
  #rest(): void {
    const first = this.#segments.firstNeeded(this.#safeClock);
    const waits = first !== undefined && first.generation > this.#writtenOldest;
    const { newest } = this.#segments;
    const fits = newest !== undefined && newest.end + BATCH_HEAD <= newest.size;
    const mark = (this.#unmarked || waits) && fits;
    if (this.#closing !== undefined) {
      if (mark && !this.#dirty) this.mark();
      else if (!this.#dirty) this.#finish();
      return;
    }
    if (!mark || this.#idleTimer) return;
    this.#idleTimer = true;
    this.#host.timer(IDLE_MS, () => {
      this.#idleTimer = false;
      if (this.#closed || this.failure !== undefined) return;
      const restedMs = this.#host.transportTimeMs() - this.#activeAtMs;
      if (!this.idle || restedMs < IDLE_MS || this.#dirty) this.pump();
      else this.mark();
    });
  }

  #fail(error: Error): void {
    this.failure = error;
    this.buffer.clear();
    this.inFlight = undefined;
    this.#events.failed(error);
    if (this.#closing !== undefined) this.#finish();
  }

  #finish(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#closing?.();
  }
}
