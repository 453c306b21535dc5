/**
 * The loads that ours and its peers are put under, each a row of this file: what it is, and what ours
 * is to reach. Those with a `crowd` run at full speed over a {@link Line}; the others have files of
 * their own. The order is that of the report.
 */

import type { Crowd } from './line.ts';
import type { PeerName } from './peer-target.ts';
import type { Protocol } from './wire.ts';

/** What ours is to reach: its CPU for a message (a topic: for a delivery), and how many times a peer's rate. */
export interface Aim {
  readonly cpuUs?: number;
  readonly times?: Readonly<Partial<Record<PeerName, number>>>;
}

/** Messages as fast as they go. */
export interface RateLoad {
  readonly name: string;
  readonly kind: 'rate';
  readonly protocol: Protocol;
  readonly size: number;
  readonly persistent: boolean;
  readonly to: 'queue' | 'topic';
  readonly crowd: Crowd;
  /** STOMP: not persistent, and a receipt for each all the same. */
  readonly receipts?: boolean;
  /** STOMP: each message is acknowledged by itself. */
  readonly acks?: boolean;
  readonly aim?: Aim;
}

/** Anything else: `play` names its file. */
export interface OtherLoad {
  readonly name: string;
  readonly kind: 'paced' | 'idle' | 'start' | 'backlog';
  readonly protocol: Protocol | 'ws';
}

/** A row. */
export type Load = RateLoad | OtherLoad;

/** Sends that may be outstanding, over all producers of a load. */
export const OUTSTANDING = 1000;

const TWO: Crowd = { producers: 1, consumers: 1, copies: 1 };
const SIXTEEN: Crowd = { producers: 16, consumers: 16, copies: 1 };
const TEN: Crowd = { producers: 1, consumers: 10, copies: 10 };

function rate(
  protocol: Protocol,
  name: string,
  row: Partial<Omit<RateLoad, 'kind' | 'protocol' | 'name'>>,
): RateLoad {
  const usual = { size: 1024, persistent: true, to: 'queue', crowd: TWO } as const;
  return { kind: 'rate', protocol, name: `${protocol}-${name}`, ...usual, ...row };
}

/** All of them. */
export const LOADS: readonly Load[] = [
  rate('stomp', 'persistent', {
    aim: { cpuUs: 10, times: { rabbitmq: 3, artemis: 3, classic: 20 } },
  }),
  rate('stomp', 'persistent-16', { crowd: SIXTEEN, aim: { cpuUs: 10 } }),
  rate('stomp', 'persistent-100b', { size: 100 }),
  rate('stomp', 'persistent-64k', { size: 65_536 }),
  rate('amqp', 'persistent', { aim: { cpuUs: 8, times: { rabbitmq: 4, artemis: 2 } } }),
  rate('amqp', 'persistent-16', { crowd: SIXTEEN, aim: { cpuUs: 8 } }),
  rate('amqp', 'persistent-100b', { size: 100 }),
  rate('amqp', 'persistent-64k', { size: 65_536 }),
  rate('stomp', 'auto', { persistent: false, aim: { cpuUs: 5 } }),
  rate('stomp', 'receipts', { persistent: false, receipts: true, aim: { cpuUs: 8 } }),
  rate('stomp', 'acks', { persistent: false, acks: true, aim: { cpuUs: 12 } }),
  rate('amqp', 'settled', { persistent: false, aim: { cpuUs: 5, times: { artemis: 1.5 } } }),
  rate('stomp', 'topic-10', { persistent: false, to: 'topic', crowd: TEN }),
  rate('amqp', 'topic-10', { persistent: false, to: 'topic', crowd: TEN, aim: { cpuUs: 2.5 } }),
  { name: 'stomp-paced', kind: 'paced', protocol: 'stomp' },
  { name: 'amqp-paced', kind: 'paced', protocol: 'amqp' },
  { name: 'amqp-idle', kind: 'idle', protocol: 'amqp' },
  { name: 'ws-idle', kind: 'idle', protocol: 'ws' },
  { name: 'start', kind: 'start', protocol: 'amqp' },
  { name: 'backlog', kind: 'backlog', protocol: 'stomp' },
];
