// Reads a journal that may be damaged, for the commands that verify, print, export and salvage it.
// It opens files for reading only, goes on behind what is unreadable, and checks every body.
//
// What it gives is the log as it is: settlements and what they settle. It says what was skipped.

import type { OpenFile } from '../files.ts';
import type { Host } from '../host.ts';
import {
  decodeSegmentHead,
  FORMAT_VERSION,
  keyOf,
  RECORD_HEAD,
  RecordFlag,
  type RecordHead,
  SEGMENT_START,
} from './frame.ts';
import { JournalError } from './journal.ts';
import { parseSegmentName, segmentName } from './segment.ts';
import { type CheckedBatchHead, SegmentReader } from './segment-reader.ts';

/** A record with all its bytes. */
export interface ScannedRecord {
  readonly number: number;
  readonly kind: number;
  readonly kept: boolean;
  /** It replaces an earlier record of its number. */
  readonly copied: boolean;
  readonly head: Buffer;
  readonly body: Buffer;
}

/** Something that cannot be read. */
export interface ScanDamage {
  readonly file: string;
  readonly offset: number;
  readonly what: string;
}

export interface ScanVisitor {
  record(record: ScannedRecord): void;
  damage(damage: ScanDamage): void;
  progress?(bytes: number, ofBytes: number): void;
}

export interface ScanReport {
  readonly journalId: string;
  readonly segments: number;
  readonly records: number;
  readonly bytes: number;
  readonly damages: number;
  /** Records of groups that were not finished. */
  readonly dropped: number;
}

interface ScannedSegment {
  readonly name: string;
  readonly generation: number;
  readonly size: number;
  readonly file: OpenFile;
  readonly reader: SegmentReader;
  readonly heads: CheckedBatchHead[];
}

/**
 * Visits all that is readable in a journal's directory, in the order of the log.
 *
 * @throws {JournalError} `foreign` if there is nothing of a journal
 */
export function scanLog(host: Host, directory: string, visitor: ScanVisitor): ScanReport {
  const scan = scanBySegment(host, directory, visitor);
  for (;;) {
    const step = scan.next();
    if (step.done === true) return step.value;
  }
}

/** {@link scanLog}, with a pause after each segment for whoever has to do something meanwhile. */
export function scanBySegment(
  host: Host,
  directory: string,
  visitor: ScanVisitor,
): Generator<void, ScanReport> {
  return new LogScan(host, directory, visitor).run();
}

class LogScan {
  readonly #host: Host;
  readonly #directory: string;
  readonly #visitor: ScanVisitor;
  #journalId: string | undefined;
  #segments: ScannedSegment[] = [];
  #group: ScannedRecord[] = [];
  #records = 0;
  #damages = 0;
  #dropped = 0;
  #bytes = 0;

  constructor(host: Host, directory: string, visitor: ScanVisitor) {
    this.#host = host;
    this.#directory = directory;
    this.#visitor = visitor;
  }

  *run(): Generator<void, ScanReport> {
    const names = this.#host.files.list(this.#directory).sort();
    const whole = names.filter((name) => parseSegmentName(name)?.whole === true);
    // The id first: without it the batches of a file whose head is lost are not to be found.
    for (const name of whole) this.#journalId ??= this.#headOf(name)?.journalId;
    const journalId = this.#journalId;
    if (journalId === undefined) {
      throw new JournalError('foreign', `${this.#directory} holds no readable segment`, {
        file: this.#directory,
      });
    }
    for (const name of whole) this.#look(name, journalId);
    this.#segments.sort((one, other) => one.generation - other.generation);
    const written = this.#segments.filter(({ heads }) => heads.length > 0);
    const oldest = Math.max(0, ...written.flatMap(({ heads }) => heads.map((head) => head.oldest)));
    const needed = written.filter(({ generation }) => generation >= oldest);
    const ofBytes = needed.reduce((sum, { size }) => sum + size, 0);
    let bytes = 0;
    for (const [index, segment] of needed.entries()) {
      this.#segment(segment, needed[index + 1]);
      segment.file.close();
      bytes += segment.size;
      this.#visitor.progress?.(bytes, ofBytes);
      yield;
    }
    this.#dropGroup();
    return {
      journalId,
      segments: needed.length,
      records: this.#records,
      bytes: this.#bytes,
      damages: this.#damages,
      dropped: this.#dropped,
    };
  }

