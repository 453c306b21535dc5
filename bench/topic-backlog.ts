/**
 * The backlog test of a topic: one durable subscription takes and acknowledges everything, another
 * is away. Then the broker is killed and started again, and the other one comes for its messages.
 *
 *     both subscribe ─► fill, one reads ─► rest ─► kill, start ─► the other's first ─► drain
 *          idle            CPU, memory               time, memory                    CPU
 *
 * Every message is persistent and confirmed. STOMP, `ack:client-individual`; the subscriptions are
 * shared ones, which need no client id.
 */

import { setTimeout as delay } from 'node:timers/promises';
import { above, type BacklogOptions, type Durable, type Restartable, timed } from './backlog.ts';
import { ConfirmedProducer } from './confirmed.ts';
import { stompAcksOf } from './stomp-acks.ts';
import { Taker } from './taker.ts';
import { cpuUs, memoryBytes } from './usage.ts';

/** What was seen; memory above the idle process, CPU per message. */
export interface TopicBacklogFigures {
  readonly idleBytes: number | undefined;
  readonly fillRate: number;
  readonly fillCpuUs: number | undefined;
  /** When all was taken by the one, and after a rest. */
  readonly fullBytes: number | undefined;
  readonly restedBytes: number | undefined;
  /** From the start of the process to the first message at the other one. */
  readonly firstDeliveryMs: number;
  readonly restartCpuMs: number | undefined;
  readonly restartedBytes: number | undefined;
  readonly drainRate: number;
  readonly drainCpuUs: number | undefined;
  readonly drainedBytes: number | undefined;
}

const REST_MS = 3000;
const CREDIT = 10_000;
const TOPIC = 'bench-topic-backlog';

/** Plays the whole of it. */
export async function topicBacklog(
  target: Restartable,
  options: BacklogOptions,
): Promise<TopicBacklogFigures> {
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

function subscriber(running: Durable, name: string, size: number): Promise<Taker> {
  // More than is ever on its way: what it cannot take at once leaves memory and is read back.
  const credit = `prefetch-count:${CREDIT}`;
  const headers = `durable-subscription-name:${name}\nshared:true\n${credit}\n`;
  return Taker.open(stompAcksOf(headers), running.doors('stomp', TOPIC, 'topic').out, size);
}

async function fill(running: Durable, { messages, size, outstanding }: BacklogOptions) {
  const { pid } = running;
  const door = running.doors('stomp', TOPIC, 'topic').in;
  await delay(500);
  const idleBytes = memoryBytes(pid);
  (await subscriber(running, 'away', size)).close();
  const reader = await subscriber(running, 'reader', size);
  const producer = await ConfirmedProducer.open('stomp', door, size, outstanding);
  const full = await timed(pid, messages, () =>
    Promise.all([producer.send(messages), reader.taken(messages)]),
  );
  await delay(200);
  const fullBytes = memoryBytes(pid);
  await delay(REST_MS);
  const restedBytes = memoryBytes(pid);
  producer.close();
  reader.close();
  return {
    idleBytes,
    fillRate: full.rate,
    fillCpuUs: full.cpuUs,
    fullBytes: above(fullBytes, idleBytes),
    restedBytes: above(restedBytes, idleBytes),
  };
}

async function drain(
  running: Durable,
  { messages, size }: BacklogOptions,
  begin: number,
  idleBytes: number | undefined,
) {
  const { pid } = running;
  const taker = await subscriber(running, 'away', size);
  await taker.taken(1);
  const firstDeliveryMs = performance.now() - begin;
  const restartedBytes = memoryBytes(pid);
  const cpu = cpuUs(pid);
  const rest = await timed(pid, messages - taker.count, () => taker.taken(messages));
  const drainedBytes = memoryBytes(pid);
  taker.close();
  return {
    firstDeliveryMs,
    restartCpuMs: cpu === undefined ? undefined : cpu / 1000,
    restartedBytes: above(restartedBytes, idleBytes),
    drainRate: rest.rate,
    drainCpuUs: rest.cpuUs,
    drainedBytes: above(drainedBytes, idleBytes),
  };
}
