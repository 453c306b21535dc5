// The brokers that this adapter knows, by the product that they name in their open: what they can do
// over AMQP 1.0, why not the rest, and how they spell addresses. [AMQP 2.7.1] [JMS mapping WD10]
//
// A feature is only taken from a table for what no frame says; what a peer offers or does not offer
// in its open decides where there is a word for it.

import { CAPABILITIES, type Capability, type Lack, type Lacks } from '#jms-api';
import { CLASSIC_LACKS } from '../classic-lacks.ts';
import { ORDINARY_TOPOLOGY, type TopologyWishes } from '../rabbitmq-topology.ts';
import { artemisSelector } from './artemis-selector.ts';
import { ORDINARY_STATES, type States } from './delivery-state.ts';
import { type Dialect, plainDialect, prefixedDialect, withHash } from './dialect.ts';
import { brokerJ } from './qpid-peer.ts';
import { firstRabbit, secondRabbit } from './rabbitmq-peers.ts';

/** What the open of a peer says of it. */
export interface PeerOpen {
  readonly product: string;
  readonly version: string;
  readonly offered: ReadonlySet<string>;
  readonly queuePrefix: string;
  readonly topicPrefix: string;
}

/** How a peer keeps to the protocol. */
export interface PeerManners {
  /**
   * It answers a flow that asks for an echo, for its session, or for the queue of the link. [AMQP 2.7.4]
   */
  readonly echoes: 'none' | 'session' | 'link';
  /** It knows drain. [AMQP 2.6.7] */
  readonly drains: boolean;
  /** What it rolls back comes behind what was given back before: so that is to be given back later. */
  readonly rollsBackBehind: boolean;
  /** How it is told of outcomes. [AMQP 3.4] */
  readonly states: States;
  /** It has no coordinator: transactions are kept here until they commit. */
  readonly buffersTransactions: boolean;
  /** Links make no nodes: they are asked for beforehand. */
  readonly managed: boolean;
  /** What it has and does not offer in its open. */
  readonly offers: readonly string[];
  /** Its anonymous relay is for us, if it has one. */
  readonly relays: boolean;
  /** What is on its way to a link that is detached comes again marked: so nothing is to be. */
  readonly marksUnread: boolean;
  /** It may answer the drain of a browser before it has looked into the queue. */
  readonly browsesLate: boolean;
  /** A durable subscription with noLocal keeps messages also while nobody consumes it. */
  readonly keepsForeign: boolean;
  /** Its answer to the end of a session may be lost: no longer than that is it waited for. */
  readonly endMsMax?: number;
}

const ORDINARY_MANNERS: PeerManners = {
  echoes: 'none',
  drains: true,
  rollsBackBehind: false,
  states: ORDINARY_STATES,
  buffersTransactions: false,
  managed: false,
  offers: [],
  relays: true,
  marksUnread: false,
  browsesLate: false,
  keepsForeign: true,
};

/** What a broker is for this adapter. */
export interface Peer extends PeerManners {
  /** As people call it. */
  readonly name: string;
  readonly version: string;
  readonly capabilities: ReadonlySet<Capability>;
  readonly lacks: Lacks;
  readonly dialect: Dialect;
  /** One link may send to all destinations. */
  readonly relay: boolean;
}

/** What a connection wishes of a peer that makes nodes by request. */
export interface PeerWishes extends TopologyWishes {
  /** Who the peer is, whatever it says; undefined: who it says. */
  readonly dialect: DialectName | undefined;
  /** By which noLocal knows what we sent. */
  readonly sender: string;
}

/** The brokers that have a dialect of their own. */
export type DialectName =
  | 'angelia'
  | 'artemis'
  | 'classic'
  | 'rabbitmq3'
  | 'rabbitmq'
  | 'qpid'
  | 'qpidd';

const ORDINARY_WISHES: PeerWishes = { ...ORDINARY_TOPOLOGY, dialect: undefined, sender: '' };

/** A broker that is known, and in what it differs from what the specifications say. */
export interface Known {
  /** As people call it. */
  readonly name: string;
  readonly word: DialectName;
  /** What its open says. */
  readonly product: RegExp;
  /** Its first number; absent: any. */
  readonly version?: (major: number) => boolean;
  lacks(wishes: PeerWishes): Lacks;
  dialect(open: PeerOpen, wishes: PeerWishes): Dialect;
  /** What is otherwise than with most. */
  readonly manners?: Partial<PeerManners>;
}

