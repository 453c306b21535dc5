// The broker's door to files. Writing is by callback, because a disk takes its time; reading is
// synchronous, because it happens at a restart, or for a body that is wanted now. Nothing in
// `broker/` touches a file by another way, so that a simulator can tear writes and fail syncs.
//
// Promises about safety: a write is safe when it was *durable*, or when a later `sync` of the same
// file has ended; a name (created, renamed, removed) is safe when a later `syncDirectory` has.

/** Told once how it ended: `null` is well. Never called before the call that took it returned. */
export type Done = (error: Error | null) => void;

export interface Files {
  /** Names in a directory, in no order. Throws `ENOENT` if there is none. */
  list(directory: string): string[];
  /** Makes a directory, and those above it; no error if it is there. */
  makeDirectory(path: string): void;
  /** Opens a file for reading and, if `writable`, writing; `create` makes it, and it must be new. */
  open(path: string, mode: 'read' | 'write' | 'create'): OpenFile;
  remove(path: string, done: Done): void;
  rename(from: string, to: string, done: Done): void;
  syncDirectory(path: string, done: Done): void;
  /** Bytes that may still be written to the volume of a directory. */
  freeBytes(directory: string): number;
}

export interface OpenFile {
  size(): number;
  /** Fills `into` from `at`; returns how many bytes there were (fewer only at the file's end). */
  read(into: Buffer, at: number): number;
  /** Writes all buffers one after the other; `durable`: and makes what it wrote safe. */
  write(buffers: readonly Buffer[], at: number, durable: boolean, done: Done): void;
  /** Makes all that was written safe. */
  sync(done: Done): void;
  /** No operation may be running. */
  close(): void;
}
