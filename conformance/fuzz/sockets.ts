// `npm run fuzz:sockets -- amqp|stomp COUNT [SEED]`: a share of the fuzzer's streams over real sockets,
// against the server as its users start it. Many peers at once harm their conversations while a
// neighbour, a client of another maker, sends to a queue and receives from it. At the end the server
// must be there, have no connection left, use little memory, and stop as it should.

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import rhea from 'rhea';
import { startServer } from '../interop/server.ts';
import { Dice } from './dice.ts';
import { amqpGame, stompGame } from './game.ts';
import type { Stream } from './recording.ts';

const PEERS = 20;
const PEER_MS_MAX = 5000;
const NEIGHBOUR_MS_MAX = 5000;
const NEIGHBOUR_EVERY_MS = 50;
const RSS_BYTES_MAX: number = 1024 * 1024 * 1024;

/** Plays a stream; every connection of it is closed at the end, by us or by the server. */
async function play(stream: Stream, url: URL, dice: Dice): Promise<void> {
  const sockets = new Map<number, Socket>();
  for (const { connection, bytes } of stream) {
    let socket = sockets.get(connection);
    if (socket === undefined) {
      socket = connect(Number(url.port), url.hostname);
      socket.on('error', () => undefined);
      // Some peers never read.
      if (dice.roll(10) > 0) socket.resume();
      sockets.set(connection, socket);
      await Promise.race([once(socket, 'connect'), once(socket, 'close')]);
    }
    if (!socket.writable) continue;
    socket.write(bytes);
    if (dice.roll(4) === 0) await new Promise(setImmediate);
  }
  const closed = [...sockets.values()].map((socket) => {
    if (socket.closed) return undefined;
    const gone = once(socket, 'close');
    if (dice.roll(2) === 0) socket.destroy();
    else socket.end();
    socket.resume();
    return Promise.race([gone, pause(PEER_MS_MAX).then(() => socket.destroy())]);
  });
  await Promise.all(closed);
}

/** Sends and receives for as long as `until` is not over. @throws {Error} if it was not served */
async function neighbour(url: URL, until: { over: boolean }): Promise<number> {
  const container = rhea.create_container({ id: 'neighbour' });
  const connection = container.connect({
    host: url.hostname,
    port: Number(url.port),
    reconnect: false,
  });
  const receiver = connection.open_receiver('of-the-neighbour');
  const sender = connection.open_sender('of-the-neighbour');
  await once(sender as never, 'sendable');
  let count = 0;
  for (; !until.over; count++) {
    const came = once(receiver as never, 'message') as Promise<[rhea.EventContext]>;
    sender.send({ body: `${count}` });
    const first = await Promise.race([came, pause(NEIGHBOUR_MS_MAX)]);
    const body = first?.[0].message?.body;
    if (body !== `${count}`) throw new Error(`the neighbour got ${body} instead of ${count}`);
    await pause(NEIGHBOUR_EVERY_MS);
  }
  connection.close();
  await once(connection as never, 'connection_close');
  return count;
}

async function ask<T>(url: string | undefined, path: string): Promise<T> {
  return (await (await fetch(new URL(path, url))).json()) as T;
}

async function main(name: string, count: number, first: number): Promise<void> {
  const game = name === 'amqp' ? amqpGame() : stompGame();
  const server = await startServer();
  const door = new URL(server.urls[name] ?? '');
  const until = { over: false };
  const beside = neighbour(new URL(server.urls['amqp'] ?? ''), until);
  let next = first;
  const peer = async (): Promise<void> => {
    while (next < first + count) {
      const dice = new Dice(next++);
      const [stream] = game.mutate(dice);
      await play(stream, door, dice);
      const ended = server.ended();
      if (ended !== undefined) throw new Error(`about seed ${next}: ${ended}`);
    }
  };
  await Promise.race([Promise.all(Array.from({ length: PEERS }, peer)), beside]);
  const { memory } = await ask<{ memory: { residentBytes: number } }>(
    server.urls['http'],
    '/api/v1/broker',
  );
  until.over = true;
  const served = await beside;
  await pause(1000);
  const connections = await ask<{ peer: string }[]>(server.urls['http'], '/api/v1/connections');
  const left = connections.filter(({ peer }) => !peer.startsWith('detached links'));
  const end = await server.stop();
  const mebibytes = Math.round(memory.residentBytes / 1024 / 1024);
  process.stdout.write(
    `${name} over sockets from seed ${first}: ${count} streams, the neighbour was served ${served} ` +
      `times, ${mebibytes} MiB resident\n`,
  );
  if (left.length > 0) throw new Error(`${left.length} connections are left`);
  if (memory.residentBytes > RSS_BYTES_MAX) throw new Error('that is too much memory');
  if (end !== undefined) throw new Error(end);
}

const [name = '', count = '10000', seed = `${Date.now() % 1_000_000_000}`] = process.argv.slice(2);
if (name === 'amqp' || name === 'stomp') {
  await main(name, Number(count), Number(seed));
} else {
  process.stdout.write('usage: npm run fuzz:sockets -- amqp|stomp COUNT [SEED]\n');
  process.exitCode = 2;
}
