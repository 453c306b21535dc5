// The TLS options of a connection, from the files that its URL names.

import { readFileSync } from 'node:fs';
import { IllegalArgumentException } from '#jms-api';
import type { Place } from './amqp091-url.ts';

/**
 * Reads the files, and returns what Node's `tls.connect` takes.
 *
 * @throws {IllegalArgumentException} if a file cannot be read, or is of the wrong kind
 */
export function tlsOptions(place: Place): object {
  if (!place.tls) return {};
  const { trustAll, verifyHost } = place;
  return {
    servername: isAddress(place.host) ? '' : place.host,
    ...trust(place),
    ...identity(place),
    ...(trustAll && { rejectUnauthorized: false }),
    ...(!verifyHost && { checkServerIdentity: () => undefined }),
  };
}

function trust({ trustStore }: Place): object {
  if (trustStore === undefined) return {};
  const ca = contentOf(trustStore, 'transport.trustStoreLocation');
  if (isPem(ca)) return { ca };
  throw new IllegalArgumentException(
    `transport.trustStoreLocation ${trustStore} is not in PEM form; to make it so: openssl pkcs12 ` +
      `-in ${trustStore} -nokeys -out trust.pem`,
  );
}

function identity({ keyStore, keyStorePassword: passphrase }: Place): object {
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

/** An address has no name that TLS could ask for. */
function isAddress(host: string): boolean {
  return /^[\d.]+$|:/.test(host);
}
