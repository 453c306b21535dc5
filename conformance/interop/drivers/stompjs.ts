/**
 * Drives @stomp/stompjs (npm), over TCP and over WebSockets, as the URL says. Over TCP: the library
 * asks for something that looks like a WebSocket, and its own guide wraps a net socket for servers
 * without one. Offers 1.2, 1.1 and 1.0.
 */

import { connect as connectSocket, type Socket } from 'node:net';
import type { ConnectOptions } from '../dialogue.ts';
import { type DriverConnection, loadClient, serve } from './loop.ts';
import { connectHeaders, type Headers } from './stomp-words.ts';
import { type Client as Calls, Connection } from './stompjs-connection.ts';

/** The part of the library that this driver touches. */
interface Client extends Calls {
  activate(): void;
}
interface Library {
  Client: new (configuration: object) => Client;
}

const { library, version } = loadClient('@stomp/stompjs');
const { Client } = library as Library;

/** A TCP socket with the face of a WebSocket. */
class TcpWrapper {
  readonly url: string;
  readonly socket: Socket;
  onopen: (() => void) | undefined = undefined;
  onmessage: ((event: { data: ArrayBuffer }) => void) | undefined = undefined;
  onclose: ((event: { code: number; reason: string }) => void) | undefined = undefined;
  onerror: ((event: { error: Error }) => void) | undefined = undefined;
  readyState = 0;

  constructor(url: URL) {
    this.url = url.href;
    this.socket = connectSocket(Number(url.port), url.hostname);
    this.socket.on('connect', () => {
      this.readyState = 1;
      this.onopen?.();
    });
    this.socket.on('data', (chunk: Buffer) => {
      const data = new Uint8Array(chunk).buffer;
      this.onmessage?.({ data });
    });
    this.socket.on('error', (error) => this.onerror?.({ error }));
    this.socket.on('close', () => {
      this.readyState = 3;
      this.onclose?.({ code: 1000, reason: 'socket closed' });
    });
  }

  send(data: string | ArrayBuffer): void {
    this.socket.write(typeof data === 'string' ? data : new Uint8Array(data));
  }

  close(): void {
    this.socket.end();
  }

  terminate(): void {
    this.socket.destroy();
  }
}

/** What the library sees of a wire, and how to cut it. */
interface Wire {
  readonly face: unknown;
  cut(): Promise<void>;
}

function wireTo(url: URL, protocols: readonly string[]): Wire {
  if (url.protocol === 'ws:') {
    const { WebSocket } = loadClient('ws').library as typeof import('ws');
    const face = new WebSocket(url, [...protocols]);
    const gone = new Promise<void>((resolve) => face.once('close', () => resolve()));
    return {
      face,
      cut: () => {
        face.terminate();
        return gone;
      },
    };
  }
  const face = new TcpWrapper(url);
  const gone = new Promise<void>((resolve) => face.socket.once('close', () => resolve()));
  return {
    face,
    cut: () => {
      face.terminate();
      return gone;
    },
  };
}

await serve({
  client: '@stomp/stompjs',
  version,
  async connect(url: URL, wishes: ConnectOptions): Promise<DriverConnection> {
    let wire: Wire | undefined;
    let broken: (error: Error) => void = () => undefined;
    const whenBroken = new Promise<never>((_, reject) => {
      broken = reject;
    });
    whenBroken.catch(() => undefined);
    const beat = wishes.heartBeatMs ?? 0;
    let client: Client | undefined;
    const opened = new Promise<void>((resolve) => {
      client = new Client({
        connectHeaders: connectHeaders(url, wishes),
        reconnectDelay: 0,
        heartbeatIncoming: beat,
        heartbeatOutgoing: beat,
        forceBinaryWSFrames: true,
        webSocketFactory: () => {
          wire = wireTo(url, ['v12.stomp', 'v11.stomp', 'v10.stomp']);
          return wire.face;
        },
        onConnect: () => resolve(),
        onStompError: ({ headers: { message }, body }: { headers: Headers; body: string }) =>
          broken(new Error(`ERROR ${message}: ${body}`)),
        onWebSocketClose: () => broken(new Error('the broker closed the connection')),
      });
      client.activate();
    });
    await Promise.race([opened, whenBroken]);
    if (client === undefined) throw new Error('unreachable');
    const cut = async (): Promise<void> => wire?.cut();
    return new Connection(client, cut, whenBroken);
  },
});
