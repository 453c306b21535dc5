// The dispositions of a session: what became of deliveries, in ranges, written in the order in which
// it was said. rhea writes none of them: of two outcomes in one tick it writes the first for both.
// [AMQP 2.7.6, 3.4]

import { Outcome } from '#jms-api';
import type { States } from './delivery-state.ts';
import type { Frames } from './frames.ts';
import type { Session } from './rhea.ts';

interface Range {
  readonly first: number;
  last: number;
  readonly outcome: Outcome;
}

export class Settlements {
  readonly #session: Session;
  readonly #frames: Frames;
  readonly #states: States;
  /** The state of what is accepted in a transaction. */
  accepted: Buffer | undefined;
  #ranges: Range[] = [];
  /** What is given back waits for the end of a transaction; undefined: it does not. */
  #held: { delivery: number; outcome: Outcome }[] | undefined;

  /** @param states - how the peer is told of each outcome */
  constructor(session: Session, frames: Frames, states: States) {
    this.#session = session;
    this.#frames = frames;
    this.#states = states;
    this.accepted = states[Outcome.accepted];
  }

  /** From now on, what is given back waits until {@link letGo}. */
  hold(): void {
    this.#held = [];
  }

  /** Writes what was held. */
  letGo(): void {
    if (this.#held === undefined || this.#held.length === 0) return;
    const held = this.#held;
    this.#held = undefined;
    for (const { delivery, outcome } of held) this.add(delivery, outcome);
    this.#held = [];
  }

  /** Written with the next frames of the connection, or when what is held is let go. */
  add(delivery: number, outcome: Outcome): void {
    if (this.#held !== undefined && outcome !== Outcome.accepted) {
      this.#held.push({ delivery, outcome });
    } else this.addNow(delivery, outcome);
  }

  /** Written with the next frames of the connection. */
  addNow(delivery: number, outcome: Outcome): void {
    const range = this.#ranges.at(-1);
    if (range !== undefined && range.outcome === outcome && range.last + 1 === delivery) {
      range.last = delivery;
      return;
    }
    this.#ranges.push({ first: delivery, last: delivery, outcome });
    this.#session.connection._register();
  }

  write(): void {
    if (this.#ranges.length === 0) return;
    const ranges = this.#ranges;
    this.#ranges = [];
    const { channel } = this.#session.local;
    for (const { first, last, outcome } of ranges) {
      const state = outcome === Outcome.accepted ? this.accepted : this.#states[outcome];
      if (state === undefined) continue;
      this.#frames.disposition(channel, true, first, last, state);
    }
    this.#frames.flush();
  }
}
