// A connection: started or not, its client id, its sessions and temporary destinations, what it was
// told to do by its URL, and whom to tell of problems. [JMS 6.1]

import { type Capability, capabilityTable, refusalOf } from './capability.ts';
import { Closure, lostConnection } from './closure.ts';
import type {
  Connection,
  ConnectionMetaData,
  ExceptionListener,
  ExceptionListenerLike,
} from './connection.ts';
import { JmsConnectionMetaData } from './connection-metadata.ts';
import type { ConnectionOptions } from './connection-options.ts';
import { Deadline } from './deadline.ts';
import {
  isTopicData,
  JmsTemporaryQueue,
  JmsTemporaryTopic,
  type TemporaryOwner,
} from './destination.ts';
import {
  IllegalStateException,
  InvalidClientIDException,
  InvalidDestinationException,
  JMSException,
  UnsupportedOperationException,
} from './errors.ts';
import { JmsSession } from './jms-session.ts';
import type { DestinationData } from './message-data.ts';
import type {
  ConnectionEvents,
  ConsumerRequest,
  ProviderConnection,
  ProviderSession,
} from './provider.ts';
import { currentCall } from './scope.ts';
import { type AcknowledgeMode, Session } from './session.ts';

/** Makes a session object: a plain one, or one of the old domains. */
export type SessionMaker<S extends JmsSession> = (
  connection: JmsConnection,
  provider: ProviderSession,
  mode: AcknowledgeMode,
  idPrefix: string,
) => S;

const plainSession: SessionMaker<JmsSession> = (...parts) => new JmsSession(...parts);

