// The search for a way: rounds through the brokers, with pauses that grow. [Qpid JMS failover]
//
//     pause ──► a ──✗──► b ──✗──► pause ──► a …      until one is entered, or no round is left
//
// A round in which every broker refused us for what we are, not for where it is (a wrong password, a
// URL that says nothing), is the last one: asking again would change nothing.

import {
  IllegalArgumentException,
  JMSException,
  JMSSecurityException,
  UnsupportedOperationException,
} from '#jms-api';
import type { FailoverUrl } from './failover-url.ts';
import { BackOff, type Servers } from './servers.ts';
import type { Way } from './way.ts';

export interface Search {
  /** Connects to one broker, and makes everything anew there. */
  readonly enter: (url: string) => Promise<Way>;
  /** Rounds until it is given up; -1: never. */
  readonly roundsMax: number;
  /** The first connection: there is no pause before the first round. */
  readonly first: boolean;
}

export class Reconnection {
  readonly #url: FailoverUrl;
  readonly #servers: Servers;
  readonly #search: Search;
  readonly #backOff: BackOff;
  #stopped = false;
  #wake: () => void = () => {};

  constructor(url: FailoverUrl, servers: Servers, search: Search) {
    this.#url = url;
    this.#servers = servers;
    this.#search = search;
    this.#backOff = new BackOff(url);
  }

  /** Gives up: what is under way is not waited for. */
  stop(): void {
    this.#stopped = true;
    this.#wake();
  }

  /**
   * Finds a way.
   *
   * @throws {JMSSecurityException} if nobody would let us in
   * @throws {JMSException} if there is no round left
   */
  async run(): Promise<Way> {
    for (;;) {
      const pauseMs = this.#backOff.next();
      if (pauseMs > 0 && !(this.#search.first && this.#backOff.rounds === 1)) {
        await this.#pause(pauseMs);
      }
      const errors: Error[] = [];
      for (let left = this.#servers.count; left > 0; left--) {
        if (this.#stopped) throw new JMSException('the connection was closed');
        try {
          return await this.#search.enter(this.#servers.next());
        } catch (error) {
          errors.push(error as Error);
        }
      }
      this.#endRound(errors);
    }
  }

  #endRound(errors: readonly Error[]): void {
    const { rounds } = this.#backOff;
    const { roundsMax } = this.#search;
    const last = errors.at(-1);
    if (last !== undefined && errors.every(isFinal)) throw last;
    if (roundsMax >= 0 && rounds >= roundsMax) {
      throw new JMSException(
        `no broker was reached in ${rounds === 1 ? 'a round' : `${rounds} rounds`} of ` +
          `${this.#url.urls.join(', ')}: ${last?.message}`,
        'failover-exhausted',
        { cause: last },
      );
    }
    this.#servers.widen();
    const every = this.#url.warnAfterReconnectAttempts;
    if (every === 0 || rounds % every !== 0) return;
    const text = `no broker was reached in ${rounds} rounds, and there will be more: ${last?.message}`;
    process.emitWarning(text, { code: 'ANGELIA_FAILOVER' });
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

function isFinal(error: Error): boolean {
  return (
    error instanceof JMSSecurityException ||
    error instanceof IllegalArgumentException ||
    error instanceof UnsupportedOperationException
  );
}
