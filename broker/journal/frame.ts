// The bytes of the journal: three frames, written down with every rule in docs/journal-format.md.
// All numbers are big-endian. Nothing here reads or writes a file.
//
//   segment   ┌ segment head ─ 512 ┬ batch head ─ 48 ┬ record ┬ record ┬ batch head ┬ record …
//
//   segment head   magic 8 · crc 4 · version 2 · 0 2 · journal id 8 · file 4 · generation 4 · size 4
//   batch head     magic 4 · crc 4 · generation 4 · position 4 · watermark 4+4 · oldest 4 · run 4 ·
//                  next number 6 · flags 1 · 0 1 · crc of the batch head before 4 · 0 4
//   record         crc 4 · crc of body 4 · kind 1 · flags 1 · number 6 · head length 4 ·
//                  body length 4 · head · body
//
// Invariant: a frame of a former life of its place never looks like one of this life. The batch
// head names generation, position and the batch head before it; a record's crc starts from the run
// and the generation.

import type { Host } from '../host.ts';

/** Computes CRC-32 (ISO 3309, as zip and PNG do) of bytes, going on from an earlier value. */
export type Checksum = Host['crc32'];

export const FORMAT_VERSION = 1;
/** A segment's first frame is here: the head has a disk sector of its own. */
export const SEGMENT_START = 512;
const SEGMENT_HEAD = 64;
export const BATCH_HEAD = 48;
export const RECORD_HEAD = 24;
/** What an owner may say of a record: 24 bits of length. */
export const OWNER_HEAD_MAX: number = 2 ** 24 - 1;
/** Numbers have 48 bits. */
const NUMBER_BYTES = 6;

const SEGMENT_MAGIC = 'ANGELIAJ';
/** The first four bytes of a batch head: `AngB`. */
export const BATCH_MAGIC: Buffer = Buffer.from('AngB');
const BATCH_MAGIC_NUMBER = BATCH_MAGIC.readUInt32BE(0);

export const RecordFlag = { kept: 1, more: 2, copied: 4 } as const;
const FIRST_OF_RUN = 1;

export interface SegmentHead {
  readonly version: number;
  /** Sixteen hexadecimal digits: which journal this is part of. */
  readonly journalId: string;
  /** The number in the file's name. */
  readonly file: number;
  readonly generation: number;
  readonly size: number;
}

/** A place in the log. */
export interface Position {
  readonly generation: number;
  readonly offset: number;
}

export function isBefore(one: Position, other: Position): boolean {
  if (one.generation !== other.generation) return one.generation < other.generation;
  return one.offset < other.offset;
}

export interface BatchHead {
  readonly generation: number;
  /** Offset of the head itself. */
  readonly position: number;
  /** Everything before this was safe when the head was written. */
  readonly watermark: Position;
  /** Segments of earlier generations were not needed any more. */
  readonly oldest: number;
  /** Different for each opening of the journal. */
  readonly run: number;
  readonly firstOfRun: boolean;
  /** The number that the next new record gets. */
  readonly next: number;
  /** Checksum of the batch head before this one; 0 if there is none. */
  readonly previous: number;
}

/** The head of a segment, padded to {@link SEGMENT_START} bytes. */
export function encodeSegmentHead(head: SegmentHead, crc32: Checksum): Buffer {
  const bytes = Buffer.alloc(SEGMENT_START);
  bytes.write(SEGMENT_MAGIC, 0, 'latin1');
  bytes.writeUInt16BE(head.version, 12);
  bytes.write(head.journalId, 16, 8, 'hex');
  bytes.writeUInt32BE(head.file, 24);
  bytes.writeUInt32BE(head.generation, 28);
  bytes.writeUInt32BE(head.size, 32);
  bytes.writeUInt32BE(crc32(bytes.subarray(12, SEGMENT_HEAD), 0), 8);
  return bytes;
}

/** What the first bytes of a file are: a head, or why not. */
export function decodeSegmentHead(
  bytes: Buffer,
  crc32: Checksum,
): SegmentHead | 'empty' | 'unreadable' {
  if (bytes.length < SEGMENT_HEAD) return 'unreadable';
  if (bytes.subarray(0, SEGMENT_HEAD).every((byte) => byte === 0)) return 'empty';
  if (bytes.toString('latin1', 0, 8) !== SEGMENT_MAGIC) return 'unreadable';
  if (crc32(bytes.subarray(12, SEGMENT_HEAD), 0) !== bytes.readUInt32BE(8)) return 'unreadable';
  return {
    version: bytes.readUInt16BE(12),
    journalId: bytes.toString('hex', 16, 24),
    file: bytes.readUInt32BE(24),
    generation: bytes.readUInt32BE(28),
    size: bytes.readUInt32BE(32),
  };
}

