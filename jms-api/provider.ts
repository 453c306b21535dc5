// The seam between the JMS API and whatever carries it: the in-process broker, or a client of some
// protocol. To the JMS API the broker of this package is one adapter among others.
//
//     JmsConnection ──► ProviderConnection      ◄── ConnectionEvents
//       JmsSession  ──►   ProviderSession
//         JmsProducer ──►   ProviderProducer    ◄── ConfirmSink
//         JmsConsumer ──►   ProviderConsumer    ◄── DeliverySink
//
// Written once above the seam, and never in an adapter: closed-state checks, start and stop,
// acknowledge modes, prefetch, redelivery within a session, expiry of what waits here, waiting for
// listeners, headers that a send sets. An adapter moves messages, credit and settlements, and says
// by name what it cannot do.
//
// Rules for both sides:
// - Control calls return promises; the data path (send, deliver, settle, grant) does not.
// - Errors are exceptions of `errors.ts`; what an adapter cannot do is UnsupportedOperationException.
// - What an adapter can do beyond the least it declares as capabilities; what it does not declare is
//   never asked of it: the API refuses by name, and the conformance suite reports `unsupported`.
// - A sink never calls back into the provider from inside a call, so the provider may call it from
//   wherever it stands.
// - Nothing is called any more on an object whose `close` was called. After `onFailure` only
//   `close` is called, and promises that are still pending may stay so.
//
// In doubt. An adapter that connects anew by itself says `onInterrupted`, and later `onResumed`:
// - all deliveries that are not settled are void: the API forgets them and settles none of them; the
//   broker delivers them again, with an attempt above 1 if it cannot know that they were not seen;
// - unconfirmed sends are the adapter's: it sends them again, or refuses them;
// - a transaction that was under way can only be rolled back: the next commit is refused;
// - with `onResumed`, all producers and consumers are there again, the consumers without credit.
// Between the two, sends are kept until there is a way; a drain resolves, for nothing can come; a
// roll-back resolves, for nothing is left; whatever else is asked waits, or is refused by name.
//
// Who wraps providers to do that (`failover:`) is told by them: `onFailure` when a way is lost, and
// in `offered` which other brokers there are.

import type { Capability, Lacks } from './capability.ts';
import type { DestinationData, MessageData } from './message-data.ts';

/** Where to connect to, and as whom. */
export interface Endpoint {
  /** The URL as the user gave it, without the `jms.*` options. */
  readonly url: string;
  readonly username: string | undefined;
  readonly password: string | undefined;
  /** How long the broker may take to answer while we connect; absent: the adapter's own bound. */
  readonly connectTimeoutMs?: number;
}

/** Carries JMS over one kind of URL. */
export interface Provider {
  /**
   * Reaches the broker and proves who we are; the connection has no client id yet.
   *
   * @throws {JMSSecurityException} if user name or password are refused
   * @throws {JMSException} if there is no broker to be reached
   */
  connect(endpoint: Endpoint, events: ConnectionEvents): Promise<ProviderConnection>;
}

/** What happens to a connection without being asked for. */
export interface ConnectionEvents {
  /** The connection is lost for good. Called at most once, and not after `close`. */
  onFailure(error: Error): void;
  /** Something failed that nobody waits for, such as a settlement; the connection lives on. */
  onProblem(error: Error): void;
  /** The way to the broker is cut, and a new one is being made. See "In doubt". */
  onInterrupted(error: Error): void;
  /** There is a way again, and everything was opened on it anew. */
  onResumed(): void;
}

/** One connection; it holds the process alive until it is closed. */
export interface ProviderConnection {
  /** The name and version of what is at the other end, for ConnectionMetaData. */
  readonly name: string;
  readonly version: string;
  /** What it can do beyond the least; absent: nothing. May be read after `open` only. */
  readonly capabilities?: ReadonlySet<Capability>;
  /** Of what is not among the capabilities, why, and what comes nearest. May be read as those. */
  readonly lacks?: Lacks;
  /** URLs of brokers that this one names to be used in its place. May be read after `open` only. */
  readonly offered?: readonly string[];
  /** The time that TTL is reckoned by: epoch ms. */
  messageTimeMs(): number;
  /**
   * Makes the connection ready for sessions; called once, before the first of them.
   *
   * @throws {InvalidClientIDException} if the client id is refused, or in use elsewhere
   */
  open(clientId: string | undefined): Promise<void>;
  /** @param transacted - what it sends and accepts counts when it commits */
  openSession(transacted: boolean): Promise<ProviderSession>;
  /** Makes a destination that lives as long as the connection. There with `temporary-destinations`. */
  createTemporary?(kind: 'temporary-queue' | 'temporary-topic'): Promise<DestinationData>;
  /**
   * Ends a temporary destination of this connection, and what waits in it.
   *
   * @throws {InvalidDestinationException} if it is gone already
   */
  deleteTemporary?(destination: DestinationData): Promise<void>;
  /**
   * Ends a durable subscription, of this client id or, without one, a shared one.
   *
   * @throws {InvalidDestinationException} if there is none of that name
   * @throws {JMSException} while it has a consumer, or messages that are not settled
   */
  unsubscribe?(name: string): Promise<void>;
  /** Ends the connection and all it owns; what is not settled goes back to its place. */
  close(): Promise<void>;
}

