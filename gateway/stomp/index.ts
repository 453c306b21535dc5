// The STOMP gateway, versions 1.0, 1.1 and 1.2. Read in this order: frame, parser, engine, session,
// sender, subscription, delivery, message.

import type { Broker } from '#broker';
import type { Users } from '../auth.ts';
import type { EngineFactory } from '../engine.ts';
import { Encodings } from './encodings.ts';
import { StompEngine, type StompOptions } from './engine.ts';

export type { StompOptions } from './engine.ts';
export { type StompLimits, stompLimits } from './limits.ts';
export { escapedStompFormat, stompFormat } from './message.ts';

/** Makes the engines of a STOMP door. */
export function stompEngine(broker: Broker, users: Users, options: StompOptions): EngineFactory {
  const door = { broker, users, options, encodings: new Encodings(broker.turn) };
  return (wire) => new StompEngine(wire, door);
}
