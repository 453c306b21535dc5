// Looks at a directory before anything in it is changed: which files are segments of this journal,
// in which order, where the log ends, and whether something is missing or damaged. It reads the
// heads of all segments and the whole of the last one.
//
//     the newest segment with a batch ──► its last batch head: what is the oldest that is needed
//     from there back                 ──► each segment's first batch head says who was before it,
//                                         and where that one ended
//
// The rules, with their reasons, are in docs/journal-format.md.

import type { OpenFile } from '../files.ts';
import type { Host } from '../host.ts';
import {
  type BatchHead,
  decodeSegmentHead,
  FORMAT_VERSION,
  isBefore,
  keyOf,
  type Position,
  SEGMENT_START,
  type SegmentHead,
} from './frame.ts';
import { JournalError } from './journal.ts';
import { parseSegmentName, type SegmentFile, segmentName } from './segment.ts';
import { type CheckedBatchHead, SegmentReader } from './segment-reader.ts';

/** A segment that holds a part of the log. */
export interface FoundSegment {
  readonly file: SegmentFile;
  readonly generation: number;
  /** Where its last frame ends. */
  readonly end: number;
}

/** What is in the directory of a journal that can be used. */
export interface Inspection {
  /** Undefined for a directory without a journal. */
  readonly journalId: string | undefined;
  /** In the order of the log. */
  readonly segments: FoundSegment[];
  /** Files that hold nothing that is needed. */
  readonly spares: SegmentFile[];
  /** Those of them that would say nothing new if their removal were lost in a crash. */
  readonly removable: SegmentFile[];
  /** Names of files that were not finished when the process ended. */
  readonly unfinished: string[];
  /** No file has this number or a larger one. */
  readonly nextFile: number;
  readonly nextGeneration: number;
  /** The last batch head of the log. */
  readonly last: CheckedBatchHead | undefined;
  /** The log is known to have been safe up to here. */
  readonly watermark: Position;
  /** Where a half-written record, or one that follows such a one, was cut off. */
  readonly truncated: { readonly file: string; readonly offset: number } | undefined;
  bytesRead: number;
}

interface Candidate {
  readonly file: SegmentFile;
  readonly head: SegmentHead;
  readonly reader: SegmentReader;
  readonly first: CheckedBatchHead | undefined;
}

const SALVAGE =
  'Nothing was changed. To see what is readable: `angelia data verify --data DIR`; to copy what ' +
  'is readable into a new directory: `angelia data salvage --data DIR --to NEW`';

/** Damage below what was confirmed: where, what, and what to do. */
export function damage(file: string, offset: number, what: string, cause?: unknown): JournalError {
  const text = `${file} is damaged at offset ${offset}: ${what}. ${SALVAGE}`;
  return new JournalError('damaged', text, { file, offset }, { cause });
}

/** A directory that the system does not let us use. */
export function unusable(directory: string, error: unknown): JournalError {
  const { message, code } = error as { message: string; code?: string };
  const readOnly = code === 'EACCES' || code === 'EROFS' || code === 'EPERM';
  const advice = readOnly
    ? 'It must be readable and writable by this user'
    : 'Check the path and the disk';
  const text = `${directory} cannot be used: ${message}. ${advice}`;
  return new JournalError('unusable', text, { file: directory }, { cause: error });
}

export class Inspector {
  readonly #host: Host;
  readonly #directory: string;
  readonly #candidates: Candidate[] = [];
  readonly #spares: SegmentFile[] = [];
  /** Files that were never used. */
  readonly #empty: SegmentFile[] = [];
  /** Files whose head cannot be read, though there is something in them. */
  readonly #unreadable: SegmentFile[] = [];
  readonly #unfinished: string[] = [];
  #journalId: string | undefined;
  #nextFile = 1;
  #truncated: { readonly file: string; readonly offset: number } | undefined;

  constructor(host: Host, directory: string) {
    this.#host = host;
    this.#directory = directory;
  }

