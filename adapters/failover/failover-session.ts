// A session over many connections: its producers and consumers, the order of its sends, and what is
// left of a transaction when its way is lost.
//
//     nothing in it ──► goes on in the next way
//     something     ──► doomed: what is sent is swallowed, until the application rolls back, which the
//                       API does when it is told to commit: TransactionRolledBackException
//     commit asked, and no answer ──► nobody knows; the commit rejects and says so

import {
  type ConfirmSink,
  type ConsumerRequest,
  type DeliverySink,
  type DestinationData,
  JMSException,
  type ProducerRequest,
  type ProviderConsumer,
  type ProviderProducer,
  type ProviderSession,
} from '#jms-api';
import type { FailoverConnection } from './failover-connection.ts';
import { FailoverConsumer } from './failover-consumer.ts';
import { FailoverProducer, type Unconfirmed } from './failover-producer.ts';
import { LostWay, unlessLost, type Way } from './way.ts';

export class FailoverSession implements ProviderSession {
  readonly connection: FailoverConnection;
  readonly transacted: boolean;
  readonly #producers: Set<FailoverProducer> = new Set();
  readonly #consumers: Set<FailoverConsumer> = new Set();
  #inner: ProviderSession | undefined;
  #sends = 0;
  /** Something is in the transaction. */
  #working = false;
  /** The way was lost while something was. */
  #doomed = false;
  /** What was accepted in the transaction. */
  #accepted: (() => void)[] = [];

  constructor(connection: FailoverConnection, transacted: boolean) {
    this.connection = connection;
    this.transacted = transacted;
  }

  /** Sends go nowhere: they belong to a transaction that cannot be committed. */
  get doomed(): boolean {
    return this.#doomed;
  }

  /** The session of the way that works now. */
  inner(way: Way): ProviderSession {
    if (this.#inner === undefined || way.lost) throw new LostWay('the session is interrupted');
    return this.#inner;
  }

  async open(way: Way): Promise<void> {
    this.#inner = await way.until(way.connection.openSession(this.transacted));
  }

  /** Makes it anew, with all that it has. */
  async restore(way: Way): Promise<void> {
    await this.open(way);
    const parts = [...this.#producers, ...this.#consumers];
    await Promise.all(parts.map((part) => part.restore(way)));
  }

  interrupted(): void {
    this.#inner = undefined;
    for (const consumer of this.#consumers) consumer.interrupted();
    if (this.#working) {
      this.#doomed = true;
      for (const producer of this.#producers) producer.swallow();
    }
    for (const producer of this.#producers) producer.interrupted();
    for (const mark of this.#accepted) mark();
    this.#accepted = [];
  }

  /** Sends again what was not confirmed, in the order in which it was sent first. [JMS 6.2.9] */
  resumed(): void {
    const all: [FailoverProducer, Unconfirmed][] = [];
    for (const producer of this.#producers) {
      for (const send of producer.takeUnconfirmed()) all.push([producer, send]);
    }
    all.sort(([, a], [, b]) => a.order - b.order);
    for (const [producer, send] of all) producer.sendAgain(send);
  }

  /** The place of a send among those of the session. */
  sending(): number {
    if (this.transacted) this.#working = true;
    return ++this.#sends;
  }

  /** @param mark - called if the acceptance does not come to be */
  accepted(mark: () => void): void {
    this.#working = true;
    this.#accepted.push(mark);
  }

  async openProducer(
    destination: DestinationData | undefined,
    sink: ConfirmSink,
    request: ProducerRequest = {},
  ): Promise<ProviderProducer> {
    const producer = new FailoverProducer(this, destination, sink, request);
    await this.connection.ask(async (way) => {
      await producer.open(way);
      if (way === this.connection.way) this.#producers.add(producer);
    });
    return producer;
  }

  async openConsumer(
    destination: DestinationData,
    sink: DeliverySink,
    request: ConsumerRequest,
  ): Promise<ProviderConsumer> {
    const consumer = new FailoverConsumer(this, destination, sink, request);
    await this.connection.ask(async (way) => {
      await consumer.open(way);
      if (way === this.connection.way) this.#consumers.add(consumer);
    });
    return consumer;
  }

  forgetProducer(producer: FailoverProducer): void {
    this.#producers.delete(producer);
  }

  forgetConsumer(consumer: FailoverConsumer): void {
    this.#consumers.delete(consumer);
  }

  async synchronise(): Promise<void> {
    const { way } = this.connection;
    // Whatever was settled was settled on a way that is lost: it comes again.
    if (way === undefined) return;
    try {
      await way.until(this.inner(way).synchronise());
    } catch (error) {
      throw inDoubt(error, 'the acknowledgement was recorded: what it was for may come again');
    }
  }

  async commit(): Promise<void> {
    try {
      if (!this.#working && this.connection.way === undefined) return;
      let way = this.connection.way;
      // What is in it was sent after the interruption, and waits with us.
      if (way === undefined) way = await this.connection.ask(async (found) => found);
      await way.until(this.inner(way).commit?.() ?? Promise.resolve());
    } catch (error) {
      throw inDoubt(error, 'the commit was confirmed: whether it came to be is not known');
    } finally {
      this.#begin();
    }
  }

  async rollback(): Promise<void> {
    const { way } = this.connection;
    this.#begin();
    if (way === undefined) return;
    await unlessLost(way.until(this.inner(way).rollback?.() ?? Promise.resolve()));
  }

  async close(): Promise<void> {
    this.connection.forget(this);
    const { way } = this.connection;
    const inner = this.#inner;
    if (way !== undefined && inner !== undefined) await unlessLost(way.until(inner.close()));
  }

  /** The next transaction. What is not confirmed belonged to the one before. */
  #begin(): void {
    for (const producer of this.#producers) producer.swallow();
    this.#working = false;
    this.#doomed = false;
    this.#accepted = [];
  }
}

function inDoubt(error: unknown, before: string): unknown {
  if (!(error instanceof LostWay)) return error;
  const text = `the connection was interrupted before ${before}`;
  return new JMSException(text, 'interrupted', { cause: error });
}
