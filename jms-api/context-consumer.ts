// The JMSConsumer: a consumer that throws runtime exceptions, and returns bodies. [JMS 8.4-8.6]

import { MessageFormatException } from './errors.ts';
import type { JmsConsumer } from './jms-consumer.ts';
import type { JmsMessage } from './jms-message.ts';
import type { BodyClass, BodyOf, Message } from './message.ts';
import type { MessageListener, MessageListenerLike, ReceiveOptions } from './message-consumer.ts';
import { awaitUnchecked, unchecked } from './runtime-exceptions.ts';
import type { JMSConsumer } from './simplified.ts';
import { StreamMessage } from './stream-message.ts';

/** @internal */
export class ContextConsumer implements JMSConsumer {
  readonly #consumer: JmsConsumer;

  constructor(consumer: JmsConsumer) {
    this.#consumer = consumer;
  }

  getMessageSelector(): string | null {
    return unchecked(() => this.#consumer.getMessageSelector());
  }
  getMessageListener(): MessageListener | null {
    return unchecked(() => this.#consumer.getMessageListener());
  }
  setMessageListener(listener: MessageListenerLike | null): void {
    unchecked(() => this.#consumer.setMessageListener(listener));
  }
  async receive(timeout?: number | ReceiveOptions): Promise<Message | null> {
    return await awaitUnchecked(() => this.#consumer.receive(timeout));
  }
  async receiveNoWait(): Promise<Message | null> {
    return await awaitUnchecked(() => this.#consumer.receiveNoWait());
  }
  async close(): Promise<void> {
    await awaitUnchecked(() => this.#consumer.close());
  }

  async receiveBody<T extends BodyClass>(
    type: T,
    timeout?: number | ReceiveOptions,
  ): Promise<BodyOf<T> | null> {
    const body = await awaitUnchecked(() =>
      this.#consumer.receiveAs(timeout, (message) => bodyOf(message, type)),
    );
    return body as BodyOf<T> | null;
  }

  async receiveBodyNoWait<T extends BodyClass>(type: T): Promise<BodyOf<T> | null> {
    const body = await awaitUnchecked(() =>
      this.#consumer.receiveNowAs((message) => bodyOf(message, type)),
    );
    return body as BodyOf<T> | null;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  [Symbol.asyncIterator](): AsyncIterator<Message, undefined> {
    return this.#consumer[Symbol.asyncIterator]();
  }
}

function bodyOf<T extends BodyClass>(message: JmsMessage, type: T): BodyOf<T> | null {
  if (message instanceof StreamMessage || message.bodyData().kind === 'none') {
    const what = message instanceof StreamMessage ? 'a StreamMessage' : 'a message without a body';
    throw new MessageFormatException(`receiveBody: ${what} has none to return [JMS 8.6]`);
  }
  return message.getBody(type);
}
