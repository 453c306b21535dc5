// QueueRequestor and TopicRequestor: a request, and the wait for its answer. [JMS 4.1.7, 4.2.10]

import {
  dataOf,
  type Queue,
  type TemporaryQueue,
  type TemporaryTopic,
  type Topic,
} from './destination.ts';
import { IllegalStateException } from './errors.ts';
import type { Message } from './message.ts';
import type { MessageConsumer, ReceiveOptions } from './message-consumer.ts';
import type { MessageProducer } from './message-producer.ts';
import type { QueueSession } from './queue-domain.ts';
import type { Session } from './session.ts';
import { topicOf } from './subscription-arguments.ts';
import type { TopicSession } from './topic-domain.ts';

/** What a requestor opens when it is first used. */
interface Line {
  readonly producer: MessageProducer;
  readonly answers: TemporaryQueue | TemporaryTopic;
  readonly consumer: MessageConsumer;
}

abstract class Requestor implements AsyncDisposable {
  readonly #session: Session;
  readonly #open: () => Promise<Line>;
  #line: Promise<Line> | undefined;

  constructor(session: Session, open: () => Promise<Line>) {
    if (session.getTransacted()) {
      throw new IllegalStateException(
        'a requestor needs a session that is not transacted: its request would never leave',
      );
    }
    this.#session = session;
    this.#open = open;
  }

  /**
   * Sends a message, and waits for the answer to it.
   *
   * @param timeout - as in `receive`; default: for ever
   * @returns null if the time is over, or the requestor is closed
   */
  async request(message: Message, timeout?: number | ReceiveOptions): Promise<Message | null> {
    this.#line ??= this.#open();
    const { producer, answers, consumer } = await this.#line;
    message.setJMSReplyTo(answers);
    await producer.send(message);
    return await consumer.receive(timeout);
  }

  /** Ends the requestor, and its session. */
  async close(): Promise<void> {
    const line = await this.#line?.catch(() => undefined);
    if (line !== undefined) {
      await line.consumer.close();
      await line.answers.delete();
    }
    await this.#session.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** Asks over a queue, and has the answers sent to a temporary one. [JMS 4.1.7] */
export class QueueRequestor extends Requestor {
  /**
   * @param session - not transacted; it is closed with the requestor
   * @throws {InvalidDestinationException} if the queue is null
   */
  constructor(session: QueueSession, queue: Queue) {
    dataOf(queue);
    super(session, async () => {
      const answers = await session.createTemporaryQueue();
      const consumer = await session.createReceiver(answers);
      return { producer: await session.createSender(queue), answers, consumer };
    });
  }
}

/** Asks over a topic, and has the answers sent to a temporary one. [JMS 4.2.10] */
export class TopicRequestor extends Requestor {
  /**
   * @param session - not transacted; it is closed with the requestor
   * @throws {InvalidDestinationException} if the topic is null
   */
  constructor(session: TopicSession, topic: Topic) {
    topicOf(topic);
    super(session, async () => {
      const answers = await session.createTemporaryTopic();
      const consumer = await session.createSubscriber(answers);
      return { producer: await session.createPublisher(topic), answers, consumer };
    });
  }
}
