// What a group of consumers still has to receive of one destination. A queue has one subscription
// for all its consumers; a topic has one for each subscriber, or for each name that they share.
//
//               ┌────────────── held until ◄── failed, with a redelivery delay
//               ▼                              │
//     ready ── deliver ──► out ── accepted ────┼─► gone
//       ▲                  │ ├─── rejected ────┼─► dead letter
//       └── released, failed ┘ └── in a transaction ──► prepared ── commit ──► as it was said
//                                              └──────── roll-back ──► ready, the attempt counts
//
// Invariant: ready + out + gone is the number of messages that came since the subscription began.

import { Chooser } from './chooser.ts';
import { type ConsumerOptions, type ConsumerSink, Outcome } from './consumer.ts';
import { Alarm } from './deadlines.ts';
import { Departures, Mark } from './departures.ts';
import type { Destination } from './destination.ts';
import { entryOf, LANES_MAX, positionOf, priorityOf, type Visit } from './entry.ts';
import { assert } from './errors.ts';
import { Group } from './group.ts';
import type { Lane } from './lane.ts';
import type { DeadLetterCause, Message } from './message.ts';
import type { Reader } from './reader.ts';
import { Receiver } from './receiver.ts';
import { RedeliveryRules } from './redelivery.ts';
import type { SubscriptionOptions } from './subscriptions.ts';
import type { Transaction } from './transaction.ts';
import { eachWaiting } from './waiting.ts';

/** Entries looked at in one turn; the rest is for the next, so that no selector stops the world. */
const EXAMINED_MAX = 20_000;

export class Subscription {
  readonly destination: Destination;
  readonly options: SubscriptionOptions;
  /** Messages that wait to be handed out, held ones included. */
  ready = 0;
  /** Messages that are out with a consumer, or prepared by a transaction. */
  out = 0;
  readonly consumers: Set<Receiver> = new Set();
  /** Nothing is handed out. Set by {@link pause}. */
  paused = false;
  /** What records call it; 0: nothing of it is recorded. Owned by the {@link Store}. @internal */
  id = 0;
  /** Number of its own record; 0: it has none. @internal */
  number = 0;
  /** In the turn's list of what to dispatch. @internal */
  queued = false;
  readonly #departures: (Departures | undefined)[] = new Array(LANES_MAX).fill(undefined);
  #groups: Group[] = [];
  readonly #rules: RedeliveryRules = new RedeliveryRules();
  readonly #chooser: Chooser = new Chooser();
  #draining: Receiver[] = [];
  #able = 0;
  #numbers = 0;
  #examined = 0;
  #handed = 0;
  #ended = false;

  constructor(destination: Destination, options: SubscriptionOptions) {
    this.destination = destination;
    this.options = options;
    const { queue, selector, noLocal } = options;
    if (!queue) this.#groups.push(new Group(selector, false, noLocal));
    for (const lane of destination.lanes) this.follow(lane);
  }