/** Of AMQP itself. */
const STRINGS: Lack = {
  why: 'strings of AMQP 1.0 are UTF-8, which has no half of a surrogate pair',
  instead: 'send such text as bytes',
};

const duplicates = (broker: string): Lack => ({
  why: `${broker} looks for no ids of earlier sends over AMQP 1.0`,
  instead: 'look at JMSMessageID where messages are consumed',
});

const prefixed = ({ queuePrefix, topicPrefix }: PeerOpen): Dialect =>
  prefixedDialect(queuePrefix, topicPrefix);

const KNOWN: readonly Known[] = [
  {
    name: 'angelia',
    word: 'angelia',
    product: /^angelia$/i,
    lacks: () => ({}),
    dialect: () => plainDialect(),
    manners: { echoes: 'session' },
  },
  {
    name: 'ActiveMQ Artemis',
    word: 'artemis',
    product: /artemis/i,
    lacks: () => ({}),
    dialect: ({ queuePrefix, topicPrefix }) => ({
      ...prefixedDialect(queuePrefix, topicPrefix, withHash),
      topicSelector: artemisSelector,
    }),
    manners: { browsesLate: true },
  },
  {
    name: 'ActiveMQ Classic',
    word: 'classic',
    product: /activemq/i,
    lacks: () => ({
      'duplicate-detection': duplicates('ActiveMQ Classic'),
      ...CLASSIC_LACKS,
    }),
    dialect: prefixed,
    manners: { rollsBackBehind: true },
  },
  firstRabbit,
  secondRabbit,
  brokerJ,
  {
    name: 'Qpid',
    word: 'qpidd',
    product: /qpid/i,
    lacks: () => ({ 'duplicate-detection': duplicates('Qpid') }),
    dialect: prefixed,
  },
];

/** The names of all dialects. */
export const dialectNames: readonly DialectName[] = KNOWN.map(({ word }) => word);

/** The feature × broker table, for what is known before a connection is there. */
export const AMQP1_LACKS: Readonly<Record<string, Lacks>> = Object.fromEntries(
  KNOWN.map(({ name, word, lacks }) => [
    word.startsWith('rabbitmq') ? `${name} (${word})` : name,
    { ...lacks(ORDINARY_WISHES), 'unpaired-surrogates': STRINGS },
  ]),
);

/** Of what there is a word in opens. */
const OFFERS: Readonly<Partial<Record<Capability, string>>> = {
  'shared-subscriptions': 'SHARED-SUBS',
  'delivery-delay': 'DELAYED_DELIVERY',
};

/** What a broker is that said this of itself. */
export function peerOf(open: PeerOpen, wishes: PeerWishes = ORDINARY_WISHES): Peer {
  const known = knownOf(open, wishes.dialect);
  const name = known?.name ?? (open.product === '' ? 'an AMQP 1.0 broker' : open.product);
  const lacks: Partial<Record<Capability, Lack>> = {
    ...(known?.lacks(wishes) ?? { 'duplicate-detection': duplicates(name) }),
    'unpaired-surrogates': STRINGS,
  };
  const manners = { ...ORDINARY_MANNERS, ...known?.manners };
  const offered = new Set([...open.offered, ...manners.offers]);
  for (const [capability, word] of Object.entries(OFFERS) as [Capability, string][]) {
    if (manners.managed || offered.has(word) || lacks[capability] !== undefined) continue;
    lacks[capability] = {
      why: `it does not offer ${word}`,
      instead: 'ask its operator for a version that does',
    };
  }
  return {
    ...manners,
    name,
    version: open.version,
    capabilities: new Set(CAPABILITIES.filter((one) => lacks[one] === undefined)),
    lacks,
    dialect: known?.dialect(open, wishes) ?? prefixed(open),
    relay: manners.relays && offered.has('ANONYMOUS-RELAY'),
  };
}

function knownOf({ product, version }: PeerOpen, word: DialectName | undefined): Known | undefined {
  if (word !== undefined) return KNOWN.find((one) => one.word === word);
  const major = Number.parseInt(version, 10) || 0;
  return KNOWN.find((one) => one.product.test(product) && one.version?.(major) !== false);
}
