// The socket side of HTTP: opens the port, and closes it with the connections that idle on it.

import { createAdaptorServer, type ServerType } from '@hono/node-server';
import type { Hono } from 'hono';
import type { Log } from '#broker';

export class HttpDoor {
  readonly #server: ServerType;
  readonly #log: Log;

  constructor(app: Hono, log: Log) {
    this.#server = createAdaptorServer({ fetch: app.fetch });
    this.#log = log;
  }

  /** Starts accepting; resolves to the port, which the system chose if `port` is 0. */
  open(host: string, port: number): Promise<number> {
    const server = this.#server;
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
      server.close(() => resolve());
      if ('closeAllConnections' in server) server.closeAllConnections();
    });
  }
}
