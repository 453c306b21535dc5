// Why a connect failed, in one sentence with the cure. amqplib says what it expected; who answered
// instead gives itself away with its first bytes, which a second look at the port brings.

import { socketTrouble } from '../socket-trouble.ts';

const hexOf = (text: string): string => Buffer.from(text, 'latin1').toString('hex');

/** What first bytes look like that are not AMQP 0-9-1, in hex. */
const FOREIGN: readonly (readonly [looks: RegExp, says: string])[] = [
  [
    /^414d5150(00|03)010000/,
    'speaks AMQP 1.0 and not 0-9-1: use amqp://, or the port of a RabbitMQ',
  ],
  [/^414d51500101000a/, 'speaks AMQP 0-10 and not 0-9-1: use the port of a RabbitMQ'],
  [
    new RegExp(`^.{8}01${hexOf('ActiveMQ')}`),
    'speaks OpenWire, so it is an ActiveMQ: use amqp:// with its AMQP port (5672)',
  ],
  [
    /^15030[0-4]/,
    'expects TLS, it answered with a TLS alert: use amqps091://, by default on port 5671',
  ],
  [
    new RegExp(`^${hexOf('HTTP/')}`),
    'speaks HTTP: that is a management page, use the AMQP port (5672)',
  ],
  [
    new RegExp(`^(${hexOf('ERROR')}|${hexOf('CONNECTED')})(0d)?0a`),
    'speaks STOMP: use stomp://, or the AMQP port (5672)',
  ],
  [new RegExp(`^${hexOf('SSH-')}`), 'speaks SSH: that is not a broker; use the AMQP port (5672)'],
];

/**
 * Tells by its first bytes whom we have met; undefined: AMQP 0-9-1, or too few to say.
 *
 * @param bytes - what came, from the first byte on
 */
export function foreigner(bytes: Buffer): string | undefined {
  const start = bytes.toString('hex', 0, 32);
  const known = FOREIGN.find(([looks]) => looks.test(start));
  if (known !== undefined) return known[1];
  // A method on channel 0: that is connection.start.
  if (bytes.length < 4 || start.startsWith('010000') || start.startsWith('414d515000000901')) {
    return undefined;
  }
  const shown = start.slice(0, 16);
  return `does not speak AMQP 0-9-1, it answered with the bytes ${shown}: use the AMQP port (5672)`;
}

/** Says what an error of the socket or of TLS means for `HOST:PORT`; undefined: nothing that is known. */
export function troubleOf(where: string, error: NodeJS.ErrnoException): string | undefined {
  switch (error.code) {
    case 'ECONNREFUSED':
      return (
        `nobody listens at ${where} (ECONNREFUSED): is the broker running, and has it an AMQP ` +
        'port there'
      );
    case 'EPROTO':
    case 'ERR_SSL_WRONG_VERSION_NUMBER':
    case 'ERR_SSL_PACKET_LENGTH_TOO_LONG':
      return `${where} does not speak TLS: use amqp091://, or its TLS port (5671)`;
    default:
      return socketTrouble(where, error);
  }
}

/** Nothing that explains itself came. */
export function cutWithoutWord(where: string, tls: boolean): string {
  const other = tls ? 'amqp091://' : 'amqps091://';
  return (
    `${where} closed the connection without a word: is it the AMQP port of a RabbitMQ, or does it ` +
    `expect ${other}`
  );
}

/** Nothing came at all. */
export function silence(where: string, ms: number): string {
  return (
    `no answer from ${where} within ${ms / 1000} seconds: is it the AMQP port of a RabbitMQ, and ` +
    'not one behind a firewall (jms.connectTimeout allows more time)'
  );
}
