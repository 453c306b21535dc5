// The TLS options of a connection, from the files that its URL names.

import { readFileSync } from 'node:fs';
import type { ConnectionOptions } from 'node:tls';
import { IllegalArgumentException } from '#jms-api';

/** What a URL says of TLS. */
export interface TlsWishes {
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

/**
 * Reads the files, and returns what Node's `tls.connect` takes.
 *
 * @throws {IllegalArgumentException} if a file cannot be read, or is of the wrong kind
 */
export function tlsOptions(host: string, wishes: TlsWishes): ConnectionOptions {
  const { trustAll, verifyHost } = wishes;
  return {
    // An address has no name that TLS could ask for.
    servername: /^[\d.]+$|:/.test(host) ? '' : host,
    ...trust(wishes),
    ...identity(wishes),
    ...(trustAll && { rejectUnauthorized: false }),
    ...(!verifyHost && { checkServerIdentity: () => undefined }),
  };
}

function trust({ trustStore }: TlsWishes): ConnectionOptions {
  if (trustStore === undefined) return {};
  const ca = contentOf(trustStore, 'transport.trustStoreLocation');
  if (isPem(ca)) return { ca };
  throw new IllegalArgumentException(
    `transport.trustStoreLocation ${trustStore} is not in PEM form; to make it so: openssl pkcs12 ` +
      `-in ${trustStore} -nokeys -out trust.pem`,
  );
}

function identity({ keyStore, keyStorePassword: passphrase }: TlsWishes): ConnectionOptions {
  if (keyStore === undefined) return {};
  const store = contentOf(keyStore, 'transport.keyStoreLocation');
  const secret = passphrase === undefined ? {} : { passphrase };
  return isPem(store) ? { cert: store, key: store, ...secret } : { pfx: store, ...secret };
}

function contentOf(file: string, option: string): Buffer {
  try {
    return readFileSync(file);
  } catch (cause) {
    const text = `${option}: ${(cause as Error).message}`;
    throw new IllegalArgumentException(text, { cause });
  }
}

function isPem(bytes: Buffer): boolean {
  return bytes.includes('-----BEGIN');
}
