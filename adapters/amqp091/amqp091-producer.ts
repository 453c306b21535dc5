// A producer: messages that the session's channel publishes, each confirmed. [AMQP 0-9-1 basic.publish]

import {
  type ConfirmSink,
  type DestinationData,
  InvalidDestinationException,
  type MessageData,
  type ProviderProducer,
  UnsupportedOperationException,
} from '#jms-api';
import { Confirmations } from '../confirmations.ts';
import type { Amqp091Session } from './amqp091-session.ts';
import { encodeForJmsClient } from './jms-client-encode.ts';
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
  readonly #over: Confirmations = new Confirmations();
  #told = 0;
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
      const by = route.exchange === '' ? undefined : connection.sender;
      const encoded = route.jmsClient
        ? encodeForJmsClient(message, by, connection.place.topicExchange)
        : encodeMessage(message, by);
      if (!transacted && session.sendsNow && connection.topology.ready(destination)) {
        publisher.publish(route, encoded, this, number);
        return;
      }
      const sending = { destination, route, encoded: kept(encoded), number, sender: this };
      if (transacted) {
        session.buffer(sending);
        this.#over.finish(number);
        this.answersEnd();
      } else session.park(sending);
    } catch (error) {
      this.#over.finish(number);
      throw error;
    }
  }

  answered(number: number, error: Error | undefined): void {
    if (error !== undefined && this.#open) this.#sink.onRefused(number, error);
    this.#over.finish(number);
  }

  answersEnd(): void {
    if (this.#told === this.#over.upTo || !this.#open) return;
    this.#told = this.#over.upTo;
    this.#sink.onConfirmed(this.#over.upTo);
  }

  async close(): Promise<void> {
    this.#open = false;
  }
}

/** The user may change the message as soon as its send returns. */
function kept({ content, options }: Encoded): Encoded {
  return { content: Buffer.from(content), options };
}
