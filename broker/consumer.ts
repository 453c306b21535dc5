// What the waist says of consumers: outcomes, options, the sink that a gateway gives, and the handle
// that it gets. `receiver.ts` is the one of a single destination, `pattern-receiver.ts` of many.

import type { Message } from './message.ts';
import type { Selector } from './selector/index.ts';
import type { AddressSettings } from './settings.ts';
import type { Transaction } from './transaction.ts';

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
  /** It goes back, the attempt counts, and this consumer shall not get it again. */
  undeliverableHere: 4,
} as const;

export type Outcome = (typeof Outcome)[keyof typeof Outcome];

/**
 * What a gateway gives to receive deliveries with. Calls come in the dispatch phase of a turn.
 * They must not call the broker back, except to suspend their consumer.
 */
export interface ConsumerSink {
  /**
   * Takes a message. `message` may be looked at until the turn ends, and kept after `keep()`.
   *
   * @param entry - names the delivery in {@link Consumer.settle}; 0 if it is settled already
   * @param attempts - how often it was handed out and failed before; 0 at first
   * @param first - the first of its message group that this consumer gets
   */
  deliver(message: Message, entry: number, attempts: number, first: boolean): void;
  /** All that was available has been delivered, and the credit is 0 now. [AMQP 2.6.7] */
  drained(): void;
  /** The destination is gone, and the consumer with it. */
  gone?(reason: string): void;
}

export interface ConsumerOptions {
  /** Deliveries are settled as they are sent. Default false. */
  readonly presettled?: boolean;
  /** Only messages that match. [JMS 3.8] */
  readonly selector?: Selector;
  /** Nothing that was sent by the same connection or client id; topics only. [JMS 8.3.1] */
  readonly noLocal?: boolean;
  /** A consumer with more is served first. Default 0. */
  readonly priority?: number;
  /** While it is there nobody else gets messages of this queue. Default false. */
  readonly exclusive?: boolean;
  /** Look at a queue's messages in order and take none. Default false. [JMS 4.1.6] */
  readonly browse?: boolean;
  /** Also what the topic retains from before. Default false. */
  readonly retroactive?: boolean;
  /** A named subscription of a topic. [JMS 8.3] */
  readonly subscription?: SubscriptionName;
  /** What becomes of its failed deliveries, in place of what the address settings say. */
  readonly redelivery?: Redelivery;
  /** Messages that may wait for it, in place of what the settings say; not durable ones. */
  readonly pendingMax?: number;
}

/** The address settings about redelivery, as one consumer wants them. */
export type Redelivery = Partial<
  Pick<
    AddressSettings,
    'maxDeliveries' | 'redeliveryDelayMs' | 'redeliveryMultiplier' | 'redeliveryDelayMsMax'
  >
>;

/** Names a subscription; its name-space is durable or not. [JMS 8.3.2-8.3.4] */
export interface SubscriptionName {
  readonly name: string;
  readonly durable: boolean;
  /** Several consumers share the messages. */
  readonly shared: boolean;
  /** Without the client id; for shared subscriptions. */
  readonly global?: boolean;
  /** Whose it is, if not the connection's own client id: a container of AMQP need not claim one. */
  readonly clientId?: string;
}

/** One receiver of messages. Made by `Connection.openConsumer`, without credit. */
export interface Consumer {
  /** How many more messages it may receive. */
  readonly credit: number;
  /** Deliveries that are not settled yet. */
  readonly out: number;
  readonly open: boolean;
  /**
   * Sets how many more messages may come; the rest of an earlier grant is replaced, and a drain that
   * is under way is called off.
   */
  setCredit(credit: number): void;
  /** Asks for what is available now; then the credit falls to 0 and `drained` is called. */
  drain(): void;
  /** No deliveries until {@link resume}: the way to the peer is full. */
  suspend(): void;
  resume(): void;
  /** True if the entry is out with this consumer, and not prepared by a transaction. */
  has(entry: number): boolean;
  /**
   * Says what became of a delivery.
   *
   * @param transaction - the outcome counts when it commits; a roll-back counts an attempt
   * @returns false, and does nothing, if the entry is not out with this consumer
   */
  settle(entry: number, outcome: Outcome, transaction?: Transaction): boolean;
  /**
   * Ends the consumer; what is out with it goes back to its place.
   *
   * @param lost - the peer vanished and may have seen them: the attempt counts
   */
  close(lost?: boolean): void;
}
