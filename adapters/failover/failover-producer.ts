// A producer over many connections. What is not confirmed is kept, and sent again on the next way.
//
//     outer numbers   1 2 3 4 5 6 …           the API's, over all ways
//     inner numbers       1 2 3 4 …           of the present way
//
// A send that may arrive twice has an id against duplicates, the same each time, where the broker
// takes one.
//
// Invariant: the sends that are kept are in the order of their numbers; those that are with the present
// way have inner numbers without a gap.

import {
  type ConfirmSink,
  type DestinationData,
  JMSException,
  type MessageData,
  type ProducerRequest,
  type ProviderProducer,
} from '#jms-api';
import type { FailoverSession } from './failover-session.ts';
import { copyOf } from './message-copy.ts';
import { unlessLost, type Way } from './way.ts';

/** A send that is not confirmed. */
export interface Unconfirmed {
  readonly number: number;
  /** Its place among the sends of the session. */
  readonly order: number;
  /** Undefined: nobody waits for it any more, and it is not sent again. */
  message: MessageData | undefined;
  /** Its number on the present way; 0: it has not been sent there. */
  inner: number;
}

const COMPACT_AT = 256;

export class FailoverProducer implements ProviderProducer {
  readonly #session: FailoverSession;
  readonly #destination: DestinationData | undefined;
  readonly #sink: ConfirmSink;
  readonly #request: ProducerRequest;
  /** In place of message ids, if a message has none. */
  readonly #id: string = globalThis.crypto.randomUUID();
  #inner: ProviderProducer | undefined;
  /** The way's number of the last send. */
  #innerNumber = 0;
  /** Grows with each way: what an old one still says is not heard. */
  #epoch = 0;
  /** Those before `#head` are confirmed. */
  #unconfirmed: Unconfirmed[] = [];
  #head = 0;
  #lastNumber = 0;
  #detectsDuplicates = false;
  /** It cannot be made anew. */
  #ended: Error | undefined;

  constructor(
    session: FailoverSession,
    destination: DestinationData | undefined,
    sink: ConfirmSink,
    request: ProducerRequest,
  ) {
    this.#session = session;
    this.#destination = destination;
    this.#sink = sink;
    this.#request = request;
  }

  async open(way: Way): Promise<void> {
    const { temporaries } = this.#session.connection;
    const epoch = ++this.#epoch;
    const sink: ConfirmSink = {
      onConfirmed: (upTo) => {
        if (epoch === this.#epoch) this.#confirmed(upTo);
      },
      onRefused: (number, error) => {
        if (epoch === this.#epoch) this.#refused(number, error);
      },
    };
    const destination = temporaries.toBroker(this.#destination);
    const opening = this.#session.inner(way).openProducer(destination, sink, this.#request);
    this.#inner = await way.until(opening);
    this.#innerNumber = 0;
    const detects = way.connection.capabilities?.has('duplicate-detection') === true;
    this.#detectsDuplicates = detects && !this.#session.transacted;
  }

  /** Makes it anew. If the broker does not want it, its sends are refused from now on. */
  async restore(way: Way): Promise<void> {
    try {
      await this.open(way);
      this.#ended = undefined;
    } catch (error) {
      if (way.lost) throw error;
      this.#ended = error as Error;
    }
  }

  interrupted(): void {
    this.#epoch++;
    this.#inner = undefined;
  }

  send(message: MessageData, number: number): void {
    this.#lastNumber = number;
    const order = this.#session.sending();
    if (this.#session.doomed) {
      this.#sink.onConfirmed(number);
      return;
    }
    const send: Unconfirmed = { number, order, message: undefined, inner: 0 };
    this.#unconfirmed.push(send);
    try {
      this.#pass(send, message);
    } catch (error) {
      this.#drop(send);
      throw error;
    }
    // Now, as it is valid no longer; unless it was confirmed at once.
    if (this.#unconfirmed.at(-1) === send) send.message = copyOf(message);
  }

  /** Nobody waits for it any more. */
  forget(number: number): void {
    const send = this.#find((one) => one.number === number);
    if (send === undefined) return;
    send.message = undefined;
    if (send.inner === 0) this.#drop(send);
    else this.#inner?.forget?.(send.inner);
  }

  /** Hands out what is to be sent again. */
  takeUnconfirmed(): Unconfirmed[] {
    const all = this.#unconfirmed.slice(this.#head);
    this.#forgetAll();
    return all.filter(({ message }) => message !== undefined);
  }

  sendAgain(send: Unconfirmed): void {
    const { message } = send;
    if (message === undefined) return;
    this.#unconfirmed.push(send);
    send.inner = 0;
    try {
      this.#pass(send, message);
    } catch (error) {
      this.#drop(send);
      this.#sink.onRefused(send.number, error as Error);
    }
  }

  /** What waits belongs to a transaction that never comes to be: it is as good as sent. */
  swallow(): void {
    if (this.#unconfirmed.length === this.#head) return;
    this.#forgetAll();
    this.#sink.onConfirmed(this.#lastNumber);
  }

  async close(): Promise<void> {
    this.#session.forgetProducer(this);
    const { way } = this.#session.connection;
    const inner = this.#inner;
    this.interrupted();
    if (way === undefined || inner === undefined) return;
    await unlessLost(way.until(inner.close()));
  }

  #pass(send: Unconfirmed, message: MessageData): void {
    if (this.#ended !== undefined) {
      const text = 'the producer could not be made anew after an interruption';
      throw new JMSException(text, null, { cause: this.#ended });
    }
    if (this.#inner === undefined) return;
    send.inner = ++this.#innerNumber;
    const outgoing = this.#session.connection.temporaries.outgoing(message);
    this.#inner.send(this.#identified(outgoing, send.number), send.inner);
  }

  #identified(message: MessageData, number: number): MessageData {
    if (!this.#detectsDuplicates || message.duplicateId !== undefined) return message;
    return { ...message, duplicateId: message.messageId ?? `ID:${this.#id}:${number}` };
  }

  #confirmed(upTo: number): void {
    const all = this.#unconfirmed;
    const before = this.#head;
    while (this.#head < all.length) {
      const { inner } = all[this.#head] as Unconfirmed;
      if (inner === 0 || inner > upTo) break;
      this.#head++;
    }
    if (this.#head === before) return;
    const { number } = all[this.#head - 1] as Unconfirmed;
    this.#compact();
    this.#sink.onConfirmed(number);
  }

  /** Hot: what is confirmed leaves the list many at a time. */
  #compact(): void {
    if (this.#head === this.#unconfirmed.length) this.#forgetAll();
    else if (this.#head >= COMPACT_AT && this.#head * 2 >= this.#unconfirmed.length) {
      this.#unconfirmed = this.#unconfirmed.slice(this.#head);
      this.#head = 0;
    }
  }

  #forgetAll(): void {
    this.#unconfirmed = [];
    this.#head = 0;
  }

  #find(wanted: (send: Unconfirmed) => boolean): Unconfirmed | undefined {
    return this.#unconfirmed.slice(this.#head).find(wanted);
  }

  #refused(inner: number, error: Error): void {
    const send = this.#find((one) => one.inner === inner);
    if (send === undefined) return;
    this.#drop(send);
    this.#sink.onRefused(send.number, error);
  }

  #drop(send: Unconfirmed): void {
    const at = this.#unconfirmed.lastIndexOf(send);
    if (at >= 0) this.#unconfirmed.splice(at, 1);
  }
}
