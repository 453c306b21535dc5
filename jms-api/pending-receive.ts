// One `receive` that waits: for a message, the end of its time, its abort signal, or the close of
// its consumer, whichever is first. Its timer runs while the connection is stopped. [JMS 6.1.5, 8.5]

import type { Reading } from './dispatcher.ts';

const TIMER_MS_MAX = 2 ** 31 - 1;

/** How a wait may end without a message. */
export interface Patience {
  /** Milliseconds; 0: for ever. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
}

/** A wait that others end. */
export const NO_PATIENCE: Patience = { timeoutMs: 0, signal: undefined };

export class PendingReceive<Consumer> {
  readonly consumer: Consumer;
  /** What it returns of the message; undefined: the message. */
  readonly read: Reading | undefined;
  /** Called in place of the end when the time is over. */
  late: (() => void) | undefined;
  readonly #resolve: (result: unknown) => void;
  readonly #reject: (error: unknown) => void;
  readonly #over: () => void;
  readonly #signal: AbortSignal | undefined;
  readonly #abort: (() => void) | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** @param over - called once, before the promise settles */
  constructor(
    consumer: Consumer,
    patience: Patience,
    read: Reading | undefined,
    resolve: (result: unknown) => void,
    reject: (error: unknown) => void,
    over: () => void,
  ) {
    this.consumer = consumer;
    this.read = read;
    this.late = undefined;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#over = over;
    this.#signal = patience.signal;
    this.#abort = undefined;
    this.#timer = undefined;
    if (patience.timeoutMs > 0) this.#startTimer(patience.timeoutMs);
    if (patience.signal !== undefined) {
      this.#abort = () => this.fail(patience.signal?.reason);
      patience.signal.addEventListener('abort', this.#abort, { once: true });
    }
  }

  finish(result: unknown): void {
    this.#end();
    this.#resolve(result);
  }

  fail(error: unknown): void {
    this.#end();
    this.#reject(error);
  }

  #startTimer(leftMs: number): void {
    const sliceMs = Math.min(leftMs, TIMER_MS_MAX);
    this.#timer = setTimeout(() => {
      if (leftMs > sliceMs) this.#startTimer(leftMs - sliceMs);
      else if (this.late !== undefined) this.late();
      else this.finish(null);
    }, sliceMs);
  }

  #end(): void {
    if (this.#timer !== undefined) clearTimeout(this.#timer);
    if (this.#abort !== undefined) this.#signal?.removeEventListener('abort', this.#abort);
    this.#over();
  }
}
