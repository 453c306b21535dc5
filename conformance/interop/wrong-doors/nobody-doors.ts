/** Doors at which there is no broker: no host, no port, nobody who speaks, and a page of the web. */

import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { freePorts } from '../../peers/ports.ts';
import type { Scene, WrongDoor } from './knock.ts';
import { each, refused, SILENT_MS, silent, speaks } from './tellings.ts';

async function listening(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Starts them. */
export async function nobody(): Promise<Scene> {
  const sockets = new Set<Socket>();
  const silentServer = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
    socket.resume();
  });
  const rude = createServer(
    (socket) =>
      void socket
        .on('error', () => {})
        .resume()
        .end(),
  );
  const web = createHttpServer((_, response) => void response.end('a page'));
  const { unused } = await freePorts(['unused']);
  return {
    title: 'no broker',
    doors: {
      unused: `127.0.0.1:${unused}`,
      silent: await listening(silentServer),
      rude: await listening(rude),
      web: await listening(web),
    },
    user: null,
    async stop() {
      for (const socket of sockets) socket.destroy();
      for (const server of [silentServer, rude, web]) server.close();
    },
  };
}

const HANGS_UP = [/without a word/, /standby/] as const;

/** What is told there. */
export const NOBODY_DOORS: readonly WrongDoor[] = [
  ...each((way) => ({
    name: `${way.scheme}:// to a host that there is not`,
    url: `${way.scheme}://no.such.host.invalid`,
    told: { by: 'JMSException', words: [/no host called 'no\.such\.host\.invalid'/, /spelling/] },
  })),
  ...each((way) => ({
    name: `${way.scheme}:// to a port at which nobody listens`,
    url: `${way.scheme}://{unused}`,
    told: refused(way),
  })),
  ...each((way) => ({
    name: `${way.scheme}:// to a port that accepts and says nothing`,
    url: `${way.scheme}://{silent}`,
    connectMs: SILENT_MS,
    told: silent(way),
  })),
  ...each((way) => ({
    name: `${way.secure}:// to a port that accepts and says nothing`,
    url: `${way.secure}://{silent}`,
    connectMs: SILENT_MS,
    told: silent(way),
  })),
  ...each((way) => ({
    name: `${way.scheme}:// to a port that hangs up`,
    url: `${way.scheme}://{rude}`,
    told: { by: 'JMSException', words: [...HANGS_UP, new RegExp(`${way.secure}://`)] },
  })),
  ...each((way) => ({
    name: `${way.scheme}:// to a web server`,
    url: `${way.scheme}://{web}`,
    told: speaks(/speaks HTTP/, /port \((5672|61613)\)/),
  })),
  ...each((way) => ({
    name: `${way.secure}:// to a web server without TLS`,
    url: `${way.secure}://{web}`,
    told: { by: 'JMSException', words: [/TLS/, new RegExp(`${way.scheme}://`)] },
  })),
  {
    name: 'tcp:// as a client of OpenWire would',
    url: 'tcp://{unused}',
    told: { by: 'UnsupportedOperationException', words: [/tcp:/, /amqp:.*stomp:/] },
  },
  {
    name: 'failover: to nobody, and no more rounds',
    url: 'failover:(amqp://{unused},stomp://{unused})?failover.startupMaxReconnectAttempts=2',
    told: {
      by: 'JMSException',
      code: 'failover-exhausted',
      words: [/2 rounds/, /nobody listens/, /standby/],
    },
  },
  {
    name: 'failover: to who says nothing, and no more rounds',
    url: 'failover:(amqp://{silent})?failover.startupMaxReconnectAttempts=1',
    connectMs: SILENT_MS,
    told: { by: 'JMSException', code: 'failover-exhausted', words: [/no answer.*within/] },
  },
];
