// What RabbitMQ can do over AMQP 0-9-1, by its version and by the type of the queues that we make,
// and of the rest why not and what comes nearest.

import { CAPABILITIES, type Capability, type Lack, type Lacks } from '#jms-api';
import { CLASSIC_NO_COUNT, RABBITMQ_LACKS } from '../rabbitmq-lacks.ts';

/** What a broker is for this adapter. */
export interface Peer {
  readonly name: string;
  readonly version: string;
  readonly capabilities: ReadonlySet<Capability>;
  readonly lacks: Lacks;
}

const RABBIT = 'RabbitMQ';

const LACKS: Lacks = {
  ...RABBITMQ_LACKS,
  presettled: {
    why: 'deliveries without acknowledgement have no flow control in AMQP 0-9-1',
    instead: 'use DUPS_OK_ACKNOWLEDGE, and CompletionListeners for sends',
  },
};

const NO_PRIORITY: Lack = {
  why: 'quorum queues have no priorities before RabbitMQ 4.0',
  instead: 'make classic queues with queueType=classic, or use a queue for what is urgent',
};

const NONE_DECLARED: Lack = {
  why: 'queues that are made as RabbitMQ’s JMS client makes them have no priorities',
  instead: 'declare the queue beforehand, with x-max-priority',
};

/** What the queues are that we make; `jms-client`: as RabbitMQ's own JMS client makes them. */
export type QueueType = 'quorum' | 'classic' | 'jms-client';

/** What is not there, with queues of a type. */
function lacksOf(major: number, queueType: QueueType): Lacks {
  if (queueType === 'jms-client') {
    return { ...LACKS, 'delivery-count': CLASSIC_NO_COUNT, 'priority-order': NONE_DECLARED };
  }
  if (queueType === 'classic') return { ...LACKS, 'delivery-count': CLASSIC_NO_COUNT };
  return major < 4 ? { ...LACKS, 'priority-order': NO_PRIORITY } : LACKS;
}

/** The feature × broker table, for what is known before a connection is there. */
export const AMQP091_LACKS: Readonly<Record<string, Lacks>> = {
  'RabbitMQ 3, quorum queues': lacksOf(3, 'quorum'),
  'RabbitMQ 4, quorum queues': lacksOf(4, 'quorum'),
  'RabbitMQ, classic queues': lacksOf(4, 'classic'),
  'RabbitMQ, queues of its JMS client': lacksOf(4, 'jms-client'),
};

/** What a broker is that said this of itself. */
export function peerOf(product: string, version: string, queueType: QueueType): Peer {
  const lacks = lacksOf(Number.parseInt(version, 10) || 0, queueType);
  return {
    name: product === '' ? RABBIT : product,
    version,
    capabilities: new Set(CAPABILITIES.filter((one) => lacks[one] === undefined)),
    lacks,
  };
}
