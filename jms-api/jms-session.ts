// A session: it makes messages, producers, consumers and browsers, ends transactions, and closes all
// of it. Who of its consumers gets the next message is the dispatcher's to say, and what becomes of
// the message the settlement's. [JMS 6.2]
//
// Invariant: nothing is handed out and nothing is sent while a transaction ends.

import { Closure, lostConnection } from './closure.ts';
import { CompletionQueue } from './completion-queue.ts';
import type { ConnectionOptions } from './connection-options.ts';
import {
  type Destination,
  dataOf,
  isTopicData,
  namedQueue,
  namedTopic,
  type Queue,
  type TemporaryQueue,
  type TemporaryTopic,
  type Topic,
} from './destination.ts';
import { type DispatchedSession, Dispatcher } from './dispatcher.ts';
import {
  IllegalStateException,
  InvalidDestinationException,
  UnsupportedOperationException,
} from './errors.ts';
import type { JmsConnection } from './jms-connection.ts';
import { JmsConsumer } from './jms-consumer.ts';
import { JmsProducer } from './jms-producer.ts';
import { JmsQueueBrowser } from './jms-queue-browser.ts';
import type { MessageConsumer } from './message-consumer.ts';
import type { DestinationData } from './message-data.ts';
import { MessageMaker } from './message-maker.ts';
import type { MessageProducer } from './message-producer.ts';
import {
  type ConsumerRequest,
  type DeliverySink,
  Outcome,
  type ProviderConsumer,
  type ProviderSession,
} from './provider.ts';
import type { QueueBrowser } from './queue-browser.ts';
import { currentCall } from './scope.ts';
import { type AcknowledgeMode, Session } from './session.ts';
import { SessionTransaction, type TransactedSession } from './session-transaction.ts';
import { Settlement, type SettlingSession } from './settlement.ts';
import { selectorOf, subscriptionName, topicOf } from './subscription-arguments.ts';
import { JmsTopicSubscriber, type TopicSubscriber } from './topic-subscriber.ts';

/** Makes the consumer object: a plain one, or an heir that knows its queue or topic. */
export type ConsumerMaker<C extends JmsConsumer> = (
  session: JmsSession,
  destination: DestinationData,
  request: ConsumerRequest,
  prefetch: number,
) => C;

const plainConsumer: ConsumerMaker<JmsConsumer> = (...parts) => new JmsConsumer(...parts);

