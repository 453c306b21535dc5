// One door: a listening socket whose connections all speak the same protocol.

import { type AddressInfo, createServer, type Server } from 'node:net';
import type { Broker } from '#broker';
import { SocketConnection } from './connection.ts';
import type { EngineFactory } from './engine.ts';

export class Listener {
  readonly #server: Server;
  readonly #failed: (error: Error) => void;
  readonly #connections: Set<SocketConnection> = new Set();

  /** @param door - what the door is called in logs: `amqp`, `stomp` */
  constructor(broker: Broker, door: string, factory: EngineFactory) {
    this.#failed = (error) =>
      broker.host.log('error', 'a door failed', { door, error: error.message });
    // A peer may half-close and still wait for our answer.
    this.#server = createServer({ allowHalfOpen: true }, (socket) => {
      const connection = new SocketConnection(broker, socket, door, factory, (closed) =>
        this.#connections.delete(closed),
      );
      this.#connections.add(connection);
    });
  }

  get connections(): number {
    return this.#connections.size;
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

  /** Lets every engine say goodbye. */
  goodbye(): void {
    for (const connection of this.#connections) connection.goodbye();
  }

  /** Cuts what is still there. */
  destroy(): void {
    for (const connection of this.#connections) connection.destroy();
  }
}
