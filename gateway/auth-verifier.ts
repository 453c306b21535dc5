// A password as a SCRAM verifier: enough to check a password or the proof of a client that has it, and
// not enough to log in elsewhere. [RFC 5802 3, RFC 7677]
//
//     SaltedPassword = PBKDF2(password, salt, iterations)        slow, on purpose
//          ├─ HMAC 'Client Key' ─ ClientKey ─ H ─► StoredKey     what a client proves to know
//          └─ HMAC 'Server Key' ────────────────► ServerKey      what we prove to know
//
// Written down as in RFC 5803, which PostgreSQL uses too: SCRAM-SHA-256$8192:salt$StoredKey:ServerKey,
// the binary parts in base64. A user may have one for each hash, joined by a comma.

import { createHash, createHmac, pbkdf2, pbkdf2Sync, randomBytes } from 'node:crypto';
import { gatewayLimits } from './limits.ts';
import { saslprep } from './saslprep.ts';

/** The hashes, the strongest first. */
export const HASHES = ['SHA-512', 'SHA-256'] as const;
export type Hash = (typeof HASHES)[number];

/** What is kept of a password, for one hash. */
export interface Verifier {
  readonly hash: Hash;
  readonly iterations: number;
  readonly salt: Buffer;
  readonly storedKey: Buffer;
  readonly serverKey: Buffer;
}

/** What is kept of a user's password. */
export type Credentials = Readonly<Partial<Record<Hash, Verifier>>>;

/** Computes the StoredKey of a password, away from the caller's thread, and tells it later. */
export type Derive = (
  password: string,
  verifier: Verifier,
  done: (storedKey: Buffer) => void,
) => void;

const NAME_OF_HASH: Readonly<Record<Hash, string>> = { 'SHA-256': 'sha256', 'SHA-512': 'sha512' };
const BYTES_OF_HASH: Readonly<Record<Hash, number>> = { 'SHA-256': 32, 'SHA-512': 64 };
const SALT_BYTES = 16;
/** A challenge with it must fit into the first frames of a protocol: 512 bytes. */
const SALT_BYTES_MAX = 64;
const BASE64 = '([A-Za-z0-9+/]+={0,2})';
const WRITTEN: RegExp = new RegExp(
  `^SCRAM-(SHA-256|SHA-512)\\$(\\d{1,9}):${BASE64}\\$${BASE64}:${BASE64}$`,
);

/** Makes verifiers of a password, one for each hash. Takes milliseconds of this thread. */
export function credentialsOf(
  password: string,
  iterations: number = gatewayLimits.scramIterations,
): Credentials {
  return Object.fromEntries(
    HASHES.map((hash) => {
      const salt = randomBytes(SALT_BYTES);
      return [hash, verifierOf(password, hash, iterations, salt)] as const;
    }),
  );
}

/** Makes the verifier of a password for one hash. */
export function verifierOf(
  password: string,
  hash: Hash,
  iterations: number,
  salt: Buffer,
): Verifier {
  const bytes = BYTES_OF_HASH[hash];
  const salted = pbkdf2Sync(saslprep(password), salt, iterations, bytes, NAME_OF_HASH[hash]);
  const { storedKey, serverKey } = keysOf(hash, salted);
  return { hash, iterations, salt, storedKey, serverKey };
}

/** {@link Derive}, on the thread pool of libuv: which also syncs the journal. */
export const deriveOnPool: Derive = (password, { hash, iterations, salt }, done) => {
  const bytes = BYTES_OF_HASH[hash];
  const finish = (error: Error | null, salted: Buffer): void => {
    if (error !== null) throw error;
    done(keysOf(hash, salted).storedKey);
  };
  pbkdf2(saslprep(password), salt, iterations, bytes, NAME_OF_HASH[hash], finish);
};

function keysOf(hash: Hash, salted: Buffer): { storedKey: Buffer; serverKey: Buffer } {
  const clientKey = hmac(hash, salted, 'Client Key');
  return { storedKey: digest(hash, clientKey), serverKey: hmac(hash, salted, 'Server Key') };
}

/** HMAC of a text, by one of the hashes. */
export function hmac(hash: Hash, key: Buffer, text: string): Buffer {
  return createHmac(NAME_OF_HASH[hash], key).update(text).digest();
}

/** The digest of some bytes. */
export function digest(hash: Hash, bytes: Buffer): Buffer {
  return createHash(NAME_OF_HASH[hash]).update(bytes).digest();
}

/** Writes the verifiers of a user in one line. [RFC 5803] */
export function formatCredentials(credentials: Credentials): string {
  return HASHES.flatMap((hash) => credentials[hash] ?? [])
    .map(({ hash, iterations, salt, storedKey, serverKey }) => {
      const [s, stored, server] = [salt, storedKey, serverKey].map((b) => b.toString('base64'));
      return `SCRAM-${hash}$${iterations}:${s}$${stored}:${server}`;
    })
    .join(',');
}

/**
 * Reads verifiers. Returns undefined for a text that does not look like one: it is a password.
 *
 * @throws {RangeError} for what looks like a verifier and is none; the message does not repeat it
 */
export function parseCredentials(text: string): Credentials | undefined {
  if (!/^SCRAM-SHA-\d+\$/.test(text)) return undefined;
  const credentials: Partial<Record<Hash, Verifier>> = {};
  for (const part of text.split(',')) {
    const verifier = parseVerifier(part);
    if (credentials[verifier.hash] !== undefined) {
      throw new RangeError(`expected one verifier for SCRAM-${verifier.hash}, got two`);
    }
    credentials[verifier.hash] = verifier;
  }
  return credentials;
}

function parseVerifier(text: string): Verifier {
  const [, name, count, salt, storedKey, serverKey] = WRITTEN.exec(text) ?? [];
  const hash = HASHES.find((one) => one === name);
  if (hash === undefined) {
    throw new RangeError(
      "expected a verifier as 'angelia user NAME' prints it: " +
        'SCRAM-SHA-256$iterations:salt$StoredKey:ServerKey, or SHA-512, joined by a comma',
    );
  }
  const iterations = Number(count);
  const { scramIterationsMin: min, scramIterationsMax: max } = gatewayLimits;
  if (iterations < min || iterations > max) {
    throw new RangeError(`expected ${min} to ${max} iterations in a verifier, got ${iterations}`);
  }
  const [saltBytes, stored, server] = [salt, storedKey, serverKey].map((base64 = '') =>
    Buffer.from(base64, 'base64'),
  ) as [Buffer, Buffer, Buffer];
  if (saltBytes.length > SALT_BYTES_MAX) {
    throw new RangeError(`expected a salt of ${SALT_BYTES_MAX} bytes at most in a verifier`);
  }
  const bytes = BYTES_OF_HASH[hash];
  if (stored.length !== bytes || server.length !== bytes) {
    throw new RangeError(
      `expected keys of ${bytes} bytes in a verifier of SCRAM-${hash}, ` +
        `got ${stored.length} and ${server.length}`,
    );
  }
  return { hash, iterations, salt: saltBytes, storedKey: stored, serverKey: server };
}
