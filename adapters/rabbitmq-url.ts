// Options of URLs that say what is made at a RabbitMQ, whatever the protocol.
//
//     …?amqp091.queueType=classic     what a missing queue is made as

import { IllegalArgumentException, type OptionTable } from '#jms-api';
import type { TopologyWishes } from './rabbitmq-topology.ts';

type Draft = { -readonly [K in keyof TopologyWishes]: TopologyWishes[K] };

/**
 * @param prefix - of the names of the options
 * @param whose - what begins their meanings
 */
export function topologyRows(prefix: string, whose = ''): OptionTable<Draft>['options'] {
  return [
    {
      name: `${prefix}.queueType`,
      otherwise: 'quorum',
      meaning: `${whose}what queues that are missing are made as, and those of durable subscriptions: quorum, or classic with ten priorities`,
      take(draft, value, name) {
        draft.queueType = queueTypeOf(value, name);
      },
    },
    {
      name: `${prefix}.topicExchange`,
      otherwise: 'amq.topic',
      meaning: `${whose}the exchange of all topics`,
      take(draft, value) {
        draft.topicExchange = value;
      },
    },
    {
      name: `${prefix}.deadLetterQueue`,
      otherwise: '',
      meaning: `${whose}where queues that are made send what is rejected and what expires; without it both are gone`,
      take(draft, value) {
        draft.deadLetterQueue = value;
      },
    },
  ];
}

function queueTypeOf(value: string, name: string): 'quorum' | 'classic' {
  if (value === 'quorum' || value === 'classic') return value;
  throw new IllegalArgumentException(`${name} is quorum or classic, not '${value}'`);
}
