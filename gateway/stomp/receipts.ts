// Receipts of one connection. A receipt means done: that of a persistent SEND waits until the
// journal is safe up to the send's position, all others leave at once. [STOMP 1.2 RECEIPT]
//
//     bytes    RECEIPT 7 ∅ RECEIPT 8 ∅ RECEIPT 9 ∅ RECEIPT 10 ∅
//     waiting  ╰ position 40 ╯╰ 41 ──╯╰ 44 ──────╯╰ noted ────╯
//
// The frames lie ready-made, so confirming ten thousand sends is one copy. A receipt is first
// *noted* (its id must be copied before SEND touches the headers), then confirmed, or reported
// with an ERROR. Invariant: positions never fall.

import type { Output } from '../output.ts';
import type { Frame } from './frame.ts';
import { readSpelling, type Version } from './spelling.ts';

const FRONT: Buffer = Buffer.from('RECEIPT\nreceipt-id:');
const BACK: Buffer = Buffer.from('\n\n\0');
const NONE: Buffer = Buffer.alloc(0);

export class Receipts {
  readonly #output: Output;
  readonly #version: Version;
  #bytes: Buffer = NONE;
  /** Where the waiting frames end, and the noted one after them. */
  #waitingEnd = 0;
  #notedEnd = 0;
  #positions: number[] = [];
  #ends: number[] = [];

  constructor(output: Output, version: Version) {
    this.#output = output;
    this.#version = version;
  }

  /** Some receipt waits for the journal. */
  get waiting(): boolean {
    return this.#positions.length > 0;
  }

  /** The id of the receipt that was noted and not confirmed. */
  get noted(): string | undefined {
    if (this.#notedEnd === this.#waitingEnd) return undefined;
    const start = this.#waitingEnd + FRONT.length;
    const text = this.#bytes.toString('utf8', start, this.#notedEnd - BACK.length);
    return readSpelling(text, this.#version);
  }

  /** Remembers the receipt that a frame asks for in its header `index`. */
  note(frame: Frame, index: number): void {
    let { buffer } = frame;
    let start = frame.colonAt(index) + 1;
    let end = frame.endAt(index);
    if (this.#version === '1.0') {
      buffer = Buffer.from(frame.value(index, '1.0'));
      start = 0;
      end = buffer.length;
    }
    const from = this.#waitingEnd;
    const to = from + FRONT.length + (end - start) + BACK.length;
    this.#makeRoom(to);
    this.#bytes.set(FRONT, from);
    buffer.copy(this.#bytes, from + FRONT.length, start, end);
    this.#bytes.set(BACK, to - BACK.length);
    this.#notedEnd = to;
  }

  /** Adds a header line, spelled for the client, to the noted receipt. */
  annotate(line: string): void {
    if (this.#notedEnd === this.#waitingEnd) return;
    const more = Buffer.from(`\n${line}`);
    this.#makeRoom(this.#notedEnd + more.length);
    const at = this.#notedEnd - BACK.length;
    this.#bytes.set(more, at);
    this.#bytes.set(BACK, at + more.length);
    this.#notedEnd += more.length;
  }

  /** The frame that asked for the noted receipt comes again, or was answered with an ERROR. */
  forget(): void {
    this.#notedEnd = this.#waitingEnd;
  }

  /** What the noted receipt stands for is done once the journal is safe up to `position`. */
  confirm(position: number, durable: number): void {
    if (this.#notedEnd === this.#waitingEnd) return;
    if (position <= durable) {
      this.#output.write(this.#bytes.subarray(this.#waitingEnd, this.#notedEnd));
      this.#notedEnd = this.#waitingEnd;
      return;
    }
    this.#waitingEnd = this.#notedEnd;
    this.#positions.push(position);
    this.#ends.push(this.#notedEnd);
  }

  /** The journal is safe up to `durable`: sends what waited for that. */
  release(durable: number): void {
    const positions = this.#positions;
    let count = 0;
    while (count < positions.length && (positions[count] as number) <= durable) count++;
    if (count === 0) return;
    const end = this.#ends[count - 1] as number;
    this.#output.write(this.#bytes.subarray(0, end));
    this.#bytes.copyWithin(0, end, this.#notedEnd);
    this.#waitingEnd -= end;
    this.#notedEnd -= end;
    this.#positions = positions.slice(count);
    this.#ends = this.#ends.slice(count).map((other) => other - end);
    if (this.#notedEnd === 0) this.#bytes = NONE;
  }

  #makeRoom(bytes: number): void {
    if (bytes <= this.#bytes.length) return;
    const wider = Buffer.allocUnsafe(Math.max(256, 2 * bytes));
    this.#bytes.copy(wider, 0, 0, this.#notedEnd);
    this.#bytes = wider;
  }
}
