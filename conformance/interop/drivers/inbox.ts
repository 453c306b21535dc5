/**
 * Where a library that pushes messages leaves them until the matrix asks. Holds arrivals in order
 * and lets one taker wait; a broken connection ends the wait with its error.
 */
export class Inbox<T> {
  #items: T[] = [];
  #failure: Error | undefined = undefined;
  #wake: (() => void) | undefined = undefined;
  #over = false;

  /** Adds one arrival. */
  push(item: T): void {
    this.#items.push(item);
    this.#wake?.();
  }

  /** Nothing more will come: takers get what there is. */
  end(): void {
    this.#over = true;
    this.#wake?.();
  }

  /** Ends the present and every later wait. */
  fail(error: Error): void {
    this.#failure ??= error;
    this.#wake?.();
  }

  /** Takes `count` arrivals in order, or fewer when `timeoutMs` are over. */
  async take(count: number, timeoutMs: number): Promise<T[]> {
    const until = Date.now() + timeoutMs;
    while (this.#items.length < count && !this.#over) {
      if (this.#failure !== undefined) throw this.#failure;
      const left = until - Date.now();
      if (left <= 0) break;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    return this.#items.splice(0, count);
  }
}
