// A local transaction: sends that nobody sees and outcomes that do not count until it commits, all
// of them at once. [JMS 6.2.7]
//
//     open ── commit ──► committed      sends are appended, prepared entries get their outcome
//       └─── roll back ─► rolled back   sends are forgotten, prepared entries come back counted
//
// It is rolled back when its time is up, and when its connection goes.

import { Outcome } from './consumer.ts';
import { type Deadlines, Due } from './deadlines.ts';
import type { Destination } from './destination.ts';
import { BrokerError } from './errors.ts';
import type { Message } from './message.ts';
import type { Route } from './route.ts';
import type { Subscription } from './subscription.ts';

/** What a transaction needs of the broker. */
export interface Committer {
  /** Refuses if one of the sends cannot be, and changes nothing; else where they lead now. */
  admit(sends: readonly Send[]): readonly Send[];
  /** Makes all sends visible and concludes; returns the position at which all of it is safe. */
  commit(sends: readonly Send[], conclude: () => void): number;
  /** A message counts among what the broker holds, until it is let go. */
  hold(message: Message): void;
  letGo(message: Message): void;
}

export interface Send {
  readonly route: Route;
  readonly message: Message;
}

/** What sends bring together. */
export interface Load {
  readonly sums: ReadonlyMap<Destination, { messages: number; bytes: number }>;
  readonly persistentBytes: number;
}

/** Adds up what a transaction brings to each destination, and to the disk. */
export function loadOf(sends: readonly Send[]): Load {
  const sums = new Map<Destination, { messages: number; bytes: number }>();
  let persistentBytes = 0;
  for (const { route, message } of sends) {
    if (message.persistent) persistentBytes += message.byteLength;
    for (const destination of route.destinations) {
      const sum = sums.get(destination) ?? { messages: 0, bytes: 0 };
      sum.messages++;
      sum.bytes += message.byteLength;
      sums.set(destination, sum);
    }
  }
  return { sums, persistentBytes };
}

interface Settlement {
  readonly subscription: Subscription;
  readonly entry: number;
  readonly outcome: Outcome;
}

export class Transaction extends Due {
  readonly #committer: Committer;
  readonly #deadlines: Deadlines;
  readonly #ended: (transaction: Transaction) => void;
  #sends: Send[] = [];
  #settlements: Settlement[] = [];
  #open = true;
  #rolledBack = '';

  /** @internal */
  constructor(
    committer: Committer,
    deadlines: Deadlines,
    expiresAtMs: number,
    ended: (transaction: Transaction) => void,
  ) {
    super();
    this.#committer = committer;
    this.#deadlines = deadlines;
    this.#ended = ended;
    if (expiresAtMs > 0) deadlines.set(this, expiresAtMs);
  }

  get open(): boolean {
    return this.#open;
  }

  /**
   * Makes everything visible at once.
   *
   * @returns the position at which it is safe, as of {@link Producer.send}
   * @throws {BrokerError} `transaction-rolled-back` if it was, or if a send is refused: then it is
   * rolled back as a whole
   */
  commit(): number {
    this.check();
    let sends: readonly Send[];
    try {
      sends = this.#committer.admit(this.#sends);
    } catch (error) {
      this.rollback('a send was refused');
      throw new BrokerError(
        'transaction-rolled-back',
        `the transaction was rolled back: ${error instanceof Error ? error.message : error}`,
        { cause: error },
      );
    }
    this.#close();
    const position = this.#committer.commit(sends, () => {
      for (const { subscription, entry, outcome } of this.#settlements) {
        subscription.conclude(entry, outcome);
      }
    });
    this.#forget();
    return position;
  }

  /** Forgets the sends; what was settled comes back to its place, and the attempt counts. */
  rollback(reason = 'it was asked for'): void {
    if (!this.#open) return;
    this.#rolledBack = reason;
    this.#close();
    for (const { subscription, entry } of this.#settlements) {
      subscription.conclude(entry, Outcome.failed);
    }
    this.#forget();
  }

  /** Its time is up. */
  due(): number {
    const steps = 1 + this.#settlements.length;
    this.rollback('its time is up');
    return steps;
  }

  /** @internal */
  sent(route: Route, message: Message): void {
    this.check();
    message.keep();
    this.#committer.hold(message);
    this.#sends.push({ route, message });
  }

  /** @internal */
  settled(subscription: Subscription, entry: number, outcome: Outcome): void {
    this.#settlements.push({ subscription, entry, outcome });
  }

  /** @internal */
  check(): void {
    if (this.#open) return;
    const why = this.#rolledBack;
    throw why === ''
      ? new BrokerError('transaction-missing', 'the transaction has ended')
      : new BrokerError('transaction-rolled-back', `the transaction was rolled back: ${why}`);
  }

  #close(): void {
    this.#open = false;
    this.#deadlines.remove(this);
    this.#ended(this);
  }

  #forget(): void {
    for (const { message } of this.#sends) this.#committer.letGo(message);
    this.#sends = [];
    this.#settlements = [];
  }
}
