// A queue or a topic: a log of messages by priority, and the subscriptions that read it. A queue is
// a log with one subscription that lasts; a topic has one for each subscriber, and keeps nothing
// that no subscription needs. A wildcard subscription reads a log of its own, named by the pattern.

import { type Address, formatAddress, isTemporary, isTopic } from './address.ts';
import type { Bodies } from './bodies.ts';
import type { Broker } from './broker.ts';
import type { Connection, Producer } from './connection.ts';
import type { Deadlines } from './deadlines.ts';
import { DuplicateWindow } from './duplicate-window.ts';
import { entryOf, LANES_MAX } from './entry.ts';
import { BrokerError } from './errors.ts';
import type { BrokerEvents } from './events.ts';
import { type Expirer, Lane } from './lane.ts';
import type { Limits } from './limits.ts';
import type { DeadLetterCause, Message } from './message.ts';
import type { Said } from './said.ts';
import type { AddressSettings } from './settings.ts';
import type { Store } from './store.ts';
import { Subscription } from './subscription.ts';
import type { SubscriptionOptions } from './subscriptions.ts';
import type { Turn } from './turn.ts';

/** What a destination tells of itself; counts since it was created, except where said. */
export interface DestinationStatistics {
  readonly name: string;
  /** Now: messages waiting, out, or held until their time. */
  readonly depth: number;
  /** Now: messages that wait to be handed out. */
  readonly ready: number;
  /** Now: messages that are out with a consumer. */
  readonly inFlight: number;
  /** Now: messages that were sent with a delay. */
  readonly scheduled: number;
  /** Now: open consumers. */
  readonly consumers: number;
  readonly enqueued: number;
  readonly delivered: number;
  readonly settled: number;
  readonly expired: number;
  readonly deadLettered: number;
}

export class Destination implements Expirer {
  readonly address: Address;
  /** The address in its one spelling, `queue://orders`. */
  readonly key: string;
  /** Temporary destinations: the connection that they live with. */
  readonly owner: Connection | undefined;
  readonly lanes: Lane[] = [];
  readonly #byPriority: (Lane | undefined)[] = new Array(LANES_MAX).fill(undefined);
  readonly #broker: Broker;
  /** Of a queue: the one that all consumers share. */
  readonly #shared: Subscription | undefined;
  #subscriptions: Subscription[] = [];
  readonly #producers: Set<Producer> = new Set();
  readonly #retained: { lane: Lane; position: number }[] = [];
  readonly #seenIds: DuplicateWindow = new DuplicateWindow();
  #settings: AddressSettings;
  #full = false;
  /** What records call it; 0: none speaks of it. Owned by the {@link Store}. @internal */
  id = 0;
  /** Number of its own record; 0: it has none. @internal */
  number = 0;
  /** False: it was deleted. */
  open = true;
  bytes = 0;
  messages = 0;
  scheduled = 0;
  enqueued = 0;
  delivered = 0;
  settled = 0;
  expired = 0;
  deadLettered = 0;

  constructor(broker: Broker, address: Address, settings: AddressSettings, owner?: Connection) {
    this.#broker = broker;
    this.address = address;
    this.owner = owner;
    this.key = formatAddress(address);
    this.#settings = settings;
    if (!isTopic(address)) {
      this.#shared = new Subscription(this, { queue: true, durable: true, bornAt: 0 });
      this.#subscriptions.push(this.#shared);
    }
  }

  get limits(): Limits {
    return this.#broker.limits;
  }

  get settings(): AddressSettings {
    return this.#settings;
  }

  set settings(settings: AddressSettings) {
    this.#settings = settings;
    this.#weigh();
    this.#trimRetained();
  }

  get events(): BrokerEvents {
    return this.#broker.events;
  }

  get bodies(): Bodies {
    return this.#broker.bodies;
  }

  get store(): Store {
    return this.#broker.store;
  }

