// TopicSubscriber: a consumer that knows its topic. [JMS 9.2]

import type { Topic } from './destination.ts';
import { JmsConsumer } from './jms-consumer.ts';
import type { JmsSession } from './jms-session.ts';
import type { MessageConsumer } from './message-consumer.ts';
import type { DestinationData } from './message-data.ts';
import type { ConsumerRequest } from './provider.ts';

/** A consumer of a topic. [JMS 4.2] */
export interface TopicSubscriber extends MessageConsumer {
  /** Returns the topic. */
  getTopic(): Topic;
  /** Tells whether messages of this connection are kept away. */
  getNoLocal(): boolean;
}

/** @internal */
export class JmsTopicSubscriber extends JmsConsumer implements TopicSubscriber {
  readonly #topic: Topic;

  constructor(
    topic: Topic,
    session: JmsSession,
    destination: DestinationData,
    request: ConsumerRequest,
    prefetch: number,
  ) {
    super(session, destination, request, prefetch);
    this.#topic = topic;
  }

  getTopic(): Topic {
    this.check();
    return this.#topic;
  }

  getNoLocal(): boolean {
    this.check();
    return this.request.noLocal ?? false;
  }
}
