// Point to point as JMS 1.0 had it: the same objects with names of their own, and without what is
// for topics. [JMS 9.2]

import type { Connection } from './connection.ts';
import { dataOf, isTopicData, type Queue } from './destination.ts';
import { IllegalStateException, InvalidDestinationException } from './errors.ts';
import { JmsConnection, modeOf } from './jms-connection.ts';
import { JmsConsumer } from './jms-consumer.ts';
import { JmsProducer } from './jms-producer.ts';
import { JmsSession } from './jms-session.ts';
import type { MessageConsumer } from './message-consumer.ts';
import type { DestinationData } from './message-data.ts';
import type { MessageProducer } from './message-producer.ts';
import type { ConsumerRequest } from './provider.ts';
import type { AcknowledgeMode, Session } from './session.ts';
import { selectorOf } from './subscription-arguments.ts';

/** Makes connections for queues. [JMS 4.1] */
export interface QueueConnectionFactory {
  /** As {@link ConnectionFactory.createConnection}. */
  createQueueConnection(userName?: string, password?: string): Promise<QueueConnection>;
}

/** A connection whose sessions are for queues. [JMS 4.1] */
export interface QueueConnection extends Connection {
  createQueueSession(transacted: boolean, acknowledgeMode: AcknowledgeMode): Promise<QueueSession>;
}

/** A session for queues; what is for topics throws IllegalStateException. [JMS 9.2, Table 9-1] */
export interface QueueSession extends Session {
  createReceiver(queue: Queue, messageSelector?: string | null): Promise<QueueReceiver>;
  /** Makes a sender; null: each send says its queue. */
  createSender(queue: Queue | null): Promise<QueueSender>;
}

/** A consumer of a queue. [JMS 4.1] */
export interface QueueReceiver extends MessageConsumer {
  /** Returns the queue. */
  getQueue(): Queue;
}

/** A producer for queues. [JMS 4.1] */
export interface QueueSender extends MessageProducer {
  /** Returns the queue, or null. */
  getQueue(): Queue | null;
}

/** @internal */
export class JmsQueueConnection extends JmsConnection implements QueueConnection {
  async createQueueSession(
    transacted: boolean,
    acknowledgeMode: AcknowledgeMode,
  ): Promise<QueueSession> {
    const mode = modeOf(transacted, acknowledgeMode);
    return await this.openSession(mode, (...parts) => new JmsQueueSession(...parts));
  }

  override async createDurableConnectionConsumer(): Promise<never> {
    notForQueues('createDurableConnectionConsumer');
  }
  override async createSharedConnectionConsumer(): Promise<never> {
    notForQueues('createSharedConnectionConsumer');
  }
  override async createSharedDurableConnectionConsumer(): Promise<never> {
    notForQueues('createSharedDurableConnectionConsumer');
  }
}

class JmsQueueSession extends JmsSession implements QueueSession {
  async createReceiver(
    queue: Queue,
    messageSelector: string | null = null,
  ): Promise<QueueReceiver> {
    this.check();
    const data = queueData(queue);
    const selector = selectorOf(messageSelector);
    const request = selector === null ? {} : { selector };
    return await this.consume(data, request, (...parts) => new JmsQueueReceiver(queue, ...parts));
  }

  async createSender(queue: Queue | null): Promise<QueueSender> {
    this.check();
    if (queue !== null) queueData(queue);
    return await this.produce(queue, (...parts) => new JmsQueueSender(this, queue, ...parts));
  }

  override async createDurableConsumer(): Promise<never> {
    notForQueues('createDurableConsumer');
  }
  override async createDurableSubscriber(): Promise<never> {
    notForQueues('createDurableSubscriber');
  }
  override async createSharedConsumer(): Promise<never> {
    notForQueues('createSharedConsumer');
  }
  override async createSharedDurableConsumer(): Promise<never> {
    notForQueues('createSharedDurableConsumer');
  }
  override async createTemporaryTopic(): Promise<never> {
    notForQueues('createTemporaryTopic');
  }
  override createTopic(): never {
    notForQueues('createTopic');
  }
  override async unsubscribe(): Promise<never> {
    notForQueues('unsubscribe');
  }
}

class JmsQueueReceiver extends JmsConsumer implements QueueReceiver {
  readonly #queue: Queue;

  constructor(
    queue: Queue,
    session: JmsSession,
    destination: DestinationData,
    request: ConsumerRequest,
    prefetch: number,
  ) {
    super(session, destination, request, prefetch);
    this.#queue = queue;
  }

  getQueue(): Queue {
    this.check();
    return this.#queue;
  }
}

class JmsQueueSender extends JmsProducer implements QueueSender {
  readonly #queue: Queue | null;

  constructor(
    session: JmsSession,
    queue: Queue | null,
    fixed: DestinationData | null,
    idPrefix: string,
  ) {
    super(session, queue, fixed, idPrefix);
    this.#queue = queue;
  }

  getQueue(): Queue | null {
    this.check();
    return this.#queue;
  }
}

function queueData(queue: Queue): DestinationData {
  const data = dataOf(queue);
  if (!isTopicData(data)) return data;
  throw new InvalidDestinationException(`expected a queue, got ${queue}`);
}

function notForQueues(method: string): never {
  throw new IllegalStateException(
    `${method} is for topics: a QueueConnection and its sessions are for queues [JMS 9.2]`,
  );
}
