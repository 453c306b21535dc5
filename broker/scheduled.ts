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

  /** @param left - how often it comes again after the first time; -1: without end */
  constructor(
    broker: Broker,
    destinations: readonly Destination[],
    message: Message,
    left: number = message.repeat?.times ?? 0,
  ) {
    super();
    this.#broker = broker;
    this.#destinations = destinations;
    this.#message = message;
    this.#left = left;
    for (const destination of destinations) destination.scheduled++;
  }

  due(nowMs: number): number {
    const message = this.#message;
    const broker = this.#broker;
    const { repeat } = message;
    const last = this.#left === 0 || repeat === undefined;
    const living = this.#destinations.filter((destination) => destination.open);
    if (last) for (const destination of living) destination.scheduled--;
    broker.comeDue(living, message, last);
    if (last || living.length === 0) {
      broker.letGo(message);
      return living.length + 1;
    }
    if (this.#left > 0) this.#left--;
    const nextMs = nowMs + repeat.periodMs;
    broker.store.repeated(message, this.#left, nextMs);
    broker.deadlines.set(this, nextMs);
    return living.length + 1;
  }
}
