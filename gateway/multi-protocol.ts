// A door for several protocols: reads until it knows who is calling, puts the bytes back, and hands
// the socket to whom it belongs. Others get a closed socket and one line in the log, never a hang.

import type { Socket } from 'node:net';
import { adviceFor, detect, type Kind } from './detect.ts';
import type { EngineFactory } from './engine.ts';
import type { Acceptor, Entrance } from './listener.ts';
import { peerOf, SocketDuplex } from './socket.ts';

/** Who serves which protocol. */
export interface Speakers {
  readonly amqp: EngineFactory;
  readonly stomp: EngineFactory;
  /** Takes HTTP requests, such as those that ask for a WebSocket. */
  readonly http: Acceptor;
}

export class MultiProtocol implements Acceptor {
  readonly #speakers: Speakers;

  constructor(speakers: Speakers) {
    this.#speakers = speakers;
  }

  accept(socket: Socket, entrance: Entrance): void {
    let heard: Buffer = Buffer.alloc(0);
    const listen = (chunk: Buffer): void => {
      heard = Buffer.concat([heard, chunk]);
      const kind = detect(heard);
      if (kind === undefined) return;
      socket.off('data', listen);
      socket.pause();
      socket.unshift(heard);
      this.#assign(kind, socket, entrance);
    };
    socket.on('data', listen);
    socket.once('end', () => {
      if (detect(heard) === undefined) socket.destroy();
    });
  }

  #assign(kind: Kind, socket: Socket, entrance: Entrance): void {
    if (kind === 'amqp' || kind === 'stomp') {
      entrance.enter(new SocketDuplex(socket), this.#speakers[kind]);
      socket.resume();
    } else if (kind === 'http') {
      this.#speakers.http.accept(socket, entrance);
    } else {
      const { broker, door } = entrance;
      const facts = { door, peer: peerOf(socket), client: adviceFor[kind] };
      broker.host.log('warn', 'client refused', facts);
      socket.destroy();
    }
  }
}
