// What a `stomp:` or `stomps:` URL says; names of TLS options are those of Apache Qpid JMS.
//
//     stomp://HOST:PORT/VHOST                     default port 61613; the host is what CONNECT says
//     stomps://HOST:PORT?transport.…              the same with TLS, default port 61612
//     …?stomp.dialect=artemis                     who the broker is, see the table

import {
  booleanOf,
  type FixedOption,
  IllegalArgumentException,
  integerOf,
  type OptionTable,
  readOptions,
} from '#jms-api';
import { type DialectName, dialectNames } from './dialect.ts';
import type { Place } from './link.ts';
import { type TlsWishes, tlsOptions } from './tls.ts';

const PORT = 61_613;
const TLS_PORT = 61_612;
const PREFETCH_DEFAULT = 1000;
const PREFETCH_MAX = 1_000_000;

/** How to speak to a broker. */
export interface StompOptions {
  readonly dialect: DialectName | undefined;
  readonly prefetch: number;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
type Draft = Mutable<StompOptions & TlsWishes> & { vhost: string | undefined };

function only(name: string, holds: readonly string[], reason: string): FixedOption {
  return { name, holds, reason };
}

/** All that there is; docs/connection-options.md shows it. */
export const stompOptions: OptionTable<Draft> = {
  prefix: '',
  options: [
    {
      name: 'stomp.dialect',
      otherwise: '',
      meaning: `who the broker is: ${dialectNames.join(', ')}; without it as the broker says in CONNECTED`,
      take(draft, value) {
        draft.dialect = namedDialect(value);
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
      name: 'transport.trustStoreLocation',
      otherwise: '',
      meaning: 'stomps: a PEM file of authorities that are trusted, in place of those of Node',
      take(draft, value) {
        draft.trustStore = value;
      },
    },
    {
      name: 'transport.keyStoreLocation',
      otherwise: '',
      meaning: 'stomps: a file with our certificate and key, PKCS #12 or PEM',
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
      meaning: 'stomps: any certificate will do',
      take(draft, value, name) {
        draft.trustAll = booleanOf(value, name);
      },
    },
    {
      name: 'transport.verifyHost',
      otherwise: 'true',
      meaning: 'stomps: the certificate has to be for the host of the URL',
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
  aliases: {},
};

const FORM = /^(stomps?):\/\/(\[[^\]]+\]|[^/?#:@[\]]+)(?::(\d{1,5}))?(?:\/([^/?#]*))?(?:\?(.*))?$/i;

/** @throws {IllegalArgumentException} for what cannot be read, with what was expected */
export function readUrl(url: string): { readonly place: Place; readonly options: StompOptions } {
  const [, scheme, hostText, portText, path = '', query = ''] = FORM.exec(url) ?? [];
  const secure = scheme?.toLowerCase() === 'stomps';
  const host = hostText?.replace(/^\[|\]$/g, '');
  const port = Number(portText ?? (secure ? TLS_PORT : PORT));
  if (host === undefined || port > 65_535) {
    throw new IllegalArgumentException(
      `expected stomp://HOST:PORT or stomps://HOST:PORT, got '${withoutPassword(url)}'; user name ` +
        'and password are jms.username and jms.password',
    );
  }
  const draft: Draft = {
    dialect: undefined,
    prefetch: PREFETCH_DEFAULT,
    vhost: path === '' ? undefined : decoded(path),
    trustStore: undefined,
    keyStore: undefined,
    keyStorePassword: undefined,
    trustAll: false,
    verifyHost: true,
  };
  const pairs = query.split('&').filter((pair) => pair !== '');
  readOptions(stompOptions, draft, pairs);
  const forTls = pairs.find((pair) => pair.startsWith('transport.'));
  if (forTls !== undefined && !secure) {
    throw new IllegalArgumentException(`${forTls.replace(/=.*/s, '')} is for stomps:// URLs`);
  }
  const { dialect, prefetch, vhost } = draft;
  const tls = secure ? tlsOptions(host, draft) : undefined;
  return { place: { host, port, tls, virtualHost: vhost }, options: { dialect, prefetch } };
}

function namedDialect(name: string): DialectName {
  const found = dialectNames.find((one) => one === name);
  if (found !== undefined) return found;
  throw new IllegalArgumentException(
    `expected stomp.dialect as one of ${dialectNames.join(', ')}, got '${name}'`,
  );
}

function decoded(path: string): string {
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
