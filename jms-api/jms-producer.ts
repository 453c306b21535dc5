// A producer: the headers that a send sets, and the promises and listeners of sends that are not
// confirmed yet. The provider confirms by number, a whole range at a time; here each send gets its
// own answer. [JMS 7, 3.4.11]

import { Closure, lostConnection } from './closure.ts';
import type { DeliveryMode } from './delivery-mode.ts';
import { type Destination, dataOf, isDestination } from './destination.ts';
import {
  IllegalArgumentException,
  IllegalStateException,
  JMSException,
  UnsupportedOperationException,
} from './errors.ts';
import { Fifo } from './fifo.ts';
import { copyHeaders, ownMessage } from './foreign-message.ts';
import { JmsMessage } from './jms-message.ts';
import type { JmsSession } from './jms-session.ts';
import { Message } from './message.ts';
import type { DestinationData } from './message-data.ts';
import type { CompletionListener, MessageProducer } from './message-producer.ts';
import type { ConfirmSink, ProviderProducer } from './provider.ts';
import { currentCall } from './scope.ts';
import { checkDeliveryMode, checkMs, checkPriority, SendOptions } from './send-options.ts';

/** Somebody waits for the confirmation of a send; the refused ones have been told. */
interface Waiting {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
  refused: boolean;
  /** When it takes too long; 0: never. */
  readonly lateAt: number;
}

/** What a send returns that is confirmed already. */
const DONE: Promise<void> = Promise.resolve();

/** @internal */
export class JmsProducer implements MessageProducer, ConfirmSink {
  readonly #session: JmsSession;
  readonly #destination: Destination | null;
  readonly #fixed: DestinationData | null;
  readonly #idPrefix: string;
  readonly #closure: Closure = new Closure('producer');
  readonly #waiting: Fifo<Waiting> = new Fifo();
  readonly #options: SendOptions = new SendOptions();
  #emptyWaiters: (() => void)[] = [];
  #provider: ProviderProducer | undefined;
  /** The number of the last send. */
  #number = 0;
  /** All sends up to this one are confirmed or refused. */
  #confirmed = 0;
  /** The last send is with the provider, and nobody waits for it yet. */
  #unanswered = false;
  /** That one was refused at once. */
  #refusal: Error | null = null;
  /** Looks for sends that take too long; there while some wait, if there is a bound. */
  #timer: NodeJS.Timeout | undefined;

  /** @param fixed - the destination as data; null: each send says it */
  constructor(
    session: JmsSession,
    destination: Destination | null,
    fixed: DestinationData | null,
    idPrefix: string,
  ) {
    this.#session = session;
    this.#destination = destination;
    this.#fixed = fixed;
    this.#idPrefix = idPrefix;
  }

  begin(provider: ProviderProducer): void {
    this.#provider = provider;
  }

  onConfirmed(upTo: number): void {
    this.#confirmed = upTo;
    for (let oldest = this.#oldest; oldest <= upTo; oldest++) {
      const waiting = this.#waiting.shift();
      if (waiting === undefined) break;
      if (!waiting.refused) waiting.resolve();
    }
    this.#toldAll();
  }

