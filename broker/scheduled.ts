// A message that was sent with a delay, or that repeats: it waits at the clock, and comes to its
// destination as if it were sent when its time has come.

import type { Address } from './address.ts';
import type { Broker } from './broker.ts';
import type { Due } from './deadlines.ts';
import type { Destination } from './destination.ts';
import type { Message } from './message.ts';

export class Scheduled implements Due {
  atMs = 0;
  heapIndex = -1;
  readonly #broker: Broker;
  readonly #address: Address;
  readonly #message: Message;
  readonly #home: Destination | undefined;
  #left: number;

  constructor(broker: Broker, address: Address, message: Message) {
    this.#broker = broker;
    this.#address = address;
    this.#message = message;
    this.#left = message.repeat?.times ?? 0;
    this.#home = broker.route(address).destinations[0];
    if (this.#home !== undefined) this.#home.scheduled++;
  }

  due(nowMs: number): void {
    const message = this.#message;
    const broker = this.#broker;
    for (const destination of broker.route(this.#address).destinations) destination.append(message);
    if (this.#left !== 0 && message.repeat !== undefined) {
      if (this.#left > 0) this.#left--;
      broker.deadlines.set(this, nowMs + message.repeat.periodMs);
      return;
    }
    if (this.#home !== undefined) this.#home.scheduled--;
    broker.letGo(message);
  }
}
