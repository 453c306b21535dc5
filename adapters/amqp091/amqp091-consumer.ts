// A consumer: a channel of its own, whose deliveries wait here until the API grants credit.
//
//     broker ── deliver ──► waiting ── credit ──► out ── ack ──► gone
//                             ▲                    │ ╲── accepted in a transaction ──► held ── commit ──► gone
//                             ╰─── given back ─────╯◄──────────── roll-back ───────────╯
//
// What is given back waits here again, at its place and with its attempt counted: RabbitMQ would mark
// all of it. It returns to the broker when the consumer ends, for that ends the channel.
//
// RabbitMQ pushes until as many deliveries of a subscription are unsettled as its prefetch says, which
// is the most that was granted at once. When there is credit and no more would come, as none of them is
// settled, we subscribe anew, and end the old subscription then: a new one counts from 0. Who pulls gets
// a message if it is there; else there is a subscription until it comes, and none before and after.
// [AMQP 0-9-1 basic.qos, basic.consume, basic.get]

import type { Channel, ConsumeMessage, Message } from 'amqplib';
import {
  type ConsumerRequest,
  type DeliverySink,
  type DestinationData,
  InvalidDestinationException,
  JMSException,
  type MessageData,
  Outcome,
  type ProviderConsumer,
} from '#jms-api';
import { type Source, sourceOf } from '../rabbitmq-source.ts';
import { Acknowledgements } from './acknowledgements.ts';
import type { Amqp091Session } from './amqp091-session.ts';
import { exceptionOf } from './errors.ts';
import { attemptOf, decodeMessage } from './message-decode.ts';

/** RabbitMQ counts them with 16 bits. */
const WINDOW_MAX = 0xffff;

/** One message that came and is not settled. */
interface Delivery {
  /** The delivery tag: the order in which they came. */
  readonly tag: number;
  readonly message: Message;
  readonly attempt: number;
  /** As a selector saw it, until it is handed out. */
  decoded: MessageData | undefined;
}

export class Amqp091Consumer implements ProviderConsumer {
  readonly #session: Amqp091Session;
  readonly #source: Source;
  readonly #sink: DeliverySink;
  readonly #channel: Channel;
  readonly #settled: Acknowledgements;
  /** Nothing may come unasked. */
  readonly #pulls: boolean;
  /** In the order of their tags. */
  #waiting: Delivery[] = [];
  /** Accepted in the transaction. */
  #held: Delivery[] = [];
  #credit = 0;
  /** The most that was granted at once. */
  #prefetch = 0;
  /** Deliveries of the subscription that are not settled. */
  #unsettled = 0;
  /** How many there may be, as the broker knows. */
  #window = 0;
  /** The subscription that we have; undefined: none. */
  #tag: string | undefined;
  /** Nobody hands out while the broker is asked what there is. */
  #draining = false;
  /** `leaving`: closed, but the transaction has messages of it. */
  #state: 'open' | 'leaving' | 'ended' | 'closed' = 'open';
  /** What is done with the channel, one after the other. */
  #work: Promise<void> = Promise.resolve();
  #adjusting = false;

  private constructor(
    session: Amqp091Session,
    source: Source,
    sink: DeliverySink,
    channel: Channel,
    pull: boolean,
  ) {
    this.#session = session;
    this.#source = source;
    this.#sink = sink;
    this.#channel = channel;
    this.#settled = new Acknowledgements(channel);
    // A shared subscription is held by a subscriber, whoever pulls.
    this.#pulls = pull && !source.anchored;
    channel.on('error', (error) =>
      this.#end(exceptionOf(error, `consuming ${source.destination.name}`)),
    );
  }

  /**
   * Opens one, without credit.
   *
   * @throws {InvalidDestinationException} if there is no such destination for us
   * @throws {JMSException} if others use the subscription in a way that excludes this
   */
  static async open(
    session: Amqp091Session,
    destination: DestinationData,
    sink: DeliverySink,
    request: ConsumerRequest,
  ): Promise<Amqp091Consumer> {
    const { connection } = session;
    const { pull = false } = request;
    const source = await sourceOf(connection, destination, request);
    try {
      const channel = await connection.model.createChannel();
      const consumer = new Amqp091Consumer(session, source, sink, channel, pull);
      // A shared subscription is there as long as it has consumers, whatever credit they have.
      if (source.anchored) await consumer.#subscribe(1);
      return consumer;
    } catch (error) {
      source.leave();
      throw exceptionOf(error, `consuming ${destination.name}`);
    }
  }

  grant(count: number): void {
    this.#credit += count;
    this.#prefetch = Math.max(this.#prefetch, count);
    this.#handOut();
    this.#adjust();
  }

