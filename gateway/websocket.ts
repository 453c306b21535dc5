// WebSockets as ways for bytes. The sub-protocol says which engine speaks: v12.stomp, v11.stomp and
// v10.stomp (a client that names none is STOMP's), and amqp. [RFC 6455] [AMQP WebSocket Binding]
//
// Frames of the protocol and messages of the WebSocket have nothing to do with each other on the way
// in; on the way out a message is what a turn wrote, so it holds whole frames. Clients of STOMP that
// send text get text, as long as it is UTF-8.
//
// Browsers say of which page they are, and pages of other sites are refused: the user's browser may
// reach a broker that its pages must not.

import { isUtf8 } from 'node:buffer';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { Socket } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Subject } from './auth.ts';
import type { Duplex, DuplexReceiver } from './connection.ts';
import type { EngineFactory } from './engine.ts';
import { gatewayLimits } from './limits.ts';
import type { Acceptor, Entrance } from './listener.ts';
import { peerOf } from './socket.ts';
import { subjectOf } from './tls.ts';

const STOMP_NAMES: readonly string[] = ['v12.stomp', 'v11.stomp', 'v10.stomp'];
const LOOPBACK: RegExp = /^(localhost|127(\.\d+){3}|\[::1\])$/;

export interface WebSocketOptions {
  readonly stomp: EngineFactory;
  readonly amqp: EngineFactory;
  /** Origins of pages that may connect, beside those of the same host; `*`: any. */
  readonly origins: readonly string[];
  /** Answers requests that ask for no WebSocket. Default: 426. */
  readonly http?: RequestListener | undefined;
}

export class WebSockets implements Acceptor {
  readonly #options: WebSocketOptions;
  readonly #http: Server;
  readonly #upgrade: WebSocketServer;
  readonly #entrances: WeakMap<object, Entrance> = new WeakMap();

  constructor(options: WebSocketOptions) {
    this.#options = options;
    this.#http = createServer(options.http ?? refuseRequest);
    this.#http.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) =>
      this.#welcome(request, socket, head),
    );
    this.#http.on('request', (request) => this.#entrances.get(request.socket)?.known());
    this.#upgrade = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: gatewayLimits.webSocketMessageBytesMax,
      // The engines look for themselves.
      skipUTF8Validation: true,
      handleProtocols: (offers) => choose([...offers]) ?? false,
    });
  }

  accept(socket: Socket, entrance: Entrance): void {
    this.#entrances.set(socket, entrance);
    this.#http.emit('connection', socket);
    socket.resume();
  }

  #welcome(request: IncomingMessage, socket: Socket, head: Buffer): void {
    const entrance = this.#entrances.get(socket);
    const { origin } = request.headers;
    if (origin !== undefined && !this.#mayCome(origin, request.headers.host)) {
      const client = `a page of ${origin}; allow it with --ws-origin if it is yours`;
      this.#refuse(entrance, socket, '403 Forbidden', client);
      return;
    }
    const offers = readOffers(request);
    const name = choose(offers);
    if (entrance === undefined || name === undefined) {
      const client = `a WebSocket client that speaks ${offers.join(', ')}; expected ${STOMP_NAMES} or amqp`;
      this.#refuse(entrance, socket, '400 Bad Request', client);
      return;
    }
    const factory = name === 'amqp' ? this.#options.amqp : this.#options.stomp;
    this.#upgrade.handleUpgrade(request, socket, head, (webSocket) =>
      entrance.enter(new WebSocketDuplex(webSocket, socket), factory),
    );
  }

  #mayCome(origin: string, host: string | undefined): boolean {
    const { origins } = this.#options;
    if (origins.includes('*') || origins.includes(origin)) return true;
    if (!URL.canParse(origin) || !URL.canParse(`http://${host}`)) return false;
    const theirs = new URL(origin).hostname;
    const ours = new URL(`http://${host}`).hostname;
    return theirs === ours || (LOOPBACK.test(theirs) && LOOPBACK.test(ours));
  }

  #refuse(entrance: Entrance | undefined, socket: Socket, status: string, client: string): void {
    const facts = { door: entrance?.door, peer: peerOf(socket), client };
    entrance?.broker.host.log('warn', 'client refused', facts);
    const body = `expected another client, came ${client}\n`;
    socket.end(
      `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Type: text/plain\r\n` +
        `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    );
  }
}

/** Which of the offered sub-protocols is spoken; none offered is the latest STOMP without a name. */
function choose(offers: readonly string[]): string | undefined {
  if (offers.length === 0) return STOMP_NAMES[0];
  return [...STOMP_NAMES, 'amqp'].find((name) => offers.includes(name));
}

function readOffers(request: IncomingMessage): string[] {
  const header = request.headers['sec-websocket-protocol'] ?? '';
  return header
    .split(',')
    .map((offer) => offer.trim())
    .filter((offer) => offer !== '');
}

function refuseRequest(...[, response]: Parameters<RequestListener>): void {
  response.writeHead(426, { 'content-type': 'text/plain', upgrade: 'websocket' });
  response.end('expected a WebSocket: STOMP or AMQP are spoken here\n');
}

class WebSocketDuplex implements Duplex {
  readonly peer: string;
  readonly subject: Subject | undefined;
  readonly #webSocket: WebSocket;
  /** The peer's last message was text. */
  #text = false;
  #waiting = false;
  #receiver: DuplexReceiver | undefined;
  readonly #sent = (): void => {
    if (!this.#waiting || this.waitingBytes() > 0) return;
    this.#waiting = false;
    this.#receiver?.drained();
  };

  constructor(webSocket: WebSocket, socket: Socket) {
    this.#webSocket = webSocket;
    this.peer = peerOf(socket);
    this.subject = subjectOf(socket);
    socket.setNoDelay(true);
  }

  get writable(): boolean {
    return this.#webSocket.readyState === this.#webSocket.OPEN;
  }

  listen(receiver: DuplexReceiver): void {
    this.#receiver = receiver;
    const webSocket = this.#webSocket;
    webSocket.on('message', (data: Buffer, binary: boolean) => {
      this.#text = !binary;
      receiver.absorb(data);
    });
    webSocket.on('error', (error) => receiver.failed(error));
    webSocket.on('close', () => receiver.closed());
  }

  write(slabs: readonly Buffer[]): void {
    const [first] = slabs;
    const bytes = slabs.length === 1 && first !== undefined ? first : Buffer.concat(slabs);
    this.#webSocket.send(bytes, { binary: !this.#text || !isUtf8(bytes) }, this.#sent);
    this.#waiting = this.waitingBytes() > 0;
  }

  waitingBytes(): number {
    return this.#webSocket.bufferedAmount;
  }

  pause(): void {
    this.#webSocket.pause();
  }

  resume(): void {
    this.#webSocket.resume();
  }

  end(): void {
    this.#webSocket.close(1000);
  }

  destroy(): void {
    this.#webSocket.terminate();
  }
}
