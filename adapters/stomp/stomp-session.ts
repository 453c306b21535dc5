// A session: the transaction that its sends and acknowledgements belong to. [STOMP 1.2 BEGIN]
//
// After an ABORT the messages that were acknowledged in it are still out, and their ids valid again:
// its consumers give them back, or hand them out once more.

import type {
  ConfirmSink,
  ConsumerRequest,
  DeliverySink,
  DestinationData,
  ProviderConsumer,
  ProviderProducer,
  ProviderSession,
} from '#jms-api';
import type { HeaderLines } from './frame-writer.ts';
import type { StompConnection } from './stomp-connection.ts';
import { StompConsumer } from './stomp-consumer.ts';
import { StompProducer } from './stomp-producer.ts';

export class StompSession implements ProviderSession {
  readonly connection: StompConnection;
  readonly transacted: boolean;
  readonly #consumers: Set<StompConsumer> = new Set();
  #transaction: string | undefined;
  /** Of sends whose RECEIPTs come with the commit. */
  #receipts: Promise<void>[] = [];
  /** Consumers that were closed while the transaction has deliveries of theirs. */
  readonly #leaving: Set<StompConsumer> = new Set();

  constructor(connection: StompConnection, transacted: boolean) {
    this.connection = connection;
    this.transacted = transacted;
  }

  /** The header of what is part of the transaction; none outside of one. */
  get membership(): readonly (readonly [string, string])[] {
    if (!this.transacted) return [];
    if (this.#transaction === undefined) {
      this.#transaction = this.connection.next('t');
      this.connection.link.send('BEGIN', [['transaction', this.#transaction]]);
    }
    return [['transaction', this.#transaction]];
  }

  async openProducer(
    destination: DestinationData | undefined,
    sink: ConfirmSink,
  ): Promise<ProviderProducer> {
    if (destination !== undefined) this.connection.spell(destination);
    return new StompProducer(this, sink);
  }

  async openConsumer(
    destination: DestinationData,
    sink: DeliverySink,
    request: ConsumerRequest,
  ): Promise<ProviderConsumer> {
    const consumer = new StompConsumer(this, { destination, request }, sink);
    await consumer.subscribe();
    this.#consumers.add(consumer);
    return consumer;
  }

  /** Frames are answered in order, so an answer to one says that those before are done. */
  async synchronise(): Promise<void> {
    const { link } = this.connection;
    const line = [['transaction', this.connection.next('p')]] as const;
    link.send('BEGIN', line);
    await link.request('ABORT', line);
  }

  async commit(): Promise<void> {
    const late = this.connection.dialect.transactedAcks ? [] : [...this.#all()];
    const transaction = this.#transaction;
    this.#transaction = undefined;
    if (transaction !== undefined) {
      const receipts = this.#receipts.splice(0);
      await this.connection.link.request('COMMIT', [['transaction', transaction]]);
      await Promise.all(receipts);
    }
    const held = late.map((consumer) => consumer.acknowledgeHeld()).some(Boolean);
    if (held) await this.synchronise();
    for (const consumer of this.#all()) consumer.committed();
    await this.#letGo();
  }

  async rollback(): Promise<void> {
    const transaction = this.#transaction;
    this.#transaction = undefined;
    this.#receipts = [];
    if (transaction !== undefined) {
      await this.connection.link.request('ABORT', [['transaction', transaction]]);
    }
    for (const consumer of this.#all()) consumer.rolledBack();
    await this.#letGo();
  }

  async close(): Promise<void> {
    await this.rollback();
  }

  forget(consumer: StompConsumer): void {
    this.#consumers.delete(consumer);
  }

  /** A closed consumer, whose subscription ends with the transaction. */
  keep(consumer: StompConsumer): void {
    this.#leaving.add(consumer);
  }

  /** A SEND of the transaction that is answered when that is committed. */
  sendHeld(lines: HeaderLines, body: Uint8Array | string): void {
    const receipt = new Promise<void>((resolve, reject) => {
      this.connection.link.confirm('SEND', lines, body, (error) => {
        if (error === undefined) resolve();
        else reject(error);
      });
    });
    // Whoever commits hears of it.
    receipt.catch(() => {});
    this.#receipts.push(receipt);
  }

  #all(): readonly StompConsumer[] {
    return [...this.#consumers, ...this.#leaving];
  }

  async #letGo(): Promise<void> {
    const leaving = [...this.#leaving];
    this.#leaving.clear();
    await Promise.all(leaving.map((consumer) => consumer.leave()));
  }
}
