// One connection to one broker, for as long as it lasts. What an adapter promises may never come when
// its connection is lost: whoever waits for it here is told of the loss.

import type { ConnectionEvents, ProviderConnection } from '#jms-api';

/** The way was lost before the answer came. */
export class LostWay extends Error {
  override readonly name = 'LostWay';
}

/** What is told of a way after it was made. */
export interface WayEvents {
  lost(way: Way, error: Error): void;
  problem(error: Error): void;
}

export class Way implements ConnectionEvents {
  readonly url: string;
  readonly #events: WayEvents;
  readonly #waits: Set<(error: Error) => void> = new Set();
  #connection: ProviderConnection | undefined;
  #lost: Error | undefined;

  constructor(url: string, events: WayEvents) {
    this.url = url;
    this.#events = events;
  }

  get connection(): ProviderConnection {
    if (this.#connection === undefined) throw new LostWay(`no connection to ${this.url}`);
    return this.#connection;
  }

  get lost(): boolean {
    return this.#lost !== undefined;
  }

  /** The adapter has connected. */
  begin(connection: ProviderConnection): void {
    this.#connection = connection;
  }

  /** What the adapter promises, unless the way is lost before: then it rejects with LostWay. */
  until<T>(work: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#lost !== undefined) {
        work.catch(() => {});
        reject(lostWay(this.#lost));
        return;
      }
      this.#waits.add(reject);
      work.then(
        (value) => {
          this.#waits.delete(reject);
          resolve(value);
        },
        (error) => {
          this.#waits.delete(reject);
          // An adapter may say so before it says that the connection is lost.
          reject(this.#lost === undefined ? error : lostWay(this.#lost));
        },
      );
    });
  }

  /** It is of no more use; who waits is told. */
  end(error: Error): void {
    if (this.#lost !== undefined) return;
    this.#lost = error;
    const waits = [...this.#waits];
    this.#waits.clear();
    for (const reject of waits) reject(lostWay(error));
  }

  onFailure(error: Error): void {
    if (this.#lost !== undefined) return;
    // Whoever is told first must not find that the way still works.
    this.#lost = error;
    this.#events.lost(this, error);
    const waits = [...this.#waits];
    this.#waits.clear();
    for (const reject of waits) reject(lostWay(error));
  }

  onProblem(error: Error): void {
    if (this.#lost === undefined) this.#events.problem(error);
  }

  /** An adapter that connects anew by itself is as good as lost: here that is done for all. */
  onInterrupted(error: Error): void {
    this.onFailure(error);
  }

  onResumed(): void {}
}

function lostWay(cause: Error): LostWay {
  return new LostWay(cause.message, { cause });
}

/** Waits for what does not matter on a way that is lost. */
export async function unlessLost(work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!(error instanceof LostWay)) throw error;
  }
}
