// How RabbitMQ spells addresses. Its first addressing is that of the plugin of 3.x; 4.x still reads it,
// unless it is told not to, and advises against it.
//
//     first     /queue/orders    /topic/prices.*
//     second    /queues/orders   /exchanges/amq.topic/prices.eur     percent-encoded, made beforehand
//
// A topic of the second is a key of an exchange, as it is over AMQP 0-9-1: so both have the same topics.

import type { DestinationKind } from '#jms-api';
import { addressOfKey, addressOfQueue, destinationAt } from '../rabbitmq-address.ts';
import { type Dialect, withHash } from './dialect.ts';

/** Queues that a link makes are durable if its terminus is. */
const UNSETTLED_STATE = 2;

/**
 * Of the plugin of RabbitMQ 3.
 *
 * @param sender - who we are, for noLocal
 */
export const firstRabbitDialect = (sender: string): Dialect => ({
  sender,
  selectsHere: true,
  addressOf({ kind, name }, consuming = false) {
    if (kind === 'topic') return `/topic/${consuming ? withHash(name) : name}`;
    return kind === 'queue' ? `/queue/${name}` : name;
  },
  destinationOf(address) {
    const match = /^\/(?:amq\/)?(queue|topic)\/(.+)$/s.exec(address);
    if (match === null) return undefined;
    return { kind: match[1] as DestinationKind, name: match[2] as string };
  },
  marksAgain: true,
  target: { durable: UNSETTLED_STATE },
  source: { durable: UNSETTLED_STATE },
});

/**
 * Of RabbitMQ 4.
 *
 * @param topicExchange - whose keys are the topics
 * @param sender - who we are, for noLocal
 */
export function secondRabbitDialect(topicExchange: string, sender: string): Dialect {
  return {
    addressOf({ kind, name }) {
      const topic = kind === 'topic' || kind === 'temporary-topic';
      return topic ? addressOfKey(topicExchange, name) : addressOfQueue(name);
    },
    destinationOf: destinationAt,
    routed(exchange, key) {
      if (exchange === '') return { kind: 'queue', name: key };
      return exchange === topicExchange ? { kind: 'topic', name: key } : undefined;
    },
    plainText: true,
    sender,
    selectsHere: true,
  };
}
