// Qpid Broker-J: what its queues do only when they are told to, what it makes of outcomes and of links that
// end, and how it spells addresses. A plain name is a queue to whoever consumes it, whatever its capability
// says, so topics are keys of the topic exchange that every virtual host has, and wildcards are the
// exchange's. A temporary topic is an exchange of its own, and consumed by any of its keys.
//
//     queue  orders     topic  amq.topic/prices.#     temporary topic  TempTopic…  TempTopic…/

import { type Lacks, Outcome } from '#jms-api';
import { ORDINARY_STATES, type States } from './delivery-state.ts';
import { type Dialect, withHash } from './dialect.ts';
import type { Known } from './peers.ts';

const NAME = 'Qpid Broker-J';
const TOPICS = 'amq.topic/';
/** Without it, what nobody subscribes to is refused. */
const DISCARDING: readonly string[] = ['DISCARD_UNROUTABLE'];
const REFUSING: readonly string[] = [];

const dialect: Dialect = {
  addressOf({ kind, name }, consuming = false) {
    if (kind === 'topic') return TOPICS + (consuming ? withHash(name) : name);
    return kind === 'temporary-topic' && consuming ? `${name}/` : name;
  },
  destinationOf(address) {
    if (!address.startsWith(TOPICS)) return undefined;
    return { kind: 'topic', name: address.slice(TOPICS.length) };
  },
  targetCapabilities: ({ kind }) =>
    kind === 'topic' || kind === 'temporary-topic' ? DISCARDING : REFUSING,
};

const LACKS: Lacks = {
  'duplicate-detection': {
    why: `${NAME} looks for no ids of earlier sends over AMQP 1.0`,
    instead: 'look at JMSMessageID where messages are consumed',
  },
  'priority-order': {
    why: 'its queues ignore priorities unless they were created with type=priority',
    instead: 'use a queue for what is urgent, or one of that type, without delays',
  },
};

/** What is rejected comes again, to us as well: so it is left to others. */
const STATES: States = {
  ...ORDINARY_STATES,
  [Outcome.rejected]: ORDINARY_STATES[Outcome.undeliverable],
};

export const brokerJ: Known = {
  name: NAME,
  word: 'qpid',
  product: /qpid broker-j/i,
  lacks: () => LACKS,
  dialect: () => dialect,
  manners: {
    states: STATES,
    // It says so for each link.
    offers: ['DELAYED_DELIVERY'],
    // One link for all would have to lose what goes to unknown queues, for topics without subscribers.
    relays: false,
    marksUnread: true,
    keepsForeign: false,
  },
};
