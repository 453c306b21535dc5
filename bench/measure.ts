/**
 * Measures one scenario: the target and the relay, round about, so that what disturbs the machine
 * disturbs both.
 *
 * One scenario today: one producer, one queue, one consumer, non-persistent, settled on send.
 */

import { amqp1 } from './amqp1.ts';
import { Line, type Round } from './line.ts';
import type { Options } from './options.ts';
import { stomp } from './stomp.ts';
import type { Running, Target } from './target.ts';
import { peakBytes } from './usage.ts';
import type { Protocol, Wire } from './wire.ts';

const wires: Readonly<Record<Protocol, Wire>> = { stomp, amqp: amqp1 };
/** Paced messages before those that count, in seconds. */
const LATENCY_WARM_UP_SECONDS = 1;

/** All that was seen of one target in one scenario. */
export interface Measured {
  readonly target: string;
  readonly version: string | undefined;
  readonly rounds: readonly Round[];
  /** Microseconds, in order of arrival; empty when there was no paced run. */
  readonly latenciesUs: readonly number[];
  readonly peakBytes: number | undefined;
}

/** Runs the rounds and the paced run over `protocol` against each target in turn. */
export async function measure(
  targets: readonly Target[],
  protocol: Protocol,
  options: Options,
): Promise<Measured[]> {
  const opened: { target: Target; running: Running; line?: Line; rounds: Round[] }[] = [];
  let current = 'nothing';
  const queue = `bench-${process.pid}-${Date.now().toString(36)}`;
  try {
    for (const target of targets) {
      current = target.name;
      const running = await target.start();
      const entry: (typeof opened)[number] = { target, running, rounds: [] };
      opened.push(entry);
      const doors = running.doors(protocol, queue);
      entry.line = await Line.open(wires[protocol], doors, options.size, running.pid);
    }
    for (let round = 0; round <= options.rounds; round++) {
      for (const { target, line, rounds } of opened) {
        current = target.name;
        const seen = line && (await line.round(options));
        // The first one warms up.
        if (seen && round > 0) rounds.push(seen);
      }
    }
    const measured: Measured[] = [];
    for (const { target, running, line, rounds } of opened) {
      current = target.name;
      const latenciesUs = line && options.latencySeconds > 0 ? await paced(line, options) : [];
      measured.push({
        target: target.name,
        version: running.version,
        rounds,
        latenciesUs,
        peakBytes: peakBytes(running.pid),
      });
    }
    return measured;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`${protocol}, ${current}: ${why}`, { cause: error });
  } finally {
    for (const { running, line } of opened) {
      line?.close();
      await running.stop();
    }
  }
}

async function paced(line: Line, options: Options): Promise<number[]> {
  await line.latencies(options.latencyRate, LATENCY_WARM_UP_SECONDS);
  return line.latencies(options.latencyRate, options.latencySeconds);
}