  async drain(): Promise<void> {
    if (this.#state !== 'open') return;
    this.#draining = true;
    await this.#enqueue(() => this.#askForAll());
    this.#draining = false;
    this.#handOut();
    this.#credit = 0;
    setImmediate(() => this.#rest());
  }

  settle(given: unknown, outcome: Outcome): void {
    if (this.#state !== 'open') return;
    const delivery = given as Delivery;
    switch (outcome) {
      case Outcome.accepted:
        if (this.#session.transacted) this.#held.push(delivery);
        else this.#ack(delivery);
        return;
      case Outcome.released:
        this.#takeBack([delivery]);
        return;
      case Outcome.failed:
        this.#takeBack([{ ...delivery, attempt: delivery.attempt + 1 }]);
        return;
      case Outcome.rejected:
      case Outcome.expired:
        this.#gone(delivery);
        this.#settled.nack(delivery.tag, false);
        return;
      case Outcome.undeliverable:
        // Out until the channel ends, which gives it to others.
        return;
    }
  }

  async close(): Promise<void> {
    if (this.#state === 'open' && this.#held.length > 0) {
      this.#state = 'leaving';
      // What waits here goes back with what the transaction may give back, for the sake of their order.
      await this.#enqueue(() => this.#unsubscribe());
      return;
    }
    await this.#close();
  }

  /** Resolves when the broker has recorded what was settled: the queue itself is asked. */
  async recorded(): Promise<void> {
    if (this.#state !== 'open' && this.#state !== 'leaving') return;
    await this.#enqueue(async () => {
      this.#settled.flush();
      await this.#channel.checkQueue(this.#source.queue);
    });
  }

  /** Resolves when all that was said has left for the broker. */
  async flushed(): Promise<void> {
    if (this.#state === 'ended' || this.#state === 'closed') return;
    await this.#enqueue(async () => {
      this.#settled.flush();
      await this.#channel.prefetch(this.#window);
    });
  }

  /** Acknowledges what the transaction has accepted; resolves when the broker knows. */
  async committed(): Promise<void> {
    for (const delivery of this.#held.splice(0)) {
      if (this.#state === 'open' || this.#state === 'leaving') this.#ack(delivery);
    }
    await this.recorded();
    if (this.#state === 'leaving') await this.#close();
  }

  async rolledBack(): Promise<void> {
    const held = this.#held.splice(0);
    if (this.#state === 'leaving') await this.#close();
    if (this.#state !== 'open' || held.length === 0) return;
    this.#takeBack(held.map((one) => ({ ...one, attempt: one.attempt + 1 })));
  }

  /** The end of the channel gives back what is not settled. */
  async #close(): Promise<void> {
    const ended = this.#state === 'ended' || this.#state === 'closed';
    this.#state = 'closed';
    this.#source.leave();
    if (!ended) {
      await this.#enqueue(async () => {
        await this.#unsubscribe();
        this.#settled.flush();
        if (this.#source.own) await this.#channel.deleteQueue(this.#source.queue);
        await this.#channel.close();
      });
    }
    this.#session.forget(this);
  }

  #giveBack(deliveries: readonly Delivery[]): void {
    for (const delivery of deliveries) {
      this.#gone(delivery);
      this.#settled.nack(delivery.tag, true);
    }
  }

  #ack(delivery: Delivery): void {
    this.#gone(delivery);
    this.#settled.ack(delivery.tag);
  }

  #gone({ message }: Delivery): void {
    if (message.fields.consumerTag === this.#tag) this.#unsettled--;
  }

  #takeBack(deliveries: readonly Delivery[]): void {
    this.#waiting = [...deliveries, ...this.#waiting].sort((a, b) => a.tag - b.tag);
    queueMicrotask(() => this.#handOut());
  }

  readonly #onDelivery = (message: ConsumeMessage | null): void => {
    if (this.#state !== 'open') return;
    if (message === null) {
      const { name } = this.#source.destination;
      this.#end(new InvalidDestinationException(`${name} was deleted, or its node has failed`));
      return;
    }
    this.#take(message);
    if (!this.#draining) this.#handOut();
  };

  #take(message: Message): void {
    const { deliveryTag: tag, consumerTag } = message.fields;
    if (consumerTag === this.#tag) this.#unsettled++;
    const attempt = attemptOf(message);
    const delivery: Delivery = { tag, message, attempt, decoded: undefined };
    if (this.#selects(delivery)) this.#waiting.push(delivery);
    else this.#ack(delivery);
  }

  #selects(delivery: Delivery): boolean {
    const { message } = delivery;
    const { except, wanted } = this.#source;
    if (except !== undefined && message.properties.appId === except) return false;
    if (wanted === undefined) return true;
    try {
      delivery.decoded = this.#decode(message);
      return wanted(delivery.decoded);
    } catch {
      // It cannot be read, which is told when it is handed out.
      return true;
    }
  }

  #decode(message: Message): MessageData {
    return decodeMessage(message, this.#source.from(message.fields.routingKey));
  }

  #handOut(): void {
    if (this.#draining) return;
    while (this.#credit > 0 && this.#waiting.length > 0 && this.#state === 'open') {
      const delivery = this.#waiting.shift() as Delivery;
      this.#credit--;
      // Said before the message is settled, so that the broker sends no other in its place.
      if (this.#credit === 0 && this.#pulls) void this.#unsubscribe();
      this.#deliver(delivery);
    }
    if (this.#credit > 0 && this.#unsettled >= this.#window) this.#adjust();
  }

  #deliver(delivery: Delivery): void {
    const { message, attempt, decoded } = delivery;
    delivery.decoded = undefined;
    try {
      this.#sink.onMessage(delivery, decoded ?? this.#decode(message), attempt);
    } catch (cause) {
      this.settle(delivery, Outcome.rejected);
      const text = 'a message cannot be read, and was rejected';
      this.#session.connection.events.onProblem(new JMSException(text, null, { cause }));
    }
  }

  /** Subscribes if we have to, so that what there is credit for can come. */
  #adjust(): void {
    if (this.#adjusting || this.#state !== 'open' || !this.#wants()) return;
    this.#adjusting = true;
    // What is settled meanwhile makes room without a new subscription.
    if (this.#tag !== undefined && !this.#narrow) setImmediate(this.#adjustLate);
    else this.#adjustNow();
  }

  readonly #adjustLate = (): void => {
    if (this.#wants()) this.#adjustNow();
    else this.#adjusting = false;
  };

  #adjustNow(): void {
    void this.#enqueue(async () => {
      this.#adjusting = false;
      if (this.#tag === undefined && this.#pulls) await this.#getOne();
      if (this.#state !== 'open' || !this.#wants()) return;
      await this.#subscribe(Math.max(this.#prefetch, this.#credit));
    });
  }

  #wants(): boolean {
    if (this.#credit <= 0 || this.#draining) return false;
    return this.#tag === undefined || this.#unsettled >= this.#window || this.#narrow;
  }

  /** The window is less than was granted at once. */
  get #narrow(): boolean {
    return this.#window < Math.min(WINDOW_MAX, this.#prefetch);
  }

  /** Gets what is wanted, if it is there already. */
  async #getOne(): Promise<void> {
    while (this.#state === 'open' && this.#wants()) {
      const message = await this.#get();
      if (message === false) return;
      this.#take(message);
      this.#handOut();
    }
  }

  /** Asks for one, behind all that was settled. */
  #get(): Promise<Message | false> {
    this.#settled.flush();
    return this.#channel.get(this.#source.queue);
  }

  /** Begins a subscription with this prefetch, and ends the one before. */
  async #subscribe(window: number): Promise<void> {
    const old = this.#tag;
    this.#window = Math.min(WINDOW_MAX, window);
    await this.#channel.prefetch(this.#window);
    this.#tag = globalThis.crypto.randomUUID();
    this.#unsettled = 0;
    await this.#channel.consume(this.#source.queue, this.#onDelivery, { consumerTag: this.#tag });
    if (old !== undefined) await this.#channel.cancel(old);
  }

