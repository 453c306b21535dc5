// The brokers that this adapter knows, by the product that they name in their open: what they can do
// over AMQP 1.0, why not the rest, and how they spell addresses. [AMQP 2.7.1] [JMS mapping WD10]
//
// A feature is only taken from a table for what no frame says; what a peer offers or does not offer
// in its open decides where there is a word for it.

import { CAPABILITIES, type Capability, type Lack, type Lacks } from '#jms-api';
import { artemisSelector } from './artemis-selector.ts';
import { type Dialect, plainDialect, prefixedDialect, rabbitDialect, withHash } from './dialect.ts';

/** What the open of a peer says of it. */
export interface PeerOpen {
  readonly product: string;
  readonly version: string;
  readonly offered: ReadonlySet<string>;
  readonly queuePrefix: string;
  readonly topicPrefix: string;
}

/** What a broker is for this adapter. */
export interface Peer {
  /** As people call it. */
  readonly name: string;
  readonly version: string;
  readonly capabilities: ReadonlySet<Capability>;
  readonly lacks: Lacks;
  readonly dialect: Dialect;
  /** One link may send to all destinations. */
  readonly relay: boolean;
  /** It answers a flow that asks for an echo. [AMQP 2.7.4] */
  readonly echoes: boolean;
  /** It knows drain. [AMQP 2.6.7] */
  readonly drains: boolean;
  /** What it rolls back comes behind what was given back before: so that is to be given back later. */
  readonly rollsBackBehind: boolean;
  /** It knows the outcome `modified`. [AMQP 3.4.5] */
  readonly modifies: boolean;
}

interface Known {
  readonly name: string;
  readonly product: RegExp;
  readonly lacks: Lacks;
  dialect(open: PeerOpen): Dialect;
  readonly echoes: boolean;
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

const CLASSIC_LACKS: Lacks = {
  'duplicate-detection': duplicates('ActiveMQ Classic'),
  'shared-subscriptions': {
    why: 'ActiveMQ Classic knows no subscription with several consumers',
    instead:
      'send to a virtual topic, VirtualTopic.NAME, and consume its queue Consumer.X.VirtualTopic.NAME',
  },
  'priority-order': {
    why: 'its queues ignore priorities unless their policy says prioritizedMessages="true"',
    instead: 'use a queue for what is urgent, or set that policy',
  },
};

const rabbit = (what: string): string => `RabbitMQ has no ${what} over AMQP 1.0`;

const RABBIT_LACKS: Lacks = {
  'duplicate-detection': duplicates('RabbitMQ'),
  transactions: {
    why: rabbit('transactions'),
    instead: 'acknowledge in CLIENT mode after the result was sent, and expect duplicates',
  },
  selectors: {
    why: rabbit('selectors on queues'),
    instead: 'send to topics, and consume by their names',
  },
  'topic-selectors': {
    why: rabbit('selectors'),
    instead: 'consume topics by their names and wildcards',
  },
  'no-local': {
    why: rabbit('noLocal'),
    instead: 'mark the messages with a property, and leave out your own',
  },
  'durable-subscriptions': {
    why: 'a subscription of a topic is there as long as its link',
    instead: 'use amqp091://, or bind a queue to amq.topic and consume that',
  },
  'shared-subscriptions': {
    why: 'a subscription of a topic has one link',
    instead: 'bind a queue to amq.topic, and consume it with several consumers',
  },
  browsers: {
    why: rabbit('browsing'),
    instead: 'look into queues with its management page, without consuming',
  },
  'temporary-destinations': {
    why: rabbit('dynamic nodes'),
    instead: 'use a queue of a unique name for replies, with an x-expires policy',
  },
  'delivery-delay': {
    why: rabbit('delayed delivery'),
    instead: 'let messages expire from a queue that dead-letters to the one that you consume',
  },
  'client-id': {
    why: 'RabbitMQ does not keep a second connection from using a container id',
    instead: 'use the name of a user of its own',
  },
  'priority-order': {
    why: 'queues that this adapter has made have no priorities',
    instead: 'declare the queue with x-max-priority, or use a queue for what is urgent',
  },
  'message-groups': {
    why: rabbit('message groups'),
    instead: 'declare the queue with x-single-active-consumer',
  },
  'delivery-count': {
    why: 'RabbitMQ marks what comes again, and does not count',
    instead: 'use quorum queues over amqp091://, which count',
  },
};

const prefixed = ({ queuePrefix, topicPrefix }: PeerOpen): Dialect =>
  prefixedDialect(queuePrefix, topicPrefix);

const KNOWN: readonly Known[] = [
  {
    name: 'angelia',
    product: /^angelia$/i,
    lacks: {},
    dialect: () => plainDialect(),
    echoes: true,
  },
  {
    name: 'ActiveMQ Artemis',
    product: /artemis/i,
    lacks: {},
    dialect: ({ queuePrefix, topicPrefix }) => ({
      ...prefixedDialect(queuePrefix, topicPrefix, withHash),
      topicSelector: artemisSelector,
    }),
    echoes: false,
  },
  {
    name: 'ActiveMQ Classic',
    product: /activemq/i,
    lacks: CLASSIC_LACKS,
    dialect: prefixed,
    echoes: false,
  },
  {
    name: 'RabbitMQ',
    product: /rabbitmq/i,
    lacks: RABBIT_LACKS,
    dialect: () => rabbitDialect,
    echoes: false,
  },
  {
    name: 'Qpid',
    product: /qpid/i,
    lacks: { 'duplicate-detection': duplicates('Qpid') },
    dialect: prefixed,
    echoes: false,
  },
];

/** The feature × broker table, for what is known before a connection is there. */
export const AMQP1_LACKS: Readonly<Record<string, Lacks>> = Object.fromEntries(
  KNOWN.map(({ name, lacks }) => [name, { ...lacks, 'unpaired-surrogates': STRINGS }]),
);

/** Of what there is a word in opens. */
const OFFERS: Readonly<Partial<Record<Capability, string>>> = {
  'shared-subscriptions': 'SHARED-SUBS',
  'delivery-delay': 'DELAYED_DELIVERY',
};

/** What a broker is that said this of itself. */
export function peerOf(open: PeerOpen): Peer {
  const known = KNOWN.find(({ product }) => product.test(open.product));
  const name = known?.name ?? (open.product === '' ? 'an AMQP 1.0 broker' : open.product);
  const lacks: Partial<Record<Capability, Lack>> = {
    ...(known?.lacks ?? { 'duplicate-detection': duplicates(name) }),
    'unpaired-surrogates': STRINGS,
  };
  for (const [capability, word] of Object.entries(OFFERS) as [Capability, string][]) {
    if (open.offered.has(word) || lacks[capability] !== undefined) continue;
    lacks[capability] = {
      why: `it does not offer ${word}`,
      instead: 'ask its operator for a version that does',
    };
  }
  const firstRabbit = name === 'RabbitMQ' && Number.parseInt(open.version, 10) < 4;
  return {
    name,
    version: open.version,
    capabilities: new Set(CAPABILITIES.filter((one) => lacks[one] === undefined)),
    lacks,
    dialect: known?.dialect(open) ?? prefixed(open),
    // RabbitMQ 4 takes there only addresses of a kind that makes no queue.
    relay: open.offered.has('ANONYMOUS-RELAY') && name !== 'RabbitMQ',
    echoes: known?.echoes ?? false,
    rollsBackBehind: name === 'ActiveMQ Classic',
    drains: !firstRabbit,
    modifies: !firstRabbit,
  };
}
