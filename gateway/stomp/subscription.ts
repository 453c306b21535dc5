// One SUBSCRIBE: what it was sent and what is not acknowledged yet. [STOMP 1.2 SUBSCRIBE]
//
//                          window of messages that may be out             named in ACK by
//     auto                 refilled when the peer has read what was sent  –
//     client               given back by ACK, which means "up to here"    1.2: `ack`, older:
//     client-individual    given back by ACK, one at a time               `message-id`
//     browser              refilled like auto; then `browser:end`         whatever it says
//
// In 1.2 an `ack` header says `<number of the subscription>-<entry of the broker>`, so the broker's
// own books answer for a single message, and a ring of entries knows the order for `client`. The
// older versions name messages by an id that may come from any protocol: they need a map, in which
// an entry below 0 was acknowledged in a transaction that is open.

import type { Connection, Consumer, ConsumerSink, Message, Transaction } from '#broker';
import { Outcome } from '#broker';
import type { Output } from '../output.ts';
import type { Flow, Valve } from '../valve.ts';
import { ByteWindow } from './byte-window.ts';
import { DeliveryWriter } from './delivery.ts';
import type { Encodings } from './encodings.ts';
import { EntryRing } from './entry-ring.ts';
import { unexpected } from './errors.ts';
import type { Version } from './spelling.ts';
import type { Asked } from './subscribe.ts';
import type { Temporaries } from './temporaries.ts';
import type { Deferral, Deferrer, OpenTransaction } from './transactions.ts';

/** What a subscription has of its session. */
export interface Surroundings {
  readonly connection: Connection;
  readonly output: Output;
  readonly valve: Valve;
  readonly version: Version;
  readonly nodeId: string;
  readonly temporaries: Temporaries;
  readonly encodings: Encodings;
  /** Those that want {@link Subscription.refill} when the peer has read what it was sent. */
  readonly hungry: Subscription[];
  /** Its destination is gone. Called while the broker works. */
  readonly gone: (subscription: Subscription, reason: string) => void;
}

export class Subscription implements ConsumerSink, Deferrer, Flow {
  readonly number: number;
  readonly asked: Asked;
  readonly consumer: Consumer;
  readonly #around: Surroundings;
  readonly #writer: DeliveryWriter;
  /** Settled by the window, not by the client. */
  readonly #auto: boolean;
  /** 1.2, `client`: what is out, in order. */
  readonly #order: EntryRing | undefined;
  /** 1.0 and 1.1: what is out, by message id, in order. */
  readonly #byMessageId: Map<string, number> | undefined;
  readonly #bytes: ByteWindow | undefined;
  /** Acknowledged in transactions that are open. */
  readonly #prepared: Set<number> = new Set();
  #hungry = false;
  /** A browser: messages since the last refill. */
  #shown = 0;