/** @internal */
export class JmsSession
  extends MessageMaker
  implements Session, DispatchedSession, SettlingSession, TransactedSession
{
  readonly connection: JmsConnection;
  readonly mode: AcknowledgeMode;
  readonly #provider: ProviderSession;
  readonly #idPrefix: string;
  readonly #closure: Closure = new Closure('session');
  readonly #consumers: Set<JmsConsumer> = new Set();
  readonly #producers: Set<JmsProducer> = new Set();
  readonly #browsers: Set<JmsQueueBrowser> = new Set();
  readonly settlement: Settlement;
  readonly dispatcher: Dispatcher;
  readonly completions: CompletionQueue = new CompletionQueue(this);
  #producerNumber = 0;
  readonly #transaction: SessionTransaction;

  constructor(
    connection: JmsConnection,
    provider: ProviderSession,
    mode: AcknowledgeMode,
    idPrefix: string,
  ) {
    super();
    this.connection = connection;
    this.#provider = provider;
    this.mode = mode;
    this.#idPrefix = idPrefix;
    this.#transaction = new SessionTransaction(this, provider);
    this.settlement = new Settlement(this);
    this.dispatcher = new Dispatcher(this, this.settlement);
  }

  // What consumers and producers ask of their session.

  /** @throws {IllegalStateException} if the session or its connection is closed */
  override check(): void {
    this.connection.check();
    this.#closure.check();
  }

  get deliverable(): boolean {
    const busy = this.#closure.closed || this.#transaction.ending;
    return this.connection.started && !busy && !this.lost;
  }

  get lost(): boolean {
    return this.connection.lost;
  }

  get options(): ConnectionOptions {
    return this.connection.options;
  }

  onProblem(error: Error): void {
    this.connection.onProblem(error);
  }

  messageTimeMs(): number {
    return this.connection.messageTimeMs();
  }

  /** Tells whether the time of a message that waits here is over. */
  expired(expiresAt: number): boolean {
    return expiresAt <= this.messageTimeMs() && this.options.localMessageExpiry;
  }

  /** What the provider answers, unless the connection is lost before. */
  answer<T>(work: Promise<T>): Promise<T> {
    return this.connection.answer(work);
  }

  async synchronise(): Promise<void> {
    if (this.options.forceAsyncAcks) return;
    await this.answer(this.#provider.synchronise());
  }

  /** Something becomes part of the transaction. */
  working(): void {
    this.#transaction.working = true;
  }

  /** @throws {TransactionInProgressException} while a transaction ends */
  sending(): void {
    this.#transaction.working = true;
    this.#transaction.check('send');
  }

  /** Gives back what was not handed out: what was comes before it. */
  async recall(): Promise<void> {
    await Promise.all([...this.#consumers].map((consumer) => consumer.recall()));
  }

  resume(): void {
    for (const consumer of this.#consumers) consumer.resume();
  }

  wake(): void {
    this.dispatcher.wake();
  }

  consumerClosing(): void {
    this.settlement.flush();
  }

  consumerClosed(consumer: JmsConsumer): void {
    this.#consumers.delete(consumer);
  }

  /** The broker ended a consumer. */
  consumerEnded(consumer: JmsConsumer, error: Error): void {
    this.connection.onProblem(error);
    this.report(consumer.close());
  }

  browserClosed(browser: JmsQueueBrowser): void {
    this.#browsers.delete(browser);
  }

  producerClosed(producer: JmsProducer): void {
    this.#producers.delete(producer);
  }

  /** Lets the ExceptionListener hear of what nobody waits for. */
  report(work: Promise<void>): void {
    work.catch((error) => this.connection.onProblem(error));
  }

  // What the connection tells its sessions.

  /** It is lost: nothing comes any more. */
  fail(error: Error): void {
    this.dispatcher.fail(lostConnection(error));
    for (const producer of this.#producers) producer.fail(error);
  }

  interrupted(error: Error): void {
    this.#transaction.interrupted(error);
    this.settlement.forget();
    for (const consumer of this.#consumers) consumer.interrupted();
  }

  resumed(): void {
    if (this.#transaction.ending) return;
    this.resume();
    this.dispatcher.resumed();
  }

  /** Tells whether one of the consumers is open on a destination. */
  consumes({ kind, name }: DestinationData): boolean {
    for (const { closed, destination } of this.#consumers) {
      if (!closed && destination.kind === kind && destination.name === name) return true;
    }
    return false;
  }

  /** Opens a consumer of the provider, for a consumer or a browser. */
  async openConsumer(
    destination: DestinationData,
    sink: DeliverySink,
    request: ConsumerRequest,
  ): Promise<ProviderConsumer> {
    const opened = await this.answer(this.#provider.openConsumer(destination, sink, request));
    if (!this.#closure.closed) return opened;
    await opened.close();
    this.check();
    return opened;
  }

  // The Session of JMS.

  getTransacted(): boolean {
    this.check();
    return this.mode === Session.SESSION_TRANSACTED;
  }
  getAcknowledgeMode(): AcknowledgeMode {
    this.check();
    return this.mode;
  }

  async commit(): Promise<void> {
    this.#checkTransaction('commit');
    if (this.completions.busy) await this.completions.idle();
    await this.#transaction.commit();
  }

  async rollback(): Promise<void> {
    this.#checkTransaction('rollback');
    if (this.completions.busy) await this.completions.idle();
    await this.#transaction.rollback();
  }

  async close(): Promise<void> {
    const call = currentCall();
    if (call?.session === this) {
      const who = call.completion ? 'a CompletionListener' : 'a listener';
      throw new IllegalStateException(
        `${who} cannot close its own session: the close would wait for it [JMS 6.2.15]`,
      );
    }
    await this.#closure.close(async () => {
      this.dispatcher.end();
      await this.dispatcher.idle();
      for (const producer of this.#producers) await producer.settled();
      await this.completions.idle();
      this.settlement.flush();
      this.settlement.settleAll(Outcome.failed);
      for (const browser of this.#browsers) await browser.close();
      for (const consumer of this.#consumers) await consumer.close();
      for (const producer of this.#producers) await producer.closeAnyway();
      if (!this.lost) await this.answer(this.#provider.close());
      this.connection.sessionClosed(this);
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async recover(): Promise<void> {
    this.check();
    if (this.mode === Session.SESSION_TRANSACTED) {
      throw new IllegalStateException(
        'recover: the session is transacted; rollback() is what it has [JMS 6.2.10]',
      );
    }
    this.dispatcher.recover();
  }

  /** Called by the messages of this session. [JMS 6.2.10] */
  async acknowledge(): Promise<void> {
    this.check();
    const { mode } = this;
    if (mode !== Session.CLIENT_ACKNOWLEDGE && mode !== Session.INDIVIDUAL_ACKNOWLEDGE) return;
    await this.settlement.acknowledgeAll();
  }

  async createProducer(destination: Destination | null): Promise<MessageProducer> {
    return await this.produce(
      destination,
      (...parts) => new JmsProducer(this, destination, ...parts),
    );
  }

  async createConsumer(
    destination: Destination,
    messageSelector: string | null = null,
    noLocal = false,
  ): Promise<MessageConsumer> {
    this.check();
    const data = dataOf(destination);
    const request = requestOf(messageSelector, noLocal && isTopicData(data));
    return await this.consume(data, request, plainConsumer);
  }

  async createSharedConsumer(
    topic: Topic,
    sharedSubscriptionName: string,
    messageSelector: string | null = null,
  ): Promise<MessageConsumer> {
    this.check();
    const request = requestOf(messageSelector, false);
    return await this.consume(
      topicOf(topic),
      { ...request, subscription: subscriptionName(sharedSubscriptionName, false, true) },
      plainConsumer,
    );
  }

  async createSharedDurableConsumer(
    topic: Topic,
    name: string,
    messageSelector: string | null = null,
  ): Promise<MessageConsumer> {
    this.check();
    const request = requestOf(messageSelector, false);
    return await this.consume(
      durableTopicOf(topic),
      { ...request, subscription: subscriptionName(name, true, true) },
      plainConsumer,
    );
  }

  async createDurableConsumer(
    topic: Topic,
    name: string,
    messageSelector: string | null = null,
    noLocal = false,
  ): Promise<MessageConsumer> {
    return await this.createDurableSubscriber(topic, name, messageSelector, noLocal);
  }

  async createDurableSubscriber(
    topic: Topic,
    name: string,
    messageSelector: string | null = null,
    noLocal = false,
  ): Promise<TopicSubscriber> {
    this.check();
    const data = durableTopicOf(topic);
    const subscription = subscriptionName(name, true, false);
    if (this.connection.getClientID() === null) {
      throw new IllegalStateException(
        `durable subscription '${name}' needs a client id: setClientID() first [JMS 8.3.3]`,
      );
    }
    const request = { ...requestOf(messageSelector, noLocal), subscription };
    return await this.consume(data, request, (...parts) => new JmsTopicSubscriber(topic, ...parts));
  }

  createQueue(queueName: string): Queue {
    this.check();
    return namedQueue(queueName);
  }
  createTopic(topicName: string): Topic {
    this.check();
    return namedTopic(topicName);
  }

  async createBrowser(queue: Queue, messageSelector: string | null = null): Promise<QueueBrowser> {
    this.check();
    this.connection.need('browsers', 'createBrowser');
    const data = dataOf(queue);
    if (isTopicData(data)) {
      throw new InvalidDestinationException(`a browser is for a queue, not for ${queue}`);
    }
    const selector = selectorOf(messageSelector);
    if (selector !== null) this.connection.need('selectors', 'createBrowser with a selector');
    const browser = new JmsQueueBrowser(this, queue, data, selector);
    await browser.probe();
    this.#browsers.add(browser);
    return browser;
  }

  async createTemporaryQueue(): Promise<TemporaryQueue> {
    this.check();
    return await this.connection.createTemporaryQueue();
  }
  async createTemporaryTopic(): Promise<TemporaryTopic> {
    this.check();
    return await this.connection.createTemporaryTopic();
  }

  async unsubscribe(name: string): Promise<void> {
    this.check();
    await this.connection.unsubscribe(name);
  }

  // Facilities of application servers. [JMS 11.2]

  getMessageListener(): never {
    this.check();
    unsupported('getMessageListener of a session');
  }
  setMessageListener(): never {
    this.check();
    unsupported('setMessageListener of a session');
  }
  run(): never {
    this.check();
    unsupported('run of a session');
  }

  // For the heirs.

  /** Makes a producer of any kind. */
  async produce<P extends JmsProducer>(
    destination: Destination | null,
    make: (fixed: DestinationData | null, idPrefix: string) => P,
  ): Promise<P> {
    this.check();
    const data = destination === null ? null : dataOf(destination);
    const producer = make(data, `${this.#idPrefix}${++this.#producerNumber}:`);
    const presettled = this.options.presettlesProducer(
      data,
      this.mode === Session.SESSION_TRANSACTED,
    );
    if (presettled) this.connection.need('presettled', 'jms.presettlePolicy');
    const opened = this.#provider.openProducer(data ?? undefined, producer, { presettled });
    producer.begin(await this.answer(opened));
    this.#producers.add(producer);
    return producer;
  }

  /** Makes a consumer of any kind. */
  async consume<C extends JmsConsumer>(
    destination: DestinationData,
    request: ConsumerRequest,
    make: ConsumerMaker<C>,
  ): Promise<C> {
    this.connection.checkRequest(destination, request);
    const prefetch = this.options.prefetchFor(destination, request);
    const pull = prefetch === 0;
    if (pull) this.connection.need('pull', 'a prefetch of 0');
    const consumer = make(this, destination, request, prefetch);
    const transacted = this.mode === Session.SESSION_TRANSACTED;
    const presettled = this.options.presettlesConsumer(destination, transacted);
    if (presettled) this.connection.need('presettled', 'jms.presettlePolicy');
    const asked = { ...request, ...(presettled && { presettled }), ...(pull && { pull }) };
    const opened = await this.openConsumer(destination, consumer, asked);
    this.#consumers.add(consumer);
    consumer.begin(opened);
    return consumer;
  }

  #checkTransaction(what: string): void {
    this.check();
    if (this.mode !== Session.SESSION_TRANSACTED) {
      throw new IllegalStateException(`${what}: the session is not transacted [JMS 10.3]`);
    }
    const call = currentCall();
    if (call?.completion === true && call.session === this) {
      throw new IllegalStateException(
        `a CompletionListener cannot ${what} its own session: that would wait for it [JMS 7.3.4]`,
      );
    }
    this.#transaction.check(what);
  }
}

function requestOf(messageSelector: string | null, noLocal: boolean): ConsumerRequest {
  const selector = selectorOf(messageSelector);
  return { ...(selector !== null && { selector }), ...(noLocal && { noLocal }) };
}

function durableTopicOf(topic: Topic): DestinationData {
  const data = topicOf(topic);
  if (data.kind === 'topic') return data;
  throw new InvalidDestinationException(
    `${topic} is temporary: it cannot have a durable subscription [JMS 8.3.3]`,
  );
}

function unsupported(what: string): never {
  throw new UnsupportedOperationException(
    `${what} is a facility of application servers, which this provider is not for [JMS 11.2]`,
  );
}
