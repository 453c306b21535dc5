// Which messages a queue or a subscription brought before the last interruption, so that what comes
// again is marked even if the broker has forgotten that it gave them: it may have been restarted, or
// be another one. [JMS 3.4.7]
//
// Settlements that were said last may not have been heard. How many those are is bounded by credit:
// of what was settled, the last ones are remembered.

/** Of what was settled, so many. */
const SETTLED_MAX = 4096;
/** Ids that are looked for, at most; the oldest are forgotten first. */
const MARKED_MAX = 100_000;

export class Seen {
  /** Brought before an interruption, and not settled for sure. */
  readonly #marked: Set<string> = new Set();
  /** The last that were settled, in a ring. */
  readonly #settled: string[] = [];
  #at = 0;

  /** The attempt that a message is told with. */
  attemptOf(id: string | undefined, attempt: number): number {
    if (this.#marked.size === 0 || id === undefined) return attempt;
    return this.#marked.has(id) ? Math.max(2, attempt) : attempt;
  }

  /** Hot: no more than a write into a ring. */
  settled(id: string | undefined): void {
    if (id === undefined) return;
    this.#settled[this.#at] = id;
    this.#at = (this.#at + 1) % SETTLED_MAX;
  }

  /** An interruption: these were brought and not settled, and those settled last may come again. */
  interrupted(unsettled: Iterable<string | undefined>): void {
    for (const id of this.#settled) this.#mark(id);
    for (const id of unsettled) this.#mark(id);
  }

  #mark(id: string | undefined): void {
    if (id === undefined) return;
    this.#marked.delete(id);
    this.#marked.add(id);
    if (this.#marked.size <= MARKED_MAX) return;
    for (const oldest of this.#marked) {
      this.#marked.delete(oldest);
      return;
    }
  }
}
