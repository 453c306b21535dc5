// RabbitMQ's STOMP plugin. A queue that is declared on use is `/queue/…` there; one that is there
// already, as another connection's exclusive one, is `/amq/queue/…`. A subscription of a topic is a
// queue that is bound to `amq.topic`: with a name of ours it is a shared one.

import type { DestinationData } from '#jms-api';
import { withHash } from './destination-text.ts';
import type { Dialect } from './dialect.ts';
import { RABBIT_LACKS } from './lacks.ts';
import { SENDER } from './own-header.ts';

/** Slashes part the words of its destinations. */
function encoded(name: string): string {
  return name.replaceAll('%', '%25').replaceAll('/', '%2F');
}

function spell({ kind, name }: DestinationData): string {
  if (kind === 'queue') return `/queue/${encoded(name)}`;
  return `${kind === 'temporary-queue' ? '/amq/queue' : '/topic'}/${encoded(name)}`;
}

/** The queue of a named subscription, which is not to be one that programs call by that name. */
export function subscriptionQueue(name: string): string {
  return `angelia.subscription.${name}`;
}

export const rabbitmq: Dialect = {
  name: 'rabbitmq',
  product: 'RabbitMQ',
  lacks: RABBIT_LACKS,
  outcomes: false,
  deadLetters: true,
  temporaries: 'named',
  transactedAcks: true,
  transactedReceipts: false,
  endGivesBack: false,
  hidesGroups: false,
  echoes: 2,
  selector: (text) => text,
  marksOwn: false,
  selectsHere: true,
  selectorsCost: false,
  spell,
  spellSource: ({ kind, name }) => spell({ kind, name: withHash(name) }),
  subscribe({ request: { subscription } }) {
    if (subscription === undefined) return [];
    const { name, durable } = subscription;
    return [
      ['x-queue-name', subscriptionQueue(name)],
      ['durable', String(durable)],
      ['auto-delete', String(!durable)],
    ];
  },
  prefetch: (count) => [['prefetch-count', String(Math.min(count, 65_535))]],
  unsubscribe: (name) => [
    ['x-queue-name', subscriptionQueue(name)],
    ['durable', 'true'],
    ['auto-delete', 'false'],
  ],
  deliverAt: () => undefined,
  more({ destination, expiresAt }, nowMs, sender) {
    const lines: [string, string][] = [];
    if (expiresAt !== undefined) {
      lines.push(['expiration', String(Math.max(expiresAt - nowMs, 0))]);
    }
    if (destination?.kind.endsWith('topic')) lines.push([SENDER, sender]);
    return lines;
  },
  madeAs: ({ kind }, durable, queueType) =>
    kind === 'queue' || durable ? [['x-queue-type', queueType]] : [],
  makeTemporary: [
    ['exclusive', 'true'],
    ['durable', 'false'],
    ['auto-delete', 'false'],
  ],
};