  /** @throws {JournalError} if what is there cannot be used as it is */
  inspect(): Inspection {
    try {
      return this.#inspect();
    } catch (error) {
      throw error instanceof JournalError ? error : unusable(this.#directory, error);
    } finally {
      for (const { file } of this.#candidates) {
        file.handle?.close();
        file.handle = undefined;
      }
    }
  }

  #inspect(): Inspection {
    const names = this.#names();
    for (const name of names) this.#look(name);
    const written = this.#candidates.filter(({ first }) => first !== undefined);
    written.sort((one, other) => other.head.generation - one.head.generation);
    const generations = this.#candidates.map(({ head }) => head.generation);
    const [newest] = written;
    for (const one of this.#candidates) {
      if (one.first === undefined && one.head.generation > (newest?.head.generation ?? 0)) {
        this.#checkUnwritten(one);
      }
    }
    const last = newest === undefined ? undefined : this.#lastOf(newest);
    this.#checkUnreadable(written, last?.head.oldest ?? 0);
    const segments =
      newest === undefined || last === undefined
        ? []
        : this.#chain(newest, last.end, last.head.oldest);
    const used = new Set(segments.map(({ file }) => file.file));
    const idle = this.#candidates.filter(({ file }) => !used.has(file.file));
    const newestGeneration = newest?.head.generation ?? 0;
    const older = idle.filter(({ head }) => head.generation < newestGeneration);
    this.#spares.push(...idle.map(({ file }) => file));
    return {
      journalId: this.#journalId,
      segments,
      spares: this.#spares,
      removable: [...this.#empty, ...older.map(({ file }) => file)],
      unfinished: this.#unfinished,
      nextFile: this.#nextFile,
      nextGeneration: Math.max(0, ...generations) + 1,
      last: last?.head,
      watermark: last?.watermark ?? { generation: 0, offset: 0 },
      truncated: this.#truncated,
      bytesRead: this.#candidates.reduce((sum, { reader }) => sum + reader.bytesRead, 0),
    };
  }

  #names(): string[] {
    const { files } = this.#host;
    try {
      const names = files.list(this.#directory);
      const strange = names.filter((name) => parseSegmentName(name) === undefined);
      if (strange.length > 0 && strange.length === names.length) {
        const text = `${this.#directory} is not a journal: it holds ${strange.slice(0, 3).join(', ')}`;
        throw new JournalError('foreign', `${text}. Give an empty or a new directory`, {
          file: this.#directory,
        });
      }
      return names.sort();
    } catch (error) {
      if ((error as { code?: string }).code === 'ENOENT') return [];
      throw error;
    }
  }

  #look(name: string): void {
    const parsed = parseSegmentName(name);
    if (parsed === undefined) return;
    this.#nextFile = Math.max(this.#nextFile, parsed.file + 1);
    if (!parsed.whole) {
      this.#unfinished.push(name);
      return;
    }
    const path = this.#path(name);
    const handle = this.#host.files.open(path, 'write');
    const size = handle.size();
    const file: SegmentFile = { file: parsed.file, size, handle, busy: false };
    const start = Buffer.alloc(Math.min(SEGMENT_START, size));
    handle.read(start, 0);
    const head = decodeSegmentHead(start, this.#host.crc32);
    if (head === 'empty') {
      this.#spares.push(file);
      this.#empty.push(file);
    } else if (head === 'unreadable') this.#unreadable.push(file);
    else this.#candidate(file, head, path);
    // There may be thousands of segments, and fewer handles.
    file.handle?.close();
    file.handle = undefined;
  }

  #candidate(file: SegmentFile, head: SegmentHead, path: string): void {
    if (head.version > FORMAT_VERSION) {
      const text = `${path} has format ${head.version}, and this version reads ${FORMAT_VERSION}`;
      throw new JournalError('foreign', `${text}. Use the version of angelia that wrote it`, {
        file: path,
      });
    }
    this.#journalId ??= head.journalId;
    if (head.journalId !== this.#journalId) {
      const text = `${path} is of journal ${head.journalId}, the files before it of ${this.#journalId}`;
      throw new JournalError('foreign', `${text}. Put back the files that belong together`, {
        file: path,
      });
    }
    if (head.file !== file.file) {
      const text = `${path} was written as ${segmentName(head.file)}: files were swapped or renamed`;
      throw new JournalError('damaged', `${text}. Give them their names again`, { file: path });
    }
    if (file.size !== head.size) {
      throw damage(path, file.size, `it has ${file.size} bytes instead of ${head.size}`);
    }
    const key = keyOf(head.journalId);
    const { crc32 } = this.#host;
    const reader = new SegmentReader(
      () => this.#opened(file),
      head.generation,
      file.size,
      crc32,
      key,
    );
    this.#candidates.push({ file, head, reader, first: reader.first() });
  }

  /**
   * A segment's head is made safe before its first batch is written: one that cannot be read, in
   * front of a batch that is not older than what is known, is damage. Else the file was being
   * taken into use again when the process ended.
   */
  #checkUnreadable(written: readonly Candidate[], oldest: number): void {
    for (const file of [...this.#unreadable, ...this.#spares]) {
      const path = this.#path(segmentName(file.file));
      const batch = this.#journalId === undefined ? undefined : this.#firstBatch(file);
      const known = written.some(({ head }) => head.generation === batch?.generation);
      if (batch !== undefined && !known && batch.generation >= oldest) {
        throw damage(path, 0, `its head is unreadable, in front of generation ${batch.generation}`);
      }
    }
    const [strange] = this.#unreadable;
    if (strange !== undefined && this.#journalId === undefined) {
      const path = this.#path(segmentName(strange.file));
      throw damage(path, 0, 'its head is unreadable, and no other file has one');
    }
    this.#spares.push(...this.#unreadable);
  }

