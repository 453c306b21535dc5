// A connection that goes to another broker, or to the same one again, when its way is lost.
//
//     connecting ──► live ──── the way is lost ──► interrupted ──► live …
//         │            │                               │
//         └── no round left, or refused ──► failed ◄───┘
//
// On a new way everything is made anew before anybody hears of it: temporary destinations, sessions,
// producers, consumers. Then, in one go: unconfirmed sends go out, in their order, and `onResumed`.
//
// Invariant: calls that need an answer wait for a way and are asked again when it is lost before the
// answer, unless asking twice could do something twice; then they reject and say so.

import {
  type Capability,
  type ConnectionEvents,
  type DestinationData,
  type Endpoint,
  InvalidDestinationException,
  JMSException,
  JMSSecurityException,
  type Lacks,
  type ProviderConnection,
  type ProviderSession,
} from '#jms-api';
import type { ProviderFor } from './failover-provider.ts';
import { FailoverSession } from './failover-session.ts';
import type { FailoverUrl } from './failover-url.ts';
import { Reconnection } from './reconnection.ts';
import { Seen } from './seen.ts';
import { Servers } from './servers.ts';
import { Temporaries } from './temporaries.ts';
import { LostWay, unlessLost, Way, type WayEvents } from './way.ts';

interface Waiter {
  readonly resolve: (way: Way) => void;
  readonly reject: (error: Error) => void;
}

/** Queues and subscriptions of which is known what they brought; the oldest is forgotten first. */
const SOURCES_MAX = 1000;
const NO_CAPABILITIES: ReadonlySet<Capability> = new Set();

export class FailoverConnection implements ProviderConnection, WayEvents {
  readonly temporaries: Temporaries = new Temporaries();
  readonly events: ConnectionEvents;
  readonly #url: FailoverUrl;
  readonly #endpoint: Endpoint;
  readonly #providerFor: ProviderFor;
  readonly #servers: Servers;
  readonly #sessions: Set<FailoverSession> = new Set();
  readonly #seen: Map<string, Seen> = new Map();
  #waiters: Waiter[] = [];
  /** The way that works; undefined: there is none now. */
  #way: Way | undefined;
  #reconnection: Reconnection | undefined;
  /** Why there will never be one again. */
  #over: Error | undefined;
  #opened = false;
  #clientId: string | undefined;
  // What is known of a broker while there is none.
  #name = 'failover';
  #version = '';
  #capabilities: ReadonlySet<Capability> = NO_CAPABILITIES;
  #lacks: Lacks = {};
  #aheadMs = 0;

  constructor(
    url: FailoverUrl,
    endpoint: Endpoint,
    events: ConnectionEvents,
    providerFor: ProviderFor,
  ) {
    this.#url = url;
    this.#endpoint = endpoint;
    this.events = events;
    this.#providerFor = providerFor;
    this.#servers = new Servers(url);
  }

  get name(): string {
    return this.#name;
  }
  get version(): string {
    return this.#version;
  }
  get capabilities(): ReadonlySet<Capability> {
    return this.#capabilities;
  }
  get lacks(): Lacks {
    return this.#lacks;
  }

  messageTimeMs(): number {
    const way = this.#way;
    if (way === undefined) return Date.now() + this.#aheadMs;
    return way.connection.messageTimeMs();
  }

  /** Finds the first way. */
  async connect(): Promise<void> {
    const { startupMaxReconnectAttempts, maxReconnectAttempts } = this.#url;
    await this.#find(startupMaxReconnectAttempts ?? maxReconnectAttempts, true);
  }

  async open(clientId: string | undefined): Promise<void> {
    await this.ask((way) => way.until(way.connection.open(clientId)));
    this.#opened = true;
    this.#clientId = clientId;
    this.#learn();
  }

