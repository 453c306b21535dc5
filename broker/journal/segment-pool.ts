// The files of the journal: those that wait to become segments, made ahead of time and kept for
// use again, and the few handles that are open at a time.
//
//     create   open NAME.new ► write zeros ► sync ► rename to NAME ► sync directory ► spare
//
// A file that grows costs two to four times as much to sync, so each is written full of zeros
// once. When no file can be made (no space, or less left than is to stay free) the journal is
// *full*: what is spare serves settlements and copying forward, and another attempt is made each
// second.

import type { OpenFile } from '../files.ts';
import type { Host } from '../host.ts';
import { type SegmentFile, segmentName, unfinishedName } from './segment.ts';

export interface PoolOptions {
  readonly directory: string;
  readonly segmentBytes: number;
  /** Files kept ready. */
  readonly sparesMin: number;
  /** Beyond so many, files that are let go are removed. */
  readonly sparesMax: number;
  /** Bytes that are to stay free on the volume. */
  readonly freeBytesMin: number;
}

const ZEROS_BYTES = 1024 * 1024;
const HANDLES_MAX = 64;
const RETRY_MS = 1000;
/** How often the system is asked again how much is free, while nothing else changes. */
const ROOM_CALLS = 256;

export class SegmentPool {
  /** Told when a file is ready, or could not be made. */
  onChange: (() => void) | undefined;
  /** Why the last attempt to make a file failed, if it did. */
  failure: Error | undefined;
  preallocatedBytes = 0;
  readonly #host: Host;
  readonly #options: PoolOptions;
  readonly #spares: SegmentFile[];
  /** Files of unusual size, for records that are larger than a segment. */
  #large: SegmentFile[] = [];
  #largeWanted = 0;
  /** The log cannot go on without a file: then what is to stay free is used, too. */
  #blocked = false;
  #nextFile: number;
  #creating = false;
  #closed = false;
  #whenMade: (() => void) | undefined;
  #zeros: Buffer | undefined;
  #handles: SegmentFile[] = [];
  #cancelRetry: (() => void) | undefined;
  /** What {@link room} answered last, for how many files, and for how many calls that holds. */
  #roomy = false;
  #roomLeft = 0;
  #roomCalls = 0;

  constructor(host: Host, options: PoolOptions, spares: SegmentFile[], nextFile: number) {
    this.#host = host;
    this.#options = options;
    this.#spares = spares;
    this.#nextFile = nextFile;
  }

  get spares(): number {
    return this.#spares.length;
  }

  /** A file that is not in use, of at least `size` bytes; if there is none, one is made. */
  take(size: number): SegmentFile | undefined {
    const large = size > this.#options.segmentBytes;
    const at = large ? this.#large.findIndex((file) => file.size >= size) : 0;
    const [file] = large ? this.#large.splice(at, at < 0 ? 0 : 1) : this.#spares.splice(0, 1);
    if (file === undefined && large) this.#largeWanted = size;
    this.#blocked = file === undefined;
    this.fill();
    return file;
  }

  /**
   * True if a record of so many bytes may be appended that is not needed to free space.
   *
   * @param owed - segments that were begun and have no file yet
   */
  room(bytes: number, owed: number): boolean {
    const { segmentBytes, sparesMin } = this.#options;
    const left = this.#spares.length - owed;
    if (bytes > segmentBytes / 2) {
      return (
        this.failure === undefined && this.#spaceFor(bytes + (owed + sparesMin) * segmentBytes)
      );
    }
    if (left >= sparesMin) return true;
    if (this.failure !== undefined) return false;
    // More was appended than files were made for: there must be room to make them, and spares.
    // Hot: asking the system for each message took a sixth of the time while files were made.
    if (left !== this.#roomLeft || --this.#roomCalls <= 0 || !this.#roomy) {
      this.#roomLeft = left;
      this.#roomCalls = ROOM_CALLS;
      this.#roomy = this.#spaceFor((sparesMin - left) * segmentBytes);
    }
    return this.#roomy;
  }

  /** Takes back a file that nobody needs. */
  give(file: SegmentFile): void {
    file.busy = false;
    const { segmentBytes, sparesMax } = this.#options;
    if (file.size === segmentBytes && this.#spares.length < sparesMax) {
      this.#spares.push(file);
      this.onChange?.();
      return;
    }
    this.#remove(file);
  }

