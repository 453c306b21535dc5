// Notes which methods of the JMS API the cases call: each public method of the classes behind the
// interfaces is wrapped once, and a call is noted if it comes from a file of the suite itself (what
// the API calls inside of itself proves nothing).

import { JmsConnectionFactory } from 'angelia/jms';
import type { Fixture } from '../jms/fixture.ts';

/** One call: `Session.createConsumer/2`. */
export type Call = string;

type Method = (this: unknown, ...parts: unknown[]) => unknown;

export class CallRecorder {
  /** What was called since it was last emptied. */
  readonly calls: Set<Call> = new Set();
  readonly #wrapped: Set<object> = new Set();
  /** By prototype: what its instances are. */
  readonly #interfaces: Map<object, Set<string>> = new Map();

  /** Wraps the classes of an object, which stands for these interfaces. */
  watch(object: object, ...interfaces: string[]): void {
    for (let at = Object.getPrototypeOf(object); at !== Object.prototype; ) {
      this.#wrap(at);
      at = Object.getPrototypeOf(at);
    }
    const leaf = Object.getPrototypeOf(object);
    const known = this.#interfaces.get(leaf) ?? new Set();
    for (const name of interfaces) known.add(name);
    this.#interfaces.set(leaf, known);
  }

  #wrap(prototype: object): void {
    if (this.#wrapped.has(prototype)) return;
    this.#wrapped.add(prototype);
    for (const name of Object.getOwnPropertyNames(prototype)) {
      const descriptor = Object.getOwnPropertyDescriptor(prototype, name);
      if (name === 'constructor' || typeof descriptor?.value !== 'function') continue;
      const original: Method = descriptor.value;
      const recorder = this;
      const value = function (this: unknown, ...parts: unknown[]): unknown {
        recorder.#note(this, name, parts.length);
        return original.apply(this, parts);
      };
      Object.defineProperty(prototype, name, { ...descriptor, value });
    }
  }

  #note(object: unknown, method: string, parameters: number): void {
    if (typeof object !== 'object' || object === null || !fromSuite()) return;
    for (let at = Object.getPrototypeOf(object); at !== null; at = Object.getPrototypeOf(at)) {
      for (const name of this.#interfaces.get(at) ?? []) {
        this.calls.add(`${name}.${method}/${parameters}`);
      }
    }
  }
}

/** The caller of the wrapped method stands in the suite. */
function fromSuite(): boolean {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 4;
  const frames = new Error().stack?.split('\n') ?? [];
  Error.stackTraceLimit = limit;
  return frames[4]?.includes('conformance/jms/') ?? false;
}

/** Watches the classes behind all interfaces. */
export async function watchAll(recorder: CallRecorder, f: Fixture): Promise<void> {
  const factory = f.factory();
  recorder.watch(factory, 'ConnectionFactory', 'QueueConnectionFactory', 'TopicConnectionFactory');
  const connection = await f.connection({ clientID: f.name('client') });
  recorder.watch(connection, 'Connection');
  const queues = await f.queueConnection();
  recorder.watch(queues, 'QueueConnection');
  const topics = await f.topicConnection();
  recorder.watch(topics, 'TopicConnection');
  const session = await connection.createSession();
  recorder.watch(session, 'Session');
  const queue = session.createQueue(f.name());
  const topic = session.createTopic(f.name('t'));
  recorder.watch(queue, 'Queue');
  recorder.watch(topic, 'Topic');
  recorder.watch(await session.createTemporaryQueue(), 'TemporaryQueue');
  recorder.watch(await session.createTemporaryTopic(), 'TemporaryTopic');
  recorder.watch(await session.createProducer(queue), 'MessageProducer');
  recorder.watch(await session.createConsumer(queue), 'MessageConsumer');
  recorder.watch(await session.createBrowser(queue), 'QueueBrowser');
  recorder.watch(session.createMessage(), 'Message');
  recorder.watch(session.createTextMessage(), 'TextMessage');
  recorder.watch(session.createBytesMessage(), 'BytesMessage');
  recorder.watch(session.createMapMessage(), 'MapMessage');
  recorder.watch(session.createStreamMessage(), 'StreamMessage');
  recorder.watch(session.createObjectMessage(), 'ObjectMessage');
  const queueSession = await queues.createQueueSession(false, 1);
  recorder.watch(queueSession, 'QueueSession');
  recorder.watch(await queueSession.createSender(queue), 'QueueSender');
  recorder.watch(await queueSession.createReceiver(queue), 'QueueReceiver');
  const topicSession = await topics.createTopicSession(false, 1);
  recorder.watch(topicSession, 'TopicSession');
  recorder.watch(await topicSession.createPublisher(topic), 'TopicPublisher');
  recorder.watch(await topicSession.createSubscriber(topic), 'TopicSubscriber');
  const context = await f.context();
  recorder.watch(context, 'JMSContext');
  recorder.watch(context.createProducer(), 'JMSProducer');
  recorder.watch(await context.createConsumer(queue), 'JMSConsumer');
  recorder.watch(connection.getMetaData(), 'ConnectionMetaData');
  if (!(factory instanceof JmsConnectionFactory)) throw new Error('the factory is of another kind');
}
