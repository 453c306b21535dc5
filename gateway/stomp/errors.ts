// What a client is told when something is wrong: an ERROR frame, and then the end of the
// connection, in every version. [STOMP 1.2 ERROR]
//
// A StompError is the client's mistake, a BrokerError the broker's refusal. Anything else is our
// own mistake and not caught here.

import type { BrokerErrorCode } from '#broker';

/** A frame that breaks the protocol, or asks for what we do not do. */
export class StompError extends Error {
  override readonly name = 'StompError';
  /** A few words that say which kind of trouble it is. */
  readonly headline: string;
  /** More headers of the ERROR frame. */
  readonly headers: readonly (readonly [string, string])[];

  constructor(
    headline: string,
    detail: string,
    headers: readonly (readonly [string, string])[] = [],
  ) {
    super(detail);
    this.headline = headline;
    this.headers = headers;
  }
}

/** The bytes are not a frame. */
export function malformed(detail: string): StompError {
  return new StompError('malformed frame', detail);
}

/** The frame is well made and makes no sense here. */
export function unexpected(detail: string): StompError {
  return new StompError('unexpected frame', detail);
}

/** We do not do this, and say so rather than do something else. */
export function unsupported(what: string): StompError {
  return new StompError('not supported', `${what} is not supported by this broker`);
}

/** The headline of each refusal of the broker. */
export const headlineOf: Readonly<Record<BrokerErrorCode, string>> = {
  'address-invalid': 'invalid destination',
  'destination-missing': 'destination does not exist',
  unauthorized: 'access refused',
  'client-id-in-use': 'client id in use',
  'limit-exceeded': 'limit exceeded',
  'client-id-missing': 'client id missing',
  'in-use': 'in use',
  'subscription-conflict': 'subscription conflict',
  'subscription-missing': 'no such subscription',
  'transaction-rolled-back': 'transaction rolled back',
  'transaction-missing': 'no such transaction',
  'selector-invalid': 'invalid selector',
  'settings-invalid': 'invalid setting',
  closed: 'connection closed',
  unsupported: 'not supported',
};

const HTTP_VERB = /^(GET|HEAD|POST|PUT|DELETE|OPTIONS|PATCH|CONNECT|TRACE) \S|^PRI \* HTTP/;

/** Recognises who else might be talking, by the first bytes of a connection. */
export function strangerOf(bytes: Buffer): string | undefined {
  if (bytes[0] === 0x16) return 'a TLS ClientHello: this port speaks STOMP without TLS';
  const text = bytes.toString('latin1', 0, 16);
  if (text.startsWith('AMQP')) return 'an AMQP protocol header: this port speaks STOMP';
  if (HTTP_VERB.test(text)) return 'an HTTP request: this port speaks STOMP';
  return undefined;
}

/** Makes bytes of a peer readable in one line, shortened. */
export function quote(bytes: Buffer): string {
  return JSON.stringify(bytes.toString('latin1', 0, 40)) + (bytes.length > 40 ? '…' : '');
}