  async openSession(transacted: boolean): Promise<ProviderSession> {
    const session = new FailoverSession(this, transacted);
    await this.ask(async (way) => {
      await session.open(way);
      // Else it would be made anew twice.
      if (way === this.#way) this.#sessions.add(session);
    });
    return session;
  }

  async createTemporary(kind: 'temporary-queue' | 'temporary-topic'): Promise<DestinationData> {
    return await this.ask(async (way) => {
      const made = await this.#makeTemporary(way, kind);
      if (way === this.#way) this.temporaries.add(made);
      return made;
    });
  }

  async deleteTemporary(destination: DestinationData): Promise<void> {
    const way = this.#way;
    const { connection } = way ?? {};
    const now = this.temporaries.toBroker(destination);
    this.temporaries.remove(destination);
    const work = connection?.deleteTemporary?.(now);
    // With the way that it belonged to it is gone.
    if (way !== undefined && work !== undefined) await unlessLost(way.until(work));
  }

  async unsubscribe(name: string): Promise<void> {
    let again = false;
    await this.ask(async (way) => {
      const work = way.connection.unsubscribe?.(name);
      if (work === undefined) return;
      try {
        await way.until(work);
      } catch (error) {
        // The first question may have done it.
        if (!again || !(error instanceof InvalidDestinationException)) throw error;
      } finally {
        again = true;
      }
    });
  }

  async close(): Promise<void> {
    const way = this.#way;
    this.#end(new JMSException('the connection was closed'));
    this.#reconnection?.stop();
    if (way !== undefined) await unlessLost(way.until(way.connection.close()));
    way?.end(new JMSException('the connection was closed'));
  }

  // What sessions ask of their connection.

  /** The way that works now. */
  get way(): Way | undefined {
    return this.#way;
  }

  forget(session: FailoverSession): void {
    this.#sessions.delete(session);
  }

  /** What one source of messages brought before interruptions. */
  seen(source: string): Seen {
    let seen = this.#seen.get(source);
    if (seen === undefined) {
      seen = new Seen();
      this.#seen.set(source, seen);
      const [oldest] = this.#seen.keys();
      if (this.#seen.size > SOURCES_MAX && oldest !== undefined) this.#seen.delete(oldest);
    }
    return seen;
  }

  /** Asks when there is a way, and asks the next one if that is lost before it answers. */
  async ask<T>(question: (way: Way) => Promise<T>): Promise<T> {
    for (;;) {
      const way = this.#way ?? (await this.#comes());
      try {
        const answer = await question(way);
        if (way === this.#way) return answer;
      } catch (error) {
        if (!(error instanceof LostWay)) throw error;
        // The broker ended the connection over a question; asked again, it would do so again.
        if (error.cause instanceof InvalidDestinationException) throw error.cause;
      }
      if (this.#over !== undefined) throw this.#over;
    }
  }

  // What its ways tell.

  lost(way: Way, error: Error): void {
    if (way !== this.#way) return;
    this.#aheadMs = way.connection.messageTimeMs() - Date.now();
    this.#way = undefined;
    void way.connection.close().catch(() => {});
    if (error instanceof JMSSecurityException) {
      // It was ended for what we may not do, and would be again.
      this.#end(error);
      this.events.onFailure(error);
      return;
    }
    for (const session of this.#sessions) session.interrupted();
    this.events.onInterrupted(error);
    this.#find(this.#url.maxReconnectAttempts, false).catch((cause: Error) => {
      if (this.#over !== undefined) return;
      this.#end(cause);
      this.events.onFailure(cause);
    });
  }

  problem(error: Error): void {
    this.events.onProblem(error);
  }

  async #find(roundsMax: number, first: boolean): Promise<void> {
    this.#reconnection = new Reconnection(this.#url, this.#servers, {
      enter: (url) => this.#enter(url),
      roundsMax,
      first,
    });
    let way = await this.#reconnection.run();
    // It may be lost again before anybody could be told that it is there.
    while (way.lost && this.#over === undefined) way = await this.#reconnection.run();
    if (this.#over !== undefined) {
      way.end(this.#over);
      await way.connection.close();
      throw this.#over;
    }
    this.#live(way, first);
  }

  /** Connects to one broker, and makes everything anew there. */
  async #enter(url: string): Promise<Way> {
    const way = new Way(url, this);
    const { username, password, connectTimeoutMs } = this.#endpoint;
    const who = { url, username, password };
    const endpoint = connectTimeoutMs === undefined ? who : { ...who, connectTimeoutMs };
    const provider = await this.#providerFor(url);
    way.begin(await way.until(provider.connect(endpoint, way)));
    try {
      if (this.#opened) await this.#restore(way);
    } catch (error) {
      way.end(error as Error);
      await way.connection.close().catch(() => {});
      throw error;
    }
    return way;
  }

  async #restore(way: Way): Promise<void> {
    await way.until(way.connection.open(this.#clientId));
    await this.temporaries.restore((kind) => this.#makeTemporary(way, kind));
    await Promise.all([...this.#sessions].map((session) => session.restore(way)));
  }

  async #makeTemporary(
    way: Way,
    kind: 'temporary-queue' | 'temporary-topic',
  ): Promise<DestinationData> {
    const making = way.connection.createTemporary?.(kind);
    if (making === undefined) {
      throw new InvalidDestinationException(`${way.url} has no ${kind.replace('-', ' ')}s`);
    }
    return await way.until(making);
  }

  /** Everything is there again. What happens here happens at once. */
  #live(way: Way, first: boolean): void {
    this.#way = way;
    this.#reconnection = undefined;
    this.#learn();
    if (!first) {
      for (const session of this.#sessions) session.resumed();
      this.events.onResumed();
    }
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const { resolve } of waiters) resolve(way);
  }

  /** Remembers what is known of the broker for the times when there is none. */
  #learn(): void {
    const { name, version, capabilities, lacks, offered } = this.#way?.connection ?? {};
    this.#name = name ?? this.#name;
    this.#version = version ?? this.#version;
    this.#capabilities = capabilities ?? NO_CAPABILITIES;
    this.#lacks = lacks ?? {};
    if (this.#opened && offered !== undefined) this.#servers.offered(offered);
  }

  #comes(): Promise<Way> {
    if (this.#over !== undefined) return Promise.reject(this.#over);
    return new Promise((resolve, reject) => this.#waiters.push({ resolve, reject }));
  }

  #end(error: Error): void {
    this.#over ??= error;
    this.#way = undefined;
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const { reject } of waiters) reject(error);
  }
}
