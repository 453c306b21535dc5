// Java's Enumeration, for the methods that return one; iterable, so that `for (const x of …)` works.

/** A list that is read once, from the front: Java's, and `for … of`. Not in JMS. */
export class Enumeration<T> implements IterableIterator<T> {
  readonly #items: Iterator<T>;
  #next: IteratorResult<T>;

  constructor(items: Iterable<T>) {
    this.#items = items[Symbol.iterator]();
    this.#next = this.#items.next();
  }

  hasMoreElements(): boolean {
    return this.#next.done !== true;
  }

  /** @throws {RangeError} when there is no element left */
  nextElement(): T {
    const result = this.next();
    if (result.done) throw new RangeError('the enumeration has no more elements');
    return result.value;
  }

  next(): IteratorResult<T> {
    const result = this.#next;
    if (result.done !== true) this.#next = this.#items.next();
    return result;
  }

  [Symbol.iterator](): this {
    return this;
  }
}
