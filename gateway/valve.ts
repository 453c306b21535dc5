// Holds back the consumers of one connection while its peer does not read what it was sent.

import type { Consumer } from '#broker';
import type { Output } from './output.ts';

export class Valve {
  readonly #output: Output;
  readonly #consumers: Set<Consumer> = new Set();
  #shut = false;

  constructor(output: Output) {
    this.#output = output;
  }

  add(consumer: Consumer): void {
    this.#consumers.add(consumer);
    if (this.#shut) consumer.suspend();
  }

  remove(consumer: Consumer): void {
    this.#consumers.delete(consumer);
  }

  /** Called after each delivery was written. */
  check(): void {
    if (this.#shut || !this.#output.congested) return;
    this.#shut = true;
    for (const consumer of this.#consumers) consumer.suspend();
  }

  /** The peer has read all of it. */
  open(): void {
    if (!this.#shut) return;
    this.#shut = false;
    for (const consumer of this.#consumers) consumer.resume();
  }
}