  /**
   * @param number - ours, unique in the connection
   * @throws {BrokerError} as `Connection.openConsumer`
   */
  constructor(around: Surroundings, asked: Asked, number: number) {
    const { ackMode, windowBytes } = asked;
    const { version } = around;
    const browse = asked.consumer.browse === true;
    const silent = ackMode === 'auto';
    this.number = number;
    this.asked = asked;
    this.#around = around;
    this.#auto = silent || browse;
    const oldStyle = version !== '1.2';
    this.#byMessageId = !this.#auto && oldStyle ? new Map() : undefined;
    this.#order = !this.#auto && ackMode === 'client' && !oldStyle ? new EntryRing() : undefined;
    this.#bytes = Number.isFinite(windowBytes) ? new ByteWindow(windowBytes) : undefined;
    this.consumer = around.connection.openConsumer(asked.address, this, {
      ...asked.consumer,
      presettled: silent,
    });
    this.#writer = new DeliveryWriter(around.output, {
      version,
      address: asked.address,
      subscriptionId: asked.id,
      nodeId: around.nodeId,
      ackNumber: silent || oldStyle ? 0 : number,
      transformation: asked.transformation,
      temporaries: around.temporaries,
      encodings: around.encodings,
    });
    around.valve.add(this);
    this.#grant();
  }

  deliver(message: Message, entry: number, attempts: number, first: boolean): void {
    if (this.#byMessageId !== undefined) {
      this.#deliverNamed(this.#byMessageId, message, entry, attempts, first);
    } else {
      this.#order?.push(entry);
      // A browser's ACK means nothing, but it needs something to name.
      this.#writer.write(message, entry === 0 ? message.serial : entry, attempts, first);
    }
    this.#shown++;
    if (this.#bytes?.add(entry, message.byteLength) === true) {
      this.consumer.suspend();
      if (this.#auto) this.#askForMore();
    }
    if (this.#auto && this.consumer.credit * 2 < this.asked.window) this.#askForMore();
    this.#around.valve.check();
  }

  /** A browser has seen all there was, or its window is used up. */
  drained(): void {
    if (this.#shown >= this.asked.window) this.#askForMore();
    else this.#writer.writeEnd();
  }

  gone(reason: string): void {
    this.#around.gone(this, reason);
  }

  suspend(): void {
    this.consumer.suspend();
  }

  resume(): void {
    if (this.#bytes?.full !== true) this.consumer.resume();
  }

  /** The peer has read what it was sent: it may have the next window. */
  refill(): void {
    this.#hungry = false;
    if (!this.consumer.open) return;
    if (this.#bytes?.empty() === true) this.consumer.resume();
    // A browser goes on where it stopped; before its window is used up there is nothing to do.
    if (this.asked.consumer.browse !== true || this.#shown >= this.asked.window) this.#grant();
  }

  /** Settles by the `ack` header of 1.2; false if there is no such delivery. */
  settle(entry: number, outcome: Outcome, transaction?: OpenTransaction): boolean {
    if (this.asked.consumer.browse === true) return this.#nod(outcome);
    const known =
      transaction === undefined
        ? this.#settleNow(entry, outcome)
        : this.#prepare(entry, outcome, transaction);
    this.#giveBack();
    return known;
  }

  /** Settles by the `message-id` of 1.0 and 1.1; false if there is no such delivery. */
  settleMessage(messageId: string, outcome: Outcome, transaction?: OpenTransaction): boolean {
    if (this.asked.consumer.browse === true) return this.#nod(outcome);
    const out = this.#byMessageId;
    const last = out?.get(messageId);
    if (out === undefined || last === undefined || last < 0) return false;
    const single = this.asked.ackMode === 'client-individual';
    for (const [id, entry] of single ? ([[messageId, last]] as const) : out) {
      if (entry > 0) {
        if (transaction === undefined) {
          out.delete(id);
          this.#settleEntry(entry, outcome);
        } else {
          out.set(id, -entry);
          this.#defer(transaction, { entry, outcome, messageId: id });
        }
      }
      if (id === messageId) break;
    }
    this.#giveBack();
    return true;
  }

  conclude(deferrals: readonly Deferral[], transaction: Transaction): void {
    this.#order?.forget(entriesOf(deferrals));
    for (const { entry, outcome, messageId } of deferrals) {
      if (messageId !== undefined) this.#byMessageId?.delete(messageId);
      this.#prepared.delete(entry);
      this.consumer.settle(entry, outcome, transaction);
    }
    this.#giveBack();
  }

  restore(deferrals: readonly Deferral[]): void {
    this.#order?.restore(entriesOf(deferrals));
    for (const { entry, messageId } of deferrals) {
      if (messageId !== undefined) this.#byMessageId?.set(messageId, entry);
      this.#prepared.delete(entry);
    }
    this.#giveBack();
  }

  /** Ends it; what is out goes back to its place. */
  close(): void {
    this.#around.valve.remove(this);
    this.#around.connection.closeConsumer(this.consumer);
  }

  #settleNow(entry: number, outcome: Outcome): boolean {
    const order = this.#order;
    if (order !== undefined) {
      return order.takeThrough(entry, (each) => this.#settleEntry(each, outcome));
    }
    if (this.#prepared.has(entry)) return false;
    return this.#settleEntry(entry, outcome);
  }

  #prepare(entry: number, outcome: Outcome, transaction: OpenTransaction): boolean {
    const order = this.#order;
    if (order !== undefined) {
      return order.prepareThrough(entry, (each) =>
        this.#defer(transaction, { entry: each, outcome }),
      );
    }
    if (this.#prepared.has(entry) || !this.consumer.has(entry)) return false;
    this.#defer(transaction, { entry, outcome });
    return true;
  }

  #defer(transaction: OpenTransaction, deferral: Deferral): void {
    this.#prepared.add(deferral.entry);
    this.#release(deferral.entry);
    transaction.defer(this, deferral);
  }

  #settleEntry(entry: number, outcome: Outcome): boolean {
    this.#release(entry);
    return this.consumer.settle(entry, outcome);
  }

  /** Its bytes are off the window. */
  #release(entry: number): void {
    if (this.#bytes?.remove(entry) === true && !this.#around.valve.shut) this.consumer.resume();
  }

  /** A browser takes nothing, so there is nothing to say of it. */
  #nod(outcome: Outcome): boolean {
    if (outcome === Outcome.accepted) return true;
    throw unexpected('expected no NACK from a browser, which takes nothing');
  }

  #deliverNamed(
    out: Map<string, number>,
    message: Message,
    entry: number,
    attempts: number,
    first: boolean,
  ): void {
    const id = this.#writer.messageIdOf(message);
    // Two messages may have the same id: a sender's mistake, or one message sent to two places.
    const alias = out.has(id) ? `${id}#${entry}` : undefined;
    out.set(alias ?? id, entry);
    this.#writer.write(message, entry, attempts, first, alias);
  }

  #askForMore(): void {
    if (this.#hungry) return;
    this.#hungry = true;
    this.#around.hungry.push(this);
  }

  #grant(): void {
    this.#shown = 0;
    this.consumer.setCredit(this.asked.window);
    if (this.asked.consumer.browse === true) this.consumer.drain();
  }

  /** What was acknowledged makes room; so does what will be if a transaction commits. */
  #giveBack(): void {
    if (this.#auto || !this.consumer.open) return;
    const out = this.consumer.out - this.#prepared.size;
    this.consumer.setCredit(Math.max(0, this.asked.window - out));
  }
}

function entriesOf(deferrals: readonly Deferral[]): ReadonlySet<number> {
  return new Set(deferrals.map(({ entry }) => entry));
}
