/**
 * A load at full speed over several brokers that run: a line to each, a round to warm up, and then
 * rounds in turn, so that what disturbs the machine disturbs all. One that fails is left out of the
 * rounds that follow, with its reason.
 */

import { setTimeout as delay } from 'node:timers/promises';
import { amqp1 } from './amqp1.ts';
import { confirmedWire } from './confirmed-wire.ts';
import { Line, type Round } from './line.ts';
import { OUTSTANDING, type RateLoad } from './loads.ts';
import { stomp } from './stomp.ts';
import { stompAcks } from './stomp-acks.ts';
import type { Running } from './target.ts';
import type { Wire } from './wire.ts';

/** How long and how often. */
export interface Rounds {
  readonly rounds: number;
  readonly seconds: number;
}

/** A broker that runs, and what it is called. */
export interface Broker {
  readonly name: string;
  readonly running: Running;
}

/** What was seen of one broker. */
export interface Seen {
  readonly broker: string;
  readonly rounds: readonly Round[];
  readonly failure?: string;
}

/** How far producers may run ahead of consumers; a slow consumer of a topic loses nothing yet. */
const AHEAD = 8192;
/** Lets the last acknowledgements settle before the next broker has its turn. */
const REST_MS = 100;

/** Plays one load. */
export async function playRate(
  load: RateLoad,
  brokers: readonly Broker[],
  { rounds, seconds }: Rounds,
): Promise<Seen[]> {
  const lines = await Promise.all(brokers.map((broker) => open(load, broker)));
  const limits = {
    seconds,
    messages: Number.POSITIVE_INFINITY,
    backlog: aheadOf(load),
    mayLose: load.to === 'topic',
  };
  for (let round = 0; round <= rounds; round++) {
    for (const entry of lines) {
      if (entry.line === undefined) continue;
      try {
        const seen = await entry.line.round(limits);
        if (round > 0) entry.rounds.push(seen);
      } catch (error) {
        entry.failure = wordsOf(error);
        entry.line.close();
        entry.line = undefined;
      }
      await delay(REST_MS);
    }
  }
  return lines.map(({ broker, line, rounds: seen, failure }) => {
    line?.close();
    return { broker, rounds: seen, ...(failure !== undefined && { failure }) };
  });
}

/** Messages of 64 KiB would be half a gigabyte on their way. */
function aheadOf({ size }: RateLoad): number {
  return Math.min(AHEAD, Math.max(OUTSTANDING, Math.floor((64 * 1024 * 1024) / size)));
}

interface Entry {
  readonly broker: string;
  readonly rounds: Round[];
  line?: Line | undefined;
  failure?: string;
}

async function open(load: RateLoad, { name, running }: Broker): Promise<Entry> {
  const { protocol, size, to, crowd } = load;
  const address = `bench-${load.name}-${process.pid}`;
  try {
    await running.declare?.(protocol, address);
    const doors = running.doors(protocol, address, to);
    const line = await Line.open(wireOf(load), doors, size, running.pid, crowd);
    return { broker: name, rounds: [], line };
  } catch (error) {
    return { broker: name, rounds: [], failure: wordsOf(error) };
  }
}

/** The generator's side of a load. */
export function wireOf({ persistent, protocol, crowd, receipts, acks }: RateLoad): Wire {
  const each = Math.ceil(OUTSTANDING / crowd.producers);
  if (persistent || receipts === true) return confirmedWire(protocol, each, persistent);
  if (acks === true) return stompAcks;
  return protocol === 'stomp' ? stomp : amqp1;
}

/** What an error says, in a line. */
export function wordsOf(error: unknown): string {
  const words = error instanceof Error ? error.message : String(error);
  return words.replaceAll(/\s+/g, ' ').slice(0, 300);
}
