/**
 * What both sides of this part can be told: RabbitMQ's own JMS client, and ours over adapters/amqp091.
 * Who asks and who answers are then the same words, and each case runs both ways.
 */

import type { BodySpec, Destination, MessageSpec, Received } from '../dialogue.ts';

/**
 * What the Java client is told of a destination: `amqp` one that others use as well, where it writes
 * plain messages; `jms` one of its own queues or topics.
 */
export type Style = 'amqp' | 'jms';

/** A destination, and how it is meant. */
export interface Place extends Destination {
  readonly style: Style;
}

/** A message to send. */
export interface Spec extends Omit<MessageSpec, 'body'> {
  readonly body:
    | BodySpec
    /** A message without a body. */
    | { readonly none: true }
    /** A TextMessage whose text is null. */
    | { readonly noText: true }
    /** An ObjectMessage with a list of Java. */
    | { readonly list: true };
  readonly timeToLiveMs?: number;
}

/** What a sender knows when a message is sent, and a receiver is to see. [JMS 3.4] */
export interface Ids {
  readonly messageId: string | null;
  readonly timestamp: number;
  readonly expiration: number;
}

/** A message as it came. */
export interface Came extends Received, Ids {
  readonly deliveryCount: number;
}

/** How long a receiver waits for what was sent. */
export const RECEIVE_MS_MAX = 10_000;

/**
 * Where who asks wants the answer: at a temporary queue or topic; straight back, without a queue, only
 * the Java client can.
 */
export type AnswersAt = 'temporary' | 'topic' | 'straight';

/** One of the two. */
export interface Side {
  send(to: Place, specs: readonly Spec[]): Promise<readonly Ids[]>;
  subscribe(name: string, from: Place, acknowledge: 'auto' | 'client'): Promise<void>;
  receive(name: string, count: number): Promise<readonly Came[]>;
  recover(name: string): Promise<void>;
  /** Ends it; what is not acknowledged goes back. */
  unsubscribe(name: string): Promise<void>;
  /** Asks, and returns the answer. */
  request(to: Place, spec: Spec, answers: AnswersAt): Promise<Came | undefined>;
  /** Waits for a question, answers it, and returns it. */
  serve(from: Place, answer: Spec): Promise<Came | undefined>;
  close(): Promise<void>;
}
