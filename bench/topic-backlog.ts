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
import {
  above,
  type BacklogOptions,
  type Durable,
  type FillFigures,
  outlived,
  type Restartable,
  type RestartFigures,
  rested,
  timed,
} from './backlog.ts';
import { ConfirmedProducer } from './confirmed.ts';
import { stompAcksOf } from './stomp-acks.ts';
import { Taker } from './taker.ts';
import { memoryBytes } from './usage.ts';

const CREDIT = 10_000;
const TOPIC = 'bench-topic-backlog';

/** Plays the whole of it. */
export function topicBacklog(
  target: Restartable,
  options: BacklogOptions,
): Promise<FillFigures & RestartFigures> {
  return outlived(target, options.messages, {
    fill: (running) => fill(running, options),
    open: (running) => subscriber(running, 'away', options.size),
  });
}

function subscriber(running: Durable, name: string, size: number): Promise<Taker> {
  // More than is ever on its way: what it cannot take at once leaves memory and is read back.
  const credit = `prefetch-count:${CREDIT}`;
  const headers = `durable-subscription-name:${name}\nshared:true\n${credit}\n`;
  return Taker.open(stompAcksOf(headers), running.doors('stomp', TOPIC, 'topic').out, size);
}

async function fill(
  running: Durable,
  { messages, size, outstanding }: BacklogOptions,
): Promise<FillFigures> {
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
  const restedBytes = await rested(pid);
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
