// A message that was sent with a delay, or that repeats: it waits at the clock, and comes when its
// time has come to the destinations that it was sent to, as far as they are still there.

import type { Broker } from './broker.ts';
import { Due } from './deadlines.ts';
import type { Destination } from './destination.ts';
import type { Message } from './message.ts';

export class Scheduled extends Due {
  readonly #broker: Broker;
  readonly destinations: readonly Destination[];
  readonly message: Message;
  /** How often it comes again after the next time; -1: without end. */
  left: number;

  /** @param left - how often it comes again after the first time */
  constructor(
    broker: Broker,
    destinations: readonly Destination[],
    message: Message,
    left: number = message.repeat?.times ?? 0,
  ) {
    super();
    this.#broker = broker;
    this.destinations = destinations;
    this.message = message;
    this.left = left;
    for (const destination of destinations) destination.scheduled++;
  }

  due(nowMs: number): number {
    const living = this.destinations.filter((destination) => destination.open);
    const { repeat } = this.message;
    if (repeat === undefined) this.#last(living);
    else {
      const { store } = this.#broker;
      // What comes now and what is left are one: a crash in between would repeat one too many.
      store.atomic(() => {
        if (this.left === 0 || living.length === 0) this.#last(living);
        else this.#again(living, nowMs + repeat.periodMs);
      });
    }
    return living.length + 1;
  }

  #last(living: readonly Destination[]): void {
    for (const destination of living) destination.scheduled--;
    this.#broker.comeDue(living, this.message);
    if (this.message.repeat !== undefined) this.#broker.store.spent(this.message);
    this.#broker.letGo(this.message);
  }

  #again(living: readonly Destination[], nextMs: number): void {
    this.#broker.comeDue(living, this.message);
    if (this.left > 0) this.left--;
    this.#broker.store.repeated(this.message, this.left, nextMs);
    this.#broker.deadlines.set(this, nextMs);
  }
}
