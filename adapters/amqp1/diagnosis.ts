// Why a connect failed, in one sentence with the cure. Whoever answers at a port that was meant to
// speak AMQP 1.0 gives itself away with its first bytes; what fails below says it with an error code.

const hexOf = (text: string): string => Buffer.from(text, 'latin1').toString('hex');

/** What first bytes look like that are not ours, in hex. */
const FOREIGN: readonly (readonly [looks: RegExp, says: string])[] = [
  [
    /^414d515000000901/,
    'speaks AMQP 0-9-1 and not 1.0: use amqp091://, or enable its AMQP 1.0 (RabbitMQ before 4.0: ' +
      'rabbitmq-plugins enable rabbitmq_amqp1_0)',
  ],
  [/^414d51500101000a/, 'speaks AMQP 0-10 and not 1.0: use a port of the broker that speaks 1.0'],
  [
    new RegExp(`^.{8}01${hexOf('ActiveMQ')}`),
    'speaks OpenWire: use the port of the amqp connector of ActiveMQ Classic, by default 5672 (it ' +
      'may have to be enabled in activemq.xml)',
  ],
  [
    /^15030[0-4]/,
    'expects TLS, it answered with a TLS alert: use amqps://, by default on port 5671',
  ],
  [
    new RegExp(`^${hexOf('HTTP/')}`),
    'speaks HTTP: that is its console or its management, use its AMQP port (5672)',
  ],
  [
    new RegExp(`^(${hexOf('ERROR')}|${hexOf('CONNECTED')})(0d)?0a`),
    'speaks STOMP: use stomp://, or its AMQP port (5672)',
  ],
  [new RegExp(`^${hexOf('SSH-')}`), 'speaks SSH: that is not a broker; use its AMQP port (5672)'],
];

/**
 * Tells by its first bytes whom we have met; undefined: AMQP 1.0, or too few to say.
 *
 * @param bytes - what came, from the first byte on
 */
export function foreigner(bytes: Buffer): string | undefined {
  const start = bytes.toString('hex', 0, 32);
  const known = FOREIGN.find(([looks]) => looks.test(start));
  if (known !== undefined) return known[1];
  if (hexOf('AMQP').startsWith(start.slice(0, 8)) || bytes.length < 8) return undefined;
  const shown = start.slice(0, 16);
  return `does not speak AMQP: it answered with the bytes ${shown}; use the broker's AMQP port (5672)`;
}

const TLS_CURES: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is signed by itself',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is signed by an authority that is not known here',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    'its certificate is signed by an authority that is not known here',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    'its certificate is signed by an authority that is not known here',
};

/** Says what an error of the socket or of TLS means for `HOST:PORT`. */
export function socketTrouble(where: string, error: NodeJS.ErrnoException): string {
  const { code = '', message } = error;
  const host = where.replace(/:\d+$/, '');
  const trust = TLS_CURES[code];
  if (trust !== undefined) {
    return `${where}: ${trust}; name the authority with transport.trustStoreLocation=FILE.pem`;
  }
  switch (code) {
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'EAI_NONAME':
      return `there is no host called '${host}': check its spelling, and whether names resolve here`;
    case 'ECONNREFUSED':
      return (
        `nobody listens at ${where} (ECONNREFUSED): is the broker running, has it an AMQP port ` +
        'there, and is it not the standby of another'
      );
    case 'ECONNRESET':
    case 'EPIPE':
      return `${where} cut the connection (${code}): is it a port for AMQP 1.0, or does it expect TLS`;
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
    case 'EPROTO':
    case 'ERR_SSL_WRONG_VERSION_NUMBER':
    case 'ERR_SSL_PACKET_LENGTH_TOO_LONG':
      return `${where} does not speak TLS there: use amqp://, or its TLS port (5671)`;
    default:
      if (/handshake failure|certificate required|bad certificate|alert/i.test(message)) {
        return (
          `${where} ended the TLS handshake (${code || message}): it may want a certificate, ` +
          'transport.keyStoreLocation=FILE'
        );
      }
      return `${where}: ${message}`;
  }
}

/** Nothing that explains itself came. */
export function cutWithoutWord(where: string, tls: boolean): string {
  const other = tls ? 'amqp://' : 'amqps://';
  return (
    `${where} closed the connection without a word: is it a port for AMQP 1.0, does it expect ` +
    `${other}, or is it a standby`
  );
}

export function silence(where: string, ms: number): string {
  return (
    `no answer from ${where} within ${ms / 1000} seconds: is it a port for AMQP 1.0, and not one ` +
    'behind a firewall (jms.connectTimeout allows more time)'
  );
}
