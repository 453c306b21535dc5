// What the address of a terminus, or of a message, means. The kind comes from a capability or from a
// prefix; a bare name means what has it, or else a queue. Dialects that clients of other brokers
// bring are understood as well:
//
//     orders                     the destination of that name, else a queue
//     queue://orders  topic://…  the same in every protocol of this broker
//     /queues/my%20orders        RabbitMQ's second addressing: a queue, percent-encoded
//     prices::sub                Artemis: the queue `sub`; on a topic, its subscription `sub`

import { type Address, type AddressKind, type Broker, isPattern, parseAddress } from '#broker';
import { type Condition, ProtocolError } from './errors.ts';

/** Kinds of destination that a capability names. */
export const KIND_OF_CAPABILITY: ReadonlyMap<string, AddressKind> = new Map([
  ['queue', 'queue'],
  ['topic', 'topic'],
  ['temporary-queue', 'temporary-queue'],
  ['temporary-topic', 'temporary-topic'],
]);

/** Where a link goes; with a subscription if the address names one. */
export interface Place {
  readonly address: Address;
  readonly subscription?: string;
}

const QUEUES = '/queues/';

/**
 * Understands the address of a terminus.
 *
 * @throws {ProtocolError} scope link: the attach is refused
 */
export function resolvePlace(broker: Broker, text: string, capabilities: readonly string[]): Place {
  const said = rabbitQueue(text) ?? parseAddress(text);
  const kind = kindOf(capabilities);
  if (said !== undefined && kind !== undefined && said.kind !== kind) {
    throw refusal(
      'amqp:invalid-field',
      `address '${text}' says ${said.kind}, its capability ${kind}`,
    );
  }
  const name = said?.name ?? text;
  const separator = name.indexOf('::');
  if (separator >= 0) return qualified(broker, name, separator, said?.kind ?? kind);
  if (said !== undefined) return { address: said };
  if (kind !== undefined) return { address: temporaryOf(broker, name, kind) ?? { kind, name } };
  // A pattern needs no capability to say what it is: of a topic's.
  if (isPattern(name)) return { address: { kind: 'topic', name } };
  return { address: broker.addressOf(name) };
}

/** Who answers to an address it was given cannot know that it is a temporary one. */
function temporaryOf(broker: Broker, name: string, kind: AddressKind): Address | undefined {
  const found = broker.addressOf(name);
  return found.kind === `temporary-${kind}` ? found : undefined;
}

/** Understands the address of a message, whose kind may be said elsewhere. */
export function resolveName(broker: Broker, name: string, kind: AddressKind | undefined): Address {
  if (kind !== undefined) return { kind, name };
  return rabbitQueue(name) ?? parseAddress(name) ?? broker.addressOf(name);
}

/** The first capability that names a kind. */
export function kindOf(capabilities: readonly string[]): AddressKind | undefined {
  for (const capability of capabilities) {
    const kind = KIND_OF_CAPABILITY.get(capability);
    if (kind !== undefined) return kind;
  }
  return undefined;
}

/** `address::queue`. An address that is a topic has the queue as a subscription. */
function qualified(
  broker: Broker,
  text: string,
  separator: number,
  kind: AddressKind | undefined,
): Place {
  const name = text.slice(0, separator);
  const queue = text.slice(separator + 2);
  if (queue === '')
    throw refusal('amqp:invalid-field', `address '${text}' names no queue after ::`);
  if (name !== queue && name !== '') {
    const { kind: found } = kind === undefined ? broker.addressOf(name) : { kind };
    if (found === 'topic') return { address: { kind: 'topic', name }, subscription: queue };
  }
  return { address: { kind: 'queue', name: queue } };
}

function rabbitQueue(text: string): Address | undefined {
  if (!text.startsWith(QUEUES)) return undefined;
  try {
    return { kind: 'queue', name: decodeURIComponent(text.slice(QUEUES.length)) };
  } catch (cause) {
    if (!(cause instanceof URIError)) throw cause;
    throw refusal('amqp:invalid-field', `address '${text}' is not percent-encoded as it must be`);
  }
}

function refusal(condition: Condition, message: string): ProtocolError {
  return new ProtocolError('link', condition, message);
}