/** Writes a batch head at `at`; returns its checksum, which the next one names. */
export function encodeBatchHead(
  bytes: Buffer,
  at: number,
  head: BatchHead,
  crc32: Checksum,
  key: number,
): number {
  bytes.writeUInt32BE(BATCH_MAGIC_NUMBER, at);
  bytes.writeUInt32BE(head.generation, at + 8);
  bytes.writeUInt32BE(head.position, at + 12);
  bytes.writeUInt32BE(head.watermark.generation, at + 16);
  bytes.writeUInt32BE(head.watermark.offset, at + 20);
  bytes.writeUInt32BE(head.oldest, at + 24);
  bytes.writeUInt32BE(head.run, at + 28);
  bytes.writeUIntBE(head.next, at + 32, NUMBER_BYTES);
  bytes.writeUInt8(head.firstOfRun ? FIRST_OF_RUN : 0, at + 38);
  bytes.writeUInt8(0, at + 39);
  bytes.writeUInt32BE(head.previous, at + 40);
  bytes.writeUInt32BE(0, at + 44);
  const crc = crc32(bytes.subarray(at + 8, at + BATCH_HEAD), key);
  bytes.writeUInt32BE(crc, at + 4);
  return crc;
}

/** The batch head at `at`, which is `position` of a segment of `generation`; if there is one. */
export function decodeBatchHead(
  bytes: Buffer,
  at: number,
  position: number,
  crc32: Checksum,
  key: number,
): (BatchHead & { readonly crc: number }) | undefined {
  if (at + BATCH_HEAD > bytes.length) return undefined;
  if (bytes.readUInt32BE(at) !== BATCH_MAGIC_NUMBER) return undefined;
  if (bytes.readUInt32BE(at + 12) !== position) return undefined;
  const crc = bytes.readUInt32BE(at + 4);
  if (crc32(bytes.subarray(at + 8, at + BATCH_HEAD), key) !== crc) return undefined;
  return {
    generation: bytes.readUInt32BE(at + 8),
    position,
    watermark: {
      generation: bytes.readUInt32BE(at + 16),
      offset: bytes.readUInt32BE(at + 20),
    },
    oldest: bytes.readUInt32BE(at + 24),
    run: bytes.readUInt32BE(at + 28),
    firstOfRun: (bytes.readUInt8(at + 38) & FIRST_OF_RUN) !== 0,
    next: bytes.readUIntBE(at + 32, NUMBER_BYTES),
    previous: bytes.readUInt32BE(at + 40),
    crc,
  };
}

/**
 * What a batch head's checksum starts from: a part of the journal's random id, so that bytes which
 * a client sends are not taken for a batch head when a segment is searched for one.
 */
export function keyOf(journalId: string): number {
  return Number.parseInt(journalId.slice(0, 8), 16);
}

/** What a record's checksum starts from. */
export function saltOf(run: number, generation: number): number {
  return (run ^ Math.imul(generation, 0x9e3779b1)) >>> 0;
}

/** Writes a record's head before the owner's, which is in place already. */
export function encodeRecordHead(
  bytes: Buffer,
  at: number,
  record: RecordHead,
  crc32: Checksum,
  salt: number,
): void {
  bytes.writeUInt32BE(record.bodyCrc, at + 4);
  bytes[at + 8] = record.kind;
  bytes.writeUIntBE(record.number, at + 10, NUMBER_BYTES);
  bytes.writeUInt32BE(record.headLength, at + 16);
  bytes.writeUInt32BE(record.bodyLength, at + 20);
  sealRecord(bytes, at, record.flags, record.headLength, crc32, salt);
}

/** Sets a record's flags, and its checksum anew. */
export function sealRecord(
  bytes: Buffer,
  at: number,
  flags: number,
  headLength: number,
  crc32: Checksum,
  salt: number,
): void {
  bytes[at + 9] = flags;
  bytes.writeUInt32BE(crc32(bytes.subarray(at + 4, at + RECORD_HEAD + headLength), salt), at);
}

export interface RecordHead {
  readonly kind: number;
  readonly flags: number;
  readonly number: number;
  readonly headLength: number;
  readonly bodyLength: number;
  readonly bodyCrc: number;
}

/** The fields of a record's head, not yet checked; the owner's head may not even be there. */
export function peekRecord(bytes: Buffer, at: number): RecordHead {
  return {
    bodyCrc: bytes.readUInt32BE(at + 4),
    kind: bytes.readUInt8(at + 8),
    flags: bytes.readUInt8(at + 9),
    number: bytes.readUIntBE(at + 10, NUMBER_BYTES),
    headLength: bytes.readUInt32BE(at + 16),
    bodyLength: bytes.readUInt32BE(at + 20),
  };
}

/** Whether a record's head and its owner's are what was written. */
export function checkRecord(
  bytes: Buffer,
  at: number,
  headLength: number,
  crc32: Checksum,
  salt: number,
): boolean {
  const crc = crc32(bytes.subarray(at + 4, at + RECORD_HEAD + headLength), salt);
  return crc === bytes.readUInt32BE(at);
}
