/**
 * What a broker needs of a store, for the comparison in docs/adr/0009-own-journal.md: append and settle in
 * batches that are safe before the next, and to find everything again.
 */

/** One store, open. */
export interface Store {
  /**
   * Appends values under numbers that go on from `first`, and forgets `settled` numbers from
   * `settledFrom` on. Resolves when all of that is on the disk.
   */
  batch(
    first: number,
    values: readonly Buffer[],
    settledFrom: number,
    settled: number,
  ): Promise<void>;
  /** How many there are, by looking at each of them, and the bytes of the first. */
  find(): Promise<{ readonly count: number; readonly first: Buffer | undefined }>;
  /** Bytes written until now, without those that only made files, once; where it tells. */
  writtenBytes?(): number;
  close(): Promise<void>;
}

/** Opens one kind of store in a directory that is there. */
export type Open = (directory: string) => Promise<Store>;
