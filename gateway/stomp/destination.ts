// How STOMP spells a destination: `/queue/orders`, `/topic/prices.eu`. As in ActiveMQ; what other
// brokers add is refused by name. [STOMP 1.2 SEND]

import { type Address, type AddressKind, BrokerError, formatAddress } from '#broker';

const PREFIXES: readonly (readonly [string, AddressKind])[] = [
  ['/queue/', 'queue'],
  ['/topic/', 'topic'],
  ['/remote-temp-queue/', 'temporary-queue'],
  ['/remote-temp-topic/', 'temporary-topic'],
];

const FOREIGN = /^\/(temp-queue|temp-topic|exchange|amq\/queue|reply-queue)\//;

/** Reads a destination; `undefined` if it is none that we know. */
export function readDestination(text: string): Address | undefined {
  for (const [prefix, kind] of PREFIXES) {
    if (text.startsWith(prefix)) return { kind, name: text.slice(prefix.length) };
  }
  return undefined;
}

/**
 * Reads a destination that a client wants to use.
 *
 * @throws {BrokerError} `unsupported` for kinds that we do not have, `address-invalid` for the rest
 */
export function resolveDestination(text: string): Address {
  if (!text.includes(',')) return resolveOne(text);
  // A list sends to each of its parts; the broker knows them by its own spelling.
  const parts = text.split(',').map((part) => resolveOne(part.trim()));
  const [first] = parts;
  return { kind: first?.kind ?? 'queue', name: parts.map(formatAddress).join(',') };
}

function resolveOne(text: string): Address {
  const address = readDestination(text);
  if (address?.kind === 'queue' || address?.kind === 'topic') return address;
  if (address !== undefined || FOREIGN.test(text)) {
    throw new BrokerError('unsupported', `destinations like '${text}' are not supported`);
  }
  throw new BrokerError(
    'address-invalid',
    `expected a destination that begins with /queue/ or /topic/, got '${text}'`,
  );
}

/** Writes an address as a STOMP client knows it. */
export function formatDestination(address: Address): string {
  switch (address.kind) {
    case 'queue':
      return `/queue/${address.name}`;
    case 'topic':
      return `/topic/${address.name}`;
    case 'temporary-queue':
      return `/remote-temp-queue/${address.name}`;
    case 'temporary-topic':
      return `/remote-temp-topic/${address.name}`;
  }
}
