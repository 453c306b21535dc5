// Writes records of another journal, or of an export, into a new journal.

import { mkdirSync } from 'node:fs';
import { FileJournal, JournalError, limits, nodeHost, type ScannedRecord } from '#broker';

/** Appended bytes after which what was appended is waited for. */
const WAIT_BYTES = 8 * 1024 * 1024;

/** A new journal that takes records under the numbers that they have. */
export class DataCopy {
  records = 0;
  readonly #journal: FileJournal;
  #bytes = 0;
  #failure: Error | undefined;

  private constructor(journal: FileJournal) {
    this.#journal = journal;
    journal.onFailed = (error) => {
      this.#failure = error;
    };
  }

  /**
   * Begins a journal in a directory.
   *
   * @throws {JournalError} `foreign` if there is one already
   */
  static async begin(directory: string): Promise<DataCopy> {
    mkdirSync(directory, { recursive: true });
    const { journalSegmentBytes: segmentBytes } = limits;
    const journal = new FileJournal(nodeHost(), { directory, segmentBytes });
    const { segments } = journal.replay(() => {});
    if (segments > 0) {
      await journal.close();
      throw new JournalError(
        'foreign',
        `${directory} holds a journal already: give a new directory`,
        { file: directory },
      );
    }
    await journal.ready();
    return new DataCopy(journal);
  }

  /** Takes a record; the result tells that {@link flush} is due. */
  add({ number, kind, kept, head, body }: Omit<ScannedRecord, 'copied'>): boolean {
    this.#journal.restore(number, kind, kept, head, body);
    this.records++;
    this.#bytes += head.length + body.length;
    return this.#bytes >= WAIT_BYTES;
  }

  /** Waits until all that was taken is safe. */
  async flush(): Promise<void> {
    this.#bytes = 0;
    const journal = this.#journal;
    journal.sync();
    while (!journal.settled && this.#failure === undefined) {
      await new Promise((done) => setTimeout(done, 1));
    }
    if (this.#failure !== undefined) throw this.#failure;
  }

  async end(): Promise<void> {
    await this.flush();
    await this.#journal.close();
  }
}
