// The certificate of this server, from the files of the options: read, and checked before a door opens, so
// that a mistake is one line at the start and not a handshake that fails for every client.

import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Log } from '#broker';
import type { TlsMaterial } from '#gateway';
import type { Config } from './options.ts';
import { flagOf, type OptionKey } from './options.ts';
import { StartError } from './start-error.ts';

const DAY_MS = 86_400_000;
/** Who renews by a timer does it well before this. */
const EXPIRES_SOON_MS: number = 14 * DAY_MS;

/**
 * Reads the files; undefined if no certificate is asked for. Warns of one that is out of date.
 *
 * @throws {StartError} for a file that cannot be read or is not what it should be, and for a key that
 *   belongs to another certificate
 */
export function readCertificates(config: Config, log: Log): TlsMaterial | undefined {
  const { tlsCert, tlsKey, tlsCa, tlsClientAuth } = config;
  if (tlsCert === undefined || tlsKey === undefined) return undefined;
  const cert = read('tlsCert', tlsCert);
  const key = read('tlsKey', tlsKey);
  const ca = tlsCa === undefined ? undefined : read('tlsCa', tlsCa);
  const certificate = parseCertificate('tlsCert', tlsCert, cert);
  if (!certificate.checkPrivateKey(parseKey(tlsKey, key))) {
    throw new StartError(
      `--tls-key ${tlsKey} is not the key of the certificate in --tls-cert ${tlsCert} ` +
        `(${oneLine(certificate.subject)})`,
    );
  }
  warnOfDates(tlsCert, certificate, log);
  if (ca !== undefined && tlsCa !== undefined) {
    warnOfDates(tlsCa, parseCertificate('tlsCa', tlsCa, ca), log);
    if (tlsClientAuth === 'none') {
      log('warn', '--tls-ca has no effect: no certificate is asked of clients (--tls-client-auth)');
    }
  }
  return { cert, key, ca, clientAuth: tlsClientAuth };
}

function read(key: OptionKey, path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new StartError(`${flagOf(key)} ${path} cannot be read: ${reason}`, { cause });
  }
}

function parseCertificate(key: OptionKey, path: string, pem: Buffer): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (cause) {
    const what = `${flagOf(key)} ${path}: expected a certificate in PEM (BEGIN CERTIFICATE)`;
    throw new StartError(`${what}, got ${describe(pem)}`, { cause });
  }
}

function parseKey(path: string, pem: Buffer): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch (cause) {
    const encrypted = pem.includes('ENCRYPTED');
    const what = `--tls-key ${path}: expected a private key in PEM without a passphrase`;
    throw new StartError(`${what}, got ${encrypted ? 'one with' : describe(pem)}`, { cause });
  }
}

/** The kind of the first block of a PEM file. Never what is in it. */
function describe(pem: Buffer): string {
  const [, kind] = /-----BEGIN ([A-Z0-9 ]+)-----/.exec(pem.toString('latin1')) ?? [];
  if (kind !== undefined) return `a file with a ${kind}`;
  return pem.length === 0 ? 'an empty file' : 'a file that is not PEM';
}

function warnOfDates(file: string, certificate: X509Certificate, log: Log): void {
  const now = Date.now();
  const { validFrom, validTo } = certificate;
  const facts = { file, subject: oneLine(certificate.subject), validFrom, validTo };
  const until = Date.parse(validTo);
  if (until < now) log('warn', 'the certificate has expired: clients will refuse it', facts);
  else if (until < now + EXPIRES_SOON_MS) log('warn', 'the certificate expires soon', facts);
  if (Date.parse(validFrom) > now) log('warn', 'the certificate is not valid yet', facts);
}

function oneLine(subject: string): string {
  return subject.split('\n').reverse().join(',');
}
