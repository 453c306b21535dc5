/**
 * A producer whose messages are persistent and confirmed one by one, with a bound on how many may be
 * outstanding. How a protocol says so is in `confirmed-stomp.ts` and `confirmed-amqp1.ts`.
 *
 * Frames are prepared once and numbered in place, as many at a time as may be outstanding.
 * Invariant: never more than `outstanding` messages are sent and not confirmed.
 */

import { confirmedAmqp1 } from './confirmed-amqp1.ts';
import { confirmedStomp } from './confirmed-stomp.ts';
import { Pipe } from './pipe.ts';
import type { Door, Protocol } from './wire.ts';

/** One protocol's way to send and be told. */
export interface ConfirmedWire {
  /** One whole message, ready for the wire. */
  readonly frame: Buffer;
  /** Where in the frame its body ends. */
  readonly bodyEnd: number;
  readonly goodbye: Buffer;
  /** How many messages the peer allows now. */
  room(): number;
  /** Makes the first `count` frames of `batch` the next ones in line. */
  number(batch: Buffer, count: number): void;
  /** Takes what the peer says; answers how many messages it confirmed. */
  take(bytes: Buffer): number;
}

/** Opens the producing end of one connection; AMQP's is always persistent. */
export function openConfirmed(
  protocol: Protocol,
  pipe: Pipe,
  door: Door,
  size: number,
  persistent = true,
): Promise<ConfirmedWire> {
  if (protocol === 'amqp') return confirmedAmqp1(pipe, door, size);
  return confirmedStomp(pipe, door, size, persistent);
}

export class ConfirmedProducer {
  sent = 0;
  confirmed = 0;
  readonly #pipe: Pipe;
  readonly #wire: ConfirmedWire;
  readonly #outstanding: number;
  readonly #batch: Buffer;
  #free = true;
  #until = 0;
  #failure: Error | undefined;
  #settle: ((failure?: Error) => void) | undefined;

  private constructor(pipe: Pipe, wire: ConfirmedWire, outstanding: number) {
    this.#pipe = pipe;
    this.#wire = wire;
    this.#outstanding = outstanding;
    const atOnce = Math.max(1, Math.min(outstanding, Math.floor(65_536 / wire.frame.length)));
    this.#batch = Buffer.alloc(wire.frame.length * atOnce, wire.frame);
    pipe.onFailed = (reason) => {
      this.#failure = reason;
      this.#settle?.(reason);
    };
    pipe.pour((bytes) => this.#arrived(bytes));
  }

  /** Connects to where `door` says, for bodies of `size` bytes. */
  static async open(
    protocol: Protocol,
    door: Door,
    size: number,
    outstanding: number,
  ): Promise<ConfirmedProducer> {
    const pipe = await Pipe.open(door.url);
    return new ConfirmedProducer(
      pipe,
      await openConfirmed(protocol, pipe, door, size),
      outstanding,
    );
  }

  /** Sends `count` more and resolves when the last of them is confirmed. */
  send(count: number): Promise<void> {
    this.#until = this.sent + count;
    return new Promise((resolve, reject) => {
      this.#settle = (failure) => (failure ? reject(failure) : resolve());
      if (this.#failure) reject(this.#failure);
      else this.#pump();
    });
  }

  close(): void {
    this.#pipe.close(this.#wire.goodbye);
  }

  #arrived(bytes: Buffer): void {
    this.confirmed += this.#wire.take(bytes);
    if (this.confirmed > this.sent) throw new Error('more was confirmed than was sent');
    if (this.confirmed === this.#until) this.#settle?.();
    else this.#pump();
  }

  #pump(): void {
    const { frame } = this.#wire;
    while (this.#free) {
      const may = Math.min(this.#outstanding - (this.sent - this.confirmed), this.#wire.room());
      const count = Math.min(this.#batch.length / frame.length, this.#until - this.sent, may);
      if (count <= 0) return;
      this.#wire.number(this.#batch, count);
      this.sent += count;
      this.#free = false;
      // The batch is ours again when the system has its bytes, most often at once.
      this.#pipe.write(this.#batch.subarray(0, count * frame.length), () => {
        this.#free = true;
        this.#pump();
      });
    }
  }
}
