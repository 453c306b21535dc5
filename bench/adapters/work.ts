// The work that an adapter and its bare client do for `npm run bench:adapters`: sends that are
// confirmed, a bounded number of them outstanding; then receives, each acknowledged; and, where the bare
// client has its part, receives that are asked for one after the other, and a topic. All carry what a
// JMS message has: id, time, destination, a property, 1 KiB of text.

/** Does the work with one client on one queue. */
export interface Worker {
  /** Resolves when all are confirmed. */
  send(count: number): Promise<void>;
  /** Resolves when so many have come, and are acknowledged. */
  receive(count: number): Promise<void>;
  /** The same, by a loop that awaits each. */
  loop?(count: number): Promise<void>;
  /** Resolves when so many went through a topic: each confirmed, and acknowledged by a consumer. */
  topic?(count: number): Promise<void>;
  close(): Promise<void>;
}

/** Connects a worker. */
export type OpenWorker = (url: string, queue: string) => Promise<Worker>;

/** What one phase of a round has cost, per message. */
export interface Cost {
  readonly rate: number;
  readonly cpuUs: number;
}

export const PHASES = ['send', 'receive', 'loop', 'topic'] as const;

export type Phase = (typeof PHASES)[number];

/** One round; what the worker has no part for is not there. */
export type RoundCost = Readonly<Partial<Record<Phase, Cost>>>;

export const OUTSTANDING = 1000;
export const TEXT: string = 'x'.repeat(1024);

async function costOf(count: number, work: () => Promise<void>): Promise<Cost> {
  const cpuAt = process.cpuUsage();
  const startedAt = performance.now();
  await work();
  const ms = performance.now() - startedAt;
  const { user, system } = process.cpuUsage(cpuAt);
  return { rate: (count / ms) * 1000, cpuUs: (user + system) / count };
}

async function round(worker: Worker, count: number, wanted: readonly string[]): Promise<RoundCost> {
  const costs: Partial<Record<Phase, Cost>> = {};
  for (const phase of PHASES) {
    const work = worker[phase];
    if (work === undefined || !wanted.includes(phase)) continue;
    // What the loop receives.
    if (phase === 'loop') await worker.send(count);
    costs[phase] = await costOf(count, () => work(count));
  }
  return costs;
}

/** Plays a round that warms up, and one that counts. */
export async function play(
  open: OpenWorker,
  url: string,
  count: number,
  wanted: readonly string[],
): Promise<RoundCost> {
  const worker = await open(url, `bench.adapters.${process.pid}`);
  await round(worker, count / 2, wanted);
  const cost = await round(worker, count, wanted);
  await worker.close();
  return cost;
}
