// What a case works with: connections to the broker under test that are closed when the case is over,
// names that nobody else uses, and a few words to say what is expected.

import assert from 'node:assert/strict';
import {
  type AcknowledgeMode,
  type Connection,
  type Destination,
  type JMSConsumer,
  type JMSContext,
  type JMSProducer,
  JmsConnectionFactory,
  type Message,
  type MessageConsumer,
  type MessageProducer,
  type Provider,
  type Queue,
  type QueueConnection,
  type Session,
  TextMessage,
  type TopicConnection,
} from 'angelia/jms';

/** A Provider whose connection can be broken. */
export interface Doubt extends Provider {
  /** The connection that was made last. */
  readonly last: {
    /** Confirmations are kept back; a cut loses them. */
    holding: boolean;
    /** Lets go of the confirmations that were kept back. */
    letGo(): void;
    /** The connection is lost for good. */
    cut(): void;
    /** The connection is lost for a while. */
    interrupt(): Promise<void>;
    /** There is a new connection, and everything is opened on it. */
    resume(): Promise<void>;
  };
}

/** A Provider to be judged. */
export interface Subject {
  readonly name: string;
  /** The adapter, and how to get to a broker with it. */
  readonly provider: Provider;
  /** A URL for one case; a broker of its own, if that is cheap. */
  url(): string;
  /** The provider in doubt; absent: a DoubtfulProvider around it, which connects anew for it. */
  doubt?(): Doubt;
  /** Called when the case is over. */
  release?(url: string): void;
  /** `jms.` options that every connection needs, `jms.username=a&jms.password=b`. */
  readonly options?: string;
  /** A user that the broker knows, if it looks at credentials. */
  readonly user?: { readonly name: string; readonly password: string };
}

/** How long a message may take that must come. */
const PATIENCE_MS = 10_000;

/** How a connection is made. */
export interface ConnectionWishes {
  readonly clientID?: string;
  /** Default true. */
  readonly start?: boolean;
  /** `jms.` options for the URL, `jms.a=1&jms.b=2`. */
  readonly options?: string;
}

let names = 0;

export class Fixture {
  readonly subject: Subject;
  readonly #url: string;
  readonly #closing: { close(): Promise<void> }[];

  /** @param shared - the fixture whose broker this one uses, and that is released for both */
  constructor(subject: Subject, shared?: Fixture) {
    this.subject = subject;
    this.#url = shared === undefined ? subject.url() : shared.#url;
    this.#closing = shared === undefined ? [] : shared.#closing;
  }

  /** The same broker, by another Provider. */
  through(provider: Provider): Fixture {
    return new Fixture({ ...this.subject, provider }, this);
  }

  /** A name that no other case uses. */
  name(word = 'q'): string {
    return `conformance.${word}.${process.pid}-${++names}`;
  }

