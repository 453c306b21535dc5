// Publish and subscribe as JMS 1.0 had it: the same objects with names of their own, and without what
// is for queues. [JMS 9.2]

import type { Connection } from './connection.ts';
import type { DeliveryMode } from './delivery-mode.ts';
import type { Topic } from './destination.ts';
import { IllegalStateException } from './errors.ts';
import { JmsConnection, modeOf } from './jms-connection.ts';
import { JmsProducer } from './jms-producer.ts';
import { JmsSession } from './jms-session.ts';
import type { Message } from './message.ts';
import type { DestinationData } from './message-data.ts';
import type { MessageProducer } from './message-producer.ts';
import type { AcknowledgeMode, Session } from './session.ts';
import { selectorOf, topicOf } from './subscription-arguments.ts';
import { JmsTopicSubscriber, type TopicSubscriber } from './topic-subscriber.ts';

/** Makes connections for topics. [JMS 4.2] */
export interface TopicConnectionFactory {
  /** As {@link ConnectionFactory.createConnection}. */
  createTopicConnection(userName?: string, password?: string): Promise<TopicConnection>;
}

/** A connection whose sessions are for topics. [JMS 4.2] */
export interface TopicConnection extends Connection {
  createTopicSession(transacted: boolean, acknowledgeMode: AcknowledgeMode): Promise<TopicSession>;
}

/** A session for topics; what is for queues throws IllegalStateException. [JMS 9.2, Table 9-1] */
export interface TopicSession extends Session {
  /** As {@link Session.createConsumer} of a topic. */
  createSubscriber(
    topic: Topic,
    messageSelector?: string | null,
    noLocal?: boolean,
  ): Promise<TopicSubscriber>;
  /** Makes a publisher; null: each publish says its topic. */
  createPublisher(topic: Topic | null): Promise<TopicPublisher>;
}

/** A producer for topics; `publish` is its word for `send`. [JMS 4.2] */
export interface TopicPublisher extends MessageProducer {
  /** Returns the topic, or null. */
  getTopic(): Topic | null;
  publish(message: Message): Promise<void>;
  publish(
    message: Message,
    deliveryMode: DeliveryMode,
    priority: number,
    timeToLive: number,
  ): Promise<void>;
  publish(topic: Topic, message: Message): Promise<void>;
  publish(
    topic: Topic,
    message: Message,
    deliveryMode: DeliveryMode,
    priority: number,
    timeToLive: number,
  ): Promise<void>;
}

/** @internal */
export class JmsTopicConnection extends JmsConnection implements TopicConnection {
  async createTopicSession(
    transacted: boolean,
    acknowledgeMode: AcknowledgeMode,
  ): Promise<TopicSession> {
    const mode = modeOf(transacted, acknowledgeMode);
    return await this.openSession(mode, (...parts) => new JmsTopicSession(...parts));
  }
}

class JmsTopicSession extends JmsSession implements TopicSession {
  async createSubscriber(
    topic: Topic,
    messageSelector: string | null = null,
    noLocal = false,
  ): Promise<TopicSubscriber> {
    this.check();
    const selector = selectorOf(messageSelector);
    const request = { ...(selector !== null && { selector }), ...(noLocal && { noLocal }) };
    return await this.consume(
      topicOf(topic),
      request,
      (...parts) => new JmsTopicSubscriber(topic, ...parts),
    );
  }

  async createPublisher(topic: Topic | null): Promise<TopicPublisher> {
    this.check();
    if (topic !== null) topicOf(topic);
    return await this.produce(topic, (...parts) => new JmsTopicPublisher(this, topic, ...parts));
  }

  override async createBrowser(): Promise<never> {
    notForTopics('createBrowser');
  }
  override createQueue(): never {
    notForTopics('createQueue');
  }
  override async createTemporaryQueue(): Promise<never> {
    notForTopics('createTemporaryQueue');
  }
}

class JmsTopicPublisher extends JmsProducer implements TopicPublisher {
  readonly #topic: Topic | null;

  constructor(
    session: JmsSession,
    topic: Topic | null,
    fixed: DestinationData | null,
    idPrefix: string,
  ) {
    super(session, topic, fixed, idPrefix);
    this.#topic = topic;
  }

  getTopic(): Topic | null {
    this.check();
    return this.#topic;
  }

  publish(
    first: Message | Topic,
    second?: Message | number,
    third?: number,
    fourth?: number,
    fifth?: number,
  ): Promise<void> {
    return this.send(first, second, third, fourth, fifth);
  }
}

function notForTopics(method: string): never {
  throw new IllegalStateException(
    `${method} is for queues: a TopicConnection and its sessions are for topics [JMS 9.2]`,
  );
}
