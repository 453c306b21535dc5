// What RabbitMQ has not, whatever the AMQP by which it is reached, and what comes nearest.

import type { Lack, Lacks } from '#jms-api';

/** What RabbitMQ has not, over any AMQP. */
export const RABBITMQ_LACKS: Lacks = {
  selectors: {
    why: 'RabbitMQ has no selectors on queues',
    instead: 'send to topics, whose consumers may have selectors',
  },
  browsers: {
    why: 'RabbitMQ has no browsing, and to get and give back marks messages as redelivered',
    instead: 'look into queues with its management page',
  },
  'delivery-delay': {
    why: 'RabbitMQ has no delayed delivery without a plugin',
    instead: 'let messages expire from a queue that dead-letters to the one that you consume',
  },
  'message-groups': {
    why: 'RabbitMQ has no message groups',
    instead: 'declare the queue with x-single-active-consumer, or a queue for each group',
  },
  'duplicate-detection': {
    why: 'RabbitMQ looks for no ids of earlier sends',
    instead: 'look at JMSMessageID where messages are consumed',
  },
  'unpaired-surrogates': {
    why: 'strings of AMQP are UTF-8, which has no half of a surrogate pair',
    instead: 'send such text as bytes',
  },
};

/** Of its classic queues. */
export const CLASSIC_NO_COUNT: Lack = {
  why: 'classic queues mark what comes again, and do not count',
  instead: 'make quorum queues, queueType=quorum',
};
