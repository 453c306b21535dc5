// The JMSContext. Its session is opened when it is first needed, so that there is time for
// `setClientID`; so is the one producer that all its JMSProducers send with. [JMS 6.3]

import { Closure } from './closure.ts';
import type { ConnectionMetaData, ExceptionListener, ExceptionListenerLike } from './connection.ts';
import { ContextConsumer } from './context-consumer.ts';
import { ContextProducer } from './context-producer.ts';
import {
  type Destination,
  namedQueue,
  namedTopic,
  type Queue,
  type TemporaryQueue,
  type TemporaryTopic,
  type Topic,
} from './destination.ts';
import { IllegalStateRuntimeException } from './errors.ts';
import { type JmsConnection, modeOf } from './jms-connection.ts';
import type { JmsConsumer } from './jms-consumer.ts';
import { JmsProducer } from './jms-producer.ts';
import { JmsSession } from './jms-session.ts';
import type { MessageConsumer } from './message-consumer.ts';
import { MessageMaker } from './message-maker.ts';
import type { JmsObjectMessage } from './object-message.ts';
import type { QueueBrowser } from './queue-browser.ts';
import { awaitUnchecked, unchecked } from './runtime-exceptions.ts';
import { currentCall } from './scope.ts';
import { type AcknowledgeMode, Session } from './session.ts';
import type { JMSConsumer, JMSContext, JMSProducer } from './simplified.ts';

/** A connection that contexts share; it closes with the last of them. */
interface Shared {
  readonly connection: JmsConnection;
  contexts: number;
}

/** @internal */
export class Context extends MessageMaker implements JMSContext {
  readonly connection: JmsConnection;
  readonly #shared: Shared;
  readonly #mode: AcknowledgeMode;
  readonly #closure: Closure = new Closure('context');
  #session: JmsSession | undefined;
  #opening: Promise<JmsSession> | undefined;
  #producer: JmsProducer | undefined;
  #producing: Promise<JmsProducer> | undefined;
  #autoStart = true;

  constructor(shared: Shared, mode: AcknowledgeMode) {
    super();
    this.#shared = shared;
    this.connection = shared.connection;
    this.#mode = mode;
    shared.contexts++;
  }

