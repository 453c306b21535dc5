/**
 * Free ports of 127.0.0.1, and whether somebody listens on one. A port is free when it was given,
 * and nobody can promise more to a broker that only takes numbers.
 */

import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';

const HOST = '127.0.0.1';
const ASK_EVERY_MS = 50;
const ANSWER_MS_MAX = 1_000;

/** As many free ports as there are names. */
export async function freePorts(names: readonly string[]): Promise<Record<string, number>> {
  // All are held before one is let go, or the system would give the same one twice.
  const servers = names.map(() => createServer());
  await Promise.all(
    servers.map(async (server) => {
      server.listen(0, HOST);
      await once(server, 'listening');
    }),
  );
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return Object.fromEntries(names.map((name, i) => [name, ports[i] ?? 0]));
}

/** Waits until each port takes a connection; `given` up when its signal says so. */
export async function listening(ports: readonly number[], given: AbortSignal): Promise<void> {
  for (const port of ports) {
    while (!(await answers(port))) {
      given.throwIfAborted();
      await new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS));
    }
  }
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: HOST, port, timeout: ANSWER_MS_MAX });
    const answer = (yes: boolean) => () => {
      socket.destroy();
      resolve(yes);
    };
    socket.once('connect', answer(true));
    socket.once('error', answer(false));
    socket.once('timeout', answer(false));
  });
}
