// The broker: destinations by name, connections, and the way of a message from a send to the logs.
// It speaks no protocol and owns no socket.

import { type Address, type AddressKind, formatAddress, isTopic } from './address.ts';
import { Bodies } from './bodies.ts';
import { Connection, type ConnectionOptions } from './connection.ts';
import { notesOf, originOf } from './dead-letter.ts';
import { Deadlines } from './deadlines.ts';
import type { Destination } from './destination.ts';
import { Directory } from './directory.ts';
import { rankOf } from './entry.ts';
import { BrokerError } from './errors.ts';
import type { BrokerEvents } from './events.ts';
import type { Host } from './host.ts';
import {
  type Journal,
  type JournalStatistics,
  MemoryJournal,
  type RecoveryReport,
} from './journal/index.ts';
import { type Limits, limits } from './limits.ts';
import type { DeadLetterCause, Message, WireFormat } from './message.ts';
import type { PatternReceiver } from './pattern-receiver.ts';
import { Recovery } from './recovery.ts';
import type { Route } from './route.ts';
import { Scheduled } from './scheduled.ts';
import { type AddressSettings, SettingsTable } from './settings.ts';
import { Store } from './store.ts';
import { Subscriptions } from './subscriptions.ts';
import { type Committer, loadOf, type Send, Transaction } from './transaction.ts';
import { Turn } from './turn.ts';

export interface BrokerOptions {
  /** Create queues and topics on first use. Default true. */
  readonly autoCreate?: boolean;
  /** Settings by address pattern. */
  readonly settings?: Readonly<Record<string, Partial<AddressSettings>>>;
  /** Which topics feed queues, see {@link VirtualTopics}. */
  readonly virtualTopics?: VirtualTopics;
  /** Where confirmed messages are safe. Default: in memory, until the process ends. */
  readonly journal?: Journal;
  /** The formats that messages in the journal may be in. */
  readonly formats?: readonly WireFormat[];
  /** Bounds that differ from {@link limits}. */
  readonly limits?: Partial<Limits>;
}

/** A topic whose messages also go to the queues `prefix.NAME.topic`, one per group of consumers. */
export interface VirtualTopics {
  /** First level of the topic's name. Default `VirtualTopic`. */
  readonly topic: string;
  /** First level of the queue's name. Default `Consumer`. */
  readonly consumer: string;
}

export class Broker implements Committer {
  readonly host: Host;
  readonly turn: Turn;
  readonly limits: Limits;
  readonly deadlines: Deadlines;
  readonly subscriptions: Subscriptions = new Subscriptions();
  /** Part of every id that this broker makes. */
  readonly nodeId: string;
  /** Told what happens; nothing is spent while nobody listens. */
  events: BrokerEvents = {};
  /** Told when the journal fails: nothing more will ever be confirmed. */
  onFailed: ((error: Error) => void) | undefined;
  /** What was found of an earlier life. */
  readonly recovered: RecoveryReport | undefined;
  readonly #settings: SettingsTable;
  /** What was decided, written down. @internal */
  readonly store: Store;
  /** Which bodies are in memory. @internal */
  readonly bodies: Bodies;
  readonly #journal: Journal;
  readonly #directory: Directory;
  readonly #connections: Set<Connection> = new Set();
  readonly #clientIds: Map<string, Connection> = new Map();
  #connected = 0;
  #temporaries = 0;
  #serial = 0;