  onRefused(number: number, error: Error): void {
    if (this.#unanswered && number === this.#number) {
      this.#refusal = error;
      return;
    }
    const waiting = this.#waiting.at(number - this.#oldest);
    if (waiting === undefined || waiting.refused) return;
    waiting.refused = true;
    waiting.reject(error);
    while (this.#waiting.at(0)?.refused) this.#waiting.shift();
    this.#toldAll();
  }

  /** The connection is lost: whether unconfirmed sends arrived is not known. */
  fail(cause: Error): void {
    for (let waiting = this.#waiting.shift(); waiting; waiting = this.#waiting.shift()) {
      if (waiting.refused) continue;
      const what = 'the connection was lost before the send was confirmed';
      waiting.reject(lostConnection(cause, what));
    }
    clearTimeout(this.#timer);
    this.#toldAll();
  }

  setDisableMessageID(value: boolean): void {
    this.check();
    this.#options.disableMessageID = value;
  }
  getDisableMessageID(): boolean {
    this.check();
    return this.#options.disableMessageID;
  }
  setDisableMessageTimestamp(value: boolean): void {
    this.check();
    this.#options.disableTimestamp = value;
  }
  getDisableMessageTimestamp(): boolean {
    this.check();
    return this.#options.disableTimestamp;
  }
  setDeliveryMode(deliveryMode: DeliveryMode): void {
    this.check();
    this.#options.deliveryMode = checkDeliveryMode(deliveryMode);
  }
  getDeliveryMode(): DeliveryMode {
    this.check();
    return this.#options.deliveryMode;
  }
  setPriority(defaultPriority: number): void {
    this.check();
    this.#options.priority = checkPriority(defaultPriority);
  }
  getPriority(): number {
    this.check();
    return this.#options.priority;
  }
  setTimeToLive(timeToLive: number): void {
    this.check();
    this.#options.timeToLive = checkMs('a time to live', timeToLive);
  }
  getTimeToLive(): number {
    this.check();
    return this.#options.timeToLive;
  }
  setDeliveryDelay(deliveryDelay: number): void {
    this.check();
    const ms = checkMs('a delivery delay', deliveryDelay);
    if (ms > 0) this.#session.connection.need('delivery-delay', 'setDeliveryDelay');
    this.#options.deliveryDelay = ms;
  }
  getDeliveryDelay(): number {
    this.check();
    return this.#options.deliveryDelay;
  }
  getDestination(): Destination | null {
    this.check();
    return this.#destination;
  }

  close(): Promise<void> {
    const call = currentCall();
    if (call?.completion === true && call.session === this.#session) {
      const text = 'a CompletionListener cannot close the producer: the close would wait for it';
      return Promise.reject(new IllegalStateException(`${text} [JMS 7.3.4]`));
    }
    return this.closeAnyway();
  }

  /** Closes as its session does. */
  closeAnyway(): Promise<void> {
    return this.#closure.close(async () => {
      await this.settled();
      clearTimeout(this.#timer);
      if (this.#provider !== undefined && !this.#session.lost) {
        await this.#session.answer(this.#provider.close());
      }
      this.#session.producerClosed(this);
    });
  }

  /** Resolves when each send was confirmed or refused, and its CompletionListener told. */
  async settled(): Promise<void> {
    if (this.#waiting.length > 0) {
      await new Promise<void>((resolve) => this.#emptyWaiters.push(resolve));
    }
    await this.#session.completions.idle();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  send(
    first: Message | Destination,
    second?: Message | number | CompletionListener,
    third?: number | CompletionListener,
    fourth?: number,
    fifth?: number | CompletionListener,
    sixth?: CompletionListener,
  ): Promise<void> {
    try {
      this.check();
      const addressed =
        !(first instanceof JmsMessage) && (isDestination(first) || second instanceof Message);
      if (!addressed) {
        return this.#sendTo(this.#fixed, first, second, third, fourth, fifth);
      }
      if (this.#fixed !== null) {
        throw new UnsupportedOperationException(
          'send(destination, message) is for a producer made without a destination [JMS 7.1]',
        );
      }
      return this.#sendTo(dataOf(first as Destination), second, third, fourth, fifth, sixth);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Sends with the options of somebody else. */
  sendWith(
    destination: DestinationData,
    message: JmsMessage,
    original: Message,
    options: SendOptions,
    completion: CompletionListener | null,
  ): Promise<void> {
    this.check();
    this.#stamp(
      message,
      destination,
      options,
      options.deliveryMode,
      options.priority,
      options.timeToLive,
    );
    if (message !== original) copyHeaders(message, original);
    return this.#hand(message, original, completion);
  }

  protected check(): void {
    this.#session.check();
    this.#closure.check();
  }

  #sendTo(
    destination: DestinationData | null,
    given: unknown,
    mode: unknown,
    priority: unknown,
    timeToLive: unknown,
    last: unknown,
  ): Promise<void> {
    if (last === null || (mode === null && priority === undefined)) {
      throw new IllegalArgumentException('send got null where a CompletionListener goes [JMS 7.3]');
    }
    const short = typeof mode === 'object' && mode !== null;
    const completion = completionListenerOf(short ? mode : last);
    const message = ownMessage(given);
    if (destination === null) {
      throw new UnsupportedOperationException(
        'the producer has no destination: say send(destination, message) [JMS 7.1]',
      );
    }
    const options = this.#options;
    this.#stamp(
      message,
      destination,
      options,
      mode === undefined || short ? options.deliveryMode : checkDeliveryMode(mode),
      priority === undefined ? options.priority : checkPriority(priority),
      timeToLive === undefined ? options.timeToLive : checkMs('a time to live', timeToLive),
    );
    if (message !== given) copyHeaders(message, given as Message);
    return this.#hand(message, given as Message, completion);
  }

  #stamp(
    message: JmsMessage,
    destination: DestinationData,
    options: SendOptions,
    mode: DeliveryMode,
    priority: number,
    timeToLive: number,
  ): void {
    const now = this.#session.messageTimeMs();
    message.stamp(
      options.disableMessageID ? null : `${this.#idPrefix}${this.#number + 1}`,
      destination,
      mode,
      priority,
      options.disableTimestamp ? 0 : now,
      timeToLive === 0 ? 0 : now + timeToLive,
      now,
      options.deliveryDelay,
    );
  }

