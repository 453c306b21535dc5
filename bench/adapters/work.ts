// The work that an adapter and its bare client do for `npm run bench:adapters`: sends that are
// confirmed, a bounded number of them outstanding; then receives, each acknowledged. Both carry what a
// JMS message has: id, time, destination, a property, 1 KiB of text.

/** Does the work with one client on one queue. */
export interface Worker {
  /** Resolves when all are confirmed. */
  send(count: number): Promise<void>;
  /** Resolves when so many have come, and are acknowledged. */
  receive(count: number): Promise<void>;
  close(): Promise<void>;
}

/** Connects a worker. */
export type OpenWorker = (url: string, queue: string) => Promise<Worker>;

/** What one phase of a round has cost, per message. */
export interface Cost {
  readonly rate: number;
  readonly cpuUs: number;
}

/** One round. */
export interface RoundCost {
  readonly send: Cost;
  readonly receive: Cost;
}

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

/** Plays a round that warms up, and one that counts. */
export async function play(open: OpenWorker, url: string, count: number): Promise<RoundCost> {
  const worker = await open(url, `bench.adapters.${process.pid}`);
  await worker.send(count / 2);
  await worker.receive(count / 2);
  const send = await costOf(count, () => worker.send(count));
  const receive = await costOf(count, () => worker.receive(count));
  await worker.close();
  return { send, receive };
}
