// The CompletionListeners of a session: called one at a time, in the order of the sends, never from
// inside of a send, each exactly once. [JMS 7.3]

import { JmsBytesMessage } from './bytes-message.ts';
import { JMSException } from './errors.ts';
import { Fifo } from './fifo.ts';
import type { Message } from './message.ts';
import type { CompletionListener } from './message-producer.ts';
import { callListener, type ListenerCall } from './scope.ts';
import { JmsStreamMessage } from './stream-message.ts';

/** A send whose listener has not been called. */
export interface Completion {
  /** It is as safe as it asked to be. */
  complete(): void;
  fail(error: unknown): void;
}

interface Entry {
  readonly message: Message;
  readonly listener: CompletionListener;
  fate: 'pending' | 'complete' | 'failed';
  error: unknown;
}

/** @internal */
export class CompletionQueue {
  readonly #session: { onProblem(error: Error): void };
  readonly #entries: Fifo<Entry> = new Fifo();
  #running = false;
  #waiters: (() => void)[] = [];

  constructor(session: { onProblem(error: Error): void }) {
    this.#session = session;
  }

  add(message: Message, listener: CompletionListener): Completion {
    const entry: Entry = { message, listener, fate: 'pending', error: undefined };
    this.#entries.push(entry);
    return {
      complete: () => this.#settled(entry, 'complete', undefined),
      fail: (error) => this.#settled(entry, 'failed', error),
    };
  }

  /** Some listener has still to be called, or has not returned. */
  get busy(): boolean {
    return this.#running || this.#entries.length > 0;
  }

  /** Resolves when every listener has been called. */
  idle(): Promise<void> {
    if (!this.busy) return Promise.resolve();
    return new Promise((resolve) => this.#waiters.push(resolve));
  }

  #settled(entry: Entry, fate: Entry['fate'], error: unknown): void {
    entry.fate = fate;
    entry.error = error;
    if (this.#running || this.#entries.at(0)?.fate === 'pending') return;
    this.#running = true;
    queueMicrotask(() => void this.#run());
  }

  async #run(): Promise<void> {
    while (this.#entries.length > 0 && this.#entries.at(0)?.fate !== 'pending') {
      const entry = this.#entries.shift();
      if (entry !== undefined) await this.#tell(entry);
    }
    this.#running = false;
    if (this.#entries.length > 0) return;
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const resolve of waiters) resolve();
  }

  async #tell(entry: Entry): Promise<void> {
    const call: ListenerCall = { session: this.#session, active: true, completion: true };
    const { listener, message, fate, error } = entry;
    try {
      // Whoever is told of a message may want to read it.
      if (message instanceof JmsBytesMessage || message instanceof JmsStreamMessage) {
        message.reset();
      }
      await callListener(
        call,
        true,
        () =>
          fate === 'complete'
            ? listener.onCompletion(message)
            : listener.onException(message, error as Error),
        undefined,
      );
    } catch (cause) {
      const text = 'a CompletionListener failed';
      this.#session.onProblem(new JMSException(text, null, { cause }));
    } finally {
      call.active = false;
    }
  }
}
