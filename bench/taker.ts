/**
 * A consumer that counts what it takes, on a connection of its own. What it answers is for its wire
 * to know.
 */

import { amqp1 } from './amqp1.ts';
import { Pipe } from './pipe.ts';
import { stomp } from './stomp.ts';
import type { Door, Protocol, Wire } from './wire.ts';

/** Each protocol's wire where messages count as done when they are sent. */
export const wires: Readonly<Record<Protocol, Wire>> = { stomp, amqp: amqp1 };

export class Taker {
  count = 0;
  readonly #pipe: Pipe;
  readonly #wire: Wire;
  #until = 0;
  #failure: Error | undefined;
  #settle: ((failure?: Error) => void) | undefined;

  private constructor(pipe: Pipe, wire: Wire) {
    this.#pipe = pipe;
    this.#wire = wire;
  }

  /** Connects to where `door` says, for bodies of `size` bytes. */
  static async open(wire: Wire, door: Door, size: number): Promise<Taker> {
    const pipe = await Pipe.open(door.url);
    const receiver = await wire.openReceiver(pipe, door, size);
    const taker = new Taker(pipe, wire);
    pipe.onFailed = (reason) => {
      taker.#failure = reason;
      taker.#settle?.(reason);
    };
    pipe.pour((bytes) => {
      taker.count += receiver.take(bytes);
      if (taker.count >= taker.#until) taker.#settle?.();
    });
    return taker;
  }

  /** Resolves when so many were taken in all. */
  taken(count: number): Promise<void> {
    this.#until = count;
    return new Promise((resolve, reject) => {
      this.#settle = (failure) => (failure ? reject(failure) : resolve());
      if (this.#failure) reject(this.#failure);
      else if (this.count >= count) resolve();
    });
  }

  close(): void {
    this.#pipe.close(this.#wire.goodbye);
  }
}
