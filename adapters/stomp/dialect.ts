// What the brokers that speak STOMP make of it: how each names destinations and subscriptions, what
// it cannot do, and what it does with a message that is not acknowledged.
//
//                      angelia            classic           artemis            rabbitmq
//     a message back   NACK with outcome  by us, or when the subscription ends
//     NACK means       as its outcome     dead letter       thrown away        drop, or dead letter
//     ACK in a         counts with it     counts with it    counts at once     counts with it
//     transaction
//
// "By us": the message is handed out again by the adapter, which never let go of it.

import type { Capability, ConsumerRequest, DestinationData } from '#jms-api';
import { angelia } from './dialect-angelia.ts';
import { artemis } from './dialect-artemis.ts';
import { classic } from './dialect-classic.ts';
import { rabbitmq } from './dialect-rabbitmq.ts';
import type { Headers } from './link.ts';

export type DialectName = 'angelia' | 'classic' | 'artemis' | 'rabbitmq';

/** Lines of a header. */
export type Lines = readonly (readonly [name: string, value: string])[];

/** What a subscription is to be. */
export interface Wanted {
  readonly destination: DestinationData;
  readonly request: ConsumerRequest;
  readonly clientId: string | undefined;
}

export interface Dialect {
  readonly name: DialectName;
  /** For ConnectionMetaData. */
  readonly product: string;
  readonly capabilities: ReadonlySet<Capability>;
  /** NACK may say any outcome. */
  readonly outcomes: boolean;
  /** NACK makes a dead letter, if the broker has a place for them. */
  readonly deadLetters: boolean;
  /** The RECEIPT of a SUBSCRIBE says how others know a temporary destination. */
  readonly namesTemporaries: boolean;
  /** An ACK may be part of a transaction. */
  readonly transactedAcks: boolean;
  /** How a selector is said; a broker whose properties are strings may be told to convert them. */
  selector(text: string): string;
  /** A wrong selector costs the connection: it is tried on another one first. */
  readonly selectorsCost: boolean;
  /** How a destination is said; `own`: a temporary one of this connection. */
  spell(destination: DestinationData, own: boolean): string;
  /** What a SUBSCRIBE says, but for id, destination, selector, ack and prefetch. */
  subscribe(wanted: Wanted): Lines;
  /** The window of messages that may be out. */
  prefetch(count: number): Lines;
  /** What an UNSUBSCRIBE says that deletes a durable subscription. */
  unsubscribe(name: string, clientId: string | undefined): Lines;
  /** What a SEND says that is to be delivered later; undefined: it cannot be. */
  deliverAt(atMs: number, nowMs: number): Lines | undefined;
}

const DIALECTS: Readonly<Record<DialectName, Dialect>> = { angelia, classic, artemis, rabbitmq };

/** The names of all dialects. */
export const dialectNames: readonly DialectName[] = ['angelia', 'classic', 'artemis', 'rabbitmq'];

const SERVERS: readonly (readonly [RegExp, DialectName])[] = [
  [/^angelia/i, 'angelia'],
  [/artemis/i, 'artemis'],
  [/^activemq/i, 'classic'],
  [/^rabbitmq/i, 'rabbitmq'],
];

/** The dialect of a broker, by name or by what it says of itself; of strangers, Classic's. */
export function dialectOf(name: DialectName | undefined, connected: Headers): Dialect {
  const server = connected.get('server') ?? '';
  return DIALECTS[name ?? SERVERS.find(([words]) => words.test(server))?.[1] ?? 'classic'];
}
