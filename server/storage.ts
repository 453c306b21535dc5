// How a server keeps its messages: the journal in the data directory, and what is said of it.

import { join } from 'node:path';
import type { FileJournalOptions, JournalStatistics, Log } from '#broker';
import type { Config } from './options.ts';

/** A replay that takes longer than this tells how far it is, so often. */
const PROGRESS_MS = 1000;

export const MEMORY_ONLY = 'messages live in memory and are gone when the server stops';

/** What the journal is to be like. */
export function journalOptions(config: Config, log: Log): FileJournalOptions {
  let toldAt = performance.now();
  return {
    // The lock lies beside it.
    directory: join(config.data, 'journal'),
    segmentBytes: config.segmentBytes,
    freeBytesMin: config.diskFreeMin,
    syncEveryMs: config.syncEveryMs,
    progress: (bytes, ofBytes) => {
      if (performance.now() - toldAt < PROGRESS_MS) return;
      toldAt = performance.now();
      log('info', 'reading the journal', { percent: Math.round((bytes / ofBytes) * 100) });
    },
  };
}

/** Says in one sentence where messages are, and what a crash may cost. */
export function describeStorage({ memory, data, syncEveryMs }: Config): string {
  if (memory) return MEMORY_ONLY;
  const kept = `persistent messages are kept in ${data}`;
  if (syncEveryMs === 0) return kept;
  return `${kept}; a crash of the machine may lose what was confirmed in the last ${syncEveryMs} ms`;
}

/** What the journal tells of itself over HTTP. */
export interface StorageRow {
  readonly kind: 'memory' | 'journal';
  readonly data: string | null;
  readonly note: string;
  readonly journal: {
    readonly bytes: number;
    readonly liveBytes: number;
    readonly liveRecords: number;
    readonly segments: number;
    readonly syncs: number;
    readonly bytesWritten: number;
    readonly preallocatedBytes: number;
    readonly full: boolean;
  } | null;
}

export function rowOfStorage(config: Config, statistics: JournalStatistics): StorageRow {
  const { memory, data } = config;
  const { bytes, liveBytes, liveRecords, segments, syncs, full } = statistics;
  const { bytesWritten, preallocatedBytes } = statistics;
  const counted = { bytes, liveBytes, liveRecords, segments, syncs, full };
  return {
    kind: memory ? 'memory' : 'journal',
    data: memory ? null : data,
    note: describeStorage(config),
    journal: memory ? null : { ...counted, bytesWritten, preallocatedBytes },
  };
}
