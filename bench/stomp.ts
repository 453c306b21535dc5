/**
 * STOMP 1.2 as the load generator speaks it: a handshake, one prepared SEND frame, and a counter of
 * MESSAGE frames that looks at a few bytes of each. [STOMP 1.2]
 *
 * Does not parse headers: bodies are known to be `size` bytes without a NUL, so a frame ends at the
 * first NUL that is at least `size` bytes after its beginning.
 */

import type { Pipe } from './pipe.ts';
import { type Door, makeBody, type Receiver, type Sender, type Wire } from './wire.ts';

const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;

/** STOMP: `SEND` without receipt, `ack:auto`. */
export const stomp: Wire = {
  protocol: 'stomp',
  keepAlive: Buffer.from('\n'),
  goodbye: Buffer.from('DISCONNECT\n\n\0'),

  async openSender(pipe: Pipe, door: Door, size: number): Promise<Sender> {
    if (!door.raw) await connectTo(pipe, door);
    pipe.pour((bytes) => {
      if (bytes.some((byte) => byte !== LINE_FEED && byte !== CARRIAGE_RETURN))
        throw new Error(`expected nothing on the sending connection, came: ${excerpt(bytes)}`);
    });
    const head = `SEND\ndestination:${door.address}\ncontent-length:${size}\n\n`;
    const frame = Buffer.concat([Buffer.from(head), makeBody(size), Buffer.from('\0')]);
    return {
      frame,
      bodyEnd: frame.length - 1,
      onRoom: undefined,
      // A STOMP sender is held back by TCP alone.
      room: () => Number.POSITIVE_INFINITY,
      number: () => {},
    };
  },

  async openReceiver(pipe: Pipe, door: Door, size: number): Promise<Receiver> {
    if (door.raw) return new MessageCounter('SEND', size);
    await subscribeTo(pipe, door, 'auto');
    return new MessageCounter('MESSAGE', size);
  },
};

/** Counts frames of one command in a stream that is cut anywhere. */
export class MessageCounter implements Receiver {
  ends: number[] | undefined;
  readonly #first: number;
  readonly #size: number;
  /** Bytes of the current frame in earlier chunks; 0 between frames. */
  #seen = 0;
  /** Length of the last whole frame: the next one most often has the same. */
  #length = 0;

  constructor(command: string, size: number) {
    this.#first = command.charCodeAt(0);
    this.#size = size;
  }

  take(bytes: Buffer): number {
    let count = 0;
    let at = 0;
    while (at < bytes.length) {
      if (this.#seen === 0) {
        const byte = bytes[at];
        if (byte === LINE_FEED || byte === CARRIAGE_RETURN) {
          at += 1;
          continue;
        }
        if (byte !== this.#first) throw new Error(`expected messages, came: ${excerpt(bytes, at)}`);
      }
      const nul = this.#endOfFrame(bytes, at);
      if (nul === -1) {
        this.#seen += bytes.length - at;
        break;
      }
      this.#length = this.#seen + nul + 1 - at;
      this.#seen = 0;
      this.ends?.push(nul);
      at = nul + 1;
      count += 1;
    }
    return count;
  }

  /** Finds the NUL of the frame that goes on at `at`, or -1. */
  #endOfFrame(bytes: Buffer, at: number): number {
    // A NUL found where the last frame would have ended is this frame's own, unless two frames fit
    // in there. Saves the search for nine frames of ten.
    const guess = at + this.#length - this.#seen - 1;
    if (this.#length < 2 * this.#size && guess >= at && bytes[guess] === 0) return guess;
    const earliest = at + Math.max(0, this.#size - this.#seen);
    return earliest < bytes.length ? bytes.indexOf(0, earliest) : -1;
  }
}

/** Says CONNECT and waits for the answer. */
export async function connectTo(pipe: Pipe, door: Door): Promise<void> {
  const { username, password } = door.url;
  const login = username
    ? `login:${decodeURIComponent(username)}\npasscode:${decodeURIComponent(password)}\n`
    : '';
  pipe.write(Buffer.from(`CONNECT\naccept-version:1.2\nhost:/\nheart-beat:0,0\n${login}\n\0`));
  await expectFrame(pipe, 'CONNECTED');
}

/** Says CONNECT and SUBSCRIBE, with more lines of headers if given, and waits for the answers. */
export async function subscribeTo(pipe: Pipe, door: Door, ack: string, more = ''): Promise<void> {
  await connectTo(pipe, door);
  const head = `SUBSCRIBE\nid:0\ndestination:${door.address}\nack:${ack}\nreceipt:open\n${more}`;
  pipe.write(Buffer.from(`${head}\n\0`));
  await expectFrame(pipe, 'RECEIPT');
}

async function expectFrame(pipe: Pipe, command: string): Promise<void> {
  const frame = (await pipe.readTo(0)).toString().trimStart();
  if (!frame.startsWith(`${command}\n`) && !frame.startsWith(`${command}\r\n`))
    throw new Error(`expected ${command}, came: ${frame.slice(0, 500)}`);
}

/** What came, for an error. */
export function excerpt(bytes: Buffer, at = 0): string {
  return bytes.toString('latin1', at, at + 300);
}
