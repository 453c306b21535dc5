// What an `amqp:` or `amqps:` URL says. The options have the names of Apache Qpid JMS.
//
//     amqp://broker.example:5672?amqp.idleTimeout=120000
//     amqps://broker.example?transport.trustStoreLocation=/etc/ssl/our-ca.pem

import { IllegalArgumentException } from '#jms-api';

const PORT = 5672;
const TLS_PORT = 5671;
const IDLE_MS_DEFAULT = 60_000;
/** Below that, a busy event loop is taken for a dead peer. */
const IDLE_MS_LEAST = 1000;

/** Where a broker is, and how to get there. */
export interface Place {
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

const TABLE: Readonly<Record<string, Take>> = {
  'amqp.idleTimeout': (draft, value, name) => {
    draft.idleMs = idleOf(value, name);
  },
  'amqp.vhost': (draft, value) => {
    draft.vhost = value;
  },
  'amqp.saslLayer': (draft, value, name) => {
    draft.sasl = booleanOf(value, name);
  },
  'amqp.saslMechanisms': (draft, value) => {
    draft.mechanisms = value.split(',').map((one) => one.trim().toUpperCase());
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

/** @throws {IllegalArgumentException} if it cannot be read */
export function placeOf(url: string): Place {
  const match = /^(amqps?):\/\/(\[[^\]]+\]|[^/?#:@[\]]+)(?::(\d{1,5}))?\/?(?:\?(.*))?$/i.exec(url);
  const tls = match?.[1]?.toLowerCase() === 'amqps';
  const host = match?.[2]?.replace(/^\[|\]$/g, '');
  const port = Number(match?.[3] ?? (tls ? TLS_PORT : PORT));
  if (host === undefined || port > 65_535) {
    throw new IllegalArgumentException(
      `expected amqp://HOST:PORT or amqps://HOST:PORT, got '${withoutPassword(url)}'; user name and ` +
        'password are jms.username and jms.password',
    );
  }
  const draft: Draft = {
    host,
    port,
    tls,
    idleMs: IDLE_MS_DEFAULT,
    vhost: undefined,
    sasl: true,
    mechanisms: undefined,
    trustStore: undefined,
    keyStore: undefined,
    keyStorePassword: undefined,
    trustAll: false,
    verifyHost: true,
  };
  for (const pair of (match?.[4] ?? '').split('&')) if (pair !== '') take(draft, pair);
  return draft;
}

function take(draft: Draft, pair: string): void {
  const at = pair.indexOf('=');
  const name = at < 0 ? pair : pair.slice(0, at);
  const taker = Object.hasOwn(TABLE, name) ? TABLE[name] : undefined;
  if (taker === undefined) {
    const known = Object.keys(TABLE).join(', ');
    throw new IllegalArgumentException(
      `'${name}' is not an option of amqp:// URLs; there are ${known}, and those that begin with jms.`,
    );
  }
  if (name.startsWith('transport.') && !draft.tls) {
    throw new IllegalArgumentException(`${name} is for amqps:// URLs`);
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

function idleOf(value: string, name: string): number {
  const ms = /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN;
  if (ms === 0 || ms >= IDLE_MS_LEAST) return ms;
  throw new IllegalArgumentException(
    `${name} is 0, or ${IDLE_MS_LEAST} ms and more, not '${value}'`,
  );
}

/** What stands before an @ may be a secret. */
function withoutPassword(url: string): string {
  return url.replace(/:\/\/[^@/]*@/, '://…@');
}
