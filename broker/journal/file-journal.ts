// The journal on disk. It puts the parts together: records go through the writer into segments,
// the index knows where the kept ones lie, and segments go from the front as they empty.
//
//     append ─► log-writer ─► segment files ─► body-reader ─► read
//                  ▲  │            ▲
//     copy-forward ┘  └─► durable  └ segment-pool
//
// The format, and what is done about damage: docs/journal-format.md.

import { assert } from '../errors.ts';
import type { Host } from '../host.ts';
import { BodyReader } from './body-reader.ts';
import { CopyForward } from './copy-forward.ts';
import { keyOf, OWNER_HEAD_MAX, RECORD_HEAD, RecordFlag } from './frame.ts';
import { type Inspection, Inspector, unusable } from './inspection.ts';
import {
  type Bytes,
  type Journal,
  JournalError,
  type JournalStatistics,
  type RecoveryReport,
  type Visit,
} from './journal.ts';
import { type Found, LogReplay, lengthOf } from './log-replay.ts';
import { LogWriter } from './log-writer.ts';
import { RecordIndex } from './record-index.ts';
import { type Segment, segmentName } from './segment.ts';
import { SegmentList } from './segment-list.ts';
import { SegmentPool } from './segment-pool.ts';
import { SegmentReader } from './segment-reader.ts';

export interface FileJournalOptions {
  /** Where the segments are; made if it is not there. */
  readonly directory: string;
  /** Bytes of a segment. What exists keeps its size. */
  readonly segmentBytes: number;
  /** Bytes that are to stay free on the volume. Default 0. */
  readonly freeBytesMin?: number;
  /**
   * 0 (default): what is confirmed is safe. Else a sync so often, and a crash of the machine (not
   * of the process) loses what was confirmed since the last one.
   */
  readonly syncEveryMs?: number;
  /** Told of a replay as it goes on. */
  readonly progress?: (bytes: number, ofBytes: number) => void;
}

/** Two are kept for settlements and copying forward when the disk is full. */
const SPARES_MIN = 2;
/** Copying forward lets go of as many at once as it waited for: they are not made anew. */
const SPARES_MAX = 8;
/** Numbers that are left out at a restart: more than were ever appended and not yet durable. */
const NUMBER_GAP = 2 ** 20;
const NO_BODY: Buffer = Buffer.alloc(0);

export class FileJournal implements Journal {
  readonly lasting = true;
  /** Sixteen hexadecimal digits, made with the journal and the same ever after. */
  readonly id: string;
  durable: number;
  onDurable: (() => void) | undefined;
  onFailed: ((error: Error) => void) | undefined;
  carry: ((number: number, kind: number, head: Buffer) => Bytes | undefined) | undefined;
  readonly #host: Host;
  readonly #options: FileJournalOptions;
  readonly #found: Inspection;
  readonly #index: RecordIndex = new RecordIndex();
  readonly #segments: SegmentList;
  readonly #pool: SegmentPool;
  readonly #run: number;
  #writer: LogWriter | undefined;
  #bodies: BodyReader | undefined;
  #copies: CopyForward | undefined;
  #grouping = false;
  /** Segments in which records died during the group. */
  #groupDrops: Segment[] = [];
  #records = 0;
  #payloadBytes = 0;
  #ready: { readonly done: () => void; readonly failed: (error: Error) => void } | undefined;
  #opened = false;

