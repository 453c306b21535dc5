// A journal in memory that a test can crash and open again: the records up to the watermark are
// there, the rest is not. The simplest thing that keeps the port's promises.

import { assert } from '../errors.ts';
import type { Bytes, Journal, JournalStatistics, RecoveryReport, Visit } from './journal.ts';
import { MemoryJournal } from './memory-journal.ts';

interface Record {
  readonly number: number;
  readonly kind: number;
  readonly kept: boolean;
  head: Buffer;
  readonly body: Buffer;
  copied: boolean;
  /** Of the same group as the next one. */
  more: boolean;
}

export class KeptJournal implements Journal {
  readonly lasting = true;
  durable: number;
  onDurable: (() => void) | undefined;
  onFailed: ((error: Error) => void) | undefined;
  carry: ((number: number, kind: number, head: Buffer) => Bytes | undefined) | undefined;
  records: Record[];
  #appended: number;
  readonly #living: Map<number, Record> = new Map();
  #inGroup = false;

  constructor(records: readonly Record[] = []) {
    this.records = [...records];
    this.#appended = records.reduce((most, { number }) => Math.max(most, number), 0);
    this.durable = this.#appended;
    for (const record of records) if (record.kept) this.#living.set(record.number, record);
  }

  /** What a process finds that opens it after this one was killed. */
  crash(): KeptJournal {
    const safe = this.records.filter(({ number }) => number <= this.durable);
    while (safe.at(-1)?.more === true) safe.pop();
    return new KeptJournal(safe.map((record) => ({ ...record })));
  }

  /** Copies all kept records to the end, as if every segment but the last had to go. */
  carryAll(): void {
    this.records = [...this.#living.values()].map((record) => {
      const head = this.carry?.(record.number, record.kind, record.head);
      return { ...record, head: Buffer.from(head ?? record.head), copied: true, more: false };
    });
    for (const record of this.records) this.#living.set(record.number, record);
  }

  append(kind: number, kept: boolean, head: Bytes, body: Bytes = Buffer.alloc(0)): number {
    const number = ++this.#appended;
    const record: Record = {
      number,
      kind,
      kept,
      head: Buffer.from(head),
      body: Buffer.from(body),
      copied: false,
      more: this.#inGroup,
    };
    this.records.push(record);
    if (kept) this.#living.set(number, record);
    return number;
  }

  atomic(work: () => void): void {
    assert(!this.#inGroup, 'atomic is nested');
    this.#inGroup = true;
    work();
    this.#inGroup = false;
    const last = this.records.at(-1);
    if (last !== undefined) last.more = false;
  }

  sync(): void {
    if (this.durable === this.#appended) return;
    this.durable = this.#appended;
    this.onDurable?.();
  }

  discard(number: number): void {
    assert(this.#living.delete(number), `record ${number} is discarded twice, or is not kept`);
  }

  room(): boolean {
    return true;
  }

  read(number: number): Buffer {
    const record = this.#living.get(number);
    assert(record !== undefined, `record ${number} is read and not there`);
    return Buffer.from(record.body);
  }

  readMany(numbers: readonly number[]): Buffer[] {
    return numbers.map((number) => this.read(number));
  }

  bodyLength(number: number): number {
    return this.#living.get(number)?.body.length ?? 0;
  }

  has(number: number): boolean {
    return this.#living.has(number);
  }

  replay(visit: Visit): RecoveryReport {
    for (const { number, kind, head, kept, copied } of this.records) {
      visit(number, kind, head, kept, copied);
    }
    const records = this.records.length;
    return { ...new MemoryJournal().replay(), records, kept: this.#living.size };
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  get statistics(): JournalStatistics {
    return { ...new MemoryJournal().statistics, liveRecords: this.#living.size };
  }
}