  /** What all producers of the context send with; a promise the first time. */
  producer(): JmsProducer | Promise<JmsProducer> {
    this.#check();
    if (this.#producer !== undefined) return this.#producer;
    this.#producing ??= this.#openProducer();
    return this.#producing;
  }

  async createContext(sessionMode: AcknowledgeMode): Promise<JMSContext> {
    return unchecked(() => {
      this.#check();
      return new Context(this.#shared, modeOf(sessionMode, undefined));
    });
  }

  createProducer(): JMSProducer {
    this.check();
    return new ContextProducer(this);
  }

  getClientID(): string | null {
    return unchecked(() => this.connection.getClientID());
  }
  async setClientID(clientID: string): Promise<void> {
    await awaitUnchecked(() => this.connection.setClientID(clientID));
  }
  getMetaData(): ConnectionMetaData {
    return unchecked(() => this.connection.getMetaData());
  }
  getExceptionListener(): ExceptionListener | null {
    return unchecked(() => this.connection.getExceptionListener());
  }
  setExceptionListener(listener: ExceptionListenerLike | null): void {
    unchecked(() => this.connection.setExceptionListener(listener));
  }
  async start(): Promise<void> {
    await this.#do(async () => await this.connection.start());
  }
  async stop(): Promise<void> {
    await this.#do(async () => await this.connection.stop());
  }
  setAutoStart(autoStart: boolean): void {
    this.check();
    this.#autoStart = autoStart;
  }
  getAutoStart(): boolean {
    this.check();
    return this.#autoStart;
  }

  async close(): Promise<void> {
    const call = currentCall();
    if (call !== undefined && call.session === this.#session) {
      throw new IllegalStateRuntimeException(
        'a listener cannot close its own context: the close would wait for it [JMS 6.2.15]',
      );
    }
    await awaitUnchecked(() =>
      this.#closure.close(async () => {
        const session = await this.#opening?.catch(() => undefined);
        await session?.close();
        if (--this.#shared.contexts === 0) await this.connection.close();
      }),
    );
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  override createObjectMessage(object: unknown = null): JmsObjectMessage {
    return unchecked(() => super.createObjectMessage(object));
  }
  getTransacted(): boolean {
    this.check();
    return this.#mode === Session.SESSION_TRANSACTED;
  }
  getSessionMode(): AcknowledgeMode {
    this.check();
    return this.#mode;
  }

  async commit(): Promise<void> {
    await this.#do((session) => session.commit());
  }
  async rollback(): Promise<void> {
    await this.#do((session) => session.rollback());
  }
  async recover(): Promise<void> {
    await this.#do((session) => session.recover());
  }
  async acknowledge(): Promise<void> {
    await this.#do((session) => session.acknowledge());
  }

  async createConsumer(
    destination: Destination,
    messageSelector?: string | null,
    noLocal?: boolean,
  ): Promise<JMSConsumer> {
    return await this.#consume((session) =>
      session.createConsumer(destination, messageSelector, noLocal),
    );
  }
  async createDurableConsumer(
    topic: Topic,
    name: string,
    messageSelector?: string | null,
    noLocal?: boolean,
  ): Promise<JMSConsumer> {
    return await this.#consume((session) =>
      session.createDurableConsumer(topic, name, messageSelector, noLocal),
    );
  }
  async createSharedDurableConsumer(
    topic: Topic,
    name: string,
    messageSelector?: string | null,
  ): Promise<JMSConsumer> {
    return await this.#consume((session) =>
      session.createSharedDurableConsumer(topic, name, messageSelector),
    );
  }
  async createSharedConsumer(
    topic: Topic,
    sharedSubscriptionName: string,
    messageSelector?: string | null,
  ): Promise<JMSConsumer> {
    return await this.#consume((session) =>
      session.createSharedConsumer(topic, sharedSubscriptionName, messageSelector),
    );
  }
  async createBrowser(queue: Queue, messageSelector?: string | null): Promise<QueueBrowser> {
    return await this.#do(async (session) => {
      const browser = await session.createBrowser(queue, messageSelector);
      if (this.#autoStart) await this.connection.start();
      return browser;
    });
  }

  createQueue(queueName: string): Queue {
    return unchecked(() => {
      this.#check();
      return namedQueue(queueName);
    });
  }
  createTopic(topicName: string): Topic {
    return unchecked(() => {
      this.#check();
      return namedTopic(topicName);
    });
  }
  async createTemporaryQueue(): Promise<TemporaryQueue> {
    return await this.#do((session) => session.createTemporaryQueue());
  }
  async createTemporaryTopic(): Promise<TemporaryTopic> {
    return await this.#do((session) => session.createTemporaryTopic());
  }
  async unsubscribe(name: string): Promise<void> {
    await this.#do((session) => session.unsubscribe(name));
  }

  /** @throws {IllegalStateRuntimeException} if the context or its connection is closed */
  override check(): void {
    unchecked(() => this.#check());
  }

  #check(): void {
    this.#closure.check();
    this.connection.check();
  }

  /** Does something with the session, and throws runtime exceptions. */
  async #do<T>(work: (session: JmsSession) => Promise<T>): Promise<T> {
    return await awaitUnchecked(async () => {
      this.#check();
      return await work(this.#session ?? (await this.#open()));
    });
  }

  async #consume(make: (session: JmsSession) => Promise<MessageConsumer>): Promise<JMSConsumer> {
    return await this.#do(async (session) => {
      const consumer = (await make(session)) as JmsConsumer;
      if (this.#autoStart) await this.connection.start();
      return new ContextConsumer(consumer);
    });
  }

  #open(): Promise<JmsSession> {
    this.#opening ??= this.#openSession();
    return this.#opening;
  }

  async #openSession(): Promise<JmsSession> {
    try {
      this.#session = await this.connection.openSession(
        this.#mode,
        (...parts) => new JmsSession(...parts),
      );
      return this.#session;
    } catch (error) {
      this.#opening = undefined;
      throw error;
    }
  }

  async #openProducer(): Promise<JmsProducer> {
    try {
      const session = await this.#open();
      this.#producer = await session.produce(
        null,
        (...parts) => new JmsProducer(session, null, ...parts),
      );
      return this.#producer;
    } catch (error) {
      this.#producing = undefined;
      throw error;
    }
  }
}
