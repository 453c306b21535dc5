// What the broker writes down, record by record. A head is a few small fields one behind the other,
// in the order in which they are written here; numbers are LEB128 where they are small, else eight
// bytes. docs/journal-records.md shows the same as a table.
//
//     message   │ flags │ priority │ serial │ sent at │ format │ targets… │ what few have as JSON │
//     done      │ subscription │ serial, how many in a row │ serial, how many │ …

import type { AddressKind } from './address.ts';

/** What a record tells. */
export const Kind = {
  /** Kept: a destination got a number. */
  destination: 1,
  destinationDeleted: 2,
  /** Kept: a durable subscription of a topic. */
  subscription: 3,
  subscriptionEnded: 4,
  /** Kept: a message was taken; its body is the message's bytes. */
  message: 5,
  /** A subscription needs these messages no more. */
  done: 6,
  /** The delivery of a message failed so many times. */
  attempts: 7,
  /** These messages were handed out: they may have been seen. */
  handed: 8,
  /** The time of a delayed message has come, and this is its place in the order. */
  due: 9,
  /** Kept: what was set for an address pattern while running. */
  setting: 10,
  settingRemoved: 11,
  /** A message that repeats was delivered: how often still, and when next. */
  repeated: 12,
  /** A message that repeats has come for the last time. */
  spent: 13,
  /** A durable subscription was given these messages, which came before it. */
  given: 14,
} as const;

const KINDS: readonly AddressKind[] = ['queue', 'topic', 'temporary-queue', 'temporary-topic'];

/** Writes the fields of one head after the other. */
export class HeadWriter {
  #bytes: Buffer = Buffer.allocUnsafe(1024);
  #length = 0;

  /** Begins a new head; the one before must have been used. */
  begin(): this {
    this.#length = 0;
    return this;
  }

  /** A whole number from 0, exact up to 2^53. */
  number(value: number): this {
    this.#reserve(8);
    let rest = value;
    while (rest >= 0x80) {
      this.#bytes[this.#length++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    this.#bytes[this.#length++] = rest;
    return this;
  }

  /** Any number: a time, or something below 0. */
  real(value: number): this {
    this.#reserve(8);
    this.#length = this.#bytes.writeDoubleLE(value, this.#length);
    return this;
  }

  text(value: string): this {
    const size = Buffer.byteLength(value);
    this.number(size);
    this.#reserve(size);
    this.#length += this.#bytes.write(value, this.#length);
    return this;
  }

  raw(bytes: Buffer): this {
    this.#reserve(bytes.length);
    this.#length += bytes.copy(this.#bytes, this.#length);
    return this;
  }

  kind(kind: AddressKind): this {
    return this.number(KINDS.indexOf(kind));
  }

  /** The head; valid until the next {@link begin}. */
  end(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  #reserve(bytes: number): void {
    if (this.#length + bytes <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#length + bytes));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }
}

/** Reads a head's fields in the order in which they were written. */
export class HeadReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** Where the next field begins. */
  get at(): number {
    return this.#at;
  }

  get more(): boolean {
    return this.#at < this.#bytes.length;
  }

  number(): number {
    let value = 0;
    let unit = 1;
    for (;;) {
      const byte = this.#bytes.readUInt8(this.#at++);
      value += (byte & 0x7f) * unit;
      if (byte < 0x80) return value;
      unit *= 0x80;
    }
  }

  real(): number {
    const value = this.#bytes.readDoubleLE(this.#at);
    this.#at += 8;
    return value;
  }

  text(): string {
    const size = this.number();
    this.#at += size;
    return this.#bytes.toString('utf8', this.#at - size, this.#at);
  }

  kind(): AddressKind {
    return KINDS[this.number()] ?? 'queue';
  }
}

/** Serial numbers as runs: most are neighbours. */
export class Runs {
  /** First of each run, and how many. */
  readonly #runs: number[] = [];

  get empty(): boolean {
    return this.#runs.length === 0;
  }

  add(serial: number): void {
    const runs = this.#runs;
    const last = runs.length - 2;
    const first = runs[last];
    const count = runs[last + 1];
    if (first !== undefined && count !== undefined && serial === first + count) {
      runs[last + 1] = count + 1;
    } else {
      runs.push(serial, 1);
    }
  }

  /** How many numbers it takes to write them. */
  get size(): number {
    return this.#runs.length;
  }

  write(head: HeadWriter): void {
    for (const value of this.#runs) head.number(value);
    this.#runs.length = 0;
  }
}
