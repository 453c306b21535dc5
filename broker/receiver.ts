// One receiver: its credit, whether it can take a message now, and how many it has not settled.
// Which message it gets is decided by its subscription.

import type { Consumer, ConsumerOptions, ConsumerSink, Outcome } from './consumer.ts';
import type { Group } from './group.ts';
import type { Subscription } from './subscription.ts';
import type { Transaction } from './transaction.ts';

/** A consumer of one destination. */
export class Receiver implements Consumer {
  readonly subscription: Subscription;
  /** Those that it reads with. @internal */
  readonly group: Group;
  readonly sink: ConsumerSink;
  /** Its name within the subscription; 0 is nobody. */
  readonly number: number;
  readonly presettled: boolean;
  readonly priority: number;
  readonly exclusive: boolean;
  out = 0;
  /** When it was served last, counted by its roster. @internal */
  servedAt = 0;
  /** Place in its roster; -1: it cannot take a message now. @internal */
  place = -1;
  /** Another consumer is exclusive. @internal */
  excluded = false;
  #credit = 0;
  #suspended = false;
  #draining = false;
  #open = true;

  /** @internal */
  constructor(
    subscription: Subscription,
    group: Group,
    number: number,
    sink: ConsumerSink,
    options: ConsumerOptions,
  ) {
    this.subscription = subscription;
    this.group = group;
    this.number = number;
    this.sink = sink;
    this.presettled = options.presettled ?? false;
    this.priority = options.priority ?? 0;
    this.exclusive = options.exclusive ?? false;
  }

  get credit(): number {
    return this.#credit;
  }

  get open(): boolean {
    return this.#open;
  }

  setCredit(credit: number): void {
    this.#draining = false;
    this.#credit = credit;
    this.placeAnew();
  }

  drain(): void {
    this.#draining = true;
    this.subscription.wantDrain(this);
  }

  suspend(): void {
    this.#suspended = true;
    this.placeAnew();
  }

  resume(): void {
    this.#suspended = false;
    this.placeAnew();
    if (this.#draining) this.subscription.wantDrain(this);
  }

  has(entry: number): boolean {
    return this.subscription.has(this, entry);
  }

  settle(entry: number, outcome: Outcome, transaction?: Transaction): boolean {
    return this.subscription.settle(this, entry, outcome, transaction);
  }

  close(lost = false): void {
    if (!this.#open) return;
    this.#open = false;
    this.placeAnew();
    this.subscription.leave(this, lost);
    this.out = 0;
  }

  /** Its destination was deleted. @internal */
  evict(reason: string): void {
    if (!this.#open) return;
    this.#open = false;
    this.placeAnew();
    this.out = 0;
    this.sink.gone?.(reason);
  }

  /** It shares a credit that is used up; a drain goes on. @internal */
  exhaust(): void {
    this.#credit = 0;
    this.placeAnew();
  }

  /** One of the credit is used up. @internal */
  spend(): void {
    if (--this.#credit <= 0) this.placeAnew();
  }

  /** Nothing more is available. False: the drain has to wait, for the way is full. @internal */
  finishDrain(): boolean {
    if (!this.#draining || !this.#open) return true;
    if (this.#suspended && this.#credit > 0) return false;
    this.#draining = false;
    this.#credit = 0;
    this.placeAnew();
    this.sink.drained();
    return true;
  }

  /** Joins or leaves the roster, as its state says. @internal */
  placeAnew(): void {
    const able = this.#open && !this.#suspended && !this.excluded && this.#credit > 0;
    if (able === this.place >= 0) return;
    if (able) this.subscription.enlist(this);
    else this.subscription.dismiss(this);
  }
}