/** @internal */
export class JmsConnection implements Connection, ConnectionEvents, TemporaryOwner {
  readonly options: ConnectionOptions;
  started = false;
  readonly #closure: Closure = new Closure('connection');
  readonly #id: string = globalThis.crypto.randomUUID();
  readonly #sessions: Set<JmsSession> = new Set();
  /** Temporary destinations of this connection, by kind and name. */
  readonly #temporaries: Set<string> = new Set();
  readonly #listeners: Record<'interrupted' | 'resumed', Set<(error?: Error) => void>> = {
    interrupted: new Set(),
    resumed: new Set(),
  };
  /** Each ends a wait for the provider when the connection is lost. */
  readonly #waits: Set<(error: Error) => void> = new Set();
  #provider: ProviderConnection | undefined;
  #sessionNumber = 0;
  #clientID: string | null = null;
  /** Set by the first use: then it is too late for a client id. */
  #opened: Promise<void> | undefined;
  #failure: Error | null = null;
  #given: ExceptionListenerLike | null = null;
  /** What the ExceptionListener still has to hear, while it hears of another. */
  #problems: Error[] = [];
  #telling = false;

  constructor(options: ConnectionOptions) {
    this.options = options;
  }

  /** Takes the provider's connection; called once, before the user sees this one. */
  async begin(provider: ProviderConnection, clientID: string | null): Promise<void> {
    this.#provider = provider;
    if (clientID === null && this.options.awaitClientID) return;
    try {
      if (clientID === null) await this.#open();
      else await this.setClientID(clientID);
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  /** @throws {IllegalStateException} if it is closed; {JMSException} if it failed */
  check(): void {
    this.#closure.check();
    if (this.#failure !== null) throw lostConnection(this.#failure);
  }

  get closed(): boolean {
    return this.#closure.closed;
  }

  get lost(): boolean {
    return this.#failure !== null;
  }

  messageTimeMs(): number {
    return this.#provider?.messageTimeMs() ?? 0;
  }

  /** @throws {UnsupportedOperationException} if the provider does not declare the capability */
  need(capability: Capability, what: string): void {
    const { capabilities, name, lacks } = this.#providerNow();
    if (capabilities?.has(capability)) return;
    throw new UnsupportedOperationException(refusalOf(capability, what, name, lacks));
  }

  /** Refuses a consumer that the provider cannot open, or that would take from others. */
  checkRequest(destination: DestinationData, request: ConsumerRequest): void {
    const { selector, noLocal, subscription } = request;
    if (selector !== undefined) {
      const capability = isTopicData(destination) ? 'topic-selectors' : 'selectors';
      this.need(capability, 'a message selector');
    }
    if (noLocal === true) this.need('no-local', 'noLocal');
    if (subscription?.durable === true) this.need('durable-subscriptions', 'a durable consumer');
    if (subscription?.shared === true) this.need('shared-subscriptions', 'a shared consumer');
    const temporary =
      destination.kind === 'temporary-queue' || destination.kind === 'temporary-topic';
    if (!temporary || this.#temporaries.has(keyOf(destination))) return;
    throw new InvalidDestinationException(
      `${destination.name} is temporary: only the connection that made it may consume from it, ` +
        'until it is deleted [JMS 6.2.2]',
    );
  }

  /** What the provider answers, unless the connection is lost before, or it takes too long. */
  answer<T>(work: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== null) {
        reject(lostConnection(this.#failure));
        return;
      }
      const timer = this.#impatient(reject);
      const end = (error: Error): void => {
        clearTimeout(timer);
        reject(lostConnection(error));
      };
      this.#waits.add(end);
      work.then(resolve, reject).finally(() => {
        this.#waits.delete(end);
        clearTimeout(timer);
      });
    });
  }

  // What the provider tells.

  onFailure(error: Error): void {
    if (this.#failure !== null) return;
    this.#giveUp(error);
    // Lost while it is closed: who closes has no use for the news.
    if (!this.#closure.closed) this.onProblem(error);
  }

  onProblem(error: Error): void {
    if (this.#given === null) return;
    this.#problems.push(error);
    if (!this.#telling) queueMicrotask(() => void this.#tell());
  }

  onInterrupted(error: Error): void {
    for (const session of this.#sessions) session.interrupted(error);
    this.#emit('interrupted', error);
  }

  onResumed(): void {
    for (const session of this.#sessions) session.resumed();
    this.#emit('resumed');
  }

  on(event: 'interrupted' | 'resumed', listener: (error?: Error) => void): this {
    this.#listeners[event].add(listener);
    return this;
  }

  off(event: 'interrupted' | 'resumed', listener: (error?: Error) => void): this {
    this.#listeners[event].delete(listener);
    return this;
  }

  // What sessions ask of their connection.

  sessionClosed(session: JmsSession): void {
    this.#sessions.delete(session);
  }

  async createTemporaryQueue(): Promise<JmsTemporaryQueue> {
    return new JmsTemporaryQueue(await this.#createTemporary('temporary-queue'), this);
  }

  async createTemporaryTopic(): Promise<JmsTemporaryTopic> {
    return new JmsTemporaryTopic(await this.#createTemporary('temporary-topic'), this);
  }

  async deleteTemporary(destination: DestinationData): Promise<void> {
    this.check();
    const key = keyOf(destination);
    if (!this.#temporaries.has(key)) {
      throw new InvalidDestinationException(`${destination} was deleted before`);
    }
    for (const session of this.#sessions) {
      if (!session.consumes(destination)) continue;
      throw new IllegalStateException(`${destination} has consumers: close them first [JMS 6.2.2]`);
    }
    this.#temporaries.delete(key);
    await this.answer(this.#providerNow().deleteTemporary?.(destination) ?? Promise.resolve());
  }

  async unsubscribe(name: string): Promise<void> {
    this.need('durable-subscriptions', 'unsubscribe');
    if (typeof name !== 'string' || name === '') {
      throw new InvalidDestinationException(`no durable subscription is called ${String(name)}`);
    }
    await this.#open();
    await this.answer(this.#providerNow().unsubscribe?.(name) ?? Promise.resolve());
  }

  // The Connection of JMS.

  async createSession(
    transacted?: boolean | AcknowledgeMode,
    acknowledgeMode?: AcknowledgeMode,
  ): Promise<Session> {
    this.check();
    return await this.openSession(modeOf(transacted, acknowledgeMode), plainSession);
  }

  /** Makes a session of any kind. */
  async openSession<S extends JmsSession>(
    mode: AcknowledgeMode,
    make: SessionMaker<S>,
  ): Promise<S> {
    this.check();
    await this.#open();
    const transacted = mode === Session.SESSION_TRANSACTED;
    if (transacted) this.need('transactions', 'a transacted session');
    const provider = await this.answer(this.#providerNow().openSession(transacted));
    this.check();
    const session = make(this, provider, mode, `ID:${this.#id}:${++this.#sessionNumber}:`);
    this.#sessions.add(session);
    return session;
  }

  getClientID(): string | null {
    this.check();
    return this.#clientID;
  }

  async setClientID(clientID: string): Promise<void> {
    this.check();
    if (this.#clientID !== null) {
      throw new IllegalStateException(`the connection has its client id, '${this.#clientID}'`);
    }
    if (this.#opened !== undefined) {
      throw new IllegalStateException(
        'setClientID is for a connection that was not used before [JMS 6.1.2]',
      );
    }
    if (typeof clientID !== 'string' || clientID === '') {
      throw new InvalidClientIDException(`a client id is a text, not ${JSON.stringify(clientID)}`);
    }
    this.#opened = this.answer(this.#providerNow().open(clientID));
    try {
      await this.#opened;
    } catch (error) {
      // Refused: the user may try another one.
      this.#opened = undefined;
      throw error;
    }
    this.#clientID = clientID;
  }

  getMetaData(): ConnectionMetaData {
    this.check();
    const { name, version, capabilities, lacks } = this.#providerNow();
    return new JmsConnectionMetaData(name, version, capabilityTable(capabilities, lacks));
  }

  getExceptionListener(): ExceptionListener | null {
    this.check();
    return typeof this.#given === 'function' ? { onException: this.#given } : this.#given;
  }

  setExceptionListener(listener: ExceptionListenerLike | null): void {
    this.check();
    this.#given = listener;
  }

  async start(): Promise<void> {
    this.check();
    await this.#open();
    this.started = true;
    for (const session of this.#sessions) session.dispatcher.wake();
  }

  async stop(): Promise<void> {
    this.check();
    this.#checkOutside('stop');
    this.started = false;
    for (const session of this.#sessions) await session.dispatcher.idle();
  }

  async close(): Promise<void> {
    this.#checkOutside('close');
    await this.#closure.close(async () => {
      const { closeTimeoutMs } = this.options;
      const late = new JMSException(`not closed within jms.closeTimeout=${closeTimeoutMs} ms`);
      const deadline = new Deadline(closeTimeoutMs, () => this.#giveUp(late));
      try {
        // At once for all: a receive of one session may wait for a send of another.
        await Promise.all([...this.#sessions].map((session) => this.#closed(session)));
      } finally {
        this.started = false;
        const closed = this.#provider?.close() ?? Promise.resolve();
        await Promise.race([closed.finally(() => deadline.end()), deadline.over]);
      }
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async createConnectionConsumer(): Promise<never> {
    unsupported('createConnectionConsumer');
  }
  async createSharedConnectionConsumer(): Promise<never> {
    unsupported('createSharedConnectionConsumer');
  }
  async createDurableConnectionConsumer(): Promise<never> {
    unsupported('createDurableConnectionConsumer');
  }
  async createSharedDurableConnectionConsumer(): Promise<never> {
    unsupported('createSharedDurableConnectionConsumer');
  }

  async #createTemporary(kind: 'temporary-queue' | 'temporary-topic'): Promise<string> {
    this.need('temporary-destinations', `a ${kind.replace('-', ' ')}`);
    const making = this.#providerNow().createTemporary?.(kind);
    if (making === undefined) unsupported(kind);
    const made = await this.answer(making);
    this.#temporaries.add(keyOf(made));
    return made.name;
  }

  /** Closes a session; what the provider can no more do for it does not matter. */
  async #closed(session: JmsSession): Promise<void> {
    try {
      await session.close();
    } catch (error) {
      if (!this.lost) throw error;
    }
  }

  /** Ends all waits for the provider: nothing will come of them. */
  #giveUp(error: Error): void {
    this.#failure ??= error;
    for (const end of this.#waits) end(error);
    this.#waits.clear();
    for (const session of this.#sessions) session.fail(error);
  }

  #impatient(reject: (error: Error) => void): NodeJS.Timeout | undefined {
    const { requestTimeoutMs } = this.options;
    if (requestTimeoutMs < 0) return undefined;
    const text = `no answer within jms.requestTimeout=${requestTimeoutMs} ms`;
    return setTimeout(() => reject(new JMSException(text)), requestTimeoutMs);
  }

  #open(): Promise<void> {
    this.#opened ??= this.answer(this.#providerNow().open(undefined));
    return this.#opened;
  }

  #providerNow(): ProviderConnection {
    if (this.#provider === undefined) throw new IllegalStateException('not connected yet');
    return this.#provider;
  }

  /** @throws {IllegalStateException} instead of a deadlock [JMS 6.1.5, 6.1.8] */
  #checkOutside(what: string): void {
    const call = currentCall();
    if (!(call?.session instanceof JmsSession) || call.session.connection !== this) return;
    // A stop waits for no CompletionListener.
    if (call.completion && what === 'stop') return;
    const who = call.completion ? 'a CompletionListener' : 'a listener';
    throw new IllegalStateException(
      `${who} cannot ${what} its own connection: the ${what} would wait for it [JMS 6.1.8]`,
    );
  }

  #emit(event: 'interrupted' | 'resumed', error?: Error): void {
    for (const listener of [...this.#listeners[event]]) {
      try {
        if (error === undefined) listener();
        else listener(error);
      } catch (cause) {
        this.onProblem(new JMSException(`a listener of '${event}' failed`, null, { cause }));
      }
    }
  }

  /** Tells the ExceptionListener, one problem after the other. [JMS 6.1.7] */
  async #tell(): Promise<void> {
    if (this.#telling) return;
    this.#telling = true;
    for (let error = this.#problems.shift(); error; error = this.#problems.shift()) {
      try {
        const listener = this.#given;
        await (typeof listener === 'function' ? listener(error) : listener?.onException(error));
      } catch {
        // There is nobody left to tell.
      }
    }
    this.#telling = false;
  }
}

/** The one acknowledge mode that the arguments of createSession say. */
export function modeOf(
  transacted: boolean | AcknowledgeMode | undefined,
  acknowledgeMode: AcknowledgeMode | undefined,
): AcknowledgeMode {
  if (transacted === true) return Session.SESSION_TRANSACTED;
  const given = typeof transacted === 'boolean' ? acknowledgeMode : transacted;
  const mode = given ?? Session.AUTO_ACKNOWLEDGE;
  switch (mode) {
    case Session.SESSION_TRANSACTED:
      if (transacted !== false) return mode;
      throw new JMSException(
        'createSession(false, SESSION_TRANSACTED): the two contradict each other [JMS 6.2.10]',
      );
    case Session.AUTO_ACKNOWLEDGE:
    case Session.CLIENT_ACKNOWLEDGE:
    case Session.DUPS_OK_ACKNOWLEDGE:
    case Session.INDIVIDUAL_ACKNOWLEDGE:
      return mode;
    case ACTIVEMQ_INDIVIDUAL:
      return Session.INDIVIDUAL_ACKNOWLEDGE;
    default:
      throw new JMSException(`an acknowledge mode is 0, 1, 2, 3 or 101, not ${String(mode)}`);
  }
}

/** INDIVIDUAL_ACKNOWLEDGE as ActiveMQ Classic numbers it. */
const ACTIVEMQ_INDIVIDUAL = 4;

function keyOf({ kind, name }: DestinationData): string {
  return `${kind} ${name}`;
}

function unsupported(what: string): never {
  throw new UnsupportedOperationException(
    `${what} is not supported: it is a facility of application servers [JMS 11.2]`,
  );
}
