// The dispositions of a session: what became of deliveries, in ranges, written in the order in which
// it was said. rhea writes none of them, see `rhea.ts`. [AMQP 2.7.6, 3.4]

import { Outcome } from '#jms-api';
import { type Session, type Typed, types } from './rhea.ts';

const DISPOSITION = 0x15;
const ACCEPTED = 0x24;
const REJECTED = 0x25;
const RELEASED = 0x26;
const MODIFIED = 0x27;

function state(code: number, ...fields: Typed[]): Typed {
  const list = fields.length === 0 ? types.List0() : types.List32(fields);
  return types.described_nc(types.wrap_ulong(code), list);
}

/** By outcome; of what expired here the broker sees for itself that it has, and counts it. */
const STATES: Readonly<Record<Outcome, Typed>> = {
  [Outcome.accepted]: state(ACCEPTED),
  [Outcome.released]: state(RELEASED),
  [Outcome.rejected]: state(REJECTED),
  [Outcome.failed]: state(MODIFIED, types.True()),
  [Outcome.expired]: state(RELEASED),
  [Outcome.undeliverable]: state(MODIFIED, types.True(), types.True()),
};

interface Range {
  readonly first: number;
  last: number;
  readonly outcome: Outcome;
}

export class Settlements {
  readonly #session: Session;
  #ranges: Range[] = [];

  constructor(session: Session) {
    this.#session = session;
  }

  /** Written with the next frames of the connection. */
  add(delivery: number, outcome: Outcome): void {
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
    for (const { first, last, outcome } of ranges) {
      const fields = [types.True(), types.wrap_uint(first), types.wrap_uint(last), types.True()];
      const list = types.List32([...fields, STATES[outcome]]);
      this.#session.output(types.described_nc(types.wrap_ulong(DISPOSITION), list));
    }
  }
}
