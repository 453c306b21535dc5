// A producer: a sending link, or one without an address for producers without a destination. Sends
// are confirmed when the peer accepts them. [AMQP 2.6.12, 3.4]

import {
  type ConfirmSink,
  InvalidDestinationException,
  JMSException,
  type MessageData,
  type ProviderProducer,
} from '#jms-api';
import { exceptionOf } from './errors.ts';
import { attached, detached } from './link.ts';
import { encodeMessage } from './message-encode.ts';
import type { Delivery, Sender } from './rhea.ts';
import type { SendQueue } from './send-queue.ts';

export class AmqpProducer implements ProviderProducer {
  readonly #sender: Sender;
  readonly #queue: SendQueue;
  readonly #sink: ConfirmSink;
  /** All sends up to this number are confirmed or refused. */
  #done = 0;
  /** Later ones that are, too. */
  readonly #early: Set<number> = new Set();
  /** Handed over and not answered. */
  readonly #out: Set<number> = new Set();
  #open = true;
  /** Why the peer ended the link. */
  #ended: Error | undefined;

  constructor(sender: Sender, queue: SendQueue, sink: ConfirmSink) {
    this.#sender = sender;
    this.#queue = queue;
    this.#sink = sink;
  }

  async attach(): Promise<void> {
    await attached(this.#sender, 'sender');
    this.#sender.on('settled', ({ delivery }: { delivery: Delivery }) => this.#settled(delivery));
    this.#sender.on('sender_close', () => this.#lost());
  }

  get credit(): number {
    return this.#sender.credit;
  }

  send(message: MessageData, number: number): void {
    const { destination } = message;
    let payload: Buffer;
    try {
      if (this.#ended !== undefined) throw this.#ended;
      if (destination === undefined) {
        throw new InvalidDestinationException('the message has no destination');
      }
      payload = encodeMessage(message, Date.now());
      this.#checkSize(payload.length);
      this.#queue.add(this, `${destination.kind} ${destination.name}`, payload, number);
    } catch (error) {
      this.#finished(number);
      throw error;
    }
  }

  /** Gives a send with credit to rhea. */
  transfer(payload: Buffer, number: number): void {
    this.#out.add(number);
    this.#sender.send(payload, undefined, 0).number = number;
  }

  async close(): Promise<void> {
    this.#open = false;
    if (this.#ended !== undefined) return;
    this.#queue.drop(this);
    await detached(this.#sender, 'sender');
  }

  #checkSize(size: number): void {
    const max = this.#sender.max_message_size;
    if (typeof max !== 'number' || max === 0 || size <= max) return;
    throw new JMSException(
      `a message of ${size} bytes is too large for the broker, which takes ${max}`,
      'amqp:link:message-size-exceeded',
    );
  }

  #settled({ number = 0, remote_state: state }: Delivery): void {
    this.#out.delete(number);
    const outcome = state?.constructor.composite_type;
    if (outcome !== 'accepted' && this.#open) {
      const what =
        outcome === undefined
          ? 'the broker settled the send without an outcome'
          : `the broker has not taken the message: ${outcome}`;
      this.#sink.onRefused(number, exceptionOf(state?.error, what));
    }
    this.#finished(number);
  }

  #finished(number: number): void {
    if (number !== this.#done + 1) {
      this.#early.add(number);
      return;
    }
    this.#done = number;
    while (this.#early.delete(this.#done + 1)) this.#done++;
    if (this.#open) this.#sink.onConfirmed(this.#done);
  }

  /** The peer ended the link: what it has not answered is refused. */
  #lost(): void {
    if (!this.#open) return;
    const error = exceptionOf(this.#sender.error, 'the broker ended the producer');
    this.#ended = error;
    for (const number of [...this.#out, ...this.#queue.drop(this)]) {
      this.#sink.onRefused(number, error);
      this.#finished(number);
    }
    this.#out.clear();
  }
}