/** One line of work: what it sends, and what it settles, stays in order. */
export interface ProviderSession {
  /**
   * @param destination - undefined: each message says where it goes to
   * @throws {InvalidDestinationException} if the destination is refused
   */
  openProducer(
    destination: DestinationData | undefined,
    sink: ConfirmSink,
    request?: ProducerRequest,
  ): Promise<ProviderProducer>;
  /**
   * Opens a consumer without credit.
   *
   * @throws {InvalidDestinationException} if the destination is refused
   * @throws {InvalidSelectorException} if the selector cannot be read
   * @throws {JMSException} if others use the subscription in a way that excludes this
   */
  openConsumer(
    destination: DestinationData,
    sink: DeliverySink,
    request: ConsumerRequest,
  ): Promise<ProviderConsumer>;
  /** Resolves when the broker has recorded every settlement that was said before. */
  synchronise(): Promise<void>;
  /**
   * Makes the sends of the transaction visible and its accepted deliveries final, all or nothing;
   * the next transaction begins. Of a transacted session only, as is {@link rollback}.
   *
   * @throws {TransactionRolledBackException} if nothing of it came to be
   * @throws {JMSException} if that is not known
   */
  commit?(): Promise<void>;
  /**
   * Forgets the sends of the transaction; deliveries that it accepted go back to their place, and
   * the attempt counts. The next transaction begins. Consumers have no credit when it is called.
   */
  rollback?(): Promise<void>;
  /** Ends it, and rolls back. Called when its producers and consumers are closed. */
  close(): Promise<void>;
}

/** What kind of producer is asked for; capabilities allow what it says. */
export interface ProducerRequest {
  /** Sends are confirmed as soon as they are written. */
  readonly presettled?: boolean;
}

/** What kind of consumer is asked for; capabilities allow what it says. */
export interface ConsumerRequest {
  /** Not blank. */
  readonly selector?: string;
  /** Nothing that was sent by this connection, or under its client id; topics only. */
  readonly noLocal?: boolean;
  /** Look at a queue's messages in order, and take none: they come settled. */
  readonly browse?: boolean;
  /** Its deliveries come settled: what `settle` says of them is not heard. */
  readonly presettled?: boolean;
  /** Nothing may come before somebody waits for it: each grant is of 1, and means that somebody does. */
  readonly pull?: boolean;
  /** A named subscription of a topic. */
  readonly subscription?: SubscriptionRequest;
}

/**
 * A subscription that has a name, in the name-space of the client id if there is one. It is made, or
 * joined, or made anew if nobody uses it and topic, selector or noLocal differ. [JMS 8.3]
 */
export interface SubscriptionRequest {
  readonly name: string;
  readonly durable: boolean;
  readonly shared: boolean;
}

/** Hears what became of the sends of one producer. */
export interface ConfirmSink {
  /** All sends up to this number, except refused ones, are as safe as they asked to be. */
  onConfirmed(upTo: number): void;
  /** One send was refused. May come before earlier sends are confirmed. */
  onRefused(number: number, error: Error): void;
}

/** Sends messages. */
export interface ProviderProducer {
  /**
   * Sends one message. Its data is valid during the call only: what is kept must be copied or
   * encoded, for the user may change the message as soon as the call returns. [JMS 3.9]
   *
   * @param number - the send's number, 1 for the first, then one more each time
   */
  send(message: MessageData, number: number): void;
  /**
   * The user was told that a send is in doubt, as it took too long, and waits no more: it is not to
   * be sent again. Absent: the adapter sends nothing again.
   */
  forget?(number: number): void;
  close(): Promise<void>;
}

/**
 * What became of a delivery. In a transacted session `accepted` counts when it commits; all others
 * count at once.
 */
export const Outcome = {
  /** It was processed. */
  accepted: 0,
  /** It goes back to its place, as if it had not been delivered. */
  released: 1,
  /** It can never be processed; the broker may keep it as a dead letter. */
  rejected: 2,
  /** It goes back to its place, and the attempt counts. */
  failed: 3,
  /** It died while it waited here; the broker treats it like any expired message. [JMS 3.4.9] */
  expired: 4,
  /** It goes back, the attempt counts, and this consumer shall not get it again. */
  undeliverable: 5,
} as const;

/** The values of {@link Outcome}. */
export type Outcome = (typeof Outcome)[keyof typeof Outcome];

/** Takes the deliveries of one consumer. */
export interface DeliverySink {
  /**
   * Takes a message, within the credit that was granted. The data is kept, and never changes; its
   * body may decode itself when first read.
   *
   * @param delivery - whatever names the delivery to the adapter in `settle`
   * @param attempt - 1 for the first delivery; above it, the message counts as redelivered
   */
  onMessage(delivery: unknown, message: MessageData, attempt: number): void;
  /** The broker ended this consumer; nothing more comes. */
  onEnd(error: Error): void;
}

/** Receives messages. */
export interface ProviderConsumer {
  /** Allows `count` more deliveries. */
  grant(count: number): void;
  /**
   * Asks for what is available now, within the credit. When it resolves, all of that has been
   * delivered, and the credit is 0.
   */
  drain(): Promise<void>;
  /** Says what became of one delivery; each is settled at most once. */
  settle(delivery: unknown, outcome: Outcome): void;
  /** Ends the consumer. Called when it has no unsettled deliveries, or when they may go back. */
  close(): Promise<void>;
}

/** How to get the provider for a scheme of URLs: `vm`, `amqp`; called when one is first needed. */
export type ProviderRegistry = Readonly<Record<string, () => Provider | Promise<Provider>>>;
