// One door: a listening socket. Most doors have one protocol; others look at what comes first and
// then decide, so what a door does with a new socket is an Acceptor's business.
//
//     socket ──► acceptor ──► a Duplex and the engine for it ──► PeerConnection
//                   ╰───────► nothing for us: it closes the socket and says why

import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import type { Broker } from '#broker';
import { type ConnectionHome, type Duplex, PeerConnection } from './connection.ts';
import type { EngineFactory } from './engine.ts';
import { gatewayLimits } from './limits.ts';
import { SocketDuplex } from './socket.ts';

/** Decides what speaks with a new socket. */
export interface Acceptor {
  accept(socket: Socket, entrance: Entrance): void;
}

/** What an {@link Acceptor} may do with those who came. */
export interface Entrance extends ConnectionHome {
  /** Joins a peer to an engine. */
  enter(duplex: Duplex, factory: EngineFactory): void;
  /** It is somebody whom we serve, in another way: it is not dropped for being late. */
  known(): void;
}

export class Listener {
  readonly broker: Broker;
  readonly door: string;
  readonly #server: Server;
  readonly #connections: Set<PeerConnection> = new Set();
  readonly #sockets: Set<Socket> = new Set();
  /** Those that have not said what they speak, or speak something that has no goodbye. */
  readonly #strangers: Set<Socket> = new Set();

  /** @param door - what the door is called in logs: `amqp`, `stomp` */
  constructor(broker: Broker, door: string, speaks: EngineFactory | Acceptor) {
    this.broker = broker;
    this.door = door;
    // A peer may half-close and still wait for our answer.
    this.#server = createServer({ allowHalfOpen: true }, (socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
      if (typeof speaks === 'function') this.enter(new SocketDuplex(socket), speaks);
      else this.#ask(socket, speaks);
    });
  }

  get connections(): number {
    return this.#connections.size;
  }

  readonly gone = (connection: PeerConnection): void => {
    this.#connections.delete(connection);
  };

  enter(duplex: Duplex, factory: EngineFactory): void {
    this.#connections.add(new PeerConnection(this, duplex, factory));
  }

  /** Starts accepting; resolves to the port, which the system chose if `port` is 0. */
  open(host: string, port: number): Promise<number> {
    const server = this.#server;
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host, port, backlog: 1024 }, () => {
        server.off('error', reject);
        // Such as no descriptor being left for a new client: it is refused, the door stays open.
        server.on('error', (error) => this.#failed(error));
        resolve((server.address() as AddressInfo).port);
      });
    });
  }

  /** Accepts nobody any more; resolves when the last connection is gone. */
  stopAccepting(): Promise<void> {
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  /** Lets every engine say goodbye; who has none is not waited for. */
  goodbye(failure?: string): void {
    for (const connection of this.#connections) connection.goodbye(failure);
    for (const socket of this.#strangers) socket.destroy();
  }

  /** Cuts what is still there. */
  destroy(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Whoever does not say in time what it speaks is dropped. */
  #ask(socket: Socket, acceptor: Acceptor): void {
    const { host } = this.broker;
    const forget = host.timer(gatewayLimits.handshakeMs, () => socket.destroy());
    this.#strangers.add(socket);
    socket.on('close', () => {
      forget();
      this.#strangers.delete(socket);
    });
    socket.on('error', () => {});
    acceptor.accept(socket, {
      broker: this.broker,
      door: this.door,
      gone: this.gone,
      known: forget,
      enter: (duplex, factory) => {
        forget();
        this.#strangers.delete(socket);
        this.enter(duplex, factory);
      },
    });
  }

  #failed(error: Error): void {
    this.broker.host.log('error', 'a door failed', { door: this.door, error: error.message });
  }
}
