// What the journal tells Prometheus: how much is written for what was sent, how long a sync takes, and
// what the disk holds. Nothing here while messages live in memory only.

import { Counter, Gauge, type Registry } from 'prom-client';
import type { Broker, JournalStatistics } from '#broker';

type Read = (statistics: JournalStatistics) => number;

const COUNTERS: readonly (readonly [name: string, help: string, read: Read])[] = [
  ['written_bytes_total', 'Bytes handed to write, preallocation apart.', (s) => s.bytesWritten],
  ['payload_bytes_total', 'Bytes of records among them.', (s) => s.payloadBytes],
  ['preallocated_bytes_total', 'Bytes of segments that were made.', (s) => s.preallocatedBytes],
  ['carried_bytes_total', 'Bytes copied forward, so that a segment can go.', (s) => s.carriedBytes],
  ['records_total', 'Records that were appended.', (s) => s.records],
  ['syncs_total', 'Writes that were made safe.', (s) => s.syncs],
  ['sync_seconds_total', 'Time that those took, together.', (s) => s.syncMs / 1000],
];

const GAUGES: readonly (readonly [name: string, help: string, read: Read])[] = [
  ['sync_longest_seconds', 'The longest of them since the start.', (s) => s.syncMsMax / 1000],
  ['segments', 'Segments that hold records.', (s) => s.segments],
  ['spare_segments', 'Segments that wait for use.', (s) => s.spares],
  ['bytes', 'Bytes of the segments that hold records.', (s) => s.bytes],
  ['living_bytes', 'Bytes of records that are needed.', (s) => s.liveBytes],
  ['living_records', 'Records that are needed.', (s) => s.liveRecords],
  ['full', '1 while persistent messages are refused, for want of disk.', (s) => Number(s.full)],
  ['failed', '1 when a write or sync has failed.', (s) => Number(s.failed)],
];

/** Registers what is told of a broker's journal. */
export function journalMetrics(registry: Registry, broker: Broker): void {
  if (!broker.store.lasting) return;
  const registers = [registry];
  for (const [name, help, read] of COUNTERS) {
    new Counter({
      ...{ name: `angelia_journal_${name}`, help, registers },
      collect() {
        this.reset();
        this.inc(read(broker.journalStatistics));
      },
    });
  }
  for (const [name, help, read] of GAUGES) {
    new Gauge({
      ...{ name: `angelia_journal_${name}`, help, registers },
      collect() {
        this.set(read(broker.journalStatistics));
      },
    });
  }
}