  join(sink: ConsumerSink, options: ConsumerOptions): Receiver {
    const group = this.#groupFor(options);
    const consumer = new Receiver(this, group, ++this.#numbers, sink, options);
    group.consumers++;
    this.consumers.add(consumer);
    this.#rules.joined(consumer.number, this.destination.settings, options.redelivery);
    this.#offer(this.#chooser.weighExclusive(this.consumers));
    return consumer;
  }

  /** A lane was opened, or existed when the subscription began. @internal */
  follow(lane: Lane): void {
    const departures = new Departures(lane);
    this.#departures[lane.priority] = departures;
    for (const group of this.#groups) group.follow(departures, lane.end);
  }

  /** A message was appended to a lane. @internal */
  arrived(lane: Lane, position: number, message: Message): void {
    this.ready++;
    // A delayed message is for those who subscribed before it was sent. [JMS 3.4.13]
    if (message.serial <= this.options.bornAt) {
      this.#drop(this.#of(lane.priority), position);
      return;
    }
    if (this.#able > 0 || this.#pending > 0) this.#wake();
  }

  /** A message of an earlier life takes its place; with the deliveries of it that failed, or -1. @internal */
  restored(lane: Lane, position: number, attempts: number): void {
    const departures = this.#of(lane.priority);
    if (attempts < 0) {
      this.#finish(departures, position, false);
      return;
    }
    this.ready++;
    if (attempts === 0) return;
    departures.set(position, Mark.returned, attempts);
    for (const group of this.#groups) group.returned(departures, position);
  }

  /** Gets also what is retained of a lane, at these positions in order. @internal */
  rewind(lane: Lane, positions: readonly number[]): void {
    const departures = this.#of(lane.priority);
    const from = positions[0] ?? lane.end;
    this.#groups[0]?.reader(departures)?.rewind(from);
    this.ready += positions.length;
    for (let at = from, met = 0; at < lane.end; at = lane.nextFrom(at + 1)) {
      if (positions[met] === at) met++;
      else if (lane.has(at)) departures.set(at, Mark.gone);
    }
  }

  /** Hands ready messages to consumers until either runs out. @internal */
  dispatch(nowMs: number): void {
    this.#examined = 0;
    for (let handed = !this.paused && !this.#ended; handed && this.ready > 0; ) {
      handed = false;
      for (const group of this.#groups) {
        if (group.roster.size > 0 && this.#handOne(group, nowMs)) handed = true;
      }
      if (this.#examined > EXAMINED_MAX) {
        this.queued = true;
        this.destination.turn.readyLater(this);
        return;
      }
    }
    // Only what no consumer had credit for is pending.
    if (this.#pending > 0) this.#tooSlow();
    if (this.#draining.length > 0) {
      this.#draining = this.#draining.filter((consumer) => !consumer.finishDrain());
    }
  }

  /** @internal */
  has(consumer: Receiver, entry: number): boolean {
    const departures = this.#departures[priorityOf(entry)];
    return departures?.lentTo(consumer.number, positionOf(entry)) ?? false;
  }

  /** @internal */
  settle(consumer: Receiver, entry: number, outcome: Outcome, transaction?: Transaction): boolean {
    if (!this.has(consumer, entry)) return false;
    const departures = this.#of(priorityOf(entry));
    const position = positionOf(entry);
    transaction?.check();
    consumer.out--;
    consumer.group.roster.eased(consumer);
    if (transaction === undefined) {
      this.#decide(departures, position, outcome);
    } else {
      departures.set(position, Mark.prepared);
      transaction.settled(this, entry, outcome);
    }
    return true;
  }

  /** A transaction ends that prepared an entry. @internal */
  conclude(entry: number, outcome: Outcome): void {
    this.#decide(this.#of(priorityOf(entry)), positionOf(entry), outcome);
  }

  /** @internal */
  leave(consumer: Receiver, lost: boolean): void {
    this.consumers.delete(consumer);
    this.#draining = this.#draining.filter((other) => other !== consumer);
    this.#takeFrom(consumer, lost);
    this.#rules.left(consumer.number);
    const { queue, durable } = this.options;
    if (--consumer.group.consumers === 0 && queue) {
      this.#groups = this.#groups.filter((other) => other !== consumer.group);
    }
    this.#offer(this.#chooser.left(consumer));
    this.#offer(this.#chooser.weighExclusive(this.consumers));
    if (this.consumers.size > 0) return;
    if (queue || durable) this.destination.consumersLeft();
    else this.destination.unsubscribe(this);
  }

  /** @internal */
  enlist(consumer: Receiver): void {
    this.#able++;
    consumer.group.roster.add(consumer);
    this.#chooser.able(consumer);
    if (this.ready > 0 || this.#draining.length > 0) this.#wake();
  }

  /** @internal */
  dismiss(consumer: Receiver): void {
    this.#able--;
    consumer.group.roster.remove(consumer);
  }

  /** @internal */
  wantDrain(consumer: Receiver): void {
    if (!this.#draining.includes(consumer)) this.#draining.push(consumer);
    this.#wake();
  }

  pause(paused: boolean): void {
    this.paused = paused;
    if (!paused && this.ready > 0) this.#wake();
  }

  /** True if nobody has the entry, and it is still to be handed out. */
  waits(entry: number): boolean {
    const departures = this.#departures[priorityOf(entry)];
    return departures !== undefined && this.#waits(departures, positionOf(entry));
  }

  /** Takes a waiting entry out for good; false if it does not wait (any more). */
  remove(entry: number): boolean {
    if (!this.waits(entry)) return false;
    this.#drop(this.#of(priorityOf(entry)), positionOf(entry));
    return true;
  }

  /** The time of a message has come: it goes, unless somebody has it. @internal */
  expire(lane: Lane, position: number): void {
    const departures = this.#of(lane.priority);
    if (this.#waits(departures, position)) this.#expire(departures, position);
  }

  /** Ends it: nobody will ask for the rest. What a transaction prepared, that one concludes. */
  end(reason: string): void {
    if (this.#ended) return;
    this.#ended = true;
    for (const consumer of [...this.consumers]) {
      this.consumers.delete(consumer);
      consumer.evict(reason);
    }
    for (const departures of this.#departures) {
      if (departures === undefined) continue;
      for (const position of [...departures.marked(Mark.out)]) {
        this.out--;
        this.#finish(departures, position);
      }
    }
    this.eachWaiting((_message, entry) => this.remove(entry));
  }

  /** What waits, in the order of delivery from a rank on; the visitor may {@link remove} it. */
  eachWaiting(visit: Visit, highestFirst = true, rank = 0): void {
    const waits = (departures: Departures, at: number) => this.#waits(departures, at);
    eachWaiting(this.#departures, waits, visit, highestFirst, rank);
  }

  #groupFor(options: ConsumerOptions): Group {
    const same = this.#groups.find((group) => !this.options.queue || group.takes(options));
    if (same !== undefined) return same;
    const group = new Group(options.selector, options.browse ?? false);
    for (const departures of this.#departures) {
      if (departures !== undefined) group.follow(departures, departures.lane.nextFrom(0));
    }
    this.#groups = [...this.#groups, group];
    return group;
  }

  /** Hands one message to a group; false if there is none for it, or it was enough for a turn. */
  #handOne(group: Group, nowMs: number): boolean {
    this.#chooser.recall(group, this.#groups);
    for (const reader of group.readers) {
      for (let message = reader.take(); message !== undefined; message = reader.take()) {
        if (this.#tryHand(group, reader, message, nowMs)) return true;
        if (++this.#examined > EXAMINED_MAX) return false;
      }
    }
    return false;
  }

  /** Offers an entry that nobody has to a group; true if one of its consumers took it. */
  #tryHand(
    group: Group,
    { departures, position }: Reader,
    message: Message,
    nowMs: number,
  ): boolean {
    if (message.expiresAt !== 0 && message.expiresAt <= nowMs) {
      this.#expire(departures, position);
      return false;
    }
    if (!this.destination.bodies.bring(message, departures, position)) return false;
    if (!group.wants(message)) {
      // What a topic's subscription does not want never enters it; a queue's stays. [JMS 4.1.2]
      if (!this.options.queue) this.#drop(departures, position);
      return false;
    }
    if (group.browse) return group.show(message, departures.attempts(position));
    const entry = entryOf(departures.lane.priority, position);
    const consumer = this.#chooser.choose(group, message, entry);
    if (consumer === undefined) {
      departures.set(position, Mark.returned);
      return false;
    }
    this.#hand(consumer, departures, position, message);
    return true;
  }

  #hand(consumer: Receiver, departures: Departures, position: number, message: Message): void {
    const attempts = departures.attempts(position);
    const first = this.#chooser.claim(message, consumer);
    this.destination.delivered++;
    this.ready--;
    if (!consumer.presettled) {
      departures.lend(position, consumer.number, ++this.#handed);
      this.out++;
      consumer.out++;
      if (this.id > 0) this.destination.store.handed(this, message);
    }
    consumer.group.roster.served(consumer);
    consumer.spend();
    this.destination.events.delivered?.(this.destination, message, attempts);
    const entry = consumer.presettled ? 0 : entryOf(departures.lane.priority, position);
    consumer.sink.deliver(message, entry, attempts, first);
    if (consumer.presettled) {
      this.destination.settled++;
      this.#finish(departures, position);
    }
    if (message.group === undefined || message.groupSequence !== -1) return;
    this.#offer(this.#chooser.closed(message.group));
  }

  /** An entry that was out gets its outcome. */
  #decide(departures: Departures, position: number, outcome: Outcome): void {
    this.out--;
    switch (outcome) {
      case Outcome.accepted:
        this.destination.settled++;
        this.destination.events.settled?.(this.destination, departures.lane.at(position));
        this.#finish(departures, position);
        return;
      case Outcome.released:
        this.#release(departures, position);
        return;
      case Outcome.rejected:
        if (this.destination.isGraveyard) this.#refuse(departures, position);
        else this.#bury(departures, position, 'rejected');
        return;
      case Outcome.undeliverableHere:
        this.#refuse(departures, position);
        return;
      case Outcome.failed:
        this.#fail(departures, position);
    }
  }

  #release(departures: Departures, position: number): void {
    this.ready++;
    this.#giveBack(departures, position);
  }

  /** It goes back, but not to the consumer that had it. */
  #refuse(departures: Departures, position: number): void {
    const entry = entryOf(departures.lane.priority, position);
    this.#chooser.refuse(entry, departures.owner(position));
    this.#fail(departures, position);
  }

  /** Counts an attempt, and puts the entry back or away; an innocent one stops short of that. */
  #fail(departures: Departures, position: number, innocent = false): void {
    const { isGraveyard, settings, store } = this.destination;
    const [owner, before] = [departures.owner(position), departures.attempts(position)];
    const { attempts, dead, delayMs } = this.#rules.judge(owner, settings, before, innocent);
    departures.setAttempts(position, attempts);
    if (this.id > 0) store.failed(this, departures.lane.at(position), attempts);
    if (dead && !isGraveyard) {
      this.#bury(departures, position, 'max-deliveries');
      return;
    }
    this.ready++;
    this.#giveBack(departures, position, delayMs);
  }

  /** An entry that counts as ready waits at its original place, from now or after a while. */
  #giveBack(departures: Departures, position: number, delayMs = 0): void {
    if (this.#ended) {
      this.#drop(departures, position);
      return;
    }
    departures.set(position, Mark.returned);
    const { expiresAt } = departures.lane.at(position);
    if (expiresAt !== 0 && expiresAt <= this.destination.nowMs()) {
      this.#expire(departures, position);
      return;
    }
    if (delayMs > 0) this.#hold(departures, position, delayMs);
    else for (const group of this.#groups) group.returned(departures, position);
    if (this.#able > 0 || this.#pending > 0) this.#wake();
  }

  #hold(departures: Departures, position: number, delayMs: number): void {
    departures.set(position, Mark.held);
    const entry = entryOf(departures.lane.priority, position);
    const { deadlines } = this.destination;
    deadlines.set(new Alarm(() => this.#unhold(entry)), this.destination.nowMs() + delayMs);
  }

  /** An entry that was held may be handed out again, if it still waits. */
  #unhold(entry: number): void {
    const departures = this.#of(priorityOf(entry));
    const position = positionOf(entry);
    if (departures.mark(position) === Mark.held) this.#giveBack(departures, position);
  }

  #bury(departures: Departures, position: number, cause: DeadLetterCause): void {
    const message = departures.lane.at(position);
    this.destination.store.atomic(() => {
      this.destination.bury(message, cause, departures.attempts(position));
      this.#finish(departures, position);
    });
  }

  #expire(departures: Departures, position: number): void {
    const message = departures.lane.at(position);
    const attempts = departures.attempts(position);
    // What a topic's subscription does not want never entered it.
    const wanted = this.options.queue || this.#groups[0]?.wants(message) === true;
    if (wanted) this.destination.expired++;
    this.destination.store.atomic(() => {
      if (wanted && this.options.durable) this.destination.bury(message, 'expired', attempts);
      this.#drop(departures, position);
    });
  }

  /** An entry that counts as ready is done with. */
  #drop(departures: Departures, position: number): void {
    this.ready--;
    this.#finish(departures, position);
  }

  #finish(departures: Departures, position: number, record = this.id > 0): void {
    const { lane } = departures;
    this.#chooser.forget(entryOf(lane.priority, position));
    if (this.options.queue) departures.clear(position);
    else this.#groups[0]?.done(departures, position);
    if (record) this.destination.store.done(this, lane, position);
    const message = lane.release(position);
    if (message !== undefined) this.destination.letGo(message);
  }

  #waits(departures: Departures, position: number): boolean {
    const mark = departures.mark(position);
    if (mark === Mark.returned || mark === Mark.held) return true;
    if (mark !== Mark.none || !departures.lane.has(position)) return false;
    // A queue's entry that is done with is known by its empty slot.
    return this.options.queue || this.#groups[0]?.ahead(departures, position) === true;
  }

  /** Takes back what is out with a consumer that leaves. */
  #takeFrom(consumer: Receiver, lost: boolean): void {
    if (consumer.out === 0) return;
    const mine = this.#departures.flatMap((one) => one?.lent(consumer.number) ?? []);
    assert(mine.length === consumer.out, 'a consumer leaves with deliveries that nobody knows');
    const oldest = mine.reduce((least, { order }) => Math.min(least, order), Infinity);
    this.out -= mine.length;
    for (const { departures, position, order } of mine) {
      // Ten cut connections must not bury a thousand prefetched messages that nobody looked at.
      if (lost) this.#fail(departures, position, order !== oldest);
      else this.#release(departures, position);
    }
  }

  /** How many wait beyond what is allowed. */
  get #pending(): number {
    if (this.options.durable) return 0;
    const pendingMax = this.options.pendingMax ?? this.destination.settings.pendingMax;
    return pendingMax === 0 ? 0 : this.ready - pendingMax;
  }

  #tooSlow(): void {
    if (this.destination.settings.slowConsumer === 'drop-oldest') {
      this.eachWaiting((_message, entry) => this.remove(entry) && this.#pending > 0, false);
    } else this.destination.unsubscribe(this, 'the consumer is too slow');
  }

  /** Entries that waited for one consumer are for all again. */
  #offer(entries: readonly number[]): void {
    for (const entry of entries) for (const group of this.#groups) group.offer(entry);
    if (entries.length > 0 && this.#able > 0) this.#wake();
  }

  #of(priority: number): Departures {
    const departures = this.#departures[priority];
    assert(departures !== undefined, 'an entry is of a priority that never came');
    return departures;
  }

  #wake(): void {
    if (this.queued || this.#ended) return;
    this.queued = true;
    this.destination.turn.ready(this);
  }
}
