// A session: it makes messages, producers and consumers, and closes them. Who of its consumers gets
// the next message, and what becomes of it, is the dispatcher's. [JMS 6.2]

import { JmsBytesMessage } from './bytes-message.ts';
import { Closure } from './closure.ts';
import {
  type Destination,
  dataOf,
  namedQueue,
  namedTopic,
  type Queue,
  type Topic,
} from './destination.ts';
import { type DispatchedSession, Dispatcher } from './dispatcher.ts';
import { IllegalStateException, UnsupportedOperationException } from './errors.ts';
import type { JmsConnection } from './jms-connection.ts';
import { JmsConsumer } from './jms-consumer.ts';
import { JmsMessage } from './jms-message.ts';
import { JmsProducer } from './jms-producer.ts';
import { JmsMapMessage } from './map-message.ts';
import type { MessageConsumer } from './message-consumer.ts';
import type { MessageProducer } from './message-producer.ts';
import { JmsObjectMessage } from './object-message.ts';
import { Outcome, type ProviderSession } from './provider.ts';
import { currentCall } from './scope.ts';
import { type AcknowledgeMode, Session } from './session.ts';
import { JmsStreamMessage } from './stream-message.ts';
import { JmsTextMessage } from './text-message.ts';

/** @internal */
export class JmsSession implements Session, DispatchedSession {
  readonly connection: JmsConnection;
  readonly #provider: ProviderSession;
  readonly #mode: AcknowledgeMode;
  readonly #idPrefix: string;
  readonly #closure: Closure = new Closure('session');
  readonly #consumers: Set<JmsConsumer> = new Set();
  readonly #producers: Set<JmsProducer> = new Set();
  #producerNumber = 0;
  readonly dispatcher: Dispatcher;

  constructor(
    connection: JmsConnection,
    provider: ProviderSession,
    mode: AcknowledgeMode,
    idPrefix: string,
  ) {
    this.connection = connection;
    this.#provider = provider;
    this.#mode = mode;
    this.#idPrefix = idPrefix;
    this.dispatcher = new Dispatcher(this);
  }

  // What consumers and producers ask of their session.

  /** @throws {IllegalStateException} if the session or its connection is closed */
  check(): void {
    this.connection.check();
    this.#closure.check();
  }

  get deliverable(): boolean {
    return this.connection.started && !this.#closure.closed && !this.lost;
  }

  get clientAcknowledges(): boolean {
    return this.#mode === Session.CLIENT_ACKNOWLEDGE;
  }

  onProblem(error: Error): void {
    this.connection.onProblem(error);
  }

  get lost(): boolean {
    return this.connection.lost;
  }

  messageTimeMs(): number {
    return this.connection.messageTimeMs();
  }

  consumerClosed(consumer: JmsConsumer): void {
    this.#consumers.delete(consumer);
  }

  /** The broker ended a consumer. */
  consumerEnded(consumer: JmsConsumer, error: Error): void {
    this.connection.onProblem(error);
    this.report(consumer.close());
  }

  producerClosed(producer: JmsProducer): void {
    this.#producers.delete(producer);
  }

  /** Lets the ExceptionListener hear of what nobody waits for. */
  report(work: Promise<void>): void {
    work.catch((error) => this.connection.onProblem(error));
  }

