// What the URLs of all adapters that use sockets have in common: host, port, path, the `transport.*`
// options of TLS with the names of Apache Qpid JMS, and what is refused.
//
//     amqps://broker.example?transport.trustStoreLocation=/etc/ssl/our-ca.pem

import {
  booleanOf,
  type FixedOption,
  fixedOption,
  IllegalArgumentException,
  type OptionTable,
  readOptions,
} from '#jms-api';
import type { TlsWishes } from './tls.ts';

/** The two schemes of an adapter, and their ports. */
export interface Schemes {
  readonly plain: string;
  readonly port: number;
  readonly secure: string;
  readonly securePort: number;
  /** What follows host and port, `/VHOST`; absent: nothing does. */
  readonly path?: string;
}

/** The parts of a URL. */
export interface BrokerUrl {
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
  /** What is behind the port's slash, decoded; undefined: nothing. */
  readonly path: string | undefined;
  /** `name=value`, as they are written. */
  readonly pairs: readonly string[];
}

type Draft = { -readonly [K in keyof TlsWishes]: TlsWishes[K] };

const FORM = /^([^:]+):\/\/(\[[^\]]+\]|[^/?#:@[\]]+)(?::(\d{1,5}))?(?:\/([^/?#]*))?(?:\?(.*))?$/;

/** What holds without any option. */
export const ORDINARY_TLS: TlsWishes = {
  trustStore: undefined,
  keyStore: undefined,
  keyStorePassword: undefined,
  trustAll: false,
  verifyHost: true,
};

/** The rows of TLS in the table of an adapter. */
export function tlsRows(secure: string): OptionTable<Draft>['options'] {
  return [
    {
      name: 'transport.trustStoreLocation',
      otherwise: '',
      meaning: `${secure}: a PEM file of authorities that are trusted, in place of those of Node`,
      take(draft, value) {
        draft.trustStore = value;
      },
    },
    {
      name: 'transport.keyStoreLocation',
      otherwise: '',
      meaning: `${secure}: a file with our certificate and key, PKCS #12 or PEM`,
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
      meaning: `${secure}: any certificate will do`,
      take(draft, value, name) {
        draft.trustAll = booleanOf(value, name);
      },
    },
    {
      name: 'transport.verifyHost',
      otherwise: 'true',
      meaning: `${secure}: the certificate has to be for the host of the URL`,
      take(draft, value, name) {
        draft.verifyHost = booleanOf(value, name);
      },
    },
  ];
}

/** Options that there are elsewhere, and that do not change here. */
export const fixedTransport: readonly FixedOption[] = [
  fixedOption('transport.tcpNoDelay', 'true', 'what is written in one turn goes at once'),
  fixedOption('transport.connectTimeout', [], 'say jms.connectTimeout'),
  fixedOption('transport.trustStorePassword', [], 'the file of authorities is PEM, and has none'),
];

/** @throws {IllegalArgumentException} if it cannot be read, with what was expected */
export function readBrokerUrl(url: string, schemes: Schemes): BrokerUrl {
  const [, scheme = '', hostText, portText, pathText = '', query = ''] = FORM.exec(url) ?? [];
  const tls = scheme.toLowerCase() === schemes.secure;
  const known = tls || scheme.toLowerCase() === schemes.plain;
  const port = Number(portText ?? (tls ? schemes.securePort : schemes.port));
  const misplaced = pathText !== '' && schemes.path === undefined;
  if (!known || hostText === undefined || port > 65_535 || misplaced) throw misread(url, schemes);
  return {
    host: hostText.replace(/^\[|\]$/g, ''),
    port,
    tls,
    path: pathText === '' ? undefined : decoded(pathText),
    pairs: query.split('&').filter((pair) => pair !== ''),
  };
}

/**
 * Reads the options of a URL into a draft.
 *
 * @throws {IllegalArgumentException} for one that is not in the table, or is for the other scheme
 */
export function readBrokerOptions<D>(
  table: OptionTable<D>,
  draft: D,
  { tls, pairs }: BrokerUrl,
  { secure }: Schemes,
): void {
  readOptions(table, draft, pairs);
  const forTls = pairs.find((pair) => pair.startsWith('transport.'));
  if (forTls === undefined || tls) return;
  throw new IllegalArgumentException(`${forTls.replace(/=.*/s, '')} is for ${secure}:// URLs`);
}

/** @throws {IllegalArgumentException} for a value that is none of the names */
export function oneOf<T extends string>(names: readonly T[], value: string, option: string): T {
  const found = names.find((one) => one === value);
  if (found !== undefined) return found;
  throw new IllegalArgumentException(
    `expected ${option} as one of ${names.join(', ')}, got '${value}'`,
  );
}

function misread(url: string, { plain, secure, path = '' }: Schemes): Error {
  // What stands before an @ may be a secret.
  const shown = url.replace(/:\/\/[^@/]*@/, '://…@');
  const encoded = path === '' ? '' : ', and a / within the name of a virtual host is %2F';
  return new IllegalArgumentException(
    `expected ${plain}://HOST:PORT${path} or ${secure}://HOST:PORT${path}, got '${shown}'; user name ` +
      `and password are jms.username and jms.password${encoded}`,
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
