// A consumer of a broker in this process.

import {
  type Connection,
  type Consumer,
  type ConsumerOptions,
  type ConsumerSink,
  type Message,
  parseSelector,
  Outcome as Settled,
} from '#broker';
import {
  type ConsumerRequest,
  type DeliverySink,
  type DestinationData,
  InvalidDestinationException,
  type MessageData,
  Outcome,
  type ProviderConsumer,
} from '#jms-api';
import { problemOf } from './errors.ts';
import type { LocalSession } from './local-session.ts';

/** By index, an outcome of the seam: the broker's. */
const SETTLED: readonly Settled[] = [
  Settled.accepted,
  Settled.released,
  Settled.rejected,
  Settled.failed,
  // What expired here goes back: the broker sees for itself that it has, and counts it.
  Settled.released,
  Settled.undeliverableHere,
];

export class LocalConsumer implements ProviderConsumer, ConsumerSink {
  readonly #session: LocalSession;
  readonly #connection: Connection;
  readonly #consumer: Consumer;
  readonly #sink: DeliverySink;
  #drains: (() => void)[] = [];
  #open = true;

  constructor(
    session: LocalSession,
    destination: DestinationData,
    sink: DeliverySink,
    request: ConsumerRequest,
  ) {
    this.#session = session;
    this.#connection = session.connection;
    this.#sink = sink;
    const { kind, name } = destination;
    this.#consumer = this.#connection.openConsumer({ kind, name }, this, optionsOf(request));
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

  /** The destination was deleted, or the consumer was too slow. */
  gone(reason: string): void {
    this.#open = false;
    queueMicrotask(() => {
      this.drained();
      this.#sink.onEnd(new InvalidDestinationException(`the broker ended the consumer: ${reason}`));
    });
  }

  grant(count: number): void {
    this.#consumer.setCredit(this.#consumer.credit + count);
  }

  drain(): Promise<void> {
    if (!this.#open) return Promise.resolve();
    return new Promise((resolve) => {
      this.#drains.push(resolve);
      this.#consumer.drain();
    });
  }

  settle(delivery: unknown, outcome: Outcome): void {
    const transaction = outcome === Outcome.accepted ? this.#session.transaction() : undefined;
    this.#consumer.settle(delivery as number, SETTLED[outcome] ?? Settled.released, transaction);
  }

  async close(): Promise<void> {
    this.#open = false;
    this.#connection.closeConsumer(this.#consumer);
    this.drained();
  }

  /** A message that cannot be read, which is not the broker's fault: it becomes a dead letter. */
  #reject(entry: number, cause: unknown): void {
    queueMicrotask(() => {
      this.#consumer.settle(entry, Settled.rejected);
      const problem = problemOf('a message cannot be read, and was rejected', cause);
      this.#session.events.onProblem(problem);
    });
  }
}

function optionsOf({ selector, noLocal, browse, subscription }: ConsumerRequest): ConsumerOptions {
  const parsed = parseSelector(selector);
  return {
    ...(parsed !== undefined && { selector: parsed }),
    ...(noLocal === true && { noLocal }),
    ...(browse === true && { browse }),
    ...(subscription !== undefined && { subscription }),
  };
}
