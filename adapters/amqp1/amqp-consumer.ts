// A consumer: a receiving link whose credit is what the API grants. [AMQP 2.6.7-2.6.10]

import {
  type ConnectionEvents,
  type DeliverySink,
  JMSException,
  Outcome,
  type ProviderConsumer,
} from '#jms-api';
import type { Dialect } from './dialect.ts';
import { exceptionOf } from './errors.ts';
import type { Deliveries } from './incoming.ts';
import { attached, detached } from './link.ts';
import { decodeMessage } from './message-decode.ts';
import type { Frame, Receiver } from './rhea.ts';
import type { Settlements } from './settlements.ts';

/** What a consumer works with. */
export interface ConsumerParts {
  readonly settlements: Settlements;
  readonly dialect: Dialect;
  readonly sink: DeliverySink;
  readonly events: ConnectionEvents;
  /** Closing leaves a subscription where it is. */
  readonly durable: boolean;
  /** The link is being detached. */
  leaving(detached: Promise<void>): void;
  /** The link is no more, or never was. */
  ended(): void;
}

export class AmqpConsumer implements ProviderConsumer, Deliveries {
  readonly #receiver: Receiver;
  readonly #parts: ConsumerParts;
  #drains: (() => void)[] = [];
  #echoes: (() => void)[] = [];
  /** Deliveries come settled: there is nothing to say of them. */
  #presettled = false;
  #open = true;
  #ended = false;

  constructor(receiver: Receiver, parts: ConsumerParts) {
    this.#receiver = receiver;
    this.#parts = parts;
    receiver.deliveries = this;
    receiver.on_flow = (frame) => this.#flowed(frame);
  }

  async attach(): Promise<void> {
    try {
      await attached(this.#receiver, 'receiver');
    } catch (error) {
      this.#parts.ended();
      throw error;
    }
    this.#presettled = this.#receiver.snd_settle_mode === 1;
    this.#receiver.on('receiver_close', () => this.#lost());
  }

  grant(count: number): void {
    if (!this.#ended) this.#receiver.flow(count);
  }

  drain(): Promise<void> {
    if (this.#ended || this.#receiver.credit === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#drains.push(resolve);
      this.#receiver.drain_credit();
    });
  }

  settle(delivery: unknown, outcome: Outcome): void {
    if (!this.#presettled) this.#parts.settlements.add(delivery as number, outcome);
  }

  /**
   * Resolves when the peer has read all that was written before.
   *
   * @param ask - writes the flow that asks for the link's state
   */
  echo(ask: (receiver: Receiver) => void): Promise<void> {
    if (this.#ended) return Promise.resolve();
    return new Promise((resolve) => {
      this.#echoes.push(resolve);
      ask(this.#receiver);
    });
  }

  async close(): Promise<void> {
    this.#open = false;
    if (this.#ended) return;
    const gone = detached(this.#receiver, 'receiver', !this.#parts.durable).then(() => {
      this.#release();
      this.#parts.ended();
    });
    this.#parts.leaving(gone);
    await gone;
  }

  arrived(id: number, bytes: Buffer, settled: boolean): void {
    // A peer whose credit is used up has nothing to drain, and need not say so.
    if (this.#receiver.credit === 0) this.#drained();
    if (!this.#open) return;
    const { dialect, sink, settlements, events } = this.#parts;
    try {
      const { message, deliveryCount } = decodeMessage(bytes, dialect);
      sink.onMessage(id, message, deliveryCount + 1);
    } catch (cause) {
      const text = 'a message cannot be read, and was rejected';
      if (!settled) settlements.add(id, Outcome.rejected);
      events.onProblem(new JMSException(text, null, { cause }));
    }
  }

  /**
   * A flow of the peer's says how far it is. A drain is over when its delivery-count is where our
   * credit ends; what it says without that is an echo, or news. rhea believes any flow that has the
   * word drain, and would drain for ever. [AMQP 2.6.7]
   */
  #flowed({ performative: flow }: Frame): void {
    const receiver = this.#receiver;
    const { delivery_count: count } = flow;
    const end = (receiver.delivery_count + receiver.credit) >>> 0;
    if (this.#drains.length > 0 && count !== undefined && count >>> 0 === end) {
      receiver.credit = 0;
      receiver.delivery_count = count;
      this.#drained();
      return;
    }
    this.#echoes.shift()?.();
  }

  #drained(): void {
    if (this.#drains.length === 0) return;
    this.#receiver.drain = false;
    const drains = this.#drains;
    this.#drains = [];
    for (const resolve of drains) resolve();
  }

  #lost(): void {
    this.#ended = true;
    this.#release();
    if (!this.#open) return;
    this.#parts.ended();
    this.#parts.sink.onEnd(exceptionOf(this.#receiver.error, 'the broker ended the consumer'));
  }

  /** Nothing is waited for that can no more come. */
  #release(): void {
    this.#receiver.drain = false;
    const waits = [...this.#drains, ...this.#echoes];
    this.#drains = [];
    this.#echoes = [];
    for (const resolve of waits) resolve();
  }
}