  constructor(host: Host, options: BrokerOptions = {}) {
    this.host = host;
    this.limits = { ...limits, ...options.limits };
    this.deadlines = new Deadlines(host);
    this.#journal = options.journal ?? new MemoryJournal();
    this.#journal.onFailed = (error) => this.onFailed?.(error);
    this.store = new Store(this.#journal);
    this.bodies = new Bodies(host, this.#journal, this.store, this.limits);
    this.turn = new Turn(host, this.#journal, this.store, this.bodies);
    this.nodeId = host.randomHex(8);
    this.#settings = new SettingsTable(this.limits, { autoCreate: options.autoCreate ?? true });
    for (const [pattern, row] of Object.entries(options.settings ?? {})) {
      this.#settings.set(pattern, row);
    }
    this.#directory = new Directory(
      this,
      this.#settings,
      options.virtualTopics ?? { topic: 'VirtualTopic', consumer: 'Consumer' },
    );
    if (!this.#journal.lasting) return;
    const recovery = new Recovery(this, this.#directory, this.#settings, options.formats ?? []);
    this.recovered = recovery.run(this.#journal);
    this.#serial = recovery.serial;
  }

  /** The position at which all that was decided until now is safe; for a settlement's confirm. */
  get position(): number {
    return this.store.position;
  }

  /** What the journal tells of itself. */
  get journalStatistics(): JournalStatistics {
    return this.#journal.statistics;
  }

  /** Writes down what is left, and lets the journal go. Nobody may be connected any more. */
  async close(): Promise<void> {
    this.turn.run();
    await this.#journal.close();
  }

  /** Sends up to this position are safe. */
  get durable(): number {
    return this.#journal.durable;
  }

  /** Bytes of all messages that wait or are out. */
  storedBytes = 0;
  storedMessages = 0;

  /** The number of the latest message. @internal */
  get serial(): number {
    return this.#serial;
  }

  /** Grows when a route may have changed. @internal */
  get generation(): number {
    return this.#directory.generation;
  }

  /**
   * Lets a client in.
   *
   * @throws {BrokerError} `limit-exceeded` beyond {@link Limits.connectionsMax}
   */
  connect(options: ConnectionOptions): Connection {
    if (this.#connections.size >= this.limits.connectionsMax) {
      throw new BrokerError(
        'limit-exceeded',
        `the broker has its ${this.limits.connectionsMax} connections`,
      );
    }
    const connection = new Connection(this, options, ++this.#connected);
    this.#connections.add(connection);
    this.events.connected?.(connection);
    return connection;
  }

  /** What a name without a kind means: the destination that has it, else a queue. */
  addressOf(name: string): Address {
    const kinds: readonly AddressKind[] = ['queue', 'topic', 'temporary-queue', 'temporary-topic'];
    for (const kind of kinds) if (this.#directory.find({ kind, name })) return { kind, name };
    return { kind: 'queue', name };
  }

  connections(): Iterable<Connection> {
    return this.#connections;
  }

  queues(): Destination[] {
    return this.#directory.all().filter(({ address }) => !isTopic(address));
  }

  topics(): Destination[] {
    return this.#directory.all().filter(({ address }) => isTopic(address));
  }

  /** Finds a destination that exists. */
  find(address: Address): Destination | undefined {
    return this.#directory.find(address);
  }

  /** What is set for a pattern; `>` is for all addresses. Holds at once, also for what exists. */
  set(pattern: string, settings: Partial<AddressSettings>): void {
    this.#settings.set(pattern, settings);
    this.#directory.settingsChanged(() => this.store.set(pattern, settings));
  }

  /** Takes back what was set for a pattern. */
  unset(pattern: string): boolean {
    const removed = this.#settings.remove(pattern);
    if (removed) this.#directory.settingsChanged(() => this.store.set(pattern, undefined));
    return removed;
  }

  /** What holds for an address: the special over the general over the defaults. */
  settingsOf(name: string): AddressSettings {
    return this.#settings.resolve(name);
  }

  /** What is set, by pattern. */
  settings(): ReadonlyMap<string, Partial<AddressSettings>> {
    return this.#settings.rows();
  }

  /**
   * Deletes a destination and all that waits in it; its consumers are told.
   *
   * @param ifUnused - refuse while it has consumers
   * @throws {BrokerError} `destination-missing`; `in-use`
   */
  deleteDestination(address: Address, ifUnused: boolean): void {
    this.#directory.delete(address, ifUnused);
  }

  /** Takes all waiting messages out of a queue; returns how many. */
  purge(address: Address): number {
    let count = 0;
    const { shared } = this.#queue(address);
    shared?.eachWaiting((_message, entry) => {
      if (shared.remove(entry)) count++;
      return true;
    });
    return count;
  }

  /**
   * Looks at the messages that wait in a queue, in the order of delivery, and takes none.
   *
   * @param from - begins at this place; 0: at the first
   * @param visit - gets the places, which grow; returns false to see no more
   */
  look(address: Address, from: number, visit: (message: Message, place: number) => boolean): void {
    const { shared } = this.#queue(address);
    shared?.eachWaiting((message, entry) => visit(message, rankOf(entry)), true, from);
  }

  /** Nothing is handed out of a queue while it is paused; sends go on. */
  pause(address: Address, paused: boolean): void {
    this.#queue(address).shared?.pause(paused);
  }

  /**
   * Moves a waiting message, named by its serial number, to another address.
   *
   * @returns true if it was found
   * @throws {BrokerError} `limit-exceeded` if there is no room for it there
   */
  move(from: Address, serial: number, to: Address): boolean {
    return this.#relocate(from, serial, (message) => [to, message.copy(message.notes)]);
  }

  /** Sends a dead letter back to where it came from; true if it was found and has an origin. */
  retry(from: Address, serial: number): boolean {
    return this.#relocate(from, serial, (message) => [originOf(message), message.copy()]);
  }

  // What follows is for the core's own parts.

  /** @internal */
  resolve(address: Address, consuming: boolean): Destination {
    return this.#directory.resolve(address, consuming);
  }

  /** @internal */
  route(address: Address): Route {
    return this.#directory.route(address);
  }

  /** Refuses a message for which there is no room; changes nothing. @internal */
  check(route: Route, message: Message): void {
    const size = message.byteLength;
    if (size > this.limits.messageBytesMax) {
      throw new BrokerError(
        'limit-exceeded',
        `message of ${size} bytes exceeds ${this.limits.messageBytesMax}`,
      );
    }
    this.#room(size);
    if (message.persistent) this.store.checkRoom(size);
    for (const destination of route.destinations) destination.admit(1, size);
  }

  /** @internal */
  send(route: Route, message: Message): number {
    this.check(route, message);
    return this.#accept(route, message);
  }

  admit(prepared: readonly Send[]): readonly Send[] {
    const { generation } = this;
    // A destination may be gone since: found out now, before anything is done.
    const sends = prepared.map(({ route, message }) => {
      return {
        route: route.generation === generation ? route : this.route(route.address),
        message,
      };
    });
    const { sums, persistentBytes } = loadOf(sends);
    for (const [destination, { messages, bytes }] of sums) destination.admit(messages, bytes);
    if (persistentBytes > 0) this.store.checkRoom(persistentBytes);
    return sends;
  }

  commit(sends: readonly Send[], conclude: () => void): number {
    this.store.atomic(() => {
      for (const { route, message } of sends) this.#accept(route, message);
      conclude();
    });
    return this.store.position;
  }

  /** @internal */
  begin(timeoutMs: number, ended: (transaction: Transaction) => void): Transaction {
    const expiresAtMs = timeoutMs === 0 ? 0 : this.host.messageTimeMs() + timeoutMs;
    return new Transaction(this, this.deadlines, expiresAtMs, ended);
  }

  /** @internal */
  createTemporary(kind: 'temporary-queue' | 'temporary-topic', owner: Connection): Address {
    const address: Address = { kind, name: `${this.nodeId}-${++this.#temporaries}` };
    this.#directory.create(address, owner);
    return address;
  }

  /** @internal */
  watchQueues(pattern: string, receiver: PatternReceiver): void {
    this.#directory.watch(pattern, receiver);
  }

  /** @internal */
  stopWatching(receiver: PatternReceiver): void {
    this.#directory.unwatch(receiver);
  }

  /** @internal */
  maybeUnused(destination: Destination): void {
    this.#directory.maybeUnused(destination);
  }

  /** @internal */
  claimClientId(connection: Connection, clientId: string): void {
    if (clientId.length > this.limits.clientIdLengthMax) {
      throw new BrokerError(
        'limit-exceeded',
        `client id of ${clientId.length} characters exceeds ${this.limits.clientIdLengthMax}`,
      );
    }
    const holder = this.#clientIds.get(clientId);
    if (holder !== undefined && holder !== connection) {
      throw new BrokerError(
        'client-id-in-use',
        `client id '${clientId}' belongs to the connection from ${holder.options.peer}`,
      );
    }
    if (connection.clientId !== undefined) this.#clientIds.delete(connection.clientId);
    this.#clientIds.set(clientId, connection);
  }

  /** @internal */
  disconnected(connection: Connection): void {
    this.#connections.delete(connection);
    if (connection.clientId !== undefined) this.#clientIds.delete(connection.clientId);
    this.events.disconnected?.(connection);
  }

  /** One more log holds the message. */
  hold(message: Message): void {
    if (message.holders++ > 0) return;
    this.storedMessages++;
    this.storedBytes += message.byteLength;
    this.bodies.held(message);
  }

  /** One log less holds the message. */
  letGo(message: Message): void {
    if (--message.holders > 0) return;
    this.storedMessages--;
    this.storedBytes -= message.byteLength;
    this.bodies.released(message);
    if (message.number > 0) this.store.gone(message);
  }

  /**
   * The time of a message has come. Of one that repeats a copy comes each time, as if it were sent
   * then: who subscribed since the first time gets all that is left. @internal
   */
  comeDue(destinations: readonly Destination[], message: Message): void {
    let coming = message;
    if (message.repeat === undefined) {
      this.store.due(message, ++this.#serial, destinations);
    } else if (!this.bodies.readable(message)) return;
    else {
      coming = message.copy(message.notes);
      coming.serial = ++this.#serial;
      coming.destination = message.destination;
      if (coming.persistent) this.store.sent(coming, destinations, false);
    }
    for (const destination of destinations) destination.append(coming);
    this.turn.arrived(coming);
  }

  /** Keeps a message that nobody could process, or whose time was over. @internal */
  bury(from: Destination, message: Message, cause: DeadLetterCause, attempts: number): void {
    this.events.buried?.(from, message, cause);
    const { deadLetterQueue, expiryQueue } = from.settings;
    const name = cause === 'expired' ? expiryQueue : deadLetterQueue;
    if (name === '') return;
    const grave = this.#directory.graveyard(name);
    // What nobody can read ends here, and that was said.
    if (grave === from || !this.bodies.readable(message)) return;
    const notes = notesOf(message, from, cause, attempts, this.host.messageTimeMs());
    const letter = message.annotated(notes);
    letter.serial = ++this.#serial;
    letter.destination = message.destination;
    if (letter.persistent) this.store.sent(letter, [grave], false);
    grave.append(letter);
    this.turn.arrived(letter);
  }

  #room(bytes: number): void {
    // With a journal bodies leave memory, and the disk is the bound.
    if (this.store.lasting || this.storedBytes + bytes <= this.limits.storedBytesMax) return;
    throw new BrokerError(
      'limit-exceeded',
      `the broker holds ${this.storedBytes} bytes of messages and takes no more than ` +
        `${this.limits.storedBytesMax}`,
    );
  }

  /** Gives a message to its destinations, or to the clock; returns where it is safe. */
  #accept(route: Route, message: Message): number {
    const id = message.duplicateId;
    const { destinations } = route;
    if (id !== undefined && destinations[0]?.duplicate(id) === true) return this.store.position;
    if (message.serial === 0) message.serial = ++this.#serial;
    if (message.sentAt === 0) message.sentAt = this.turn.stampMs();
    message.destination ??= route.address;
    if (message.borrowed || this.bodies.crowded) this.turn.arrived(message);
    const delayed = message.deliverAt > 0 && message.deliverAt > this.host.messageTimeMs();
    const later = delayed || message.repeat !== undefined;
    const position = message.persistent ? this.store.sent(message, destinations, later) : 0;
    if (later) this.#schedule(route, message);
    else for (const destination of destinations) destination.append(message);
    // A topic may have had nobody to keep it for.
    if (message.number > 0 && message.holders === 0) this.store.gone(message);
    return position;
  }

  #schedule(route: Route, message: Message): void {
    const first = message.deliverAt > 0 ? message.deliverAt : this.host.messageTimeMs();
    const scheduled = new Scheduled(this, route.destinations, message);
    this.hold(message);
    this.deadlines.set(scheduled, first);
  }

  #queue(address: Address): Destination {
    const destination = this.#directory.find(address);
    if (destination === undefined || destination.shared === undefined) {
      throw new BrokerError('destination-missing', `there is no ${formatAddress(address)}`);
    }
    return destination;
  }

  #relocate(
    from: Address,
    serial: number,
    target: (message: Message) => readonly [to: Address | undefined, copy: Message],
  ): boolean {
    const { shared } = this.#queue(from);
    let moved = false;
    shared?.eachWaiting((message, entry) => {
      if (message.serial !== serial) return true;
      const [to, copy] = target(message);
      if (to === undefined) return false;
      const route = this.route(to);
      for (const one of route.destinations) one.admit(1, message.byteLength);
      if (copy.persistent) this.store.checkRoom(message.byteLength);
      copy.serial = ++this.#serial;
      copy.destination = to;
      this.store.atomic(() => {
        if (copy.persistent) this.store.sent(copy, route.destinations, false);
        for (const one of route.destinations) one.append(copy);
        this.turn.arrived(copy);
        shared.remove(entry);
      });
      moved = true;
      return false;
    });
    return moved;
  }
}
