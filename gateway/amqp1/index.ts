// The AMQP 1.0 gateway, as the server composes it.

import type { Broker } from '#broker';
import type { Users } from '../auth.ts';
import type { EngineFactory } from '../engine.ts';
import { AmqpEngine } from './engine.ts';
import { LinkStore } from './link-store.ts';

export { type AmqpLimits, amqpLimits } from './limits.ts';
export { amqp1 as amqp1Format } from './message.ts';

/** What peers are told of this broker in our open. */
export interface AmqpOptions {
  readonly product: string;
  readonly version: string;
}

/** Makes the engines of AMQP 1.0 connections. */
export function amqp1Engine(broker: Broker, users: Users, options: AmqpOptions): EngineFactory {
  const identity = {
    containerId: `${options.product}-${broker.nodeId}`,
    product: options.product,
    version: options.version,
  };
  const store = new LinkStore(broker);
  return (wire) => new AmqpEngine(broker, store, users, identity, wire);
}
