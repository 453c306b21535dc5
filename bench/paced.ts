/**
 * How long a persistent message takes at a pace that leaves the broker idle in between, from being
 * written to being at the consumer; and the disk's own answer time, measured alone just before,
 * which no broker that syncs can be below.
 */

import { closeSync, fdatasync, mkdtempSync, openSync, rmSync, write } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { confirmedWire } from './confirmed-wire.ts';
import { Line } from './line.ts';
import { OUTSTANDING } from './loads.ts';
import type { Broker } from './rate-load.ts';
import { percentile } from './report.ts';
import type { Protocol } from './wire.ts';

const PER_SECOND = 1000;
const WARM_UP_SECONDS = 2;
const SECONDS = 5;
const SIZE = 1024;
const DISK_WRITES = 2000;

/** Percentiles in milliseconds. */
export interface PacedFigures {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

/** Plays it against one broker. */
export async function playPaced(protocol: Protocol, { running }: Broker): Promise<PacedFigures> {
  const queue = `bench-paced-${protocol}-${process.pid}`;
  await running.declare?.(protocol, queue);
  const doors = running.doors(protocol, queue);
  const line = await Line.open(confirmedWire(protocol, OUTSTANDING), doors, SIZE, running.pid);
  try {
    await line.latencies(PER_SECOND, WARM_UP_SECONDS);
    return toFigures(await line.latencies(PER_SECOND, SECONDS));
  } finally {
    line.close();
  }
}

/** One write of a message and one sync after the other, into a file that is already that long. */
export async function diskAlone(): Promise<PacedFigures> {
  const folder = mkdtempSync(join(tmpdir(), 'angelia-bench-disk-'));
  const file = openSync(join(folder, 'file'), 'w');
  const writeTo = promisify(write);
  const sync = promisify(fdatasync);
  const message = Buffer.alloc(SIZE + 64, 1);
  const took: number[] = [];
  try {
    await writeTo(file, Buffer.alloc(DISK_WRITES * message.length), 0, undefined, 0);
    await sync(file);
    for (let i = 0; i < DISK_WRITES; i++) {
      const begin = performance.now();
      await writeTo(file, message, 0, message.length, i * message.length);
      await sync(file);
      took.push((performance.now() - begin) * 1000);
    }
  } finally {
    closeSync(file);
    rmSync(folder, { recursive: true });
  }
  return toFigures(took);
}

function toFigures(tookUs: readonly number[]): PacedFigures {
  const sorted = [...tookUs].sort((a, b) => a - b);
  const ms = (percent: number): number => Math.round(percentile(sorted, percent)) / 1000;
  return { p50Ms: ms(50), p99Ms: ms(99), maxMs: ms(100) };
}
