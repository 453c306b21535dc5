// A consumer: a receiving link whose credit is what the API grants. [AMQP 2.6.7-2.6.10]

import {
  type ConnectionEvents,
  type DeliverySink,
  JMSException,
  Outcome,
  type ProviderConsumer,
} from '#jms-api';
import { exceptionOf } from './errors.ts';
import type { Deliveries } from './incoming.ts';
import { attached, detached } from './link.ts';
import type { LinkCredit } from './link-credit.ts';
import { decodeMessage } from './message-decode.ts';
import type { Source } from './nodes.ts';
import type { Receiver } from './rhea.ts';
import type { Settlements } from './settlements.ts';

/** What a consumer works with. */
export interface ConsumerParts {
  readonly source: Source;
  readonly credit: LinkCredit;
  readonly settlements: Settlements;
  readonly sink: DeliverySink;
  readonly events: ConnectionEvents;
  /** Nothing may be on its way when the link is detached. */
  readonly drainsFirst: boolean;
  /** A drain that brings nothing is tried once more. */
  readonly asksAgain: boolean;
  /** A delivery is accepted; true: the transaction keeps that until it ends. */
  takes(consumer: AmqpConsumer, delivery: number): boolean;
  /** Resolves with the end of the transaction that has deliveries of it; undefined: none has. */
  kept(consumer: AmqpConsumer): Promise<void> | undefined;
  /** The link is being detached. */
  leaving(): void;
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
  #held: { readonly delivery: number; readonly outcome: Outcome }[] = [];
  /** Messages that were left out while it drained. */
  #filtered = 0;
  #draining = false;
  #arrivals = 0;
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
      this.#over();
      throw error;
    } finally {
      this.#parts.source.attached?.();
    }
    this.#presettled = this.#receiver.snd_settle_mode === 1;
    this.#receiver.on('receiver_close', () => this.#lost());
  }

  grant(count: number): void {
    if (!this.#ended) this.#credit.grant(count);
  }

  async drain(): Promise<void> {
    if (this.#ended) return;
    this.#draining = true;
    const { credit } = this.#receiver;
    const before = this.#arrivals;
    await this.#credit.drain();
    if (this.#parts.asksAgain && this.#arrivals === before && credit > 0 && !this.#ended) {
      this.#credit.grant(credit);
      await this.#credit.drain();
    }
    for (let again = this.#filtered; again > 0 && !this.#ended; again = this.#filtered) {
      this.#filtered = 0;
      this.#credit.grant(again);
      await this.#credit.drain();
    }
    this.#draining = false;
    if (this.#held.length > 0) await this.#giveBack();
  }

  settle(delivery: unknown, outcome: Outcome): void {
    if (this.#presettled) return;
    const back = outcome === Outcome.released || outcome === Outcome.failed;
    if (back && this.#credit.returnsAtOnce) {
      this.#held.push({ delivery: delivery as number, outcome });
      return;
    }
    if (outcome === Outcome.accepted && this.#parts.takes(this, delivery as number)) return;
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

  /** Ends it whatever has deliveries of it: the connection closes. */
  async letGo(): Promise<void> {
    this.#open = false;
    await this.detach();
  }

  async detach(): Promise<void> {
    if (this.#ended) return;
    const { source, leaving, drainsFirst } = this.#parts;
    if (drainsFirst) await this.#credit.drain();
    await this.#giveBack();
    if (this.#ended) return;
    const gone = detached(this.#receiver, 'receiver', !source.stays).then(() => {
      this.#credit.release();
      this.#over();
    });
    leaving();
    source.leaving(gone);
    await gone;
  }

  /** Gives back what was held while there was credit, by which it would have come again, out of order. */
  async #giveBack(): Promise<void> {
    if (this.#held.length === 0) return;
    if (this.#credit.returnsAtOnce) await this.#credit.revoke();
    const held = this.#held;
    this.#held = [];
    held.sort((a, b) => a.delivery - b.delivery);
    for (const { delivery, outcome } of held) this.#parts.settlements.add(delivery, outcome);
  }

  arrived(id: number, bytes: Buffer, settled: boolean): void {
    this.#arrivals++;
    this.#credit.used();
    const { source, sink, settlements, events } = this.#parts;
    if (!this.#open) {
      if (!settled) this.settle(id, Outcome.released);
      return;
    }
    try {
      const { message, deliveryCount, sender } = decodeMessage(bytes, source.dialect);
      const own = source.except !== undefined && sender === source.except;
      if (own || source.wanted?.(message) === false) {
        this.#leaveOut(id, settled);
        return;
      }
      sink.onMessage(id, message, deliveryCount + 1);
    } catch (cause) {
      const text = 'a message cannot be read, and was rejected';
      if (!settled) settlements.add(id, Outcome.rejected);
      events.onProblem(new JMSException(text, null, { cause }));
    }
  }

  /** Not wanted, where noLocal and selectors are left to us: another one may come in its place. */
  #leaveOut(id: number, settled: boolean): void {
    if (!settled) this.#parts.settlements.addNow(id, Outcome.accepted);
    if (this.#draining) this.#filtered++;
    else this.#credit.grant(1);
  }

  #over(): void {
    this.#parts.ended();
    this.#parts.source.ended();
  }

  #lost(): void {
    this.#ended = true;
    this.#credit.release();
    if (!this.#open) return;
    this.#over();
    this.#parts.sink.onEnd(exceptionOf(this.#receiver.error, 'the broker ended the consumer'));
  }
}
