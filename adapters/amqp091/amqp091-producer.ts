// A producer: messages that the session's channel publishes, each confirmed. Sends to a queue that was
// not looked for yet wait until that was done, and so do those after them. [AMQP 0-9-1 basic.publish]

import {
  type ConfirmSink,
  type DestinationData,
  InvalidDestinationException,
  type MessageData,
  type ProviderProducer,
  UnsupportedOperationException,
} from '#jms-api';
import type { Amqp091Session } from './amqp091-session.ts';
import { type Encoded, encodeMessage } from './message-encode.ts';
import type { Route, Sender } from './publisher.ts';

/** A message that is to be sent. */
export interface Sending {
  readonly destination: DestinationData;
  readonly route: Route;
  readonly encoded: Encoded;
  readonly number: number;
}

export class Amqp091Producer implements ProviderProducer, Sender {
  readonly #session: Amqp091Session;
  readonly #sink: ConfirmSink;
  /** Sends that wait for their queue, or for a channel. */
  #parked: Sending[] = [];
  /** All sends up to this number are confirmed or refused. */
  #done = 0;
  #told = 0;
  /** Later ones that are, too. */
  readonly #early: Set<number> = new Set();
  #open = true;

  constructor(session: Amqp091Session, sink: ConfirmSink) {
    this.#session = session;
    this.#sink = sink;
  }

  send(message: MessageData, number: number): void {
    const { connection, transacted, publisher } = this.#session;
    try {
      const { destination } = message;
      if (destination === undefined) {
        throw new InvalidDestinationException('the message has no destination');
      }
      if (message.deliverAt !== undefined) {
        throw new UnsupportedOperationException('RabbitMQ has no delivery delay');
      }
      const route = connection.route(destination);
      const encoded = encodeMessage(message, route.mandatory ? undefined : connection.sender);
      if (transacted) {
        this.#session.buffer({ destination, route, encoded: kept(encoded), number });
        this.#finish(number);
        this.answersEnd();
      } else if (
        this.#parked.length === 0 &&
        publisher.ready &&
        connection.topology.ready(destination)
      ) {
        publisher.publish(route, encoded, this, number);
      } else this.#park({ destination, route, encoded: kept(encoded), number });
    } catch (error) {
      this.#finish(number);
      throw error;
    }
  }

  answered(number: number, error: Error | undefined): void {
    if (error !== undefined && this.#open) this.#sink.onRefused(number, error);
    this.#finish(number);
  }

  answersEnd(): void {
    if (this.#told === this.#done || !this.#open) return;
    this.#told = this.#done;
    this.#sink.onConfirmed(this.#done);
  }

  async close(): Promise<void> {
    this.#open = false;
  }

  #park(sending: Sending): void {
    this.#parked.push(sending);
    if (this.#parked.length === 1) void this.#sendParked();
  }

  async #sendParked(): Promise<void> {
    const { publisher, connection } = this.#session;
    for (;;) {
      const [sending] = this.#parked;
      if (sending === undefined) return;
      try {
        if (!connection.topology.ready(sending.destination)) {
          await connection.topology.ensure(sending.destination);
        }
        if (!publisher.ready) await publisher.open();
        publisher.publish(sending.route, sending.encoded, this, sending.number);
      } catch (error) {
        this.answered(sending.number, error as Error);
        this.answersEnd();
      }
      this.#parked.shift();
    }
  }

  #finish(number: number): void {
    if (number !== this.#done + 1) {
      this.#early.add(number);
      return;
    }
    this.#done = number;
    while (this.#early.delete(this.#done + 1)) this.#done++;
  }
}

/** The user may change the message as soon as its send returns. */
function kept({ content, options }: Encoded): Encoded {
  return { content: Buffer.from(content), options };
}
