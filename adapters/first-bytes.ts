// Who answers at a port, by the first bytes that come: each protocol gives itself away. What an adapter
// makes of it is the adapter's to say. [AMQP 2.2] [AMQP 0-9-1 4.2.2] [STOMP 1.2 CONNECTED]

/** Who may answer. */
export type Speaker =
  | 'AMQP 1.0'
  | 'AMQP 0-9-1'
  | 'AMQP 0-10'
  | 'OpenWire'
  | 'STOMP'
  | 'HTTP'
  | 'SSH'
  | 'a TLS alert';

/** What an adapter says of each but its own, with the cure; it follows the name of the place. */
export type Sayings = Readonly<Partial<Record<Speaker, string>>>;

const hexOf = (text: string): string => Buffer.from(text, 'latin1').toString('hex');

/** In hex, each from the first byte on. */
const LOOKS: readonly (readonly [looks: RegExp, who: Speaker])[] = [
  [/^414d5150(00|02|03)010000/, 'AMQP 1.0'],
  [/^414d515000000901/, 'AMQP 0-9-1'],
  // connection.start: a method on channel 0.
  [/^010000.{8}00/, 'AMQP 0-9-1'],
  [/^414d51500101000a/, 'AMQP 0-10'],
  [new RegExp(`^.{8}01${hexOf('ActiveMQ')}`), 'OpenWire'],
  [new RegExp(`^(0a|0d)*(${hexOf('ERROR')}|${hexOf('CONNECTE')})`), 'STOMP'],
  [new RegExp(`^${hexOf('HTTP/')}`), 'HTTP'],
  [new RegExp(`^${hexOf('SSH-')}`), 'SSH'],
  [/^15030[0-4]/, 'a TLS alert'],
];
/** After so many bytes it is known who speaks; and so many are shown of somebody unknown. */
const BYTES_ENOUGH = 8;

/** First bytes that are worth keeping. */
export const FIRST_BYTES = 64;

/**
 * What to say of who speaks; undefined: the one who should, or too few bytes to say.
 *
 * @param bytes - what came, from the first byte on
 * @param expected - who should
 */
export function foreignerOf(
  bytes: Buffer,
  expected: Speaker,
  sayings: Sayings,
): string | undefined {
  const start = bytes.toString('hex', 0, FIRST_BYTES);
  const who = LOOKS.find(([looks]) => looks.test(start))?.[1];
  if (who === expected) return undefined;
  if (who !== undefined) return sayings[who];
  if (bytes.length < BYTES_ENOUGH) return undefined;
  const shown = start.slice(0, 2 * BYTES_ENOUGH);
  return `does not speak ${expected}, it answered with the bytes ${shown}: ${sayings[expected]}`;
}
