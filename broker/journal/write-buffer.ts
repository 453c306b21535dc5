// What was appended and is not yet written: batches, each a batch head and the records after it,
// for one segment. Bytes are copied here once, and go to the file as they lie.
//
//     batch   start ─►┌ head ┬ record ┬ record ┬ … slab 1 ┐┌ record ┬ … slab 2 ┐
//                     └ filled in when its write begins   ┘└─ used ─┘
//
// A record lies in one slab, so that its checksum is one call; one that is larger than a slab gets
// its own. Slabs are used again.

import { assert } from '../errors.ts';
import { BATCH_HEAD } from './frame.ts';
import type { Segment } from './segment.ts';

const SLAB_BYTES = 256 * 1024;
/** Slabs kept for use again in any case: 4 MiB. */
const SPARE_SLABS = 16;
/**
 * While it is busy, as many as lately were in a batch, and so much less after each. Hot: with 64 KiB
 * bodies and 1,000 outstanding, making 250 slabs for each batch took three times the collector's time.
 */
const SPARE_DECAY = 0.9;

class Slab {
  readonly bytes: Buffer;
  used = 0;

  constructor(bytes: number) {
    this.bytes = Buffer.allocUnsafeSlow(bytes);
  }
}

/** The bytes of one write. */
export class Batch {
  readonly segment: Segment;
  /** Offset in the segment. */
  readonly start: number;
  readonly slabs: Slab[] = [];
  bytes = 0;
  /** The last new number in it, or before it. */
  lastNumber = 0;
  /** The number that the next new record after the head gets. */
  nextNumber = 0;
  /** On the clock of appended bytes: its end. */
  clock = 0;
  /** What its head says is the oldest segment that is needed. */
  oldest = 0;

  constructor(segment: Segment, start: number) {
    this.segment = segment;
    this.start = start;
  }

  get end(): number {
    return this.start + this.bytes;
  }

  buffers(): Buffer[] {
    return this.slabs.map((slab) => slab.bytes.subarray(0, slab.used));
  }

  /** The bytes from `offset` of the segment, if they are here. */
  find(offset: number, length: number): Buffer | undefined {
    let start = this.start;
    for (const { bytes, used } of this.slabs) {
      if (offset >= start && offset + length <= start + used) {
        return bytes.subarray(offset - start, offset - start + length);
      }
      start += used;
    }
    return undefined;
  }
}

export class WriteBuffer {
  /** Where the bytes reserved last are. */
  slab: Buffer = Buffer.alloc(0);
  #waiting: Batch[] = [];
  #current: Batch | undefined;
  #spare: Slab[] = [];
  #spareMax = SPARE_SLABS;

  /** The batch that takes records now. */
  get current(): Batch | undefined {
    return this.#current;
  }

  /** How many batches were ended and wait. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** Begins a batch. */
  begin(segment: Segment, start: number): Batch {
    assert(this.#current === undefined, 'a batch begins in another');
    this.#current = new Batch(segment, start);
    return this.#current;
  }

  /** Ends the current batch; it waits for its write. */
  end(lastNumber: number, clock: number): void {
    const batch = this.#current;
    if (batch === undefined) return;
    batch.lastNumber = lastNumber;
    batch.clock = clock;
    this.#waiting.push(batch);
    this.#current = undefined;
  }

  /** The batch that {@link peek} showed, ended, is its taker's until {@link release}. */
  take(): Batch {
    const batch = this.#waiting.shift();
    assert(batch !== undefined, 'no batch waits for its write');
    return batch;
  }

  /** The next batch to write. */
  peek(): Batch | undefined {
    return this.#waiting[0] ?? this.#current;
  }

  /** Makes room for bytes in the current batch; returns where in {@link slab} they go. */
  reserve(length: number): number {
    const batch = this.#current;
    assert(batch !== undefined, 'bytes are appended to no batch');
    let slab = batch.slabs.at(-1);
    if (slab === undefined || slab.used + length > slab.bytes.length) {
      slab = length > SLAB_BYTES ? new Slab(length) : (this.#spare.pop() ?? new Slab(SLAB_BYTES));
      batch.slabs.push(slab);
    }
    const at = slab.used;
    slab.used += length;
    batch.bytes += length;
    this.slab = slab.bytes;
    return at;
  }

  /** Gives back the slabs of a batch that was written. */
  release(batch: Batch): void {
    // A head alone is written when nothing else is: then memory is given back.
    const busy = batch.bytes > BATCH_HEAD;
    const lately = Math.max(batch.slabs.length, Math.floor(this.#spareMax * SPARE_DECAY));
    this.#spareMax = busy ? Math.max(SPARE_SLABS, lately) : SPARE_SLABS;
    for (const slab of batch.slabs) {
      if (slab.bytes.length !== SLAB_BYTES) continue;
      slab.used = 0;
      this.#spare.push(slab);
    }
    if (this.#spare.length > this.#spareMax) this.#spare.length = this.#spareMax;
  }

  /** Bytes of a segment that are not yet written, if they are here. */
  find(segment: Segment, offset: number, length: number): Buffer | undefined {
    for (const batch of this.#waiting) {
      const bytes = batch.segment === segment ? batch.find(offset, length) : undefined;
      if (bytes !== undefined) return bytes;
    }
    const current = this.#current;
    return current?.segment === segment ? current.find(offset, length) : undefined;
  }

  /** Forgets everything: after a failure nothing is written any more. */
  clear(): void {
    this.#waiting = [];
    this.#current = undefined;
    this.#spare = [];
  }
}
