// The consumers of a group that can take a message now, the one whose turn it is on top: higher
// consumer priority first, then the fewest deliveries unsettled, then who was served longest ago.
// A binary heap whose members know their place; one consumer alone costs nothing.

import type { Receiver } from './receiver.ts';

export class Roster {
  readonly #heap: Receiver[] = [];
  #served = 0;

  get size(): number {
    return this.#heap.length;
  }

  /** Whose turn it is. */
  top(): Receiver | undefined {
    return this.#heap[0];
  }

  [Symbol.iterator](): Iterator<Receiver> {
    return this.#heap[Symbol.iterator]();
  }

  add(consumer: Receiver): void {
    consumer.place = this.#heap.length;
    this.#heap.push(consumer);
    this.#rise(consumer);
  }

  remove(consumer: Receiver): void {
    const at = consumer.place;
    consumer.place = -1;
    const last = this.#heap.pop() as Receiver;
    if (last === consumer) return;
    last.place = at;
    this.#heap[at] = last;
    this.#rise(last);
    this.#sink(last);
  }

  /** A consumer got a message: its load grew and its turn is over. */
  served(consumer: Receiver): void {
    consumer.servedAt = ++this.#served;
    if (this.#heap.length > 1 && consumer.place >= 0) this.#sink(consumer);
  }

  /** A consumer settled a delivery: its load is less. */
  eased(consumer: Receiver): void {
    if (this.#heap.length > 1 && consumer.place >= 0) this.#rise(consumer);
  }

  #rise(consumer: Receiver): void {
    const heap = this.#heap;
    let at = consumer.place;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent] as Receiver;
      if (!before(consumer, above)) break;
      heap[at] = above;
      above.place = at;
      at = parent;
    }
    heap[at] = consumer;
    consumer.place = at;
  }

  #sink(consumer: Receiver): void {
    const heap = this.#heap;
    const size = heap.length;
    let at = consumer.place;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= size) break;
      if (child + 1 < size && before(heap[child + 1] as Receiver, heap[child] as Receiver)) child++;
      const below = heap[child] as Receiver;
      if (!before(below, consumer)) break;
      heap[at] = below;
      below.place = at;
      at = child;
    }
    heap[at] = consumer;
    consumer.place = at;
  }
}

/** True if it is the turn of `a` rather than of `b`. */
export function before(a: Receiver, b: Receiver): boolean {
  if (a.priority !== b.priority) return a.priority > b.priority;
  if (a.out !== b.out) return a.out < b.out;
  return a.servedAt < b.servedAt;
}
