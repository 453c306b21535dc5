// A session: a channel to send by, and consumers with channels of their own.
//
// A transaction is kept here: its sends are buffered until it commits, and its acknowledgements held.
// To commit is to send, to wait until all is confirmed, and then to acknowledge. That is not atomic: if
// this process or the connection dies between the two, all was sent, and what was consumed comes again.
// AMQP 0-9-1 has transactions of its own; they are not atomic over several queues either, and slower.

import type {
  ConfirmSink,
  ConsumerRequest,
  DeliverySink,
  DestinationData,
  ProviderConsumer,
  ProviderProducer,
  ProviderSession,
} from '#jms-api';
import { checkTaken, nothingSent } from '../refused-sends.ts';
import type { Amqp091Connection } from './amqp091-connection.ts';
import { Amqp091Consumer } from './amqp091-consumer.ts';
import { Amqp091Producer, type Sending } from './amqp091-producer.ts';
import { Publisher } from './publisher.ts';

export class Amqp091Session implements ProviderSession {
  readonly connection: Amqp091Connection;
  readonly transacted: boolean;
  readonly publisher: Publisher;
  readonly #consumers: Set<Amqp091Consumer> = new Set();
  /** Sends that wait until their queue was looked for, or for a channel; and all those after them. */
  readonly #parked: Sending[] = [];
  /** Sends of the transaction. */
  #buffered: Sending[] = [];

  constructor(connection: Amqp091Connection, transacted: boolean) {
    this.connection = connection;
    this.transacted = transacted;
    const { topology } = connection;
    this.publisher = new Publisher(connection.model, (queue) => topology.forget(queue));
  }

  async openProducer(
    destination: DestinationData | undefined,
    sink: ConfirmSink,
  ): Promise<ProviderProducer> {
    if (destination !== undefined) {
      this.connection.route(destination);
      await this.connection.topology.ensure(destination);
    }
    await this.publisher.open();
    return new Amqp091Producer(this, sink);
  }

  async openConsumer(
    destination: DestinationData,
    sink: DeliverySink,
    request: ConsumerRequest,
  ): Promise<ProviderConsumer> {
    const consumer = await Amqp091Consumer.open(this, destination, sink, request);
    this.#consumers.add(consumer);
    return consumer;
  }

  async synchronise(): Promise<void> {
    await Promise.all([...this.#consumers].map((consumer) => consumer.recorded()));
  }

  /** Nothing waits that is to be sent before. */
  get sendsNow(): boolean {
    return this.#parked.length === 0 && this.publisher.ready;
  }

  /** Sends it when that can be done, behind those that wait already. */
  park(sending: Sending): void {
    this.#parked.push(sending);
    if (this.#parked.length === 1) void this.#sendParked();
  }

  /** Keeps a send until the transaction commits. */
  buffer(sending: Sending): void {
    this.#buffered.push(sending);
  }

  async commit(): Promise<void> {
    const sends = this.#buffered;
    this.#buffered = [];
    try {
      if (sends.length > 0) await this.#sendAll(sends);
    } catch (error) {
      await this.#giveBack();
      throw error;
    }
    await Promise.all([...this.#consumers].map((consumer) => consumer.committed()));
  }

  async rollback(): Promise<void> {
    this.#buffered = [];
    await this.#giveBack();
  }

  /** Resolves when all that was said has left for the broker. */
  async flushed(): Promise<void> {
    const consumers = [...this.#consumers].map((consumer) => consumer.flushed());
    await Promise.all([...consumers, this.publisher.flushed()]);
  }

  async close(): Promise<void> {
    this.connection.forget(this);
    await this.rollback();
    await this.publisher.close();
  }

  forget(consumer: Amqp091Consumer): void {
    this.#consumers.delete(consumer);
  }

  async #sendParked(): Promise<void> {
    const { topology } = this.connection;
    for (;;) {
      const [sending] = this.#parked;
      if (sending === undefined) return;
      const { destination, route, encoded, number, sender } = sending;
      try {
        if (!topology.ready(destination)) await topology.ensure(destination);
        if (!this.publisher.ready) await this.publisher.open();
        this.publisher.publish(route, encoded, sender, number);
      } catch (error) {
        sender.answered(number, error as Error);
        sender.answersEnd();
      }
      this.#parked.shift();
    }
  }

  async #giveBack(): Promise<void> {
    await Promise.all([...this.#consumers].map((consumer) => consumer.rolledBack()));
  }

  async #sendAll(sends: readonly Sending[]): Promise<void> {
    const { topology } = this.connection;
    try {
      for (const { destination } of sends) {
        if (!topology.ready(destination)) await topology.ensure(destination);
      }
      await this.publisher.open();
    } catch (cause) {
      throw nothingSent(cause);
    }
    const errors = await new Promise<Error[]>((resolve) => {
      const found: Error[] = [];
      let open = sends.length;
      const answers = {
        answered: (_number: number, error: Error | undefined) => {
          open--;
          if (error !== undefined) found.push(error);
          if (open === 0) resolve(found);
        },
        answersEnd: () => undefined,
      };
      for (const { route, encoded } of sends) {
        try {
          this.publisher.publish(route, encoded, answers, 0);
        } catch (error) {
          answers.answered(0, error as Error);
        }
      }
    });
    checkTaken(errors, sends.length);
  }
}
