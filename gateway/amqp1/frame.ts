// Cuts a stream of bytes into AMQP frames, wherever TCP cut it. [AMQP 2.2, 2.3]
//
//      0        4      5      6         8           4·doff             size
//      ┌────────┬──────┬──────┬─────────┬───────────┬──────────────────┐
//      │ size   │ doff │ type │ channel │ extended  │ body             │
//      └────────┴──────┴──────┴─────────┴───────────┴──────────────────┘
//
// Frames are handed on in place, in the chunk they came in. Only the frame that straddles two
// chunks is completed in a buffer of its own, the carry; the rest of the chunk is never copied, and
// no frame is scanned twice. Knows nothing of what frames mean.
//
// Invariant: the carry holds less than one unit (a frame or a protocol header), and grows with the
// bytes that came, not with the size that the peer claims.

import { framingError } from './errors.ts';
import { describeForeignBytes } from './foreign-bytes.ts';

/** Receives what the framer finds; it may change the framer's settings from within a call. */
export interface FrameSink {
  /** Handles a protocol header. `protocol`: 0 AMQP, 2 TLS, 3 SASL. The version is unchecked. */
  onProtocolHeader(protocol: number, major: number, minor: number, revision: number): void;
  /**
   * Handles one frame, whose body is `buffer[start…end)`; an empty body is a heart-beat.
   *
   * @param type - 0 AMQP, 1 SASL
   * @param borrowed - the buffer is a read buffer: copy what outlives the turn. Otherwise it was
   * made for this frame and may be kept.
   */
  onFrame(
    type: number,
    channel: number,
    buffer: Buffer,
    start: number,
    end: number,
    borrowed: boolean,
  ): void;
}

export const FRAME_TYPE_AMQP = 0;
export const FRAME_TYPE_SASL = 1;
export const PROTOCOL_AMQP = 0;
export const PROTOCOL_SASL = 3;

const HEADER_BYTES = 8;
const CARRY_BYTES_FIRST = 4096;
const NOTHING: Buffer = Buffer.alloc(0);

/** An incremental framer. It begins with a protocol header. */
export class Framer {
  /** Bytes of a frame from here on; the engine raises it when open has said a size. */
  frameSizeBytesMax: number;
  readonly #sink: FrameSink;
  #protocolHeaderNext = true;
  #stopped = false;
  /** Stopped, or held. */
  #halted = false;
  /** What came while held. */
  #putOff: Buffer = NOTHING;
  #carry: Buffer = NOTHING;
  #carried = 0;
  /** Bytes of the unit in the carry; 0 while its size is not known yet. */
  #unitBytes = 0;

  constructor(sink: FrameSink, frameSizeBytesMax: number) {
    this.#sink = sink;
    this.frameSizeBytesMax = frameSizeBytesMax;
  }

  /** Says that a protocol header comes next, as after a SASL outcome. */
  expectProtocolHeader(): void {
    this.#protocolHeaderNext = true;
  }

  /** Ignores all bytes from now on, also the rest of a chunk under way. */
  stop(): void {
    this.#stopped = true;
    this.#halted = true;
    this.#putOff = NOTHING;
    this.#carry = NOTHING;
    this.#carried = 0;
  }

  /** Puts off all bytes, also the rest of a chunk under way, until {@link release}. */
  hold(): void {
    this.#halted = true;
  }

