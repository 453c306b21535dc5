// The closed state of connections, sessions, producers and consumers: closing happens once, and
// what was closed remembers where, so that the exception of a later call can show it.

import {
  IllegalStateException,
  InvalidDestinationException,
  InvalidSelectorException,
  JMSException,
  JMSSecurityException,
} from './errors.ts';

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

type Made = new (reason: string, errorCode: string | null, options?: ErrorOptions) => JMSException;

/** Brokers end a connection for what a call had no right to, or named wrongly: that stays what it is. */
const SPOKEN: readonly Made[] = [
  JMSSecurityException,
  InvalidDestinationException,
  InvalidSelectorException,
];

/**
 * What calls reject with after the connection was lost.
 *
 * @param what - in place of `the connection is lost`
 */
export function lostConnection(cause: Error, what = 'the connection is lost'): JMSException {
  const made = SPOKEN.find((one) => cause instanceof one) ?? JMSException;
  const code = cause instanceof JMSException ? cause.getErrorCode() : null;
  return new made(`${what}: ${cause.message}`, made === JMSException ? null : code, { cause });
}
