// A connection: started or not, its client id, its sessions, and whom to tell of problems.
// [JMS 6.1]

import { Closure } from './closure.ts';
import type {
  Connection,
  ConnectionMetaData,
  ExceptionListener,
  ExceptionListenerLike,
} from './connection.ts';
import { connectionMetaData } from './connection-metadata.ts';
import {
  IllegalStateException,
  InvalidClientIDException,
  JMSException,
  UnsupportedOperationException,
} from './errors.ts';
import { JmsSession } from './jms-session.ts';
import type { ConnectionEvents, ProviderConnection } from './provider.ts';
import { currentCall } from './scope.ts';
import { type AcknowledgeMode, Session } from './session.ts';

/** @internal */
export class JmsConnection implements Connection, ConnectionEvents {
  /** Messages that a consumer may hold that were not handed out. */
  readonly prefetch: number;
  started = false;
  readonly #closure: Closure = new Closure('connection');
  readonly #id: string = globalThis.crypto.randomUUID();
  readonly #sessions: Set<JmsSession> = new Set();
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

  constructor(prefetch: number) {
    this.prefetch = prefetch;
  }

  /** Takes the provider's connection; called once, before the user sees this one. */
  async begin(provider: ProviderConnection, clientID: string | null): Promise<void> {
    this.#provider = provider;
    if (clientID === null) return;
    try {
      await this.setClientID(clientID);
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  /** @throws {IllegalStateException} if it is closed; {JMSException} if it failed */
  check(): void {
    this.#closure.check();
    if (this.#failure === null) return;
    throw new JMSException('the connection is lost', null, { cause: this.#failure });
  }

  get lost(): boolean {
    return this.#failure !== null;
  }

  messageTimeMs(): number {
    return this.#provider?.messageTimeMs() ?? 0;
  }

  onFailure(error: Error): void {
    if (this.#failure !== null || this.#closure.closed) return;
    this.#failure = error;
    for (const session of this.#sessions) session.fail(error);
    this.onProblem(error);
  }

  onProblem(error: Error): void {
    if (this.#given === null) return;
    this.#problems.push(error);
    if (!this.#telling) queueMicrotask(() => void this.#tell());
  }

  sessionClosed(session: JmsSession): void {
    this.#sessions.delete(session);
  }

  async createSession(
    transacted?: boolean | AcknowledgeMode,
    acknowledgeMode?: AcknowledgeMode,
  ): Promise<Session> {
    this.check();
    const mode = modeOf(transacted, acknowledgeMode);
    await this.#open();
    const provider = await this.#providerNow().openSession();
    const prefix = `ID:${this.#id}:${++this.#sessionNumber}:`;
    const session = new JmsSession(this, provider, mode, prefix);
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
    this.#opened = this.#providerNow().open(clientID);
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
    const { name, version } = this.#providerNow();
    return connectionMetaData(name, version);
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
      // At once for all: a receive of one session may wait for a send of another.
      await Promise.all([...this.#sessions].map((session) => session.close()));
      this.started = false;
      await this.#provider?.close();
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

  #open(): Promise<void> {
    this.#opened ??= this.#providerNow().open(undefined);
    return this.#opened;
  }

  #providerNow(): ProviderConnection {
    if (this.#provider === undefined) throw new IllegalStateException('not connected yet');
    return this.#provider;
  }

  /** @throws {IllegalStateException} instead of a deadlock [JMS 6.1.5, 6.1.8] */
  #checkOutside(what: string): void {
    const session = currentCall()?.session;
    if (!(session instanceof JmsSession) || session.connection !== this) return;
    throw new IllegalStateException(
      `a listener cannot ${what} its own connection: the ${what} would wait for it [JMS 6.1.8]`,
    );
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

function modeOf(
  transacted: boolean | AcknowledgeMode | undefined,
  acknowledgeMode: AcknowledgeMode | undefined,
): AcknowledgeMode {
  const given = typeof transacted === 'boolean' ? acknowledgeMode : transacted;
  const mode = transacted === true ? Session.SESSION_TRANSACTED : (given ?? 1);
  switch (mode) {
    case Session.AUTO_ACKNOWLEDGE:
    case Session.CLIENT_ACKNOWLEDGE:
    case Session.DUPS_OK_ACKNOWLEDGE:
      return mode;
    case Session.SESSION_TRANSACTED:
      return unsupported('a transacted session');
    default:
      throw new JMSException(`an acknowledge mode is 1, 2 or 3, not ${String(mode)}`);
  }
}

function unsupported(what: string): never {
  throw new UnsupportedOperationException(`${what} is not supported by this version`);
}
