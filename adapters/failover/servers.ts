// The brokers that a connection may go to, in the order in which they are tried, and how long it waits
// between two rounds through them.
//
//     [ a  b  c ]    b is reached: what was tried goes to the end    [ c  a  b ]
//
// So when b is lost, it is tried last. What b offers takes the place of the others until a round through
// it has failed.

import { type FailoverUrl, nestedUrl, type ServerListAction } from './failover-url.ts';

export class Servers {
  #urls: string[];
  /** Those of the program. */
  readonly #own: readonly string[];
  readonly #action: ServerListAction;
  readonly #nested: readonly string[];

  /** @param random - 0 up to 1, for a random order; undefined: the order is kept */
  constructor(
    { urls, nested, randomize, serverListAction }: FailoverUrl,
    random: () => number = Math.random,
  ) {
    this.#urls = [...new Set(urls)];
    this.#action = serverListAction;
    this.#nested = nested;
    if (randomize) shuffle(this.#urls, random);
    this.#own = [...this.#urls];
  }

  get count(): number {
    return this.#urls.length;
  }

  /** The next one to try; it goes to the end. */
  next(): string {
    const url = this.#urls.shift() ?? '';
    this.#urls.push(url);
    return url;
  }

  /**
   * A round through all of them has failed: those of the program are tried again, too. A broker may
   * name ports of others at which nobody speaks its protocol.
   */
  widen(): void {
    this.#urls = [...new Set([...this.#urls, ...this.#own])];
  }

  /** The broker that was reached, at the end of the list, names others. */
  offered(urls: readonly string[]): void {
    if (urls.length === 0 || this.#action === 'IGNORE') return;
    const reached = this.#urls.at(-1) ?? '';
    const named = urls.map((url) => nestedUrl(url, this.#nested));
    const others = this.#action === 'ADD' ? [...this.#urls, ...named] : named;
    this.#urls = [...new Set(others)].filter((url) => url !== reached);
    this.#urls.push(reached);
  }
}

/** How long to wait before each round. */
export class BackOff {
  readonly #url: FailoverUrl;
  /** Rounds that were begun. */
  rounds = 0;

  constructor(url: FailoverUrl) {
    this.#url = url;
  }

  /** Begins a round; returns the time to wait before. */
  next(): number {
    const url = this.#url;
    const round = this.rounds++;
    if (round === 0) return url.initialReconnectDelayMs;
    if (!url.useReconnectBackOff) return url.reconnectDelayMs;
    const delay = url.reconnectDelayMs * url.reconnectBackOffMultiplier ** (round - 1);
    return Math.min(delay, url.maxReconnectDelayMs);
  }
}

function shuffle(items: string[], random: () => number): void {
  for (let at = items.length - 1; at > 0; at--) {
    const other = Math.floor(random() * (at + 1));
    [items[at], items[other]] = [items[other] as string, items[at] as string];
  }
}
