// What destinations are at a broker: the nodes that links lead to. Mostly links make them, as the JMS
// mapping says (`link-nodes.ts`); RabbitMQ has them made by requests (`rabbitmq-nodes.ts`).
// [AMQP 3.5] [JMS mapping WD10]

import type { ConsumerRequest, DestinationData } from '#jms-api';
import type { Wanted } from '../selector.ts';
import type { Dialect } from './dialect.ts';

/** The end of a consumer's link at the broker. */
export interface Source {
  /** What the link is called. */
  readonly link: string;
  /** Its fields. */
  readonly terminus: object;
  /** The link is only detached when the consumer closes: it stands for a subscription. */
  readonly stays: boolean;
  /** How its messages are read. */
  readonly dialect: Dialect;
  /** What comes from this sender is left out. */
  readonly except?: string | undefined;
  /** What it does not want is left out. */
  readonly wanted?: Wanted | undefined;
  /** The link is attached. */
  attached?(): void;
  /** The link is being detached. */
  leaving(detached: Promise<void>): void;
  /** The link is no more, or never was. */
  ended(): void;
}

/** The nodes of a connection. */
export interface Nodes {
  /**
   * Makes sure that a producer's link may lead there.
   *
   * @throws {InvalidDestinationException} if there is no such node, and none is made
   */
  ensure(destination: DestinationData): Promise<void>;
  /**
   * @throws {InvalidDestinationException} if there is no such node, and none is made
   * @throws {JMSException} if others use the subscription in a way that excludes this
   */
  source(destination: DestinationData, request: ConsumerRequest): Promise<Source>;
  /** @throws {InvalidDestinationException} if it was this connection's, and is deleted */
  checkThere(destination: DestinationData): void;
  /** @throws {JMSException} if the broker makes none */
  createTemporary(kind: 'temporary-queue' | 'temporary-topic'): Promise<DestinationData>;
  /** @throws {InvalidDestinationException} if it is none of this connection's */
  deleteTemporary(destination: DestinationData): Promise<void>;
  /**
   * Ends a durable subscription.
   *
   * @throws {InvalidDestinationException} if there is none
   * @throws {JMSException} while it has a consumer
   */
  unsubscribe(name: string): Promise<void>;
  /** The connection is about to close. */
  close?(): Promise<void>;
}