  #headOf(name: string) {
    const file = this.#host.files.open(`${this.#directory}/${name}`, 'read');
    const start = Buffer.alloc(SEGMENT_START);
    const count = file.read(start, 0);
    file.close();
    const head = decodeSegmentHead(start.subarray(0, count), this.#host.crc32);
    if (typeof head === 'string') return undefined;
    if (head.version <= FORMAT_VERSION) return head;
    const text = `${name} has format ${head.version}, and this version reads ${FORMAT_VERSION}`;
    throw new JournalError('foreign', text, { file: name });
  }

  #look(name: string, journalId: string): void {
    const head = this.#headOf(name);
    if (head !== undefined && head.journalId !== journalId) {
      this.#damaged(name, 16, `it is of journal ${head.journalId}, and left out`);
      return;
    }
    const file = this.#host.files.open(`${this.#directory}/${name}`, 'read');
    const size = file.size();
    const generation = head?.generation ?? this.#guess(file, size, journalId);
    if (generation === 0) {
      file.close();
      return;
    }
    if (head === undefined) this.#damaged(name, 0, 'its head is unreadable');
    else {
      const was = segmentName(head.file);
      if (was !== name) this.#damaged(name, 24, `it was written as ${was}`);
      if (head.size !== size) this.#damaged(name, size, `it had ${head.size} bytes`);
    }
    const { crc32 } = this.#host;
    const reader = new SegmentReader(() => file, generation, size, crc32, keyOf(journalId));
    const heads: CheckedBatchHead[] = [];
    reader.search(SEGMENT_START, (batch) => heads.push(batch));
    this.#segments.push({ name, generation, size, file, reader, heads });
  }

  /** The generation of the first batch of a file without a head; 0 if there is none. */
  #guess(file: OpenFile, size: number, journalId: string): number {
    const bytes = Buffer.alloc(4);
    if (file.read(bytes, SEGMENT_START + 8) < bytes.length) return 0;
    const generation = bytes.readUInt32BE(0);
    const { crc32 } = this.#host;
    const reader = new SegmentReader(() => file, generation, size, crc32, keyOf(journalId));
    return reader.first() === undefined ? 0 : generation;
  }

  #segment(segment: ScannedSegment, next: ScannedSegment | undefined): void {
    const { heads, generation, name } = segment;
    const follower = next?.heads[0]?.watermark;
    if (next !== undefined && follower !== undefined && follower.generation !== generation) {
      this.#damaged(next.name, SEGMENT_START, `generation ${follower.generation} is missing`);
    }
    let safe = follower?.generation === generation ? follower.offset : 0;
    for (const { watermark } of heads) {
      if (watermark.generation === generation) safe = Math.max(safe, watermark.offset);
    }
    let from = SEGMENT_START;
    for (;;) {
      const end = this.#walk(segment, from);
      if (end >= safe) return;
      const resume = heads.find(({ position }) => position > end);
      const until = resume?.position ?? safe;
      this.#damaged(name, end, `${until - end} bytes are unreadable, up to offset ${until}`);
      this.#dropGroup();
      if (resume === undefined) return;
      from = resume.position;
    }
  }

  #walk(segment: ScannedSegment, from: number): number {
    const { reader, size } = segment;
    const visitor = {
      batch: (head: CheckedBatchHead) => {
        if (head.firstOfRun) this.#dropGroup();
      },
      record: (at: number, record: RecordHead, head: Buffer) => {
        this.#record(segment, at, record, Buffer.from(head));
      },
    };
    return reader.walk({ from, limit: size, checkBodiesFrom: size, previous: undefined }, visitor);
  }

  #record(segment: ScannedSegment, at: number, record: RecordHead, head: Buffer): void {
    const { number, kind, flags, headLength, bodyLength } = record;
    const body = Buffer.allocUnsafeSlow(bodyLength);
    const bodyAt = at + RECORD_HEAD + headLength;
    const sound = () => {
      const there = segment.file.read(body, bodyAt) === bodyLength;
      return there && this.#host.crc32(body, 0) === record.bodyCrc;
    };
    this.#bytes += RECORD_HEAD + headLength + bodyLength;
    if (bodyLength > 0 && !sound() && !sound()) {
      this.#damaged(segment.name, bodyAt, `the body of record ${number} is not what was written`);
      return;
    }
    const kept = (flags & RecordFlag.kept) !== 0;
    const copied = (flags & RecordFlag.copied) !== 0;
    this.#group.push({ number, kind, kept, copied, head, body });
    if ((flags & RecordFlag.more) !== 0) return;
    for (const one of this.#group) this.#visitor.record(one);
    this.#records += this.#group.length;
    this.#group = [];
  }

  #dropGroup(): void {
    this.#dropped += this.#group.length;
    this.#group = [];
  }

  #damaged(file: string, offset: number, what: string): void {
    this.#damages++;
    this.#visitor.damage({ file, offset, what });
  }
}
