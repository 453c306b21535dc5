// The transactions of a session: one after the other, each with an id that the broker's coordinator
// gives. A discharge and the next declare go together, so that a commit costs one round trip.
// [AMQP 4.2-4.4] [JMS 6.2.7]
//
//     declared ── sends and acceptances with its id ──► discharge ──► declared (the next one)
//
// Invariant: nothing of a session is sent or accepted while its transaction ends.

import { JMSException, TransactionRolledBackException } from '#jms-api';
import {
  type Answer,
  declareMessage,
  dischargeMessage,
  transactionStates,
} from './delivery-state.ts';
import { exceptionOf } from './errors.ts';
import type { Outbox } from './outbox.ts';
import { Parties } from './parties.ts';
import type { SenderLink, SendOwner } from './sender-link.ts';
import type { Settlements } from './settlements.ts';

interface Waiting {
  resolve(answer: Answer): void;
  reject(error: Error): void;
}

export class Transaction implements SendOwner {
  readonly #outbox: Outbox;
  readonly #settlements: Settlements;
  #link: SenderLink | undefined;
  #id: Buffer | undefined;
  /** Why there is none: the broker gave none, or ended the coordinator. */
  #broken: Error | undefined;
  #number = 0;
  readonly #parties: Parties = new Parties();
  readonly #waiting: Map<number, Waiting> = new Map();

  constructor(outbox: Outbox, settlements: Settlements) {
    this.#outbox = outbox;
    this.#settlements = settlements;
  }

  /** @throws {JMSException} if the broker gives no transaction */
  async begin(link: SenderLink): Promise<void> {
    this.#link = link;
    await link.attach();
    this.#took(await this.#say(declareMessage()));
    if (this.#broken !== undefined) throw this.#broken;
  }

  /**
   * Ends the transaction, and begins the next one.
   *
   * @throws {TransactionRolledBackException} if the broker rolled back instead of committing
   */
  async end(fail: boolean): Promise<void> {
    const id = this.#id;
    if (id === undefined) {
      if (fail) return;
      throw rolledBack('the broker has ended the transaction', this.#broken);
    }
    this.#id = undefined;
    this.#outbox.transacted = false;
    const discharged = this.#say(dischargeMessage(id, fail));
    const declared = this.#say(declareMessage());
    // Whichever fails first, the other is not left without somebody who hears of it.
    const [end, next] = await Promise.allSettled([discharged, declared]);
    this.#parties.over();
    if (next.status === 'fulfilled') this.#took(next.value);
    else this.#broken = next.reason;
    if (end.status === 'rejected') throw inDoubt(fail, end.reason);
    if (end.value.kind === 'accepted' || fail) return;
    const why = exceptionOf(end.value.error, `the broker answered the commit: ${end.value.kind}`);
    throw end.value.kind === 'rejected' ? rolledBack(why.message, why) : inDoubt(fail, why);
  }

  /** Deliveries are accepted in it. */
  get kept(): boolean {
    return this.#parties.some;
  }

  /** A delivery of this link is accepted in it, by its settlement: false. */
  takes(party: object): boolean {
    this.#parties.add(party);
    return false;
  }

  /** Resolves when the transaction ends that has deliveries of a link; undefined: none has. */
  endFor(party: object): Promise<void> | undefined {
    return this.#parties.endFor(party);
  }

  answered(number: number, answer: Answer): void {
    const waiting = this.#waiting.get(number);
    this.#waiting.delete(number);
    waiting?.resolve(answer);
  }

  /** Without its coordinator the transaction is rolled back. [AMQP 4.2] */
  lost(_link: SenderLink, error: Error): void {
    this.#broken = error;
    this.#id = undefined;
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { reject } of waiting) reject(error);
  }

  #say(payload: Buffer): Promise<Answer> {
    const link = this.#link;
    if (link === undefined || this.#broken !== undefined) {
      return Promise.reject(this.#broken ?? new JMSException('there is no coordinator'));
    }
    const number = ++this.#number;
    return new Promise((resolve, reject) => {
      this.#waiting.set(number, { resolve, reject });
      this.#outbox.add(link, undefined, payload, number, false);
    });
  }

  #took({ kind, transaction, error }: Answer): void {
    if (kind !== 'declared' || transaction === undefined) {
      this.#broken = exceptionOf(error, `the broker began no transaction: ${kind}`);
      return;
    }
    this.#id = transaction;
    const { sent, accepted } = transactionStates(transaction);
    this.#outbox.state = sent;
    this.#settlements.accepted = accepted;
  }
}

function rolledBack(why: string, cause: Error | undefined): TransactionRolledBackException {
  return new TransactionRolledBackException(
    `the transaction was rolled back: ${why}`,
    'amqp:transaction:rollback',
    { cause },
  );
}

/** The coordinator went while the transaction ended, or said nothing. */
function inDoubt(fail: boolean, cause: Error): JMSException {
  const text = fail
    ? `the roll-back was not confirmed: ${cause.message}`
    : `whether the transaction was committed is not known: ${cause.message}`;
  return new JMSException(text, null, { cause });
}
