/**
 * What a process last wrote to standard error: the lines that say why it died, without the depths
 * of its stack. Owns a few lines and no process.
 */

import { createInterface } from 'node:readline';

const LINES_KEPT = 8;
const STACK_LINE = /^\s+at /;

export class LastWords {
  readonly #lines: string[] = [];

  constructor(stderr: NodeJS.ReadableStream) {
    createInterface({ input: stderr }).on('line', (line) => this.#hear(line));
  }

  /** The lines as one. */
  toString(): string {
    return this.#lines.map((line) => line.trim()).join(' | ');
  }

  #hear(line: string): void {
    const last = this.#lines.at(-1);
    // Of a stack, its top line is enough.
    if (line.trim() === '' || (STACK_LINE.test(line) && STACK_LINE.test(last ?? ''))) return;
    this.#lines.push(line);
    if (this.#lines.length > LINES_KEPT) this.#lines.shift();
  }
}
