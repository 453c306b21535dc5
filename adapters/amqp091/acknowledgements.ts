// Acknowledges the deliveries of one channel. Those that are acknowledged in order are said with one
// frame when the turn is over. [AMQP 0-9-1 basic.ack]
//
// Invariant: an acknowledgement of many covers nothing that was not settled.

import type { Channel, Message } from 'amqplib';

export class Acknowledgements {
  readonly #channel: Channel;
  /** The first that is not settled. */
  #next = 1;
  /** Later ones that are. */
  readonly #early: Set<number> = new Set();
  /** The last of those that are not said yet; 0: none. RabbitMQ takes no tag that is settled. */
  #due = 0;
  readonly #flush = (): void => {
    try {
      this.flush();
    } catch {
      // The channel is gone, and with it what was delivered on it; the consumer is told so elsewhere.
    }
  };

  constructor(channel: Channel) {
    this.#channel = channel;
  }

  ack(tag: number): void {
    if (tag !== this.#next) {
      this.#early.add(tag);
      this.#channel.ack(messageOf(tag), false);
      return;
    }
    this.#advance();
    if (this.#due === 0) process.nextTick(this.#flush);
    this.#due = tag;
  }

  nack(tag: number, requeue: boolean): void {
    if (tag === this.#next) {
      // What is due ends before this one.
      this.flush();
      this.#advance();
    } else this.#early.add(tag);
    this.#channel.nack(messageOf(tag), false, requeue);
  }

  /** Says what is due. */
  flush(): void {
    const last = this.#due;
    if (last === 0) return;
    this.#due = 0;
    this.#channel.ack(messageOf(last), true);
  }

  #advance(): void {
    this.#next++;
    while (this.#early.delete(this.#next)) this.#next++;
  }
}

/** All that amqplib looks at. */
function messageOf(deliveryTag: number): Message {
  return { fields: { deliveryTag } } as Message;
}
