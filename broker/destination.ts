// A queue or a topic: a log of messages by priority, and the subscriptions that read it. A queue is
// a log with one subscription that lasts; a topic has one for each subscriber, and keeps nothing
// that no subscription needs.

import { type Address, formatAddress, isTopic } from './address.ts';
import type { Broker } from './broker.ts';
import { Lane } from './lane.ts';
import type { Message } from './message.ts';
import { Subscription } from './subscription.ts';
import type { Turn } from './turn.ts';

const PRIORITY_MAX = 9;

/** What a destination tells of itself; counts since it was created, except where said. */
export interface DestinationStatistics {
  readonly name: string;
  /** Now: messages waiting or out. */
  readonly depth: number;
  /** Now: messages that wait to be handed out. */
  readonly ready: number;
  /** Now: messages that are out with a consumer. */
  readonly inFlight: number;
  /** Now: messages held until their time. */
  readonly scheduled: number;
  /** Now: open consumers. */
  readonly consumers: number;
  readonly enqueued: number;
  readonly delivered: number;
  readonly settled: number;
  readonly expired: number;
  readonly deadLettered: number;
}

export class Destination {
  readonly address: Address;
  /** The address in its one spelling, `queue://orders`. */
  readonly key: string;
  readonly lanes: Lane[] = [];
  readonly #byPriority: (Lane | undefined)[] = new Array(PRIORITY_MAX + 1).fill(undefined);
  readonly #broker: Broker;
  /** Of a queue: the one that all consumers share. */
  readonly #shared: Subscription | undefined;
  #subscriptions: Subscription[] = [];
  enqueued = 0;
  delivered = 0;
  settled = 0;
  expired = 0;
  deadLettered = 0;

  constructor(broker: Broker, address: Address) {
    this.#broker = broker;
    this.address = address;
    this.key = formatAddress(address);
    this.#shared = isTopic(address) ? undefined : new Subscription(this, true);
    if (this.#shared !== undefined) this.#subscriptions.push(this.#shared);
  }

  get turn(): Turn {
    return this.#broker.turn;
  }

  /** Where a new consumer belongs. */
  subscribe(): Subscription {
    if (this.#shared !== undefined) return this.#shared;
    const subscription = new Subscription(this, false);
    this.#subscriptions = [...this.#subscriptions, subscription];
    return subscription;
  }

  unsubscribe(subscription: Subscription): void {
    this.#subscriptions = this.#subscriptions.filter((other) => other !== subscription);
  }

  /** Adds a message for every subscription. */
  append(message: Message): void {
    this.enqueued++;
    const subscriptions = this.#subscriptions;
    if (subscriptions.length === 0) return;
    const lane = this.#byPriority[message.priority] ?? this.#open(message.priority);
    this.#broker.hold(message);
    const position = lane.append(message, subscriptions.length);
    for (const subscription of subscriptions) subscription.arrived(lane, position);
  }

  /** No subscription of this destination needs the message any more. */
  letGo(message: Message): void {
    this.#broker.letGo(message);
  }

  /** The message can never be processed. */
  buryTo(message: Message): void {
    this.#broker.bury(message);
  }

  statistics(): DestinationStatistics {
    let ready = 0;
    let inFlight = 0;
    let consumers = 0;
    for (const subscription of this.#subscriptions) {
      ready += subscription.ready;
      inFlight += subscription.out;
      consumers += subscription.consumers;
    }
    return {
      name: this.address.name,
      depth: ready + inFlight,
      ready,
      inFlight,
      scheduled: 0,
      consumers,
      enqueued: this.enqueued,
      delivered: this.delivered,
      settled: this.settled,
      expired: this.expired,
      deadLettered: this.deadLettered,
    };
  }

  #open(priority: number): Lane {
    const lane = new Lane(priority);
    this.#byPriority[priority] = lane;
    this.lanes.push(lane);
    return lane;
  }
}