  /** The connection is lost: nothing comes any more. */
  fail(error: Error): void {
    this.dispatcher.fail(error);
    for (const producer of this.#producers) producer.fail(error);
  }

  // The Session of JMS.

  createBytesMessage(): JmsBytesMessage {
    this.check();
    return new JmsBytesMessage();
  }
  createMapMessage(): JmsMapMessage {
    this.check();
    return new JmsMapMessage();
  }
  createMessage(): JmsMessage {
    this.check();
    return new JmsMessage();
  }
  createObjectMessage(object: unknown = null): JmsObjectMessage {
    this.check();
    const message = new JmsObjectMessage();
    message.setObject(object);
    return message;
  }
  createStreamMessage(): JmsStreamMessage {
    this.check();
    return new JmsStreamMessage();
  }
  createTextMessage(text: string | null = null): JmsTextMessage {
    this.check();
    const message = new JmsTextMessage();
    if (text !== null) message.setText(text);
    return message;
  }
  getTransacted(): boolean {
    this.check();
    return false;
  }
  getAcknowledgeMode(): AcknowledgeMode {
    this.check();
    return this.#mode;
  }
  async commit(): Promise<void> {
    this.check();
    throw new IllegalStateException('commit: the session is not transacted [JMS 10.3]');
  }
  async rollback(): Promise<void> {
    this.check();
    throw new IllegalStateException('rollback: the session is not transacted [JMS 10.3]');
  }

  async close(): Promise<void> {
    if (currentCall()?.session === this) {
      throw new IllegalStateException(
        'a listener cannot close its own session: the close would wait for it [JMS 6.2.15]',
      );
    }
    await this.#closure.close(async () => {
      this.dispatcher.end();
      await this.dispatcher.idle();
      this.dispatcher.settleAll(Outcome.failed);
      for (const consumer of this.#consumers) await consumer.close();
      for (const producer of this.#producers) await producer.close();
      if (!this.lost) await this.#provider.close();
      this.connection.sessionClosed(this);
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async recover(): Promise<void> {
    this.check();
    this.dispatcher.recover();
  }

  /** Called by the messages of this session. [JMS 6.2.10] */
  async acknowledge(): Promise<void> {
    this.check();
    if (!this.clientAcknowledges) return;
    this.dispatcher.settleAll(Outcome.accepted);
    await this.#provider.synchronise();
  }

  async createProducer(destination: Destination | null): Promise<MessageProducer> {
    this.check();
    const data = destination === null ? null : dataOf(destination);
    const prefix = `${this.#idPrefix}${++this.#producerNumber}:`;
    const producer = new JmsProducer(this, destination, data, prefix);
    producer.begin(await this.#provider.openProducer(data ?? undefined, producer));
    this.#producers.add(producer);
    return producer;
  }

  async createConsumer(
    destination: Destination,
    messageSelector: string | null = null,
    noLocal = false,
  ): Promise<MessageConsumer> {
    this.check();
    const data = dataOf(destination);
    if (messageSelector !== null && messageSelector.trim() !== '') {
      unsupported('createConsumer with a message selector');
    }
    if (noLocal && data.kind.endsWith('topic')) unsupported('createConsumer with noLocal');
    const consumer = new JmsConsumer(this, data, this.connection.prefetch);
    consumer.begin(await this.#provider.openConsumer(data, consumer));
    this.#consumers.add(consumer);
    return consumer;
  }

  createQueue(queueName: string): Queue {
    this.check();
    return namedQueue(queueName);
  }
  createTopic(topicName: string): Topic {
    this.check();
    return namedTopic(topicName);
  }

  // What JMS has and this provider has not.

  getMessageListener(): never {
    unsupported('getMessageListener of a session');
  }
  setMessageListener(): never {
    unsupported('setMessageListener of a session');
  }
  run(): never {
    unsupported('run of a session');
  }
  async createSharedConsumer(): Promise<never> {
    unsupported('createSharedConsumer');
  }
  async createDurableSubscriber(): Promise<never> {
    unsupported('createDurableSubscriber');
  }
  async createDurableConsumer(): Promise<never> {
    unsupported('createDurableConsumer');
  }
  async createSharedDurableConsumer(): Promise<never> {
    unsupported('createSharedDurableConsumer');
  }
  async createBrowser(): Promise<never> {
    unsupported('createBrowser');
  }
  async createTemporaryQueue(): Promise<never> {
    unsupported('createTemporaryQueue');
  }
  async createTemporaryTopic(): Promise<never> {
    unsupported('createTemporaryTopic');
  }
  async unsubscribe(): Promise<never> {
    unsupported('unsubscribe');
  }
}

function unsupported(what: string): never {
  throw new UnsupportedOperationException(`${what} is not supported by this version`);
}