  /** Hands the message to the provider. Hot: no promise if it is confirmed before this returns. */
  #hand(
    message: JmsMessage,
    original: Message,
    completion: CompletionListener | null,
  ): Promise<void> {
    this.#session.sending();
    const data = message.data();
    const number = ++this.#number;
    this.#unanswered = true;
    try {
      this.#provider?.send(data, number);
    } catch (error) {
      this.onRefused(number, error as Error);
    }
    if (completion !== null) {
      const { complete, fail } = this.#session.completions.add(original, completion);
      this.#await(number, complete, fail);
      return DONE;
    }
    if (this.#confirmed >= number && this.#refusal === null) {
      this.#unanswered = false;
      return DONE;
    }
    return new Promise((resolve, reject) => this.#await(number, resolve, reject));
  }

  /** Sees to it that one of the two is called when the fate of the last send is known. */
  #await(number: number, resolve: () => void, reject: (error: unknown) => void): void {
    this.#unanswered = false;
    const error = this.#refusal;
    this.#refusal = null;
    if (this.#confirmed >= number) {
      if (error === null) resolve();
      else reject(error);
      return;
    }
    this.#waiting.push({ resolve, reject, refused: false, lateAt: this.#lateAt() });
    if (error !== null) this.onRefused(number, error);
  }

  /** When a send of now takes too long. Hot: without a bound it costs a comparison. */
  #lateAt(): number {
    const { sendTimeoutMs } = this.#session.options;
    if (sendTimeoutMs < 0) return 0;
    this.#timer ??= setTimeout(() => this.#endLate(), sendTimeoutMs);
    return performance.now() + sendTimeoutMs;
  }

  /** Lets go of sends that took too long; they are in doubt. */
  #endLate(): void {
    const now = performance.now();
    const ms = this.#session.options.sendTimeoutMs;
    const text = `not confirmed within jms.sendTimeout=${ms} ms: whether it arrived is not known`;
    let first = this.#waiting.at(0);
    for (; first !== undefined && first.lateAt <= now + 1; first = this.#waiting.at(0)) {
      const number = this.#oldest;
      this.#provider?.forget?.(number);
      this.onRefused(number, new JMSException(text, 'send-timeout'));
    }
    this.#timer = first && setTimeout(() => this.#endLate(), first.lateAt - now);
  }

  /** The number of the oldest send that somebody waits for; of the next one, if nobody does. */
  get #oldest(): number {
    const last = this.#unanswered ? this.#number - 1 : this.#number;
    return last - this.#waiting.length + 1;
  }

  #toldAll(): void {
    if (this.#waiting.length > 0 || this.#emptyWaiters.length === 0) return;
    const waiters = this.#emptyWaiters;
    this.#emptyWaiters = [];
    for (const resolve of waiters) resolve();
  }
}

/** @throws {IllegalArgumentException} for what is there and is none */
export function completionListenerOf(value: unknown): CompletionListener | null {
  if (value === undefined || value === null) return null;
  const { onCompletion, onException } = value as Partial<CompletionListener>;
  if (typeof onCompletion === 'function' && typeof onException === 'function') {
    return value as CompletionListener;
  }
  throw new IllegalArgumentException(
    'a CompletionListener has the methods onCompletion and onException [JMS 7.3]',
  );
}
