// One frame, where it lies. Nothing is copied and no string is made until somebody asks: a frame is
// a buffer and a table of numbers that say where each header begins and ends.
//
//     S E N D \n d e s t i n a t i o n : / q u e u e / a \n \n h e l l o \0
//              ▲ name               ▲ colon           ▲ end │ ▲ body      ▲ bodyEnd
//              table[4i+1]          table[4i+2]   table[4i+3]
//
// There is one Frame per parser, filled anew for each frame that comes. [STOMP 1.2 STOMP Frames]

import { readSpelling, type Version, writeSpelling } from './spelling.ts';

/** What the scan of the headers noticed; most frames have none of these. */
export const Mark = {
  /** A backslash. */
  escape: 1,
  /** A line that ends in CR LF. */
  crlf: 2,
  /** A CR elsewhere. */
  strayCr: 4,
  /** A byte that is not ASCII. */
  wide: 8,
  /** The lines were moved since, to close up: they cannot be shown any more. */
  moved: 16,
} as const;

/** The code of a header that is not to travel on. */
export const DROPPED = -2;

const COLUMNS = 4;
const NONE: Buffer = Buffer.alloc(0);

export class Frame {
  buffer: Buffer = NONE;
  /** The buffer belongs to the socket, and may be overwritten when the turn ends. */
  borrowed = true;
  /** One of `Command`. */
  command = -1;
  /** Where the first header begins. */
  headersStart = 0;
  bodyStart = 0;
  /** Where the NUL stands. */
  bodyEnd = 0;
  /** How many headers there are. */
  count = 0;
  /** Bits of {@link Mark}. */
  marks = 0;
  #table: Int32Array = new Int32Array(COLUMNS * 16);

  /** Forgets the frame before. */
  begin(buffer: Buffer, borrowed: boolean): void {
    this.buffer = buffer;
    this.borrowed = borrowed;
    this.command = -1;
    this.headersStart = 0;
    this.bodyStart = 0;
    this.count = 0;
    this.marks = 0;
  }

  addHeader(code: number, name: number, colon: number, end: number): void {
    const at = this.count++ * COLUMNS;
    if (at === this.#table.length) {
      const wider = new Int32Array(at * 2);
      wider.set(this.#table);
      this.#table = wider;
    }
    const table = this.#table;
    table[at] = code;
    table[at + 1] = name;
    table[at + 2] = colon;
    table[at + 3] = end;
  }

  /** Marks a header as one that is not to travel on. */
  drop(index: number): void {
    this.#table[index * COLUMNS] = DROPPED;
  }

  /** The frame was moved: what lay at `from` now lies at 0 of another buffer. */
  rebase(buffer: Buffer, borrowed: boolean, from: number): void {
    this.buffer = buffer;
    this.borrowed = borrowed;
    this.headersStart -= from;
    this.bodyStart -= from;
    const table = this.#table;
    for (let at = 0; at < this.count * COLUMNS; at++) {
      if (at % COLUMNS !== 0) table[at] = (table[at] as number) - from;
    }
  }

  /** One of `Header`, or `UNKNOWN`. */
  codeAt(index: number): number {
    return this.#table[index * COLUMNS] as number;
  }

  /** Where the header's line begins. */
  nameAt(index: number): number {
    return this.#table[index * COLUMNS + 1] as number;
  }

  /** Where the header's colon stands. */
  colonAt(index: number): number {
    return this.#table[index * COLUMNS + 2] as number;
  }

  /** Where the header's value ends. */
  endAt(index: number): number {
    return this.#table[index * COLUMNS + 3] as number;
  }

  /** Finds the first header with this code, -1 if there is none. Repeated headers do not count. */
  find(code: number): number {
    for (let index = 0; index < this.count; index++) if (this.codeAt(index) === code) return index;
    return -1;
  }

  /** The value of the first header with this code. */
  text(code: number, version: Version): string | undefined {
    const index = this.find(code);
    return index < 0 ? undefined : this.value(index, version);
  }

  name(index: number, version: Version): string {
    const { buffer } = this;
    return readSpelling(buffer.toString('utf8', this.nameAt(index), this.colonAt(index)), version);
  }

  value(index: number, version: Version): string {
    const text = this.buffer.toString('utf8', this.colonAt(index) + 1, this.endAt(index));
    return readSpelling(text, version);
  }

  /** The body, not copied. */
  body(): Buffer {
    return this.buffer.subarray(this.bodyStart, this.bodyEnd);
  }
}

/** Reads digits as a number; -1 if there are none, or something else. */
export function readDigits(buffer: Buffer, start: number, end: number): number {
  if (start >= end || end - start > 15) return -1;
  let value = 0;
  for (let at = start; at < end; at++) {
    const digit = (buffer[at] as number) - 0x30;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}

/** Writes a whole frame. Headers that are `undefined` are left out. */
export function formatFrame(
  command: string,
  headers: readonly (readonly [string, string | undefined])[],
  version: Version,
  body: Uint8Array = NONE,
): Buffer {
  let head = `${command}\n`;
  for (const [name, value] of headers) {
    if (value === undefined) continue;
    head += `${writeSpelling(name, version)}:${writeSpelling(value, version)}\n`;
  }
  const front = Buffer.from(`${head}\n`);
  return Buffer.concat([front, body, Buffer.of(0)], front.length + body.length + 1);
}
