// Where a send goes: the destination itself, the logs of wildcard subscriptions that match it, and
// the queues of virtual topics. Found once per producer, and again when the map of the broker has
// changed since.

import type { Address } from './address.ts';
import type { Destination } from './destination.ts';

export interface Route {
  readonly address: Address;
  /** The broker's generation in which it was found. */
  readonly generation: number;
  readonly destinations: readonly Destination[];
}
