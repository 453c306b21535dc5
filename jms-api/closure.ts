// The closed state of connections, sessions, producers and consumers: closing happens once, and
// what was closed remembers where, so that the exception of a later call can show it.

import { IllegalStateException, JMSException } from './errors.ts';

export class Closure {
  readonly #what: string;
  #closedAt: Error | undefined;
  #done: Promise<void> | undefined;

  /** @param what - the name for people, such as `session` */
  constructor(what: string) {
    this.#what = what;
  }

  get closed(): boolean {
    return this.#closedAt !== undefined;
  }

  /** Closes with `work`, the first time; later calls get the promise of the first. */
  close(work: () => Promise<void>): Promise<void> {
    if (this.#done === undefined) {
      this.#closedAt = new Error(`the ${this.#what} was closed here`);
      this.#done = work();
    }
    return this.#done;
  }

  /** @throws {IllegalStateException} if it is closed; the cause says where that was */
  check(): void {
    if (this.#closedAt === undefined) return;
    throw new IllegalStateException(`the ${this.#what} is closed`, null, { cause: this.#closedAt });
  }
}

/** What calls reject with after the connection was lost. */
export function lostConnection(cause: Error): JMSException {
  return new JMSException(`the connection is lost: ${cause.message}`, null, { cause });
}
