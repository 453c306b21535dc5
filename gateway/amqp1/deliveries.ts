// The deliveries of one session that we sent and the peer has not settled, by delivery id. Ids come
// in order and are settled in any: one that stays open for ever pins its page and no other, so
// nothing stalls behind it.
//
//     pages    id >>> 8      7            8 (gone)      9 (tail)
//                      ┌───────────┐             ┌───────────┐
//                      │ · s · · s │             │ s s · · ▒ │    · open   s settled   ▒ to come
//                      └───────────┘             └───────────┘
//
// A slot holds the link and the broker's name for the delivery; without a link it is free.
// [AMQP 2.6.12]

import type { DeliveryState } from './delivery-state.ts';

const PAGE_SHIFT = 8;
const PAGE_SIZE: number = 1 << PAGE_SHIFT;
const PAGE_MASK: number = PAGE_SIZE - 1;
const SPARES_MAX = 64;

/** Who sent a delivery, and wants to know what became of it. */
export interface Sender {
  /** `state` is undefined when the peer settled without saying. */
  settled(entry: number, state: DeliveryState | undefined): void;
}

class Page {
  readonly senders: (Sender | undefined)[] = new Array(PAGE_SIZE).fill(undefined);
  /** Entries of the broker go beyond 32 bits. */
  readonly entries: Float64Array = new Float64Array(PAGE_SIZE);
  /** Id of the first slot. */
  first = 0;
  open = 0;
}

/** Empty pages, kept for the next. */
const spares: Page[] = [];

export class Deliveries {
  readonly #pages: Map<number, Page> = new Map();
  /** The page that was used last: both ends are mostly used in order. */
  #tail: Page | undefined;
  #open = 0;

  /** How many are not settled. */
  get open(): number {
    return this.#open;
  }

  add(id: number, sender: Sender, entry: number): void {
    const slot = id & PAGE_MASK;
    let page = this.#tail;
    if (page === undefined || page.first !== id - slot) page = this.#turnTo(id - slot);
    page.senders[slot] = sender;
    page.entries[slot] = entry;
    page.open++;
    this.#open++;
  }

  /**
   * Settles those of the ids `first…last` that are open, both included; the rest are unknown and
   * ignored. [AMQP 2.7.6]
   *
   * @returns how many were open
   */
  settle(first: number, last: number, state: DeliveryState | undefined): number {
    const before = this.#open;
    const span = (last - first) >>> 0;
    if (span >>> PAGE_SHIFT > this.#pages.size) {
      // The range is wider than what there is: walk over what there is.
      for (const page of [...this.#pages.values()]) this.#settleIn(page, first, span, state);
    } else {
      const lastPage = (last & ~PAGE_MASK) >>> 0;
      for (let at = (first & ~PAGE_MASK) >>> 0; ; at = (at + PAGE_SIZE) >>> 0) {
        const page = this.#tail?.first === at ? this.#tail : this.#pages.get(at);
        if (page !== undefined) this.#settleIn(page, first, span, state);
        if (at === lastPage) break;
      }
    }
    return before - this.#open;
  }

  /** Forgets what a sender has out; returns the id and the entry of each. */
  take(sender: Sender): [id: number, entry: number][] {
    const taken: [number, number][] = [];
    for (const page of [...this.#pages.values()]) {
      for (let slot = 0; slot < PAGE_SIZE && page.open > 0; slot++) {
        if (page.senders[slot] !== sender) continue;
        taken.push([(page.first + slot) >>> 0, page.entries[slot] as number]);
        this.#free(page, slot);
      }
      this.#dropIfEmpty(page);
    }
    return taken;
  }

  /** True if one of the ids `first…last` is open. */
  some(first: number, last: number): boolean {
    const span = (last - first) >>> 0;
    for (const page of this.#pages.values()) {
      for (let slot = 0; slot < PAGE_SIZE && page.open > 0; slot++) {
        if (page.senders[slot] === undefined) continue;
        if ((page.first + slot - first) >>> 0 <= span) return true;
      }
    }
    return false;
  }

  #settleIn(page: Page, first: number, span: number, state: DeliveryState | undefined): void {
    const skip = (first - page.first) | 0;
    for (let slot = Math.max(skip, 0); slot < PAGE_SIZE; slot++) {
      if ((page.first + slot - first) >>> 0 > span) break;
      const sender = page.senders[slot];
      if (sender === undefined) continue;
      this.#free(page, slot);
      sender.settled(page.entries[slot] as number, state);
    }
    this.#dropIfEmpty(page);
  }

  #free(page: Page, slot: number): void {
    page.senders[slot] = undefined;
    page.open--;
    this.#open--;
  }

  #dropIfEmpty(page: Page): void {
    if (page.open > 0 || page === this.#tail) return;
    this.#pages.delete(page.first);
    if (spares.length < SPARES_MAX) spares.push(page);
  }

  #turnTo(first: number): Page {
    const old = this.#tail;
    this.#tail = undefined;
    if (old !== undefined) this.#dropIfEmpty(old);
    let page = this.#pages.get(first);
    if (page === undefined) {
      page = spares.pop() ?? new Page();
      page.first = first;
      this.#pages.set(first, page);
    }
    this.#tail = page;
    return page;
  }
}
