// A connection to RabbitMQ: channels for its sessions, and what lives as long as it does.

import type { ChannelModel } from 'amqplib';
import {
  type Capability,
  type ConnectionEvents,
  type DestinationData,
  JMSException,
  type Lacks,
  type ProviderConnection,
  type ProviderSession,
  ResourceAllocationException,
} from '#jms-api';
import { Holdings } from '../rabbitmq-holdings.ts';
import type { SourceHost } from '../rabbitmq-source.ts';
import { Topology } from '../rabbitmq-topology.ts';
import { Amqp091Session } from './amqp091-session.ts';
import type { Place } from './amqp091-url.ts';
import { ErrandDoor } from './errand-door.ts';
import { Errands } from './errands.ts';
import { isItsTemporary, TEMPORARY_TOPIC_EXCHANGE } from './jms-client-words.ts';
import { type Peer, peerOf } from './peers.ts';
import type { Route } from './publisher.ts';

/** A broker that takes nothing, for want of memory, is left without. */
const FLUSH_MS_MAX = 5_000;
const PLAIN_NAMES = /^(amq|angelia)\./;

export class Amqp091Connection implements ProviderConnection, SourceHost {
  readonly model: ChannelModel;
  readonly place: Place;
  readonly events: ConnectionEvents;
  readonly topology: Topology;
  readonly holdings: Holdings;
  readonly #door: ErrandDoor;
  readonly #peer: Peer;
  readonly #sessions: Set<Amqp091Session> = new Set();
  #clientId: string | undefined;
  /** By which noLocal knows what we sent. */
  #sender: string = globalThis.crypto.randomUUID();
  #open = true;

  constructor(model: ChannelModel, place: Place, events: ConnectionEvents) {
    this.model = model;
    this.place = place;
    this.events = events;
    const { product, version } = model.connection.serverProperties;
    this.#peer = peerOf(
      product ?? '',
      version ?? '',
      place.messageFormat === 'plain' ? place.queueType : 'jms-client',
    );
    const major = Number.parseInt(this.#peer.version, 10) || 0;
    const bare = place.messageFormat === 'rabbitmq-jms';
    this.#door = new ErrandDoor(new Errands(model));
    const wishes = { ...place, bare, isForeign: isItsTemporary };
    this.topology = new Topology(this.#door, wishes, major);
    this.holdings = new Holdings(this.topology);
    model.on('error', (error) => this.#failed(error));
    // An operator who closes connections is no error to amqplib.
    model.on('close', (error) => this.#failed(error));
    model.on('blocked', (reason) => {
      const text = `the broker takes no messages for now (${reason}); sends wait`;
      events.onProblem(new ResourceAllocationException(text));
    });
  }

  get name(): string {
    return this.#peer.name;
  }

  get version(): string {
    return this.#peer.version;
  }

  get capabilities(): ReadonlySet<Capability> {
    return this.#peer.capabilities;
  }

  get lacks(): Lacks {
    return this.#peer.lacks;
  }

  get clientId(): string | undefined {
    return this.#clientId;
  }

  get sender(): string {
    return this.#sender;
  }

  /** What fails after it is closed or lost is no news. */
  get alive(): boolean {
    return this.#open;
  }

  messageTimeMs(): number {
    return Date.now();
  }

  async open(clientId: string | undefined): Promise<void> {
    if (this.place.messageFormat === 'rabbitmq-jms') {
      await this.#door.declareTopicExchange(this.place.topicExchange);
    }
    if (clientId === undefined) return;
    await this.topology.takeClientId(clientId);
    this.#clientId = clientId;
    this.#sender = clientId;
  }

  async openSession(transacted: boolean): Promise<ProviderSession> {
    const session = new Amqp091Session(this, transacted);
    this.#sessions.add(session);
    return session;
  }

  createTemporary(kind: 'temporary-queue' | 'temporary-topic'): Promise<DestinationData> {
    return this.holdings.createTemporary(kind);
  }

  deleteTemporary(destination: DestinationData): Promise<void> {
    return this.holdings.deleteTemporary(destination);
  }

  unsubscribe(name: string): Promise<void> {
    return this.holdings.unsubscribe(this.#clientId, name);
  }

  /** amqplib's close overtakes what its channels have not written yet. */
  async close(): Promise<void> {
    if (this.#open) await this.#flushed();
    this.#open = false;
    await this.model.close().catch(() => undefined);
  }

  /**
   * How a destination is sent to.
   *
   * @throws {InvalidDestinationException} for a temporary one that was deleted
   */
  route(destination: DestinationData): Route {
    this.checkThere(destination);
    const { kind, name } = destination;
    const { topicExchange, messageFormat } = this.place;
    const its = isItsTemporary(name);
    // What goes straight back, and our own temporary ones, are read as plain messages.
    const jmsClient = its || (messageFormat === 'rabbitmq-jms' && !PLAIN_NAMES.test(name));
    if (kind !== 'topic' && kind !== 'temporary-topic') {
      // What goes straight to a client meets no queue, and would be returned although it was delivered.
      const mandatory = !name.startsWith('amq.rabbitmq.reply-to.');
      return { exchange: '', key: name, mandatory, jmsClient };
    }
    const exchange = its ? TEMPORARY_TOPIC_EXCHANGE : topicExchange;
    return { exchange, key: name, mandatory: false, jmsClient };
  }

  checkThere(destination: DestinationData): void {
    this.holdings.checkThere(destination);
  }

  forget(session: Amqp091Session): void {
    this.#sessions.delete(session);
  }

  async #flushed(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, FLUSH_MS_MAX);
    });
    const all = [...this.#sessions].map((session) => session.flushed().catch(() => undefined));
    await Promise.race([Promise.all(all), late]);
    clearTimeout(timer);
  }

  #failed(error: Error | undefined): void {
    if (!this.#open) return;
    this.#open = false;
    const { host, port } = this.place;
    const why = error?.message ?? 'the broker closed the connection';
    this.events.onFailure(new JMSException(`${host}:${port}: ${why}`, null, { cause: error }));
  }
}
