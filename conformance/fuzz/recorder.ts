// Stands between real clients and a server, passes on every byte, and keeps what the clients say.
//
// A server lives from the first connection of a group until its last is closed, so that each recording
// begins with a server that has nothing: its counters, which are in the ids that clients repeat,
// begin where those of the fuzzer's broker begin. What is random in an id is written as that broker
// would write it.

import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { type Server as Angelia, startServer } from '#server';
import type { Piece } from './recording.ts';

/** The node id of a broker on a `ManualHost`. */
const NODE_ID = '0000000000000001';

export type RecordedDoor = 'amqp' | 'stomp';

/** What the clients of one group said. */
export interface Recorded {
  readonly door: RecordedDoor;
  readonly pieces: readonly Piece[];
}

export class Recorder {
  readonly #done: (recorded: Recorded) => void;
  #proxies: Server[] = [];
  #angelia: Promise<Angelia> | undefined;
  #open = 0;
  #connections = 0;
  #pieces: Piece[] = [];

  constructor(done: (recorded: Recorded) => void) {
    this.#done = done;
  }

  /** Opens the doors; returns their URLs. What is said over HTTP is passed on and not kept. */
  async listen(): Promise<Record<RecordedDoor | 'http', string>> {
    const port = (door: RecordedDoor): Promise<number> =>
      this.#door((client) => void this.#record(door, client));
    const http = await this.#door((client) => void this.#pass('http', client));
    return {
      amqp: `amqp://127.0.0.1:${await port('amqp')}`,
      stomp: `stomp://127.0.0.1:${await port('stomp')}`,
      http: `http://127.0.0.1:${http}`,
    };
  }

  close(): void {
    for (const proxy of this.#proxies) proxy.close();
  }

  async #door(enter: (client: Socket) => void): Promise<number> {
    const proxy = createServer(enter);
    this.#proxies.push(proxy);
    proxy.listen(0, '127.0.0.1');
    await once(proxy, 'listening');
    return (proxy.address() as AddressInfo).port;
  }

  async #record(door: RecordedDoor, client: Socket): Promise<void> {
    this.#open++;
    const connection = this.#connections++;
    const { upstream, angelia } = await this.#pass(door, client);
    const nodeId = Buffer.from(angelia.broker.nodeId);
    client.prependListener('data', (bytes) => {
      this.#pieces.push({ connection, bytes: renamed(bytes, nodeId) });
    });
    upstream.on('close', () => this.#closed(door));
  }

  /** Lets a client speak with the server of its group. */
  async #pass(
    door: RecordedDoor | 'http',
    client: Socket,
  ): Promise<{ upstream: Socket; angelia: Angelia }> {
    client.pause();
    client.on('error', () => undefined);
    this.#angelia ??= startServer({ memory: true, vm: '', wsPort: -1 });
    const angelia = await this.#angelia;
    const url = new URL(angelia.urls[door] ?? '');
    const upstream = connect(Number(url.port), url.hostname);
    upstream.on('error', () => undefined);
    client.on('data', (bytes) => upstream.write(bytes));
    upstream.on('data', (bytes) => client.write(bytes));
    client.on('close', () => upstream.end());
    upstream.on('close', () => client.end());
    setImmediate(() => client.resume());
    return { upstream, angelia };
  }

  #closed(door: RecordedDoor): void {
    if (--this.#open > 0) return;
    const pieces = this.#pieces;
    const angelia = this.#angelia;
    this.#pieces = [];
    this.#connections = 0;
    this.#angelia = undefined;
    void angelia?.then((server) => server.close());
    this.#done({ door, pieces });
  }
}

/** What was random, as the fuzzer's broker says it. */
function renamed(bytes: Buffer, nodeId: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  for (let at = copy.indexOf(nodeId); at >= 0; at = copy.indexOf(nodeId, at + 1)) {
    copy.write(NODE_ID, at, 'latin1');
  }
  return copy;
}
