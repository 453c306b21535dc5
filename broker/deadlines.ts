// Everything that waits for message time: expiry, delay, redelivery, transaction time-outs. A binary
// heap whose nodes know their place, so that a deadline that is not needed any more costs nothing.
//
//                 earliest
//                ╱        ╲          node.heapIndex is its place here; -1: not here
//            ·               ·
//
// One alarm of the host is set, for the earliest. Work per call is bounded: what is due and not
// reached goes on after the next poll, so that a million at the same millisecond stop nobody.
// A wheel was the other choice; its cascades move a whole slot at once, a heap never does.

import type { Host } from './host.ts';

/** Something with a time. Fields are owned by {@link Deadlines}. */
export interface Due {
  /** Message time, epoch ms. */
  atMs: number;
  heapIndex: number;
  /** Of two at the same time the one that was set first is first. */
  turn: number;
  /** The time has come. The node is not in the heap any more. */
  due(nowMs: number): void;
}

const PER_CALL_MAX = 2_000;

export class Deadlines {
  readonly #heap: Due[] = [];
  readonly #host: Host;
  #turns = 0;
  #alarmAtMs = Number.POSITIVE_INFINITY;
  #cancelAlarm: () => void = () => {};

  constructor(host: Host) {
    this.#host = host;
  }

  get size(): number {
    return this.#heap.length;
  }

  /** Adds a node, or moves one that is here already. */
  set(node: Due, atMs: number): void {
    const sooner = atMs < node.atMs;
    node.atMs = atMs;
    node.turn = ++this.#turns;
    if (node.heapIndex < 0) {
      node.heapIndex = this.#heap.length;
      this.#heap.push(node);
      this.#rise(node);
    } else if (sooner) this.#rise(node);
    else this.#sink(node);
    this.#arm();
  }

  remove(node: Due): void {
    const at = node.heapIndex;
    const last = this.#heap.pop() as Due;
    node.heapIndex = -1;
    if (last === node) return;
    last.heapIndex = at;
    this.#heap[at] = last;
    this.#rise(last);
    this.#sink(last);
  }

  #arm(): void {
    const first = this.#heap[0];
    if (first === undefined || first.atMs >= this.#alarmAtMs) return;
    this.#cancelAlarm();
    this.#alarmAtMs = first.atMs;
    this.#cancelAlarm = this.#host.messageAlarm(first.atMs, () => this.#run());
  }

  #run(): void {
    this.#alarmAtMs = Number.POSITIVE_INFINITY;
    const nowMs = this.#host.messageTimeMs();
    for (let left = PER_CALL_MAX; left > 0; left--) {
      const first = this.#heap[0];
      if (first === undefined || first.atMs > nowMs) break;
      this.remove(first);
      first.due(nowMs);
    }
    this.#arm();
  }

  #rise(node: Due): void {
    const heap = this.#heap;
    let at = node.heapIndex;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent] as Due;
      if (!before(node, above)) break;
      heap[at] = above;
      above.heapIndex = at;
      at = parent;
    }
    heap[at] = node;
    node.heapIndex = at;
  }

  #sink(node: Due): void {
    const heap = this.#heap;
    const size = heap.length;
    let at = node.heapIndex;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= size) break;
      if (child + 1 < size && before(heap[child + 1] as Due, heap[child] as Due)) child++;
      const below = heap[child] as Due;
      if (!before(below, node)) break;
      heap[at] = below;
      below.heapIndex = at;
      at = child;
    }
    heap[at] = node;
    node.heapIndex = at;
  }
}

function before(a: Due, b: Due): boolean {
  return a.atMs !== b.atMs ? a.atMs < b.atMs : a.turn < b.turn;
}
