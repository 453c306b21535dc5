// The channel that a session sends by: each message is confirmed by the broker, or returned, if no
// queue takes it. Confirmations come by number, often for many at once. [AMQP 0-9-1 confirm.select,
// basic.return]
//
//     publish 1 2 3 4 5   ──►   return 3   ──►   ack up to 4   ──►   1 2 4 confirmed, 3 refused
//
// The traps of amqplib, and how they are avoided:
// - it keeps a callback for each message: it is given none, and its `ack` and `nack` events are heard;
// - its `publish` makes each message's headers the prototype of others, which costs V8 more than all the
//   rest of a send: its `sendMessage`, one layer below, takes them as they are;
// - a returned message says what it was and not which: it is known by its id, or by a header of ours;
// - an error of a channel without a listener ends the process.

import type { ChannelModel, ConfirmChannel, Message, Options } from 'amqplib';
import { InvalidDestinationException, ResourceAllocationException } from '#jms-api';
import { SEND } from '../rabbitmq-header.ts';
import { exceptionOf } from './errors.ts';
import { type Encoded, tooLarge } from './message-encode.ts';

/** Where a message goes to. */
export interface Route {
  readonly exchange: string;
  readonly key: string;
  /** It is returned if there is no such queue. */
  readonly mandatory: boolean;
  /** Who reads it is RabbitMQ's own JMS client. */
  readonly jmsClient: boolean;
}

/** Hears what became of what it sent. */
export interface Sender {
  answered(number: number, error: Error | undefined): void;
  /** There are no more answers for now. */
  answersEnd(): void;
}

/** A message that is under way. */
interface Entry {
  readonly sender: Sender;
  readonly number: number;
  /** By which it is known when it is returned. */
  readonly id: string;
  readonly queue: string;
  returned: Error | undefined;
}

const HEAD_MIN = 1024;

/** The layer below `publish`, which amqplib does not declare. */
interface Sends {
  sendMessage?(method: object, properties: object, content: Buffer): unknown;
}

export class Publisher {
  readonly #model: ChannelModel;
  readonly #onReturned: (queue: string) => void;
  #channel: ConfirmChannel | undefined;
  #opening: Promise<void> | undefined;
  /** Under way, in order; undefined: answered already. */
  #entries: (Entry | undefined)[] = [];
  /** The delivery tag of the first of them. */
  #first = 1;
  /** All before it are answered. */
  #head = 0;
  #sends = 0;

  constructor(model: ChannelModel, onReturned: (queue: string) => void) {
    this.#model = model;
    this.#onReturned = onReturned;
  }

  get ready(): boolean {
    return this.#channel !== undefined;
  }

  /** Opens the channel, if it is not. */
  open(): Promise<void> {
    this.#opening ??= this.#open().finally(() => {
      this.#opening = undefined;
    });
    return this.#channel === undefined ? this.#opening : Promise.resolve();
  }

  /**
   * Sends a message; `sender` hears of it. Only while it is {@link ready}.
   *
   * @throws {MessageFormatException} if it cannot be encoded
   */
  publish(route: Route, { content, options }: Encoded, sender: Sender, number: number): void {
    const { exchange, key, mandatory } = route;
    let id = options.messageId;
    if (mandatory) {
      options.mandatory = true;
      if (id === undefined) {
        id = String(++this.#sends);
        options.headers[SEND] = id;
      }
    }
    try {
      this.#write(exchange, key, content, options);
    } catch (error) {
      throw tooLarge(error);
    }
    this.#entries.push({ sender, number, id: id ?? '', queue: key, returned: undefined });
  }

  /** Resolves when all that was published has left for the broker. */
  async flushed(): Promise<void> {
    await this.#channel?.prefetch(0);
  }

  async close(): Promise<void> {
    const channel = this.#channel;
    this.#channel = undefined;
    this.#entries = [];
    await channel?.close().catch(() => undefined);
  }

  async #open(): Promise<void> {
    if (this.#channel !== undefined) return;
    const channel = await this.#model.createConfirmChannel();
    this.#channel = channel;
    this.#first = 1;
    this.#head = 0;
    channel.on('ack', ({ deliveryTag, multiple }) => this.#answered(deliveryTag, multiple));
    channel.on('nack', ({ deliveryTag, multiple }) => {
      const text = 'the broker refused the message: a queue is full, or failed';
      this.#answered(deliveryTag, multiple, new ResourceAllocationException(text));
    });
    channel.on('return', (message) => this.#returned(message));
    channel.on('error', (error) => this.#lost(channel, error));
  }

  #write(exchange: string, key: string, content: Buffer, options: Options.Publish): void {
    const channel: (ConfirmChannel & Sends) | undefined = this.#channel;
    if (channel?.sendMessage === undefined) {
      channel?.publish(exchange, key, content, options);
      return;
    }
    const { mandatory = false } = options;
    const method = { exchange, routingKey: key, mandatory, immediate: false, ticket: 0 };
    channel.sendMessage(method, options, content);
  }

  #answered(tag: number, multiple: boolean, error?: Error): void {
    const last = tag - this.#first;
    let sender: Sender | undefined;
    for (let at = multiple ? this.#head : last; at <= last; at++) {
      const entry = this.#entries[at];
      if (entry === undefined) continue;
      this.#entries[at] = undefined;
      if (sender !== entry.sender) sender?.answersEnd();
      sender = entry.sender;
      sender.answered(entry.number, entry.returned ?? error);
    }
    this.#dropAnswered();
    sender?.answersEnd();
  }

  #dropAnswered(): void {
    const entries = this.#entries;
    while (this.#head < entries.length && entries[this.#head] === undefined) this.#head++;
    // Moving what is left is worth it when that is little.
    if (this.#head < entries.length && this.#head * 2 < entries.length + HEAD_MIN) return;
    entries.splice(0, this.#head);
    this.#first += this.#head;
    this.#head = 0;
  }

  /** It comes before the confirmation of the same message. */
  #returned({ properties, fields }: Message): void {
    const id = properties.messageId ?? properties.headers?.[SEND];
    const entry = this.#entries.find((one) => one !== undefined && one.id === id);
    const queue = fields.routingKey;
    this.#onReturned(queue);
    if (entry === undefined) return;
    entry.returned = new InvalidDestinationException(`there is no queue '${queue}'`, '312');
  }

  /** The broker closed the channel: nobody knows what became of what was under way. */
  #lost(channel: ConfirmChannel, cause: Error): void {
    if (this.#channel !== channel) return;
    this.#channel = undefined;
    const error = exceptionOf(cause, 'sending');
    for (const entry of this.#entries.splice(0)) {
      entry?.sender.answered(entry.number, entry.returned ?? error);
      entry?.sender.answersEnd();
    }
  }
}
