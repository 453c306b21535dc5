/**
 * Our own journal as a store of the comparison: a value is the body of a kept record with a head of
 * 32 bytes, a settlement is a record that names a range.
 */

import type { FileJournal } from '../../dist/broker/index.js';
import type { Store } from './store.ts';

type Broker = typeof import('../../dist/broker/index.js');

const SEGMENT_BYTES = 64 * 1024 * 1024;
const KIND = { message: 5, done: 6 } as const;
const HEAD: Buffer = Buffer.alloc(32, 1);

/** Opens the journal of the built broker. */
export async function openOwn(directory: string): Promise<Store> {
  const built = new URL('../../../dist/broker/index.js', import.meta.url);
  const { FileJournal: Journal, nodeHost }: Broker = await import(built.href);
  const journal = new Journal(nodeHost(), { directory, segmentBytes: SEGMENT_BYTES });
  const found: number[] = [];
  journal.replay((number, kind, head, kept) => {
    if (kept) found.push(number);
    if (kind !== KIND.done) return;
    const first = head.readDoubleBE(0);
    const end = first + head.readDoubleBE(8);
    for (let done = first; done < end; done++) if (journal.has(done)) journal.discard(done);
  });
  await journal.ready();
  return new OwnStore(journal, found);
}

class OwnStore implements Store {
  readonly #journal: FileJournal;
  readonly #found: readonly number[];
  /** By our numbers, those of the records. */
  readonly #numbers: number[] = [];
  #wanted = 0;
  #safe: (() => void) | undefined;

  constructor(journal: FileJournal, found: readonly number[]) {
    this.#journal = journal;
    this.#found = found;
    journal.onDurable = () => {
      if (journal.durable >= this.#wanted) this.#safe?.();
    };
  }

  batch(
    first: number,
    values: readonly Buffer[],
    settledFrom: number,
    settled: number,
  ): Promise<void> {
    const journal = this.#journal;
    for (const [at, value] of values.entries()) {
      this.#numbers[first + at] = journal.append(KIND.message, true, HEAD, value);
    }
    this.#wanted = this.#numbers[first + values.length - 1] ?? 0;
    if (settled > 0) {
      const range = Buffer.alloc(16);
      range.writeDoubleBE(this.#numbers[settledFrom] ?? 0, 0);
      range.writeDoubleBE(settled, 8);
      this.#wanted = journal.append(KIND.done, false, range);
      for (let number = settledFrom; number < settledFrom + settled; number++) {
        journal.discard(this.#numbers[number] ?? 0);
      }
    }
    return new Promise((resolve) => {
      this.#safe = resolve;
      journal.sync();
    });
  }

  find(): Promise<{ readonly count: number; readonly first: Buffer | undefined }> {
    const first = this.#found.find((number) => this.#journal.has(number));
    return Promise.resolve({
      count: this.#journal.statistics.liveRecords,
      first: first === undefined ? undefined : this.#journal.read(first),
    });
  }

  writtenBytes(): number {
    return this.#journal.statistics.bytesWritten;
  }

  close(): Promise<void> {
    return this.#journal.close();
  }
}
