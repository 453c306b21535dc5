/**
 * The work that each store does, in a process of its own: append and settle, one at a time, a backlog,
 * and then, in another process, a start that finds it all.
 *
 * Bodies are random bytes, other ones each time, so that nobody gains by packing them.
 */

import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Open, Store } from './store.ts';

const BATCH = 1000;
const SIZE = 1024;
const POOL_BYTES = 16 * 1024 * 1024;
const ALONE = 2000;

export interface Filled {
  readonly settledRate: number;
  readonly settledCpuUs: number;
  /** Without what only made files, and with it. */
  readonly writtenToPayload: number | undefined;
  readonly writtenInAll: number | undefined;
  readonly backlogRate: number;
  readonly aloneP50Ms: number;
  readonly aloneP99Ms: number;
}

export interface Found {
  readonly startMs: number;
  readonly startCpuMs: number;
  readonly bytes: number;
}

const pool: Buffer = randomBytes(POOL_BYTES);

function bodies(count: number): Buffer[] {
  return Array.from({ length: count }, () => {
    const at = Math.floor(Math.random() * (POOL_BYTES - SIZE));
    return pool.subarray(at, at + SIZE);
  });
}

/** Appends and settles `messages`, then `alone` one by one, then lets `backlog` pile up. */
export async function fill(
  open: Open,
  directory: string,
  messages: number,
  backlog: number,
): Promise<Filled> {
  const store = await open(directory);
  let next = await appendAndSettle(store, 1, 20 * BATCH);
  const writtenBefore = writtenBytes();
  const saidBefore = store.writtenBytes?.() ?? 0;
  const cpuBefore = process.cpuUsage();
  const begin = performance.now();
  next = await appendAndSettle(store, next, messages);
  const seconds = (performance.now() - begin) / 1000;
  const { user, system } = process.cpuUsage(cpuBefore);
  const writtenAfter = writtenBytes();
  const said = (store.writtenBytes?.() ?? 0) - saidBefore;
  const took: number[] = [];
  for (let at = 0; at < ALONE; at++) {
    const from = performance.now();
    await store.batch(next, bodies(1), at === 0 ? 0 : next - 1, at === 0 ? 0 : 1);
    took.push(performance.now() - from);
    next++;
  }
  // The last one goes with the first of those that stay.
  await store.batch(next, bodies(1), next - 1, 1);
  next++;
  const backlogBegin = performance.now();
  for (let left = backlog - 1; left > 0; left -= BATCH) {
    const count = Math.min(BATCH, left);
    await store.batch(next, bodies(count), 0, 0);
    next += count;
  }
  const backlogSeconds = (performance.now() - backlogBegin) / 1000;
  await store.close();
  took.sort((one, other) => one - other);
  const known = writtenBefore !== undefined && writtenAfter !== undefined;
  const written = known ? writtenAfter - writtenBefore : undefined;
  const ratio = (bytes: number | undefined) => bytes && bytes / (messages * SIZE);
  return {
    settledRate: messages / seconds,
    settledCpuUs: (user + system) / messages,
    writtenToPayload: ratio(said > 0 ? said : written),
    writtenInAll: ratio(written),
    backlogRate: backlog / backlogSeconds,
    aloneP50Ms: took[Math.floor(took.length / 2)] ?? 0,
    aloneP99Ms: took[Math.floor(took.length * 0.99)] ?? 0,
  };
}

/** Opens what {@link fill} left, and finds all of it. */
export async function start(open: Open, directory: string, backlog: number): Promise<Found> {
  const idle = process.memoryUsage().rss;
  const cpuBefore = process.cpuUsage();
  const begin = performance.now();
  const store = await open(directory);
  const { count, first } = await store.find();
  const startMs = performance.now() - begin;
  const { user, system } = process.cpuUsage(cpuBefore);
  const bytes = process.memoryUsage().rss - idle;
  if (count !== backlog || first?.length !== SIZE) {
    throw new Error(`expected ${backlog} of ${SIZE} bytes, found ${count} of ${first?.length}`);
  }
  await store.close();
  return { startMs, startCpuMs: (user + system) / 1000, bytes };
}

/** Each batch settles the one before it; what is left at the end is settled, too. */
async function appendAndSettle(store: Store, first: number, count: number): Promise<number> {
  let next = first;
  for (; next < first + count; next += BATCH) {
    const before = next - BATCH;
    await store.batch(next, bodies(BATCH), before, before < first ? 0 : BATCH);
  }
  await store.batch(next, bodies(1), next - BATCH, BATCH);
  await store.batch(next + 1, [], next, 1);
  return next + 1;
}

/** Bytes that this process handed to write, where the system tells. */
function writtenBytes(): number | undefined {
  try {
    const found = readFileSync('/proc/self/io', 'utf8').match(/^wchar: (\d+)$/m);
    return found ? Number(found[1]) : undefined;
  } catch {
    return undefined;
  }
}
