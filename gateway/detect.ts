// Who is calling, by the first bytes that come. For a door that several protocols share, and to tell
// a stranger at any door what it should do.
//
//     A M Q P …                 AMQP            0x16 0x03          TLS
//     C O N N E C T \n          STOMP           G E T   …          HTTP, perhaps to become a WebSocket
//     size 0x01 ActiveMQ        OpenWire        A R T E M I S      Artemis core
//
// CONNECT followed by a space is HTTP's. Not more is looked at than is needed.

/** What the first bytes are of. */
export type Kind = 'amqp' | 'stomp' | 'http' | 'tls' | 'openwire' | 'core' | 'mqtt' | 'unknown';

/** No hello needs more bytes than this to be known. */
export const DETECT_BYTES_MAX = 16;

const OPENINGS: readonly (readonly [string, Kind])[] = [
  ['AMQP', 'amqp'],
  ['CONNECT\n', 'stomp'],
  ['CONNECT\r', 'stomp'],
  ['STOMP\n', 'stomp'],
  ['STOMP\r', 'stomp'],
  ['\n', 'stomp'],
  ['\r', 'stomp'],
  ['GET ', 'http'],
  ['HEAD ', 'http'],
  ['POST ', 'http'],
  ['PUT ', 'http'],
  ['DELETE ', 'http'],
  ['OPTIONS ', 'http'],
  ['PATCH ', 'http'],
  ['TRACE ', 'http'],
  ['CONNECT ', 'http'],
  ['PRI * HTTP', 'http'],
  ['\x16\x03', 'tls'],
  ['ARTEMIS', 'core'],
  ['HORNETQ', 'core'],
  ['\x10', 'mqtt'],
];

const OPENWIRE_MAGIC_AT = 5;
const OPENWIRE_MAGIC = 'ActiveMQ';

/** Recognises the protocol; undefined if more bytes are needed. */
export function detect(bytes: Buffer): Kind | undefined {
  const text = bytes.toString('latin1', 0, DETECT_BYTES_MAX);
  if (text === '') return undefined;
  if (text.startsWith('\0')) return detectOpenWire(text);
  let possible = false;
  for (const [opening, kind] of OPENINGS) {
    if (text.startsWith(opening)) return kind;
    if (opening.startsWith(text)) possible = true;
  }
  return possible ? undefined : 'unknown';
}

/** Its first frame is a WireFormatInfo: its length in four bytes, its type, a magic word. */
function detectOpenWire(text: string): Kind | undefined {
  const magic = text.slice(OPENWIRE_MAGIC_AT, OPENWIRE_MAGIC_AT + OPENWIRE_MAGIC.length);
  const type = text.slice(OPENWIRE_MAGIC_AT - 1, OPENWIRE_MAGIC_AT);
  if (!'\x01'.startsWith(type) || !OPENWIRE_MAGIC.startsWith(magic)) return 'unknown';
  return magic === OPENWIRE_MAGIC ? 'openwire' : undefined;
}

/** Which client it was and what to do, for those that we do not serve. */
export const adviceFor: Readonly<Record<Exclude<Kind, 'amqp' | 'stomp' | 'http'>, string>> = {
  openwire:
    'an OpenWire client of ActiveMQ (tcp://): this broker does not speak OpenWire; ' +
    'use Qpid JMS or another AMQP 1.0 client (amqp://), or STOMP',
  core:
    'an Artemis core client (tcp://): this broker does not speak its protocol; ' +
    'use Qpid JMS or another AMQP 1.0 client (amqp://), or STOMP',
  tls: 'a TLS client: this door has no certificate; connect without TLS',
  mqtt: 'an MQTT client: this broker does not speak MQTT; use AMQP 1.0 or STOMP',
  unknown: 'a client of a protocol that we do not know; use AMQP 1.0, STOMP or HTTP',
};
