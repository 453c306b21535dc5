// What an `amqp:` or `amqps:` URL says. The options have the names of Apache Qpid JMS.
//
//     amqp://broker.example:5672?amqp.idleTimeout=120000
//     amqps://broker.example?transport.trustStoreLocation=/etc/ssl/our-ca.pem

import {
  booleanOf,
  type FixedOption,
  IllegalArgumentException,
  type OptionTable,
  readOptions,
} from '#jms-api';

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

function only(name: string, holds: readonly string[], reason: string): FixedOption {
  return { name, holds, reason };
}

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
      meaning: 'the name of the virtual host, if it is not that of the host',
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
      meaning: 'which may be used of EXTERNAL, PLAIN, ANONYMOUS; with commas',
      take(draft, value) {
        draft.mechanisms = value.split(',').map((one) => one.trim().toUpperCase());
      },
    },
    {
      name: 'transport.trustStoreLocation',
      otherwise: '',
      meaning: 'amqps: a PEM file of authorities that are trusted, in place of those of Node',
      take(draft, value) {
        draft.trustStore = value;
      },
    },
    {
      name: 'transport.keyStoreLocation',
      otherwise: '',
      meaning: 'amqps: a file with our certificate and key, PKCS #12 or PEM',
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
      meaning: 'amqps: any certificate will do',
      take(draft, value, name) {
        draft.trustAll = booleanOf(value, name);
      },
    },
    {
      name: 'transport.verifyHost',
      otherwise: 'true',
      meaning: 'amqps: the certificate has to be for the host of the URL',
      take(draft, value, name) {
        draft.verifyHost = booleanOf(value, name);
      },
    },
  ],
  fixed: [
    only('amqp.traceFrames', ['false'], 'say DEBUG=rhea:frames in the environment'),
    only('amqp.maxFrameSize', [], 'frames are as long as the peer allows, and ours as it likes'),
    only('amqp.drainTimeout', [], 'a call that waits for the broker ends by jms.requestTimeout'),
    only('transport.tcpNoDelay', ['true'], 'what is written in one turn goes at once'),
    only('transport.connectTimeout', [], 'say jms.connectTimeout'),
    only('transport.trustStorePassword', [], 'the file of authorities is PEM, and has none'),
  ],
  aliases: {},
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
  const pairs = (match?.[4] ?? '').split('&').filter((pair) => pair !== '');
  readOptions(amqpOptions, draft, pairs);
  const forTls = pairs.find((pair) => pair.startsWith('transport.'));
  if (forTls !== undefined && !tls) {
    throw new IllegalArgumentException(`${forTls.replace(/=.*/s, '')} is for amqps:// URLs`);
  }
  return draft;
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
