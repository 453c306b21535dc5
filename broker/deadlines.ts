// Everything that waits for message time: expiry, delay, redelivery, transaction time-outs. A wheel
// of wheels: the finest has a slot for each millisecond, the next one for each 64, and so on.
//
//     level 0   now ▼ · · ■ · · · ·  64 slots of 1 ms        due when their time comes
//     level 1       · ■ · · · ■ · ·  64 slots of 64 ms       when time enters a slot, those in it
//     level 2       ■ · · · · · · ·  64 slots of 4,096 ms    are placed anew, on a finer wheel
//     pending       ■ ■ ■ ■          taken out of a slot, and not looked at yet
//
// Adding and removing cost the same whatever waits; a node is placed anew once for each level, few
// times in its life. One alarm of the host is set, for the next slot that is not empty. Work per
// call is bounded: what is pending goes on after the next poll, so that a million at the same
// millisecond stop nobody. While something is pending whatever comes joins its end, so that nodes of
// the same millisecond are due in the order in which they came.
//
// Hot: a binary heap of a million was the first choice; sifting through it missed the cache at each
// level, and cost 3.5 times as much to add and 4 times as much when due.

import type { Host } from './host.ts';

/** Something with a time. Its fields are owned by {@link Deadlines}. */
export abstract class Due {
  /** Message time, epoch ms. */
  atMs = 0;
  /** Where it waits; undefined: it does not. @internal */
  list: DueList | undefined = undefined;
  /** @internal */
  next: Due | undefined = undefined;
  /** @internal */
  previous: Due | undefined = undefined;

  /** The time has come, and it does not wait any more. Tells how many steps of work that was. */
  abstract due(nowMs: number): number;
}

/** Calls back, once. */
export class Alarm extends Due {
  readonly #work: () => void;

  constructor(work: () => void) {
    super();
    this.#work = work;
  }

  due(): number {
    this.#work();
    return 1;
  }
}

/** Nodes in the order they came. */
class DueList {
  first: Due | undefined = undefined;
  last: Due | undefined = undefined;

  append(node: Due): void {
    node.list = this;
    node.previous = this.last;
    if (this.last === undefined) this.first = node;
    else this.last.next = node;
    this.last = node;
  }

  remove(node: Due): void {
    const { next, previous } = node;
    if (previous === undefined) this.first = next;
    else previous.next = next;
    if (next === undefined) this.last = previous;
    else next.previous = previous;
    node.list = undefined;
    node.next = undefined;
    node.previous = undefined;
  }
}

const SLOTS = 64;
/** 64^9 is beyond the last number that is exact. */
const LEVELS = 9;
const TIME_MAX = Number.MAX_SAFE_INTEGER;
/** Steps in one call: about half a millisecond. */
const STEPS_PER_CALL_MAX = 1_000;

export class Deadlines {
  readonly #host: Host;
  readonly #slots: DueList[] = Array.from({ length: LEVELS * SLOTS }, () => new DueList());
  #pending: DueList = new DueList();
  /** The wheels have turned up to here, in whole ms; all that is in a slot is later. */
  #turnedMs = 0;
  #size = 0;
  #alarmAtMs = Number.POSITIVE_INFINITY;
  #cancelAlarm: () => void = () => {};

  constructor(host: Host) {
    this.#host = host;
  }

  get size(): number {
    return this.#size;
  }

  /** Adds a node, or moves one that is here already. */
  set(node: Due, atMs: number): void {
    this.remove(node);
    node.atMs = atMs;
    if (this.#size === 0) this.#turnedMs = Math.floor(this.#host.messageTimeMs());
    this.#size++;
    if (this.#pending.first !== undefined) this.#pending.append(node);
    else this.#arm(this.#place(node));
  }

  /** Removes a node; nothing happens if it is not here. */
  remove(node: Due): void {
    if (node.list === undefined) return;
    node.list.remove(node);
    this.#size--;
  }

  /** All that wait, in no order; nothing may be added or removed meanwhile. */
  *waiting(): Generator<Due> {
    for (const { first } of [this.#pending, ...this.#slots]) {
      for (let node = first; node !== undefined; node = node.next) yield node;
    }
  }

  /** Puts a node where it belongs; returns when that needs a look. */
  #place(node: Due): number {
    const atMs = Math.min(Math.ceil(node.atMs), TIME_MAX);
    if (atMs <= this.#turnedMs) {
      this.#pending.append(node);
      return this.#turnedMs;
    }
    let level = 0;
    let slotMs = 1;
    // The finest wheel that does not come round before.
    for (;;) {
      const round = slotMs * SLOTS;
      if (Math.floor(atMs / round) === Math.floor(this.#turnedMs / round)) break;
      level++;
      slotMs = round;
    }
    const slot = Math.floor(atMs / slotMs);
    this.#slots[level * SLOTS + (slot % SLOTS)]?.append(node);
    return slot * slotMs;
  }

  #run(): void {
    this.#alarmAtMs = Number.POSITIVE_INFINITY;
    const nowMs = this.#host.messageTimeMs();
    for (let left = STEPS_PER_CALL_MAX; left > 0; left--) {
      const node = this.#pending.first;
      if (node !== undefined) {
        this.#pending.remove(node);
        if (node.atMs > this.#turnedMs) this.#place(node);
        else {
          this.#size--;
          left -= node.due(nowMs) - 1;
        }
      } else if (!this.#turn(nowMs)) break;
    }
    if (this.#pending.first !== undefined) this.#arm(nowMs);
    else this.#arm(this.#next().atMs);
  }

  /** Turns the wheels to the next slot that is not empty; false if its time has not come. */
  #turn(nowMs: number): boolean {
    const { atMs, index } = this.#next();
    if (atMs > nowMs) {
      this.#turnedMs = Math.max(this.#turnedMs, Math.floor(nowMs));
      return false;
    }
    this.#turnedMs = atMs;
    const list = this.#slots[index] as DueList;
    this.#slots[index] = this.#pending;
    this.#pending = list;
    return true;
  }

  /** The next slot that is not empty, and when it begins. A finer wheel's come first. */
  #next(): { readonly atMs: number; readonly index: number } {
    let slotMs = 1;
    for (let level = 0; level < LEVELS; level++) {
      const current = Math.floor(this.#turnedMs / slotMs);
      const roundStart = current - (current % SLOTS);
      for (let slot = (current % SLOTS) + 1; slot < SLOTS; slot++) {
        const index = level * SLOTS + slot;
        if (this.#slots[index]?.first === undefined) continue;
        return { atMs: (roundStart + slot) * slotMs, index };
      }
      slotMs *= SLOTS;
    }
    return { atMs: Number.POSITIVE_INFINITY, index: -1 };
  }

  #arm(atMs: number): void {
    if (atMs >= this.#alarmAtMs) return;
    this.#cancelAlarm();
    this.#alarmAtMs = atMs;
    this.#cancelAlarm = this.#host.messageAlarm(atMs, () => this.#run());
  }
}
