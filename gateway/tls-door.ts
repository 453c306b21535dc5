// The door before a door: tells TLS from plain bytes by the first one, and hands on what is inside of
// TLS as if it had come without. Whoever comes without TLS where it is needed is closed, and one line
// in the log says what to do.

import type { Socket } from 'node:net';
import { detect } from './detect.ts';
import type { EngineFactory } from './engine.ts';
import type { Acceptor, Entrance } from './listener.ts';
import { peerOf, SocketDuplex } from './socket.ts';
import type { TlsEndpoint } from './tls.ts';

/** What a client's TLS begins with: a hello, or an alert that it cannot say one. [RFC 8446 5.1] */
const HANDSHAKE = 0x16;
const ALERT = 0x15;

/** Takes a socket further. */
export type Onward = (socket: Socket) => void;

export interface TlsDoorOptions {
  readonly tls: TlsEndpoint;
  /** What is spoken inside of TLS. */
  readonly inside: Acceptor;
  /** What is spoken without; absent: nothing. */
  readonly plain?: Acceptor | undefined;
}

export class TlsDoor implements Acceptor {
  readonly #options: TlsDoorOptions;

  constructor(options: TlsDoorOptions) {
    this.#options = options;
  }

  accept(socket: Socket, entrance: Entrance): void {
    const { tls, inside, plain } = this.#options;
    const peer = peerOf(socket);
    const refuse = (client: string): void => {
      const facts = { door: entrance.door, peer, client };
      entrance.broker.host.log('warn', 'client refused', facts);
    };
    const onward: Onward | undefined = plain && ((one) => plain.accept(one, entrance));
    tellApart(socket, tls, (one) => inside.accept(one, entrance), onward, refuse);
  }
}

/** A door behind which one protocol is spoken. */
export function speaking(factory: EngineFactory): Acceptor {
  return {
    accept: (socket, entrance) => entrance.enter(new SocketDuplex(socket), factory),
  };
}

/**
 * Waits for the first byte of a new socket, and takes it further.
 *
 * @param plain - absent: only TLS is taken
 * @param refuse - told who was sent away, for the log
 */
export function tellApart(
  socket: Socket,
  tls: TlsEndpoint,
  secured: Onward,
  plain: Onward | undefined,
  refuse: (client: string) => void,
): void {
  const silent = (): void => {
    socket.destroy();
  };
  socket.once('end', silent);
  socket.once('data', (chunk: Buffer) => {
    socket.off('end', silent);
    socket.pause();
    socket.unshift(chunk);
    if (chunk[0] === HANDSHAKE || chunk[0] === ALERT) {
      const failed = (reason: string): void => refuse(`a TLS client: ${reason}`);
      tls.secure(socket, { secured, failed });
    } else if (plain !== undefined) {
      plain(socket);
      socket.resume();
    } else {
      const kind = detect(chunk) ?? 'unknown';
      refuse(
        `a client without TLS (${kind}): this door takes TLS alone, as in amqps:// or https://`,
      );
      socket.destroy();
    }
  });
}
