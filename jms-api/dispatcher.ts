// Who gets the next message of a session, and when: the one receive that waits, or the listeners, one
// at a time. What becomes of it then is the `Settlement`'s. [JMS 6.2]
//
//     arrived ──► wake ──► (a microtask later) work ──► the waiting receive
//                                              └──────► listeners, one after the other, until one
//                                                       returns a promise: then go on after it
//
// Invariant: at most one listener of a session runs at a time, and none together with a receive.
// Every BREATH_AFTER messages the session gives the event loop a turn, for two sessions that play
// ping-pong in one process would otherwise keep timers and sockets waiting for ever.

import type { Envelope } from './envelope.ts';
import { IllegalStateException } from './errors.ts';
import { Fifo } from './fifo.ts';
import type { JmsConsumer } from './jms-consumer.ts';
import type { JmsMessage } from './jms-message.ts';
import { NO_PATIENCE, type Patience, PendingReceive } from './pending-receive.ts';
import { receivedMessage } from './received-message.ts';
import { isThenable, type ListenerCall } from './scope.ts';
import type { Settlement } from './settlement.ts';

const BREATH_AFTER = 256;

/** What `#take` returns when there is nothing to take. */
const NOTHING: unique symbol = Symbol('nothing');

/** Turns a message into what a receive returns; may throw. */
export type Reading = (message: JmsMessage) => unknown;

/** What the dispatcher has to know of its session. */
export interface DispatchedSession {
  /** Started, open, not lost, and no transaction just ends. */
  readonly deliverable: boolean;
}

/** @internal */
export class Dispatcher {
  readonly #session: DispatchedSession;
  readonly #settlement: Settlement;
  /** Consumers that have a listener and something for it, in turn. */
  readonly #ready: Fifo<JmsConsumer> = new Fifo();
  #listeners = 0;
  /** What the running listener was given. */
  #current: Envelope | null = null;
  #idleWaiters: (() => void)[] = [];
  #receive: PendingReceive<JmsConsumer> | null = null;
  #scheduled = false;
  #sinceBreath = 0;
  readonly #run: () => void;

  constructor(session: DispatchedSession, settlement: Settlement) {
    this.#session = session;
    this.#settlement = settlement;
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

  receive(consumer: JmsConsumer, patience: Patience, read?: Reading): Promise<unknown> {
    this.#checkReceive();
    if (consumer.waiting > 0 && this.#sinceBreath < BREATH_AFTER) {
      const taken = this.#take(consumer, read);
      if (taken !== NOTHING) return Promise.resolve(taken);
    }
    const pending = this.#wait(consumer, patience, read);
    if (consumer.waiting > 0) this.wake();
    else consumer.want();
    return pending;
  }

  async receiveNow(consumer: JmsConsumer, read?: Reading): Promise<unknown> {
    this.#checkReceive();
    if (!this.#session.deliverable) return null;
    const ended = this.#wait(consumer, NO_PATIENCE, read);
    const pending = this.#receive;
    if (++this.#sinceBreath >= BREATH_AFTER) await breath();
    consumer.pull().then(
      () => this.#finishNow(pending),
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

  /** There is a way to the broker again: what was asked for has to be asked for anew. */
  resumed(): void {
    this.#receive?.consumer.want();
    this.wake();
  }

  /** The connection is lost: nothing comes any more. */
  fail(error: Error): void {
    this.#receive?.fail(error);
  }

  /** The session closes: a receive that waits returns null. */
  end(): void {
    this.#receive?.finish(null);
  }

  /** `recover()` was called: from a listener perhaps. [JMS 6.2.10] */
  recover(): void {
    this.#settlement.recover(this.#current !== null);
  }

  #wait(consumer: JmsConsumer, patience: Patience, read: Reading | undefined): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const over = () => {
        this.#receive = null;
      };
      const pending = new PendingReceive(consumer, patience, read, resolve, reject, over);
      // Without prefetch the broker may have sent the one that was asked for: look before leaving.
      if (consumer.looksLate) pending.late = () => this.#lastLook(pending);
      this.#receive = pending;
    });
  }

  #lastLook(pending: PendingReceive<JmsConsumer>): void {
    pending.consumer.withdraw().then(
      () => this.#finishNow(pending),
      () => this.#finishNow(pending),
    );
  }

  #finishNow(pending: PendingReceive<JmsConsumer> | null): void {
    if (pending === null || this.#receive !== pending) return;
    if (!this.#serve(pending)) pending.finish(null);
  }

  /** Gives a waiting receive its message; false if there is none. */
  #serve(receive: PendingReceive<JmsConsumer>): boolean {
    try {
      const taken = this.#take(receive.consumer, receive.read);
      if (taken === NOTHING) return false;
      receive.finish(taken);
    } catch (error) {
      receive.fail(error);
    }
    return true;
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
    if (this.#receive !== null) this.#serve(this.#receive);
    this.#dispatch();
  }

  /** The next message for a receive, or what it reads of it. */
  #take(consumer: JmsConsumer, read: Reading | undefined): unknown {
    if (!this.#session.deliverable) return NOTHING;
    const envelope = consumer.next();
    if (envelope === undefined) return NOTHING;
    this.#sinceBreath++;
    const message = this.#open(envelope);
    if (read === undefined) {
      this.#settlement.handedOut(envelope);
      return message;
    }
    let result: unknown;
    try {
      result = read(message);
    } catch (error) {
      this.#settlement.unreadable(envelope);
      throw error;
    }
    this.#settlement.handedOut(envelope);
    return result;
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
    this.#sinceBreath++;
    this.#current = envelope;
    this.#settlement.listenerCalled(envelope);
    const call: ListenerCall = { session: this.#session, active: true, completion: false };
    try {
      const result = envelope.consumer.callListener(this.#open(envelope), call);
      if (isThenable(result)) {
        result.then(
          () => this.#returned(envelope, call),
          (error) => this.#failed(envelope, call, error),
        );
        return;
      }
    } catch (error) {
      this.#leave(call);
      this.#settlement.listenerFailed(envelope, error);
      return;
    }
    this.#leave(call);
    this.#settlement.listenerReturned(envelope);
  }

  /** The promise of a listener resolved. */
  #returned(envelope: Envelope, call: ListenerCall): void {
    this.#leave(call);
    this.#settlement.listenerReturned(envelope);
    this.#dispatch();
  }

  #failed(envelope: Envelope, call: ListenerCall, error: unknown): void {
    this.#leave(call);
    this.#settlement.listenerFailed(envelope, error);
    this.#dispatch();
  }

  #open(envelope: Envelope): JmsMessage {
    const { data, attempt, consumer } = envelope;
    const acknowledger = this.#settlement.acknowledgerOf(envelope);
    return receivedMessage(data, attempt, consumer.destination, acknowledger);
  }

  #leave(call: ListenerCall): void {
    call.active = false;
    const consumer = this.#current?.consumer;
    this.#current = null;
    if (consumer?.pulls && consumer.listening) consumer.want();
    if (this.#idleWaiters.length === 0) return;
    const waiters = this.#idleWaiters;
    this.#idleWaiters = [];
    for (const resolve of waiters) resolve();
  }
}

function breath(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
