// Addresses of RabbitMQ 4, percent-encoded. They come over AMQP 0-9-1 as well, where an answer is asked
// for by who speaks AMQP 1.0: RabbitMQ does not translate them.
//
//     /queues/my%20orders     /exchanges/amq.topic/prices.eur

import { type DestinationData, type DestinationKind, InvalidDestinationException } from '#jms-api';

const FORM = /^\/(queues|exchanges\/[^/]+)\/([^/]+)$/;

export function addressOfQueue(name: string): string {
  return `/queues/${encodedName(name)}`;
}

/** Of a topic. */
export function addressOfKey(exchange: string, key: string): string {
  return `/exchanges/${encodedName(exchange)}/${encodedName(key)}`;
}

/** What an address leads to; undefined if it is none of these. */
export function destinationAt(address: string): DestinationData | undefined {
  const [, node, name] = FORM.exec(address) ?? [];
  if (node === undefined || name === undefined) return undefined;
  const kind: DestinationKind = node === 'queues' ? 'queue' : 'topic';
  try {
    return { kind, name: decodeURIComponent(name) };
  } catch {
    return undefined;
  }
}

/**
 * A name as a segment of a path. [RFC 3986 2.3]
 *
 * @throws {InvalidDestinationException} if it is not Unicode, or would be taken for a step
 */
export function encodedName(name: string): string {
  if (name === '.' || name === '..') {
    throw new InvalidDestinationException(`'${name}' is no name, but a step in an address`);
  }
  try {
    return encodeURIComponent(name).replace(
      /[!'()*]/g,
      (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`,
    );
  } catch (cause) {
    const text = `the name '${name}' has half of a surrogate pair, which no address can have`;
    throw new InvalidDestinationException(text, null, { cause });
  }
}
