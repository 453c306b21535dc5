/**
 * Drives @stomp/stompjs (npm), over TCP and over WebSockets, as the URL says. Over TCP: the library
 * asks for something that looks like a WebSocket, and its own guide wraps a net socket for servers
 * without one. Offers 1.2, 1.1 and 1.0. Sends content-length always, unless
 * `skipContentLengthHeader` says otherwise.
 */

import { connect as connectSocket, type Socket } from 'node:net';
import type { Acknowledge, Destination, MessageSpec, Received } from '../dialogue.ts';
import { Inbox } from './inbox.ts';
import { type DriverConnection, type DriverSubscription, loadClient, serve } from './loop.ts';
import { bodyOf, type Headers, headersOf, read, spell } from './stomp-words.ts';

/** The part of the library that this driver touches. */
interface Message {
  headers: Headers;
  binaryBody: Uint8Array;
  ack(headers: Headers): void;
}
interface Client {
  activate(): void;
  deactivate(): Promise<void>;
  publish(parameters: object): void;
  subscribe(destination: string, callback: (message: Message) => void, headers: Headers): void;
  watchForReceipt(id: string, callback: () => void): void;
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

class Connection implements DriverConnection {
  readonly #client: Client;
  readonly #wire: () => Wire;
  readonly #broken: Promise<never>;
  #receipts = 0;

  constructor(client: Client, wire: () => Wire, broken: Promise<never>) {
    this.#client = client;
    this.#wire = wire;
    this.#broken = broken;
  }

  /** Calls `act` with the headers of a receipt and waits for it. */
  async #confirmed(act: (receipt: Headers) => void): Promise<void> {
    this.#receipts += 1;
    const receipt = `r${this.#receipts}`;
    const done = new Promise<void>((resolve) => this.#client.watchForReceipt(receipt, resolve));
    act({ receipt });
    await Promise.race([done, this.#broken]);
  }

  async send(destination: Destination, messages: readonly MessageSpec[]): Promise<void> {
    const sends = messages.map((spec) => {
      const body = bodyOf(spec);
      return this.#confirmed((receipt) => {
        this.#client.publish({
          destination: spell(destination),
          headers: { ...headersOf(spec), ...receipt },
          ...(typeof body === 'string'
            ? { body, skipContentLengthHeader: true }
            : { binaryBody: new Uint8Array(body) }),
        });
      });
    });
    await Promise.all(sends);
  }

  async subscribe(destination: Destination, ack: Acknowledge): Promise<DriverSubscription> {
    const inbox = new Inbox<Message>();
    this.#broken.catch((error: Error) => inbox.fail(error));
    await this.#confirmed((receipt) => {
      const take = (message: Message): void => inbox.push(message);
      this.#client.subscribe(spell(destination), take, { ack, ...receipt });
    });
    let last: Message | undefined;
    return {
      receive: async (count: number, timeoutMs: number): Promise<Received[]> => {
        const messages = await inbox.take(count, timeoutMs);
        last = messages.at(-1) ?? last;
        return messages.map((message) => read(message.headers, message.binaryBody));
      },
      acknowledge: () => this.#confirmed((receipt) => last?.ack(receipt)),
    };
  }

  close(): Promise<void> {
    return this.#client.deactivate();
  }

  async drop(): Promise<void> {
    // Not `deactivate`: that would say DISCONNECT first.
    await this.#wire().cut();
  }
}

await serve({
  client: '@stomp/stompjs',
  version,
  async connect(url: URL): Promise<DriverConnection> {
    let wire: Wire | undefined;
    let broken: (error: Error) => void = () => undefined;
    const whenBroken = new Promise<never>((_, reject) => {
      broken = reject;
    });
    whenBroken.catch(() => undefined);
    const user = { login: url.username, passcode: url.password };
    const connectHeaders: Headers = { host: url.hostname, ...(url.username === '' ? {} : user) };
    let client: Client | undefined;
    const opened = new Promise<void>((resolve) => {
      client = new Client({
        connectHeaders,
        reconnectDelay: 0,
        heartbeatIncoming: 0,
        heartbeatOutgoing: 0,
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
    const currentWire = (): Wire => {
      if (wire === undefined) throw new Error('the library has not asked for a wire');
      return wire;
    };
    return new Connection(client, currentWire, whenBroken);
  },
});
