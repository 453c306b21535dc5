// The sections of a message: their codes, their order, and where each begins and ends. [AMQP 3.2]
// Checks the outer shape only; what is inside a section is its reader's business.

import { hex, skipValue } from './decoder.ts';
import { readDescriptor } from './descriptor.ts';
import { decodeError } from './errors.ts';
import { skipDescriptor } from './list-cursor.ts';

export const HEADER = 0x70;
export const DELIVERY_ANNOTATIONS = 0x71;
export const MESSAGE_ANNOTATIONS = 0x72;
export const PROPERTIES = 0x73;
export const APPLICATION_PROPERTIES = 0x74;
export const DATA = 0x75;
export const AMQP_SEQUENCE = 0x76;
export const AMQP_VALUE = 0x77;
export const FOOTER = 0x78;

/** Constructors that may follow each section's descriptor; none: all. */
const SHAPES: Readonly<Record<number, readonly number[]>> = {
  [HEADER]: [0x45, 0xc0, 0xd0],
  [DELIVERY_ANNOTATIONS]: [0xc1, 0xd1],
  [MESSAGE_ANNOTATIONS]: [0xc1, 0xd1],
  [PROPERTIES]: [0x45, 0xc0, 0xd0],
  [APPLICATION_PROPERTIES]: [0xc1, 0xd1],
  [DATA]: [0xa0, 0xb0],
  [AMQP_SEQUENCE]: [0x45, 0xc0, 0xd0],
  [FOOTER]: [0xc1, 0xd1],
};

/** Walks from section to section; reused from message to message. */
export class SectionWalk {
  /** Of the current section. */
  code = 0;
  /** Where the current section begins, descriptor included. */
  start = 0;
  /** Where the value of the current section begins. */
  valueStart = 0;
  /** Where the current section ends. */
  end = 0;
  #buffer: Buffer = Buffer.alloc(0);
  #messageEnd = 0;

  /** Begins before the first section. */
  open(buffer: Buffer, start: number, end: number): void {
    this.#buffer = buffer;
    this.#messageEnd = end;
    this.code = 0;
    this.end = start;
  }

  /**
   * Steps to the next section; false at the end.
   *
   * @throws {ProtocolError} `amqp:decode-error` for an unknown, misplaced or misshapen section
   */
  next(): boolean {
    const buffer = this.#buffer;
    const at = this.end;
    if (at >= this.#messageEnd) return false;
    const code = readDescriptor(buffer, at, this.#messageEnd);
    if (code < HEADER || code > FOOTER) {
      throw decodeError(`no message section begins at offset ${at} [AMQP 3.2]`);
    }
    if (!follows(this.code, code)) {
      throw decodeError(
        `section ${hex(code)} at offset ${at} may not follow ${hex(this.code)} [AMQP 3.2]`,
      );
    }
    const valueStart = skipDescriptor(buffer, at, this.#messageEnd);
    const shape = valueStart < this.#messageEnd ? (buffer[valueStart] ?? 0) : 0;
    if (code !== AMQP_VALUE && SHAPES[code]?.includes(shape) !== true) {
      throw decodeError(
        `section ${hex(code)} at offset ${at} has a value of constructor ${hex(shape)}`,
      );
    }
    this.end = skipValue(buffer, valueStart, this.#messageEnd);
    this.code = code;
    this.start = at;
    this.valueStart = valueStart;
    return true;
  }
}

/** Whether a section may come after another. Data and sequences may repeat; bodies do not mix. */
function follows(before: number, code: number): boolean {
  if (code === before) return code === DATA || code === AMQP_SEQUENCE;
  if (before >= DATA && before <= AMQP_VALUE) return code === FOOTER;
  return code > before;
}
