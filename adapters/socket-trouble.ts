// What errors of sockets and of TLS mean, in one sentence with the cure, whatever is spoken above them.

const UNKNOWN_AUTHORITY = 'its certificate is signed by an authority that is not known here';

const TRUST: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is signed by itself',
  SELF_SIGNED_CERT_IN_CHAIN: UNKNOWN_AUTHORITY,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNKNOWN_AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNKNOWN_AUTHORITY,
};

/** Says what an error means for `HOST:PORT`; undefined: the protocol above knows better. */
export function socketTrouble(where: string, error: NodeJS.ErrnoException): string | undefined {
  const { code = '', message } = error;
  const trust = TRUST[code];
  if (trust !== undefined) {
    return `${where}: ${trust}; name the authority with transport.trustStoreLocation=FILE.pem`;
  }
  switch (code) {
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
