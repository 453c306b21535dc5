// What this adapter uses of stompit, with types of its own: it frames, greets and keeps the heart
// beating. Receipts, errors and messages are dealt with in `link.ts`. Nothing else here imports it.
//
// The traps, and how they are avoided, all of them in this file:
// - a letter of several bytes that two chunks share is lost, for it decodes each chunk by itself: it
//   is given Latin-1, and header lines become UTF-8 when they are whole;
// - a header named `hasOwnProperty` throws inside of a socket's event, `__proto__` disappears: both
//   travel inside of it under another name, see `readable`;
// - lines of more than 1,024 characters and more than 64 headers end the connection: it has our limits;
// - it writes a frame in three pieces and waits for each: `frame-writer.ts` writes one;
// - it throws for some ERROR frames: our handler is there before the first frame.

import type { Duplex, Readable } from 'node:stream';
import stompit from 'stompit';
import { FrameWriter } from './frame-writer.ts';
import { readSpelling } from './spelling.ts';

/** A frame that came; its body is read from it, and must be. */
export interface IncomingFrame extends Readable {
  readonly command: string;
  readonly headers: Readonly<Record<string, string>>;
}

type Handler = (frame: IncomingFrame) => void;

/** stompit's client. */
export interface Client {
  setCommandHandlers(handlers: Readonly<Record<string, Handler>>): void;
  setUnknownCommandHandler(handler: Handler): void;
  setVersion(version: string): void;
  on(event: 'error', listener: (error: Error) => void): void;
  on(event: 'end', listener: () => void): void;
  destroy(error?: Error): void;
  /** Starts the heart-beat: what the peer wants to send, and to hear; ms. */
  _runHeartbeat(input: number, output: number): void;
  readonly _incoming: {
    _lineStringEncoding: string;
    _decode(text: string): string;
    setVersion(version: string): void;
  };
}

/** Characters of a header line that the adapter reads. */
const LINE_LENGTH_MAX = 1 << 20;
/** Headers of a frame that the adapter reads. */
const HEADERS_MAX = 10_000;

const LETTERS_OF_UTF8 = /[\x80-\xff]/;
const ODD = /^(?:\0|__proto__$|hasOwnProperty$)/;

/** What stompit must not see in its tables has a NUL in front, which no header has. */
function hidden(text: string): string {
  return ODD.test(text) ? `\0${text}` : text;
}

/** The text of a name or value of {@link IncomingFrame.headers}. */
export function readable(text: string): string {
  return text.charCodeAt(0) === 0 ? text.slice(1) : text;
}

/** Makes a client of a socket that is connected, and its writer of frames. */
export function newClient(
  socket: Duplex,
  beatMs: number,
): { readonly client: Client; readonly writer: FrameWriter } {
  const writer = new FrameWriter(socket);
  const client: Client = new stompit.Client(socket, {
    heartbeat: [beatMs, beatMs],
    // A beat may be late by as much again.
    heartbeatDelayMargin: beatMs,
    maxLineLength: LINE_LENGTH_MAX,
    maxHeaders: HEADERS_MAX,
    outgoingFrameStream: writer,
  });
  const incoming = client._incoming;
  incoming._lineStringEncoding = 'latin1';
  incoming.setVersion = (version) => {
    incoming._decode = (raw) => {
      const text = LETTERS_OF_UTF8.test(raw) ? Buffer.from(raw, 'latin1').toString('utf8') : raw;
      return hidden(readSpelling(text, version));
    };
  };
  client.setVersion('1.0');
  return { client, writer };
}
