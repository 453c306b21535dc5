// A producer: messages that the session's channel publishes, each confirmed. [AMQP 0-9-1 basic.publish]

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
  /** Who hears of it. */
  readonly sender: Sender;
}

export class Amqp091Producer implements ProviderProducer, Sender {
  readonly #session: Amqp091Session;
  readonly #sink: ConfirmSink;
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
    const session = this.#session;
    const { connection, transacted, publisher } = session;
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
      if (!transacted && session.sendsNow && connection.topology.ready(destination)) {
        publisher.publish(route, encoded, this, number);
        return;
      }
      const sending = { destination, route, encoded: kept(encoded), number, sender: this };
      if (transacted) {
        session.buffer(sending);
        this.#finish(number);
        this.answersEnd();
      } else session.park(sending);
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
