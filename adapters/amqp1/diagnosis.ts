// Why a connect failed, in one sentence with the cure. Whoever answers at a port that was meant to
// speak AMQP 1.0 gives itself away with its first bytes; what fails below says it with an error code.

import { socketTrouble } from '../socket-trouble.ts';

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

/** Says what an error of the socket or of TLS means for `HOST:PORT`. */
export function troubleOf(where: string, error: NodeJS.ErrnoException): string {
  const { code = '', message } = error;
  switch (code) {
    case 'ECONNREFUSED':
      return (
        `nobody listens at ${where} (ECONNREFUSED): is the broker running, has it an AMQP port ` +
        'there, and is it not the standby of another'
      );
    case 'ECONNRESET':
    case 'EPIPE':
      return `${where} cut the connection (${code}): is it a port for AMQP 1.0, or does it expect TLS`;
    case 'EPROTO':
    case 'ERR_SSL_WRONG_VERSION_NUMBER':
    case 'ERR_SSL_PACKET_LENGTH_TOO_LONG':
      return `${where} does not speak TLS there: use amqp://, or its TLS port (5671)`;
    default:
      return socketTrouble(where, error) ?? `${where}: ${message}`;
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