  /**
   * Goes on with what was put off.
   *
   * @throws {ProtocolError} as {@link absorb}
   */
  release(): void {
    if (this.#stopped) return;
    this.#halted = false;
    const chunk = this.#putOff;
    this.#putOff = NOTHING;
    this.absorb(chunk);
  }

  /**
   * Takes the next bytes and calls the sink for all that they complete.
   *
   * @throws {ProtocolError} `amqp:connection:framing-error`; the framer is then stopped.
   */
  absorb(chunk: Buffer): void {
    if (this.#halted) {
      this.#later(chunk, 0);
      return;
    }
    try {
      let at = this.#carried > 0 ? this.#complete(chunk) : 0;
      const end = chunk.length;
      while (end - at >= HEADER_BYTES && !this.#halted) {
        const bytes = this.#measure(chunk, at, end);
        if (bytes > end - at) break;
        this.#emit(chunk, at, bytes, true);
        at += bytes;
      }
      if (this.#halted) this.#later(chunk, at);
      else if (at < end) this.#keep(chunk, at, end);
    } catch (error) {
      this.stop();
      throw error;
    }
  }

  /** Returns how many bytes the unit at `at` has, of which eight are there. */
  #measure(buffer: Buffer, at: number, end: number): number {
    if (this.#protocolHeaderNext) {
      if (buffer.readUInt32BE(at) !== 0x414d5150) throw foreign(buffer, at, end);
      return HEADER_BYTES;
    }
    const size = buffer.readUInt32BE(at);
    const dataOffset = buffer[at + 4] ?? 0;
    if (size > this.frameSizeBytesMax) {
      throw framingError(
        `frame of ${size} bytes exceeds max-frame-size ${this.frameSizeBytesMax} [AMQP 2.3.1]`,
      );
    }
    if (size < HEADER_BYTES) {
      throw framingError(`frame of ${size} bytes is smaller than its header of 8 [AMQP 2.3.1]`);
    }
    if (dataOffset < 2 || dataOffset * 4 > size) {
      throw framingError(
        `frame of ${size} bytes has data offset ${dataOffset}, not 2…${size >>> 2} [AMQP 2.3.1]`,
      );
    }
    return size;
  }

  #emit(buffer: Buffer, at: number, bytes: number, borrowed: boolean): void {
    if (this.#protocolHeaderNext) {
      this.#protocolHeaderNext = false;
      this.#sink.onProtocolHeader(
        buffer.readUInt8(at + 4),
        buffer.readUInt8(at + 5),
        buffer.readUInt8(at + 6),
        buffer.readUInt8(at + 7),
      );
      return;
    }
    const start = at + buffer.readUInt8(at + 4) * 4;
    const type = buffer.readUInt8(at + 5);
    const channel = buffer.readUInt16BE(at + 6);
    this.#sink.onFrame(type, channel, buffer, start, at + bytes, borrowed);
  }

  /** Completes the carried unit from the chunk; returns how much of the chunk it took. */
  #complete(chunk: Buffer): number {
    let at = 0;
    if (this.#unitBytes === 0) {
      at = this.#take(chunk, 0, HEADER_BYTES - this.#carried);
      if (this.#carried < HEADER_BYTES) return at;
      this.#unitBytes = this.#measure(this.#carry, 0, HEADER_BYTES);
    }
    at = this.#take(chunk, at, this.#unitBytes - this.#carried);
    if (this.#carried < this.#unitBytes) return at;
    const unit = this.#carry;
    const bytes = this.#unitBytes;
    this.#carry = NOTHING;
    this.#carried = 0;
    this.#unitBytes = 0;
    this.#emit(unit, 0, bytes, false);
    return at;
  }

  /** Copies the rest of a chunk, if it will be wanted. */
  #later(chunk: Buffer, at: number): void {
    if (!this.#stopped) this.#putOff = Buffer.concat([this.#putOff, chunk.subarray(at)]);
  }

  /** Begins a carry with the rest of a chunk. */
  #keep(chunk: Buffer, at: number, end: number): void {
    if (this.#protocolHeaderNext) refuseEarly(chunk, at, end);
    this.#carried = 0;
    this.#unitBytes = end - at < HEADER_BYTES ? 0 : this.#measure(chunk, at, end);
    this.#take(chunk, at, end - at);
  }

  /** Moves at most `count` bytes of the chunk to the carry; returns where the chunk goes on. */
  #take(chunk: Buffer, at: number, count: number): number {
    const end = Math.min(chunk.length, at + count);
    const needed = this.#carried + end - at;
    if (needed > this.#carry.length) {
      const unit = this.#unitBytes === 0 ? HEADER_BYTES : this.#unitBytes;
      const roomy = Math.max(needed, this.#carry.length * 2, CARRY_BYTES_FIRST);
      const larger = Buffer.allocUnsafeSlow(Math.min(unit, roomy));
      this.#carry.copy(larger, 0, 0, this.#carried);
      this.#carry = larger;
    }
    chunk.copy(this.#carry, this.#carried, at, end);
    this.#carried = needed;
    return end;
  }
}

/** Fails on the first bytes that cannot become a protocol header, before all eight are there. */
function refuseEarly(chunk: Buffer, at: number, end: number): void {
  const expected = 'AMQP';
  for (let index = 0; index < expected.length && at + index < end; index++) {
    if (chunk[at + index] !== expected.charCodeAt(index)) throw foreign(chunk, at, end);
  }
}

function foreign(buffer: Buffer, at: number, end: number): Error {
  const what = describeForeignBytes(buffer.subarray(at, end));
  return framingError(`expected a protocol header 'AMQP', got ${what} [AMQP 2.2]`);
}

/** The eight bytes of a protocol header, version 1.0.0. [AMQP 2.2, 5.3.1] */
export function protocolHeader(protocol: number): Buffer {
  return Buffer.from([0x41, 0x4d, 0x51, 0x50, protocol, 1, 0, 0]);
}

/** A frame without body on channel 0, the heart-beat. [AMQP 2.4.5] */
export const EMPTY_FRAME: Buffer = Buffer.from([0, 0, 0, 8, 2, 0, 0, 0]);

/** Begins a frame of the AMQP type at `at`; returns where its body goes. */
export function beginFrame(buffer: Buffer, at: number, channel: number): number {
  // Hot: stores of single bytes are cheaper than `writeUInt32BE` with its checks.
  buffer[at + 4] = 2;
  buffer[at + 5] = FRAME_TYPE_AMQP;
  buffer[at + 6] = channel >>> 8;
  buffer[at + 7] = channel;
  return at + HEADER_BYTES;
}

/** Writes the size of the frame that begins at `start` and ends at `end`. */
export function sealFrame(buffer: Buffer, start: number, end: number): void {
  const size = end - start;
  buffer[start] = size >>> 24;
  buffer[start + 1] = size >>> 16;
  buffer[start + 2] = size >>> 8;
  buffer[start + 3] = size;
}

/** Writes a `uint` value in its smallest encoding; returns where the next field goes. */
export function writeUint(buffer: Buffer, at: number, value: number): number {
  if (value === 0) {
    buffer[at] = 0x43;
    return at + 1;
  }
  if (value <= 0xff) {
    buffer[at] = 0x52;
    buffer[at + 1] = value;
    return at + 2;
  }
  buffer[at] = 0x70;
  return write32(buffer, at + 1, value);
}

/** Writes four bytes; returns where the next go. */
export function write32(buffer: Buffer, at: number, value: number): number {
  // Hot: see `beginFrame`.
  buffer[at] = value >>> 24;
  buffer[at + 1] = value >>> 16;
  buffer[at + 2] = value >>> 8;
  buffer[at + 3] = value;
  return at + 4;
}
