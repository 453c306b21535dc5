/**
 * A STOMP 1.2 client for the kill test: frames as text, a receipt asked for everything that has one.
 * Speaks plain ASCII bodies without NUL and no more of the protocol than that needs. An ERROR frame
 * ends the connection and is thrown at whoever waits. [STOMP 1.2]
 */

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { Arrival, Destination, Peer, PeerTransaction, Source } from './peer.ts';
import { ConnectionLost, Pending } from './peer.ts';

/** Deliveries that the broker may have open with one subscription. */
const PREFETCH = 50;

interface StompArrival extends Arrival {
  readonly ack: string;
}

interface StompTransaction extends PeerTransaction {
  readonly name: string;
}

function spell({ kind, name }: Destination): string {
  return `/${kind}/${name}`;
}

function headersOf(head: string): Map<string, string> {
  const lines = head.split('\n').slice(1);
  return new Map(
    lines.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon), line.slice(colon + 1).replaceAll('\\c', ':')];
    }),
  );
}

/** Connects, and resolves when CONNECTED has come. */
export async function stompPeer(url: string, clientId: string): Promise<StompPeer> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  const peer = new StompPeer(socket);
  await once(socket, 'connect');
  const connected = peer.pending.wait('CONNECTED');
  peer.say('CONNECT', ['accept-version:1.2', 'host:kill', `client-id:${clientId}`]);
  await connected;
  return peer;
}

/** One connection; made by {@link stompPeer}. */
export class StompPeer implements Peer {
  readonly protocol = 'stomp';
  readonly pending: Pending = new Pending();
  readonly #socket: Socket;
  readonly #hearers = new Map<string, (arrival: Arrival) => void>();
  #rest = '';
  #count = 0;
  complaint = '';

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.setEncoding('latin1');
    socket.on('data', (chunk: string) => this.#read(chunk));
    socket.on('error', () => this.pending.lose());
    socket.on('close', () => this.pending.lose());
  }

  get lost(): boolean {
    return this.pending.lost;
  }

  get gone(): Promise<void> {
    return this.pending.gone;
  }

  send(to: Destination, body: string, transaction?: PeerTransaction): Promise<void> {
    const headers = [`destination:${spell(to)}`, 'persistent:true'];
    if (transaction === undefined) return this.#confirmed('SEND', headers, body);
    this.say('SEND', [...headers, `transaction:${(transaction as StompTransaction).name}`], body);
    return Promise.resolve();
  }

  async begin(): Promise<PeerTransaction> {
    const name = `t${++this.#count}`;
    await this.#confirmed('BEGIN', [`transaction:${name}`]);
    return { name };
  }

  end(transaction: PeerTransaction, commit: boolean): Promise<void> {
    const { name } = transaction as StompTransaction;
    return this.#confirmed(commit ? 'COMMIT' : 'ABORT', [`transaction:${name}`]);
  }

  subscribe(source: Source, hear: (arrival: Arrival) => void): Promise<void> {
    const id = `s${++this.#count}`;
    this.#hearers.set(id, hear);
    const headers = [`id:${id}`, `destination:${spell(source)}`, 'ack:client-individual'];
    headers.push(`activemq.prefetchSize:${PREFETCH}`);
    if (source.durable !== undefined) headers.push(`activemq.subscriptionName:${source.durable}`);
    return this.#confirmed('SUBSCRIBE', headers);
  }

  async accept(arrival: Arrival, transaction?: PeerTransaction): Promise<boolean> {
    const id = `id:${(arrival as StompArrival).ack}`;
    if (transaction === undefined) {
      await this.#confirmed('ACK', [id]);
      return true;
    }
    this.say('ACK', [id, `transaction:${(transaction as StompTransaction).name}`]);
    return false;
  }

  cut(): void {
    this.#socket.destroy();
  }

  /** Writes a frame. */
  say(command: string, headers: readonly string[], body = ''): void {
    if (this.pending.lost) throw new ConnectionLost();
    this.#socket.write(`${command}\n${headers.join('\n')}\n\n${body}\0`);
  }

  async #confirmed(command: string, headers: readonly string[], body = ''): Promise<void> {
    const receipt = `r${++this.#count}`;
    const done = this.pending.wait(receipt);
    if (!this.pending.lost) this.say(command, [...headers, `receipt:${receipt}`], body);
    await done;
  }

  #read(chunk: string): void {
    const frames = (this.#rest + chunk).split('\0');
    this.#rest = frames.pop() ?? '';
    for (const frame of frames) this.#hear(frame.replace(/^\n+/, ''));
  }

  #hear(frame: string): void {
    const gap = frame.indexOf('\n\n');
    const headers = headersOf(frame.slice(0, gap));
    const command = frame.slice(0, frame.indexOf('\n'));
    const body = frame.slice(gap + 2);
    if (command === 'MESSAGE') {
      const flagged = headers.get('redelivered') === 'true';
      const arrival: StompArrival = { body, flagged, ack: headers.get('ack') ?? '' };
      this.#hearers.get(headers.get('subscription') ?? '')?.(arrival);
    } else if (command === 'RECEIPT') {
      this.pending.tell(headers.get('receipt-id') ?? '');
    } else if (command === 'CONNECTED') {
      this.pending.tell('CONNECTED');
    } else {
      this.complaint = `${command}: ${headers.get('message')}; ${body}`;
      const error = new Error(`the broker said ${this.complaint}`);
      for (const key of [headers.get('receipt-id') ?? '', 'CONNECTED']) {
        this.pending.refuse(key, error);
      }
    }
  }
}
