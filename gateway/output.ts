// What a turn writes to one peer: frames are encoded straight into slabs, and all of them leave in
// one socket write when the turn ends.
//
//     full       [ frame frame frame ]  [ frame frame ··]
//     buffer     [ frame frame ───────────────▒▒▒▒▒▒▒▒▒▒ ]
//                                     length ▲          ▲ buffer.length
//
// Slabs come from a pool that all outputs share, and go back to it when the kernel has taken the
// bytes: an idle connection holds none.

import type { Flushable, Turn } from '#broker';
import { gatewayLimits } from './limits.ts';

/** Where the bytes go. */
export interface Transport {
  /** Writes all slabs in order. True: they were handed on at once and may be used again. */
  write(slabs: readonly Buffer[]): boolean;
  /** Bytes that were given to `write` and are not on their way yet. */
  waitingBytes(): number;
}

const NONE: Buffer = Buffer.alloc(0);
const SPARES_MAX = 64;
const spares: Buffer[] = [];

export class Output implements Flushable {
  /** The slab that is being filled. Write at {@link length} after {@link reserve}. */
  buffer: Buffer = NONE;
  /** Bytes of {@link buffer} in use; set it to the end of what was written. */
  length = 0;
  readonly #turn: Turn;
  readonly #transport: Transport;
  #full: Buffer[] = [];
  #fullBytes = 0;
  #touched = false;

  constructor(turn: Turn, transport: Transport) {
    this.#turn = turn;
    this.#transport = transport;
  }

  /** Bytes that the peer has yet to read. */
  get pendingBytes(): number {
    return this.#fullBytes + this.length + this.#transport.waitingBytes();
  }

  /** The peer reads more slowly than we write: deliver nothing more until it has caught up. */
  get congested(): boolean {
    return this.pendingBytes >= gatewayLimits.outputBytesHigh;
  }

  /** Makes room for `bytes` in one piece, and returns where in {@link buffer} they go. */
  reserve(bytes: number): number {
    if (this.buffer.length - this.length < bytes) this.#more(bytes);
    if (!this.#touched) {
      this.#touched = true;
      this.#turn.touch(this);
    }
    return this.length;
  }

  /** Copies ready-made bytes. */
  write(bytes: Uint8Array): void {
    const at = this.reserve(bytes.length);
    this.buffer.set(bytes, at);
    this.length = at + bytes.length;
  }

  /** Writes all that was gathered, at once. */
  flush(): void {
    this.#touched = false;
    if (this.length > 0) this.#full.push(this.buffer.subarray(0, this.length));
    else if (this.buffer !== NONE) this.#recycle(this.buffer);
    const slabs = this.#full;
    this.buffer = NONE;
    this.length = 0;
    this.#full = [];
    this.#fullBytes = 0;
    if (slabs.length > 0 && this.#transport.write(slabs)) {
      for (const slab of slabs) this.#recycle(slab);
    }
  }

  #more(bytes: number): void {
    if (this.length > 0) {
      this.#full.push(this.buffer.subarray(0, this.length));
      this.#fullBytes += this.length;
    } else if (this.buffer !== NONE) {
      this.#recycle(this.buffer);
    }
    this.length = 0;
    const size = gatewayLimits.outputSlabBytes;
    this.buffer = bytes > size ? Buffer.allocUnsafeSlow(bytes) : newSlab(size);
  }

  #recycle(slab: Buffer): void {
    const memory = slab.buffer;
    if (memory.byteLength === gatewayLimits.outputSlabBytes && spares.length < SPARES_MAX) {
      spares.push(Buffer.from(memory, 0, memory.byteLength));
    }
  }
}

function newSlab(size: number): Buffer {
  return spares.pop() ?? Buffer.allocUnsafeSlow(size);
}
