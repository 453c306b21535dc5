// What an `amqp091:` or `amqps091:` URL says; names of TLS options are those of Apache Qpid JMS.
//
//     amqp091://HOST:PORT/VHOST                   default port 5672, default virtual host /
//     amqps091://HOST:PORT?transport.…            the same with TLS, default port 5671
//     queueType=classic                           what a missing queue is made as; default quorum
//     amqp091.topicExchange=NAME                  the exchange of all topics; default amq.topic
//     amqp091.deadLetterQueue=NAME                where queues that are made send their dead letters
//     amqp091.heartbeat=S                         seconds; 0: none; default: as the broker wishes

import { IllegalArgumentException } from '#jms-api';

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
type Take = (draft: Draft, value: string, name: string) => void;

const takeQueueType: Take = (draft, value, name) => {
  if (value !== 'quorum' && value !== 'classic') {
    throw new IllegalArgumentException(`${name} is quorum or classic, not '${value}'`);
  }
  draft.queueType = value;
};

const TABLE: Readonly<Record<string, Take>> = {
  queueType: takeQueueType,
  'amqp091.queueType': takeQueueType,
  'amqp091.vhost': (draft, value) => {
    draft.vhost = value;
  },
  'amqp091.topicExchange': (draft, value) => {
    draft.topicExchange = value;
  },
  'amqp091.deadLetterQueue': (draft, value) => {
    draft.deadLetterQueue = value;
  },
  'amqp091.heartbeat': (draft, value, name) => {
    draft.heartbeatS = secondsOf(value, name);
  },
  'transport.trustStoreLocation': (draft, value) => {
    draft.trustStore = value;
  },
  'transport.keyStoreLocation': (draft, value) => {
    draft.keyStore = value;
  },
  'transport.keyStorePassword': (draft, value) => {
    draft.keyStorePassword = value;
  },
  'transport.trustAll': (draft, value, name) => {
    draft.trustAll = booleanOf(value, name);
  },
  'transport.verifyHost': (draft, value, name) => {
    draft.verifyHost = booleanOf(value, name);
  },
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
    vhost: path === '' ? '/' : decoded(path, 'the virtual host'),
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
  for (const pair of query.split('&')) if (pair !== '') take(draft, pair);
  return draft;
}

function take(draft: Draft, pair: string): void {
  const at = pair.indexOf('=');
  const name = at < 0 ? pair : pair.slice(0, at);
  const taker = Object.hasOwn(TABLE, name) ? TABLE[name] : undefined;
  if (taker === undefined) {
    const known = Object.keys(TABLE).join(', ');
    throw new IllegalArgumentException(
      `'${name}' is not an option of amqp091:// URLs; there are ${known}, and those that begin ` +
        'with jms.',
    );
  }
  if (name.startsWith('transport.') && !draft.tls) {
    throw new IllegalArgumentException(`${name} is for amqps091:// URLs`);
  }
  taker(draft, decoded(at < 0 ? '' : pair.slice(at + 1), name), name);
}

function decoded(value: string, name: string): string {
  try {
    return decodeURIComponent(value);
  } catch (cause) {
    const text = `the value of ${name} is not percent-encoded as a URL is`;
    throw new IllegalArgumentException(text, { cause });
  }
}

function booleanOf(value: string, name: string): boolean {
  if (value === 'true') return true;
  if (value === 'false') return false;
  throw new IllegalArgumentException(`${name} is true or false, not '${value}'`);
}

function secondsOf(value: string, name: string): number {
  const seconds = /^\d{1,5}$/.test(value) ? Number(value) : Number.NaN;
  if (seconds <= HEARTBEAT_S_MAX) return seconds;
  throw new IllegalArgumentException(
    `${name} is a number of seconds up to ${HEARTBEAT_S_MAX}, not '${value}'`,
  );
}

/** What stands before an @ may be a secret. */
function withoutPassword(url: string): string {
  return url.replace(/:\/\/[^@/]*@/, '://…@');
}
