// A message that comes in several frames: its pieces are gathered until the last one is there.
// [AMQP 2.6.14]
//
// Small pieces share a block, so that a peer that sends a byte a frame costs memory for the bytes
// and not for the frames. Invariant: blocks hold less than twice the bytes that came, plus one block.

import type { DeliveryState } from './delivery-state.ts';

const BLOCK_BYTES: number = 64 * 1024;

export class Assembly {
  readonly deliveryId: number;
  /** It goes on with a delivery of a link before: what comes is not needed. */
  readonly resumed: boolean;
  readonly #blocks: Buffer[] = [];
  #tail: Buffer | undefined;
  #used = 0;
  /** A later frame may say it when the first did not. */
  settled: boolean;
  /** What the sender says of the delivery; the last frame that says something counts. */
  state: DeliveryState | undefined = undefined;
  byteLength = 0;

  constructor(deliveryId: number, settled: boolean, resumed = false) {
    this.deliveryId = deliveryId;
    this.settled = settled;
    this.resumed = resumed;
  }

  /** Copies a piece. */
  add(buffer: Buffer, start: number, end: number): void {
    if (this.resumed) return;
    let at = start;
    while (at < end) {
      const tail = this.#room(end - at);
      const count = Math.min(end - at, tail.length - this.#used);
      buffer.copy(tail, this.#used, at, at + count);
      this.#used += count;
      at += count;
    }
    this.byteLength += end - start;
  }

  /** The whole message, in a buffer of its own. */
  whole(): Buffer {
    const [only] = this.#blocks;
    if (this.#blocks.length === 1 && only !== undefined && only.length === this.byteLength) {
      return only;
    }
    return Buffer.concat(this.#blocks, this.byteLength);
  }

  #room(bytes: number): Buffer {
    if (this.#tail !== undefined && this.#used < this.#tail.length) return this.#tail;
    // The first block is as large as the first piece: many messages have just two frames.
    const size = this.#tail === undefined ? Math.max(bytes, 512) : Math.max(bytes, BLOCK_BYTES);
    const block = Buffer.allocUnsafeSlow(size);
    this.#blocks.push(block);
    this.#tail = block;
    this.#used = 0;
    return block;
  }
}
