// A consumer: a receiving link whose credit is what the API grants. [AMQP 2.6.7-2.6.10]

import {
  type ConnectionEvents,
  type DeliverySink,
  JMSException,
  Outcome,
  type ProviderConsumer,
} from '#jms-api';
import { exceptionOf } from './errors.ts';
import { attached, detached } from './link.ts';
import { decodeMessage } from './message-decode.ts';
import type { Delivery, Frame, Receiver } from './rhea.ts';
import type { Settlements } from './settlements.ts';

interface Arrival {
  readonly message: Buffer;
  readonly delivery: Delivery;
}

export class AmqpConsumer implements ProviderConsumer {
  readonly #receiver: Receiver;
  readonly #settlements: Settlements;
  readonly #sink: DeliverySink;
  readonly #events: ConnectionEvents;
  /** Closing leaves a subscription where it is. */
  readonly #durable: boolean;
  #drains: (() => void)[] = [];
  #echoes: (() => void)[] = [];
  #open = true;
  #ended = false;

  constructor(
    receiver: Receiver,
    settlements: Settlements,
    sink: DeliverySink,
    events: ConnectionEvents,
    durable: boolean,
  ) {
    this.#receiver = receiver;
    this.#settlements = settlements;
    this.#sink = sink;
    this.#events = events;
    this.#durable = durable;
    this.#hearFlow();
  }

  async attach(): Promise<void> {
    this.#receiver.on('message', (arrival: Arrival) => this.#arrived(arrival));
    await attached(this.#receiver, 'receiver');
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
    this.#settlements.add(delivery as number, outcome);
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
    await detached(this.#receiver, 'receiver', !this.#durable);
    this.#release();
  }

  /** rhea's events do not say whether a flow answers a drain: its handler is asked first. */
  #hearFlow(): void {
    const receiver = this.#receiver;
    const heard = receiver.on_flow;
    receiver.on_flow = (frame: Frame) => {
      heard.call(receiver, frame);
      if (frame.performative.drain !== true) {
        this.#echoes.shift()?.();
        return;
      }
      // It would drain for ever.
      receiver.drain = false;
      const drains = this.#drains;
      this.#drains = [];
      for (const resolve of drains) resolve();
    };
  }

  #arrived({ message: bytes, delivery }: Arrival): void {
    // See `rhea.ts`: it has no part in what becomes of the delivery.
    delivery.settled = true;
    if (!this.#open) return;
    try {
      const { message, deliveryCount } = decodeMessage(bytes);
      this.#sink.onMessage(delivery.id, message, deliveryCount + 1);
    } catch (cause) {
      const text = 'a message cannot be read, and was rejected';
      if (!delivery.remote_settled) this.#settlements.add(delivery.id, Outcome.rejected);
      this.#events.onProblem(new JMSException(text, null, { cause }));
    }
  }

  #lost(): void {
    this.#ended = true;
    this.#release();
    if (!this.#open) return;
    this.#sink.onEnd(exceptionOf(this.#receiver.error, 'the broker ended the consumer'));
  }

  /** Nothing is waited for that can no more come. */
  #release(): void {
    const waits = [...this.#drains, ...this.#echoes];
    this.#drains = [];
    this.#echoes = [];
    for (const resolve of waits) resolve();
  }
}
