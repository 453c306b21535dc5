// Cuts a stream of bytes into frames. Chunks may be cut anywhere; no byte is looked at twice.
//
//     chunk    ···frame │ frame │ frame │ fra          read in place, in the socket's buffer
//                                          ╲
//     gathered                              fra + me   a frame that straddles two chunks is copied
//
// Use it by pulling: `push(chunk)`, then `next()` until it answers false. A frame is good until the
// next call. Does not know what commands mean; does check that they exist.
//
// Invariant: while a frame is gathered, no byte of another frame is in its buffer.

import { malformed, quote } from './errors.ts';
import { Frame, Mark, readDigits } from './frame.ts';
import { type StompLimits, stompLimits } from './limits.ts';
import { commands, Header, headers, UNKNOWN } from './names.ts';

const NUL = 0;
const LF = 10;
const CR = 13;

/** What a byte of a head is to the scan. */
const Kind = { plain: 0, lf: 1, colon: 2, nul: 3, cr: 4, escape: 5, wide: 6, control: 7 } as const;

const KINDS: Uint8Array = new Uint8Array(256)
  .fill(Kind.control, 0, 0x20)
  .fill(Kind.wide, 0x80)
  .fill(Kind.plain, 9, 10)
  .fill(Kind.nul, NUL, 1)
  .fill(Kind.lf, LF, 11)
  .fill(Kind.cr, CR, 14)
  .fill(Kind.colon, 0x3a, 0x3b)
  .fill(Kind.escape, 0x5c, 0x5d);

const Phase = { between: 0, command: 1, headers: 2, body: 3 } as const;
type Phase = (typeof Phase)[keyof typeof Phase];

const NONE: Buffer = Buffer.alloc(0);
const GATHER_BYTES_MIN = 1024;
const utf8 = new TextDecoder('utf-8', { fatal: true });

export class FrameParser {
  readonly frame: Frame = new Frame();
  /** How many frames have begun. */
  frames = 0;
  /** Bounds of a frame; a peer that said who it is gets wider ones. */
  headBytesMax: number;
  bodyBytesMax: number;
  readonly #limits: StompLimits;
  #chunk: Buffer = NONE;
  /** What was put off, to be read before the next chunk. */
  #kept: Buffer = NONE;
  /** Where in the chunk the next byte lies that belongs to no frame yet. */
  #at = 0;
  #phase: Phase = Phase.between;
  /** Where in the frame's buffer the frame begins, the scan goes on, and the bytes end. */
  #start = 0;
  #scan = 0;
  #filled = 0;
  #lineStart = 0;
  #colon = -1;
  #returns = 0;
  /** -1: the body ends at the first NUL. */
  #contentLength = -1;

  constructor(headBytesMax: number, bodyBytesMax: number, limits: StompLimits = stompLimits) {
    this.headBytesMax = headBytesMax;
    this.bodyBytesMax = bodyBytesMax;
    this.#limits = limits;
  }

  /** Takes a chunk, after the one before was used up. */
  push(chunk: Buffer): void {
    this.#chunk = this.#kept.length > 0 ? Buffer.concat([this.#kept, chunk]) : chunk;
    this.#kept = NONE;
    this.#at = 0;
  }

