// What a link on which we receive leaves behind: the outcomes of which the sender does not know yet.
// A sender that comes back is told, and need not send those messages again. [AMQP 2.6.13]

import { type DeliveryState, deliveryState } from './delivery-state.ts';
import type { Expiry, Remains } from './detached-links.ts';
import type { Value } from './types.ts';

export class ReceiverRemains implements Remains {
  readonly expiry: Expiry;
  /** By tag in hex. */
  readonly unsettled: Map<string, DeliveryState>;
  readonly size: number;

  constructor(expiry: Expiry, unsettled: Map<string, DeliveryState>) {
    this.expiry = expiry;
    this.unsettled = unsettled;
    this.size = unsettled.size;
  }

  /** The broker has the messages; nobody will ask for their outcomes. */
  end(): void {}
}

/** The map of an attach. [AMQP 2.7.3] */
export function unsettledValue(unsettled: ReadonlyMap<string, DeliveryState>): Value {
  const pairs = Array.from(unsettled, ([tag, state]): [Value, Value] => [
    { type: 'binary', value: Buffer.from(tag, 'hex') },
    deliveryState.write(state),
  ]);
  return { type: 'map', value: pairs };
}
