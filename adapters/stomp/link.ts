// One connection of STOMP: frames out, and in the answers to whom they belong. [STOMP 1.2]
//
//     RECEIPT, and ERROR with a receipt-id  ──►  who wrote the frame with that receipt
//     MESSAGE, and ERROR with a subscription ──►  the listener of the subscription
//     any other ERROR  ──►  the reason of `onFailure` if the broker closes now, else `onProblem`
//
// Most brokers close after an ERROR; our own, which is asked not to, and ActiveMQ go on.

import { connect as connectTcp, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import { JMSException } from '#jms-api';
import { FIRST_BYTES } from '../first-bytes.ts';
import { cutWithoutWord, silence, troubleOf, unreachable } from '../socket-trouble.ts';
import { EXPECTED, foreigner } from './diagnosis.ts';
import { exceptionOf, refusalOf } from './errors.ts';
import type { FrameWriter, HeaderLines } from './frame-writer.ts';
import { type Client, type IncomingFrame, newClient, readable } from './stompit.ts';

const CONNECT_MS_MAX = 15_000;
/** A broker that closes after an ERROR has done so after that time. */
const CLOSES_MS_MAX = 200;
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
  readonly #place: Place;
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
  /** Until that is told. */
  #telling: NodeJS.Timeout | undefined;
  /** What came first, until it is known who speaks. */
  #first: Buffer = Buffer.alloc(0);

  constructor(place: Place, events: LinkEvents) {
    this.#where = `${place.host}:${place.port}`;
    this.#place = place;
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
  async open(greeting: HeaderLines): Promise<void> {
    const { host, virtualHost = host } = this.#place;
    const startedAt = performance.now();
    const socket = await this.#reach();
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.prependListener('data', (chunk: Buffer) => this.#look(chunk));
    socket.on('close', () => this.#fail(this.#said ?? this.#cut()));
    const { client, writer } = newClient(socket, BEAT_MS);
    this.#client = client;
    this.#writer = writer;
    client.on('error', (error) => this.#fail(this.#said ?? this.#cut(error)));
    client.setCommandHandlers({
      CONNECTED: (frame) => this.#connected(frame),
      MESSAGE: (frame) => this.#message(frame),
      RECEIPT: (frame) => this.#receipt(frame),
      ERROR: (frame) => this.#error(frame),
    });
    await new Promise<void>((resolve, reject) => {
      const restMs = Math.max(1, this.#connectMs - (performance.now() - startedAt));
      const timer = setTimeout(() => this.#fail(this.#late()), restMs);
      this.#greeted = (error) => {
        clearTimeout(timer);
        if (error === undefined) resolve();
        else reject(error);
      };
      writer.write('CONNECT', [
        ['accept-version', '1.2,1.1,1.0'],
        ['host', virtualHost],
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

  get #connectMs(): number {
    const { connectMs = CONNECT_MS_MAX } = this.#place;
    return connectMs > 0 ? connectMs : CONNECT_MS_MAX;
  }

  #reach(): Promise<Socket> {
    const { host, port, tls } = this.#place;
    return new Promise((resolve, reject) => {
      const socket =
        tls === undefined ? connectTcp({ host, port }) : connectTls({ host, port, ...tls });
      const late = (): void => {
        const error = socket.connecting
          ? new JMSException(unreachable(this.#where, this.#connectMs))
          : this.#late();
        socket.destroy();
        reject(error);
      };
      const timer = setTimeout(late, this.#connectMs);
      const failed = (error: Error): void => {
        clearTimeout(timer);
        reject(this.#cut(error));
      };
      socket.once('error', failed);
      socket.once(tls === undefined ? 'connect' : 'secureConnect', () => {
        clearTimeout(timer);
        socket.off('error', failed);
        resolve(socket);
      });
    });
  }

  /** Looks at the first bytes: who does not speak STOMP is told of as such. */
  #look(chunk: Buffer): void {
    if (this.#state !== 'connecting' || this.#first.length >= FIRST_BYTES) return;
    this.#first = Buffer.concat([this.#first, chunk.subarray(0, FIRST_BYTES)]);
    const says = foreigner(this.#first);
    if (says !== undefined) this.#fail(new JMSException(`${this.#where} ${says}`));
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
        this.#fail(refusalOf(this.#where, text, error));
        return;
      }
      if (this.#answer(headers, error)) return;
      const listener = this.#listeners.get(headers.get('subscription') ?? '');
      if (listener !== undefined) {
        listener.onEnd(error);
        return;
      }
      this.#tellSaid();
      this.#said = error;
      this.#telling = setTimeout(() => this.#tellSaid(), CLOSES_MS_MAX);
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

  /** The broker goes on after what it said: that was no end, but a problem. */
  #tellSaid(): void {
    if (this.#telling === undefined) return;
    clearTimeout(this.#telling);
    this.#telling = undefined;
    if (this.#said !== undefined) this.#events.onProblem(this.#said);
  }

  #late(): JMSException {
    const tls = this.#place.tls !== undefined;
    return new JMSException(silence(EXPECTED, this.#where, this.#connectMs, tls));
  }

  /** Why it ended, if the broker does not say. */
  #cut(cause?: NodeJS.ErrnoException): JMSException {
    return new JMSException(this.#whyCut(cause), null, { cause });
  }

  #whyCut(cause: NodeJS.ErrnoException | undefined): string {
    if (this.#state !== 'connecting') {
      return `${this.#where}: ${cause?.message ?? 'the broker closed the connection'}`;
    }
    const trouble = cause && troubleOf(EXPECTED, this.#where, cause);
    if (trouble !== undefined) return trouble;
    // The second is stompit's own.
    const wordless = /ECONNRESET|EPIPE|^connection ended unexpectedly/;
    if (cause !== undefined && !wordless.test(cause.code ?? cause.message)) {
      return `${this.#where}: ${cause.message}`;
    }
    return cutWithoutWord(EXPECTED, this.#where, this.#place.tls !== undefined);
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
    clearTimeout(this.#telling);
    this.#telling = undefined;
    this.#client?.destroy();
    this.#socket?.destroy();
  }
}

/** Of brokers without error codes, the first line of the body says more than the title. */
function reasonOf(headers: Headers, body: Buffer): string {
  // Before CONNECTED nobody knows by which version it is spelled.
  const title = (headers.get('message') ?? '').replaceAll('\\c', ':').replace(/\.$/, '');
  const [line = ''] = body.toString('utf8', 0, MORE_MAX).trim().split('\n');
  if (title === '') return line;
  return headers.has('error-code') || line.includes(title) || line === '' || title.includes(line)
    ? title
    : `${title}: ${line}`;
}
