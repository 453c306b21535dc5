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
// - A sink never calls back into the provider from inside a call, so the provider may call it from
//   wherever it stands.
// - Nothing is called any more on an object whose `close` was called. After `onFailure` only
//   `close` is called.

import type { DestinationData, MessageData } from './message-data.ts';

/** Where to connect to, and as whom. */
export interface Endpoint {
  /** The URL as the user gave it, without the `jms.*` options. */
  readonly url: string;
  readonly username: string | undefined;
  readonly password: string | undefined;
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
}

/** One connection; it holds the process alive until it is closed. */
export interface ProviderConnection {
  /** The name and version of what is at the other end, for ConnectionMetaData. */
  readonly name: string;
  readonly version: string;
  /** The time that TTL is reckoned by: epoch ms. */
  messageTimeMs(): number;
  /**
   * Makes the connection ready for sessions; called once, before the first of them.
   *
   * @throws {InvalidClientIDException} if the client id is refused, or in use elsewhere
   */
  open(clientId: string | undefined): Promise<void>;
  openSession(): Promise<ProviderSession>;
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
  ): Promise<ProviderProducer>;
  /** Opens a consumer without credit. */
  openConsumer(destination: DestinationData, sink: DeliverySink): Promise<ProviderConsumer>;
  /** Resolves when the broker has recorded every settlement that was said before. */
  synchronise(): Promise<void>;
  /** Called when its producers and consumers are closed. */
  close(): Promise<void>;
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
  close(): Promise<void>;
}

/** What became of a delivery. The numbers are the broker's. */
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
