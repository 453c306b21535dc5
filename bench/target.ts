/**
 * What can be measured: something that listens, knows its own names for a queue, and may be stopped.
 *
 * Each target is one file (`angelia.ts`, `running-broker.ts`, `relay.ts`); a peer is added as one more,
 * and `main.ts` names it.
 */

import type { Door, Protocol } from './wire.ts';

/** Something to measure, started afresh for each scenario so that its peak memory is that scenario's. */
export interface Target {
  readonly name: string;
  /** The protocols it speaks. */
  readonly protocols: readonly Protocol[];
  start(): Promise<Running>;
}

/** A target that listens. */
export interface Running {
  /** Whose CPU and memory are read; undefined when it is not on this machine, or nobody said. */
  readonly pid: number | undefined;
  /** What it says of itself; goes into the results. */
  readonly version: string | undefined;
  /** Where producers and consumers of a queue, or a topic, connect. */
  doors(protocol: Protocol, name: string, kind?: 'queue' | 'topic'): { in: Door; out: Door };
  /** Where it takes WebSockets with STOMP in them, if it does. */
  webSocket?(): URL | undefined;
  /** Makes a queue, where a broker wants that before it is named. */
  declare?(protocol: Protocol, queue: string): Promise<void>;
  stop(): Promise<void>;
}

/** The same door for both ends, as at every broker. */
export function brokerDoors(
  url: string,
  address: string,
  kind: 'queue' | 'topic' = 'queue',
): { in: Door; out: Door } {
  const door: Door = { url: new URL(url), address, raw: false, kind };
  return { in: door, out: door };
}