  /**
   * Looks at a directory and changes nothing in it.
   *
   * @throws {JournalError} if it cannot be used as it is
   */
  constructor(host: Host, options: FileJournalOptions) {
    this.#host = host;
    this.#options = options;
    this.#found = new Inspector(host, options.directory).inspect();
    this.id = this.#found.journalId ?? host.randomHex(8);
    const random = Number.parseInt(host.randomHex(4), 16);
    // Never the same as the one before, whatever chance says.
    this.#run = (random + (this.#found.last?.run ?? 0) + 1) >>> 0;
    this.#segments = new SegmentList(this.#found.nextGeneration);
    const { directory, segmentBytes, freeBytesMin = 0 } = options;
    const sizes = { segmentBytes, sparesMin: SPARES_MIN, sparesMax: SPARES_MAX };
    const spares = this.#found.spares.filter(({ size }) => size === segmentBytes);
    this.#pool = new SegmentPool(
      host,
      { ...sizes, directory, freeBytesMin },
      spares,
      this.#found.nextFile,
    );
    this.durable = 0;
  }

  /** It has its first segment, and what was found is safe: see {@link ready}. */
  get open(): boolean {
    return this.#opened;
  }

  /** Nothing that was appended is still to be written. */
  get settled(): boolean {
    return this.#writing().idle;
  }

  get statistics(): JournalStatistics {
    const writer = this.#writer;
    return {
      segments: this.#segments.count,
      spares: this.#pool.spares,
      bytes: this.#segments.bytes,
      liveBytes: this.#segments.liveBytes,
      liveRecords: this.#segments.live,
      bytesWritten: writer?.bytesWritten ?? 0,
      payloadBytes: this.#payloadBytes,
      preallocatedBytes: this.#pool.preallocatedBytes,
      carriedBytes: this.#copies?.bytes ?? 0,
      records: this.#records,
      syncs: writer?.syncs ?? 0,
      syncMs: writer?.syncMs ?? 0,
      syncMsMax: writer?.syncMsMax ?? 0,
      full: !this.room(),
      failed: writer?.failure !== undefined,
    };
  }

  replay(visit: Visit): RecoveryReport {
    assert(this.#writer === undefined, 'a journal is replayed twice');
    try {
      return this.#replay(visit);
    } catch (error) {
      // What the system says; not what a visitor throws, nor what we say ourselves.
      const system = (error as { code?: unknown }).code !== undefined;
      throw system && !(error instanceof JournalError)
        ? unusable(this.#options.directory, error)
        : error;
    }
  }

  #replay(visit: Visit): RecoveryReport {
    const found = this.#found;
    const replay = new LogReplay((record, head) => {
      this.#replayed(record);
      const { kind, flags, number } = record.record;
      const kept = (flags & RecordFlag.kept) !== 0;
      visit(number, kind, head, kept, (flags & RecordFlag.copied) !== 0);
    });
    let { bytesRead } = found;
    let bytes = 0;
    const ofBytes = found.segments.reduce((sum, { end }) => sum + end, 0);
    for (const { file, generation, end } of found.segments) {
      const segment = this.#segments.found(generation, file.size, end);
      segment.file = file;
      segment.sealed = file !== found.segments.at(-1)?.file;
      const { crc32 } = this.#host;
      const open = () => this.#pool.open(file);
      const reader = new SegmentReader(open, generation, file.size, crc32, keyOf(this.id));
      replay.segment(segment, reader, `${this.#options.directory}/${segmentName(file.file)}`);
      bytesRead += reader.bytesRead;
      bytes += end;
      this.#options.progress?.(bytes, ofBytes);
    }
    replay.finish();
    this.#begin(replay.next);
    const { truncated } = found;
    return {
      records: replay.records,
      kept: this.#segments.live,
      segments: found.segments.length,
      bytesRead,
      truncated,
      droppedOfGroup: replay.droppedOfGroup,
    };
  }

  /**
   * Resolves when the journal has its first segment, and has written to it.
   *
   * @throws {JournalError} `unusable` if that cannot be
   */
  ready(): Promise<void> {
    const writer = this.#writer;
    assert(writer !== undefined, 'a journal is ready before its replay');
    return new Promise((done, failed) => {
      if (this.#opened) done();
      else if (writer.failure !== undefined)
        failed(unusable(this.#options.directory, writer.failure));
      else this.#ready = { done, failed };
    });
  }

  append(kind: number, kept: boolean, head: Bytes, body?: Bytes): number {
    return this.#append(this.#writing().lastNumber + 1, kind, kept, head, body);
  }

  /**
   * Appends a record of another journal under its own number, for an import or a salvage. Numbers
   * grow, but for a record that replaces one of the same number.
   */
  restore(number: number, kind: number, kept: boolean, head: Bytes, body: Bytes): void {
    const writer = this.#writing();
    const { lastNumber } = writer;
    if (this.#index.has(number)) this.discard(number);
    const copied = number <= lastNumber;
    this.#append(number, kind, kept, head, body, copied ? RecordFlag.copied : 0);
    if (copied && kept) this.#segments.newest?.copied.push(number);
    writer.lastNumber = Math.max(lastNumber, number);
  }

  #append(
    number: number,
    kind: number,
    kept: boolean,
    head: Bytes,
    body: Bytes | undefined,
    copied = 0,
  ): number {
    const writer = this.#writing();
    this.#records++;
    if (writer.failure !== undefined) {
      writer.lastNumber = number;
      return number;
    }
    assert(head.length <= OWNER_HEAD_MAX, `a head of ${head.length} bytes is too long`);
    const more = this.#grouping ? RecordFlag.more : 0;
    const flags = (kept ? RecordFlag.kept : 0) | more | copied;
    const crc = body === undefined ? 0 : this.#host.crc32(body, 0);
    const segment = writer.put(number, kind, flags, head, body, crc);
    // Only now: a batch that had to end before this record does not confirm it.
    writer.lastNumber = number;
    const bodyLength = body === undefined ? 0 : body.length;
    this.#payloadBytes += head.length + bodyLength;
    if (kept) {
      const bodyAt = segment.end - bodyLength;
      this.#index.put(number, segment.ordinal, bodyAt, head.length * 256 + kind, bodyLength);
      this.#segments.add(segment, RECORD_HEAD + head.length + bodyLength);
    }
    return number;
  }

  atomic(work: () => void): void {
    assert(!this.#grouping, 'a group is made in another');
    const writer = this.#writing();
    const before = writer.lastNumber;
    this.#grouping = true;
    try {
      work();
    } finally {
      this.#grouping = false;
      if (writer.lastNumber > before && writer.failure === undefined) writer.endGroup();
      for (const segment of this.#groupDrops) segment.settledAt = writer.clock;
      this.#groupDrops = [];
    }
  }

  sync(): void {
    this.#writing().pump();
  }

  discard(number: number): void {
    // What was appended after a failure was never noted.
    if (this.#writer?.failure !== undefined) return;
    const { segment: ordinal, headLength, bodyLength } = this.#index.get(number);
    const segment = this.#segments.at(ordinal);
    this.#index.remove(number);
    this.#segments.drop(
      segment,
      RECORD_HEAD + headLength + bodyLength,
      this.#writer === undefined ? 0 : this.#writer.clock,
    );
    if (this.#grouping && this.#groupDrops.at(-1) !== segment) this.#groupDrops.push(segment);
  }

  room(bytes = 0): boolean {
    return this.#pool.room(bytes, this.#segments.owed);
  }

  read(number: number): Buffer {
    this.#mustHave(number);
    return this.#index.get(number).bodyLength === 0 ? NO_BODY : this.#reading().record(number).body;
  }

  readMany(numbers: readonly number[]): Buffer[] {
    for (const number of numbers) this.#mustHave(number);
    return this.#reading().bodies(numbers);
  }

  bodyLength(number: number): number {
    return this.#index.get(number).bodyLength;
  }

  has(number: number): boolean {
    return this.#index.has(number);
  }

  close(): Promise<void> {
    const writer = this.#writer;
    return new Promise((done) => {
      if (writer === undefined) this.#pool.close(done);
      else writer.close(() => this.#pool.close(done));
    });
  }

  #mustHave(number: number): void {
    const failure = this.#writer?.failure;
    if (failure === undefined || this.#index.has(number)) return;
    throw unusable(this.#options.directory, failure);
  }

  #writing(): LogWriter {
    assert(this.#writer !== undefined, 'a journal is used before its replay');
    return this.#writer;
  }

  #reading(): BodyReader {
    assert(this.#bodies !== undefined, 'a journal is read before its replay');
    return this.#bodies;
  }

  #replayed({ segment, at, record }: Found): void {
    if ((record.flags & RecordFlag.kept) === 0) return;
    const { number, kind, headLength, bodyLength } = record;
    if (this.#index.has(number)) this.discard(number);
    const bodyAt = at + RECORD_HEAD + headLength;
    this.#index.put(number, segment.ordinal, bodyAt, headLength * 256 + kind, bodyLength);
    this.#segments.add(segment, lengthOf(record));
    if ((record.flags & RecordFlag.copied) !== 0) segment.copied.push(number);
  }

  #begin(next: number): void {
    const { files } = this.#host;
    const { directory, segmentBytes, syncEveryMs = 0 } = this.#options;
    if (this.#found.journalId === undefined) this.#makeDirectory();
    const { removable, unfinished } = this.#found;
    // Made for another size of segments, or for one large record: nobody would use them again.
    const odd = removable.filter(({ size }) => size !== segmentBytes);
    const useless = [...unfinished, ...odd.map(({ file }) => segmentName(file))];
    for (const name of useless) files.remove(`${directory}/${name}`, () => {});
    const fresh = this.#segments.count === 0;
    const lastNumber = fresh ? next - 1 : next - 1 + NUMBER_GAP;
    this.durable = lastNumber;
    const writer = new LogWriter(
      this.#host,
      {
        journalId: this.id,
        segmentBytes,
        syncEveryMs,
        previous: this.#found.last?.crc ?? 0,
        run: this.#run,
        lastNumber,
      },
      this.#pool,
      this.#segments,
      {
        beforeWrite: (waitingBytes) => this.#copies?.step(waitingBytes),
        durable: (number) => this.#durable(number),
        failed: (error) => this.#failed(error),
      },
    );
    this.#writer = writer;
    const parts = { index: this.#index, segments: this.#segments, pool: this.#pool, writer };
    this.#bodies = new BodyReader(this.#host, directory, parts);
    this.#copies = new CopyForward(this.#host, segmentBytes, {
      ...parts,
      bodies: this.#bodies,
      ask: (number, kind, head) => this.carry?.(number, kind, head),
    });
    this.#pool.onChange = () => this.#poolChanged();
    this.#pool.fill();
    writer.mark();
  }

  #makeDirectory(): void {
    try {
      this.#host.files.makeDirectory(this.#options.directory);
    } catch (error) {
      throw unusable(this.#options.directory, error as Error);
    }
  }

  #poolChanged(): void {
    const { failure } = this.#pool;
    if (failure !== undefined && !this.#opened && this.#pool.spares === 0) {
      this.#ready?.failed(unusable(this.#options.directory, failure));
      this.#ready = undefined;
    }
    this.#writer?.pump();
  }

  #durable(number: number): void {
    if (!this.#opened) {
      this.#opened = true;
      this.#ready?.done();
      this.#ready = undefined;
    }
    if (number <= this.durable) return;
    this.durable = number;
    this.onDurable?.();
  }

  #failed(error: Error): void {
    this.#ready?.failed(unusable(this.#options.directory, error));
    this.#ready = undefined;
    this.#host.log('error', 'the journal failed: nothing more is confirmed', {
      error: error.message,
      durable: this.durable,
    });
    this.onFailed?.(error);
  }
}
