// How STOMP spells a destination, and what the dialects of other brokers mean by theirs.
//
//     /queue/orders   /topic/prices.eu      ActiveMQ, and ours on MESSAGE
//     /temp-queue/x   /temp-topic/x         a name for this connection alone, see temporaries.ts
//     /remote-temp-queue/…                  a temporary destination as others know it
//     /queue/a,/topic/b                     both of them
//     /queue/q?consumer.prefetchSize=1      with options
//     orders, with destination-type         Artemis
//     /amq/queue/q, /exchange/amq.topic/k   RabbitMQ
//
// What means nothing here is refused by name. [STOMP 1.2 SEND]

import { type Address, type AddressKind, BrokerError, formatAddress, parseAddress } from '#broker';
import { unsupported } from './errors.ts';

const PREFIXES: readonly (readonly [string, AddressKind])[] = [
  ['/queue/', 'queue'],
  ['/topic/', 'topic'],
  ['/remote-temp-queue/', 'temporary-queue'],
  ['/remote-temp-topic/', 'temporary-topic'],
  ['/amq/queue/', 'queue'],
  ['/exchange/amq.topic/', 'topic'],
];

const TEMPORARY: RegExp = /^\/temp-(queue|topic)\/(.+)$/s;
const FOREIGN: RegExp = /^\/(exchange|reply-queue)\//;

/** What a client's spelling means. */
export interface Resolved {
  readonly address: Address;
  /** `consumer.prefetchSize` and the like. */
  readonly options: ReadonlyMap<string, string>;
}

/** Finds or makes the temporary destination of a private name. */
export type TemporaryMaker = (kind: 'temporary-queue' | 'temporary-topic', name: string) => Address;

/** Reads a destination of a message at rest; `undefined` if it is none that we know. */
export function readDestination(text: string): Address | undefined {
  if (!text.includes(',')) return readOne(text);
  const parts = text.split(',').map((part) => readOne(part.trim()));
  return joined(parts.filter((part) => part !== undefined));
}

/**
 * Reads a destination that a client wants to use.
 *
 * @param type - ANYCAST or MULTICAST, for a name without a prefix
 * @throws {BrokerError} `address-invalid`
 * @throws {StompError} for kinds of destinations that we do not have
 */
export function resolveDestination(
  text: string,
  makeTemporary: TemporaryMaker,
  type?: string,
): Resolved {
  const mark = text.indexOf('?');
  const name = mark < 0 ? text : text.slice(0, mark);
  const options = mark < 0 ? NONE : readOptions(text.slice(mark + 1));
  if (!name.includes(',')) return { address: resolveOne(name, makeTemporary, type), options };
  // The broker knows the parts by its own spelling.
  const parts = name.split(',').map((part) => resolveOne(part.trim(), makeTemporary, type));
  return { address: joined(parts) ?? { kind: 'queue', name: '' }, options };
}

/** Writes an address as a STOMP client knows it. */
export function formatDestination(address: Address): string {
  const { kind, name } = address;
  if (name.includes(',')) {
    const parts = name.split(',').map((part) => parseAddress(part) ?? { kind, name: part });
    return parts.map(formatDestination).join(',');
  }
  switch (kind) {
    case 'queue':
      return `/queue/${name}`;
    case 'topic':
      return `/topic/${name}`;
    case 'temporary-queue':
      return `/remote-temp-queue/${name}`;
    case 'temporary-topic':
      return `/remote-temp-topic/${name}`;
  }
}

const NONE: ReadonlyMap<string, string> = new Map();

function readOne(text: string): Address | undefined {
  for (const [prefix, kind] of PREFIXES) {
    if (text.startsWith(prefix)) return { kind, name: text.slice(prefix.length) };
  }
  return parseAddress(text);
}

function joined(parts: readonly Address[]): Address | undefined {
  const [first] = parts;
  return first && { kind: first.kind, name: parts.map(formatAddress).join(',') };
}

function resolveOne(text: string, makeTemporary: TemporaryMaker, type?: string): Address {
  const [, kind, name] = TEMPORARY.exec(text) ?? [];
  if (kind !== undefined && name !== undefined) {
    return makeTemporary(kind === 'queue' ? 'temporary-queue' : 'temporary-topic', name);
  }
  const typed = kindOfType(type);
  const address = readOne(text);
  if (address !== undefined) {
    if (typed !== undefined && !address.kind.endsWith(typed)) {
      throw new BrokerError('address-invalid', `'${text}' is no ${typed}, as '${type}' says`);
    }
    return address;
  }
  if (FOREIGN.test(text)) throw unsupported(`a destination like '${text}'`);
  if (typed !== undefined && !text.startsWith('/')) return { kind: typed, name: text };
  throw new BrokerError(
    'address-invalid',
    `expected a destination that begins with /queue/, /topic/, /temp-queue/ or /temp-topic/, ` +
      `or a name with destination-type, got '${text}'`,
  );
}

function kindOfType(type: string | undefined): 'queue' | 'topic' | undefined {
  if (type === undefined) return undefined;
  if (type === 'ANYCAST') return 'queue';
  if (type === 'MULTICAST') return 'topic';
  throw new BrokerError('address-invalid', `expected ANYCAST or MULTICAST, got '${type}'`);
}

/** As a URL has them: `a=1&b=x%20y`. */
function readOptions(text: string): ReadonlyMap<string, string> {
  const options = new Map<string, string>();
  for (const pair of text.split('&')) {
    if (pair === '') continue;
    const [name = '', ...value] = pair.split('=');
    if (!name.startsWith('consumer.')) throw unsupported(`destination option '${name}'`);
    options.set(name, decoded(value.join('=')));
  }
  return options;
}

function decoded(text: string): string {
  const spaced = text.replaceAll('+', ' ');
  try {
    return decodeURIComponent(spaced);
  } catch {
    throw new BrokerError('address-invalid', `'${text}' is not encoded as in a URL`);
  }
}
