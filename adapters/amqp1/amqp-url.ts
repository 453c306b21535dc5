// What an `amqp:` or `amqps:` URL says. The options have the names of Apache Qpid JMS.
//
//     amqp://broker.example:5672?amqp.idleTimeout=120000
//     amqps://broker.example?transport.trustStoreLocation=/etc/ssl/our-ca.pem

import { booleanOf, fixedOption, IllegalArgumentException, type OptionTable } from '#jms-api';
import {
  fixedTransport,
  ORDINARY_TLS,
  oneOf,
  readBrokerOptions,
  readBrokerUrl,
  type Schemes,
  tlsRows,
} from '../broker-url.ts';
import { ORDINARY_TOPOLOGY, type TopologyWishes } from '../rabbitmq-topology.ts';
import { topologyRows } from '../rabbitmq-url.ts';
import type { TlsWishes } from '../tls.ts';
import { type DialectName, dialectNames } from './peers.ts';

/** The schemes of this adapter, and their ports. */
export const AMQP_SCHEMES: Schemes = {
  plain: 'amqp',
  port: 5672,
  secure: 'amqps',
  securePort: 5671,
};
const IDLE_MS_DEFAULT = 60_000;
/** Below that, a busy event loop is taken for a dead peer. */
const IDLE_MS_LEAST = 1000;

/** Where a broker is, and how to get there. */
export interface Place extends TlsWishes, TopologyWishes {
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
  /** A peer that says nothing for so long is gone; 0: it may be silent. */
  readonly idleMs: number;
  /** The name of the virtual host; undefined: that of the host. */
  readonly vhost: string | undefined;
  /** Speak SASL; a peer without it takes connections without. */
  readonly sasl: boolean;
  /** Which mechanisms may be used; undefined: all. */
  readonly mechanisms: readonly string[] | undefined;
  /** Who the broker is; undefined: who it says. */
  readonly dialect: DialectName | undefined;
}

type Draft = { -readonly [K in keyof Place]: Place[K] };

/** All that there is; docs/connection-options.md shows it. */
export const amqpOptions: OptionTable<Draft> = {
  prefix: '',
  options: [
    {
      name: 'amqp.idleTimeout',
      otherwise: String(IDLE_MS_DEFAULT),
      meaning: 'ms of silence after which a peer is taken for gone; 0: it may be silent',
      take(draft, value, name) {
        draft.idleMs = idleOf(value, name);
      },
    },
    {
      name: 'amqp.vhost',
      otherwise: '',
      meaning:
        'the name of the virtual host, if it is not that of the host; of RabbitMQ vhost:NAME',
      take(draft, value) {
        draft.vhost = value;
      },
    },
    {
      name: 'amqp.saslLayer',
      otherwise: 'true',
      meaning: 'prove who we are; false: for brokers that speak no SASL',
      take(draft, value, name) {
        draft.sasl = booleanOf(value, name);
      },
    },
    {
      name: 'amqp.saslMechanisms',
      otherwise: '',
      meaning: 'which may be used of EXTERNAL, SCRAM-SHA-512 (-256, -1), PLAIN, ANONYMOUS',
      take(draft, value) {
        draft.mechanisms = value.split(',').map((one) => one.trim().toUpperCase());
      },
    },
    {
      name: 'amqp.dialect',
      otherwise: '',
      meaning: `who the broker is: ${dialectNames.join(', ')}; without it as the broker says in its open`,
      take(draft, value, name) {
        draft.dialect = oneOf(dialectNames, value, name);
      },
    },
    ...topologyRows('amqp', 'RabbitMQ 4: '),
    ...tlsRows(AMQP_SCHEMES.secure),
  ],
  fixed: [
    fixedOption('amqp.traceFrames', ['false'], 'say DEBUG=rhea:frames in the environment'),
    fixedOption(
      'amqp.maxFrameSize',
      [],
      'frames are as long as the peer allows, and ours as it likes',
    ),
    fixedOption(
      'amqp.drainTimeout',
      [],
      'a call that waits for the broker ends by jms.requestTimeout',
    ),
    ...fixedTransport,
  ],
  aliases: { queueType: 'amqp.queueType' },
};

/** @throws {IllegalArgumentException} if it cannot be read, with what was expected */
export function placeOf(url: string): Place {
  const parts = readBrokerUrl(url, AMQP_SCHEMES);
  const { host, port, tls } = parts;
  const draft: Draft = {
    host,
    port,
    tls,
    idleMs: IDLE_MS_DEFAULT,
    vhost: undefined,
    sasl: true,
    mechanisms: undefined,
    dialect: undefined,
    ...ORDINARY_TOPOLOGY,
    ...ORDINARY_TLS,
  };
  readBrokerOptions(amqpOptions, draft, parts, AMQP_SCHEMES);
  return draft;
}

function idleOf(value: string, name: string): number {
  const ms = /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN;
  if (ms === 0 || ms >= IDLE_MS_LEAST) return ms;
  throw new IllegalArgumentException(
    `${name} is 0, or ${IDLE_MS_LEAST} ms and more, not '${value}'`,
  );
}
