// A socket, of TCP or of TLS over it, as a way for bytes.

import type { Socket } from 'node:net';
import type { Subject } from './auth.ts';
import type { Duplex, DuplexReceiver } from './connection.ts';
import { subjectOf } from './tls.ts';

const NOTHING: Buffer = Buffer.alloc(0);

export class SocketDuplex implements Duplex {
  readonly peer: string;
  readonly subject: Subject | undefined;
  readonly #socket: Socket;
  #drained: () => void = () => {};

  constructor(socket: Socket) {
    this.#socket = socket;
    this.peer = peerOf(socket);
    this.subject = subjectOf(socket);
    socket.setNoDelay(true);
  }

  get writable(): boolean {
    return this.#socket.writable;
  }

  listen(receiver: DuplexReceiver): void {
    const socket = this.#socket;
    socket.on('data', (chunk) => receiver.absorb(chunk));
    this.#drained = () => {
      if (socket.writableLength === 0) receiver.drained();
    };
    socket.on('drain', this.#drained);
    socket.on('end', () => receiver.halfClosed());
    socket.on('error', (error) => receiver.failed(error));
    socket.on('close', () => receiver.closed());
  }

  write(slabs: readonly Buffer[]): void {
    const socket = this.#socket;
    const [first] = slabs;
    if (slabs.length === 1 && first !== undefined) {
      socket.write(first);
    } else {
      socket.cork();
      for (const slab of slabs) socket.write(slab);
      socket.uncork();
    }
    // Of a little that waits the socket does not say when it has left.
    if (socket.writableLength > 0 && !socket.writableNeedDrain) {
      socket.write(NOTHING, this.#drained);
    }
  }

  waitingBytes(): number {
    return this.#socket.writableLength;
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  end(): void {
    this.#socket.end();
  }

  destroy(): void {
    this.#socket.destroy();
  }
}

/** Where a socket's peer is, for people. */
export function peerOf(socket: Socket): string {
  return `${socket.remoteAddress ?? '?'}:${socket.remotePort ?? 0}`;
}
