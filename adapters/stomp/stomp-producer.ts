// A producer: SEND frames, each with a receipt. [STOMP 1.2 SEND, RECEIPT]

import {
  type ConfirmSink,
  type DestinationData,
  InvalidDestinationException,
  type MessageData,
  type ProviderProducer,
  UnsupportedOperationException,
} from '#jms-api';
import { Confirmations } from '../confirmations.ts';
import { encodeMessage } from './message-encode.ts';
import type { StompSession } from './stomp-session.ts';

export class StompProducer implements ProviderProducer {
  readonly #session: StompSession;
  readonly #sink: ConfirmSink;
  readonly #over: Confirmations = new Confirmations();
  #open = true;

  constructor(session: StompSession, sink: ConfirmSink) {
    this.#session = session;
    this.#sink = sink;
  }

  send(message: MessageData, number: number): void {
    const { connection } = this.#session;
    const { dialect } = connection;
    try {
      const destination = destinationOf(message);
      const { headers, body } = encodeMessage(message, {
        version: connection.link.version,
        hidesGroups: dialect.hidesGroups,
        destination: connection.spell(destination),
        replyTo: message.replyTo && connection.spell(message.replyTo),
        more: [
          ...this.#laterOf(message),
          ...(dialect.more?.(message, Date.now(), connection.sender) ?? []),
          ...connection.madeAs(destination),
        ],
      });
      const lines = [...headers, ...this.#session.membership];
      if (this.#session.transacted && !dialect.transactedReceipts) {
        this.#session.sendHeld(lines, body);
        this.#finished(number);
        return;
      }
      connection.link.confirm('SEND', lines, body, (error) => this.#answered(number, error));
    } catch (error) {
      this.#finished(number);
      throw error;
    }
  }

  async close(): Promise<void> {
    this.#open = false;
  }

  #laterOf({ deliverAt }: MessageData): readonly (readonly [string, string])[] {
    if (deliverAt === undefined) return [];
    const { dialect } = this.#session.connection;
    const lines = dialect.deliverAt(deliverAt, Date.now());
    if (lines !== undefined) return lines;
    throw new UnsupportedOperationException(
      `delivery delay over STOMP to ${dialect.product}: it may have none; use amqp://`,
    );
  }

  #answered(number: number, error: Error | undefined): void {
    if (error !== undefined && this.#open) this.#sink.onRefused(number, error);
    this.#finished(number);
  }

  #finished(number: number): void {
    if (this.#over.finish(number) && this.#open) this.#sink.onConfirmed(this.#over.upTo);
  }
}

function destinationOf({ destination }: MessageData): DestinationData {
  if (destination !== undefined) return destination;
  throw new InvalidDestinationException('the message has no destination');
}
