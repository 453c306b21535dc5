// Writes the frames of the data path, transfers and dispositions, in place: rhea has no transactional
// state in its transfers, and encodes each field as an object. All frames of a turn share a slab and
// go to the socket with one write. [AMQP 2.3, 2.7.5, 2.7.6]
//
// Invariant: `flush` is called before rhea writes a frame of its own, so that they go in order.

const SLAB_BYTES = 65_536;
/** A payload above this is not copied into the slab. */
const COPY_BYTES_MAX = 16_384;
/** More than the fields of a transfer take, without its state. */
const HEAD_BYTES_MAX = 48;

interface Socket {
  write(bytes: Uint8Array): unknown;
}

/** One transfer frame of a delivery. */
export interface Transfer {
  readonly channel: number;
  readonly handle: number;
  readonly delivery: number;
  readonly settled: boolean;
  /** The encoded state; undefined: none. */
  readonly state: Buffer | undefined;
}

export class Frames {
  readonly #socket: () => Socket;
  #slab: Buffer = Buffer.allocUnsafe(0);
  /** What of the slab is not with the socket yet. */
  #start = 0;
  #at = 0;

  constructor(socket: () => Socket) {
    this.#socket = socket;
  }

  /** Writes one frame with a part of the payload, and returns where that part ends. */
  transfer(
    { channel, handle, delivery, settled, state }: Transfer,
    payload: Buffer,
    from: number,
    frameBytesMax: number,
  ): number {
    const head = HEAD_BYTES_MAX + (state?.length ?? 0);
    const end = Math.min(payload.length, from + frameBytesMax - head);
    const body = end - from;
    const copied = body <= COPY_BYTES_MAX;
    const frame = this.#begin(channel, 0x14, head + (copied ? body : 0));
    this.#uint(handle);
    this.#uint(delivery);
    const slab = this.#slab;
    slab[this.#at++] = 0xa0;
    slab[this.#at++] = 4;
    this.#at = slab.writeUInt32BE(delivery >>> 0, this.#at);
    slab[this.#at++] = 0x43;
    slab[this.#at++] = settled ? 0x41 : 0x42;
    slab[this.#at++] = end < payload.length ? 0x41 : 0x42;
    let fields = 6;
    if (state !== undefined) {
      slab[this.#at++] = 0x40;
      this.#raw(state);
      fields += 2;
    }
    this.#endList(frame, fields);
    if (copied) this.#at += payload.copy(slab, this.#at, from, end);
    slab.writeUInt32BE(this.#at - frame + (copied ? 0 : body), frame);
    if (!copied) {
      this.flush();
      this.#socket().write(payload.subarray(from, end));
    }
    return end;
  }

  /** Says what became of a range of deliveries, and that they are settled. */
  disposition(
    channel: number,
    receiver: boolean,
    first: number,
    last: number,
    state: Buffer,
  ): void {
    const frame = this.#begin(channel, 0x15, HEAD_BYTES_MAX + state.length);
    this.#slab[this.#at++] = receiver ? 0x41 : 0x42;
    this.#uint(first);
    this.#uint(last);
    this.#slab[this.#at++] = 0x41;
    this.#raw(state);
    this.#endList(frame, 5);
    this.#slab.writeUInt32BE(this.#at - frame, frame);
  }

  /** Hands what was written to the socket. */
  flush(): void {
    if (this.#at === this.#start) return;
    const bytes = this.#slab.subarray(this.#start, this.#at);
    this.#start = this.#at;
    this.#socket().write(bytes);
  }

  #begin(channel: number, code: number, room: number): number {
    if (this.#slab.length - this.#at < room + 16) {
      this.flush();
      this.#slab = Buffer.allocUnsafe(Math.max(SLAB_BYTES, room + 16));
      this.#start = 0;
      this.#at = 0;
    }
    const frame = this.#at;
    const slab = this.#slab;
    slab.writeUInt32BE(0x0200_0000 | channel, frame + 4);
    slab.writeUInt32BE(0x0053_0000 | (code << 8) | 0xd0, frame + 8);
    // The size and the count of a list of the 32-bit kind, for its state may be long.
    this.#at = frame + 20;
    return frame;
  }

  #endList(frame: number, fields: number): void {
    this.#slab.writeUInt32BE(this.#at - frame - 16, frame + 12);
    this.#slab.writeUInt32BE(fields, frame + 16);
  }

  #uint(value: number): void {
    const number = value >>> 0;
    if (number < 256) {
      this.#slab[this.#at++] = 0x52;
      this.#slab[this.#at++] = number;
      return;
    }
    this.#slab[this.#at++] = 0x70;
    this.#at = this.#slab.writeUInt32BE(number, this.#at);
  }

  #raw(bytes: Buffer): void {
    this.#at += bytes.copy(this.#slab, this.#at);
  }
}
