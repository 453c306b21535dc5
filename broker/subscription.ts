// What a group of consumers still has to receive of one destination, and who of them gets the next
// message. A queue has one subscription for all its consumers; a topic has one for each subscriber.
//
// An entry is named by a number, `position * 16 + priority`. Its life:
//
//     ready ── deliver ──► out ── accepted ──► gone
//       ▲                   │ ├─ rejected, undeliverable ──► dead letter
//       └── released, failed┘ └ (a pre-settled consumer: deliver ──► gone)
//
// Invariant: ready + out + gone is the number of messages that came since the subscription began.

import { Cursor } from './cursor.ts';
import type { Destination } from './destination.ts';
import { assert } from './errors.ts';
import type { Lane } from './lane.ts';
import type { Message } from './message.ts';

/** What a consumer says of a delivery. [AMQP 3.4] */
export const Outcome = {
  /** It was processed. */
  accepted: 0,
  /** It goes back, as if it had not been delivered. */
  released: 1,
  /** It can never be processed: it becomes a dead letter. */
  rejected: 2,
  /** It goes back, and the attempt counts. */
  failed: 3,
} as const;

export type Outcome = (typeof Outcome)[keyof typeof Outcome];

/**
 * What a gateway gives to receive deliveries with. Calls come in the dispatch phase of a turn.
 * `deliver` must not call the broker back, except to suspend its consumer.
 */
export interface ConsumerSink {
  /**
   * Takes a message. `message` may be looked at until the turn ends, and kept after `keep()`.
   *
   * @param entry - names the delivery in {@link Consumer.settle}
   * @param attempts - how often it was handed out before; 0 at first
   */
  deliver(message: Message, entry: number, attempts: number): void;
  /** All that was available has been delivered, and the credit is 0 now. [AMQP 2.6.7] */
  drained(): void;
}

const PRIORITIES = 16;

/** One receiver. Made by `Connection.openConsumer`. */
export class Consumer {
  readonly #subscription: Subscription;
  readonly #sink: ConsumerSink;
  readonly #number: number;
  /** Deliveries are settled when they are sent; `settle` is not called. */
  readonly #presettled: boolean;
  #credit = 0;
  #suspended = false;
  #draining = false;
  #open = true;
  #out = 0;
  /** Place in the subscription's list of consumers that can take a message; -1: not there. @internal */
  place = -1;

  /** @internal */
  constructor(subscription: Subscription, number: number, sink: ConsumerSink, presettled: boolean) {
    this.#subscription = subscription;
    this.#number = number;
    this.#sink = sink;
    this.#presettled = presettled;
  }

  /** How many more messages it may receive. */
  get credit(): number {
    return this.#credit;
  }

  /** Deliveries that are not settled yet. */
  get out(): number {
    return this.#out;
  }

  get open(): boolean {
    return this.#open;
  }

  get destination(): Destination {
    return this.#subscription.destination;
  }

  /**
   * Sets how many more messages may come; the rest of an earlier grant is replaced, and a drain that
   * is under way is called off.
   */
  setCredit(credit: number): void {
    this.#draining = false;
    this.#credit = credit;
    this.#place();
  }

  /** Asks for what is available now; then the credit falls to 0 and `drained` is called. */
  drain(): void {
    this.#draining = true;
    this.#subscription.wantDrain(this);
  }

  /** No deliveries until {@link resume}: the way to the peer is full. */
  suspend(): void {
    this.#suspended = true;
    this.#place();
  }

  resume(): void {
    this.#suspended = false;
    this.#place();
  }

