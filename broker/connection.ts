// A client's presence in the broker: it owns producers, consumers, transactions and temporary
// destinations, and takes them with it.

import { type Address, isTopic, partsOf } from './address.ts';
import type { Broker } from './broker.ts';
import type { Consumer, ConsumerOptions, ConsumerSink } from './consumer.ts';
import type { Destination } from './destination.ts';
import { BrokerError } from './errors.ts';
import type { Message } from './message.ts';
import { isPattern } from './pattern.ts';
import { PatternReceiver } from './pattern-receiver.ts';
import type { Route } from './route.ts';
import type { Subscription } from './subscription.ts';
import type { Transaction } from './transaction.ts';

export interface ConnectionOptions {
  /** Which door it came through: `amqp`, `stomp`, `vm`. */
  readonly protocol: string;
  /** Where the peer is, for people: `127.0.0.1:40123`. */
  readonly peer: string;
  readonly user?: string;
}

/** Told when a destination with the policy `block` is full, and when it has room again. */
export interface ProducerSink {
  blocked(full: boolean): void;
}

/** Sends to one address, whose destinations are looked up once. */
export class Producer {
  readonly address: Address;
  readonly #broker: Broker;
  readonly #connection: Connection;
  readonly #sink: ProducerSink | undefined;
  #route: Route;
  #home: Destination | undefined;
  #full = false;
  #open = true;

  /** @internal */
  constructor(broker: Broker, connection: Connection, address: Address, sink?: ProducerSink) {
    this.#broker = broker;
    this.#connection = connection;
    this.address = address;
    this.#sink = sink;
    this.#route = broker.route(address);
    this.#settle();
  }

  /** Its destination is full: give its peer no more credit. */
  get full(): boolean {
    return this.#full;
  }

