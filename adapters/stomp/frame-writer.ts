// Writes frames for stompit, each in one piece: its own writer makes three of each frame, and waits
// for every one of them. All frames of a turn go to the socket at once.
//
// Invariant: frames leave in the order in which they were written.

import type { Duplex } from 'node:stream';
import { writeSpelling } from './spelling.ts';

/** Names and values in the order in which they are written; the first of a name counts. */
export type HeaderLines = readonly (readonly [name: string, value: string])[];

/** Header lines without those that say nothing. */
export function linesOf(lines: readonly (readonly [string, string | undefined])[]): HeaderLines {
  return lines.filter((line): line is readonly [string, string] => line[1] !== undefined);
}

export class FrameWriter {
  readonly #socket: Duplex;
  #version = '1.0';
  #corked = false;
  #finished = false;

  constructor(socket: Duplex) {
    this.#socket = socket;
    for (const event of ['error', 'close', 'finish']) socket.on(event, () => this.finish());
  }

  write(command: string, headers: HeaderLines, body?: Uint8Array | string): void {
    if (this.#finished) return;
    // CONNECT is spelled as in 1.0. [STOMP 1.2 Value Encoding]
    const version = command === 'CONNECT' ? '1.0' : this.#version;
    let head = `${command}\n`;
    for (const [name, value] of headers) {
      head += `${writeSpelling(name, version)}:${writeSpelling(value, version)}\n`;
    }
    this.#cork();
    if (body === undefined || typeof body === 'string') {
      this.#socket.write(`${head}\n${body ?? ''}\0`);
      return;
    }
    const front = Buffer.from(`${head}\n`);
    const frame = Buffer.allocUnsafe(front.length + body.length + 1);
    front.copy(frame);
    frame.set(body, front.length);
    frame[frame.length - 1] = 0;
    this.#socket.write(frame);
  }

  // What follows is called by stompit.

  setVersion(version: string): void {
    this.#version = version;
  }

  heartbeat(): void {
    if (!this.#finished) this.#socket.write('\n');
  }

  finish(): void {
    this.#finished = true;
  }

  hasFinished(): boolean {
    return this.#finished;
  }

  #cork(): void {
    if (this.#corked) return;
    this.#corked = true;
    this.#socket.cork();
    process.nextTick(() => {
      this.#corked = false;
      this.#socket.uncork();
    });
  }
}
