// What errors of sockets and of TLS mean, in one sentence with the cure, whatever is spoken above them:
// an adapter only says what it expected.

import type { Schemes } from './broker-url.ts';

/** What an adapter expects behind a port. */
export interface Expected {
  readonly schemes: Schemes;
  /** `AMQP 1.0`. */
  readonly protocol: string;
  /** What a port needs of some broker to speak that, in brackets: `(of Artemis, …)`. */
  readonly needs: string;
}

const UNKNOWN_AUTHORITY = 'its certificate is signed by an authority that is not known here';

const TRUST: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is signed by itself',
  SELF_SIGNED_CERT_IN_CHAIN: UNKNOWN_AUTHORITY,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNKNOWN_AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNKNOWN_AUTHORITY,
};

/** Says what an error means for `HOST:PORT`; undefined: whoever has more to go by knows better. */
export function troubleOf(
  expected: Expected,
  where: string,
  error: NodeJS.ErrnoException,
): string | undefined {
  const { schemes, protocol } = expected;
  const { code = '', message } = error;
  const trust = TRUST[code];
  if (trust !== undefined) {
    return `${where}: ${trust}; name the authority with transport.trustStoreLocation=FILE.pem`;
  }
  switch (code) {
    case 'ECONNREFUSED':
      return (
        `nobody listens at ${where} (ECONNREFUSED): is the broker running, has it a port for ` +
        `${protocol} there ${expected.needs}, or is it a standby, which has none until it takes ` +
        `over (then name both: failover:(${schemes.plain}://ONE,${schemes.plain}://OTHER))`
      );
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'EAI_NONAME': {
      const host = where.replace(/:\d+$/, '');
      return `there is no host called '${host}': check its spelling, and whether names resolve here`;
    }
    case 'ETIMEDOUT':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return `${where} cannot be reached (${code}): check the address, and firewalls on the way`;
    case 'EPROTO':
    case 'ERR_SSL_WRONG_VERSION_NUMBER':
    case 'ERR_SSL_PACKET_LENGTH_TOO_LONG':
      return (
        `${where} does not speak TLS there: use ${schemes.plain}://, or its TLS port ` +
        `(${schemes.securePort})`
      );
    case 'CERT_HAS_EXPIRED':
      return `${where}: its certificate has expired; its operator has to renew it`;
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return (
        `${where}: its certificate is for another name; connect by that, or say ` +
        'transport.verifyHost=false'
      );
    default:
      if (!/handshake failure|certificate required|bad certificate|alert/i.test(message)) {
        return undefined;
      }
      return (
        `${where} ended the TLS handshake (${code || message}): it may want a certificate, ` +
        'transport.keyStoreLocation=FILE'
      );
  }
}

/** Nothing that explains itself came before the end. */
export function cutWithoutWord(expected: Expected, where: string, tls: boolean): string {
  return (
    `${where} closed the connection without a word: is it a port for ${expected.protocol} ` +
    `${expected.needs}, does it expect ${otherThan(expected, tls)}, or is it a standby`
  );
}

/** Nothing came at all. */
export function silence(expected: Expected, where: string, ms: number, tls: boolean): string {
  return (
    `no answer from ${where} within ${ms / 1000} seconds: is it a port for ${expected.protocol} ` +
    `${expected.needs}, does it expect ${otherThan(expected, tls)}, and is no firewall on the way ` +
    '(jms.connectTimeout allows more time)'
  );
}

/** There was not even a connection. */
export function unreachable(where: string, ms: number): string {
  return (
    `no answer from ${where} within ${ms / 1000} seconds, not even a connection: check the ` +
    'address, and firewalls on the way (jms.connectTimeout allows more time)'
  );
}

function otherThan({ schemes }: Expected, tls: boolean): string {
  return `${tls ? schemes.plain : schemes.secure}://`;
}
