// What the brokers that speak STOMP make of it: how each names destinations and subscriptions, what
// it cannot do, and what it does with a message that is not acknowledged.
//
//                      angelia            classic           artemis            rabbitmq
//     a message back   NACK with outcome  by us, or when the subscription ends
//     NACK means       as its outcome     dead letter       thrown away        drop, or dead letter
//     ACK in a         counts with it     counts with it    counts at once     counts with it
//     transaction
//     temporary        made when named,   the same; others  a queue of a       the same, and it
//     destinations     RECEIPT says how   see its name in   unique name        ends with the
//                      others name it     JMSReplyTo                           connection
//
// "By us": the message is handed out again by the adapter, which never let go of it.

import {
  CAPABILITIES,
  type Capability,
  type ConsumerRequest,
  type DestinationData,
  type Lacks,
  type MessageData,
} from '#jms-api';
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
  readonly lacks: Lacks;
  /** NACK may say any outcome. */
  readonly outcomes: boolean;
  /** NACK makes a dead letter, if the broker has a place for them. */
  readonly deadLetters: boolean;
  /**
   * How others learn of a temporary destination: by the RECEIPT of a SUBSCRIBE; by the reply-to of a
   * message; or it has one name for all, and is no temporary one to the broker.
   */
  readonly temporaries: 'told' | 'seen' | 'named';
  /** An ACK may be part of a transaction. */
  readonly transactedAcks: boolean;
  /** The RECEIPT of a SEND in a transaction comes before COMMIT. */
  readonly transactedReceipts: boolean;
  /**
   * What is out when a subscription ends goes back by itself; if not, NACK says so, with the
   * subscription's id used for another one, for it must be one that is there.
   */
  readonly endGivesBack: boolean;
  /** It keeps groups, and does not tell what they were called. */
  readonly hidesGroups: boolean;
  /** How often an echo goes round until nothing more can come; 0: answers keep the order. */
  readonly echoes: number;
  /** How a selector is said; `foreign`: of the id of our connection, whose messages shall not come. */
  selector(text: string, foreign: string | undefined): string;
  /** Messages say which connection sent them, once it has a subscription with noLocal. */
  readonly marksOwn: boolean;
  /** It has no selectors: those of topics are asked here, and so is noLocal. */
  readonly selectsHere: boolean;
  /** A wrong selector costs the connection: it is tried on another one first. */
  readonly selectorsCost: boolean;
  /** How a destination is said; `own`: a temporary one of this connection. */
  spell(destination: DestinationData, own: boolean): string;
  /** How it is said to consume it, if that differs: by its name, or with wildcards. */
  spellSource?(destination: DestinationData): string;
  /** What a SUBSCRIBE says, but for id, destination, selector, ack and prefetch. */
  subscribe(wanted: Wanted): Lines;
  /** The window of messages that may be out. */
  prefetch(count: number): Lines;
  /** What an UNSUBSCRIBE says that deletes a durable subscription. */
  unsubscribe(name: string, clientId: string | undefined): Lines;
  /** What a SEND says that is to be delivered later; undefined: it cannot be. */
  deliverAt(atMs: number, nowMs: number): Lines | undefined;
  /** What a SEND says besides what it says to all brokers. */
  more?(message: MessageData, nowMs: number, sender: string): Lines;
  /** What SEND and SUBSCRIBE say of the queue that they may make. */
  madeAs?(destination: DestinationData, durable: boolean, queueType: string): Lines;
  /** A SUBSCRIBE that makes a temporary queue says so. */
  readonly makeTemporary?: Lines;
}

const DIALECTS: Readonly<Record<DialectName, Dialect>> = { angelia, classic, artemis, rabbitmq };

/** The names of all dialects. */
export const dialectNames: readonly DialectName[] = ['angelia', 'classic', 'artemis', 'rabbitmq'];

/** The feature × broker table, for what is known before a connection is there. */
export const STOMP_LACKS: Readonly<Record<string, Lacks>> = Object.fromEntries(
  Object.values(DIALECTS).map(({ product, lacks }) => [product, lacks]),
);

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

/** What is there: all that is not lacking. */
export function capabilitiesOf({ lacks }: Dialect): ReadonlySet<Capability> {
  return new Set(CAPABILITIES.filter((one) => lacks[one] === undefined));
}
