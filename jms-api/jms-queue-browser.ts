// A queue browser. Each enumeration is a browsing consumer of the provider, opened when it is first
// asked: grant some, drain, and the end is reached when the queue gave less than was granted.

import { Closure } from './closure.ts';
import type { Queue } from './destination.ts';
import { Fifo } from './fifo.ts';
import type { Acknowledger } from './jms-message.ts';
import type { JmsSession } from './jms-session.ts';
import type { Message } from './message.ts';
import type { DestinationData, MessageData } from './message-data.ts';
import type { ConsumerRequest, DeliverySink, ProviderConsumer } from './provider.ts';
import type { MessageEnumeration, QueueBrowser } from './queue-browser.ts';
import { receivedMessage } from './received-message.ts';

/** What is looked at belongs to others: there is nothing to acknowledge. */
const NOBODY: Acknowledger = { acknowledge: () => Promise.resolve() };

/** @internal */
export class JmsQueueBrowser implements QueueBrowser {
  readonly session: JmsSession;
  readonly data: DestinationData;
  readonly request: ConsumerRequest;
  readonly #queue: Queue;
  readonly #selector: string | null;
  readonly #closure: Closure = new Closure('browser');
  readonly #open: Set<BrowserEnumeration> = new Set();

  constructor(session: JmsSession, queue: Queue, data: DestinationData, selector: string | null) {
    this.session = session;
    this.#queue = queue;
    this.data = data;
    this.#selector = selector;
    this.request = selector === null ? { browse: true } : { browse: true, selector };
  }

  /** Lets the broker look at queue and selector now, so that a wrong one is refused by the call. */
  async probe(): Promise<void> {
    const silent: DeliverySink = { onMessage() {}, onEnd() {} };
    const consumer = await this.session.openConsumer(this.data, silent, this.request);
    await this.session.answer(consumer.close());
  }

  check(): void {
    this.session.check();
    this.#closure.check();
  }

  ended(enumeration: BrowserEnumeration): void {
    this.#open.delete(enumeration);
  }

  getQueue(): Queue {
    this.check();
    return this.#queue;
  }

  getMessageSelector(): string | null {
    this.check();
    return this.#selector;
  }

  getEnumeration(): MessageEnumeration {
    this.check();
    const enumeration = new BrowserEnumeration(this);
    this.#open.add(enumeration);
    return enumeration;
  }

  close(): Promise<void> {
    return this.#closure.close(async () => {
      this.session.browserClosed(this);
      for (const enumeration of this.#open) await enumeration.end();
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  [Symbol.asyncIterator](): MessageEnumeration {
    return this.getEnumeration();
  }
}

class BrowserEnumeration implements MessageEnumeration, DeliverySink {
  readonly #browser: JmsQueueBrowser;
  readonly #found: Fifo<Message> = new Fifo();
  #consumer: ProviderConsumer | undefined;
  /** Came since the last grant. */
  #came = 0;
  #over = false;
  /** One question after the other. */
  #looking: Promise<void> = Promise.resolve();

  constructor(browser: JmsQueueBrowser) {
    this.#browser = browser;
  }

  onMessage(_delivery: unknown, message: MessageData, attempt: number): void {
    this.#came++;
    // A broker may look for what expired only now and then.
    const { expiresAt } = message;
    if (expiresAt !== undefined && this.#browser.session.expired(expiresAt)) return;
    this.#found.push(receivedMessage(message, attempt, this.#browser.data, NOBODY));
  }

  onEnd(): void {
    this.#over = true;
  }

  async hasMoreElements(): Promise<boolean> {
    this.#browser.check();
    const before = this.#looking.catch(() => {});
    this.#looking = before.then(() => this.#look());
    await this.#looking;
    return this.#found.length > 0;
  }

  async nextElement(): Promise<Message> {
    const result = await this.next();
    if (result.done === true) throw new RangeError('the enumeration has no more elements');
    return result.value;
  }

  async next(): Promise<IteratorResult<Message, undefined>> {
    const more = await this.hasMoreElements();
    const value = more ? this.#found.shift() : undefined;
    return value === undefined ? { done: true, value: undefined } : { done: false, value };
  }

  async return(): Promise<IteratorResult<Message, undefined>> {
    await this.end();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async end(): Promise<void> {
    this.#over = true;
    const consumer = this.#consumer;
    this.#consumer = undefined;
    this.#browser.ended(this);
    if (consumer !== undefined && !this.#browser.session.lost) {
      await this.#browser.session.answer(consumer.close());
    }
  }

  /** Sees to it that the next message is here, if there is one. */
  async #look(): Promise<void> {
    const { session, data, request } = this.#browser;
    while (this.#found.length === 0 && !this.#over) {
      this.#consumer ??= await session.openConsumer(data, this, request);
      const granted = Math.max(1, session.connection.options.prefetchFor(data, request));
      this.#came = 0;
      this.#consumer.grant(granted);
      await session.answer(this.#consumer.drain());
      if (this.#came < granted) await this.end();
    }
  }
}
