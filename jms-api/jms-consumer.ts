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
import type { Reading } from './dispatcher.ts';
import { Envelope } from './envelope.ts';
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
import { NO_PATIENCE, type Patience } from './pending-receive.ts';
import {
  type ConsumerRequest,
  type DeliverySink,
  Outcome,
  type ProviderConsumer,
} from './provider.ts';
import { callListener, currentCall, isThenable, type ListenerCall } from './scope.ts';

/** @internal */
export class JmsConsumer implements MessageConsumer, DeliverySink {
  readonly destination: DestinationData;
  readonly request: ConsumerRequest;
  readonly #session: JmsSession;
  /** How many may wait here; 0: each is asked for when somebody wants it. */
  readonly #prefetch: number;
  readonly #attemptsMax: number;
  readonly #closure: Closure = new Closure('consumer');
  readonly #inbox: Fifo<Envelope> = new Fifo();
  #provider: ProviderConsumer | undefined;
  /** Taken from the inbox since the last grant. */
  #taken = 0;
  /** Handed out and not settled. */
  #handed = 0;
  /** Without prefetch: one was asked for and has not come. */
  #asked = false;
  /** Grows when the connection was interrupted. */
  #epoch = 0;
  #given: MessageListenerLike | null = null;
  #listener: ((message: Message) => unknown) | null = null;
  /** Whether the listener may return promises; a plain one is called a cheaper way. */
  #follow = true;
  /** In the session's list of consumers that have something for their listener. */
  queued = false;

  constructor(
    session: JmsSession,
    destination: DestinationData,
    request: ConsumerRequest,
    prefetch: number,
  ) {
    this.#session = session;
    this.destination = destination;
    this.request = request;
    this.#prefetch = prefetch;
    const most = session.options.maxRedeliveries;
    this.#attemptsMax = most < 0 ? Number.POSITIVE_INFINITY : most + 1;
  }

