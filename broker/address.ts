// The name of a destination, the same in every protocol. Gateways translate their own spelling
// (`/queue/orders`, capability `topic`) to and from it; the core compares `key` and nothing else.

import { BrokerError } from './errors.ts';
import { type Limits, limits } from './limits.ts';

/** `temporary-*` destinations live as long as the connection that made them. */
export type AddressKind = 'queue' | 'topic' | 'temporary-queue' | 'temporary-topic';

export interface Address {
  readonly kind: AddressKind;
  readonly name: string;
}

const PREFIXES: readonly (readonly [string, AddressKind])[] = [
  ['queue://', 'queue'],
  ['topic://', 'topic'],
  ['temp-queue://', 'temporary-queue'],
  ['temp-topic://', 'temporary-topic'],
];

/** Reads `queue://orders`; a text without a prefix is `undefined`, for its kind is not known. */
export function parseAddress(text: string): Address | undefined {
  for (const [prefix, kind] of PREFIXES) {
    if (text.startsWith(prefix)) return { kind, name: text.slice(prefix.length) };
  }
  return undefined;
}

/** Writes an address as `queue://orders`, its one spelling; it serves as a key as well. */
export function formatAddress(address: Address): string {
  switch (address.kind) {
    case 'queue':
      return `queue://${address.name}`;
    case 'topic':
      return `topic://${address.name}`;
    case 'temporary-queue':
      return `temp-queue://${address.name}`;
    case 'temporary-topic':
      return `temp-topic://${address.name}`;
  }
}

export function isTopic(address: Address): boolean {
  return address.kind === 'topic' || address.kind === 'temporary-topic';
}

export function isTemporary(address: Address): boolean {
  return address.kind === 'temporary-queue' || address.kind === 'temporary-topic';
}

/**
 * Checks that a name can be a destination.
 *
 * @throws {BrokerError} `address-invalid` for an empty name, control characters or more than
 * {@link Limits.addressLengthMax} characters.
 */
export function checkAddress(address: Address, bounds: Limits = limits): void {
  const { name } = address;
  if (name.length === 0) throw new BrokerError('address-invalid', 'the destination has no name');
  if (name.length > bounds.addressLengthMax) {
    throw new BrokerError(
      'address-invalid',
      `destination name of ${name.length} characters exceeds ${bounds.addressLengthMax}`,
    );
  }
  for (let at = 0; at < name.length; at++) {
    const code = name.charCodeAt(at);
    if (code < 0x20 || code === 0x7f) {
      throw new BrokerError(
        'address-invalid',
        `destination name has control character 0x${code.toString(16).padStart(2, '0')} at ${at}`,
      );
    }
  }
}

/** The parts of a composite name, `a,topic://b`; a part without a prefix is of the same kind. */
export function partsOf(address: Address): Address[] {
  if (!address.name.includes(',')) return [address];
  return address.name
    .split(',')
    .map((part) => part.trim())
    .map((part) => parseAddress(part) ?? { kind: address.kind, name: part });
}
