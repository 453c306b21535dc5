// A sending link: attached, with the credit that the peer gives, until one of the two ends it. Its
// sends wait in the session's outbox. [AMQP 2.6]

import type { Answer } from './delivery-state.ts';
import { exceptionOf } from './errors.ts';
import { attached, detached } from './link.ts';
import type { Sender } from './rhea.ts';

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

export class SenderLink {
  readonly sender: Sender;
  readonly owner: SendOwner;
  /** Sends are settled when they are sent: nothing is answered. */
  readonly presettled: boolean;
  readonly #sends: Sends;
  /** Sends that wait, or are not answered. */
  pending = 0;
  #state: 'attaching' | 'open' | 'closing' | 'closed' = 'attaching';

  constructor(sender: Sender, sends: Sends, owner: SendOwner, presettled = false) {
    this.sender = sender;
    this.owner = owner;
    this.presettled = presettled;
    this.#sends = sends;
  }

  /** @throws what the peer refuses it with */
  async attach(): Promise<void> {
    await attached(this.sender, 'sender');
    this.#state = 'open';
    // Its credit may have come already, and sends may wait for it.
    this.sender.connection._register();
    this.sender.on('sender_close', () => {
      if (this.#state !== 'open') return;
      this.#lose(exceptionOf(this.sender.error, 'the broker ended the producer'));
    });
  }

  /** Attaches, while sends may wait already; the owner hears of a refusal. */
  attachLater(): void {
    this.attach().catch((error: Error) => this.#lose(error));
  }

  get credit(): number {
    return this.#state === 'open' ? this.sender.credit : 0;
  }

  /** Of a message; 0: any. */
  get bytesMax(): number {
    const max = this.sender.max_message_size;
    return typeof max === 'number' ? max : 0;
  }

  async close(): Promise<void> {
    if (this.#state === 'closing' || this.#state === 'closed') return;
    this.#state = 'closing';
    this.#sends.drop(this);
    await detached(this.sender, 'sender');
    this.#state = 'closed';
  }

  #lose(error: Error): void {
    this.#state = 'closed';
    this.owner.lost(this, error, this.#sends.drop(this));
  }
}
