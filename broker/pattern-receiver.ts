// A consumer of all queues whose name matches a pattern, those to come included, or of all parts of
// a composite name. It joins each of them with a receiver of its own and shares one credit between
// them.
//
// Deliveries of many queues are told apart by a table here: such a consumer is a rare bird, and
// pays a look-up per message that nobody else does.

import type { Consumer, ConsumerOptions, ConsumerSink, Outcome } from './consumer.ts';
import type { Message } from './message.ts';
import type { Receiver } from './receiver.ts';
import type { Subscription } from './subscription.ts';
import type { Transaction } from './transaction.ts';

interface Delivery {
  readonly member: Receiver;
  readonly entry: number;
}

export class PatternReceiver implements Consumer {
  readonly #sink: ConsumerSink;
  readonly #options: ConsumerOptions;
  /** By what they belong to: patterns and parts of one name may overlap. */
  readonly #members: Map<Subscription, Receiver> = new Map();
  readonly #deliveries: Map<number, Delivery> = new Map();
  readonly #closed: (receiver: PatternReceiver) => void;
  #entries = 0;
  #credit = 0;
  #suspended = false;
  /** Those whose drain is awaited. */
  #draining: Set<Receiver> = new Set();
  #open = true;

  constructor(
    sink: ConsumerSink,
    options: ConsumerOptions,
    closed: (receiver: PatternReceiver) => void,
  ) {
    this.#sink = sink;
    this.#options = options;
    this.#closed = closed;
  }

  get credit(): number {
    return this.#credit;
  }

  get out(): number {
    return this.#deliveries.size;
  }

  get open(): boolean {
    return this.#open;
  }

  /** A queue matches the pattern, or it is a part of the name. */
  join(subscription: Subscription): void {
    if (this.#members.has(subscription)) return;
    const member: Receiver = subscription.join(
      {
        deliver: (message, entry, attempts, first) =>
          this.#deliver(member, message, entry, attempts, first),
        drained: () => this.#drained(member),
        gone: () => this.#gone(member),
      },
      this.#options,
    );
    this.#members.set(subscription, member);
    if (this.#suspended) member.suspend();
    member.setCredit(this.#credit);
    if (this.#draining.size === 0) return;
    this.#draining.add(member);
    member.drain();
  }

  setCredit(credit: number): void {
    this.#draining.clear();
    this.#credit = credit;
    for (const member of this.#members.values()) member.setCredit(credit);
  }

  drain(): void {
    this.#draining = new Set(this.#members.values());
    for (const member of this.#members.values()) member.drain();
    if (this.#members.size === 0) this.#allDrained();
  }

  suspend(): void {
    this.#suspended = true;
    for (const member of this.#members.values()) member.suspend();
  }

  resume(): void {
    this.#suspended = false;
    for (const member of this.#members.values()) member.resume();
  }

  has(entry: number): boolean {
    const delivery = this.#deliveries.get(entry);
    return delivery?.member.has(delivery.entry) ?? false;
  }

  settle(entry: number, outcome: Outcome, transaction?: Transaction): boolean {
    const delivery = this.#deliveries.get(entry);
    if (delivery === undefined) return false;
    const found = delivery.member.settle(delivery.entry, outcome, transaction);
    this.#deliveries.delete(entry);
    return found;
  }

  close(lost = false): void {
    if (!this.#open) return;
    this.#open = false;
    for (const member of this.#members.values()) member.close(lost);
    this.#members.clear();
    this.#deliveries.clear();
    this.#closed(this);
  }

  #deliver(
    member: Receiver,
    message: Message,
    entry: number,
    attempts: number,
    first: boolean,
  ): void {
    // The credit is one for all: used up, nobody may deliver.
    if (--this.#credit <= 0) for (const other of this.#members.values()) other.exhaust();
    let named = 0;
    if (entry !== 0) {
      named = ++this.#entries;
      this.#deliveries.set(named, { member, entry });
    }
    this.#sink.deliver(message, named, attempts, first);
  }

  #drained(member: Receiver): void {
    if (this.#draining.delete(member) && this.#draining.size === 0) this.#allDrained();
  }

  #allDrained(): void {
    this.#credit = 0;
    this.#sink.drained();
  }

  #gone(member: Receiver): void {
    this.#members.delete(member.subscription);
    for (const [named, delivery] of this.#deliveries) {
      if (delivery.member === member) this.#deliveries.delete(named);
    }
    this.#drained(member);
  }
}