  /** Begins to receive; called once. */
  begin(provider: ProviderConsumer): void {
    this.#provider = provider;
    this.#grantAll();
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

  /** Nothing is prefetched. */
  get pulls(): boolean {
    return this.#prefetch === 0;
  }

  /** A receive whose time is over asks the broker once more. */
  get looksLate(): boolean {
    return this.pulls && !this.#session.options.receiveLocalOnly;
  }

  onMessage(delivery: unknown, message: MessageData, attempt: number): void {
    this.#asked = false;
    this.#inbox.push(new Envelope(this, delivery, message, attempt, this.#epoch));
    this.#session.dispatcher.arrived(this);
  }

  onEnd(error: Error): void {
    this.#session.consumerEnded(this, error);
  }

  /** Hands out the next message that still lives, and that did not come too often. */
  next(): Envelope | undefined {
    for (;;) {
      const envelope = this.#inbox.shift();
      if (envelope === undefined) {
        // All that had come had expired, or had come too often.
        if (this.pulls && this.listening) this.want();
        return undefined;
      }
      if (!envelope.again) this.#replenish();
      this.#handed++;
      const { expiresAt } = envelope.data;
      if (expiresAt !== undefined && this.#session.expired(expiresAt)) {
        this.settle(envelope, Outcome.expired);
      } else if (envelope.attempt > this.#attemptsMax) {
        this.settle(envelope, this.#session.options.exhausted);
      } else return envelope;
    }
  }

  /** Says what became of a message that was handed out. */
  settle(envelope: Envelope, outcome: Outcome): void {
    if (envelope.epoch !== this.#epoch) return;
    this.#handed--;
    if (this.#session.lost) return;
    try {
      this.#provider?.settle(envelope.delivery, outcome);
    } catch (error) {
      this.#session.settlement.failed(envelope, error);
    }
    if (this.closed && this.#handed === 0) this.#session.report(this.#finish());
  }

  /** Puts a message that was handed out back to the front, to be delivered again. */
  redeliver(envelope: Envelope): void {
    if (this.closed) {
      this.settle(envelope, Outcome.failed);
      return;
    }
    if (envelope.epoch !== this.#epoch) return;
    envelope.attempt++;
    this.putBack(envelope);
    this.#session.dispatcher.arrived(this);
  }

  /** Puts a message back to the front as if it had not been handed out. */
  putBack(envelope: Envelope): void {
    if (envelope.epoch !== this.#epoch) return;
    this.#handed--;
    envelope.again = true;
    this.#inbox.unshift(envelope);
  }

  /** Calls the listener; a promise if it is not done when it returns. */
  callListener(message: Message, call: ListenerCall): unknown {
    if (this.#listener === null) return undefined;
    const result = callListener(call, this.#follow, this.#listener, message);
    this.#follow = isThenable(result);
    return result;
  }

  getMessageSelector(): string | null {
    this.check();
    return this.request.selector ?? null;
  }

  getMessageListener(): MessageListener | null {
    this.check();
    if (typeof this.#given !== 'function') return this.#given;
    return { onMessage: this.#given };
  }

  setMessageListener(listener: MessageListenerLike | null): void {
    this.check();
    this.#session.dispatcher.checkNoReceive();
    const had = this.#listener !== null;
    const call = listener === null ? null : functionOf(listener);
    this.#given = listener;
    this.#listener = call;
    this.#follow = true;
    this.#session.dispatcher.listenerChanged(this, had);
    if (this.pulls && call !== null && this.waiting === 0) this.want();
  }

  receive(timeout?: number | ReceiveOptions): Promise<Message | null> {
    return this.receiveAs(timeout, undefined) as Promise<Message | null>;
  }

  receiveNoWait(): Promise<Message | null> {
    return this.receiveNowAs(undefined) as Promise<Message | null>;
  }

  /** Receives, and returns what `read` makes of the message. */
  receiveAs(timeout: number | ReceiveOptions | undefined, read?: Reading): Promise<unknown> {
    try {
      this.check();
      const patience = patienceOf(timeout);
      patience.signal?.throwIfAborted();
      return this.#session.dispatcher.receive(this, patience, read);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  async receiveNowAs(read?: Reading): Promise<unknown> {
    this.check();
    if (this.#inbox.length === 0 && this.#session.options.receiveNoWaitLocalOnly) return null;
    return await this.#session.dispatcher.receiveNow(this, read);
  }

  /** Somebody waits: without prefetch, the broker has to be asked. */
  want(): void {
    if (!this.pulls || this.#asked || this.closed || this.#session.lost) return;
    this.#asked = true;
    this.#provider?.grant(1);
  }

  /** Makes the inbox hold whatever the broker has for us now. */
  async pull(): Promise<void> {
    if (this.#inbox.length > 0 || this.#provider === undefined) return;
    this.want();
    await this.#drain();
    if (this.closed || this.#session.lost) return;
    this.#grantAll();
  }

  /** Asks for nothing more; what was on its way is here when it resolves. */
  async withdraw(): Promise<void> {
    if (this.#asked) await this.#drain();
  }

  /** Gives back what was not handed out, and takes no more until `resume`. */
  async recall(): Promise<void> {
    if (this.closed || this.#session.lost || this.#provider === undefined) return;
    await this.#drain();
    this.#emptyInbox();
  }

  resume(): void {
    if (this.closed || this.#session.lost) return;
    this.#asked = false;
    this.#grantAll();
    if (this.pulls && this.listening) this.want();
  }

  /** The connection was interrupted: what came by it is void. */
  interrupted(): void {
    this.#epoch++;
    this.#handed = 0;
    this.#asked = false;
    while (this.#inbox.shift() !== undefined);
    if (this.closed) this.#session.report(this.#finish());
  }

  close(): Promise<void> {
    return this.#closure.close(async () => {
      this.#session.dispatcher.consumerClosing(this);
      if (currentCall()?.session !== this.#session) await this.#session.dispatcher.idle(this);
      this.#session.consumerClosing();
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

  protected check(): void {
    this.#session.check();
    this.#closure.check();
  }

  #grantAll(): void {
    this.#taken = 0;
    const room = this.#prefetch - this.#inbox.length;
    if (room > 0) this.#provider?.grant(room);
  }

  /** Grants in halves of the prefetch, so that not every message costs a grant. */
  #replenish(): void {
    if (++this.#taken < this.#prefetch / 2 || this.pulls || this.#session.lost) return;
    if (!this.closed) this.#provider?.grant(this.#taken);
    this.#taken = 0;
  }

  async #drain(): Promise<void> {
    if (this.#provider !== undefined) await this.#session.answer(this.#provider.drain());
    this.#asked = false;
  }

  #emptyInbox(): void {
    for (;;) {
      const envelope = this.#inbox.shift();
      if (envelope === undefined) return;
      if (this.#session.lost) continue;
      const outcome = envelope.again && envelope.attempt > 1 ? Outcome.failed : Outcome.released;
      this.#provider?.settle(envelope.delivery, outcome);
    }
  }

  /** Closed, but with messages that are not acknowledged: take no more, and wait for those. */
  async #linger(): Promise<void> {
    if (this.#session.lost) return;
    await this.#drain();
    this.#emptyInbox();
  }

  async #finish(): Promise<void> {
    const provider = this.#provider;
    this.#provider = undefined;
    if (provider !== undefined && !this.#session.lost) {
      await this.#session.answer(provider.close());
    }
    this.#session.consumerClosed(this);
  }
}

function functionOf(listener: MessageListenerLike): (message: Message) => unknown {
  if (typeof listener === 'function') return listener;
  if (typeof listener?.onMessage !== 'function') {
    throw new IllegalArgumentException('a MessageListener is a function, or has onMessage()');
  }
  return (message) => listener.onMessage(message);
}

function patienceOf(timeout: number | ReceiveOptions | undefined): Patience {
  if (timeout === undefined) return NO_PATIENCE;
  const { timeout: timeoutMs = 0, signal } =
    typeof timeout === 'number' ? { timeout, signal: undefined } : timeout;
  if (!(timeoutMs >= 0)) {
    throw new IllegalArgumentException(`a receive waits 0 ms (for ever) or more, not ${timeoutMs}`);
  }
  return { timeoutMs: timeoutMs === Number.POSITIVE_INFINITY ? 0 : timeoutMs, signal };
}
