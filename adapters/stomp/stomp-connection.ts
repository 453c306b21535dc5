// A connection to a broker that speaks STOMP: one for all sessions, whose frames it keeps in order.
//
// JMS proves who it is when it connects, and says its client id later; STOMP says both in CONNECT. A
// client id therefore costs a second connection, in place of the first.

import {
  type Capability,
  type ConnectionEvents,
  type DestinationData,
  IllegalStateException,
  InvalidDestinationException,
  InvalidSelectorException,
  type ProviderConnection,
  type ProviderSession,
} from '#jms-api';
import { readDestination } from './destination-text.ts';
import { type Dialect, dialectOf } from './dialect.ts';
import type { HeaderLines } from './frame-writer.ts';
import { Link, type Place } from './link.ts';
import { StompSession } from './stomp-session.ts';
import type { StompOptions } from './stomp-url.ts';

/** Who we are to the broker. */
export interface Credentials {
  readonly username: string | undefined;
  readonly password: string | undefined;
}

export class StompConnection implements ProviderConnection {
  readonly options: StompOptions;
  readonly events: ConnectionEvents;
  readonly #place: Place;
  readonly #credentials: Credentials;
  /** Temporary destinations of this connection; false: deleted. */
  readonly #temporaries: Map<string, boolean> = new Map();
  /** What others call them, by what we do. */
  readonly #localNames: Map<string, string> = new Map();
  /** Consumers of durable subscriptions, by name. */
  readonly #subscribed: Set<string> = new Set();
  #link: Link;
  #dialect: Dialect;
  #clientId: string | undefined;
  #numbers = 0;

  constructor(
    place: Place,
    options: StompOptions,
    credentials: Credentials,
    events: ConnectionEvents,
  ) {
    this.#place = place;
    this.options = options;
    this.#credentials = credentials;
    this.events = events;
    this.#link = new Link(place, events);
    this.#dialect = dialectOf(options.dialect, this.#link.headers);
  }

  get name(): string {
    return this.#dialect.product;
  }

  get version(): string {
    return /\/(\S+)/.exec(this.#link.headers.get('server') ?? '')?.[1] ?? '';
  }

  get capabilities(): ReadonlySet<Capability> {
    return this.#dialect.capabilities;
  }

  get link(): Link {
    return this.#link;
  }

  get dialect(): Dialect {
    return this.#dialect;
  }

  get clientId(): string | undefined {
    return this.#clientId;
  }

  messageTimeMs(): number {
    return Date.now();
  }

  async connect(): Promise<void> {
    const client = this.#clientId === undefined ? [] : [['client-id', this.#clientId] as const];
    this.#link = new Link(this.#place, this.events);
    await this.#link.open(this.#place, [...this.#greeting(), ...client]);
    this.#dialect = dialectOf(this.options.dialect, this.#link.headers);
  }

  async open(clientId: string | undefined): Promise<void> {
    if (clientId === undefined) return;
    await this.#link.close();
    this.#clientId = clientId;
    await this.connect();
  }

  async openSession(transacted: boolean): Promise<ProviderSession> {
    return new StompSession(this, transacted);
  }

  /** STOMP makes it when it is first named, and few brokers say what others call it. */
  async createTemporary(kind: 'temporary-queue' | 'temporary-topic'): Promise<DestinationData> {
    const local = { kind, name: globalThis.crypto.randomUUID() };
    const known = this.#dialect.namesTemporaries ? await this.#nameOf(local) : undefined;
    const own = known ?? local;
    this.#localNames.set(local.name, own.name);
    this.#temporaries.set(own.name, true);
    return own;
  }

  /** STOMP has no frame for it: it is gone for this connection now, for others when this one is. */
  async deleteTemporary({ name }: DestinationData): Promise<void> {
    if (this.#temporaries.get(name) !== true) {
      throw new InvalidDestinationException(`there is no temporary destination ${name}`);
    }
    this.#temporaries.set(name, false);
  }

  async unsubscribe(name: string): Promise<void> {
    if (this.#subscribed.has(name)) {
      throw new IllegalStateException(`the durable subscription '${name}' has a consumer`);
    }
    const lines = this.#dialect.unsubscribe(name, this.#clientId);
    await this.#link.request('UNSUBSCRIBE', [['id', this.next('u')], ...lines]);
  }

  async close(): Promise<void> {
    await this.#link.close();
  }

  /** A name that nothing else of this connection has. */
  next(letter: string): string {
    return `${letter}${++this.#numbers}`;
  }

  /**
   * How the broker knows a destination.
   *
   * @throws {InvalidDestinationException} for a temporary one that was deleted
   */
  spell(destination: DestinationData): string {
    const alive = this.#temporaries.get(destination.name);
    if (alive === false) {
      throw new InvalidDestinationException(`${destination.name} was deleted`);
    }
    return this.#dialect.spell(destination, alive === true && !this.#dialect.namesTemporaries);
  }

  /** The destination that the broker names to us; undefined: none that JMS has a word for. */
  read(text: string): DestinationData | undefined {
    const destination = readDestination(text);
    const name = destination && this.#localNames.get(destination.name);
    return name === undefined || destination === undefined
      ? destination
      : { kind: destination.kind, name };
  }

  /**
   * Asks whether the broker takes a selector, on a connection that may be lost by it.
   *
   * @throws {InvalidSelectorException} if it does not
   */
  async trySelector(selector: string): Promise<void> {
    const scout = new Link(this.#place, { onFailure() {}, onProblem() {} });
    await scout.open(this.#place, this.#greeting());
    const topic = {
      kind: 'topic',
      name: `angelia.scout.${globalThis.crypto.randomUUID()}`,
    } as const;
    try {
      await scout.request('SUBSCRIBE', [
        ['id', '1'],
        ['destination', this.#dialect.spell(topic, false)],
        ['selector', selector],
      ]);
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new InvalidSelectorException(why, null, { cause });
    } finally {
      await scout.close();
    }
  }

  /** A consumer of a durable subscription comes, or goes. */
  attend(name: string, here: boolean): void {
    if (here) this.#subscribed.add(name);
    else this.#subscribed.delete(name);
  }

  #greeting(): HeaderLines {
    const { username, password } = this.#credentials;
    if (username === undefined) return [['compat', 'classic']];
    return [
      ['compat', 'classic'],
      ['login', username],
      ['passcode', password ?? ''],
    ];
  }

  /** Asks what others call a temporary destination. */
  async #nameOf(local: DestinationData): Promise<DestinationData | undefined> {
    const id = ['id', this.next('n')] as const;
    const destination = ['destination', this.#dialect.spell(local, true)] as const;
    const receipt = await this.#link.request('SUBSCRIBE', [id, destination]);
    await this.#link.request('UNSUBSCRIBE', [id]);
    return readDestination(receipt.get('destination') ?? '');
  }
}
