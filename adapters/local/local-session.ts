// Sessions, producers and consumers of a broker in this process. The broker calls consumers in the
// dispatch phase of its turn and tells producers when the durable watermark has moved; here those
// become the calls of the Provider seam.

import {
  type Address,
  type Broker,
  type Connection,
  type Consumer,
  type ConsumerSink,
  type DurableWaiter,
  type Message,
  type Producer,
  Outcome as Settled,
} from '#broker';
import {
  type ConfirmSink,
  type ConnectionEvents,
  type DeliverySink,
  type DestinationData,
  InvalidDestinationException,
  type MessageData,
  Outcome,
  type ProviderConsumer,
  type ProviderProducer,
  type ProviderSession,
} from '#jms-api';
import { exceptionOf, problemOf } from './errors.ts';
import { nativeMessage } from './native-format.ts';

export class LocalSession implements ProviderSession {
  readonly #broker: Broker;
  readonly #connection: Connection;
  readonly #events: ConnectionEvents;

  constructor(broker: Broker, connection: Connection, events: ConnectionEvents) {
    this.#broker = broker;
    this.#connection = connection;
    this.#events = events;
  }

  async openProducer(
    destination: DestinationData | undefined,
    sink: ConfirmSink,
  ): Promise<ProviderProducer> {
    const producer = new LocalProducer(this.#broker, this.#connection, sink);
    try {
      if (destination !== undefined) producer.resolve(destination);
    } catch (error) {
      throw exceptionOf(error);
    }
    return producer;
  }

  async openConsumer(destination: DestinationData, sink: DeliverySink): Promise<ProviderConsumer> {
    try {
      return new LocalConsumer(this.#connection, destination, sink, this.#events);
    } catch (error) {
      throw exceptionOf(error);
    }
  }

  async synchronise(): Promise<void> {
    // The broker of this process has recorded a settlement when `settle` returns.
  }

  async close(): Promise<void> {}
}

/** Destinations of a producer without one that are resolved, at most so many at once. */
const RESOLVED_MAX = 100;

/** What Message's constructor reads; it keeps none of it. */
const header = { persistent: false, priority: 4, expiresAt: 0 };

class LocalProducer implements ProviderProducer, DurableWaiter {
  readonly #broker: Broker;
  readonly #connection: Connection;
  readonly #sink: ConfirmSink;
  readonly #resolved: Map<string, Producer> = new Map();
  #lastKind = '';
  #lastName = '';
  #last: Producer | undefined;
  /** Sends that are not durable: their numbers, and the positions at which they are. */
  #numbers: number[] = [];
  #positions: number[] = [];
  #waiting = false;

  constructor(broker: Broker, connection: Connection, sink: ConfirmSink) {
    this.#broker = broker;
    this.#connection = connection;
    this.#sink = sink;
  }

  /** The broker's producer for a destination; the same one twice costs two comparisons. */
  resolve(address: Address): Producer {
    if (this.#last !== undefined && this.#lastName === address.name) {
      if (this.#lastKind === address.kind) return this.#last;
    }
    const key = `${address.kind} ${address.name}`;
    let producer = this.#resolved.get(key);
    if (producer === undefined) {
      producer = this.#connection.openProducer({ kind: address.kind, name: address.name });
      if (this.#resolved.size >= RESOLVED_MAX) this.#resolved.clear();
      this.#resolved.set(key, producer);
    }
    this.#lastKind = address.kind;
    this.#lastName = address.name;
    this.#last = producer;
    return producer;
  }

  send(message: MessageData, number: number): void {
    const { destination } = message;
    if (destination === undefined) {
      throw new InvalidDestinationException('the message has no destination');
    }
    let position: number;
    try {
      header.persistent = message.persistent;
      header.priority = message.priority;
      header.expiresAt = message.expiresAt ?? 0;
      position = this.resolve(destination).send(nativeMessage(message, header));
    } catch (error) {
      throw exceptionOf(error);
    }
    if (position <= this.#broker.durable && this.#numbers.length === 0) {
      this.#sink.onConfirmed(number);
      return;
    }
    // One behind a send that is not durable waits with it: confirmations are in order.
    this.#numbers.push(number);
    this.#positions.push(position);
    this.#await();
  }

  /** The watermark has moved. */
  durable(position: number): void {
    this.#waiting = false;
    const positions = this.#positions;
    let done = 0;
    while (done < positions.length && (positions[done] as number) <= position) done++;
    if (done > 0) {
      const upTo = this.#numbers[done - 1] as number;
      this.#numbers = this.#numbers.slice(done);
      this.#positions = positions.slice(done);
      this.#sink.onConfirmed(upTo);
    }
    if (this.#numbers.length > 0) this.#await();
  }

  async close(): Promise<void> {
    this.#resolved.clear();
    this.#last = undefined;
  }

  #await(): void {
    if (this.#waiting) return;
    this.#waiting = true;
    this.#broker.turn.awaitDurable(this);
  }
}

class LocalConsumer implements ProviderConsumer, ConsumerSink {
  readonly #connection: Connection;
  readonly #consumer: Consumer;
  readonly #sink: DeliverySink;
  readonly #events: ConnectionEvents;
  #drains: (() => void)[] = [];

  constructor(
    connection: Connection,
    destination: DestinationData,
    sink: DeliverySink,
    events: ConnectionEvents,
  ) {
    this.#connection = connection;
    this.#sink = sink;
    this.#events = events;
    const { kind, name } = destination;
    this.#consumer = connection.openConsumer({ kind, name }, this);
  }

  deliver(message: Message, entry: number, attempts: number): void {
    let view: MessageData;
    try {
      view = message.view();
    } catch (error) {
      this.#reject(entry, error);
      return;
    }
    this.#sink.onMessage(entry, view, attempts + 1);
  }

  drained(): void {
    const drains = this.#drains;
    this.#drains = [];
    for (const resolve of drains) resolve();
  }

  grant(count: number): void {
    this.#consumer.setCredit(this.#consumer.credit + count);
  }

  drain(): Promise<void> {
    return new Promise((resolve) => {
      this.#drains.push(resolve);
      this.#consumer.drain();
    });
  }

  settle(delivery: unknown, outcome: Outcome): void {
    // What expired here goes back: the broker sees for itself that it has, and counts it.
    const settled = outcome === Outcome.expired ? Settled.released : outcome;
    this.#consumer.settle(delivery as number, settled);
  }

  async close(): Promise<void> {
    this.#connection.closeConsumer(this.#consumer);
    this.drained();
  }

  /** A message that cannot be read, which is not the broker's fault: it becomes a dead letter. */
  #reject(entry: number, cause: unknown): void {
    queueMicrotask(() => {
      this.#consumer.settle(entry, Settled.rejected);
      this.#events.onProblem(problemOf('a message cannot be read, and was rejected', cause));
    });
  }
}
