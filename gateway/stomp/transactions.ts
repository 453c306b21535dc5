// Transactions of one connection. [STOMP 1.2 BEGIN, COMMIT, ABORT]
//
// A SEND goes into the broker's transaction at once. An ACK or NACK waits here until COMMIT: then an
// ABORT makes its ids valid again and nothing is delivered twice, as in ActiveMQ. What waits of a
// subscription that ends goes into the broker's transaction before it does.

import type { Connection, Outcome, Transaction } from '#broker';
import { unexpected } from './errors.ts';

/** An acknowledgement that waits for COMMIT. */
export interface Deferral {
  readonly entry: number;
  readonly outcome: Outcome;
  /** 1.0 and 1.1: what the client calls it. */
  readonly messageId?: string | undefined;
}

/** Who was acknowledged to. */
export interface Deferrer {
  /** COMMIT: what waited is settled in the broker's transaction. */
  conclude(deferrals: readonly Deferral[], transaction: Transaction): void;
  /** ABORT: it may be acknowledged again. */
  restore(deferrals: readonly Deferral[]): void;
}

export class OpenTransaction {
  readonly core: Transaction;
  readonly #deferred: Map<Deferrer, Deferral[]> = new Map();

  constructor(core: Transaction) {
    this.core = core;
  }

  defer(deferrer: Deferrer, deferral: Deferral): void {
    const others = this.#deferred.get(deferrer);
    if (others === undefined) this.#deferred.set(deferrer, [deferral]);
    else others.push(deferral);
  }

  /** The subscription ends: what it was told counts when this commits. */
  conclude(deferrer: Deferrer): void {
    const deferrals = this.#deferred.get(deferrer);
    if (deferrals === undefined) return;
    this.#deferred.delete(deferrer);
    deferrer.conclude(deferrals, this.core);
  }

  commit(): number {
    for (const deferrer of [...this.#deferred.keys()]) this.conclude(deferrer);
    return this.core.commit();
  }

  abort(): void {
    this.core.rollback();
    for (const [deferrer, deferrals] of this.#deferred) deferrer.restore(deferrals);
    this.#deferred.clear();
  }
}

export class Transactions {
  readonly #connection: Connection;
  /** By what the client calls them. */
  readonly #open: Map<string, OpenTransaction> = new Map();

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** @throws {BrokerError} `limit-exceeded` for too many at once */
  begin(name: string): void {
    if (this.#open.has(name)) throw unexpected(`transaction '${name}' has begun already`);
    this.#open.set(name, new OpenTransaction(this.#connection.begin()));
  }

  /** Makes all of it count; returns the position at which it is safe. */
  commit(name: string): number {
    return this.#end(name).commit();
  }

  abort(name: string): void {
    this.#end(name).abort();
  }

  /** @throws {StompError} if it has not begun, or has ended */
  get(name: string): OpenTransaction {
    const transaction = this.#open.get(name);
    if (transaction === undefined) throw unexpected(`there is no transaction '${name}'`);
    return transaction;
  }

  /** A subscription is about to end. */
  conclude(deferrer: Deferrer): void {
    for (const transaction of this.#open.values()) transaction.conclude(deferrer);
  }

  #end(name: string): OpenTransaction {
    const transaction = this.get(name);
    this.#open.delete(name);
    return transaction;
  }
}
