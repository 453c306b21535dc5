// What a broker says in ERROR frames, as exceptions of JMS. Our own says its error code; of the others
// there is only the text. [STOMP 1.2 ERROR] [JMS 10.3]

import {
  IllegalStateException,
  InvalidClientIDException,
  InvalidDestinationException,
  InvalidSelectorException,
  JMSException,
  JMSSecurityException,
  ResourceAllocationException,
  TransactionRolledBackException,
  UnsupportedOperationException,
} from '#jms-api';

type Made = new (reason: string, errorCode: string | null) => Error;

const BY_CODE: Readonly<Record<string, Made>> = {
  'address-invalid': InvalidDestinationException,
  'destination-missing': InvalidDestinationException,
  'subscription-missing': InvalidDestinationException,
  'selector-invalid': InvalidSelectorException,
  unauthorized: JMSSecurityException,
  'client-id-in-use': InvalidClientIDException,
  'client-id-missing': IllegalStateException,
  'limit-exceeded': ResourceAllocationException,
  'transaction-rolled-back': TransactionRolledBackException,
};

/** The first that fits what the text says. */
const BY_WORDS: readonly (readonly [RegExp, Made])[] = [
  [/InvalidClientID|client.{0,80}already connected|client.?id/i, InvalidClientIDException],
  [
    /access.?refused|bad.?cred|password|not authori[sz]ed|security|AMQ229031/i,
    JMSSecurityException,
  ],
  [/InvalidSelector|selector|filter/i, InvalidSelectorException],
  [
    /No durable subscription|InvalidDestination|destination|not.?found|no such|no queue|^\S+ temp-\w+:/i,
    InvalidDestinationException,
  ],
];
/** Brokers in Java name their exception in the body, and then everybody who passed it on. */
const BY_NAME =
  /\b(InvalidClientID|InvalidSelector|InvalidDestination|JMSSecurity|Security)Exception/;

/**
 * The exception for an ERROR frame.
 *
 * @param more - the beginning of its body
 */
export function exceptionOf(code: string | undefined, text: string, more = ''): Error {
  if (code === 'unsupported') return new UnsupportedOperationException(text);
  const made = code === undefined ? madeOf(text, more) : BY_CODE[code];
  return new (made ?? JMSException)(text, code ?? null);
}

function madeOf(text: string, more: string): Made | undefined {
  const said = BY_NAME.exec(more)?.[1] ?? text;
  return BY_WORDS.find(([words]) => words.test(said))?.[1];
}

/** Who speaks, if it is not STOMP, and what to do; by the first bytes that came. */
export function strangerOf(bytes: Buffer): string | undefined {
  const text = bytes.toString('latin1', 0, 64);
  if (text.indexOf('ActiveMQ') === 5) {
    return 'this is a port of OpenWire: use the port of a stomp:// connector, commonly 61613';
  }
  if (text.startsWith('AMQP')) {
    return 'this is a port of AMQP: use amqp:// for AMQP 1.0, amqp091:// for RabbitMQ';
  }
  if (text.startsWith('HTTP/')) return 'this is a port of HTTP: use the port of STOMP over TCP';
  if (bytes[0] === 0x15 && bytes[1] === 3) return 'this is a port of TLS: use stomps://';
  return undefined;
}
