// A Provider around any other that makes the world bad on purpose: everything late, confirmations
// kept back, the connection cut for good or for a while. It stands for what a network does, so that
// the cases of doubt run over every Provider, and the whole suite with everything late.
//
//     JMS API ──► DoubtfulConnection ──► the connection under it (a new one after `resume`)
//         ◄── in order, `lateBy` rounds of the event loop later ──┘
//
// Reconnecting is what the failover adapter will do: open everything anew, send again what was not
// confirmed, mark as redelivered what was seen before.

import {
  type Capability,
  type ConnectionEvents,
  type DestinationData,
  type Endpoint,
  JMSException,
  type Lacks,
  type Provider,
  type ProviderConnection,
  type ProviderSession,
} from 'angelia/jms';
import { DoubtfulSession } from './doubtful-session.ts';
import { round } from './fixture.ts';

export class DoubtfulProvider implements Provider {
  readonly #inner: Provider;
  /** Rounds of the event loop by which whatever the provider says is later. */
  readonly #lateBy: number;
  /** In the order in which they were made. */
  readonly connections: DoubtfulConnection[] = [];

  constructor(inner: Provider, lateBy = 0) {
    this.#inner = inner;
    this.#lateBy = lateBy;
  }

  /** The connection that was made last. */
  get last(): DoubtfulConnection {
    const last = this.connections.at(-1);
    if (last === undefined) throw new Error('there was no connection yet');
    return last;
  }

  async connect(endpoint: Endpoint, events: ConnectionEvents): Promise<ProviderConnection> {
    const connection = new DoubtfulConnection(this.#inner, endpoint, events, this.#lateBy);
    await connection.connect();
    this.connections.push(connection);
    return connection;
  }
}

export class DoubtfulConnection implements ProviderConnection {
  readonly #provider: Provider;
  readonly #endpoint: Endpoint;
  readonly #events: ConnectionEvents;
  readonly #lateBy: number;
  readonly #sessions: Set<DoubtfulSession> = new Set();
  #inner: ProviderConnection | undefined;
  #opened = false;
  #clientId: string | undefined;
  #chain: Promise<void> = Promise.resolve();
  /** Confirmations are kept back; a cut loses them. */
  holding = false;
  /** Interrupted, or cut. */
  down = false;
  readonly #delivered: Set<string> = new Set();
  /** Messages that were delivered before an interruption, and may have been seen. */
  readonly #before: Set<string> = new Set();

  constructor(provider: Provider, endpoint: Endpoint, events: ConnectionEvents, lateBy: number) {
    this.#provider = provider;
    this.#endpoint = endpoint;
    this.#events = events;
    this.#lateBy = lateBy;
  }

  async connect(): Promise<void> {
    const inner = await this.#provider.connect(this.#endpoint, {
      onFailure: (error) => this.#say(inner, () => this.#events.onFailure(error)),
      onProblem: (error) => this.#say(inner, () => this.#events.onProblem(error)),
      onInterrupted: (error) => this.#say(inner, () => this.#events.onInterrupted(error)),
      onResumed: () => this.#say(inner, () => this.#events.onResumed()),
    });
    this.#inner = inner;
  }

  /** What the provider under it says comes later, in order; after a cut it does not come at all. */
  #say(from: ProviderConnection, word: () => void): void {
    this.late(() => {
      if (this.#inner === from) word();
    });
  }

  /** Does something later, after all that was to be done before. */
  late(work: () => void): void {
    if (this.#lateBy === 0) {
      work();
      return;
    }
    this.#chain = this.#chain.then(() => round(this.#lateBy)).then(work);
  }

  /** Answers later. */
  async answer<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } finally {
      if (this.#lateBy > 0) await new Promise<void>((resolve) => this.late(resolve));
    }
  }

  /** The connection is lost for good; confirmations that were kept back never come. */
  cut(): void {
    this.down = true;
    const inner = this.now;
    this.#inner = undefined;
    for (const session of this.#sessions) session.cut();
    this.#events.onFailure(new JMSException('the cable was cut'));
    void inner.close();
  }

  /** The connection is lost for a while. */
  async interrupt(): Promise<void> {
    this.down = true;
    const inner = this.now;
    this.#inner = undefined;
    for (const id of this.#delivered) this.#before.add(id);
    for (const session of this.#sessions) session.cut();
    this.#events.onInterrupted(new JMSException('the cable was pulled out'));
    await inner.close();
  }

  /** There is a new connection, and everything is opened on it. */
  async resume(): Promise<void> {
    await this.connect();
    if (this.#opened) await this.now.open(this.#clientId);
    this.holding = false;
    this.down = false;
    for (const session of this.#sessions) await session.resume();
    this.#events.onResumed();
  }

  /** The attempt to tell of a message: one that came before an interruption comes again. */
  attemptOf(messageId: string, attempt: number): number {
    this.#delivered.add(messageId);
    return this.#before.has(messageId) ? Math.max(2, attempt) : attempt;
  }

  /** Lets go of the confirmations that were kept back. */
  letGo(): void {
    this.holding = false;
    for (const session of this.#sessions) session.letGo();
  }

  get now(): ProviderConnection {
    if (this.#inner === undefined) throw new JMSException('the cable is not in');
    return this.#inner;
  }

  get name(): string {
    return this.now.name;
  }
  get version(): string {
    return this.now.version;
  }
  get capabilities(): ReadonlySet<Capability> {
    return this.#inner?.capabilities ?? new Set();
  }
  get lacks(): Lacks {
    return this.#inner?.lacks ?? {};
  }

  messageTimeMs(): number {
    return this.#inner?.messageTimeMs() ?? Date.now();
  }

  async open(clientId: string | undefined): Promise<void> {
    await this.answer(this.now.open(clientId));
    this.#opened = true;
    this.#clientId = clientId;
  }

  async openSession(transacted: boolean): Promise<ProviderSession> {
    const session = new DoubtfulSession(this, transacted);
    await this.answer(session.open());
    this.#sessions.add(session);
    return session;
  }

  forget(session: DoubtfulSession): void {
    this.#sessions.delete(session);
  }

  async createTemporary(kind: 'temporary-queue' | 'temporary-topic'): Promise<DestinationData> {
    const made = this.now.createTemporary?.(kind);
    if (made === undefined) throw new JMSException(`no ${kind}`);
    return await this.answer(made);
  }
  async deleteTemporary(destination: DestinationData): Promise<void> {
    await this.answer(this.now.deleteTemporary?.(destination) ?? Promise.resolve());
  }
  async unsubscribe(name: string): Promise<void> {
    await this.answer(this.now.unsubscribe?.(name) ?? Promise.resolve());
  }

  async close(): Promise<void> {
    const inner = this.#inner;
    this.#inner = undefined;
    if (inner !== undefined) await inner.close();
  }
}
