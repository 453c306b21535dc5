// What RabbitMQ is over AMQP 1.0: the plugin of 3.x, which has little of it, and 4.x, which speaks it
// itself. What both lack any way round is in `../rabbitmq-lacks.ts`.

import type { Lacks } from '#jms-api';
import { CLASSIC_NO_COUNT, RABBITMQ_LACKS } from '../rabbitmq-lacks.ts';
import { RABBITMQ_STATES, UNMODIFIED_STATES } from './delivery-state.ts';
import type { Known } from './peers.ts';
import { firstRabbitDialect, secondRabbitDialect } from './rabbitmq-dialect.ts';

const NAME = 'RabbitMQ';
const PRODUCT = /rabbitmq/i;
/** The plugin may end before it has written that it does: one session in some hundreds. */
const END_MS_MAX = 1000;

const plugin = (what: string): string => `the AMQP 1.0 plugin of RabbitMQ 3 has no ${what}`;

const FIRST_LACKS: Lacks = {
  ...RABBITMQ_LACKS,
  'durable-subscriptions': {
    why: 'a subscription of a topic is there as long as its link',
    instead: 'use amqp091://, RabbitMQ 4, or bind a queue to amq.topic and consume that',
  },
  'shared-subscriptions': {
    why: 'a subscription of a topic has one link',
    instead: 'use amqp091://, RabbitMQ 4, or bind a queue to amq.topic and consume that',
  },
  'temporary-destinations': {
    why: plugin('dynamic nodes'),
    instead: 'use a queue of a unique name for replies, with an x-expires policy',
  },
  'client-id': {
    why: 'it does not keep a second connection from using a container id',
    instead: 'use amqp091:// or RabbitMQ 4, or the name of a user of its own',
  },
  'priority-order': {
    why: 'queues that this adapter has made there have no priorities',
    instead: 'declare the queue with x-max-priority, or use a queue for what is urgent',
  },
  'delivery-count': {
    why: 'it marks what comes again, and does not count',
    instead: 'use quorum queues over amqp091://, which count',
  },
};

/** RabbitMQ 3 with its plugin. */
export const firstRabbit: Known = {
  name: NAME,
  word: 'rabbitmq3',
  product: PRODUCT,
  version: (major) => major < 4,
  lacks: () => FIRST_LACKS,
  dialect: (_open, { sender }) => firstRabbitDialect(sender),
  manners: {
    drains: false,
    rollsBackBehind: true,
    states: UNMODIFIED_STATES,
    buffersTransactions: true,
    endMsMax: END_MS_MAX,
  },
};

/** RabbitMQ 4. */
export const secondRabbit: Known = {
  name: NAME,
  word: 'rabbitmq',
  product: PRODUCT,
  lacks: ({ queueType }) =>
    queueType === 'classic'
      ? { ...RABBITMQ_LACKS, 'delivery-count': CLASSIC_NO_COUNT }
      : RABBITMQ_LACKS,
  dialect: (_open, { topicExchange, sender }) => secondRabbitDialect(topicExchange, sender),
  manners: {
    echoes: 'link',
    rollsBackBehind: true,
    states: RABBITMQ_STATES,
    buffersTransactions: true,
    managed: true,
  },
};
