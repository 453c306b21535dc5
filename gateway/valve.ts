// Holds back the consumers of one connection while its peer does not read what it was sent.

import type { Output } from './output.ts';

/** What can be held back: a consumer, or whoever stands before one. */
export interface Flow {
  suspend(): void;
  resume(): void;
}

export class Valve {
  readonly #output: Output;
  readonly #flows: Set<Flow> = new Set();
  #shut = false;

  constructor(output: Output) {
    this.#output = output;
  }

  /** Nothing may be delivered now. */
  get shut(): boolean {
    return this.#shut;
  }

  add(flow: Flow): void {
    this.#flows.add(flow);
    if (this.#shut) flow.suspend();
  }

  remove(flow: Flow): void {
    this.#flows.delete(flow);
  }

  /** Called after each delivery was written. */
  check(): void {
    if (this.#shut || !this.#output.congested) return;
    this.#shut = true;
    for (const flow of this.#flows) flow.suspend();
  }

  /** The peer has read all of it. */
  open(): void {
    if (!this.#shut) return;
    this.#shut = false;
    for (const flow of this.#flows) flow.resume();
  }
}
