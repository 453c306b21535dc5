// The bytes of a stream of java.io.ObjectOutputStream, and a place in them. They come from the network:
// every count is held against what is left. [Java Object Serialization 6.4]

/** What stands before each part of the stream. */
export const Tag = {
  nothing: 0x70,
  reference: 0x71,
  classDescription: 0x72,
  object: 0x73,
  string: 0x74,
  array: 0x75,
  block: 0x77,
  end: 0x78,
  longBlock: 0x7a,
  longString: 0x7c,
  enumConstant: 0x7e,
} as const;

/** What every such stream begins with. */
export const HEADER = 0xaced0005;

/** Tells whether bytes begin like such a stream. */
export function isJavaStream(bytes: Buffer): boolean {
  return bytes.length >= 4 && bytes.readUInt32BE(0) === HEADER;
}

/** @throws {Error} in all that it does, if there are too few bytes, or others than expected */
export class JavaBytes {
  readonly all: Buffer;
  #at = 4;

  constructor(bytes: Buffer) {
    if (!isJavaStream(bytes)) throw new Error('expected a stream of Java objects');
    this.all = bytes;
  }

  get left(): number {
    return this.all.length - this.#at;
  }

  /** Returns the count, if there is so much left. */
  need(count: number): number {
    if (count >= 0 && count <= this.left) return count;
    throw new Error(`expected ${count} more bytes of a Java stream, which has ${this.left}`);
  }

  /** Goes on by a count, and returns where it was in `all`. Hot: a view costs more than its value. */
  skip(count: number): number {
    this.need(count);
    this.#at += count;
    return this.#at - count;
  }

  /** The next bytes; the same memory. */
  take(count: number): Buffer {
    const at = this.skip(count);
    return this.all.subarray(at, at + count);
  }

  tag(): number {
    return this.all.readUInt8(this.skip(1));
  }

  short(): number {
    return this.all.readUInt16BE(this.skip(2));
  }

  int(): number {
    return this.all.readInt32BE(this.skip(4));
  }

  /** A text with its length before it. */
  text(): string {
    const byteCount = this.short();
    return textOf(this.all, this.skip(byteCount), byteCount);
  }

  longText(): string {
    const byteCount = Number(this.all.readBigUInt64BE(this.skip(8)));
    return textOf(this.all, this.skip(byteCount), byteCount);
  }

  /** How long the block is that a tag begins; undefined: it begins none. */
  blockSize(tag: number): number | undefined {
    if (tag === Tag.block) return this.need(this.tag());
    return tag === Tag.longBlock ? this.need(this.int()) : undefined;
  }
}

export function unexpected(tag: number, what: string): never {
  throw new Error(`expected ${what} in a Java stream, and not 0x${tag.toString(16)}`);
}

/**
 * UTF-16 with each unit in one to three bytes, and 0 in two: Java's own UTF-8.
 *
 * @throws {Error} if it is not
 */
export function textOf(bytes: Buffer, start: number, byteCount: number): string {
  const stop = start + byteCount;
  let plain = start;
  while (plain < stop && (bytes[plain] ?? 0) <= 0x7f) plain++;
  if (plain === stop) return bytes.toString('latin1', start, stop);
  const units = Buffer.allocUnsafe(byteCount * 2);
  let end = 0;
  for (let at = start; at < stop; ) {
    const first = bytes[at++] ?? 0;
    const more = first <= 0x7f ? 0 : first >> 5 === 0b110 ? 1 : first >> 4 === 0b1110 ? 2 : -1;
    let unit = more <= 0 ? first : first & (more === 1 ? 0x1f : 0xf);
    for (let n = 0; n < more; n++) unit = (unit << 6) | ((bytes[at++] ?? 0) & 0x3f);
    if (more < 0 || at > stop) throw new Error('expected text in Java’s own UTF-8');
    end = units.writeUInt16LE(unit, end);
  }
  return units.toString('utf16le', 0, end);
}
