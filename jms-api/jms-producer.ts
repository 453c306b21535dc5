// A producer: the headers that a send sets, and the promises of sends that are not confirmed yet.
// The provider confirms by number, a whole range at a time; here each send gets its own answer.
// [JMS 7, 3.4.11]

import { Closure } from './closure.ts';
import { DeliveryMode } from './delivery-mode.ts';
import { type Destination, dataOf, isDestination } from './destination.ts';
import { JMSException, UnsupportedOperationException } from './errors.ts';
import { Fifo } from './fifo.ts';
import { copyHeaders, ownMessage } from './foreign-message.ts';
import { JmsMessage } from './jms-message.ts';
import type { JmsSession } from './jms-session.ts';
import { Message } from './message.ts';
import type { DestinationData } from './message-data.ts';
import type { CompletionListener, MessageProducer } from './message-producer.ts';
import type { ConfirmSink, ProviderProducer } from './provider.ts';

/** Somebody waits for the confirmation of a send; the refused ones have been told. */
interface Waiting {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
  refused: boolean;
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
  #deliveryMode: DeliveryMode = DeliveryMode.PERSISTENT;
  #priority = 4;
  #timeToLive = 0;
  #disableMessageID = false;
  #disableTimestamp = false;

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
      const text = 'the connection was lost before the send was confirmed';
      waiting.reject(new JMSException(text, null, { cause }));
    }
    this.#toldAll();
  }

  setDisableMessageID(value: boolean): void {
    this.#check();
    this.#disableMessageID = value;
  }
  getDisableMessageID(): boolean {
    this.#check();
    return this.#disableMessageID;
  }
  setDisableMessageTimestamp(value: boolean): void {
    this.#check();
    this.#disableTimestamp = value;
  }
  getDisableMessageTimestamp(): boolean {
    this.#check();
    return this.#disableTimestamp;
  }
  setDeliveryMode(deliveryMode: DeliveryMode): void {
    this.#check();
    this.#deliveryMode = checkDeliveryMode(deliveryMode);
  }
  getDeliveryMode(): DeliveryMode {
    this.#check();
    return this.#deliveryMode;
  }
  setPriority(defaultPriority: number): void {
    this.#check();
    this.#priority = checkPriority(defaultPriority);
  }
  getPriority(): number {
    this.#check();
    return this.#priority;
  }
  setTimeToLive(timeToLive: number): void {
    this.#check();
    this.#timeToLive = checkTimeToLive(timeToLive);
  }
  getTimeToLive(): number {
    this.#check();
    return this.#timeToLive;
  }
  setDeliveryDelay(deliveryDelay: number): void {
    this.#check();
    if (deliveryDelay === 0) return;
    throw new UnsupportedOperationException('setDeliveryDelay is not supported by this version');
  }
  getDeliveryDelay(): number {
    this.#check();
    return 0;
  }
  getDestination(): Destination | null {
    this.#check();
    return this.#destination;
  }

  close(): Promise<void> {
    return this.#closure.close(async () => {
      if (this.#waiting.length > 0) {
        await new Promise<void>((resolve) => this.#emptyWaiters.push(resolve));
      }
      if (!this.#session.lost) await this.#provider?.close();
      this.#session.producerClosed(this);
    });
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
      this.#check();
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
      return this.#sendTo(dataOf(first), second, third, fourth, fifth, sixth);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  #sendTo(
    destination: DestinationData | null,
    given: unknown,
    mode: unknown,
    priority: unknown,
    timeToLive: unknown,
    completion: unknown,
  ): Promise<void> {
    if (isCompletionListener(mode) || isCompletionListener(completion)) {
      throw new UnsupportedOperationException(
        'send with a CompletionListener is not supported by this version; await the send',
      );
    }
    const message = ownMessage(given);
    if (destination === null) {
      throw new UnsupportedOperationException(
        'the producer has no destination: say send(destination, message) [JMS 7.1]',
      );
    }
    this.#stamp(
      message,
      destination,
      mode === undefined ? this.#deliveryMode : checkDeliveryMode(mode),
      priority === undefined ? this.#priority : checkPriority(priority),
      timeToLive === undefined ? this.#timeToLive : checkTimeToLive(timeToLive),
    );
    if (message !== given) copyHeaders(message, given as Message);
    return this.#hand(message);
  }

  #stamp(
    message: JmsMessage,
    destination: DestinationData,
    mode: DeliveryMode,
    priority: number,
    timeToLive: number,
  ): void {
    const now = this.#session.messageTimeMs();
    message.stamp(
      this.#disableMessageID ? null : `${this.#idPrefix}${this.#number + 1}`,
      destination,
      mode,
      priority,
      this.#disableTimestamp ? 0 : now,
      timeToLive === 0 ? 0 : now + timeToLive,
    );
  }

  /** Hands the message to the provider. Hot: no promise if it is confirmed before this returns. */
  #hand(message: JmsMessage): Promise<void> {
    const number = ++this.#number;
    this.#unanswered = true;
    try {
      this.#provider?.send(message.data(), number);
    } catch (error) {
      this.onRefused(number, error as Error);
    }
    if (this.#confirmed >= number) {
      this.#unanswered = false;
      this.#refusal = null;
      return DONE;
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject, refused: false });
      this.#unanswered = false;
      if (this.#refusal === null) return;
      const error = this.#refusal;
      this.#refusal = null;
      this.onRefused(number, error);
    });
  }

  /** The number of the oldest send that somebody waits for; of the next one, if nobody does. */
  get #oldest(): number {
    const last = this.#unanswered ? this.#number - 1 : this.#number;
    return last - this.#waiting.length + 1;
  }

  #check(): void {
    this.#session.check();
    this.#closure.check();
  }

  #toldAll(): void {
    if (this.#waiting.length > 0 || this.#emptyWaiters.length === 0) return;
    const waiters = this.#emptyWaiters;
    this.#emptyWaiters = [];
    for (const resolve of waiters) resolve();
  }
}

function isCompletionListener(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}

function checkDeliveryMode(mode: unknown): DeliveryMode {
  if (mode === DeliveryMode.PERSISTENT || mode === DeliveryMode.NON_PERSISTENT) return mode;
  throw new JMSException(`a delivery mode is 1 (NON_PERSISTENT) or 2 (PERSISTENT), not ${mode}`);
}

function checkPriority(priority: unknown): number {
  const fits = typeof priority === 'number' && Number.isInteger(priority);
  if (fits && priority >= 0 && priority <= 9) return priority;
  throw new JMSException(`a priority is an integer, 0 to 9, not ${priority}`);
}

function checkTimeToLive(timeToLive: unknown): number {
  if (typeof timeToLive === 'number' && timeToLive >= 0 && Number.isSafeInteger(timeToLive)) {
    return timeToLive;
  }
  throw new JMSException(`a time to live is an integer of ms, 0 or more, not ${timeToLive}`);
}
