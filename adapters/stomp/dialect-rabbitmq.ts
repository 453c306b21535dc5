// RabbitMQ's STOMP plugin. A queue that another connection declared is `/amq/queue/…` there; one that
// is declared on use is `/queue/…`. Selectors, noLocal, browsers and client ids it does not have.

import type { Dialect } from './dialect.ts';

export const rabbitmq: Dialect = {
  name: 'rabbitmq',
  product: 'RabbitMQ',
  capabilities: new Set(['transactions', 'shared-subscriptions', 'credentials']),
  outcomes: false,
  deadLetters: true,
  namesTemporaries: false,
  transactedAcks: true,
  selector: (text) => text,
  selectorsCost: false,
  spell({ kind, name }) {
    const encoded = name.replaceAll('%', '%25').replaceAll('/', '%2F');
    return kind === 'topic' || kind === 'temporary-topic'
      ? `/topic/${encoded}`
      : `/queue/${encoded}`;
  },
  subscribe({ request: { subscription } }) {
    if (subscription === undefined) return [];
    const { name, durable } = subscription;
    return [
      ['x-queue-name', name],
      ['durable', String(durable)],
      ['auto-delete', String(!durable)],
    ];
  },
  prefetch: (count) => [['prefetch-count', String(Math.min(count, 65_535))]],
  unsubscribe: (name) => [
    ['x-queue-name', name],
    ['durable', 'true'],
    ['auto-delete', 'false'],
  ],
  deliverAt: () => undefined,
};
