// What a `stomp:` or `stomps:` URL says; names of TLS options are those of Apache Qpid JMS.
//
//     stomp://HOST:PORT/VHOST                     default port 61613; the host is what CONNECT says
//     stomps://HOST:PORT?transport.…              the same with TLS, default port 61612
//     …?stomp.dialect=artemis                     who the broker is, see the table

import { integerOf, type OptionTable } from '#jms-api';
import {
  fixedTransport,
  ORDINARY_TLS,
  oneOf,
  readBrokerOptions,
  readBrokerUrl,
  type Schemes,
  tlsRows,
} from '../broker-url.ts';
import { type TlsWishes, tlsOptions } from '../tls.ts';
import { type DialectName, dialectNames } from './dialect.ts';
import type { Place } from './link.ts';

/** The schemes of this adapter, and their ports. */
export const STOMP_SCHEMES: Schemes = {
  plain: 'stomp',
  port: 61_613,
  secure: 'stomps',
  securePort: 61_612,
  path: '/VHOST',
};
const QUEUE_TYPES = ['quorum', 'classic'];
const PREFETCH_DEFAULT = 1000;
const PREFETCH_MAX = 1_000_000;

/** How to speak to a broker. */
export interface StompOptions {
  readonly dialect: DialectName | undefined;
  readonly prefetch: number;
  /** What RabbitMQ makes missing queues as; undefined: as it likes. */
  readonly queueType: string | undefined;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
type Draft = Mutable<StompOptions & TlsWishes> & { vhost: string | undefined };

/** All that there is; docs/connection-options.md shows it. */
export const stompOptions: OptionTable<Draft> = {
  prefix: '',
  options: [
    {
      name: 'stomp.dialect',
      otherwise: '',
      meaning: `who the broker is: ${dialectNames.join(', ')}; without it as the broker says in CONNECTED`,
      take(draft, value, name) {
        draft.dialect = oneOf(dialectNames, value, name);
      },
    },
    {
      name: 'stomp.vhost',
      otherwise: '',
      meaning: 'the virtual host, if it is not in the path of the URL',
      take(draft, value) {
        draft.vhost = value;
      },
    },
    {
      name: 'stomp.prefetch',
      otherwise: String(PREFETCH_DEFAULT),
      meaning:
        'how many messages a consumer may have that are not acknowledged, also in a transaction; to Artemis 10 KiB for each',
      take(draft, value, name) {
        draft.prefetch = integerOf(value, name, 1, PREFETCH_MAX);
      },
    },
    {
      name: 'stomp.queueType',
      otherwise: '',
      meaning: `to RabbitMQ: what a missing queue or durable subscription is made as, ${QUEUE_TYPES.join(' or ')}; without it as the virtual host says, which is classic if nobody changed it`,
      take(draft, value, name) {
        draft.queueType = oneOf(QUEUE_TYPES, value, name);
      },
    },
    ...tlsRows(STOMP_SCHEMES.secure),
  ],
  fixed: fixedTransport,
  aliases: {},
};

/** @throws {IllegalArgumentException} for what cannot be read, with what was expected */
export function readUrl(url: string): { readonly place: Place; readonly options: StompOptions } {
  const parts = readBrokerUrl(url, STOMP_SCHEMES);
  const { host, port } = parts;
  const draft: Draft = {
    dialect: undefined,
    prefetch: PREFETCH_DEFAULT,
    queueType: undefined,
    vhost: parts.path,
    ...ORDINARY_TLS,
  };
  readBrokerOptions(stompOptions, draft, parts, STOMP_SCHEMES);
  const { dialect, prefetch, queueType, vhost } = draft;
  const tls = parts.tls ? tlsOptions(host, draft) : undefined;
  const place = { host, port, tls, virtualHost: vhost };
  return { place, options: { dialect, prefetch, queueType } };
}
