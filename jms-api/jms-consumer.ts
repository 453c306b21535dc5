// A consumer: what has come and was not handed out (the inbox), the credit for more, the listener.
// Who gets the next message, and when, is the session's to say; so is what becomes of it.
//
//     provider ── onMessage ──► inbox ── next ──► handed out ── settle ──► provider
//                                 ▲                   │
//                                 └──── redeliver ────┘
//
// Invariant: the provider's consumer lives until all that was handed out is settled, even when the
// user has closed this one: closing has no effect on acknowledgement. [JMS 8.8]

import { Closure } from './closure.ts';
import { IllegalArgumentException } from './errors.ts';
import { Fifo } from './fifo.ts';
import type { JmsSession } from './jms-session.ts';
import type { Message } from './message.ts';
import type {
  MessageConsumer,
  MessageListener,
  MessageListenerLike,
  ReceiveOptions,
} from './message-consumer.ts';
import type { DestinationData, MessageData } from './message-data.ts';
import type { Patience } from './pending-receive.ts';
import { type DeliverySink, Outcome, type ProviderConsumer } from './provider.ts';
import { callListener, currentCall, isThenable, type ListenerCall } from './scope.ts';

/** A delivery on its way through the session. */
export class Envelope {
  readonly consumer: JmsConsumer;
  readonly delivery: unknown;
  readonly data: MessageData;
  /** 1 at first. */
  attempt: number;
  /** It was in the inbox before, and has used its credit. */
  again = false;

  constructor(consumer: JmsConsumer, delivery: unknown, data: MessageData, attempt: number) {
    this.consumer = consumer;
    this.delivery = delivery;
    this.data = data;
    this.attempt = attempt;
  }
}

const FOR_EVER: Patience = { timeoutMs: 0, signal: undefined };

/** @internal */
export class JmsConsumer implements MessageConsumer, DeliverySink {
  readonly destination: DestinationData;
  readonly #session: JmsSession;
  readonly #prefetch: number;
  readonly #closure: Closure = new Closure('consumer');
  readonly #inbox: Fifo<Envelope> = new Fifo();
  #provider: ProviderConsumer | undefined;
  /** Taken from the inbox since the last grant. */
  #taken = 0;
  /** Handed out and not settled. */
  #handed = 0;
  #given: MessageListenerLike | null = null;
  #listener: ((message: Message) => unknown) | null = null;
  /** Whether the listener may return promises; a plain one is called a cheaper way. */
  #follow = true;
  /** In the session's list of consumers that have something for their listener. */
  queued = false;

  constructor(session: JmsSession, destination: DestinationData, prefetch: number) {
    this.#session = session;
    this.destination = destination;
    this.#prefetch = prefetch;
  }