  /**
   * Sends a message; consumers get it when the turn ends.
   *
   * @param transaction - nobody sees it before that commits, and the result is 0
   * @returns the position at which it is safe: confirm it when `broker.durable` reaches this
   * (0 for a message that is not persistent: confirm it at once)
   * @throws {BrokerError} `limit-exceeded` for a message over {@link Limits.messageBytesMax}, or
   * when the address or the broker has no room; `closed`; `destination-missing` if it was deleted and is not
   * created on use
   */
  send(message: Message, transaction?: Transaction): number {
    if (!this.#open) throw new BrokerError('closed', 'the producer is closed');
    if (this.#route.generation !== this.#broker.generation) {
      this.#route = this.#broker.route(this.address);
      this.#settle();
    }
    message.sender = this.#connection.name;
    if (transaction === undefined) return this.#broker.send(this.#route, message);
    this.#broker.check(this.#route, message);
    transaction.sent(this.#route, message);
    return 0;
  }

  close(): void {
    this.#open = false;
    this.#home?.removeProducer(this);
    this.#home = undefined;
    this.#connection.forgetProducer(this);
  }

  /** @internal */
  blocked(full: boolean): void {
    this.#full = full;
    this.#sink?.blocked(full);
  }

  #settle(): void {
    const home = this.#route.destinations[0];
    if (home === this.#home) return;
    this.#home?.removeProducer(this);
    this.#home = home;
    home?.addProducer(this);
  }
}

/** What a consumer was opened with. */
export interface Opened {
  readonly address: Address;
  readonly options: ConsumerOptions;
}

/** How many a connection has of each. */
export interface ConnectionCounts {
  readonly producers: number;
  readonly consumers: number;
  readonly transactions: number;
  readonly temporaries: number;
}

export class Connection {
  readonly options: ConnectionOptions;
  /** Which of the broker's connections it is, counted from 1. */
  readonly number: number;
  readonly #broker: Broker;
  readonly #consumers: Map<Consumer, Opened> = new Map();
  readonly #producers: Set<Producer> = new Set();
  readonly #transactions: Set<Transaction> = new Set();
  readonly #temporaries: Set<Address> = new Set();
  #name: string;
  #clientId: string | undefined;
  #open = true;

  /** @internal */
  constructor(broker: Broker, options: ConnectionOptions, number: number) {
    this.#broker = broker;
    this.options = options;
    this.number = number;
    this.#name = `#${number}`;
  }

  get clientId(): string | undefined {
    return this.#clientId;
  }

  /** The client id, or a name that no other connection has. For noLocal. [JMS 8.3.3] */
  get name(): string {
    return this.#name;
  }

  /** Its consumers; some may have ended with their destination. */
  get consumers(): ReadonlyMap<Consumer, Opened> {
    return this.#consumers;
  }

  counts(): ConnectionCounts {
    let consumers = 0;
    for (const { open } of this.#consumers.keys()) if (open) consumers++;
    return {
      producers: this.#producers.size,
      consumers,
      transactions: this.#transactions.size,
      temporaries: this.#temporaries.size,
    };
  }

  /**
   * Claims a client id for this connection alone. [JMS 6.1.2]
   *
   * @throws {BrokerError} `client-id-in-use` if another open connection has it
   */
  claimClientId(clientId: string): void {
    this.#check();
    this.#broker.claimClientId(this, clientId);
    this.#clientId = clientId;
    this.#name = clientId;
  }

  /**
   * Finds where an address leads, creates it if need be, and returns a producer for it.
   *
   * @throws {BrokerError} `address-invalid`, `destination-missing`, `limit-exceeded`
   */
  openProducer(address: Address, sink?: ProducerSink): Producer {
    this.#check();
    const producer = new Producer(this.#broker, this, address, sink);
    this.#producers.add(producer);
    return producer;
  }

  /**
   * Opens a consumer without credit: nothing comes before `setCredit`.
   *
   * @throws {BrokerError} as {@link openProducer}; `in-use` for a second consumer of an unshared
   * subscription, or of another connection's temporary destination; `subscription-conflict`
   */
  openConsumer(address: Address, sink: ConsumerSink, options: ConsumerOptions = {}): Consumer {
    this.#check();
    const most = this.#broker.limits.consumersPerConnectionMax;
    if (this.#consumers.size >= most) {
      throw new BrokerError('limit-exceeded', `a connection has at most ${most} consumers`);
    }
    const consumer = this.#consume(address, sink, options);
    this.#consumers.set(consumer, { address, options });
    return consumer;
  }

  /** Ends one consumer; what is out with it goes back to its place. */
  closeConsumer(consumer: Consumer): void {
    this.#consumers.delete(consumer);
    consumer.close();
  }

  /**
   * Begins a transaction.
   *
   * @param timeoutMs - rolled back after this much message time; 0: never. Default 0
   * @throws {BrokerError} `limit-exceeded` beyond {@link Limits.transactionsPerConnectionMax}
   */
  begin(timeoutMs = 0): Transaction {
    this.#check();
    const most = this.#broker.limits.transactionsPerConnectionMax;
    if (this.#transactions.size >= most) {
      throw new BrokerError('limit-exceeded', `a connection has at most ${most} transactions`);
    }
    const transaction = this.#broker.begin(timeoutMs, (ended) => this.#transactions.delete(ended));
    this.#transactions.add(transaction);
    return transaction;
  }

  /** Creates a queue or topic that lives as long as this connection, or until it is deleted. */
  createTemporary(kind: 'temporary-queue' | 'temporary-topic'): Address {
    this.#check();
    const address = this.#broker.createTemporary(kind, this);
    this.#temporaries.add(address);
    return address;
  }

  /**
   * Deletes a temporary destination of this connection.
   *
   * @param ifUnused - refuse while it has consumers; else they are told
   * @throws {BrokerError} `in-use`; `destination-missing`
   */
  deleteTemporary(address: Address, ifUnused = true): void {
    for (const own of this.#temporaries) {
      if (own.name !== address.name || own.kind !== address.kind) continue;
      // An operator may have deleted it before.
      if (this.#broker.find(own) !== undefined) this.#broker.deleteDestination(own, ifUnused);
      this.#temporaries.delete(own);
      return;
    }
    throw new BrokerError('destination-missing', `'${address.name}' is not of this connection`);
  }

  /**
   * Ends a durable subscription. [JMS 8.3.3]
   *
   * @throws {BrokerError} `subscription-missing`; `in-use` while it has consumers, or messages that
   * a transaction has not concluded
   */
  unsubscribe(name: string, global = false): void {
    this.#check();
    this.#broker.subscriptions.unsubscribe(global ? undefined : this.#clientId, name);
  }

  /**
   * Ends the connection and all it owns.
   *
   * @param lost - the peer vanished without a goodbye: what was out with it counts as an attempt
   */
  close(lost = false): void {
    if (!this.#open) return;
    this.#open = false;
    for (const transaction of [...this.#transactions]) transaction.rollback('the connection ended');
    for (const consumer of this.#consumers.keys()) consumer.close(lost);
    this.#consumers.clear();
    for (const producer of [...this.#producers]) producer.close();
    for (const address of this.#temporaries) {
      // An operator may have deleted it before.
      if (this.#broker.find(address) !== undefined) this.#broker.deleteDestination(address, false);
    }
    this.#broker.disconnected(this);
  }

  /** @internal */
  forgetProducer(producer: Producer): void {
    this.#producers.delete(producer);
  }

  #consume(address: Address, sink: ConsumerSink, options: ConsumerOptions): Consumer {
    const broker = this.#broker;
    const parts = partsOf(address);
    const isQueuePattern = (part: Address) => !isTopic(part) && isPattern(part.name);
    if (parts.length === 1 && !isQueuePattern(address)) {
      return this.#subscriptionOf(address, options).join(sink, options);
    }
    const most = broker.limits.compositeMax;
    if (parts.length > most) {
      throw new BrokerError(
        'limit-exceeded',
        `${parts.length} destinations in one name exceed ${most}`,
      );
    }
    const receiver = new PatternReceiver(sink, options, (closed) => broker.stopWatching(closed));
    try {
      for (const part of parts) {
        if (isQueuePattern(part)) broker.watchQueues(part.name, receiver);
        else receiver.join(this.#subscriptionOf(part, options));
      }
    } catch (error) {
      receiver.close();
      throw error;
    }
    return receiver;
  }

  /** What a consumer of one destination joins. */
  #subscriptionOf(address: Address, options: ConsumerOptions): Subscription {
    const broker = this.#broker;
    const destination = broker.resolve(address, true);
    if (destination.owner !== undefined && destination.owner !== this) {
      throw new BrokerError('in-use', `${destination.key} belongs to another connection`);
    }
    if (destination.shared !== undefined) return destination.shared;
    try {
      return broker.subscriptions.open(destination, this, options);
    } catch (error) {
      // The log of a wildcard is not left behind by a refusal.
      broker.maybeUnused(destination);
      throw error;
    }
  }

  #check(): void {
    if (!this.#open) throw new BrokerError('closed', 'the connection is closed');
  }
}
