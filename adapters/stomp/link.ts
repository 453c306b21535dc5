// One connection of STOMP: frames out, and in the answers to whom they belong. [STOMP 1.2]
//
//     RECEIPT, and ERROR with a receipt-id  ──►  who wrote the frame with that receipt
//     MESSAGE, and ERROR with a subscription ──►  the listener of the subscription
//     any other ERROR  ──►  `onProblem`, or the reason of `onFailure` if the broker closes now
//
// Most brokers close after an ERROR; our own, which is asked not to, and ActiveMQ go on.

import { connect as connectTcp, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import { JMSException, JMSSecurityException } from '#jms-api';
import { exceptionOf, strangerOf } from './errors.ts';
import type { FrameWriter, HeaderLines } from './frame-writer.ts';
import { type Client, type IncomingFrame, newClient, readable } from './stompit.ts';

const CONNECT_MS_MAX = 15_000;
/** A broker that does not answer our goodbye is left without. */
const GOODBYE_MS_MAX = 5_000;
/** We send a sign of life as often, and want one. */
const BEAT_MS = 10_000;

/** Header lines that came. */
export type Headers = ReadonlyMap<string, string>;

/** Bytes of the body of an ERROR that are looked at. */
const MORE_MAX = 300;

const NONE: Headers = new Map();

/** Where a broker is, and how to get there. */
export interface Place {
  readonly host: string;
  readonly port: number;
  /** What CONNECT says for the host; absent: the host. */
  readonly virtualHost?: string | undefined;
  /** TLS, and with which certificates; undefined: none. */
  readonly tls: ConnectionOptions | undefined;
  /** How long the broker may take to let us in; absent: a bound of our own. */
  readonly connectMs?: number | undefined;
}

/** Takes what a subscription is sent. */
export interface Listener {
  onMessage(headers: Headers, body: Buffer): void;
  /** The broker ended the subscription. */
  onEnd(error: Error): void;
}

/** What happens to a connection without being asked for. */
export interface LinkEvents {
  onFailure(error: Error): void;
  onProblem(error: Error): void;
}

type Answer = (error?: Error, headers?: Headers) => void;

export class Link {
  readonly #where: string;
  readonly #events: LinkEvents;
  readonly #answers: Map<string, Answer> = new Map();
  readonly #listeners: Map<string, Listener> = new Map();
  #socket: Socket | undefined;
  #client: Client | undefined;
  #writer: FrameWriter | undefined;
  #state: 'connecting' | 'open' | 'closing' | 'closed' = 'connecting';
  /** Ends the wait for CONNECTED. */
  #greeted: Answer = () => {};
  #receipts = 0;
  #headers: Headers = new Map();
  /** The last ERROR that nobody asked for. */
  #said: Error | undefined;

  constructor({ host, port }: Place, events: LinkEvents) {
    this.#where = `${host}:${port}`;
    this.#events = events;
  }

  /** What CONNECTED said. */
  get headers(): Headers {
    return this.#headers;
  }

  get version(): string {
    return this.#headers.get('version') ?? '1.0';
  }

  /**
   * Connects, and greets.
   *
   * @throws {JMSSecurityException} if user name or password are refused
   * @throws {JMSException} if there is no broker of STOMP
   */
  async open(place: Place, greeting: HeaderLines): Promise<void> {
    const socket = await this.#reach(place);
    this.#socket = socket;
    socket.setNoDelay(true);
    let first = true;
    socket.prependListener('data', (chunk: Buffer) => {
      const stranger = first ? strangerOf(chunk) : undefined;
      first = false;
      if (stranger !== undefined) this.#fail(new JMSException(`${this.#where}: ${stranger}`));
    });
    socket.on('close', () =>
      this.#fail(this.#said ?? this.#cut('the broker closed the connection')),
    );
    const { client, writer } = newClient(socket, BEAT_MS);
    this.#client = client;
    this.#writer = writer;
    client.on('error', (error) => this.#fail(this.#said ?? this.#cut(error.message, error)));
    client.setCommandHandlers({
      CONNECTED: (frame) => this.#connected(frame),
      MESSAGE: (frame) => this.#message(frame),
      RECEIPT: (frame) => this.#receipt(frame),
      ERROR: (frame) => this.#error(frame),
    });
    const { connectMs = CONNECT_MS_MAX } = place;
    await new Promise<void>((resolve, reject) => {
      const late = this.#cut(`no CONNECTED within ${connectMs / 1000} seconds`);
      const timer = setTimeout(() => this.#fail(late), connectMs);
      this.#greeted = (error) => {
        clearTimeout(timer);
        if (error === undefined) resolve();
        else reject(error);
      };
      writer.write('CONNECT', [
        ['accept-version', '1.2,1.1,1.0'],
        ['host', place.virtualHost ?? place.host],
        ['heart-beat', `${BEAT_MS},${BEAT_MS}`],
        ...greeting,
      ]);
    });
  }

  /** Writes a frame that nobody waits for. */
  send(command: string, headers: HeaderLines, body?: Uint8Array | string): void {
    this.#writer?.write(command, headers, body);
  }

  /** Writes a frame; `answer` is called when it is done, or refused. */
  confirm(
    command: string,
    headers: HeaderLines,
    body: Uint8Array | string | undefined,
    answer: Answer,
  ): void {
    const receipt = String(++this.#receipts);
    this.#answers.set(receipt, answer);
    this.#writer?.write(command, [...headers, ['receipt', receipt]], body);
  }

  /** Writes a frame, and resolves when it is done to what the RECEIPT says. */
  request(command: string, headers: HeaderLines): Promise<Headers> {
    return new Promise((resolve, reject) => {
      this.confirm(command, headers, undefined, (error, answer = NONE) => {
        if (error === undefined) resolve(answer);
        else reject(error);
      });
    });
  }

  listen(id: string, listener: Listener): void {
    this.#listeners.set(id, listener);
  }

  unlisten(id: string): void {
    this.#listeners.delete(id);
  }

  /** Says goodbye, when all before is done, and closes. */
  async close(): Promise<void> {
    if (this.#state !== 'open') {
      this.#end();
      return;
    }
    this.#state = 'closing';
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      timer = setTimeout(resolve, GOODBYE_MS_MAX);
      this.#socket?.once('close', () => resolve());
      this.confirm('DISCONNECT', [], undefined, () => resolve());
    });
    clearTimeout(timer);
    this.#end();
  }

  #reach({ host, port, tls, connectMs = CONNECT_MS_MAX }: Place): Promise<Socket> {
    return new Promise((resolve, reject) => {
      const socket =
        tls === undefined ? connectTcp({ host, port }) : connectTls({ host, port, ...tls });
      const late = (): void => {
        socket.destroy(new Error(`no connection within ${connectMs / 1000} seconds`));
      };
      const timer = setTimeout(late, connectMs);
      const failed = (error: Error): void => {
        clearTimeout(timer);
        reject(this.#cut(error.message, error));
      };
      socket.once('error', failed);
      socket.once(tls === undefined ? 'connect' : 'secureConnect', () => {
        clearTimeout(timer);
        socket.off('error', failed);
        resolve(socket);
      });
    });
  }

  #connected(frame: IncomingFrame): void {
    this.#take(frame, (headers) => {
      this.#headers = headers;
      this.#client?.setVersion(headers.get('version') ?? '1.0');
      const [sends, wants] = (headers.get('heart-beat') ?? '0,0').split(',').map(Number);
      this.#client?._runHeartbeat(sends || 0, wants || 0);
      this.#state = 'open';
      this.#greeted();
    });
  }

  #message(frame: IncomingFrame): void {
    this.#take(frame, (headers, body) => {
      this.#listeners.get(headers.get('subscription') ?? '')?.onMessage(headers, body);
    });
  }

  #receipt(frame: IncomingFrame): void {
    this.#take(frame, (headers) => this.#answer(headers, undefined));
  }

  #error(frame: IncomingFrame): void {
    this.#take(frame, (headers, body) => {
      const text = reasonOf(headers, body);
      const more = body.toString('utf8', 0, MORE_MAX);
      const error = exceptionOf(headers.get('error-code'), `${this.#where}: ${text}`, more);
      if (this.#state === 'connecting') {
        this.#fail(isRefusal(error, text) ? new JMSSecurityException(error.message) : error);
        return;
      }
      if (this.#answer(headers, error)) return;
      const listener = this.#listeners.get(headers.get('subscription') ?? '');
      if (listener !== undefined) {
        listener.onEnd(error);
        return;
      }
      this.#said = error;
      this.#events.onProblem(error);
    });
  }

  /** Reads a body to its end: one that is left stalls the connection. */
  #take(frame: IncomingFrame, done: (headers: Headers, body: Buffer) => void): void {
    const chunks: Buffer[] = [];
    frame.on('data', (chunk: Buffer) => chunks.push(chunk));
    frame.on('end', () => {
      if (this.#state === 'closed') return;
      const headers = new Map<string, string>();
      for (const name in frame.headers) {
        headers.set(readable(name), readable(String(frame.headers[name])));
      }
      done(headers, chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks));
    });
  }

  /** @returns false if nobody waits for this */
  #answer(headers: Headers, error: Error | undefined): boolean {
    const receipt = headers.get('receipt-id') ?? '';
    const answer = this.#answers.get(receipt);
    if (answer === undefined) return false;
    this.#answers.delete(receipt);
    answer(error, headers);
    return true;
  }

  #cut(why: string, cause?: Error): JMSException {
    return new JMSException(`${this.#where}: ${why}`, null, { cause });
  }

  /** The connection is of no more use; whoever waits learns why. */
  #fail(error: Error): void {
    const state = this.#state;
    if (state === 'closed') return;
    this.#end();
    if (state === 'connecting') this.#greeted(error);
    if (state === 'open') this.#events.onFailure(error);
    const answers = [...this.#answers.values()];
    this.#answers.clear();
    for (const answer of answers) answer(error);
  }

  #end(): void {
    this.#state = 'closed';
    this.#client?.destroy();
    this.#socket?.destroy();
  }
}

/** Of brokers without error codes, the first line of the body says more than the title. */
function reasonOf(headers: Headers, body: Buffer): string {
  const title = headers.get('message') ?? '';
  const [line = ''] = body.toString('utf8', 0, MORE_MAX).trim().split('\n');
  if (title === '') return line;
  return headers.has('error-code') || line.includes(title) || line === '' || title.includes(line)
    ? title
    : `${title}: ${line}`;
}

/** Of brokers without error codes: what they say before CONNECTED, and how. */
function isRefusal(error: Error, text: string): boolean {
  return error instanceof JMSSecurityException || /bad connect|login|authenticat/i.test(text);
}
