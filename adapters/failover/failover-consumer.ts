// A consumer over many connections. Deliveries belong to the way that brought them; what was not settled
// when it was lost comes again, and is marked.

import {
  type ConsumerRequest,
  type DeliverySink,
  type DestinationData,
  InvalidDestinationException,
  InvalidSelectorException,
  JMSException,
  type MessageData,
  Outcome,
  type ProviderConsumer,
  UnsupportedOperationException,
} from '#jms-api';
import type { FailoverSession } from './failover-session.ts';
import { Seen } from './seen.ts';
import { LostWay, unlessLost, type Way } from './way.ts';

/** How often a broker may refuse to have it back, as if somebody else had it. */
const REFUSALS_MAX = 10;

export class FailoverConsumer implements ProviderConsumer {
  readonly #session: FailoverSession;
  readonly #destination: DestinationData;
  readonly #sink: DeliverySink;
  readonly #request: ConsumerRequest;
  readonly #seen: Seen;
  /** By delivery, the ids of messages that are not settled. */
  #out: Map<unknown, string | undefined> = new Map();
  #inner: ProviderConsumer | undefined;
  #epoch = 0;
  #refusals = 0;
  /** A browser's view of a queue does not outlive its way. */
  #void = false;

  constructor(
    session: FailoverSession,
    destination: DestinationData,
    sink: DeliverySink,
    request: ConsumerRequest,
  ) {
    this.#session = session;
    this.#destination = destination;
    this.#sink = sink;
    this.#request = request;
    const source = sourceOf(destination, request);
    this.#seen = source === undefined ? new Seen() : session.connection.seen(source);
  }

  async open(way: Way): Promise<void> {
    const epoch = ++this.#epoch;
    const sink: DeliverySink = {
      onMessage: (delivery, message, attempt) => {
        if (epoch === this.#epoch) this.#arrived(delivery, message, attempt);
      },
      onEnd: (error) => {
        if (epoch === this.#epoch && !way.lost) this.#sink.onEnd(error);
      },
    };
    const destination = this.#session.connection.temporaries.toBroker(this.#destination);
    const opening = this.#session.inner(way).openConsumer(destination, sink, this.#request);
    this.#inner = await way.until(opening);
  }

  /** Makes it anew. If the broker refuses it for good, it ends. */
  async restore(way: Way): Promise<void> {
    if (this.#request.browse === true) return;
    try {
      await this.open(way);
      this.#refusals = 0;
    } catch (error) {
      if (way.lost) throw error;
      // The broker may believe that our last connection still has it.
      if (!isFinal(error) && ++this.#refusals < REFUSALS_MAX) throw error;
      this.#session.forgetConsumer(this);
      this.#sink.onEnd(error as Error);
    }
  }

  interrupted(): void {
    this.#epoch++;
    this.#inner = undefined;
    this.#void = true;
    this.#seen.interrupted(this.#out.values());
    this.#out = new Map();
  }

  grant(count: number): void {
    // Without a way nothing is owed: after it was resumed the API grants anew.
    this.#inner?.grant(count);
  }

  async drain(): Promise<void> {
    const { way } = this.#session.connection;
    try {
      if (way !== undefined && this.#inner !== undefined) await way.until(this.#inner.drain());
    } catch (error) {
      if (!(error instanceof LostWay)) throw error;
    }
    if (this.#request.browse !== true || !this.#void) return;
    throw new JMSException('the connection was interrupted: begin to browse anew', 'interrupted');
  }

  settle(delivery: unknown, outcome: Outcome): void {
    const id = this.#out.get(delivery);
    this.#out.delete(delivery);
    if (outcome === Outcome.released) this.#seen.released(id);
    else if (this.#session.transacted && outcome === Outcome.accepted) {
      this.#session.accepted(() => this.#seen.interrupted([id]));
    } else this.#seen.settled(id);
    this.#inner?.settle(delivery, outcome);
  }

  async close(): Promise<void> {
    this.#session.forgetConsumer(this);
    const { way } = this.#session.connection;
    const inner = this.#inner;
    this.#epoch++;
    this.#inner = undefined;
    if (way === undefined || inner === undefined) return;
    await unlessLost(way.until(inner.close()));
  }

  #arrived(delivery: unknown, message: MessageData, attempt: number): void {
    const told = this.#session.connection.temporaries.incoming(message);
    if (this.#request.browse === true) {
      this.#sink.onMessage(delivery, told, attempt);
      return;
    }
    const id = message.messageId;
    if (this.#request.presettled === true) this.#seen.settled(id);
    else this.#out.set(delivery, id);
    this.#sink.onMessage(delivery, told, this.#seen.attemptOf(id, attempt));
  }
}

/** What several consumers may get the same message from; undefined: nothing, it is this one's alone. */
function sourceOf(
  { kind, name }: DestinationData,
  { subscription }: ConsumerRequest,
): string | undefined {
  if (kind === 'queue' || kind === 'temporary-queue') return `${kind} ${name}`;
  if (subscription?.shared !== true && subscription?.durable !== true) return undefined;
  return `subscription ${subscription.durable} ${subscription.shared} ${subscription.name}`;
}

function isFinal(error: unknown): boolean {
  return (
    error instanceof InvalidDestinationException ||
    error instanceof InvalidSelectorException ||
    error instanceof UnsupportedOperationException
  );
}
