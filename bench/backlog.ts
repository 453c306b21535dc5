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

/** What was seen; rates in messages a second, memory above the idle process, CPU per message. */
export interface BacklogFigures {
  readonly emptyRate: number;
  readonly emptyCpuUs: number | undefined;
  readonly fillRate: number;
  readonly fillCpuUs: number | undefined;
  readonly writtenToPayload: number | undefined;
  readonly idleBytes: number | undefined;
  /** When the last was confirmed, and after a rest. */
  readonly fullBytes: number | undefined;
  readonly restedBytes: number | undefined;
  /** From the start of the process to the first message at a consumer. */
  readonly firstDeliveryMs: number;
  /** CPU time until then: what is left of the above where nobody else is at work. */
  readonly restartCpuMs: number | undefined;
  readonly restartedBytes: number | undefined;
  readonly drainRate: number;
  readonly drainCpuUs: number | undefined;
  readonly drainedBytes: number | undefined;
}

const REST_MS = 3000;
const QUEUE = 'bench-backlog';

/** Plays the whole of it. */
export async function backlog(
  target: Restartable,
  options: BacklogOptions,
): Promise<BacklogFigures> {
  let running = await target.start();
  try {
    const filled = await fill(running, options);
    await running.kill();
    const begin = performance.now();
    running = await target.start();
    const drained = await drain(running, options, begin, filled.idleBytes);
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
  await delay(REST_MS);
  const restedBytes = memoryBytes(pid);
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
  { protocol, messages, size }: BacklogOptions,
  begin: number,
  idleBytes: number | undefined,
) {
  const { pid } = running;
  const consumer = await Taker.open(wires[protocol], running.doors(protocol, QUEUE).out, size);
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
