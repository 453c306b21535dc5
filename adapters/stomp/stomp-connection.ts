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
  JMSException,
  type Lacks,
  type ProviderConnection,
  type ProviderSession,
  type SubscriptionRequest,
} from '#jms-api';
import { readDestination, temporaryName } from './destination-text.ts';
import { capabilitiesOf, type Dialect, dialectOf, type Lines } from './dialect.ts';
import { subscriptionQueue } from './dialect-rabbitmq.ts';
import { Fence } from './fence.ts';
import type { HeaderLines } from './frame-writer.ts';
import { type Headers, Link, type Place } from './link.ts';
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
  /** Temporary destinations of this connection, with what we say for them; undefined: deleted. */
  readonly #temporaries: Map<string, string | undefined> = new Map();
  /** What others call them, by what we do. */
  readonly #localNames: Map<string, string> = new Map();
  /** Consumers of durable subscriptions, by name. */
  readonly #subscribed: Set<string> = new Set();
  #link: Link;
  #fence: Fence;
  /** In place of the host of the URL. */
  #virtualHost: string | undefined;
  #dialect: Dialect;
  #clientId: string | undefined;
  #numbers = 0;
  /** Our messages say whose they are. */
  #marked: Promise<unknown> | undefined;

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
    this.#fence = new Fence(this, this.nowhere);
  }

  get name(): string {
    return this.#dialect.product;
  }

  get version(): string {
    return /\/(\S+)/.exec(this.#link.headers.get('server') ?? '')?.[1] ?? '';
  }

  get capabilities(): ReadonlySet<Capability> {
    return capabilitiesOf(this.#dialect);
  }

  get lacks(): Lacks {
    return this.#dialect.lacks;
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

  /** By which a consumer knows what its own connection sent. */
  readonly sender: string = globalThis.crypto.randomUUID();

  /** A destination that nobody else knows. */
  get nowhere(): string {
    return this.#dialect.spell(this.#unique('temporary-topic'), true);
  }

  messageTimeMs(): number {
    return Date.now();
  }

  async connect(): Promise<void> {
    const client = this.#clientId === undefined ? [] : [['client-id', this.#clientId] as const];
    try {
      await this.#greet(client);
    } catch (error) {
      // RabbitMQ takes the host for one of its virtual ones; the first of those is called `/`.
      const hostless = error instanceof JMSException && /virtual host/i.test(error.message);
      if (!hostless || this.#placeNow.virtualHost !== undefined) throw error;
      this.#virtualHost = '/';
      await this.#greet(client);
    }
    this.#dialect = dialectOf(this.options.dialect, this.#link.headers);
    this.#fence = new Fence(this, this.nowhere);
  }

  async #greet(client: Lines): Promise<void> {
    this.#link = new Link(this.#placeNow, this.events);
    await this.#link.open([...this.#greeting(), ...client]);
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

  /** STOMP makes it when it is first named; how others name it differs from broker to broker. */
  async createTemporary(kind: 'temporary-queue' | 'temporary-topic'): Promise<DestinationData> {
    const local = this.#unique(kind);
    const own = (await this.#nameOf(local)) ?? local;
    this.#localNames.set(local.name, own.name);
    this.#temporaries.set(own.name, local.name);
    return own;
  }

  /** STOMP has no frame for it: it is gone for this connection now, for others when this one is. */
  async deleteTemporary({ name }: DestinationData): Promise<void> {
    if (typeof this.#temporaries.get(name) !== 'string') {
      throw new InvalidDestinationException(`there is no temporary destination ${name}`);
    }
    this.#temporaries.set(name, undefined);
  }

  async unsubscribe(name: string): Promise<void> {
    if (this.#subscribed.has(name)) {
      throw new IllegalStateException(inUse(name));
    }
    const { unsubscribe, name: dialect } = this.#dialect;
    const lines = unsubscribe(name, this.#clientId);
    if (dialect === 'rabbitmq') await this.#deleteQueue(name, lines);
    else await this.#link.request('UNSUBSCRIBE', [['id', this.next('u')], ...lines]);
  }

  /** RabbitMQ: only the subscription of a topic takes a queue with it, and that may be any topic. */
  async #deleteQueue(name: string, lines: Lines): Promise<void> {
    await this.#apart(async (scout) => {
      const queue = [
        'destination',
        `/amq/queue/${encodeURIComponent(subscriptionQueue(name))}`,
      ] as const;
      await scout.request('SUBSCRIBE', [['id', '1'], queue, ['ack', 'client']]);
      await scout.request('UNSUBSCRIBE', [['id', '1']]);
      const topic = ['destination', this.nowhere] as const;
      await scout.request('SUBSCRIBE', [['id', '2'], topic]);
      await scout.request('UNSUBSCRIBE', [['id', '2'], ...lines]);
    });
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
    const { name, kind } = destination;
    if (!this.#temporaries.has(name)) return this.#dialect.spell(destination, false);
    const local = this.#temporaries.get(name);
    if (local === undefined) throw new InvalidDestinationException(`${name} was deleted`);
    // A broker that told us its name knows it by that; one that did not knows ours.
    if (this.#dialect.temporaries === 'told') return this.#dialect.spell(destination, false);
    return this.#dialect.spell({ kind, name: local }, true);
  }

  /** What a SEND, or a SUBSCRIBE of a durable subscription, says of the queue that it may make. */
  madeAs(destination: DestinationData, durable = false): Lines {
    const { queueType } = this.options;
    if (queueType === undefined) return [];
    return this.#dialect.madeAs?.(destination, durable, queueType) ?? [];
  }

  /**
   * How it is said to consume a destination.
   *
   * @throws {InvalidDestinationException} for a temporary one that is not ours [JMS 6.2.2]
   */
  spellSource(destination: DestinationData): string {
    const { kind, name } = destination;
    if (kind.startsWith('temporary') && !this.#temporaries.has(name)) {
      throw new InvalidDestinationException(`${name} is of another connection`);
    }
    const { temporaries, spellSource } = this.#dialect;
    if (temporaries === 'named' && spellSource !== undefined) {
      this.spell(destination);
      return spellSource(destination);
    }
    return this.spell(destination);
  }

  /** Resolves when what the broker had for a consumer has come. */
  async settleDown(source: DestinationData, came: () => boolean): Promise<void> {
    const { echoes, name } = this.#dialect;
    if (name === 'classic' && source.kind.endsWith('queue')) {
      await this.#fence.browse(source);
      return;
    }
    for (let left = echoes; left > 0; left = came() ? echoes : left - 1) await this.#fence.echo();
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
    await this.#apart(async (scout) => {
      try {
        const destination = ['destination', this.nowhere] as const;
        await scout.request('SUBSCRIBE', [['id', '1'], destination, ['selector', selector]]);
      } catch (cause) {
        const why = cause instanceof Error ? cause.message : String(cause);
        throw new InvalidSelectorException(why, null, { cause });
      }
    });
  }

  /** Does something on a connection of its own, which may be lost by it. */
  async #apart<T>(work: (scout: Link) => Promise<T>): Promise<T> {
    let lost: (error: Error) => void = () => {};
    const failure = new Promise<never>((_, reject) => {
      lost = reject;
    });
    failure.catch(() => {});
    const scout = new Link(this.#placeNow, { onFailure: lost, onProblem() {} });
    await scout.open(this.#greeting());
    try {
      return await Promise.race([work(scout), failure]);
    } finally {
      await scout.close();
    }
  }

  /** @throws {IllegalStateException} if a durable subscription has a consumer [JMS 8.3.3] */
  checkFree({ name, shared }: SubscriptionRequest): void {
    if (!shared && this.#subscribed.has(name)) throw new IllegalStateException(inUse(name));
  }

  /** Sees to it that our messages say whose they are; the id that they say, where selectors need it. */
  async markOwn(): Promise<string | undefined> {
    if (!this.#dialect.marksOwn) return undefined;
    const lines = [
      ['id', this.next('m')],
      ['destination', this.nowhere],
      ['no-local', 'true'],
    ] as const;
    this.#marked ??= this.#link.request('SUBSCRIBE', lines);
    await this.#marked;
    return this.#link.headers.get('session');
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

  /** Makes a temporary destination, and asks what others call it. */
  async #nameOf(local: DestinationData): Promise<DestinationData | undefined> {
    const { temporaries, makeTemporary, spell } = this.#dialect;
    if (temporaries === 'seen') return await this.#seen(local);
    if (temporaries === 'named' && (makeTemporary === undefined || local.kind.endsWith('topic'))) {
      return undefined;
    }
    const id = ['id', this.next('n')] as const;
    const made = makeTemporary === undefined ? local : { ...local, kind: 'queue' as const };
    const destination = ['destination', spell(made, true)] as const;
    const receipt = await this.#link.request('SUBSCRIBE', [
      id,
      destination,
      ...(makeTemporary ?? []),
    ]);
    await this.#link.request('UNSUBSCRIBE', [id]);
    return readDestination(receipt.get('destination') ?? '');
  }

  /** Sends a message that shall be answered there, and looks at it from another connection. */
  async #seen(local: DestinationData): Promise<DestinationData | undefined> {
    return await this.#apart(async (scout) => {
      // Always the same one: Classic keeps topics for good.
      const topic = this.#dialect.spell({ kind: 'topic', name: 'angelia.temporary.names' }, false);
      const destination = ['destination', topic] as const;
      const selector = ['selector', `JMSCorrelationID = '${local.name}'`] as const;
      const seen = new Promise<Headers>((resolve, reject) => {
        scout.listen('1', { onMessage: resolve, onEnd: reject });
      });
      await scout.request('SUBSCRIBE', [['id', '1'], destination, selector]);
      const mark = ['correlation-id', local.name] as const;
      const replyTo = ['reply-to', this.#dialect.spell(local, true)] as const;
      await this.#link.request('SEND', [destination, mark, replyTo]);
      return readDestination((await seen).get('reply-to') ?? '');
    });
  }

  #unique<K extends DestinationData['kind']>(kind: K): { readonly kind: K; readonly name: string } {
    return { kind, name: temporaryName(kind, globalThis.crypto.randomUUID()) };
  }

  get #placeNow(): Place {
    return { ...this.#place, virtualHost: this.#place.virtualHost ?? this.#virtualHost };
  }
}

function inUse(name: string): string {
  return `the durable subscription '${name}' has a consumer`;
}
