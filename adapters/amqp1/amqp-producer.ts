// A producer: one sending link, or, for a producer without a destination at a broker that has no
// anonymous relay, one for each destination. Sends are confirmed when the peer accepts them.
// [AMQP 2.6.12, 3.4] [JMS mapping WD10]

import {
  type ConfirmSink,
  type DestinationData,
  InvalidDestinationException,
  JMSException,
  type MessageData,
  type ProviderProducer,
} from '#jms-api';
import { Confirmations } from '../confirmations.ts';
import type { BufferedTransaction } from './buffered-transaction.ts';
import type { Answer } from './delivery-state.ts';
import type { Dialect } from './dialect.ts';
import { exceptionOf } from './errors.ts';
import { encodeMessage } from './message-encode.ts';
import type { Nodes } from './nodes.ts';
import type { Outbox } from './outbox.ts';
import type { Route } from './routes.ts';
import type { SenderLink, SendOwner } from './sender-link.ts';

/** What it has of its connection. */
interface Host {
  readonly peer: { readonly dialect: Dialect };
  readonly nodes: Pick<Nodes, 'checkThere'>;
}

export class AmqpProducer implements ProviderProducer, SendOwner {
  readonly #outbox: Outbox;
  readonly #host: Host;
  readonly #sink: ConfirmSink;
  #route: Route | undefined;
  readonly #over: Confirmations = new Confirmations();
  #open = true;
  /** Why the peer ended the link. */
  #ended: Error | undefined;

  constructor(outbox: Outbox, host: Host, sink: ConfirmSink) {
    this.#outbox = outbox;
    this.#host = host;
    this.#sink = sink;
  }

  begin(route: Route): void {
    this.#route = route;
  }

  send(message: MessageData, number: number): void {
    const { destination } = message;
    try {
      if (this.#ended !== undefined) throw this.#ended;
      if (destination === undefined || this.#route === undefined) {
        throw new InvalidDestinationException('the message has no destination');
      }
      if (isTemporary(destination)) this.#host.nodes.checkThere(destination);
      const payload = encodeMessage(message, Date.now(), this.#host.peer.dialect);
      const link = this.#route.linkTo(destination);
      checkSize(payload.length, link.bytesMax);
      this.#outbox.add(link, destination, payload, number);
    } catch (error) {
      this.#finished(number);
      throw error;
    }
  }

  async close(): Promise<void> {
    this.#open = false;
    await this.#route?.close();
  }

  answered(number: number, { kind, error }: Answer): void {
    if (kind !== 'accepted' && this.#open) {
      const what =
        kind === 'unknown'
          ? 'the broker settled the send without an outcome'
          : `the broker has not taken the message: ${kind}`;
      this.#sink.onRefused(number, exceptionOf(error, what));
    }
    this.#finished(number);
  }

  /** A link is gone, by the peer's will, or was refused; so are the sends that it had. */
  lost(link: SenderLink, error: Error, numbers: readonly number[]): void {
    if (this.#route?.forget(link) !== true && this.#open) this.#ended = error;
    this.refused(numbers, error);
  }

  refused(numbers: readonly number[], error: Error): void {
    for (const number of numbers) {
      if (this.#open) this.#sink.onRefused(number, error);
      this.#finished(number);
    }
  }

  #finished(number: number): void {
    if (this.#over.finish(number) && this.#open) this.#sink.onConfirmed(this.#over.upTo);
  }
}

/** A producer whose sends wait for the commit. */
export class BufferedProducer implements ProviderProducer {
  readonly #transaction: BufferedTransaction;
  readonly #host: Host;
  readonly #sink: ConfirmSink;

  constructor(transaction: BufferedTransaction, host: Host, sink: ConfirmSink) {
    this.#transaction = transaction;
    this.#host = host;
    this.#sink = sink;
  }

  send(message: MessageData, number: number): void {
    const { destination } = message;
    try {
      if (destination === undefined) {
        throw new InvalidDestinationException('the message has no destination');
      }
      this.#host.nodes.checkThere(destination);
      const payload = encodeMessage(message, Date.now(), this.#host.peer.dialect);
      this.#transaction.add(destination, payload);
    } finally {
      this.#sink.onConfirmed(number);
    }
  }

  async close(): Promise<void> {}
}

function checkSize(size: number, max: number): void {
  if (max === 0 || size <= max) return;
  throw new JMSException(
    `a message of ${size} bytes is too large for the broker, which takes ${max}`,
    'amqp:link:message-size-exceeded',
  );
}

function isTemporary({ kind }: DestinationData): boolean {
  return kind === 'temporary-queue' || kind === 'temporary-topic';
}
