// What the scenarios of a test say: each act is done to broker and model, the turn ends, and the
// disk answers all it has to.

import { type Address, Outcome, type SubscriptionName } from '#broker';
import type { CrashRig } from './crash-rig.ts';
import { outWith } from './fairness.ts';
import type { ClientPair, ConsumerPair, TransactionPair } from './rig.ts';
import type { ConsumeOptions, Entry } from './state.ts';
import { type Letter, plainLetter } from './words.ts';

const ordinary: ConsumeOptions = {
  ...{ presettled: false, noLocal: false, exclusive: false, browse: false, retroactive: false },
  ...{ selector: undefined, subscription: undefined, priority: 0 },
};

export class Script {
  readonly rig: CrashRig;
  #client: ClientPair | undefined;
  /** There was no room for a message: what is done with it is not done. */
  #refused = false;

  constructor(rig: CrashRig) {
    this.rig = rig;
  }

  /** Ends the turn, and lets the disk answer. */
  turn(): void {
    this.rig.done();
    this.rig.settle();
    this.rig.answer(Number.POSITIVE_INFINITY);
  }

  send(to: Address, header: Partial<Letter> = {}, pad = '', into?: TransactionPair): void {
    const text = `n=1 #${++this.rig.sent}${pad}`;
    const letter = { ...plainLetter(text, to), ...header };
    if (!this.rig.room(text.length)) {
      this.#refused = true;
      return;
    }
    this.rig.send(this.client(), letter, into);
    this.turn();
  }

  consume(from: Address, credit: number, subscription?: SubscriptionName): ConsumerPair {
    const pair = this.rig.consume(this.client(), from, { ...ordinary, subscription });
    if (pair === undefined) throw new Error('a scenario consumes what it may not');
    this.rig.setCredit(pair, credit);
    this.turn();
    return pair;
  }

  out(pair: ConsumerPair): Entry[] {
    return pair.model.members.flatMap(outWith);
  }

  /** Settles the oldest delivery that is out. */
  settle(pair: ConsumerPair, outcome: Outcome = Outcome.accepted, into?: TransactionPair): void {
    const [entry] = this.out(pair);
    if (entry === undefined && this.#refused) return;
    if (entry === undefined) throw new Error('a scenario settles what it does not have');
    this.rig.both(
      () => pair.real.settle(entry.token, outcome, into?.real),
      () => this.rig.model.settle(entry, outcome, into?.model),
    );
    this.turn();
  }

  leave(pair: ConsumerPair): void {
    this.rig.both(
      () => this.client().real.closeConsumer(pair.real),
      () => this.rig.model.close(pair.model),
    );
    this.turn();
  }

  begin(): TransactionPair {
    const client = this.client();
    const made = this.rig.both(
      () => client.real.begin(),
      () => this.rig.model.begin(client.model, 0),
    );
    if (made === undefined) throw new Error('a scenario may not begin a transaction');
    return made;
  }

  commit(pair: TransactionPair): void {
    this.rig.whole = true;
    this.rig.both(
      () => pair.real.commit(),
      () => this.rig.model.commit(pair.model),
    );
    this.turn();
  }

  advance(ms: number): void {
    for (let each = 0; each < ms; each++) {
      this.rig.advance(1);
      this.rig.answer(Number.POSITIVE_INFINITY);
    }
  }

  client(): ClientPair {
    if (this.#client === undefined || !this.rig.clients.includes(this.#client)) {
      this.#client = this.rig.connect('c');
    }
    if (this.#client === undefined) throw new Error('a scenario cannot connect');
    return this.#client;
  }
}
