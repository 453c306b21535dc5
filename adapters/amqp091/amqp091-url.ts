// What an `amqp091:` or `amqps091:` URL says; names of TLS options are those of Apache Qpid JMS.
//
//     amqp091://HOST:PORT/VHOST                   default port 5672, default virtual host /
//     amqps091://HOST:PORT?transport.…            the same with TLS, default port 5671
//     …?amqp091.queueType=classic                 what a missing queue is made as, see the table

import {
  booleanOf,
  type FixedOption,
  IllegalArgumentException,
  integerOf,
  type OptionTable,
  readOptions,
} from '#jms-api';

const PORT = 5672;
const TLS_PORT = 5671;
const HEARTBEAT_S_MAX = 65_535;

/** Where a broker is, how to get there, and what to make there. */
export interface Place {
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
  readonly vhost: string;
  /** Of queues that are not there yet, and of durable subscriptions. */
  readonly queueType: 'quorum' | 'classic';
  readonly topicExchange: string;
  readonly deadLetterQueue: string | undefined;
  /** Undefined: what the broker wishes. */
  readonly heartbeatS: number | undefined;
  /** A file of certificates in PEM form that are trusted; undefined: those of Node. */
  readonly trustStore: string | undefined;
  /** A file with our certificate and key: PKCS #12, or PEM. */
  readonly keyStore: string | undefined;
  readonly keyStorePassword: string | undefined;
  /** Any certificate will do. */
  readonly trustAll: boolean;
  /** The certificate has to be for this host. */
  readonly verifyHost: boolean;
}

type Draft = { -readonly [K in keyof Place]: Place[K] };

function only(name: string, holds: readonly string[], reason: string): FixedOption {
  return { name, holds, reason };
}

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
    {
      name: 'amqp091.queueType',
      otherwise: 'quorum',
      meaning:
        'what queues that are missing are made as, and those of durable subscriptions: quorum, or classic with ten priorities',
      take(draft, value, name) {
        draft.queueType = queueTypeOf(value, name);
      },
    },
    {
      name: 'amqp091.topicExchange',
      otherwise: 'amq.topic',
      meaning: 'the exchange of all topics',
      take(draft, value) {
        draft.topicExchange = value;
      },
    },
    {
      name: 'amqp091.deadLetterQueue',
      otherwise: '',
      meaning:
        'where queues that are made send what is rejected and what expires; without it both are gone',
      take(draft, value) {
        draft.deadLetterQueue = value;
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
    {
      name: 'transport.trustStoreLocation',
      otherwise: '',
      meaning: 'amqps091: a PEM file of authorities that are trusted, in place of those of Node',
      take(draft, value) {
        draft.trustStore = value;
      },
    },
    {
      name: 'transport.keyStoreLocation',
      otherwise: '',
      meaning: 'amqps091: a file with our certificate and key, PKCS #12 or PEM',
      take(draft, value) {
        draft.keyStore = value;
      },
    },
    {
      name: 'transport.keyStorePassword',
      otherwise: '',
      meaning: 'the password of that file',
      take(draft, value) {
        draft.keyStorePassword = value;
      },
    },
    {
      name: 'transport.trustAll',
      otherwise: 'false',
      meaning: 'amqps091: any certificate will do',
      take(draft, value, name) {
        draft.trustAll = booleanOf(value, name);
      },
    },
    {
      name: 'transport.verifyHost',
      otherwise: 'true',
      meaning: 'amqps091: the certificate has to be for the host of the URL',
      take(draft, value, name) {
        draft.verifyHost = booleanOf(value, name);
      },
    },
  ],
  fixed: [
    only('transport.tcpNoDelay', ['true'], 'what is written in one turn goes at once'),
    only('transport.connectTimeout', [], 'say jms.connectTimeout'),
    only('transport.trustStorePassword', [], 'the file of authorities is PEM, and has none'),
  ],
  aliases: { queueType: 'amqp091.queueType' },
};

const FORM =
  /^(amqps?091):\/\/(\[[^\]]+\]|[^/?#:@[\]]+)(?::(\d{1,5}))?(?:\/([^/?#]*))?(?:\?(.*))?$/i;

/** @throws {IllegalArgumentException} if it cannot be read, with what was expected */
export function placeOf(url: string): Place {
  const [, scheme, hostText, portText, path = '', query = ''] = FORM.exec(url) ?? [];
  const tls = scheme?.toLowerCase() === 'amqps091';
  const host = hostText?.replace(/^\[|\]$/g, '');
  const port = Number(portText ?? (tls ? TLS_PORT : PORT));
  if (host === undefined || port > 65_535) {
    throw new IllegalArgumentException(
      'expected amqp091://HOST:PORT/VHOST or amqps091://HOST:PORT/VHOST, got ' +
        `'${withoutPassword(url)}'; user name and password are jms.username and jms.password, and ` +
        'a / within the name of a virtual host is %2F',
    );
  }
  const draft: Draft = {
    host,
    port,
    tls,
    vhost: path === '' ? '/' : vhostOf(path),
    queueType: 'quorum',
    topicExchange: 'amq.topic',
    deadLetterQueue: undefined,
    heartbeatS: undefined,
    trustStore: undefined,
    keyStore: undefined,
    keyStorePassword: undefined,
    trustAll: false,
    verifyHost: true,
  };
  const pairs = query.split('&').filter((pair) => pair !== '');
  readOptions(amqp091Options, draft, pairs);
  const forTls = pairs.find((pair) => pair.startsWith('transport.'));
  if (forTls !== undefined && !tls) {
    throw new IllegalArgumentException(`${forTls.replace(/=.*/s, '')} is for amqps091:// URLs`);
  }
  return draft;
}

function queueTypeOf(value: string, name: string): 'quorum' | 'classic' {
  if (value === 'quorum' || value === 'classic') return value;
  throw new IllegalArgumentException(`${name} is quorum or classic, not '${value}'`);
}

function vhostOf(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch (cause) {
    const text = `the virtual host '${path}' is not percent-encoded as a URL is`;
    throw new IllegalArgumentException(text, { cause });
  }
}

/** What stands before an @ may be a secret. */
function withoutPassword(url: string): string {
  return url.replace(/:\/\/[^@/]*@/, '://…@');
}
