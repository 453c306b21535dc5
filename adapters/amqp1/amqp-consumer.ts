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
import type { LinkCredit } from './link-credit.ts';
import { decodeMessage } from './message-decode.ts';
import type { Receiver } from './rhea.ts';
import type { Settlements } from './settlements.ts';

/** What a consumer works with. */
export interface ConsumerParts {
  readonly credit: LinkCredit;
  readonly settlements: Settlements;
  readonly dialect: Dialect;
  readonly sink: DeliverySink;
  readonly events: ConnectionEvents;
  /** Closing leaves a subscription where it is. */
  readonly durable: boolean;
  /** A delivery is accepted. */
  accepting(consumer: AmqpConsumer): void;
  /** Resolves with the end of the transaction that has deliveries of it; undefined: none has. */
  kept(consumer: AmqpConsumer): Promise<void> | undefined;
  /** The link is being detached. */
  leaving(detached: Promise<void>): void;
  /** The link is no more, or never was. */
  ended(): void;
}

export class AmqpConsumer implements ProviderConsumer, Deliveries {
  readonly #receiver: Receiver;
  readonly #parts: ConsumerParts;
  readonly #credit: LinkCredit;
  /** Deliveries come settled: there is nothing to say of them. */
  #presettled = false;
  /** Given back by us, and not to be written yet. */
  #held: number[] = [];
  #open = true;
  #ended = false;

  constructor(receiver: Receiver, parts: ConsumerParts) {
    this.#receiver = receiver;
    this.#parts = parts;
    receiver.deliveries = this;
    this.#credit = parts.credit;
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
    if (!this.#ended) this.#credit.grant(count);
  }

  async drain(): Promise<void> {
    if (this.#ended) return;
    await this.#credit.drain();
    if (this.#held.length > 0) await this.#giveBack();
  }

  settle(delivery: unknown, outcome: Outcome): void {
    if (this.#presettled) return;
    if (outcome === Outcome.released && this.#credit.returnsAtOnce) {
      this.#held.push(delivery as number);
      return;
    }
    if (outcome === Outcome.accepted) this.#parts.accepting(this);
    this.#parts.settlements.add(delivery as number, outcome);
  }

  /** Resolves when the peer has read all that was written before. */
  echo(): Promise<void> {
    return this.#ended ? Promise.resolve() : this.#credit.echo();
  }

  /** A transaction that has deliveries of this link keeps it until it ends. */
  async close(): Promise<void> {
    this.#open = false;
    if (this.#ended) return;
    const kept = this.#parts.kept(this);
    if (kept === undefined) {
      await this.detach();
      return;
    }
    await this.drain();
    kept.then(
      () => this.detach(),
      () => this.detach(),
    );
  }

  async detach(): Promise<void> {
    if (this.#ended) return;
    await this.#giveBack();
    const gone = detached(this.#receiver, 'receiver', !this.#parts.durable).then(() => {
      this.#credit.release();
      this.#parts.ended();
    });
    this.#parts.leaving(gone);
    await gone;
  }

  /** Releases what was held while there was credit, by which it would have come again. */
  async #giveBack(): Promise<void> {
    if (this.#held.length === 0) return;
    if (this.#credit.returnsAtOnce) await this.#credit.revoke();
    const held = this.#held;
    this.#held = [];
    for (const delivery of held) this.#parts.settlements.add(delivery, Outcome.released);
  }

  arrived(id: number, bytes: Buffer, settled: boolean): void {
    this.#credit.used();
    const { dialect, sink, settlements, events } = this.#parts;
    if (!this.#open) {
      if (!settled) this.settle(id, Outcome.released);
      return;
    }
    try {
      const { message, deliveryCount } = decodeMessage(bytes, dialect);
      sink.onMessage(id, message, deliveryCount + 1);
    } catch (cause) {
      const text = 'a message cannot be read, and was rejected';
      if (!settled) settlements.add(id, Outcome.rejected);
      events.onProblem(new JMSException(text, null, { cause }));
    }
  }

  #lost(): void {
    this.#ended = true;
    this.#credit.release();
    if (!this.#open) return;
    this.#parts.ended();
    this.#parts.sink.onEnd(exceptionOf(this.#receiver.error, 'the broker ended the consumer'));
  }
}
