// A client's presence in the broker: it owns producers and consumers, and takes them with it.

import type { Address } from './address.ts';
import type { Broker } from './broker.ts';
import type { Destination } from './destination.ts';
import { BrokerError } from './errors.ts';
import type { Limits } from './limits.ts';
import type { Message } from './message.ts';
import { type Consumer, type ConsumerSink, Outcome } from './subscription.ts';

export interface ConnectionOptions {
  /** Which door it came through: `amqp`, `stomp`, `vm`. */
  readonly protocol: string;
  /** Where the peer is, for people: `127.0.0.1:40123`. */
  readonly peer: string;
  readonly user?: string;
}

export interface ConsumerOptions {
  /** Deliveries are settled as they are sent. Default false. */
  readonly presettled?: boolean;
}

/** Sends to one destination, whose name was looked up once. */
export class Producer {
  readonly destination: Destination;
  readonly #broker: Broker;

  /** @internal */
  constructor(broker: Broker, destination: Destination) {
    this.#broker = broker;
    this.destination = destination;
  }

  /**
   * Sends a message; consumers get it when the turn ends.
   *
   * @returns the position at which it is safe: confirm it when `broker.durable` reaches this
   * (0 for a message that is not persistent: confirm it at once)
   * @throws {BrokerError} `limit-exceeded` for a message over {@link Limits.messageBytesMax}, or
   * when all waiting messages together reach {@link Limits.storedBytesMax}
   */
  send(message: Message): number {
    return this.#broker.send(this.destination, message);
  }
}

export class Connection {
  readonly options: ConnectionOptions;
  readonly #broker: Broker;
  readonly #consumers: Set<Consumer> = new Set();
  #clientId: string | undefined;
  #open = true;

  /** @internal */
  constructor(broker: Broker, options: ConnectionOptions) {
    this.#broker = broker;
    this.options = options;
  }

  get clientId(): string | undefined {
    return this.#clientId;
  }

  /**
   * Claims a client id for this connection alone. [JMS 6.1.2]
   *
   * @throws {BrokerError} `client-id-in-use` if another open connection has it
   */
  claimClientId(clientId: string): void {
    this.#broker.claimClientId(this, clientId);
    this.#clientId = clientId;
  }

  /**
   * Resolves an address, creates it if need be, and returns a producer for it.
   *
   * @throws {BrokerError} `address-invalid`, `destination-missing`, `unsupported`, `limit-exceeded`
   */
  openProducer(address: Address): Producer {
    this.#check();
    return new Producer(this.#broker, this.#broker.resolve(address));
  }

  /**
   * Opens a consumer without credit: nothing comes before `setCredit`.
   *
   * @throws {BrokerError} as {@link openProducer}
   */
  openConsumer(address: Address, sink: ConsumerSink, options: ConsumerOptions = {}): Consumer {
    this.#check();
    const most = this.#broker.limits.consumersPerConnectionMax;
    if (this.#consumers.size >= most) {
      throw new BrokerError('limit-exceeded', `a connection has at most ${most} consumers`);
    }
    const subscription = this.#broker.resolve(address).subscribe();
    const consumer = subscription.join(sink, options.presettled ?? false);
    this.#consumers.add(consumer);
    return consumer;
  }

  /** Ends one consumer; what is out with it goes back to its place. */
  closeConsumer(consumer: Consumer): void {
    this.#consumers.delete(consumer);
    consumer.close();
  }

  /**
   * Ends the connection and all it owns.
   *
   * @param lost - the peer vanished without a goodbye: what was out with it counts as an attempt
   */
  close(lost = false): void {
    if (!this.#open) return;
    this.#open = false;
    for (const consumer of this.#consumers) {
      consumer.close(lost ? Outcome.failed : Outcome.released);
    }
    this.#consumers.clear();
    this.#broker.disconnected(this);
  }

  #check(): void {
    if (!this.#open) throw new BrokerError('closed', 'the connection is closed');
  }
}
