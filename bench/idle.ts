/**
 * What an idle connection costs a broker: as many as asked for are opened, and its memory before and
 * after is compared. AMQP: SASL, open and begin, no link. WebSocket: the handshake and STOMP's CONNECT.
 * Nothing is sent afterwards. The broker's own collector is not forced: what it had not given back yet
 * is in the figure.
 */

import { setTimeout as delay } from 'node:timers/promises';
import { openSession } from './amqp1.ts';
import { Pipe } from './pipe.ts';
import type { Running } from './target.ts';
import { memoryBytes } from './usage.ts';
import type { Door } from './wire.ts';

const READ_BUFFER_BYTES = 4096;
const AT_ONCE = 50;
const REST_MS = 2000;

/** What was seen. */
export interface IdleFigures {
  readonly connections: number;
  readonly bytesEach: number | undefined;
  /** From the first connect to the last answer. */
  readonly perSecond: number;
}

/** Opens them, looks, and closes them. */
export async function playIdle(
  running: Running,
  protocol: 'amqp' | 'ws',
  connections: number,
): Promise<IdleFigures> {
  const door = running.doors(protocol === 'ws' ? 'stomp' : 'amqp', 'bench-idle').in;
  const url = protocol === 'ws' ? running.webSocket?.() : door.url;
  if (url === undefined) throw new Error('no door for WebSockets was opened');
  const pipes: Pipe[] = [];
  const openOne = async (): Promise<void> => {
    const pipe = await Pipe.open(url, READ_BUFFER_BYTES);
    pipes.push(pipe);
    await (protocol === 'ws' ? openWebSocket(pipe, url) : openSession(pipe, door as Door));
    pipe.pour(() => {});
  };
  // What is made once, by the first, is not counted.
  for (let i = 0; i < AT_ONCE; i++) await openOne();
  await delay(REST_MS);
  const before = memoryBytes(running.pid);
  const begin = performance.now();
  for (let opened = 0; opened < connections; opened += AT_ONCE) {
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, connections - opened) }, openOne));
  }
  const seconds = (performance.now() - begin) / 1000;
  await delay(REST_MS);
  const after = memoryBytes(running.pid);
  for (const pipe of pipes) pipe.close();
  const known = before !== undefined && after !== undefined;
  const bytesEach = known ? (after - before) / connections : undefined;
  return { connections, bytesEach, perSecond: connections / seconds };
}

const NUL = 0;

/** [RFC 6455 4.1]; the frame is masked with zeros, which leaves it readable. */
async function openWebSocket(pipe: Pipe, url: URL): Promise<void> {
  const lines = [
    'GET / HTTP/1.1',
    `Host: ${url.host}`,
    'Upgrade: websocket',
    'Connection: Upgrade',
    'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Protocol: v12.stomp',
  ];
  pipe.write(Buffer.from(`${lines.join('\r\n')}\r\n\r\n`));
  const status = (await pipe.readTo(10)).toString();
  if (!status.includes(' 101 ')) throw new Error(`expected a WebSocket, came: ${status.trim()}`);
  const connect = Buffer.from('CONNECT\naccept-version:1.2\nhost:/\nheart-beat:0,0\n\n\0');
  const head = Buffer.from([0x81, 0x80 | connect.length, 0, 0, 0, 0]);
  pipe.write(Buffer.concat([head, connect]));
  await pipe.readTo(NUL);
}
