// The consumers that a transaction has deliveries of: their links stay until it ends. [JMS 6.2.7]

export class Parties {
  #all: Set<object> = new Set();
  #waiting: (() => void)[] = [];

  add(party: object): void {
    this.#all.add(party);
  }

  /** There are some. */
  get some(): boolean {
    return this.#all.size > 0;
  }

  /** Resolves when the transaction ends that has deliveries of it; undefined: none has. */
  endFor(party: object): Promise<void> | undefined {
    if (!this.#all.has(party)) return undefined;
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Lets go of them. */
  over(): void {
    this.#all = new Set();
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}
