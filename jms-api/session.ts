// Session: one line of work. It makes messages, producers and consumers, runs listeners one after
// the other, and knows what is not acknowledged. [JMS 6.2]

import type { BytesMessage } from './bytes-message.ts';
import type { Destination, Queue, TemporaryQueue, TemporaryTopic, Topic } from './destination.ts';
import type { MapMessage } from './map-message.ts';
import type { Message } from './message.ts';
import type { MessageConsumer, MessageListener, MessageListenerLike } from './message-consumer.ts';
import type { MessageProducer } from './message-producer.ts';
import type { ObjectMessage } from './object-message.ts';
import type { QueueBrowser } from './queue-browser.ts';
import type { StreamMessage } from './stream-message.ts';
import type { TextMessage } from './text-message.ts';
import type { TopicSubscriber } from './topic-subscriber.ts';

/**
 * How messages are acknowledged; 0 is a transacted session. 101 is not in JMS: `acknowledge()` then
 * is for that message alone; ActiveMQ's 4 means the same. [JMS 6.2.10]
 */
export type AcknowledgeMode = 0 | 1 | 2 | 3 | 101 | 4;

/** The acknowledge modes, with JMS's numbers. */
export const Session: {
  readonly SESSION_TRANSACTED: 0;
  readonly AUTO_ACKNOWLEDGE: 1;
  readonly CLIENT_ACKNOWLEDGE: 2;
  readonly DUPS_OK_ACKNOWLEDGE: 3;
  readonly INDIVIDUAL_ACKNOWLEDGE: 101;
} = {
  SESSION_TRANSACTED: 0,
  AUTO_ACKNOWLEDGE: 1,
  CLIENT_ACKNOWLEDGE: 2,
  DUPS_OK_ACKNOWLEDGE: 3,
  INDIVIDUAL_ACKNOWLEDGE: 101,
};

/**
 * One line of work of a connection: it does one thing at a time, and what it sends and receives is
 * in order. [JMS 6.2] What needs more than the broker can do is refused with UnsupportedOperationException.
 */
export interface Session extends AsyncDisposable {
  createBytesMessage(): BytesMessage;
  createMapMessage(): MapMessage;
  createMessage(): Message;
  createObjectMessage(object?: unknown): ObjectMessage;
  createStreamMessage(): StreamMessage;
  createTextMessage(text?: string | null): TextMessage;
  /** Tells whether the session is transacted. */
  getTransacted(): boolean;
  getAcknowledgeMode(): AcknowledgeMode;
  /**
   * Makes the sends of the transaction visible, and what was received in it final. The next
   * transaction begins. [JMS 6.2.7]
   *
   * @throws {IllegalStateException} if the session is not transacted
   * @throws {TransactionRolledBackException} if the transaction was rolled back instead
   */
  commit(): Promise<void>;
  /**
   * Forgets the sends of the transaction; what was received in it comes again, marked as redelivered.
   *
   * @throws {IllegalStateException} if the session is not transacted
   */
  rollback(): Promise<void>;
  /**
   * Ends the session: waits for a running listener, for sends and their CompletionListeners, lets a
   * pending receive return null, rolls back, and gives back what is not acknowledged. [JMS 6.2.15]
   *
   * @throws {IllegalStateException} if called from a listener of this session
   */
  close(): Promise<void>;
  /**
   * Delivers again what is not acknowledged, from the first of it, as redelivered. [JMS 6.2.10]
   *
   * @throws {IllegalStateException} if the session is transacted
   */
  recover(): Promise<void>;
  /** @throws {UnsupportedOperationException} a facility of application servers [JMS 11.2] */
  getMessageListener(): MessageListener | null;
  /** @throws {UnsupportedOperationException} a facility of application servers [JMS 11.2] */
  setMessageListener(listener: MessageListenerLike | null): void;
  /** @throws {UnsupportedOperationException} a facility of application servers [JMS 11.2] */
  run(): void;

  /** Makes a producer; null: each send says its destination. [JMS 7.1] */
  createProducer(destination: Destination | null): Promise<MessageProducer>;
  /**
   * Makes a consumer. Of a topic, it has a subscription of its own, which ends with it. [JMS 8.3.1]
   *
   * @param messageSelector - only messages that match; null and blank: all [JMS 3.8]
   * @param noLocal - nothing that this connection sent; topics only
   * @throws {InvalidDestinationException} if the destination is null or refused
   * @throws {InvalidSelectorException} if the selector cannot be read
   */
  createConsumer(
    destination: Destination,
    messageSelector?: string | null,
    noLocal?: boolean,
  ): Promise<MessageConsumer>;
  /**
   * Makes a consumer that shares the subscription of that name with others; it ends with the last of
   * them. [JMS 8.3.2]
   *
   * @throws {JMSException} while others use it with another topic or selector
   */
  createSharedConsumer(
    topic: Topic,
    sharedSubscriptionName: string,
    messageSelector?: string | null,
  ): Promise<MessageConsumer>;
  /** Makes the object for a queue's name, `orders` or `queue://orders`. [JMS 6.2.3] */
  createQueue(queueName: string): Queue;
  /** Makes the object for a topic's name, `prices` or `topic://prices`. [JMS 6.2.3] */
  createTopic(topicName: string): Topic;
  /** The name of {@link createDurableConsumer} in JMS 1.1. */
  createDurableSubscriber(
    topic: Topic,
    name: string,
    messageSelector?: string | null,
    noLocal?: boolean,
  ): Promise<TopicSubscriber>;
  /**
   * Makes the consumer of a subscription that goes on without it, until `unsubscribe`. With another
   * topic, selector or noLocal than before, the subscription is made anew. [JMS 8.3.3]
   *
   * @throws {IllegalStateException} without a client id
   * @throws {JMSException} if the subscription has a consumer, or is a shared one
   */
  createDurableConsumer(
    topic: Topic,
    name: string,
    messageSelector?: string | null,
    noLocal?: boolean,
  ): Promise<MessageConsumer>;
  /**
   * Makes a consumer that shares a subscription which goes on without any, until `unsubscribe`.
   * [JMS 8.3.4]
   *
   * @throws {JMSException} while others use it with another topic or selector, or if it is unshared
   */
  createSharedDurableConsumer(
    topic: Topic,
    name: string,
    messageSelector?: string | null,
  ): Promise<MessageConsumer>;
  /**
   * Makes a browser. [JMS 4.1.6]
   *
   * @throws {InvalidDestinationException} if the queue is null or refused
   * @throws {InvalidSelectorException} if the selector cannot be read
   */
  createBrowser(queue: Queue, messageSelector?: string | null): Promise<QueueBrowser>;
  /** Makes a queue that lives as long as the connection. [JMS 6.2.2] */
  createTemporaryQueue(): Promise<TemporaryQueue>;
  /** Makes a topic that lives as long as the connection. [JMS 6.2.2] */
  createTemporaryTopic(): Promise<TemporaryTopic>;
  /**
   * Ends a durable subscription. [JMS 8.3.3]
   *
   * @throws {InvalidDestinationException} if there is none of that name
   * @throws {JMSException} while it has a consumer, or messages that are not acknowledged
   */
  unsubscribe(name: string): Promise<void>;
}
