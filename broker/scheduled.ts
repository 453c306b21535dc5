// A message that was sent with a delay, or that repeats: it waits at the clock, and comes when its
// time has come to the destinations that it was sent to, as far as they are still there.

import type { Broker } from './broker.ts';
import { Due } from './deadlines.ts';
import type { Destination } from './destination.ts';
import type { Message } from './message.ts';

export class Scheduled extends Due {
  readonly #broker: Broker;
  readonly #destinations: readonly Destination[];
  readonly #message: Message;
  #left: number;

  constructor(broker: Broker, destinations: readonly Destination[], message: Message) {
    super();
    this.#broker = broker;
    this.#destinations = destinations;
    this.#message = message;
    this.#left = message.repeat?.times ?? 0;
    for (const destination of destinations) destination.scheduled++;
  }

  due(nowMs: number): number {
    const message = this.#message;
    const broker = this.#broker;
    const last = this.#left === 0 || message.repeat === undefined;
    const living = this.#destinations.filter((destination) => destination.open);
    for (const destination of living) {
      destination.append(message);
      if (last) destination.scheduled--;
    }
    if (last || living.length === 0) {
      broker.letGo(message);
      return living.length + 1;
    }
    if (this.#left > 0) this.#left--;
    broker.deadlines.set(this, nowMs + message.repeat.periodMs);
    return living.length + 1;
  }
}
