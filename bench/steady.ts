/**
 * The steady state: 100,000 messages wait all the time, and as many come as go, for minutes. Shows what
 * a short round cannot: whether rate and memory at the end are those of the beginning.
 */

import type { Of } from './compare-report.ts';
import { confirmedWire } from './confirmed-wire.ts';
import { Line } from './line.ts';
import { OUTSTANDING } from './loads.ts';
import type { Broker } from './rate-load.ts';
import { type Spread, spread } from './report.ts';
import { type Row, whole } from './table.ts';
import { memoryBytes } from './usage.ts';

const WAITING = 100_000;
const SIZE = 1024;
const PART_SECONDS = 10;

/** Ten seconds of it. */
interface Part {
  readonly perSecond: number;
  readonly cpuUs: number;
  readonly memoryBytes: number | undefined;
}

/** What was seen. */
export interface SteadyFigures {
  readonly parts: readonly Part[];
  readonly perSecond: Spread;
  readonly cpuUs: Spread;
}

/** Plays it against one broker. */
export async function playSteady({ running }: Broker, seconds: number): Promise<SteadyFigures> {
  const doors = running.doors('stomp', `bench-steady-${process.pid}`);
  const { pid } = running;
  const line = await Line.open(confirmedWire('stomp', OUTSTANDING), doors, SIZE, pid);
  const parts: Part[] = [];
  try {
    await line.keepWaiting(WAITING);
    for (let at = 0; at < seconds; at += PART_SECONDS) {
      const limits = {
        seconds: Math.min(PART_SECONDS, seconds - at),
        messages: Number.POSITIVE_INFINITY,
        backlog: WAITING + 8 * OUTSTANDING,
      };
      const seen = await line.round(limits);
      parts.push({
        perSecond: seen.messages / seen.seconds,
        cpuUs: (seen.brokerCpuUs ?? Number.NaN) / seen.messages,
        memoryBytes: memoryBytes(pid),
      });
    }
  } finally {
    line.close();
  }
  const perSecond = spread(parts.map((part) => part.perSecond));
  return { parts, perSecond, cpuUs: spread(parts.map((part) => part.cpuUs)) };
}

/** First and last part, and what lay between. */
export function steadyRows(seen: readonly Of<SteadyFigures>[]): Row[] {
  const rows: Row[] = [
    ['', 'messages/s', '(min - max)', 'first', 'last', 'CPU us', 'MB first', 'MB last'],
  ];
  for (const { broker, figures, failure } of seen) {
    const [first] = figures?.parts ?? [];
    const last = figures?.parts.at(-1);
    if (figures === undefined || first === undefined || last === undefined) {
      rows.push([broker, failure ?? '', '', '', '', '', '', '']);
      continue;
    }
    const { perSecond: rate, cpuUs } = figures;
    rows.push([
      broker,
      whole(rate.median),
      `(${whole(rate.min)} - ${whole(rate.max)})`,
      whole(first.perSecond),
      whole(last.perSecond),
      cpuUs.median.toFixed(1),
      megabytes(first.memoryBytes),
      megabytes(last.memoryBytes),
    ]);
  }
  return rows;
}

function megabytes(bytes: number | undefined): string {
  return bytes === undefined ? 'n/a' : whole(bytes / 1024 / 1024);
}