  factory(options = ''): JmsConnectionFactory {
    const scheme = /^[^:]+/.exec(this.#url)?.[0] ?? '';
    const { provider } = this.subject;
    const all = [this.subject.options ?? '', options].filter((one) => one !== '').join('&');
    return new JmsConnectionFactory(withOptions(this.#url, all), { [scheme]: () => provider });
  }

  async connection(wishes: ConnectionWishes = {}): Promise<Connection> {
    const connection = this.owned(await this.factory(wishes.options).createConnection());
    if (wishes.clientID !== undefined) await connection.setClientID(wishes.clientID);
    if (wishes.start !== false) await connection.start();
    return connection;
  }

  async queueConnection(): Promise<QueueConnection> {
    const connection = this.owned(await this.factory().createQueueConnection());
    await connection.start();
    return connection;
  }

  async topicConnection(clientID?: string): Promise<TopicConnection> {
    const connection = this.owned(await this.factory().createTopicConnection());
    if (clientID !== undefined) await connection.setClientID(clientID);
    await connection.start();
    return connection;
  }

  async context(mode: AcknowledgeMode = 1, options = ''): Promise<JMSContext> {
    return this.owned(await this.factory(options).createContext(mode));
  }

  async session(mode: AcknowledgeMode = 1, wishes: ConnectionWishes = {}): Promise<Session> {
    return await (await this.connection(wishes)).createSession(mode);
  }

  /** A started connection with a session, and a producer and a consumer of one queue. */
  async line(mode: AcknowledgeMode = 1, wishes: ConnectionWishes = {}): Promise<Line> {
    const connection = await this.connection(wishes);
    const session = await connection.createSession(mode);
    return await lineOf(connection, session, session.createQueue(this.name()));
  }

  /** As {@link line}, of a topic. */
  async topicLine(mode: AcknowledgeMode = 1, wishes: ConnectionWishes = {}): Promise<Line> {
    const connection = await this.connection(wishes);
    const session = await connection.createSession(mode);
    return await lineOf(connection, session, session.createTopic(this.name('t')));
  }

  /** Closes it when the case is over. */
  owned<T extends { close(): Promise<void> }>(closable: T): T {
    this.#closing.push(closable);
    return closable;
  }

  async release(): Promise<void> {
    for (const closable of this.#closing.reverse()) await closable.close();
    this.subject.release?.(this.#url);
  }
}

/** A way through the broker. */
export interface Line {
  readonly connection: Connection;
  readonly session: Session;
  readonly destination: Destination;
  readonly producer: MessageProducer;
  readonly consumer: MessageConsumer;
  send(...texts: string[]): Promise<void>;
}

/** A producer and a consumer of one destination. */
export async function lineOf(
  connection: Connection,
  session: Session,
  destination: Destination,
): Promise<Line> {
  const producer = await session.createProducer(destination);
  const consumer = await session.createConsumer(destination);
  const send = async (...texts: string[]) => {
    for (const text of texts) await producer.send(session.createTextMessage(text));
  };
  return { connection, session, destination, producer, consumer, send };
}

/** A context with a producer, a queue, and a consumer of it. */
export async function contextLine(
  f: Fixture,
  mode: AcknowledgeMode = 1,
): Promise<{
  readonly context: JMSContext;
  readonly queue: Queue;
  readonly producer: JMSProducer;
  readonly consumer: JMSConsumer;
}> {
  const context = await f.context(mode);
  const queue = context.createQueue(f.name());
  const producer = context.createProducer();
  return { context, queue, producer, consumer: await context.createConsumer(queue) };
}

/** The next message, which must come. */
export async function next(consumer: MessageConsumer | JMSConsumer): Promise<Message> {
  const message = await consumer.receive(PATIENCE_MS);
  assert.ok(message !== null, 'a message was expected, and none came');
  return message;
}

/** The text of the next message, which must come. */
export async function nextText(consumer: MessageConsumer | JMSConsumer): Promise<string | null> {
  return textOf(await next(consumer));
}

/** The texts of so many messages. */
export async function nextTexts(
  consumer: MessageConsumer | JMSConsumer,
  count: number,
): Promise<(string | null)[]> {
  const texts: (string | null)[] = [];
  while (texts.length < count) texts.push(await nextText(consumer));
  return texts;
}

/** There is no message at the broker now. */
export async function nothing(consumer: MessageConsumer | JMSConsumer): Promise<void> {
  const message = await consumer.receiveNoWait();
  const what = message === null ? '' : `: ${textOf(message)}`;
  assert.ok(message === null, `no message was expected, and one came${what}`);
}

export function textOf(message: Message): string | null {
  return message instanceof TextMessage ? message.getText() : null;
}

/** The listener, and a promise of the first `count` messages that it gets. */
export function collect(
  consumer: MessageConsumer | JMSConsumer,
  count: number,
  onEach: (message: Message, number: number) => void | Promise<void> = () => {},
): Promise<Message[]> {
  return new Promise((resolve) => {
    const messages: Message[] = [];
    consumer.setMessageListener((message) => {
      messages.push(message);
      if (messages.length === count) resolve(messages);
      return onEach(message, messages.length);
    });
  });
}

type ErrorClass = abstract new (...parts: never[]) => Error;

/** The call throws, or rejects, with this class of error, and a message that says something. */
export async function refuses(
  expected: ErrorClass,
  call: () => unknown,
  pattern: RegExp = /\w{4}/,
): Promise<Error> {
  let result: unknown;
  try {
    result = await call();
  } catch (error) {
    const is = error instanceof expected;
    if (!is) {
      const text = `${expected.name} was expected, and not ${String(error)}`;
      throw new assert.AssertionError({ message: text, actual: error, expected });
    }
    assert.match(error.message, pattern);
    return error;
  }
  throw new assert.AssertionError({
    message: `${expected.name} was expected, and the call returned ${String(result)}`,
  });
}

/** Waits until it is later than that: epoch ms. */
export async function after(ms: number): Promise<void> {
  while (Date.now() <= ms) {
    await new Promise((resolve) => setTimeout(resolve, Math.max(1, ms - Date.now() + 1)));
  }
}

/** Lets everything happen that needs no waiting. */
export async function round(times = 1): Promise<void> {
  for (let n = 0; n < times; n++) await new Promise<void>((resolve) => setImmediate(resolve));
}

/** A promise, and what settles it. */
export function later<T = void>(): {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
} {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

function withOptions(url: string, options: string): string {
  if (options === '') return url;
  return `${url}${url.includes('?') ? '&' : '?'}${options}`;
}
