// Who gets the next message of a session, and when: the one receive that waits, or the listeners, one
// at a time. And what becomes of it: acknowledged, remembered, or delivered again. [JMS 6.2]
//
//     arrived ──► wake ──► (a microtask later) work ──► the waiting receive
//                                              └──────► listeners, one after the other, until one
//                                                       returns a promise: then go on after it
//
// Invariant: at most one listener of a session runs at a time, and none together with a receive.
// Every BREATH_AFTER messages the session gives the event loop a turn, for two sessions that play
// ping-pong in one process would otherwise keep timers and sockets waiting for ever.

import { IllegalStateException, JMSException } from './errors.ts';
import { Fifo } from './fifo.ts';
import type { Envelope, JmsConsumer } from './jms-consumer.ts';
import type { Acknowledger, JmsMessage } from './jms-message.ts';
import type { Message } from './message.ts';
import { type Patience, PendingReceive } from './pending-receive.ts';
import { Outcome } from './provider.ts';
import { receivedMessage } from './received-message.ts';
import { isThenable, type ListenerCall } from './scope.ts';

const BREATH_AFTER = 256;
/** A listener that fails gets the message again so many times. [JMS 8.7] */
const REDELIVERIES_MAX = 6;

/** What the dispatcher has to know of its session. */
export interface DispatchedSession extends Acknowledger {
  /** Started, open, and not lost. */
  readonly deliverable: boolean;
  /** Messages wait for `acknowledge()`. */
  readonly clientAcknowledges: boolean;
  onProblem(error: Error): void;
}

/** @internal */
export class Dispatcher {
  readonly #session: DispatchedSession;
  /** Consumers that have a listener and something for it, in turn. */
  readonly #ready: Fifo<JmsConsumer> = new Fifo();
  #listeners = 0;
  /** What the running listener was given. */
  #current: Envelope | null = null;
  /** `recover()` was called while the current message's listener ran. */
  #recovered = false;
  #idleWaiters: (() => void)[] = [];
  #receive: PendingReceive<JmsConsumer> | null = null;
  /** Delivered and not acknowledged, in order; of a CLIENT_ACKNOWLEDGE session only. */
  #unacknowledged: Envelope[] = [];
  #scheduled = false;
  #sinceBreath = 0;
  readonly #run: () => void;

  constructor(session: DispatchedSession) {
    this.#session = session;
    this.#run = () => this.#work();
  }

