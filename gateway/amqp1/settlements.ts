// What one session has to settle for receivers in mode second: they said what became of deliveries, and
// forget them when we say that these are settled. We say so when the outcome is safe: else a crash in
// between would deliver again what the receiver no longer knows. [AMQP 2.6.12, 2.8.3]
//
//     the receiver says ──► has a position ── durable ──► settled, said, forgotten
//
// Positions only grow, so the first is always the next to be safe. An outcome in a transaction is said
// in the turn of its commit, so that the position is that of the commit.

import type { Broker, DurableWaiter } from '#broker';
import type { Output } from '../output.ts';
import type { DeliveryState } from './delivery-state.ts';
import { encodeDisposition } from './disposition.ts';

interface Settlement {
  readonly first: number;
  readonly last: number;
  readonly outcome: DeliveryState;
  /** Where it is safe; of a transaction unknown until the turn ends. */
  position: number;
}

const UNKNOWN: number = Number.POSITIVE_INFINITY;

export class Settlements implements DurableWaiter {
  readonly #broker: Broker;
  readonly #output: Output;
  readonly #channel: number;
  #waiting: Settlement[] = [];
  #turnEnds = false;
  #registered = false;

  constructor(broker: Broker, output: Output, channel: number) {
    this.#broker = broker;
    this.#output = output;
    this.#channel = channel;
  }

  /**
   * Settles the ids `first…last` with an outcome that the broker has just been told.
   *
   * @param decided - false: it belongs to a transaction that commits in this turn
   */
  settle(first: number, last: number, outcome: DeliveryState, decided: boolean): void {
    const position = decided ? this.#broker.position : UNKNOWN;
    this.#waiting.push({ first, last, outcome, position });
    if (decided) this.#say(this.#broker.durable);
    else this.#placeLater();
  }

  durable(position: number): void {
    this.#registered = false;
    this.#say(position);
  }

  /** Says nothing any more: the session has ended. */
  close(): void {
    this.#waiting = [];
  }

  #placeLater(): void {
    if (this.#turnEnds) return;
    this.#turnEnds = true;
    this.#broker.turn.afterDispatch(() => this.#place());
  }

  #place(): void {
    this.#turnEnds = false;
    const { position } = this.#broker;
    for (const settlement of this.#waiting) {
      settlement.position = Math.min(settlement.position, position);
    }
    this.#say(this.#broker.durable);
  }

  #say(durable: number): void {
    const unsafe = this.#waiting.findIndex(({ position }) => position > durable);
    const safe = this.#waiting.splice(0, unsafe < 0 ? this.#waiting.length : unsafe);
    for (const { first, last, outcome } of safe) {
      this.#output.write(encodeDisposition(this.#channel, 'sender', first, last, true, outcome));
    }
    if (this.#waiting.length === 0 || this.#registered) return;
    this.#registered = true;
    this.#broker.turn.awaitDurable(this);
  }
}
