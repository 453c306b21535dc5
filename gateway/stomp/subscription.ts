// One SUBSCRIBE: what it was sent and what is not acknowledged yet. [STOMP 1.2 SUBSCRIBE]
//
//                          window of messages that may be out             named in ACK by
//     auto                 refilled when the peer has read what was sent  –
//     client               given back by ACK, which means "up to here"    1.2: `ack`, older:
//     client-individual    given back by ACK, one at a time               `message-id`
//
// In 1.2 an `ack` header says `<number of the subscription>-<entry of the broker>`, so the broker's
// own books answer for a single message, and a ring of entries knows the order for `client`. The
// older versions name messages by an id that may come from any protocol: they need a map.

import type { Connection, Consumer, ConsumerSink, Message, Outcome } from '#broker';
import type { Output } from '../output.ts';
import type { Valve } from '../valve.ts';
import { DeliveryWriter } from './delivery.ts';
import { resolveDestination } from './destination.ts';
import { EntryRing } from './entry-ring.ts';
import type { Version } from './spelling.ts';

export type AckMode = 'auto' | 'client' | 'client-individual';

/** What a SUBSCRIBE asked for. */
export interface SubscriptionOptions {
  /** The client's name for it; 1.0 can do without. */
  readonly id: string | undefined;
  readonly destination: string;
  readonly ackMode: AckMode;
  /** Messages that may be out. */
  readonly window: number;
  /** Ours, unique in the connection. */
  readonly number: number;
  readonly version: Version;
  readonly nodeId: string;
}

export class Subscription implements ConsumerSink {
  readonly number: number;
  readonly consumer: Consumer;
  readonly #ackMode: AckMode;
  readonly #window: number;
  readonly #valve: Valve;
  readonly #writer: DeliveryWriter;
  /** 1.2, `client`: what is out, in order. */
  readonly #order: EntryRing | undefined;
  /** 1.0 and 1.1: what is out, by message id, in order. */
  readonly #byMessageId: Map<string, number> | undefined;
  /** Of the mode `auto`: those that want {@link refill}. */
  readonly #hungry: Subscription[];
  #asked = false;

  /** @throws {BrokerError} as `Connection.openConsumer` */
  constructor(
    connection: Connection,
    output: Output,
    valve: Valve,
    hungry: Subscription[],
    options: SubscriptionOptions,
  ) {
    const { ackMode, version } = options;
    const presettled = ackMode === 'auto';
    this.number = options.number;
    this.#ackMode = ackMode;
    this.#window = options.window;
    this.#valve = valve;
    this.#hungry = hungry;
    const oldStyle = !presettled && version !== '1.2';
    this.#byMessageId = oldStyle ? new Map() : undefined;
    this.#order = ackMode === 'client' && !oldStyle ? new EntryRing() : undefined;
    const address = resolveDestination(options.destination);
    this.consumer = connection.openConsumer(address, this, { presettled });
    this.#writer = new DeliveryWriter(output, {
      version,
      address,
      subscriptionId: options.id,
      nodeId: options.nodeId,
      ackNumber: presettled || oldStyle ? 0 : options.number,
    });
    valve.add(this.consumer);
    this.consumer.setCredit(this.#window);
  }

  deliver(message: Message, entry: number, attempts: number): void {
    const redelivered = attempts > 0;
    if (this.#byMessageId !== undefined) {
      this.#deliverNamed(this.#byMessageId, message, entry, redelivered);
    } else {
      this.#order?.push(entry);
      this.#writer.write(message, entry, redelivered);
    }
    if (this.#ackMode === 'auto' && !this.#asked && this.consumer.credit * 2 < this.#window) {
      this.#asked = true;
      this.#hungry.push(this);
    }
    this.#valve.check();
  }

  drained(): void {}

  /** The peer has read what it was sent: it may have the next window. */
  refill(): void {
    this.#asked = false;
    if (this.consumer.open) this.consumer.setCredit(this.#window);
  }

  /** Settles by the `ack` header of 1.2; false if there is no such delivery. */
  settle(entry: number, outcome: Outcome): boolean {
    const order = this.#order;
    let known: boolean;
    if (order === undefined) {
      known = this.consumer.settle(entry, outcome);
    } else {
      known = order.takeThrough(entry, (each) => this.consumer.settle(each, outcome));
    }
    this.#giveBack();
    return known;
  }

  /** Settles by the `message-id` of 1.0 and 1.1; false if there is no such delivery. */
  settleMessage(messageId: string, outcome: Outcome): boolean {
    const out = this.#byMessageId;
    const entry = out?.get(messageId);
    if (out === undefined || entry === undefined) return false;
    if (this.#ackMode === 'client-individual') {
      out.delete(messageId);
      this.consumer.settle(entry, outcome);
    } else {
      for (const [id, each] of out) {
        out.delete(id);
        this.consumer.settle(each, outcome);
        if (id === messageId) break;
      }
    }
    this.#giveBack();
    return true;
  }

  /** Ends it; what is out goes back to its place. */
  close(connection: Connection): void {
    this.#valve.remove(this.consumer);
    connection.closeConsumer(this.consumer);
  }

  #deliverNamed(
    out: Map<string, number>,
    message: Message,
    entry: number,
    redelivered: boolean,
  ): void {
    const id = this.#writer.messageIdOf(message);
    // Two messages may have the same id: a sender's mistake, or one message sent to two places.
    const alias = out.has(id) ? `${id}#${entry}` : undefined;
    out.set(alias ?? id, entry);
    this.#writer.write(message, entry, redelivered, alias);
  }

  #giveBack(): void {
    if (this.#ackMode !== 'auto') this.consumer.setCredit(this.#window - this.consumer.out);
  }
}