  /** Makes files until enough are ready. */
  fill(): void {
    const short = this.#spares.length < this.#options.sparesMin;
    if (this.#creating || this.#closed || (!short && this.#largeWanted === 0)) return;
    if (this.#cancelRetry !== undefined) return;
    const size = this.#largeWanted > 0 ? this.#largeWanted : this.#options.segmentBytes;
    this.#creating = true;
    new Creation(this.#host, this.#options.directory, this.#nextFile++, size, (error, file) => {
      this.#creating = false;
      if (error !== null || file === undefined) this.#failed(error ?? new Error('no file'));
      else this.#created(file);
    }).begin(this.#blocked || this.#spaceFor(size), this.#zerosOnce());
  }

  /** The handle of a file; opened if need be. */
  open(file: SegmentFile): OpenFile {
    if (file.handle !== undefined) return file.handle;
    file.handle = this.#host.files.open(this.#path(segmentName(file.file)), 'write');
    this.#keepOpen(file);
    return file.handle;
  }

  /** Calls back when no file is open, nor being made. */
  close(done: () => void): void {
    this.#closed = true;
    this.#cancelRetry?.();
    for (const file of this.#handles) {
      file.handle?.close();
      file.handle = undefined;
    }
    this.#handles = [];
    if (this.#creating) this.#whenMade = done;
    else done();
  }

  #created(file: SegmentFile): void {
    if (this.#closed) {
      file.handle?.close();
      file.handle = undefined;
      this.#whenMade?.();
      return;
    }
    this.preallocatedBytes += file.size;
    this.#keepOpen(file);
    if (file.size > this.#options.segmentBytes) {
      this.#large.push(file);
      this.#largeWanted = 0;
    } else this.#spares.push(file);
    if (this.failure !== undefined) this.#host.log('info', 'there is room for the journal again');
    this.failure = undefined;
    this.fill();
    this.onChange?.();
  }

  #failed(error: Error): void {
    if (this.#closed) {
      this.#whenMade?.();
      return;
    }
    if (this.failure === undefined) {
      this.#host.log('warn', 'no room for the journal: producers are refused', {
        reason: error.message,
        directory: this.#options.directory,
      });
    }
    this.failure = error;
    // The log waits for a large file, and goes on with nothing else: spares make way for it.
    const inTheWay = this.#largeWanted > 0 ? this.#spares.pop() : undefined;
    if (inTheWay !== undefined) this.#remove(inTheWay);
    this.#cancelRetry = this.#host.timer(RETRY_MS, () => this.#retry());
    this.onChange?.();
  }

  #remove(file: SegmentFile): void {
    this.#forget(file);
    this.#host.files.remove(this.#path(segmentName(file.file)), (error) => {
      if (error !== null) this.#host.log('warn', 'a file is in the way', { error: error.message });
      if (this.failure !== undefined) this.#retry();
    });
  }

  #retry(): void {
    this.#cancelRetry?.();
    this.#cancelRetry = undefined;
    this.fill();
  }

  #spaceFor(size: number): boolean {
    try {
      const free = this.#host.files.freeBytes(this.#options.directory);
      return free - size >= this.#options.freeBytesMin;
    } catch {
      return true;
    }
  }

  #zerosOnce(): Buffer {
    this.#zeros ??= Buffer.alloc(Math.min(ZEROS_BYTES, this.#options.segmentBytes));
    return this.#zeros;
  }

  #keepOpen(file: SegmentFile): void {
    this.#handles.push(file);
    if (this.#handles.length <= HANDLES_MAX) return;
    const old = this.#handles.find((one) => !one.busy && one !== file);
    if (old !== undefined) this.#forget(old);
  }

  #forget(file: SegmentFile): void {
    file.handle?.close();
    file.handle = undefined;
    const at = this.#handles.indexOf(file);
    if (at >= 0) this.#handles.splice(at, 1);
  }

  #path(name: string): string {
    return `${this.#options.directory}/${name}`;
  }
}

/** The making of one file. */
class Creation {
  readonly #host: Host;
  readonly #directory: string;
  readonly #file: number;
  readonly #size: number;
  readonly #done: (error: Error | null, file?: SegmentFile) => void;
  #handle: OpenFile | undefined;

  constructor(
    host: Host,
    directory: string,
    file: number,
    size: number,
    done: (error: Error | null, file?: SegmentFile) => void,
  ) {
    this.#host = host;
    this.#directory = directory;
    this.#file = file;
    this.#size = size;
    this.#done = done;
  }

  begin(space: boolean, zeros: Buffer): void {
    if (!space) {
      const error = new Error(`less than ${this.#size} bytes above what is to stay free`);
      this.#host.afterPoll(() => this.#done(error));
      return;
    }
    try {
      this.#handle = this.#host.files.open(this.#path(unfinishedName(this.#file)), 'create');
    } catch (error) {
      this.#host.afterPoll(() => this.#done(error as Error));
      return;
    }
    this.#zero(this.#handle, 0, zeros);
  }

  #zero(handle: OpenFile, at: number, zeros: Buffer): void {
    if (at >= this.#size) {
      handle.sync((error) => this.#then(error, () => this.#rename()));
      return;
    }
    const some = zeros.subarray(0, Math.min(zeros.length, this.#size - at));
    handle.write([some], at, false, (error) =>
      this.#then(error, () => this.#zero(handle, at + some.length, zeros)),
    );
  }

  #rename(): void {
    const { files } = this.#host;
    const name = this.#path(segmentName(this.#file));
    files.rename(this.#path(unfinishedName(this.#file)), name, (error) =>
      this.#then(error, () =>
        files.syncDirectory(this.#directory, (failure) => {
          if (failure === null) {
            this.#done(null, this.#made());
          } else this.#giveUp(failure, segmentName(this.#file));
        }),
      ),
    );
  }

  #made(): SegmentFile {
    return { file: this.#file, size: this.#size, handle: this.#handle, busy: false };
  }

  #then(error: Error | null, next: () => void): void {
    if (error === null) next();
    else this.#giveUp(error, unfinishedName(this.#file));
  }

  /** What was made so far takes room that others need. */
  #giveUp(reason: Error, name: string): void {
    this.#handle?.close();
    this.#host.files.remove(this.#path(name), () => this.#done(reason));
  }

  #path(name: string): string {
    return `${this.#directory}/${name}`;
  }
}
