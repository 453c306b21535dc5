// The sessions, producers and consumers of the DoubtfulProvider: each knows how to open itself anew.

import {
  type BodyData,
  type ConfirmSink,
  type ConsumerRequest,
  type DeliverySink,
  type DestinationData,
  InvalidDestinationException,
  JMSException,
  type MessageData,
  type Outcome,
  type ProviderConsumer,
  type ProviderProducer,
  type ProviderSession,
} from 'angelia/jms';
import type { DoubtfulConnection } from './doubtful-provider.ts';

export class DoubtfulSession implements ProviderSession {
  readonly connection: DoubtfulConnection;
  readonly transacted: boolean;
  readonly #producers: Set<DoubtfulProducer> = new Set();
  readonly #consumers: Set<DoubtfulConsumer> = new Set();
  /** What is under way ends badly with a cut. */
  readonly #ends: Set<(error: Error) => void> = new Set();
  #inner: ProviderSession | undefined;

  constructor(connection: DoubtfulConnection, transacted: boolean) {
    this.connection = connection;
    this.transacted = transacted;
  }

  get now(): ProviderSession {
    if (this.#inner === undefined) throw new JMSException('the cable is not in');
    return this.#inner;
  }

  async open(): Promise<void> {
    this.#inner = await this.connection.now.openSession(this.transacted);
  }

  cut(): void {
    this.#inner = undefined;
    for (const end of this.#ends) end(new JMSException('the cable was cut before the answer came'));
    this.#ends.clear();
    for (const producer of this.#producers) producer.cut();
    for (const consumer of this.#consumers) consumer.cut();
  }

  async resume(): Promise<void> {
    await this.open();
    for (const producer of this.#producers) await producer.resume();
    for (const consumer of this.#consumers) await consumer.resume();
  }

  letGo(): void {
    for (const producer of this.#producers) producer.letGo();
  }

  async openProducer(
    destination: DestinationData | undefined,
    sink: ConfirmSink,
  ): Promise<ProviderProducer> {
    const producer = new DoubtfulProducer(this, destination, sink);
    await this.connection.answer(producer.open());
    this.#producers.add(producer);
    return producer;
  }

  async openConsumer(
    destination: DestinationData,
    sink: DeliverySink,
    request: ConsumerRequest,
  ): Promise<ProviderConsumer> {
    const consumer = new DoubtfulConsumer(this, destination, sink, request);
    await this.connection.answer(consumer.open());
    this.#consumers.add(consumer);
    return consumer;
  }

  forget(one: DoubtfulProducer | DoubtfulConsumer): void {
    if (one instanceof DoubtfulProducer) this.#producers.delete(one);
    else this.#consumers.delete(one);
  }

  async synchronise(): Promise<void> {
    await this.until(this.now.synchronise());
  }

  async commit(): Promise<void> {
    await this.until(this.now.commit?.() ?? Promise.resolve());
  }

  async rollback(): Promise<void> {
    await this.until(this.now.rollback?.() ?? Promise.resolve());
  }

  async close(): Promise<void> {
    this.connection.forget(this);
    if (this.#inner !== undefined) await this.connection.answer(this.#inner.close());
  }

  /** Waits for an answer, or for the cut; while confirmations are kept back, for ever. */
  until<T>(work: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#ends.add(reject);
      if (this.connection.holding) {
        // Nobody is to hear of its failure, either.
        work.catch(() => {});
        return;
      }
      this.connection
        .answer(work)
        .then(resolve, reject)
        .finally(() => this.#ends.delete(reject));
    });
  }
}

/** A send that is not confirmed. */
interface Unconfirmed {
  readonly number: number;
  readonly message: MessageData;
}

class DoubtfulProducer implements ProviderProducer {
  readonly #session: DoubtfulSession;
  readonly #destination: DestinationData | undefined;
  readonly #sink: ConfirmSink;
  #inner: ProviderProducer | undefined;
  #unconfirmed: Unconfirmed[] = [];
  /** The number that the first send on the present connection has for us, less 1. */
  #offset = 0;
  #sent = 0;
  #held = 0;

  constructor(
    session: DoubtfulSession,
    destination: DestinationData | undefined,
    sink: ConfirmSink,
  ) {
    this.#session = session;
    this.#destination = destination;
    this.#sink = sink;
  }

  async open(): Promise<void> {
    const from = this.#session.now;
    const heard = (word: () => void) =>
      this.#session.connection.late(() => {
        if (this.#inner !== undefined) word();
      });
    const offset = this.#offset;
    this.#inner = await from.openProducer(this.#destination, {
      onConfirmed: (upTo) => heard(() => this.#confirmed(offset + upTo)),
      onRefused: (number, error) => heard(() => this.#refused(offset + number, error)),
    });
  }

  send(message: MessageData, number: number): void {
    this.#sent = number;
    this.#unconfirmed.push({ number, message: copyOf(message) });
    this.#inner?.send(message, number - this.#offset);
  }

  cut(): void {
    this.#inner = undefined;
  }

  /** Sends again what was not confirmed; in a transaction that is over, it is refused. */
  async resume(): Promise<void> {
    const again = this.#unconfirmed;
    this.#unconfirmed = [];
    this.#offset = again[0] === undefined ? this.#sent : again[0].number - 1;
    await this.open();
    for (const { number, message } of again) {
      if (this.#session.transacted) {
        this.#sink.onRefused(number, new JMSException('the transaction was interrupted'));
      } else this.send(message, number);
    }
    if (this.#session.transacted && again.length > 0) {
      this.#offset = this.#sent;
      await this.open();
      this.#sink.onConfirmed(this.#sent);
    }
  }

  letGo(): void {
    if (this.#held > 0) this.#confirmed(this.#held);
  }

  async close(): Promise<void> {
    this.#session.forget(this);
    if (this.#inner !== undefined) await this.#session.connection.answer(this.#inner.close());
  }

  #confirmed(upTo: number): void {
    if (this.#session.connection.holding) {
      this.#held = upTo;
      return;
    }
    this.#unconfirmed = this.#unconfirmed.filter(({ number }) => number > upTo);
    this.#sink.onConfirmed(upTo);
  }

  #refused(number: number, error: Error): void {
    this.#unconfirmed = this.#unconfirmed.filter((one) => one.number !== number);
    this.#sink.onRefused(number, error);
  }
}

class DoubtfulConsumer implements ProviderConsumer {
  readonly #session: DoubtfulSession;
  readonly #destination: DestinationData;
  readonly #sink: DeliverySink;
  readonly #request: ConsumerRequest;
  #inner: ProviderConsumer | undefined;
  #closed = false;

  constructor(
    session: DoubtfulSession,
    destination: DestinationData,
    sink: DeliverySink,
    request: ConsumerRequest,
  ) {
    this.#session = session;
    this.#destination = destination;
    this.#sink = sink;
    this.#request = request;
  }

  async open(): Promise<void> {
    const { connection } = this.#session;
    let current: ProviderConsumer | undefined;
    const sink: DeliverySink = {
      onMessage: (delivery, message, attempt) =>
        connection.late(() => {
          if (this.#closed || (current !== undefined && this.#inner !== current)) return;
          const known = connection.attemptOf(message.messageId ?? '', attempt);
          this.#sink.onMessage(delivery, message, known);
        }),
      onEnd: (error) => connection.late(() => this.#sink.onEnd(error)),
    };
    current = await this.#session.now.openConsumer(this.#destination, sink, this.#request);
    this.#inner = current;
  }

  cut(): void {
    this.#inner = undefined;
  }

  async resume(): Promise<void> {
    try {
      await this.open();
    } catch (error) {
      this.#sink.onEnd(error instanceof Error ? error : new InvalidDestinationException());
    }
  }

  grant(count: number): void {
    this.#inner?.grant(count);
  }

  async drain(): Promise<void> {
    if (this.#inner !== undefined) await this.#session.until(this.#inner.drain());
  }

  settle(delivery: unknown, outcome: Outcome): void {
    this.#inner?.settle(delivery, outcome);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#session.forget(this);
    if (this.#inner !== undefined) await this.#session.connection.answer(this.#inner.close());
  }
}

/** Message data is valid during the call only. */
function copyOf(message: MessageData): MessageData {
  const { destination, replyTo } = message;
  return {
    ...message,
    destination: destination && { kind: destination.kind, name: destination.name },
    replyTo: replyTo && { kind: replyTo.kind, name: replyTo.name },
    properties: new Map(message.properties),
    body: copyOfBody(message.body),
  };
}

function copyOfBody(body: BodyData): BodyData {
  switch (body.kind) {
    case 'text':
      return { kind: 'text', text: body.text };
    case 'bytes':
      return { kind: 'bytes', bytes: new Uint8Array(body.bytes) };
    case 'map':
      return { kind: 'map', entries: new Map(body.entries) };
    case 'stream':
      return { kind: 'stream', items: [...body.items] };
    default:
      return body;
  }
}
