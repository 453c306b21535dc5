// The transaction of a transacted session: what is in it, and how it ends. [JMS 6.2.7]
//
//     open ── commit ──► ending ──► open (the next one)
//       │                  ▲   └── refused ──► what was not handed out goes back ──► open
//       └── rollback ──────┘
//
// Invariant: nothing is handed out and nothing is sent while it ends. Whatever comes again comes in
// its order, for all that waits in the client goes back to the broker first.

import { TransactionInProgressException, TransactionRolledBackException } from './errors.ts';
import type { ProviderSession } from './provider.ts';

/** What it needs of its session. */
export interface TransactedSession {
  readonly lost: boolean;
  answer<T>(work: Promise<T>): Promise<T>;
  /** Gives back what was not handed out; consumers have no credit then. */
  recall(): Promise<void>;
  /** Consumers get credit again. */
  resume(): void;
  /** Goes on handing out. */
  wake(): void;
}

/** @internal */
export class SessionTransaction {
  readonly #session: TransactedSession;
  readonly #provider: ProviderSession;
  /** A commit or a roll-back is under way. */
  ending = false;
  /** Something is in it. */
  working = false;
  /** The connection was interrupted while something was in it: it cannot be committed. */
  #doomed: Error | null = null;
  /** It was interrupted while it ended: consumers have no credit. */
  #interrupted = false;

  constructor(session: TransactedSession, provider: ProviderSession) {
    this.#session = session;
    this.#provider = provider;
  }

  /** @throws {TransactionInProgressException} while it ends */
  check(what: string): void {
    if (!this.ending) return;
    throw new TransactionInProgressException(
      `${what}: a commit or a roll-back is under way; await it [JMS 6.2.7]`,
    );
  }

  interrupted(error: Error): void {
    if (this.working) this.#doomed = error;
    this.#interrupted = this.ending;
  }

  async commit(): Promise<void> {
    const cause = this.#doomed;
    if (cause === null) {
      await this.#end((provider) => provider.commit?.(), false);
      return;
    }
    await this.rollback();
    throw new TransactionRolledBackException(
      'the connection was interrupted: the transaction was rolled back [JMS 6.2.7]',
      null,
      { cause },
    );
  }

  async rollback(): Promise<void> {
    await this.#end((provider) => provider.rollback?.(), true);
  }

  async #end(
    work: (provider: ProviderSession) => Promise<void> | undefined,
    back: boolean,
  ): Promise<void> {
    this.ending = true;
    this.working = false;
    this.#doomed = null;
    let resume = back;
    try {
      if (back) await this.#session.recall();
      await this.#session.answer(work(this.#provider) ?? Promise.resolve());
    } catch (error) {
      resume = true;
      if (!back && !this.#session.lost) await this.#session.recall();
      throw error;
    } finally {
      this.ending = false;
      if (resume || this.#interrupted) this.#session.resume();
      this.#interrupted = false;
      this.#session.wake();
    }
  }
}
