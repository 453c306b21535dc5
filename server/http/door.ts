// The socket side of HTTP: opens the port, and closes it with the connections that idle on it. With a
// certificate the port takes HTTP and HTTPS: the first byte tells, in a server before the server.

import { createServer, type Server, type Socket } from 'node:net';
import { createAdaptorServer, type ServerType } from '@hono/node-server';
import type { Hono } from 'hono';
import type { Log } from '#broker';
import { peerOf, type TlsEndpoint, tellApart } from '#gateway';

/** How the port takes TLS. */
export interface HttpTls {
  readonly tls: TlsEndpoint;
  /** HTTP without TLS is refused. */
  readonly tlsOnly: boolean;
}

/** Who is silent at first for so long is dropped. */
const SILENT_MS = 60_000;

export class HttpDoor {
  readonly #server: ServerType;
  /** Who listens. */
  readonly #front: ServerType | Server;
  readonly #sockets: Set<Socket> = new Set();
  readonly #log: Log;

  constructor(app: Hono, log: Log, secure?: HttpTls) {
    this.#server = createAdaptorServer({ fetch: app.fetch });
    this.#front = secure === undefined ? this.#server : this.#before(secure);
    this.#log = log;
  }

  #before({ tls, tlsOnly }: HttpTls): Server {
    return createServer({ allowHalfOpen: true }, (socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
      socket.on('error', () => {});
      socket.setTimeout(SILENT_MS, () => socket.destroy());
      const peer = peerOf(socket);
      const refuse = (client: string): void =>
        this.#log('warn', 'client refused', { door: 'http', peer, client });
      const serve = (one: Socket): void => {
        socket.setTimeout(0);
        this.#server.emit('connection', one);
      };
      tellApart(socket, tls, serve, tlsOnly ? undefined : serve, refuse);
    });
  }

  /** Starts accepting; resolves to the port, which the system chose if `port` is 0. */
  open(host: string, port: number): Promise<number> {
    const server = this.#front;
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, host, () => {
        server.off('error', reject);
        // Such as no descriptor being left for a new client: it is refused, the door stays open.
        server.on('error', (error) =>
          this.#log('error', 'a door failed', { door: 'http', error: error.message }),
        );
        const address = server.address();
        resolve(typeof address === 'object' && address !== null ? address.port : port);
      });
    });
  }

  /** Accepts nobody any more, and cuts who is still there. */
  close(): Promise<void> {
    const server = this.#server;
    return new Promise((resolve) => {
      this.#front.close(() => resolve());
      if ('closeAllConnections' in server) server.closeAllConnections();
      for (const socket of this.#sockets) socket.destroy();
    });
  }
}
