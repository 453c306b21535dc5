// Where confirmed messages are safe. This one is memory: a position is durable at the end of the
// turn that appended it, and nothing survives the process. Producers already confirm by position,
// so that a journal on disk changes nothing above it.

export class Journal {
  /** Everything up to this position is safe. */
  durable = 0;
  #appended = 0;

  /** Takes a record; returns the position at which it will be durable. */
  append(): number {
    return ++this.#appended;
  }

  /** Starts making what was appended durable. */
  sync(): void {
    this.durable = this.#appended;
  }
}
