// The time that something may take at most: a promise for its end, and what is done then.

/** Runs out once, unless it is ended before. */
export class Deadline {
  /** Resolves when it has run out. */
  readonly over: Promise<void>;
  readonly #timer: NodeJS.Timeout;

  /** @param late - called when it runs out */
  constructor(ms: number, late: () => void) {
    let tell = (): void => {};
    this.over = new Promise((resolve) => {
      tell = resolve;
    });
    this.#timer = setTimeout(() => {
      late();
      tell();
    }, ms);
  }

  /** It was done in time. */
  end(): void {
    clearTimeout(this.#timer);
  }
}