  /** A segment without a readable first batch is as it was begun, unless a later one is there. */
  #checkUnwritten(candidate: Candidate): void {
    const { reader, head } = candidate;
    let safe = SEGMENT_START;
    reader.search(SEGMENT_START, ({ watermark }) => {
      if (watermark.generation === head.generation) safe = Math.max(safe, watermark.offset);
    });
    if (safe > SEGMENT_START) throw this.#firstUnreadable(candidate);
  }

  #firstUnreadable({ file }: Candidate): JournalError {
    const path = this.#path(segmentName(file.file));
    return damage(path, SEGMENT_START, 'its first batch head is unreadable');
  }

  /** The first batch head of a file whose own head does not say its generation. */
  #firstBatch(file: SegmentFile): BatchHead | undefined {
    if (this.#journalId === undefined) return undefined;
    const handle = this.#opened(file);
    const bytes = Buffer.alloc(4);
    const there = handle.read(bytes, SEGMENT_START + 8) === bytes.length;
    const { crc32 } = this.#host;
    const key = keyOf(this.#journalId);
    const reader = new SegmentReader(() => handle, bytes.readUInt32BE(0), file.size, crc32, key);
    const first = there ? reader.first() : undefined;
    handle.close();
    file.handle = undefined;
    return first;
  }

  /** Where the log ends, in its newest segment. */
  #lastOf(newest: Candidate): {
    readonly head: CheckedBatchHead;
    readonly end: number;
    readonly watermark: Position;
  } {
    const { reader, head, file } = newest;
    const { generation } = head;
    const batches: CheckedBatchHead[] = [];
    const visitor = {
      batch: (batch: CheckedBatchHead) => {
        batches.push(batch);
      },
      record: () => {},
    };
    const whole = { from: SEGMENT_START, limit: file.size, previous: undefined };
    const readable = reader.walk({ ...whole, checkBodiesFrom: file.size }, visitor);
    const reached = batches.at(-1);
    const path = this.#path(segmentName(file.file));
    if (reached === undefined) throw this.#firstUnreadable(newest);
    const { watermark } = reached;
    const safe = watermark.generation === generation ? watermark.offset : SEGMENT_START;
    // Above the watermark bodies may be torn, too: only there are they read.
    batches.length = 0;
    const end = reader.walk({ ...whole, checkBodiesFrom: safe }, visitor);
    const last = batches.at(-1) ?? reached;
    let beyond = 0;
    let later = false;
    reader.search(end, (batch) => {
      later = true;
      if (batch.watermark.generation === generation) {
        beyond = Math.max(beyond, batch.watermark.offset);
      }
    });
    if (beyond > end || safe > end) {
      const until = Math.max(beyond, safe);
      throw damage(path, end, `what is there is unreadable, and was safe up to offset ${until}`);
    }
    if (end < readable || later) this.#truncated = { file: path, offset: end };
    return { head: last, end, watermark };
  }

  /** The segments from the oldest that is needed to the newest. */
  #chain(newest: Candidate, end: number, oldest: number): FoundSegment[] {
    const byGeneration = new Map(this.#candidates.map((one) => [one.head.generation, one]));
    const segments: FoundSegment[] = [];
    let candidate = newest;
    let until = end;
    for (;;) {
      const { file, head, first } = candidate;
      segments.unshift({ file, generation: head.generation, end: until });
      if (head.generation <= oldest || first === undefined) break;
      const before = first.watermark;
      if (!isBefore(before, { generation: head.generation, offset: 0 })) break;
      const found = byGeneration.get(before.generation);
      if (found === undefined) throw this.#missing(before.generation, candidate);
      if (found.first === undefined) throw this.#firstUnreadable(found);
      candidate = found;
      until = before.offset;
    }
    const [front] = segments;
    if (front !== undefined && front.generation > oldest) throw this.#missing(oldest, newest);
    return segments;
  }

  #missing(generation: number, after: Candidate): JournalError {
    const name = this.#path(segmentName(after.file.file));
    const suspects = this.#unreadable.map(({ file }) => segmentName(file));
    const what =
      suspects.length > 0
        ? `it is one of ${suspects.join(', ')}, whose heads are unreadable`
        : 'its file is missing';
    const text = `${name} follows generation ${generation}, which is not there: ${what}. Put it back, or: ${SALVAGE}`;
    return new JournalError('damaged', text, { file: name });
  }

  #opened(file: SegmentFile): OpenFile {
    file.handle ??= this.#host.files.open(this.#path(segmentName(file.file)), 'write');
    return file.handle;
  }

  #path(name: string): string {
    return `${this.#directory}/${name}`;
  }
}
