// A sending link: attached, with the credit that the peer gives, until one of the two ends it. Its
// sends wait in the session's outbox. [AMQP 2.6]

import { ACCEPTED, type Answer } from './delivery-state.ts';
import { exceptionOf } from './errors.ts';
import { attached, detached } from './link.ts';
import type { AmqpError, Sender } from './rhea.ts';

const GONE: AmqpError = {
  condition: 'amqp:not-found',
  description: 'nobody takes the message, its destination is not there',
};

/** Hears of the sends of a link, by the numbers that it gave them. */
export interface SendOwner {
  answered(number: number, answer: Answer): void;
  /** The peer ended the link, or refused it; what it had not answered is lost. */
  lost(link: SenderLink, error: Error, numbers: readonly number[]): void;
}

/** Gives up the sends of a link. */
interface Sends {
  drop(link: SenderLink): number[];
}

/** What kind of link it is. */
export interface SenderWishes {
  /** Sends are settled when they are sent: nothing is answered. */
  readonly presettled: boolean;
  /** What `released` means: nobody takes it, as there need be nobody, or as its queue is gone. */
  readonly unroutable?: 'fine' | 'missing' | undefined;
}

export class SenderLink {
  readonly owner: SendOwner;
  readonly presettled: boolean;
  readonly #unroutable: SenderWishes['unroutable'];
  readonly #open: () => Sender;
  readonly #sends: Sends;
  /** Undefined: not yet. */
  sender: Sender | undefined;
  /** Sends that wait, or are not answered. */
  pending = 0;
  #state: 'attaching' | 'open' | 'closing' | 'closed' = 'attaching';

  /** @param open - attaches it */
  constructor(open: () => Sender, sends: Sends, owner: SendOwner, wishes: SenderWishes) {
    this.owner = owner;
    this.presettled = wishes.presettled;
    this.#unroutable = wishes.unroutable;
    this.#open = open;
    this.#sends = sends;
  }

  /** @throws what the peer refuses it with */
  async attach(): Promise<void> {
    const sender = this.#open();
    this.sender = sender;
    await attached(sender, 'sender');
    this.#state = 'open';
    // Its credit may have come already, and sends may wait for it.
    sender.connection._register();
    sender.on('sender_close', () => {
      if (this.#state !== 'open') return;
      this.#lose(exceptionOf(sender.error, 'the broker ended the producer'));
    });
  }

  /**
   * Attaches, while sends may wait already; the owner hears of a refusal.
   *
   * @param ready - what it waits for
   */
  attachLater(ready: Promise<void>): void {
    ready
      .then(() => (this.#state === 'attaching' ? this.attach() : undefined))
      .catch((error: Error) => this.#lose(error));
  }

  /** What the peer says of a send. */
  answered(number: number, answer: Answer): void {
    this.owner.answered(number, answer.kind === 'released' ? this.#onReleased(answer) : answer);
  }

  #onReleased(answer: Answer): Answer {
    if (this.#unroutable === 'fine') return ACCEPTED;
    return this.#unroutable === 'missing' ? { kind: 'released', error: GONE } : answer;
  }

  get credit(): number {
    return this.#state === 'open' ? (this.sender?.credit ?? 0) : 0;
  }

  /** Of a message; 0: any. */
  get bytesMax(): number {
    const max = this.sender?.max_message_size;
    return typeof max === 'number' ? max : 0;
  }

  async close(): Promise<void> {
    if (this.#state === 'closing' || this.#state === 'closed') return;
    this.#state = 'closing';
    this.#sends.drop(this);
    if (this.sender !== undefined) await detached(this.sender, 'sender');
    this.#state = 'closed';
  }

  #lose(error: Error): void {
    this.#state = 'closed';
    this.owner.lost(this, error, this.#sends.drop(this));
  }
}
