// The broker: destinations by name, connections, and the way of a message from a send to the log.
// It speaks no protocol and owns no socket.

import { type Address, checkAddress, formatAddress, isTopic } from './address.ts';
import { Connection, type ConnectionOptions } from './connection.ts';
import { Destination } from './destination.ts';
import { BrokerError } from './errors.ts';
import type { Host } from './host.ts';
import { Journal } from './journal.ts';
import { type Limits, limits } from './limits.ts';
import type { Message } from './message.ts';
import { Turn } from './turn.ts';

export interface BrokerOptions {
  /** Create queues and topics on first use. Default true. */
  readonly autoCreate?: boolean;
  /** Bounds that differ from {@link limits}. */
  readonly limits?: Partial<Limits>;
}

const DEAD_LETTERS: Address = { kind: 'queue', name: 'DLQ' };

export class Broker {
  readonly host: Host;
  readonly turn: Turn;
  readonly limits: Limits;
  /** Part of every id that this broker makes. */
  readonly nodeId: string;
  readonly #journal: Journal = new Journal();
  readonly #autoCreate: boolean;
  readonly #destinations: Map<string, Destination> = new Map();
  readonly #connections: Set<Connection> = new Set();
  readonly #clientIds: Map<string, Connection> = new Map();
  #serial = 0;
  #storedBytes = 0;
  #storedMessages = 0;

  constructor(host: Host, options: BrokerOptions = {}) {
    this.host = host;
    this.limits = { ...limits, ...options.limits };
    this.#autoCreate = options.autoCreate ?? true;
    this.turn = new Turn(host, this.#journal);
    this.nodeId = host.randomHex(8);
  }

  /** Sends up to this position are safe. */
  get durable(): number {
    return this.#journal.durable;
  }

  /** Bytes of all messages that wait or are out. */
  get storedBytes(): number {
    return this.#storedBytes;
  }

  get storedMessages(): number {
    return this.#storedMessages;
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
    const connection = new Connection(this, options);
    this.#connections.add(connection);
    return connection;
  }

  /** What a name without a kind means: the destination that has it, else a queue. */
  addressOf(name: string): Address {
    const queue: Address = { kind: 'queue', name };
    if (this.#destinations.has(formatAddress(queue))) return queue;
    const topic: Address = { kind: 'topic', name };
    return this.#destinations.has(formatAddress(topic)) ? topic : queue;
  }

  connections(): Iterable<Connection> {
    return this.#connections;
  }

  queues(): Destination[] {
    return [...this.#destinations.values()].filter(({ address }) => !isTopic(address));
  }

  topics(): Destination[] {
    return [...this.#destinations.values()].filter(({ address }) => isTopic(address));
  }

  /** Finds a destination, or creates it. @internal */
  resolve(address: Address): Destination {
    const found = this.#destinations.get(formatAddress(address));
    if (found !== undefined) return found;
    checkAddress(address, this.limits);
    if (!this.#autoCreate) {
      throw new BrokerError('destination-missing', `there is no ${formatAddress(address)}`);
    }
    return this.#create(address);
  }

  /** @internal */
  send(destination: Destination, message: Message): number {
    const size = message.byteLength;
    if (size > this.limits.messageBytesMax) {
      throw new BrokerError(
        'limit-exceeded',
        `message of ${size} bytes exceeds ${this.limits.messageBytesMax}`,
      );
    }
    if (this.#storedBytes + size > this.limits.storedBytesMax) {
      throw new BrokerError(
        'limit-exceeded',
        `the broker holds ${this.#storedBytes} bytes of messages and takes no more than ` +
          `${this.limits.storedBytesMax}`,
      );
    }
    if (message.serial === 0) message.serial = ++this.#serial;
    if (message.sentAt === 0) message.sentAt = this.host.messageTimeMs();
    destination.append(message);
    if (message.borrowed) this.turn.arrived(message);
    return message.persistent ? this.#journal.append() : 0;
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
    this.#clientIds.set(clientId, connection);
  }

  /** @internal */
  disconnected(connection: Connection): void {
    this.#connections.delete(connection);
    if (connection.clientId !== undefined) this.#clientIds.delete(connection.clientId);
  }

  /** One more log holds the message. @internal */
  hold(message: Message): void {
    if (message.holders++ > 0) return;
    this.#storedMessages++;
    this.#storedBytes += message.byteLength;
  }

  /** One log less holds the message. @internal */
  letGo(message: Message): void {
    if (--message.holders > 0) return;
    this.#storedMessages--;
    this.#storedBytes -= message.byteLength;
  }

  /** Keeps a message that nobody could process. @internal */
  bury(message: Message): void {
    const found = this.#destinations.get(formatAddress(DEAD_LETTERS));
    (found ?? this.#create(DEAD_LETTERS)).append(message);
  }

  #create(address: Address): Destination {
    if (this.#destinations.size >= this.limits.destinationsMax) {
      throw new BrokerError(
        'limit-exceeded',
        `the broker has its ${this.limits.destinationsMax} destinations`,
      );
    }
    const destination = new Destination(this, address);
    this.#destinations.set(destination.key, destination);
    return destination;
  }
}