  /**
   * Says what became of a delivery.
   *
   * @returns false, and does nothing, if the entry is not out with this consumer
   */
  settle(entry: number, outcome: Outcome): boolean {
    if (!this.#subscription.settle(entry, this.#number, outcome)) return false;
    this.#out--;
    return true;
  }

  /**
   * Ends the consumer; what is out with it goes back to its place.
   *
   * @param outcome - `released`, or `failed` when the peer vanished and may have seen them
   */
  close(outcome: Outcome = Outcome.released): void {
    if (!this.#open) return;
    this.#open = false;
    this.#place();
    this.#subscription.leave(this, this.#number, this.#out, outcome);
    this.#out = 0;
  }

  /** Hands one message over; called by the subscription alone. @internal */
  take(message: Message, entry: number, attempts: number): void {
    if (--this.#credit === 0) this.#place();
    if (!this.#presettled) this.#out++;
    this.#sink.deliver(message, entry, attempts);
  }

  /** @internal */
  get presettled(): boolean {
    return this.#presettled;
  }

  /** @internal */
  get number(): number {
    return this.#number;
  }

  /** Nothing more is available. False: the drain has to wait, for the way is full. @internal */
  finishDrain(): boolean {
    if (!this.#draining || !this.#open) return true;
    if (this.#suspended && this.#credit > 0) return false;
    this.#draining = false;
    this.#credit = 0;
    this.#place();
    this.#sink.drained();
    return true;
  }

  #place(): void {
    const able = this.#open && !this.#suspended && this.#credit > 0;
    if (able === this.place >= 0) return;
    if (able) this.#subscription.enlist(this);
    else this.#subscription.dismiss(this);
  }
}

export class Subscription {
  readonly destination: Destination;
  /** Messages that wait to be handed out. */
  ready = 0;
  /** Messages that are out with a consumer. */
  out = 0;
  consumers = 0;
  /** In the turn's list of what to dispatch. @internal */
  queued = false;
  /** Lives without consumers; a subscription of a topic's subscriber ends with it. */
  readonly #lasting: boolean;
  /** By priority, the highest first. */
  #cursors: Cursor[] = [];
  readonly #byPriority: (Cursor | undefined)[] = new Array(PRIORITIES).fill(undefined);
  /** The consumers that can take a message; `#turn` is whose turn it is. */
  readonly #able: Consumer[] = [];
  #turn = 0;
  #draining: Consumer[] = [];
  #numbers = 0;

  constructor(destination: Destination, lasting: boolean) {
    this.destination = destination;
    this.#lasting = lasting;
    for (const lane of destination.lanes) this.#follow(lane, lane.end);
  }

  join(sink: ConsumerSink, presettled: boolean): Consumer {
    this.consumers++;
    return new Consumer(this, ++this.#numbers, sink, presettled);
  }

  /** A message was appended to a lane. */
  arrived(lane: Lane, position: number): void {
    if (this.#byPriority[lane.priority] === undefined) this.#follow(lane, position);
    this.ready++;
    if (this.#able.length > 0) this.#wake();
  }

  /** Hands ready messages to consumers, in turn, until either runs out. @internal */
  dispatch(now: number): void {
    const able = this.#able;
    while (this.ready > 0 && able.length > 0) {
      if (this.#turn >= able.length) this.#turn = 0;
      const consumer = able[this.#turn++] as Consumer;
      if (!this.#handNext(consumer, now)) break;
    }
    if (this.#draining.length > 0) this.#finishDrains();
  }

  /** @internal */
  settle(entry: number, number: number, outcome: Outcome): boolean {
    const cursor = this.#byPriority[entry % PRIORITIES];
    const position = Math.floor(entry / PRIORITIES);
    if (cursor === undefined || cursor.owner(position) !== number) return false;
    this.out--;
    this.#decide(cursor, position, outcome);
    return true;
  }

  /** @internal */
  leave(consumer: Consumer, number: number, out: number, outcome: Outcome): void {
    this.consumers--;
    this.#draining = this.#draining.filter((other) => other !== consumer);
    let left = out;
    for (const cursor of this.#cursors) {
      const held: number[] = [];
      cursor.eachOwnedBy(number, left, (position) => held.push(position));
      left -= held.length;
      this.out -= held.length;
      for (const position of held) this.#decide(cursor, position, outcome);
    }
    assert(left === 0, 'a consumer leaves with deliveries that nobody knows');
    if (!this.#lasting && this.consumers === 0) this.#end();
  }

  /** @internal */
  enlist(consumer: Consumer): void {
    consumer.place = this.#able.length;
    this.#able.push(consumer);
    if (this.ready > 0 || this.#draining.length > 0) this.#wake();
  }

  /** @internal */
  dismiss(consumer: Consumer): void {
    const last = this.#able.pop() as Consumer;
    if (last !== consumer) {
      this.#able[consumer.place] = last;
      last.place = consumer.place;
    }
    consumer.place = -1;
  }

  /** @internal */
  wantDrain(consumer: Consumer): void {
    if (!this.#draining.includes(consumer)) this.#draining.push(consumer);
    this.#wake();
  }

  #wake(): void {
    if (this.queued) return;
    this.queued = true;
    this.destination.turn.ready(this);
  }

  #follow(lane: Lane, start: number): Cursor {
    const cursor = new Cursor(lane, start);
    this.#byPriority[lane.priority] = cursor;
    this.#cursors.push(cursor);
    this.#cursors.sort((a, b) => b.lane.priority - a.lane.priority);
    return cursor;
  }

  /** Gives the next message to a consumer; false if there was none that still lives. */
  #handNext(consumer: Consumer, now: number): boolean {
    for (const cursor of this.#cursors) {
      for (let position = cursor.take(); position !== -1; position = cursor.take()) {
        this.ready--;
        const message = cursor.lane.at(position);
        if (message.expiresAt !== 0 && message.expiresAt <= now) {
          this.destination.expired++;
          this.#finish(cursor, position, message);
          continue;
        }
        this.#hand(consumer, cursor, position, message);
        return true;
      }
    }
    return false;
  }

  #hand(consumer: Consumer, cursor: Cursor, position: number, message: Message): void {
    const attempts = cursor.attempts(position);
    this.destination.delivered++;
    if (consumer.presettled) {
      consumer.take(message, 0, attempts);
      this.destination.settled++;
      this.#finish(cursor, position, message);
    } else {
      cursor.lend(position, consumer.number);
      this.out++;
      consumer.take(message, position * PRIORITIES + cursor.lane.priority, attempts);
    }
  }

  #decide(cursor: Cursor, position: number, outcome: Outcome): void {
    switch (outcome) {
      case Outcome.released:
      case Outcome.failed:
        cursor.giveBack(position, cursor.attempts(position) + (outcome === Outcome.failed ? 1 : 0));
        this.ready++;
        if (this.#able.length > 0) this.#wake();
        return;
      case Outcome.rejected: {
        const message = cursor.lane.at(position);
        this.destination.deadLettered++;
        this.destination.buryTo(message);
        this.#finish(cursor, position, message);
        return;
      }
      case Outcome.accepted:
        this.destination.settled++;
        this.#finish(cursor, position, cursor.lane.at(position));
    }
  }

  #finish(cursor: Cursor, position: number, message: Message): void {
    if (cursor.finish(position)) this.destination.letGo(message);
  }

  /** Nobody will ask for the rest: let go of it. */
  #end(): void {
    this.destination.unsubscribe(this);
    for (const cursor of this.#cursors) {
      for (let position = cursor.take(); position !== -1; position = cursor.take()) {
        this.#finish(cursor, position, cursor.lane.at(position));
      }
    }
    this.ready = 0;
  }

  #finishDrains(): void {
    this.#draining = this.#draining.filter((consumer) => !consumer.finishDrain());
  }
}
