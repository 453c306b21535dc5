// A queue in a ring: first in, first out, and back to the front for what has to be delivered again.
//
//      items  [ c | d | . | . | a | b ]      head = 4, length = 4; the capacity is a power of two
//
// Hot: an array's own shift() moves all that follow; here each operation is a few instructions.

/** A first-in first-out list of anything but undefined. */
export class Fifo<T> {
  #items: (T | undefined)[] = new Array(16).fill(undefined);
  #head = 0;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(item: T): void {
    if (this.#length === this.#items.length) this.#grow();
    this.#items[(this.#head + this.#length) & (this.#items.length - 1)] = item;
    this.#length++;
  }

  /** Puts an item back to the front. */
  unshift(item: T): void {
    if (this.#length === this.#items.length) this.#grow();
    this.#head = (this.#head - 1) & (this.#items.length - 1);
    this.#items[this.#head] = item;
    this.#length++;
  }

  shift(): T | undefined {
    if (this.#length === 0) return undefined;
    const item = this.#items[this.#head];
    this.#items[this.#head] = undefined;
    this.#head = (this.#head + 1) & (this.#items.length - 1);
    this.#length--;
    return item;
  }

  /** The item that `index` others are before of. */
  at(index: number): T | undefined {
    if (index < 0 || index >= this.#length) return undefined;
    return this.#items[(this.#head + index) & (this.#items.length - 1)];
  }

  #grow(): void {
    const head = this.#items.slice(this.#head);
    const tail = this.#items.slice(0, this.#head);
    const room = new Array<undefined>(this.#items.length).fill(undefined);
    this.#items = [...head, ...tail, ...room];
    this.#head = 0;
  }
}