  /** Puts off the frame that was read last, and all that follows it, until the next `push`. */
  unread(): void {
    const { frame } = this;
    const again = frame.buffer.subarray(this.#start, frame.bodyEnd + 1);
    this.#kept = Buffer.concat([again, this.#chunk.subarray(this.#at)]);
    this.#chunk = NONE;
    this.#at = 0;
    this.frames--;
  }

  /** Puts off a chunk that comes while others wait. */
  keep(chunk: Buffer): void {
    this.#kept = Buffer.concat([this.#kept, chunk]);
  }

  /**
   * Moves on to the next frame; false if more bytes are needed.
   *
   * @throws {StompError} if the bytes are no frame, or a limit is exceeded; the parser is then spent
   */
  next(): boolean {
    if (this.#phase === Phase.between) {
      if (!this.#skipLineEnds()) return false;
      this.#begin();
      if (!this.#advance()) {
        this.#gather();
        return false;
      }
      this.#at = this.frame.bodyEnd + 1;
    } else if (!this.#resume()) {
      return false;
    }
    this.#phase = Phase.between;
    return true;
  }

  /** True if there is something between the last frame and the next. */
  #skipLineEnds(): boolean {
    const chunk = this.#chunk;
    let at = this.#at;
    while (at < chunk.length) {
      const byte = chunk[at];
      // After a frame some clients send a second NUL.
      if (byte !== LF && byte !== CR && (byte !== NUL || this.frames === 0)) break;
      at++;
    }
    this.#at = at;
    if (at < chunk.length) return true;
    this.#chunk = NONE;
    this.frame.buffer = NONE;
    return false;
  }

  #begin(): void {
    this.frames++;
    this.frame.begin(this.#chunk, true);
    this.#phase = Phase.command;
    this.#start = this.#at;
    this.#scan = this.#at;
    this.#filled = this.#chunk.length;
    this.#lineStart = this.#at;
    this.#colon = -1;
    this.#returns = 0;
    this.#contentLength = -1;
  }

  /** Goes on with a frame whose beginning is gathered; true when it is whole. */
  #resume(): boolean {
    const chunk = this.#chunk;
    while (this.#at < chunk.length) {
      const left = chunk.length - this.#at;
      let bytes: number;
      if (this.#phase === Phase.body && this.#contentLength >= 0) {
        bytes = Math.min(left, this.frame.bodyStart + this.#contentLength + 1 - this.#filled);
      } else {
        // Neither a head nor a body of unknown length goes beyond the first NUL.
        const nul = chunk.indexOf(NUL, this.#at);
        bytes = nul < 0 ? left : nul + 1 - this.#at;
      }
      this.#makeRoom(bytes);
      chunk.copy(this.frame.buffer, this.#filled, this.#at, this.#at + bytes);
      this.#filled += bytes;
      this.#at += bytes;
      if (this.#advance()) return true;
    }
    this.#chunk = NONE;
    return false;
  }

  /** Copies the beginning of a frame out of the chunk, to wait for the rest. */
  #gather(): void {
    const { frame } = this;
    const from = this.#start;
    const chunk = this.#chunk;
    const bytes = this.#filled - from;
    frame.rebase(NONE, true, from);
    this.#start = 0;
    this.#scan -= from;
    this.#lineStart -= from;
    if (this.#colon >= 0) this.#colon -= from;
    this.#filled = 0;
    this.#makeRoom(bytes);
    chunk.copy(frame.buffer, 0, from, from + bytes);
    this.#filled = bytes;
    this.#chunk = NONE;
  }

  /**
   * Makes room for more bytes. A body of known length gets its buffer once, to own, except that no
   * more than `bodyRoomBytes` are set aside for bytes that were only promised.
   */
  #makeRoom(bytes: number): void {
    const { frame } = this;
    const needed = this.#filled + bytes;
    if (needed <= frame.buffer.length) return;
    let size = Math.max(2 * needed, GATHER_BYTES_MIN);
    if (this.#phase === Phase.body && this.#contentLength >= 0) {
      const whole = frame.bodyStart + this.#contentLength + 1;
      size = Math.min(whole, Math.max(size, this.#limits.bodyRoomBytes));
      frame.borrowed = size !== whole;
    } else {
      frame.borrowed = true;
    }
    const wider = Buffer.allocUnsafe(size);
    frame.buffer.copy(wider, 0, 0, this.#filled);
    frame.buffer = wider;
  }

  /** Scans what is there and was not scanned; true when the frame is whole. */
  #advance(): boolean {
    const { frame } = this;
    if (this.#phase !== Phase.body && !this.#scanHead()) return false;
    if (this.#contentLength >= 0) {
      const end = frame.bodyStart + this.#contentLength;
      if (this.#filled <= end) return false;
      if (frame.buffer[end] !== NUL) {
        const got = (frame.buffer[end] ?? 0).toString(16).padStart(2, '0');
        throw malformed(
          `expected NUL after the ${this.#contentLength} bytes of content-length, got 0x${got}`,
        );
      }
      frame.bodyEnd = end;
      return true;
    }
    const end = this.#findNul();
    this.#checkBody((end < 0 ? this.#filled : end) - frame.bodyStart);
    frame.bodyEnd = end;
    return end >= 0;
  }

  #findNul(): number {
    const { buffer } = this.frame;
    const from = this.#scan;
    this.#scan = this.#filled;
    if (buffer === this.#chunk) return buffer.indexOf(NUL, from);
    // What was gathered ends at the first NUL, if it has one.
    const last = this.#filled - 1;
    return last >= from && buffer[last] === NUL ? last : -1;
  }

  /** True when the empty line was found. Hot: one table look-up per byte, about 1 ns. */
  #scanHead(): boolean {
    const { buffer } = this.frame;
    const filled = this.#filled;
    for (let at = this.#scan; at < filled; at++) {
      const kind = KINDS[buffer[at] as number] as number;
      if (kind === Kind.plain) continue;
      if (kind === Kind.lf) {
        if (this.#endLine(at)) return true;
      } else if (kind === Kind.colon) {
        if (this.#colon < 0) this.#colon = at;
      } else {
        this.#notice(kind, at);
      }
    }
    this.#scan = filled;
    this.#checkLine(filled);
    return false;
  }

  #notice(kind: number, at: number): void {
    const { frame } = this;
    if (kind === Kind.nul) {
      if (this.#phase === Phase.command) throw this.#noCommand(at + 1);
      throw malformed('expected an empty line between headers and body, got NUL');
    }
    if (kind === Kind.control && this.#phase === Phase.command) throw this.#noCommand(at + 1);
    if (kind === Kind.cr) this.#returns++;
    if (kind === Kind.escape) frame.marks |= Mark.escape;
    if (kind === Kind.wide) frame.marks |= Mark.wide;
  }

  /** A line ends at `lf`; true if it was the empty one. */
  #endLine(lf: number): boolean {
    const { frame } = this;
    const start = this.#lineStart;
    this.#checkLine(lf);
    let end = lf;
    if (this.#returns > 0) {
      if (frame.buffer[lf - 1] === CR) {
        end--;
        this.#returns--;
        frame.marks |= Mark.crlf;
      }
      if (this.#returns > 0) frame.marks |= Mark.strayCr;
      this.#returns = 0;
    }
    if (this.#phase === Phase.command) {
      this.#endCommand(start, end);
      frame.headersStart = lf + 1;
    } else if (end === start) {
      this.#endHead(lf + 1);
      return true;
    } else {
      this.#endHeader(start, end);
    }
    this.#lineStart = lf + 1;
    this.#colon = -1;
    return false;
  }

  #endCommand(start: number, end: number): void {
    const { frame } = this;
    frame.command = commands.codeOf(frame.buffer, start, end);
    if (frame.command === UNKNOWN) throw this.#noCommand(end);
    this.#phase = Phase.headers;
  }

  #endHeader(start: number, end: number): void {
    const { frame } = this;
    const colon = this.#colon;
    if (colon <= start) {
      const line = quote(frame.buffer.subarray(start, end));
      throw malformed(`expected a header 'name:value', got ${line}`);
    }
    if (frame.count === this.#limits.headersMax) {
      throw malformed(`frame has more than ${this.#limits.headersMax} headers`);
    }
    const code = headers.codeOf(frame.buffer, start, colon);
    frame.addHeader(code, start, colon, end);
    if (code === Header['content-length'] && this.#contentLength < 0) {
      this.#readContentLength(colon + 1, end);
    }
  }

  #endHead(bodyStart: number): void {
    const { frame } = this;
    if (frame.marks & Mark.wide) this.#checkUtf8();
    frame.bodyStart = bodyStart;
    this.#scan = bodyStart;
    this.#phase = Phase.body;
  }

  #readContentLength(from: number, to: number): void {
    const { buffer } = this.frame;
    let start = from;
    let end = to;
    while (start < end && buffer[start] === 0x20) start++;
    while (end > start && buffer[end - 1] === 0x20) end--;
    const length = readDigits(buffer, start, end);
    if (length < 0) {
      throw malformed(
        `expected content-length as a number, got ${quote(buffer.subarray(from, to))}`,
      );
    }
    this.#checkBody(length);
    this.#contentLength = length;
  }

  #checkUtf8(): void {
    const { buffer, headersStart } = this.frame;
    try {
      utf8.decode(buffer.subarray(headersStart, this.#lineStart));
    } catch {
      throw malformed('the headers are not UTF-8');
    }
  }

  #checkLine(end: number): void {
    const bytes = end - this.#lineStart;
    if (this.#phase === Phase.command) {
      const most = this.#limits.commandBytesMax;
      if (bytes > most) throw malformed(`command line of ${bytes} bytes exceeds ${most}`);
    } else {
      const most = this.#limits.headerLineBytesMax;
      if (bytes > most) throw malformed(`header line of ${bytes} bytes exceeds ${most}`);
      const head = end - this.#start;
      if (head > this.headBytesMax) {
        throw malformed(`headers of ${head} bytes exceed ${this.headBytesMax}`);
      }
    }
  }

  #checkBody(bytes: number): void {
    if (bytes > this.bodyBytesMax) {
      throw malformed(`body of ${bytes} bytes exceeds ${this.bodyBytesMax}`);
    }
  }

  #noCommand(end: number): Error {
    return malformed(`expected a STOMP command, got ${quote(this.head(end))}`);
  }

  /** The first bytes of the frame that is being read, for people. */
  head(end: number = this.#filled): Buffer {
    return this.frame.buffer.subarray(this.#start, Math.max(end, this.#start));
  }
}
