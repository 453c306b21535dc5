// Session: one line of work. It makes messages, producers and consumers, runs listeners one after
// the other, and knows what is not acknowledged. [JMS 6.2]

import type { BytesMessage } from './bytes-message.ts';
import type { Destination, Queue, Topic } from './destination.ts';
import type { MapMessage } from './map-message.ts';
import type { Message } from './message.ts';
import type { MessageConsumer, MessageListener, MessageListenerLike } from './message-consumer.ts';
import type { MessageProducer } from './message-producer.ts';
import type { ObjectMessage } from './object-message.ts';
import type { StreamMessage } from './stream-message.ts';
import type { TextMessage } from './text-message.ts';

/** How messages are acknowledged; 0 is a transacted session. [JMS 6.2.10] */
export type AcknowledgeMode = 0 | 1 | 2 | 3;

/** The acknowledge modes, with JMS's numbers. */
export const Session: {
  readonly SESSION_TRANSACTED: 0;
  readonly AUTO_ACKNOWLEDGE: 1;
  readonly CLIENT_ACKNOWLEDGE: 2;
  readonly DUPS_OK_ACKNOWLEDGE: 3;
} = {
  SESSION_TRANSACTED: 0,
  AUTO_ACKNOWLEDGE: 1,
  CLIENT_ACKNOWLEDGE: 2,
  DUPS_OK_ACKNOWLEDGE: 3,
};

/**
 * One line of work of a connection. Methods that say `Promise<never>` belong to JMS and are not
 * supported: they reject with UnsupportedOperationException.
 */
export interface Session extends AsyncDisposable {
  createBytesMessage(): BytesMessage;
  createMapMessage(): MapMessage;
  createMessage(): Message;
  createObjectMessage(object?: unknown): ObjectMessage;
  createStreamMessage(): StreamMessage;
  createTextMessage(text?: string | null): TextMessage;
  /** Tells whether the session is transacted: none is, yet. */
  getTransacted(): boolean;
  getAcknowledgeMode(): AcknowledgeMode;
  /** @throws {IllegalStateException} the session is not transacted [JMS 10.3] */
  commit(): Promise<void>;
  /** @throws {IllegalStateException} the session is not transacted [JMS 10.3] */
  rollback(): Promise<void>;
  /**
   * Ends the session: waits for a running listener, lets a pending receive return null, and gives
   * back what is not acknowledged. [JMS 6.2.15]
   *
   * @throws {IllegalStateException} if called from a listener of this session
   */
  close(): Promise<void>;
  /** Delivers again what is not acknowledged, from the first of it, as redelivered. [JMS 6.2.10] */
  recover(): Promise<void>;
  /** @throws {UnsupportedOperationException} a facility of application servers */
  getMessageListener(): MessageListener | null;
  /** @throws {UnsupportedOperationException} a facility of application servers */
  setMessageListener(listener: MessageListenerLike | null): void;
  /** @throws {UnsupportedOperationException} a facility of application servers */
  run(): void;

  /** Makes a producer; null: each send says its destination. [JMS 7.1] */
  createProducer(destination: Destination | null): Promise<MessageProducer>;
  /**
   * Makes a consumer. [JMS 8.2]
   *
   * @throws {InvalidDestinationException} if the destination is null or refused
   * @throws {UnsupportedOperationException} for a selector that is not empty, and for noLocal
   */
  createConsumer(
    destination: Destination,
    messageSelector?: string | null,
    noLocal?: boolean,
  ): Promise<MessageConsumer>;
  createSharedConsumer(topic: Topic, name: string, messageSelector?: string | null): Promise<never>;
  /** Makes the object for a queue's name, `orders` or `queue://orders`. [JMS 6.2.3] */
  createQueue(queueName: string): Queue;
  /** Makes the object for a topic's name, `prices` or `topic://prices`. [JMS 6.2.3] */
  createTopic(topicName: string): Topic;
  createDurableSubscriber(
    topic: Topic,
    name: string,
    messageSelector?: string | null,
    noLocal?: boolean,
  ): Promise<never>;
  createDurableConsumer(
    topic: Topic,
    name: string,
    messageSelector?: string | null,
    noLocal?: boolean,
  ): Promise<never>;
  createSharedDurableConsumer(
    topic: Topic,
    name: string,
    messageSelector?: string | null,
  ): Promise<never>;
  createBrowser(queue: Queue, messageSelector?: string | null): Promise<never>;
  createTemporaryQueue(): Promise<never>;
  createTemporaryTopic(): Promise<never>;
  unsubscribe(name: string): Promise<never>;
}
