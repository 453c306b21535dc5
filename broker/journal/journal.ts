// The port under the core: an ordered log of records, of which some are kept until they are
// discarded. One journal is one stream; a broker has one today. Two implementations, one contract
// suite: `memory-journal.ts` and `file-journal.ts`. A replicated log can be the third.
//
//     numbers    1    2    3    4    5    6    7    8        growing, never used twice
//                K    K    ·    K    ·    K    K    ·        K kept   · only tells of others
//                ├─── durable ────────┤
//                                     └ confirm what has a number up to here
//
// A record states what was decided. The journal knows nothing of what a record means: it has a
// kind, a *head* (what the owner needs to find the record's place again; always checked and read
// at a restart) and a *body* (bytes that are only read when somebody asks for them).
//
// Invariant: what `durable` has reached is there after any crash, and `durable` never falls.

/** Bytes that the journal copies at once: whoever appended them may reuse them. */
export type Bytes = Uint8Array;

export interface Journal {
  /** False if nothing survives the process: then `read` and `replay` have nothing to give. */
  readonly lasting: boolean;

  /**
   * Appends a record; copies what it is given into the write buffer.
   *
   * @param kind - the owner's, 0…255
   * @param kept - it lives until {@link discard}. Else it only tells of records before it
   *   (settlements, marks), and may vanish once all those are gone; to keep a fact of its own
   *   (a subscription, a setting) for good, append it as kept and discard the one it replaces.
   * @param head - read at each restart; keep it short
   * @param body - read by {@link read} only
   * @returns its number, larger than all before: the position to confirm by, and for a kept
   *   record its name for good. (Numbers grow by one; a restart may leave a gap.)
   */
  append(kind: number, kept: boolean, head: Bytes, body?: Bytes): number;

  /**
   * Makes all records that `work` appends one: after a crash all are there or none. Confirm by the
   * last number. Not nested. If `work` throws, what it appended so far stays, as one.
   */
  atomic(work: () => void): void;

  /** Everything up to this number is safe. */
  readonly durable: number;

  /**
   * Called at the end of a turn. Starts one write if none is running and something is unwritten;
   * what comes meanwhile goes with the next, which starts by itself.
   */
  sync(): void;

  /** Called when `durable` has grown; never inside `append` or `sync`, except in memory. */
  onDurable: (() => void) | undefined;

  /**
   * Called once, when a write or sync failed: nothing more will ever be confirmed. Appends go on
   * to be taken, and are lost.
   */
  onFailed: ((error: Error) => void) | undefined;

  /**
   * A kept record is dead. Call it after the append (or inside the `atomic`) of the record that
   * says so: its bytes may go as soon as what was appended until now is durable. A number that is
   * not kept, or discarded before, is a broken invariant.
   */
  discard(number: number): void;

  /**
   * Asked for what is to be said of a kept record *now*, when it is copied forward so that the
   * oldest segment can go. The copy has the same number and body; at a replay it replaces the
   * earlier record of that number, with all that was told of it in between. `undefined`: the head
   * it was appended with still says it all. Called inside `sync`, and must not append or discard.
   */
  carry: ((number: number, kind: number, head: Buffer) => Bytes | undefined) | undefined;

  /**
   * True if a kept record (of so many bytes) may be appended; false while the disk is full. Ask
   * before each append that frees no space (a message, a delivery mark): what is appended all the
   * same takes from what is left for settlements.
   */
  room(bytes?: number): boolean;

  /**
   * The body of a kept record, checked; its own memory. Reads now: microseconds from the cache,
   * milliseconds from a disk.
   *
   * @throws {JournalError} `damaged`; `unusable` for what was appended after a failure
   */
  read(number: number): Buffer;

  /** Several bodies, in the order asked for; neighbours in the file are read in one go. */
  readMany(numbers: readonly number[]): Buffer[];

  /** Bytes of a kept record's body, without reading it. */
  bodyLength(number: number): number;

  /** Whether this number is a kept record that was not discarded. */
  has(number: number): boolean;

  /**
   * Calls `visit` for each record that is there, in the order of the log; once, before the first
   * append. A visitor discards kept records as it learns that they are dead: the settlement that
   * killed one before the restart is visited, but the journal does not know what it means.
   *
   * A record that was copied forward may be visited at its old and at its new place: the later
   * visit replaces the earlier one, and tells between the two may speak of records that are gone.
   */
  replay(visit: Visit): RecoveryReport;

  /** Writes what is unwritten, then lets the files go. */
  close(): Promise<void>;

  readonly statistics: JournalStatistics;
}

/**
 * @param head - valid during the call only
 * @param copied - the record replaces an earlier one of the same number, if that was visited
 */
export type Visit = (
  number: number,
  kind: number,
  head: Buffer,
  kept: boolean,
  copied: boolean,
) => void;

/** What a replay found. */
export interface RecoveryReport {
  readonly records: number;
  readonly kept: number;
  readonly segments: number;
  /** Bytes read of the files. */
  readonly bytesRead: number;
  /** Where the log ended, when it ended in something half-written that was never confirmed. */
  readonly truncated: { readonly file: string; readonly offset: number } | undefined;
  /** Records dropped because the group they belong to was not complete. */
  readonly droppedOfGroup: number;
}

export interface JournalStatistics {
  /** Segments that hold records, and those that wait for use. */
  readonly segments: number;
  readonly spares: number;
  /** Bytes of the segments that hold records, and of kept records in them. */
  readonly bytes: number;
  readonly liveBytes: number;
  readonly liveRecords: number;
  /** Since the start: bytes handed to write (preallocation apart), and payload among them. */
  readonly bytesWritten: number;
  readonly payloadBytes: number;
  readonly preallocatedBytes: number;
  readonly carriedBytes: number;
  readonly records: number;
  readonly syncs: number;
  /** Of writes that were made safe, or of syncs: how long they took together, and the longest. */
  readonly syncMs: number;
  readonly syncMsMax: number;
  /** Kept records are refused: see {@link Journal.room}. */
  readonly full: boolean;
  readonly failed: boolean;
}

export type JournalErrorCode =
  /** What was written is not what is read, below what was confirmed. */
  | 'damaged'
  /** The directory holds something else, or a newer format. */
  | 'foreign'
  /** It cannot be written, or has no room for a first segment. */
  | 'unusable';

/** A journal that cannot be opened or read; says which file, where, what, and what to do. */
export class JournalError extends Error {
  override readonly name = 'JournalError';
  readonly code: JournalErrorCode;
  readonly file: string;
  readonly offset: number;

  constructor(
    code: JournalErrorCode,
    message: string,
    place: { readonly file: string; readonly offset?: number },
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.code = code;
    this.file = place.file;
    this.offset = place.offset ?? 0;
  }
}
