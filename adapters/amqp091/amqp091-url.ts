// What an `amqp091:` or `amqps091:` URL says; names of TLS options are those of Apache Qpid JMS.
//
//     amqp091://HOST:PORT/VHOST                   default port 5672, default virtual host /
//     amqps091://HOST:PORT?transport.…            the same with TLS, default port 5671
//     …?amqp091.queueType=classic                 what a missing queue is made as, see the table

import { IllegalArgumentException, integerOf, type OptionTable } from '#jms-api';
import {
  fixedTransport,
  ORDINARY_TLS,
  readBrokerOptions,
  readBrokerUrl,
  type Schemes,
  tlsRows,
} from '../broker-url.ts';
import { ORDINARY_TOPOLOGY, type TopologyWishes } from '../rabbitmq-topology.ts';
import { topologyRows } from '../rabbitmq-url.ts';
import type { TlsWishes } from '../tls.ts';
import { TOPIC_EXCHANGE } from './jms-client-words.ts';

/** The schemes of this adapter, and their ports. */
export const AMQP091_SCHEMES: Schemes = {
  plain: 'amqp091',
  port: 5672,
  secure: 'amqps091',
  securePort: 5671,
  path: '/VHOST',
};
const HEARTBEAT_S_MAX = 65_535;

/** Where a broker is, how to get there, and what to make there. */
export interface Place extends TlsWishes, TopologyWishes {
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
  readonly vhost: string;
  /** `rabbitmq-jms`: as RabbitMQ's own JMS client writes to queues and topics. */
  readonly messageFormat: 'plain' | 'rabbitmq-jms';
  /** Undefined: what the broker wishes. */
  readonly heartbeatS: number | undefined;
}

type Draft = { -readonly [K in keyof Place]: Place[K] };

/** All that there is; docs/connection-options.md shows it. */
export const amqp091Options: OptionTable<Draft> = {
  prefix: '',
  options: [
    {
      name: 'amqp091.vhost',
      otherwise: '',
      meaning: 'the virtual host, if it is not in the path of the URL',
      take(draft, value) {
        draft.vhost = value;
      },
    },
    ...topologyRows('amqp091'),
    {
      name: 'amqp091.messageFormat',
      otherwise: 'plain',
      meaning: `how messages are written: plain, or rabbitmq-jms, which RabbitMQ’s own JMS client reads from its queues and topics; topics are those of \`${TOPIC_EXCHANGE}\` then. All are read`,
      take(draft, value, name) {
        draft.messageFormat = formatOf(value, name);
      },
    },
    {
      name: 'amqp091.heartbeat',
      otherwise: '',
      meaning: 'seconds between signs of life, 0: none; without it as often as the broker wishes',
      take(draft, value, name) {
        draft.heartbeatS = integerOf(value, name, 0, HEARTBEAT_S_MAX);
      },
    },
    ...tlsRows(AMQP091_SCHEMES.secure),
  ],
  fixed: fixedTransport,
  aliases: { queueType: 'amqp091.queueType' },
};

/** @throws {IllegalArgumentException} if it cannot be read, with what was expected */
export function placeOf(url: string): Place {
  const parts = readBrokerUrl(url, AMQP091_SCHEMES);
  const { host, port, tls, path = '/' } = parts;
  const draft: Draft = {
    host,
    port,
    tls,
    vhost: path,
    ...ORDINARY_TOPOLOGY,
    topicExchange: '',
    messageFormat: 'plain',
    heartbeatS: undefined,
    ...ORDINARY_TLS,
  };
  readBrokerOptions(amqp091Options, draft, parts, AMQP091_SCHEMES);
  const plain = draft.messageFormat === 'plain';
  if (draft.topicExchange === '') {
    draft.topicExchange = plain ? ORDINARY_TOPOLOGY.topicExchange : TOPIC_EXCHANGE;
  }
  return draft;
}

function formatOf(value: string, name: string): Place['messageFormat'] {
  if (value === 'plain' || value === 'rabbitmq-jms') return value;
  throw new IllegalArgumentException(`${name} is plain or rabbitmq-jms, not '${value}'`);
}
