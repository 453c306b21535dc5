/**
 * The backlog test: messages pile up in a queue that nobody reads, the broker is killed and started
 * again, and the queue is drained. How much memory, how soon, how fast.
 *
 *     empty queue ─► fill, nobody reads ─► rest ─► kill, start ─► first delivery ─► drain
 *        rate             memory                     time, memory                   rate
 *
 * Every message is persistent and confirmed. Works on whatever can be started again with its data: a
 * peer is one more {@link Restartable}.
 */

import { setTimeout as delay } from 'node:timers/promises';
import { ConfirmedProducer } from './confirmed.ts';
import { Taker, wires } from './taker.ts';
import type { Running } from './target.ts';
import { cpuUs, memoryBytes } from './usage.ts';
import type { Protocol } from './wire.ts';

/** A broker that keeps its messages in a place of its own. */
export interface Durable extends Running {
  /** Ends it as a power cut would. */
  kill(): Promise<void>;
  /** Bytes handed to write for the log since its start, where it tells. */
  writtenBytes?(): Promise<number>;
}

/** Something that can be started again and then has what it had. */
export interface Restartable {
  readonly name: string;
  start(): Promise<Durable>;
}

export interface BacklogOptions {
  readonly protocol: Protocol;
  /** How many messages pile up. */
  readonly messages: number;
  readonly size: number;
  readonly outstanding: number;
}

/** What was seen while it filled; rates in messages a second, memory above the idle process. */
export interface FillFigures {
  readonly fillRate: number;
  /** Per message, as all CPU here. */
  readonly fillCpuUs: number | undefined;
  readonly idleBytes: number | undefined;
  /** When the last was confirmed, and after a rest. */
  readonly fullBytes: number | undefined;
  readonly restedBytes: number | undefined;
}

/** What was seen from the kill on. */
export interface RestartFigures {
  /** From the start of the process to the first message at a consumer. */
  readonly firstDeliveryMs: number;
  /** CPU time until then: what is left of the above where nobody else is at work. */
  readonly restartCpuMs: number | undefined;
  readonly restartedBytes: number | undefined;
  readonly drainRate: number;
  readonly drainCpuUs: number | undefined;
  readonly drainedBytes: number | undefined;
}

export interface BacklogFigures extends FillFigures, RestartFigures {
  readonly emptyRate: number;
  readonly emptyCpuUs: number | undefined;
  readonly writtenToPayload: number | undefined;
}

/** How a backlog comes to be, and who takes it in the end. */
export interface Plot<F extends FillFigures> {
  fill(running: Durable): Promise<F>;
  /** Opens the consumer that takes all of it. */
  open(running: Durable): Promise<Taker>;
}

const REST_MS = 3000;
const QUEUE = 'bench-backlog';

/** Plays the whole of it. */
export function backlog(target: Restartable, options: BacklogOptions): Promise<BacklogFigures> {
  const { protocol, messages, size } = options;
  return outlived(target, messages, {
    fill: (running) => fill(running, options),
    open: (running) => Taker.open(wires[protocol], running.doors(protocol, QUEUE).out, size),
  });
}

/** Fills, kills and starts again, and drains. */
export async function outlived<F extends FillFigures>(
  target: Restartable,
  messages: number,
  { fill, open }: Plot<F>,
): Promise<F & RestartFigures> {
  let running = await target.start();
  try {
    const filled = await fill(running);
    await running.kill();
    const begin = performance.now();
    running = await target.start();
    const drained = await drain(running, messages, open, begin, filled.idleBytes);
    return { ...filled, ...drained };
  } finally {
    await running.stop();
  }
}

async function fill(running: Durable, { protocol, messages, size, outstanding }: BacklogOptions) {
  const { pid } = running;
  const door = running.doors(protocol, QUEUE).in;
  await delay(500);
  const idleBytes = memoryBytes(pid);
  const producer = await ConfirmedProducer.open(protocol, door, size, outstanding);
  const consumer = await Taker.open(wires[protocol], door, size);
  const count = Math.ceil(messages / 5);
  const warm = Math.ceil(count / 4);
  await Promise.all([producer.send(warm), consumer.taken(warm)]);
  const empty = await timed(pid, count, () =>
    Promise.all([producer.send(count), consumer.taken(warm + count)]),
  );
  consumer.close();
  await delay(100);
  const before = await running.writtenBytes?.();
  const full = await timed(pid, messages, () => producer.send(messages));
  const fullBytes = memoryBytes(pid);
  const after = await running.writtenBytes?.();
  const restedBytes = await rested(pid);
  producer.close();
  return {
    emptyRate: empty.rate,
    emptyCpuUs: empty.cpuUs,
    fillRate: full.rate,
    fillCpuUs: full.cpuUs,
    writtenToPayload:
      after === undefined || before === undefined
        ? undefined
        : (after - before) / (messages * size),
    idleBytes,
    fullBytes: above(fullBytes, idleBytes),
    restedBytes: above(restedBytes, idleBytes),
  };
}

async function drain(
  running: Durable,
  messages: number,
  open: (running: Durable) => Promise<Taker>,
  begin: number,
  idleBytes: number | undefined,
): Promise<RestartFigures> {
  const { pid } = running;
  const consumer = await open(running);
  await consumer.taken(1);
  const firstDeliveryMs = performance.now() - begin;
  const restartedBytes = memoryBytes(pid);
  const cpu = cpuUs(pid);
  const took = consumer.count;
  const rest = await timed(pid, messages - took, () => consumer.taken(messages));
  const drainedBytes = memoryBytes(pid);
  consumer.close();
  return {
    firstDeliveryMs,
    restartCpuMs: cpu === undefined ? undefined : cpu / 1000,
    restartedBytes: above(restartedBytes, idleBytes),
    drainRate: rest.rate,
    drainCpuUs: rest.cpuUs,
    drainedBytes: above(drainedBytes, idleBytes),
  };
}

/** The memory of a process that was left alone for a while. */
export async function rested(pid: number | undefined): Promise<number | undefined> {
  await delay(REST_MS);
  return memoryBytes(pid);
}

/** What was used beyond an idle process, where both are known. */
export function above(bytes: number | undefined, idle: number | undefined): number | undefined {
  return bytes === undefined || idle === undefined ? undefined : bytes - idle;
}

/** Messages a second of some work, and the CPU that each cost the broker. */
export async function timed(
  pid: number | undefined,
  count: number,
  work: () => Promise<unknown>,
): Promise<{ readonly rate: number; readonly cpuUs: number | undefined }> {
  const cpuBefore = cpuUs(pid);
  const begin = performance.now();
  await work();
  const seconds = (performance.now() - begin) / 1000;
  const cpuAfter = cpuUs(pid);
  const known = cpuBefore !== undefined && cpuAfter !== undefined;
  return { rate: count / seconds, cpuUs: known ? (cpuAfter - cpuBefore) / count : undefined };
}
