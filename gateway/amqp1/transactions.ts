// The transactions of one connection by the ids that we gave them. What is done in one belongs to
// the broker's transaction, which begins with the first work: a session that only waits for messages
// in a transaction may do so for ever. [AMQP 4]
//
//     declared ── work ──► working ── discharge ──► committed | rolled back, and forgotten
//                            └── time is up, or a settled send was refused ──► doomed
//                                 all further work is refused, and the discharge tells why
//
// Invariant: an id is known until it is discharged or its coordinator's link is gone.

import {
  BrokerError,
  type Connection,
  type Message,
  type Producer,
  type Transaction,
} from '#broker';
import { ACCEPTED, type DeliveryState } from './delivery-state.ts';
import { amqpLimits } from './limits.ts';

/** What a receiver said of deliveries in a transaction without settling them. [AMQP 4.4.2] */
interface Retirement {
  /** Settles them for good, now that the transaction is about to commit. */
  retire(): void;
}

/** One transaction as its controller sees it. */
export class Work {
  readonly id: Buffer;
  /** Whose transaction it is: rolled back when that link goes. */
  readonly coordinator: object;
  /** What a transfer in this transaction is answered with. */
  readonly accepted: DeliveryState;
  readonly #transactions: Transactions;
  #transaction: Transaction | undefined;
  #retirements: Retirement[] = [];
  #bytes = 0;
  #doom = '';

  /** @internal */
  constructor(transactions: Transactions, id: Buffer, coordinator: object) {
    this.#transactions = transactions;
    this.id = id;
    this.coordinator = coordinator;
    this.accepted = { kind: 'transactional-state', txnId: id, outcome: ACCEPTED };
  }

  /** It cannot commit any more. */
  get doomed(): boolean {
    return this.#doom !== '' || this.timedOut;
  }

  /** Nothing but the clock ends the broker's transaction behind our back. */
  get timedOut(): boolean {
    return this.#doom === '' && this.#transaction?.open === false;
  }

  /** The broker's transaction; begins with the first call. */
  get transaction(): Transaction {
    this.#transaction ??= this.#transactions.begin();
    return this.#transaction;
  }

  /**
   * Sends a message that nobody sees before the commit.
   *
   * @throws {BrokerError} as `Producer.send`; `limit-exceeded` if it holds too much already
   */
  send(producer: Producer, message: Message): void {
    this.#check();
    const size = message.byteLength;
    this.#transactions.hold(size);
    try {
      producer.send(message, this.transaction);
    } catch (error) {
      this.#transactions.hold(-size);
      throw error;
    }
    this.#bytes += size;
  }

  /** Something of it failed and nobody could be told: the discharge will be. [AMQP 4.3] */
  doom(reason: string): void {
    if (this.#doom === '') this.#doom = reason;
    this.#transaction?.rollback(reason);
  }

  /** Deliveries that are settled if and when it commits; until then they stay as they are. */
  retireLater(retirement: Retirement): void {
    this.#retirements.push(retirement);
  }

  /**
   * Ends it.
   *
   * @returns the position at which the outcome is safe
   * @throws {BrokerError} `transaction-rolled-back`
   */
  discharge(fail: boolean): number {
    try {
      if (!fail) this.#check();
      if (!fail) for (const retirement of this.#retirements) retirement.retire();
    } finally {
      // Retiring needs the id to be known; whatever comes after does not.
      this.#transactions.forget(this, this.#bytes);
    }
    if (fail) this.#transaction?.rollback();
    return fail ? 0 : (this.#transaction?.commit() ?? 0);
  }

  #check(): void {
    if (this.#doom === '') return;
    throw new BrokerError('transaction-rolled-back', `the transaction failed: ${this.#doom}`);
  }
}

export class Transactions {
  readonly #connection: Connection;
  readonly #works: Map<string, Work> = new Map();
  /** Hot: nearly all work of a moment is in one transaction. */
  #last: Work | undefined;
  #next = 0;
  #bytes = 0;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** @throws {BrokerError} `limit-exceeded` */
  declare(coordinator: object): Work {
    const most = amqpLimits.transactionsMax;
    if (this.#works.size >= most) {
      throw new BrokerError('limit-exceeded', `a connection has at most ${most} transactions`);
    }
    const id = Buffer.alloc(8);
    id.writeUInt32BE(++this.#next, 4);
    const work = new Work(this, id, coordinator);
    this.#works.set(keyOf(id), work);
    return work;
  }

  find(id: Buffer): Work | undefined {
    if (this.#last?.id.equals(id) !== true) this.#last = this.#works.get(keyOf(id));
    return this.#last;
  }

  /** A coordinator's link is gone: what it did not discharge is rolled back. [AMQP 4.2] */
  abandon(coordinator: object): void {
    for (const work of [...this.#works.values()]) {
      if (work.coordinator === coordinator) work.discharge(true);
    }
  }

  /** @internal */
  begin(): Transaction {
    return this.#connection.begin(amqpLimits.transactionMs);
  }

  /** @internal */
  hold(bytes: number): void {
    if (bytes > 0 && this.#bytes + bytes > amqpLimits.transactionBytesMax) {
      throw new BrokerError(
        'limit-exceeded',
        `open transactions of more than ${amqpLimits.transactionBytesMax} bytes`,
      );
    }
    this.#bytes += bytes;
  }

  /** @internal */
  forget(work: Work, bytes: number): void {
    this.#works.delete(keyOf(work.id));
    if (this.#last === work) this.#last = undefined;
    this.#bytes -= bytes;
  }
}

function keyOf(id: Buffer): string {
  return id.toString('latin1');
}
