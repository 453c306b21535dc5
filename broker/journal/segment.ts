// One segment of the log: a file of fixed size with a generation. What is known of it in memory.
//
//     reserved ──► begins (its head is written) ──► takes records ──► sealed ──► empty ──► let go
//
// A segment takes records from the moment it is reserved; its file may come later, and until then
// the records wait in the write buffer.

import type { OpenFile } from '../files.ts';

/** A file that is, or can become, a segment. */
export interface SegmentFile {
  /** The number in its name. */
  readonly file: number;
  readonly size: number;
  handle: OpenFile | undefined;
  /** It is being written: its handle stays open. */
  busy: boolean;
}

export class Segment {
  /** 1, 2, 3 … from the opening of the journal; what the index calls it. */
  readonly ordinal: number;
  readonly generation: number;
  readonly size: number;
  file: SegmentFile | undefined;
  /** Offset where the next frame goes. */
  end: number;
  sealed = false;
  live = 0;
  liveBytes = 0;
  /** New records in it have numbers from here … */
  firstNumber = 0;
  /** … to before here. */
  endNumber = 0;
  /** Numbers of records that were copied into it, some of which may have moved on or died. */
  copied: number[] = [];
  /**
   * On the clock of appended bytes: when what was appended until here is safe, and nothing lives
   * in the segment, nobody needs it.
   */
  settledAt = 0;
  /** Which opening of the journal wrote it from where; most segments have one. */
  readonly runs: { readonly from: number; readonly run: number }[] = [];

  constructor(ordinal: number, generation: number, size: number, end: number) {
    this.ordinal = ordinal;
    this.generation = generation;
    this.size = size;
    this.end = end;
  }

  /** The run that wrote the frame at an offset. */
  runAt(offset: number): number {
    return this.runs.findLast(({ from }) => from <= offset)?.run ?? 0;
  }
}

/** The file's name by its number. */
export function segmentName(file: number): string {
  return `segment-${String(file).padStart(6, '0')}.journal`;
}

/** What a file is called until it is whole. */
export function unfinishedName(file: number): string {
  return `segment-${String(file).padStart(6, '0')}.new`;
}

const NAME = /^segment-(\d{6,10})\.(journal|new)$/;

/** The number in a file's name, and whether the file is whole; undefined for other names. */
export function parseSegmentName(
  name: string,
): { readonly file: number; readonly whole: boolean } | undefined {
  const match = NAME.exec(name);
  return match === null ? undefined : { file: Number(match[1]), whole: match[2] === 'journal' };
}