  /** A consumer has one message more. Called by the provider: nothing is done at once. */
  arrived(consumer: JmsConsumer): void {
    if (consumer.listening) this.#enlist(consumer);
    else if (this.#receive?.consumer === consumer) this.wake();
  }

  listenerChanged(consumer: JmsConsumer, had: boolean): void {
    this.#listeners += Number(consumer.listening) - Number(had);
    if (consumer.listening && consumer.waiting > 0) this.#enlist(consumer);
  }

  /** @throws {IllegalStateException} if a receive is pending [JMS 6.2.5] */
  checkNoReceive(): void {
    if (this.#receive === null) return;
    throw new IllegalStateException(
      'a receive is pending on this session: a session does one thing at a time [JMS 6.2.5]',
    );
  }

  receive(consumer: JmsConsumer, patience: Patience): Promise<Message | null> {
    this.#checkReceive();
    if (consumer.waiting > 0 && this.#sinceBreath < BREATH_AFTER) {
      const message = this.#take(consumer);
      if (message !== undefined) return Promise.resolve(message);
    }
    return new Promise((resolve, reject) => {
      const over = () => {
        this.#receive = null;
      };
      this.#receive = new PendingReceive(consumer, patience, resolve, reject, over);
      if (consumer.waiting > 0) this.wake();
    });
  }

  async receiveNow(consumer: JmsConsumer): Promise<Message | null> {
    this.#checkReceive();
    if (!this.#session.deliverable) return null;
    let over = () => {};
    const ended = new Promise<Message | null>((resolve, reject) => {
      over = () => {
        this.#receive = null;
      };
      const patience = { timeoutMs: 0, signal: undefined };
      this.#receive = new PendingReceive(consumer, patience, resolve, reject, over);
    });
    const pending = this.#receive;
    if (++this.#sinceBreath >= BREATH_AFTER) await breath();
    consumer.pull().then(
      () => {
        if (this.#receive === pending) pending?.finish(this.#take(consumer) ?? null);
      },
      (error) => {
        if (this.#receive === pending) pending?.fail(error);
      },
    );
    return await ended;
  }

  consumerClosing(consumer: JmsConsumer): void {
    if (this.#receive?.consumer === consumer) this.#receive.finish(null);
    if (consumer.listening) this.#listeners--;
  }

  /** Resolves when no listener runs; with a consumer, when not that one's. */
  idle(consumer?: JmsConsumer): Promise<void> {
    const running = this.#current;
    if (running === null || (consumer !== undefined && running.consumer !== consumer)) {
      return Promise.resolve();
    }
    return new Promise((resolve) => this.#idleWaiters.push(resolve));
  }

  /** Goes on with what waits: the connection was started, or something arrived. */
  wake(): void {
    if (this.#scheduled || !this.#session.deliverable) return;
    this.#scheduled = true;
    if (this.#sinceBreath < BREATH_AFTER) queueMicrotask(this.#run);
    else {
      this.#sinceBreath = 0;
      setImmediate(this.#run);
    }
  }

  /** The connection is lost: nothing comes any more. */
  fail(error: Error): void {
    this.#receive?.fail(error);
  }

  /** The session closes: a receive that waits returns null. */
  end(): void {
    this.#receive?.finish(null);
  }

  /** Settles all that is not acknowledged. */
  settleAll(outcome: Outcome): void {
    const all = this.#unacknowledged;
    this.#unacknowledged = [];
    for (const envelope of all) envelope.consumer.settle(envelope, outcome);
  }

  /** Delivers again what is not acknowledged, from the first of it. [JMS 6.2.10] */
  recover(): void {
    const again = this.#unacknowledged;
    this.#unacknowledged = [];
    if (!this.#session.clientAcknowledges && this.#current !== null) this.#recovered = true;
    for (const envelope of again.reverse()) envelope.consumer.redeliver(envelope);
  }

  #checkReceive(): void {
    this.checkNoReceive();
    if (this.#listeners === 0) return;
    throw new IllegalStateException(
      'the session has a message listener: its messages cannot be received as well [JMS 6.2.5]',
    );
  }

  #enlist(consumer: JmsConsumer): void {
    if (!consumer.queued) {
      consumer.queued = true;
      this.#ready.push(consumer);
    }
    this.wake();
  }

  #work(): void {
    this.#scheduled = false;
    if (!this.#session.deliverable) return;
    const receive = this.#receive;
    if (receive !== null) {
      const message = this.#take(receive.consumer);
      if (message !== undefined) receive.finish(message);
    }
    this.#dispatch();
  }

  /** The next message for a receive; acknowledged at once, unless the client does that. */
  #take(consumer: JmsConsumer): JmsMessage | undefined {
    if (!this.#session.deliverable) return undefined;
    const envelope = consumer.next();
    if (envelope === undefined) return undefined;
    this.#sinceBreath++;
    const message = receivedMessage(
      envelope.data,
      envelope.attempt,
      consumer.destination,
      this.#session,
    );
    if (this.#session.clientAcknowledges) this.#unacknowledged.push(envelope);
    else consumer.settle(envelope, Outcome.accepted);
    return message;
  }

  #dispatch(): void {
    while (this.#current === null && this.#session.deliverable) {
      if (this.#sinceBreath >= BREATH_AFTER) {
        if (this.#ready.length > 0) this.wake();
        return;
      }
      const consumer = this.#ready.shift();
      if (consumer === undefined) return;
      consumer.queued = false;
      if (!consumer.listening || consumer.closed) continue;
      const envelope = consumer.next();
      if (envelope === undefined) continue;
      if (consumer.waiting > 0) {
        consumer.queued = true;
        this.#ready.push(consumer);
      }
      this.#deliver(envelope);
    }
  }

  #deliver(envelope: Envelope): void {
    const { consumer } = envelope;
    this.#sinceBreath++;
    this.#current = envelope;
    if (this.#session.clientAcknowledges) this.#unacknowledged.push(envelope);
    const call: ListenerCall = { session: this.#session, active: true };
    try {
      const message = receivedMessage(
        envelope.data,
        envelope.attempt,
        consumer.destination,
        this.#session,
      );
      const result = consumer.callListener(message, call);
      if (isThenable(result)) {
        result.then(
          () => this.#returned(envelope, call),
          (error) => this.#failed(envelope, call, error),
        );
        return;
      }
    } catch (error) {
      this.#leave(call);
      this.#afterFailure(envelope, error);
      return;
    }
    this.#leave(call);
    this.#afterReturn(envelope);
  }

  /** The promise of a listener resolved. */
  #returned(envelope: Envelope, call: ListenerCall): void {
    this.#leave(call);
    this.#afterReturn(envelope);
    this.#dispatch();
  }

  #failed(envelope: Envelope, call: ListenerCall, error: unknown): void {
    this.#leave(call);
    this.#afterFailure(envelope, error);
    this.#dispatch();
  }

  #afterReturn(envelope: Envelope): void {
    if (this.#session.clientAcknowledges) return;
    if (this.#recovered) {
      this.#recovered = false;
      envelope.consumer.redeliver(envelope);
    } else envelope.consumer.settle(envelope, Outcome.accepted);
  }

  /** The listener failed: again at once, unless the client acknowledges. [JMS 8.7] */
  #afterFailure(envelope: Envelope, error: unknown): void {
    this.#recovered = false;
    const client = this.#session.clientAcknowledges;
    if (!client && envelope.attempt <= REDELIVERIES_MAX) {
      envelope.consumer.redeliver(envelope);
      return;
    }
    if (!client) envelope.consumer.settle(envelope, Outcome.rejected);
    const fate = client ? 'it stays unacknowledged' : `given up after ${envelope.attempt} attempts`;
    const id = envelope.data.messageId ?? 'without id';
    this.#session.onProblem(
      new JMSException(`a listener failed with message ${id}; ${fate}`, null, { cause: error }),
    );
  }

  #leave(call: ListenerCall): void {
    call.active = false;
    this.#current = null;
    if (this.#idleWaiters.length === 0) return;
    const waiters = this.#idleWaiters;
    this.#idleWaiters = [];
    for (const resolve of waiters) resolve();
  }
}

function breath(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
