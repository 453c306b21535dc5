// What a round costs: CPU time of the process, all its threads, per message; and, in a run of its own
// because counting makes everything slower, the promises that were made.

import { createHook } from 'node:async_hooks';
import { openLine, type Way } from './line.ts';

const WARM_UP_ROUNDS = 3;
const ROUNDS = 15;

/** Per message, in microseconds of CPU; a busy neighbour makes a round dearer, never cheaper. */
export interface Cost {
  readonly best: number;
  readonly median: number;
  /** Messages a second, of the best round. */
  readonly rate: number;
}

export async function cpuOf(way: Way): Promise<Cost> {
  const round = await openLine(way);
  const costs: number[] = [];
  let rate = 0;
  for (let at = -WARM_UP_ROUNDS; at < ROUNDS; at++) {
    const before = process.cpuUsage();
    const start = performance.now();
    const count = await round();
    const { user, system } = process.cpuUsage(before);
    if (at < 0) continue;
    costs.push((user + system) / count);
    rate = Math.max(rate, (count * 1000) / (performance.now() - start));
  }
  costs.sort((a, b) => a - b);
  return { best: costs[0] ?? 0, median: costs[costs.length >> 1] ?? 0, rate };
}

/** Promises allocated per message, the program's own among them. */
export async function promisesOf(way: Way): Promise<number> {
  const round = await openLine(way);
  await round();
  let promises = 0;
  const hook = createHook({
    init(_id, type) {
      if (type === 'PROMISE') promises++;
    },
  });
  hook.enable();
  const count = await round();
  hook.disable();
  return promises / count;
}
