// Recognises what is not AMQP 1.0 at the beginning of a connection, so that the error can say what
// the client should change instead of "bad header".

const HTTP_VERBS = ['GET ', 'POST ', 'PUT ', 'HEAD ', 'DELETE ', 'OPTIONS ', 'PATCH ', 'CONNECT '];
/** How many bytes an error shows of what it does not know. */
const SHOWN_BYTES_MAX = 16;

/**
 * Says in words what the first bytes of a connection look like, such as
 * `an AMQP 0-9-1 header; this port speaks AMQP 1.0`.
 */
export function describeForeignBytes(bytes: Buffer): string {
  const text = bytes.toString('latin1', 0, 16);
  if (text.startsWith('AMQP')) return describeAmqp(bytes);
  if (bytes[0] === 0x16 && bytes[1] === 0x03) {
    return 'a TLS ClientHello; this port speaks plain TCP';
  }
  if (HTTP_VERBS.some((verb) => text.startsWith(verb))) {
    return `an HTTP request ('${printable(text)}')`;
  }
  if (text.startsWith('CONNECT') || text.startsWith('STOMP')) {
    return `a STOMP frame ('${printable(text)}')`;
  }
  if (text.slice(5, 13) === 'ActiveMQ') return 'an OpenWire WIREFORMAT_INFO of ActiveMQ';
  if (bytes[0] === 0x10 && (text.includes('MQTT') || text.includes('MQIsdp'))) {
    return 'an MQTT CONNECT';
  }
  const shown = bytes.subarray(0, SHOWN_BYTES_MAX);
  return `bytes ${shown.toString('hex')}${bytes.length > shown.length ? '…' : ''}`;
}

function describeAmqp(bytes: Buffer): string {
  const [a, b, c, d] = bytes.subarray(4, 8);
  if (a === undefined || d === undefined) return 'the beginning of an AMQP header';
  // AMQP 0-9-1 is `0 0 9 1`; 0-9 and 0-8 are `1 1 major minor`.
  if (a === 0 && b === 0) return `an AMQP 0-${c}-${d} header; this port speaks AMQP 1.0`;
  if (a === 1 && b === 1) return `an AMQP ${c}-${d} header; this port speaks AMQP 1.0`;
  return `an AMQP header with protocol ${a} and version ${b}.${c}.${d}`;
}

function printable(text: string): string {
  const line = text.slice(0, text.search(/[\r\n]|$/));
  return line.replace(/[^ -~]/g, '?');
}
