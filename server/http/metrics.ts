// Metrics for Prometheus. Numbers are read from the broker's plain fields when a scrape comes, so that
// a broker that nobody watches pays nothing; only what no field tells is counted as it happens: why
// messages were buried, and what destinations that are gone had counted. Totals are by kind of destination, not by name: a
// broker may have a hundred thousand names, and `/api/v1/queues` tells them one by one.

import { Counter, Gauge, Registry } from 'prom-client';
import {
  type Broker,
  connectionRows,
  type DeadLetterCause,
  type DestinationStatistics,
  isTopic,
} from '#broker';
import type { Users } from '#gateway';
import { version } from '../version.ts';
import { journalMetrics } from './journal-metrics.ts';

type Count = 'enqueued' | 'delivered' | 'settled' | 'expired' | 'deadLettered';

const COUNTERS: readonly (readonly [Count, string, string])[] = [
  ['enqueued', 'enqueued', 'Messages that were accepted'],
  ['delivered', 'delivered', 'Deliveries to consumers, repeated ones included'],
  ['settled', 'settled', 'Deliveries that were processed'],
  ['expired', 'expired', 'Messages whose time to live ended before they were delivered'],
  ['deadLettered', 'dead_lettered', 'Messages that nobody could process'],
];

const MICROSECONDS = 1e6;

/** Registers every metric of one broker. */
export function createMetrics(broker: Broker, users: Users): Registry {
  const registry = new Registry();
  messages(registry, broker);
  deadLetters(registry, broker);
  failures(registry, users);
  gauges(registry, broker);
  journalMetrics(registry, broker);
  ofProcess(registry);
  return registry;
}

function messages(registry: Registry, broker: Broker): void {
  const gone = countGone(broker);
  for (const [field, name, help] of COUNTERS) {
    new Counter({
      name: `angelia_messages_${name}_total`,
      help: `${help}, by kind of destination.`,
      labelNames: ['kind'],
      registers: [registry],
      collect() {
        this.reset();
        for (const [kind, rows] of byKind(broker)) {
          this.inc({ kind }, sum(rows, field) + (gone.get(`${kind} ${field}`) ?? 0));
        }
      },
    });
  }
}

/** Keeps what deleted destinations had counted, so that no total ever falls. */
function countGone(broker: Broker): ReadonlyMap<string, number> {
  const gone = new Map<string, number>();
  const { deleted } = broker.events;
  broker.events.deleted = (destination) => {
    deleted?.(destination);
    const kind = isTopic(destination.address) ? 'topic' : 'queue';
    for (const [field] of COUNTERS) {
      const key = `${kind} ${field}`;
      gone.set(key, (gone.get(key) ?? 0) + destination[field]);
    }
  };
  return gone;
}

function deadLetters(registry: Registry, broker: Broker): void {
  const counts: Record<DeadLetterCause, number> = { rejected: 0, 'max-deliveries': 0, expired: 0 };
  const { buried } = broker.events;
  broker.events.buried = (from, message, cause) => {
    buried?.(from, message, cause);
    counts[cause]++;
  };
  new Counter({
    name: 'angelia_dead_letters_total',
    help: 'Messages that were buried, by cause, also where the settings drop them.',
    labelNames: ['cause'],
    registers: [registry],
    collect() {
      this.reset();
      for (const [cause, count] of Object.entries(counts)) this.inc({ cause }, count);
    },
  });
}

function failures(registry: Registry, users: Users): void {
  new Counter({
    name: 'angelia_auth_failures_total',
    help: 'Logins that failed, by the SASL mechanism, or STOMP, or BASIC for HTTP.',
    labelNames: ['mechanism'],
    registers: [registry],
    collect() {
      this.reset();
      for (const [mechanism, count] of users.failures) this.inc({ mechanism }, count);
    },
  });
}

