// Which messages a queue or a subscription has brought, so that what comes again after an interruption
// is marked even if the broker does not know that it does: it may have been restarted, or be another
// one, or have got an unconfirmed send twice. [JMS 3.4.7]
//
//     before the first interruption   what was settled last, in a ring; the rest is with its consumer
//     after it                        every id that comes
//
// Settlements that were said last may not have been heard. How many those are is bounded by credit:
// of what was settled, the last ones are remembered.

/** Of what was settled before the first interruption, so many. */
const SETTLED_MAX = 4096;
/** Ids that are looked for, at most; the oldest are forgotten first. */
const MARKED_MAX = 100_000;

export class Seen {
  readonly #marked: Set<string> = new Set();
  /** The last that were settled, in a ring. */
  #settled: string[] = [];
  #at = 0;
  #interrupted = false;

  /** The attempt that a message is told with. */
  attemptOf(id: string | undefined, attempt: number): number {
    if (!this.#interrupted || id === undefined) return attempt;
    if (this.#marked.has(id)) return Math.max(2, attempt);
    this.#mark(id);
    return attempt;
  }

  /** Hot: no more than a write into a ring. */
  settled(id: string | undefined): void {
    if (id === undefined || this.#interrupted) return;
    this.#settled[this.#at] = id;
    this.#at = (this.#at + 1) % SETTLED_MAX;
  }

  /** It goes back as if it had not come. */
  released(id: string | undefined): void {
    if (id !== undefined) this.#marked.delete(id);
  }

  /** An interruption: these were brought and not settled, and those settled last may come again. */
  interrupted(unsettled: Iterable<string | undefined>): void {
    this.#interrupted = true;
    for (const id of this.#settled) this.#mark(id);
    this.#settled = [];
    for (const id of unsettled) if (id !== undefined) this.#mark(id);
  }

  #mark(id: string): void {
    this.#marked.add(id);
    if (this.#marked.size <= MARKED_MAX) return;
    const [oldest] = this.#marked;
    if (oldest !== undefined) this.#marked.delete(oldest);
  }
}