  /** Begins to receive; called once. */
  begin(provider: ProviderConsumer): void {
    this.#provider = provider;
    provider.grant(this.#prefetch);
  }

  get closed(): boolean {
    return this.#closure.closed;
  }

  get listening(): boolean {
    return this.#listener !== null;
  }

  get waiting(): number {
    return this.#inbox.length;
  }

  onMessage(delivery: unknown, message: MessageData, attempt: number): void {
    this.#inbox.push(new Envelope(this, delivery, message, attempt));
    this.#session.dispatcher.arrived(this);
  }

  onEnd(error: Error): void {
    this.#session.consumerEnded(this, error);
  }

  /** Hands out the next message that still lives. */
  next(): Envelope | undefined {
    for (;;) {
      const envelope = this.#inbox.shift();
      if (envelope === undefined) return undefined;
      if (!envelope.again) this.#replenish();
      this.#handed++;
      const { expiresAt } = envelope.data;
      if (expiresAt === undefined || expiresAt > this.#session.messageTimeMs()) return envelope;
      this.settle(envelope, Outcome.expired);
    }
  }

  /** Says what became of a message that was handed out. */
  settle(envelope: Envelope, outcome: Outcome): void {
    this.#handed--;
    if (this.#session.lost) return;
    this.#provider?.settle(envelope.delivery, outcome);
    if (this.closed && this.#handed === 0) this.#session.report(this.#finish());
  }

  /** Puts a message that was handed out back to the front, to be delivered again. */
  redeliver(envelope: Envelope): void {
    if (this.closed) {
      this.settle(envelope, Outcome.failed);
      return;
    }
    this.#handed--;
    envelope.attempt++;
    envelope.again = true;
    this.#inbox.unshift(envelope);
    this.#session.dispatcher.arrived(this);
  }

  /** Calls the listener; a promise if it is not done when it returns. */
  callListener(message: Message, call: ListenerCall): unknown {
    if (this.#listener === null) return undefined;
    const result = callListener(call, this.#follow, this.#listener, message);
    this.#follow = isThenable(result);
    return result;
  }

  getMessageSelector(): string | null {
    this.#check();
    return null;
  }

  getMessageListener(): MessageListener | null {
    this.#check();
    if (typeof this.#given !== 'function') return this.#given;
    return { onMessage: this.#given };
  }

  setMessageListener(listener: MessageListenerLike | null): void {
    this.#check();
    this.#session.dispatcher.checkNoReceive();
    const had = this.#listener !== null;
    this.#given = listener;
    this.#listener = listener === null ? null : functionOf(listener);
    this.#follow = true;
    this.#session.dispatcher.listenerChanged(this, had);
  }

  receive(timeout?: number | ReceiveOptions): Promise<Message | null> {
    try {
      this.#check();
      const patience = patienceOf(timeout);
      patience.signal?.throwIfAborted();
      return this.#session.dispatcher.receive(this, patience);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  async receiveNoWait(): Promise<Message | null> {
    this.#check();
    return await this.#session.dispatcher.receiveNow(this);
  }

  /** Makes the inbox hold whatever the broker has for us now. */
  async pull(): Promise<void> {
    if (this.#inbox.length > 0 || this.#provider === undefined) return;
    await this.#provider.drain();
    if (this.closed || this.#session.lost) return;
    this.#taken = 0;
    this.#provider.grant(Math.max(1, this.#prefetch - this.#inbox.length));
  }

  close(): Promise<void> {
    return this.#closure.close(async () => {
      this.#session.dispatcher.consumerClosing(this);
      if (currentCall()?.session !== this.#session) await this.#session.dispatcher.idle(this);
      this.#emptyInbox();
      if (this.#handed === 0) await this.#finish();
      else await this.#linger();
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  [Symbol.asyncIterator](): AsyncIterator<Message, undefined> {
    return {
      next: async () => {
        const value = this.closed ? null : await this.receive();
        return value === null ? { done: true, value: undefined } : { done: false, value };
      },
    };
  }

  #check(): void {
    this.#session.check();
    this.#closure.check();
  }

  /** Grants in halves of the prefetch, so that not every message costs a grant. */
  #replenish(): void {
    if (++this.#taken < this.#prefetch / 2 || this.#session.lost) return;
    if (!this.closed) this.#provider?.grant(this.#taken);
    this.#taken = 0;
  }

  #emptyInbox(): void {
    for (;;) {
      const envelope = this.#inbox.shift();
      if (envelope === undefined) return;
      if (this.#session.lost) continue;
      const outcome = envelope.again ? Outcome.failed : Outcome.released;
      this.#provider?.settle(envelope.delivery, outcome);
    }
  }

  /** Closed, but with messages that are not acknowledged: take no more, and wait for those. */
  async #linger(): Promise<void> {
    if (this.#session.lost) return;
    await this.#provider?.drain();
    this.#emptyInbox();
  }

  async #finish(): Promise<void> {
    const provider = this.#provider;
    this.#provider = undefined;
    if (!this.#session.lost) await provider?.close();
    this.#session.consumerClosed(this);
  }
}

function functionOf(listener: MessageListenerLike): (message: Message) => unknown {
  if (typeof listener === 'function') return listener;
  if (typeof listener.onMessage !== 'function') {
    throw new IllegalArgumentException('a MessageListener is a function, or has onMessage()');
  }
  return (message) => listener.onMessage(message);
}

function patienceOf(timeout: number | ReceiveOptions | undefined): Patience {
  if (timeout === undefined) return FOR_EVER;
  const { timeout: timeoutMs = 0, signal } =
    typeof timeout === 'number' ? { timeout, signal: undefined } : timeout;
  if (!(timeoutMs >= 0)) {
    throw new IllegalArgumentException(`a receive waits 0 ms (for ever) or more, not ${timeoutMs}`);
  }
  return { timeoutMs: timeoutMs === Number.POSITIVE_INFINITY ? 0 : timeoutMs, signal };
}
