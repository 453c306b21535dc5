// What STOMP, and each broker that speaks it, cannot do for JMS: why, and what comes nearest. What is
// not in a table is there. [JMS 6.1.6]

import type { Lack, Lacks } from '#jms-api';
import { CLASSIC_LACKS } from '../classic-lacks.ts';

const OF_STOMP: Lacks = {
  'unpaired-surrogates': {
    why: 'texts of STOMP are UTF-8, which has no half of a surrogate pair',
    instead: 'send such text as bytes',
  },
  presettled: {
    why: 'over STOMP every send has its RECEIPT, and every message its ACK',
    instead: 'use amqp://',
  },
  pull: {
    why: 'a subscription of STOMP is sent at least one message ahead',
    instead: 'use amqp://, or stomp.prefetch=1',
  },
};

const duplicates = (broker: string): Lack => ({
  why: `${broker} looks for no ids of earlier sends over STOMP`,
  instead: 'look at JMSMessageID where messages are consumed',
});

const marks = (broker: string): Lack => ({
  why: `${broker} marks over STOMP what comes again, and does not say how often it did`,
  instead: 'look at JMSRedelivered',
});

/** Of our own gateway. */
export const ANGELIA_LACKS: Lacks = OF_STOMP;

export const CLASSIC_STOMP_LACKS: Lacks = {
  ...OF_STOMP,
  'duplicate-detection': duplicates('ActiveMQ Classic'),
  'delivery-count': marks('ActiveMQ Classic'),
  ...CLASSIC_LACKS,
  'delivery-delay': {
    why: 'its scheduler is off unless its configuration says schedulerSupport="true", and nothing tells',
    instead: 'use amqp://, or send when it is time',
  },
};

export const ARTEMIS_LACKS: Lacks = {
  ...OF_STOMP,
  'delivery-count': marks('ActiveMQ Artemis'),
  browsers: {
    why: 'ActiveMQ Artemis has no browsing over STOMP',
    instead: 'use amqp://, or look into queues with its console',
  },
  'shared-subscriptions': {
    why: 'ActiveMQ Artemis has no shared subscriptions over STOMP',
    instead: 'use amqp://, or consume the queue ADDRESS::QUEUE of a durable subscription',
  },
  'message-groups': {
    why: 'ActiveMQ Artemis does not give a group to one consumer that has no window over STOMP',
    instead: 'use amqp://',
  },
};

const rabbit = (what: string): string => `RabbitMQ has no ${what} over STOMP`;

export const RABBIT_LACKS: Lacks = {
  ...OF_STOMP,
  'duplicate-detection': duplicates('RabbitMQ'),
  'delivery-count': marks('RabbitMQ'),
  selectors: {
    why: rabbit('selectors on queues'),
    instead: 'send to topics, whose consumers may have selectors',
  },
  browsers: {
    why: rabbit('browsing'),
    instead: 'look into queues with its management page, without consuming',
  },
  'delivery-delay': {
    why: rabbit('delayed delivery'),
    instead: 'let messages expire from a queue that dead-letters to the one that you consume',
  },
  'client-id': {
    why: rabbit('client ids'),
    instead: 'use shared durable subscriptions, whose names hold for all clients',
  },
  'priority-order': {
    why: 'queues that this adapter has made have no priorities',
    instead: 'declare the queue with x-max-priority, or use a queue for what is urgent',
  },
  'message-groups': {
    why: rabbit('message groups'),
    instead: 'declare the queue with x-single-active-consumer',
  },
};
