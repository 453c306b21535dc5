// The journal of a broker that keeps nothing: numbers and a watermark. Everything is durable at
// the end of the turn that appended it, and nothing survives the process.

import { assert } from '../errors.ts';
import type { Bytes, Journal, JournalStatistics, RecoveryReport } from './journal.ts';

const EMPTY: JournalStatistics = {
  segments: 0,
  spares: 0,
  bytes: 0,
  liveBytes: 0,
  liveRecords: 0,
  bytesWritten: 0,
  payloadBytes: 0,
  preallocatedBytes: 0,
  carriedBytes: 0,
  records: 0,
  syncs: 0,
  syncMs: 0,
  syncMsMax: 0,
  full: false,
  failed: false,
};

export class MemoryJournal implements Journal {
  readonly lasting = false;
  durable = 0;
  onDurable: (() => void) | undefined;
  onFailed: ((error: Error) => void) | undefined;
  carry: ((number: number, kind: number, head: Buffer) => Bytes | undefined) | undefined;
  #appended = 0;

  append(_kind: number, _kept: boolean, _head: Bytes, _body?: Bytes): number {
    return ++this.#appended;
  }

  atomic(work: () => void): void {
    work();
  }

  sync(): void {
    if (this.durable === this.#appended) return;
    this.durable = this.#appended;
    this.onDurable?.();
  }

  discard(_number: number): void {}

  room(): boolean {
    return true;
  }

  read(_number: number): Buffer {
    assert(false, 'a journal in memory is asked for a body');
  }

  readMany(_numbers: readonly number[]): Buffer[] {
    assert(false, 'a journal in memory is asked for bodies');
  }

  bodyLength(_number: number): number {
    return 0;
  }

  has(_number: number): boolean {
    return false;
  }

  replay(): RecoveryReport {
    return {
      records: 0,
      kept: 0,
      segments: 0,
      bytesRead: 0,
      truncated: undefined,
      droppedOfGroup: 0,
    };
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  get statistics(): JournalStatistics {
    return { ...EMPTY, records: this.#appended };
  }
}
