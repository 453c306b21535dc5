// A session of a broker in this process, and its transaction. The broker calls consumers in the
// dispatch phase of its turn and tells producers when the durable watermark has moved; here and in
// the files beside, those become the calls of the Provider seam.

import type { Broker, Connection, Transaction } from '#broker';
import {
  type ConfirmSink,
  type ConnectionEvents,
  type ConsumerRequest,
  type DeliverySink,
  type DestinationData,
  JMSException,
  type ProviderConsumer,
  type ProviderProducer,
  type ProviderSession,
} from '#jms-api';
import { exceptionOf } from './errors.ts';
import { LocalConsumer } from './local-consumer.ts';
import { LocalProducer } from './local-producer.ts';

export class LocalSession implements ProviderSession {
  readonly broker: Broker;
  readonly connection: Connection;
  readonly events: ConnectionEvents;
  readonly #transacted: boolean;
  /** What was done since the last commit; undefined: nothing. */
  #transaction: Transaction | undefined;
  /** Stops waiting for commits that are not durable: the broker is gone. */
  readonly #gone: Promise<never>;

  constructor(
    broker: Broker,
    connection: Connection,
    events: ConnectionEvents,
    transacted: boolean,
    gone: Promise<never>,
  ) {
    this.broker = broker;
    this.connection = connection;
    this.events = events;
    this.#transacted = transacted;
    this.#gone = gone;
  }

  /** The transaction that sends and acceptances belong to; undefined: there is none. */
  transaction(): Transaction | undefined {
    if (!this.#transacted) return undefined;
    this.#transaction ??= this.connection.begin();
    return this.#transaction;
  }

  async openProducer(
    destination: DestinationData | undefined,
    sink: ConfirmSink,
  ): Promise<ProviderProducer> {
    const producer = new LocalProducer(this, sink);
    try {
      if (destination !== undefined) producer.resolve(destination);
    } catch (error) {
      throw exceptionOf(error);
    }
    return producer;
  }

  async openConsumer(
    destination: DestinationData,
    sink: DeliverySink,
    request: ConsumerRequest,
  ): Promise<ProviderConsumer> {
    try {
      return new LocalConsumer(this, destination, sink, request);
    } catch (error) {
      throw exceptionOf(error);
    }
  }

  async synchronise(): Promise<void> {
    await this.#safe(this.broker.position);
  }

  async commit(): Promise<void> {
    const transaction = this.#transaction;
    if (transaction === undefined) return;
    this.#transaction = undefined;
    let position: number;
    try {
      position = transaction.commit();
    } catch (error) {
      throw exceptionOf(error);
    }
    await this.#safe(position);
  }

  async rollback(): Promise<void> {
    const transaction = this.#transaction;
    this.#transaction = undefined;
    transaction?.rollback();
  }

  async close(): Promise<void> {
    await this.rollback();
  }

  /** Resolves when what was decided up to a position is safe. */
  async #safe(position: number): Promise<void> {
    if (position <= this.broker.durable) return;
    const durable = new Promise<void>((resolve) => {
      const waiter = {
        durable: (upTo: number) => {
          if (upTo >= position) resolve();
          else this.broker.turn.awaitDurable(waiter);
        },
      };
      this.broker.turn.awaitDurable(waiter);
    });
    await Promise.race([durable, this.#gone]);
  }
}

/** What a commit says that was under way when the broker stopped. */
export function stoppedCommit(cause: Error): JMSException {
  return new JMSException('the broker stopped before the commit was confirmed', null, { cause });
}