  /** Persistent messages that wait here outlive the process. */
  get recorded(): boolean {
    if (isTemporary(this.address)) return false;
    if (this.#shared !== undefined || this.retains) return true;
    return this.#subscriptions.some(({ id }) => id > 0);
  }

  /** It retains what is sent to it. */
  get retains(): boolean {
    return this.#shared === undefined && this.#settings.retain > 0;
  }

  get turn(): Turn {
    return this.#broker.turn;
  }

  get deadlines(): Deadlines {
    return this.#broker.deadlines;
  }

  get subscriptions(): readonly Subscription[] {
    return this.#subscriptions;
  }

  /** Of a queue: the subscription that all its consumers share. */
  get shared(): Subscription | undefined {
    return this.#shared;
  }

  /** A topic's messages that are kept for retroactive subscriptions, the oldest first. */
  get retained(): readonly Message[] {
    return this.#retained.map(({ lane, position }) => lane.at(position));
  }

  /** Dead letters come here: what cannot be processed here has nowhere else to go. */
  get isGraveyard(): boolean {
    const { deadLetterQueue } = this.#settings;
    return this.#shared !== undefined && this.address.name === deadLetterQueue;
  }

  /** No message, no consumer, no subscription that lasts. */
  get unused(): boolean {
    if (this.messages > 0 || this.scheduled > 0 || this.#producers.size > 0) return false;
    return this.#subscriptions.every(
      (subscription) => subscription === this.#shared && subscription.consumers.size === 0,
    );
  }

  nowMs(): number {
    return this.#broker.host.messageTimeMs();
  }

  /** Opens a subscription of a topic. */
  subscribe(
    options: Omit<SubscriptionOptions, 'queue' | 'bornAt'>,
    retroactive: boolean,
  ): Subscription {
    const subscription = new Subscription(this, {
      ...options,
      queue: false,
      bornAt: this.#broker.serial,
    });
    this.#subscriptions = [...this.#subscriptions, subscription];
    if (options.durable && !isTemporary(this.address)) this.store.subscribed(subscription);
    for (const lane of retroactive ? this.lanes : []) {
      const kept = this.#retained.filter((one) => one.lane === lane);
      for (const { position } of kept) lane.need(position);
      const positions = kept.map(({ position }) => position);
      if (positions.length > 0) subscription.rewind(lane, positions);
    }
    if (retroactive && subscription.id > 0) this.store.given(subscription, this.retained);
    return subscription;
  }

  /** A durable subscription of an earlier life. @internal */
  resubscribe(options: SubscriptionOptions): Subscription {
    const subscription = new Subscription(this, options);
    this.#subscriptions = [...this.#subscriptions, subscription];
    return subscription;
  }

  /** A subscription has ended: nobody needs what it had not received. */
  unsubscribe(subscription: Subscription, reason = 'the subscription has ended'): void {
    this.#subscriptions = this.#subscriptions.filter((other) => other !== subscription);
    this.#broker.subscriptions.ended(subscription);
    this.store.unsubscribed(subscription);
    subscription.end(reason);
    this.#broker.maybeUnused(this);
  }

  /** The last consumer of a lasting subscription has left. */
  consumersLeft(): void {
    this.#broker.maybeUnused(this);
  }

  addProducer(producer: Producer): void {
    this.#producers.add(producer);
    if (this.#full) producer.blocked(true);
  }

  removeProducer(producer: Producer): void {
    this.#producers.delete(producer);
    this.#broker.maybeUnused(this);
  }

  /**
   * Refuses what there is no room for, and changes nothing.
   *
   * @throws {BrokerError} `limit-exceeded`
   */
  admit(messages: number, bytes: number): void {
    const { bytesMax, messagesMax, whenFull } = this.#settings;
    if (whenFull === 'drop-oldest') return;
    // A sender that is blocked may still have messages under way: as much again is let in.
    const slack = whenFull === 'block' ? 2 : 1;
    if (bytesMax > 0 && this.bytes + bytes > bytesMax * slack) {
      throw new BrokerError(
        'limit-exceeded',
        `${this.key} holds ${this.bytes} bytes and takes no more than ${bytesMax * slack}`,
      );
    }
    if (messagesMax > 0 && this.messages + messages > messagesMax * slack) {
      throw new BrokerError(
        'limit-exceeded',
        `${this.key} holds ${this.messages} messages and takes no more than ${messagesMax * slack}`,
      );
    }
  }

  /** True if the sender's id was seen lately; it is remembered if not. */
  duplicate(id: string): boolean {
    const window = this.#settings.duplicateWindow;
    return window > 0 && this.#seenIds.seen(id, window);
  }

  /** Adds a message for every subscription. */
  append(message: Message): void {
    this.enqueued++;
    this.#broker.events.enqueued?.(this, message);
    const subscriptions = this.#subscriptions;
    const retained = this.retains ? 1 : 0;
    const needers = subscriptions.length + retained;
    if (needers === 0) return;
    const lane = this.#byPriority[message.priority] ?? this.#open(message.priority);
    this.#broker.hold(message);
    this.messages++;
    this.bytes += message.byteLength;
    const position = lane.append(message, needers);
    for (const subscription of subscriptions) subscription.arrived(lane, position, message);
    if (retained === 1) {
      this.#retained.push({ lane, position });
      this.#trimRetained();
    }
    if (!this.#full) this.#weigh();
  }

  /**
   * All of an earlier life is in its place. Senders may have to wait, and nothing is dropped: what was
   * out then waits now, and is not to be lost for that; the next that comes makes its room. @internal
   */
  restored(): void {
    this.#tellSenders();
  }

  /** Puts a message of an earlier life into its place; with who retained it when it came. @internal */
  restore(message: Message, said: Said, retaining: readonly number[]): void {
    const { serial } = message;
    const kept = retaining.includes(this.id) || said.isGiven(serial, this.id);
    const keep = kept && this.retains && !said.isDone(serial, this.id);
    const needers = this.#subscriptions.length + (keep ? 1 : 0);
    if (needers === 0) return;
    const lane = this.#byPriority[message.priority] ?? this.#open(message.priority);
    this.#broker.hold(message);
    this.messages++;
    this.bytes += message.byteLength;
    const position = lane.append(message, needers);
    for (const subscription of this.#subscriptions) {
      const { id, options } = subscription;
      const before = serial <= options.bornAt && !said.isGiven(serial, id);
      const done = before || said.isDone(serial, id);
      const failed = said.attempts(serial, id);
      // It was handed out and may have been seen. [JMS 3.4.7]
      const attempts = failed === undefined ? 0 : Math.max(1, failed);
      subscription.restored(lane, position, done ? -1 : attempts);
    }
    if (keep) this.#retained.push({ lane, position });
  }

  /** No subscription of this destination needs the message any more. */
  letGo(message: Message): void {
    this.messages--;
    this.bytes -= message.byteLength;
    this.#broker.letGo(message);
    if (this.#full) this.#weigh();
    if (this.messages === 0 && this.#settings.autoDelete) this.#broker.maybeUnused(this);
  }

  /** The message cannot be processed, or its time is over. */
  bury(message: Message, cause: DeadLetterCause, attempts: number): void {
    if (cause !== 'expired') this.deadLettered++;
    this.#broker.bury(this, message, cause, attempts);
  }

  expire(lane: Lane, position: number): void {
    for (const subscription of this.#subscriptions) subscription.expire(lane, position);
    const kept = this.#retained.findIndex((one) => one.lane === lane && one.position === position);
    if (kept < 0) return;
    this.#retained.splice(kept, 1);
    this.#release(lane, position);
  }

  /** Ends all that hangs on it. */
  end(reason: string): void {
    this.open = false;
    for (const subscription of this.#subscriptions) subscription.end(reason);
    this.#subscriptions = [];
    for (const { lane, position } of this.#retained.splice(0)) this.#release(lane, position);
  }

  statistics(): DestinationStatistics {
    let ready = 0;
    let inFlight = 0;
    let consumers = 0;
    for (const subscription of this.#subscriptions) {
      ready += subscription.ready;
      inFlight += subscription.out;
      consumers += subscription.consumers.size;
    }
    const { enqueued, delivered, settled, expired, deadLettered, scheduled } = this;
    return {
      name: this.address.name,
      depth: ready + inFlight + scheduled,
      ready,
      inFlight,
      scheduled,
      consumers,
      enqueued,
      delivered,
      settled,
      expired,
      deadLettered,
    };
  }

  /** Makes room by the policy, or tells the senders to wait. */
  #weigh(): void {
    const { bytesMax, messagesMax, whenFull } = this.#settings;
    if (bytesMax === 0 && messagesMax === 0 && !this.#full) return;
    if (whenFull === 'drop-oldest') {
      while (this.#over(1)) if (!this.#dropOldest()) break;
    }
    this.#tellSenders();
  }

  /** Once it is full by the policy `block`, and once it is not any more. */
  #tellSenders(): void {
    const { bytesMax, messagesMax, whenFull } = this.#settings;
    const atBound =
      (bytesMax > 0 && this.bytes >= bytesMax) || (messagesMax > 0 && this.messages >= messagesMax);
    // Once blocked, senders go on when a tenth is free: not for each single message.
    const full = whenFull === 'block' && (this.#full ? this.#over(0.9) : atBound);
    if (full === this.#full) return;
    this.#full = full;
    for (const producer of this.#producers) producer.blocked(full);
  }

  /** It holds more than this part of its bounds. */
  #over(part: number): boolean {
    const { bytesMax, messagesMax } = this.#settings;
    return (
      (bytesMax > 0 && this.bytes > bytesMax * part) ||
      (messagesMax > 0 && this.messages > messagesMax * part)
    );
  }

  /** The oldest message of the lowest priority that is out with nobody goes, for all who wait. */
  #dropOldest(): boolean {
    for (const lane of [...this.lanes].sort((a, b) => a.priority - b.priority)) {
      // Hot: with 9,000 messages out, looking at them for each that comes took 230 us.
      let at = lane.nextFrom(lane.droppableFrom);
      for (; at < lane.end; at = lane.nextFrom(at + 1)) {
        lane.droppableFrom = at;
        if (!lane.has(at)) continue;
        const entry = entryOf(lane.priority, at);
        const waiting = this.#subscriptions.filter((one) => one.waits(entry));
        const kept = this.#retained.findIndex((one) => one.lane === lane && one.position === at);
        if (waiting.length + (kept < 0 ? 0 : 1) < lane.needers(at)) continue;
        for (const one of waiting) one.remove(entry);
        if (kept >= 0) {
          this.#retained.splice(kept, 1);
          this.#release(lane, at);
        }
        return true;
      }
      lane.droppableFrom = at;
    }
    return false;
  }

  #trimRetained(): void {
    while (this.#retained.length > this.#settings.retain) {
      const oldest = this.#retained.shift();
      if (oldest !== undefined) this.#release(oldest.lane, oldest.position);
    }
  }

  #release(lane: Lane, position: number): void {
    if (this.id > 0) this.store.done(this, lane, position);
    const message = lane.release(position);
    if (message !== undefined) this.letGo(message);
  }

  #open(priority: number): Lane {
    const lane = new Lane(priority, this.#broker.deadlines, this, this.#broker.bodies);
    this.#byPriority[priority] = lane;
    this.lanes.push(lane);
    for (const subscription of this.#subscriptions) subscription.follow(lane);
    return lane;
  }
}