function gauges(registry: Registry, broker: Broker): void {
  const destinations: readonly (readonly [keyof DestinationStatistics, string, string])[] = [
    ['depth', 'messages_depth', 'Messages that wait or are out with a consumer'],
    ['inFlight', 'messages_in_flight', 'Messages that are out with a consumer'],
    ['scheduled', 'messages_scheduled', 'Messages that were sent with a delay and wait for it'],
    ['consumers', 'consumers', 'Open consumers'],
  ];
  for (const [field, name, help] of destinations) {
    gauge(registry, name, `${help}, by kind of destination.`, ['kind'], (set) => {
      for (const [kind, rows] of byKind(broker)) set(sum(rows, field), { kind });
    });
  }
  gauge(registry, 'destinations', 'Destinations, by kind.', ['kind'], (set) => {
    for (const [kind, rows] of byKind(broker)) set(rows.length, { kind });
  });
  gauge(registry, 'connections', 'Connections of clients, by protocol.', ['protocol'], (set) => {
    const count = new Map<string, number>();
    for (const { options } of broker.connections()) {
      count.set(options.protocol, (count.get(options.protocol) ?? 0) + 1);
    }
    for (const [protocol, connections] of count) set(connections, { protocol });
  });
  const lasting = (durable: boolean): number =>
    broker
      .topics()
      .flatMap(({ subscriptions }) => subscriptions)
      .filter(({ options }) => options.durable === durable).length;
  gauge(registry, 'subscriptions', 'Subscriptions of topics.', ['durable'], (set) => {
    for (const durable of [false, true]) set(lasting(durable), { durable: String(durable) });
  });
  gauge(registry, 'transactions_open', 'Transactions that have not ended.', [], (set) =>
    set(connectionRows(broker).reduce((total, { transactions }) => total + transactions, 0)),
  );
  gauge(registry, 'stored_messages', 'Messages that are kept, each once.', [], (set) =>
    set(broker.storedMessages),
  );
  gauge(registry, 'stored_bytes', 'Bytes of the messages that are kept.', [], (set) =>
    set(broker.storedBytes),
  );
  gauge(registry, 'stored_bytes_max', 'Bytes at which sends are refused.', [], (set) =>
    set(broker.limits.storedBytesMax),
  );
}

function ofProcess(registry: Registry): void {
  new Counter({
    name: 'angelia_process_cpu_seconds_total',
    help: 'CPU time of the process, by mode.',
    labelNames: ['mode'],
    registers: [registry],
    collect() {
      const { user, system } = process.cpuUsage();
      this.reset();
      this.inc({ mode: 'user' }, user / MICROSECONDS);
      this.inc({ mode: 'system' }, system / MICROSECONDS);
    },
  });
  const memory: readonly (readonly [keyof NodeJS.MemoryUsage, string, string])[] = [
    ['rss', 'resident', 'Memory of the process that is in RAM.'],
    ['heapUsed', 'heap_used', 'JavaScript heap in use.'],
    ['external', 'external', 'Memory outside of the heap that the heap holds: buffers.'],
  ];
  for (const [field, name, help] of memory) {
    gauge(registry, `process_${name}_bytes`, help, [], (set) => set(process.memoryUsage()[field]));
  }
  const startedAt = Date.now() / 1000 - process.uptime();
  gauge(registry, 'process_start_time_seconds', 'Start of the process, Unix time.', [], (set) =>
    set(startedAt),
  );
  gauge(registry, 'build_info', 'Always 1; says what runs.', ['version', 'node'], (set) =>
    set(1, { version, node: process.version }),
  );
}

type SetValue = (value: number, labels?: Record<string, string>) => void;

function gauge(
  registry: Registry,
  name: string,
  help: string,
  labelNames: readonly string[],
  read: (set: SetValue) => void,
): void {
  new Gauge({
    name: `angelia_${name}`,
    help,
    labelNames: [...labelNames],
    registers: [registry],
    collect() {
      this.reset();
      read((value, labels = {}) => this.set(labels, value));
    },
  });
}

function byKind(broker: Broker): [kind: string, rows: DestinationStatistics[]][] {
  return [
    ['queue', broker.queues().map((queue) => queue.statistics())],
    ['topic', broker.topics().map((topic) => topic.statistics())],
  ];
}

function sum(rows: readonly DestinationStatistics[], field: keyof DestinationStatistics): number {
  return rows.reduce((total, row) => total + Number(row[field]), 0);
}