  /** All deliveries of it are here when it resolves. */
  async #unsubscribe(): Promise<void> {
    const tag = this.#tag;
    this.#tag = undefined;
    try {
      if (tag !== undefined) await this.#channel.cancel(tag);
    } catch {
      // The channel is gone, of which its error tells.
    }
  }

  /**
   * Brings what the queue has for us. To get from it is to ask behind all that we said before; what it
   * pushed meanwhile is here when one more request is answered.
   */
  async #askForAll(): Promise<void> {
    if (this.#pulls && this.#tag !== undefined) await this.#unsubscribe();
    const sorted = (): boolean => this.#waiting.length >= this.#credit;
    while (!sorted() && this.#state === 'open') {
      const message = await this.#get();
      if (message === false) break;
      this.#take(message);
    }
    if (this.#tag !== undefined) await this.#channel.prefetch(this.#window);
    this.#waiting.sort((a, b) => a.tag - b.tag);
  }

  /** Nobody asks for more: others shall have what waits here. */
  #rest(): void {
    if (this.#credit > 0 || this.#state !== 'open' || this.#draining) return;
    const { anchored, own } = this.#source;
    if (anchored || own) return;
    void this.#enqueue(async () => {
      if (this.#credit > 0) return;
      await this.#unsubscribe();
      // A transaction that rolls back asks again soon, and what it gave back is not to be marked.
      if (this.#credit > 0 || this.#session.transacted) return;
      this.#giveBack(this.#waiting.splice(0));
    }).then(() => this.#adjust());
  }

  /** One after the other; an error of the channel ends the consumer. */
  #enqueue(job: () => Promise<void>): Promise<void> {
    this.#work = this.#work.then(job).catch((error: unknown) => {
      this.#end(exceptionOf(error, `consuming ${this.#source.destination.name}`));
    });
    return this.#work;
  }

  #end(error: Error): void {
    const state = this.#state;
    if (state !== 'open' && state !== 'leaving') return;
    this.#state = 'ended';
    this.#source.leave();
    this.#session.forget(this);
    // Whoever has lost the connection, or closed it, is told so.
    if (!this.#session.connection.alive) return;
    void this.#channel.close().catch(() => undefined);
    if (state === 'open') this.#sink.onEnd(error);
  }
}
