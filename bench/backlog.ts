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
import { amqp1 } from './amqp1.ts';
import { ConfirmedProducer } from './confirmed.ts';
import { Pipe } from './pipe.ts';
import { stomp } from './stomp.ts';
import type { Running } from './target.ts';
import { cpuUs, memoryBytes } from './usage.ts';
import type { Door, Protocol, Wire } from './wire.ts';

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

const wires: Readonly<Record<Protocol, Wire>> = { stomp, amqp: amqp1 };
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
  const consumer = await Taker.open(protocol, door, size);
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
  const consumer = await Taker.open(protocol, running.doors(protocol, QUEUE).out, size);
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

function above(bytes: number | undefined, idle: number | undefined): number | undefined {
  return bytes === undefined || idle === undefined ? undefined : bytes - idle;
}

async function timed(
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

/** A consumer that counts what it takes. */
class Taker {
  count = 0;
  readonly #pipe: Pipe;
  readonly #wire: Wire;
  #until = 0;
  #failure: Error | undefined;
  #settle: ((failure?: Error) => void) | undefined;

  private constructor(pipe: Pipe, wire: Wire) {
    this.#pipe = pipe;
    this.#wire = wire;
  }

  static async open(protocol: Protocol, door: Door, size: number): Promise<Taker> {
    const wire = wires[protocol];
    const pipe = await Pipe.open(door.url);
    const receiver = await wire.openReceiver(pipe, door, size);
    const taker = new Taker(pipe, wire);
    pipe.onFailed = (reason) => {
      taker.#failure = reason;
      taker.#settle?.(reason);
    };
    pipe.pour((bytes) => {
      taker.count += receiver.take(bytes);
      if (taker.count >= taker.#until) taker.#settle?.();
    });
    return taker;
  }

  /** Resolves when so many were taken in all. */
  taken(count: number): Promise<void> {
    this.#until = count;
    return new Promise((resolve, reject) => {
      this.#settle = (failure) => (failure ? reject(failure) : resolve());
      if (this.#failure) reject(this.#failure);
      else if (this.count >= count) resolve();
    });
  }

  close(): void {
    this.#pipe.close(this.#wire.goodbye);
  }
}
