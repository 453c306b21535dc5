/**
 * Drives stompit (npm), a STOMP 1.0-1.2 client that streams bodies. It sends content-length only
 * when told to, and its ACK carries `subscription`, `message-id` and `id` whatever the version.
 */

import type {
  Acknowledge,
  ConnectOptions,
  Destination,
  MessageSpec,
  Outcome,
  Received,
  SubscribeOptions,
} from '../dialogue.ts';
import { Inbox } from './inbox.ts';
import { type DriverConnection, type DriverSubscription, loadClient, serve } from './loop.ts';
import {
  bodyOf,
  connectHeaders,
  endOfBrowsing,
  type Headers,
  headersOf,
  read,
  settleWords,
  spell,
  subscribeHeaders,
} from './stomp-words.ts';

/** The part of the library that this driver touches. */
interface Frame extends NodeJS.ReadableStream {
  headers: Headers;
}
interface Outgoing {
  write(chunk: string | Buffer): void;
  end(): void;
}
interface Receipt {
  onReceipt(): void;
}
interface Client {
  send(headers: Headers, options: Receipt): Outgoing;
  sendFrame(command: string, headers: Headers, options: Receipt): Outgoing;
  ack(message: Frame, headers: Headers, options: Receipt): void;
  nack(message: Frame, headers: Headers, options: Receipt): void;
  begin(headers: Headers): Transaction;
  setImplicitSubscription(id: string, ack: string, listener: Listener): void;
  disconnect(callback: (error: Error | null) => void): void;
  destroy(): void;
  on(event: 'error', listener: (error: Error) => void): void;
}
/** The library's own: it says the header `transaction` by itself. */
interface Transaction {
  readonly id: string;
  commit(options: Receipt): void;
  abort(options: Receipt): void;
}
type Listener = (error: Error | null, message: Frame) => void;
interface Library {
  connect(options: object, callback: (error: Error | null, client: Client) => void): void;
}
interface Arrival {
  readonly frame: Frame;
  readonly received: Received;
}

const { library, version } = loadClient('stompit');
const { connect } = library as Library;

class Subscription implements DriverSubscription {
  readonly inbox: Inbox<Arrival> = new Inbox();
  readonly #client: Client;
  readonly #broken: Promise<never>;
  readonly #id: string;
  readonly #options: SubscribeOptions;
  #unsettled: Frame[] = [];

  constructor(client: Client, broken: Promise<never>, id: string, options: SubscribeOptions) {
    this.#client = client;
    this.#broken = broken;
    this.#id = id;
    this.#options = options;
  }

  readonly listener: Listener = (error, frame) => {
    if (error) return this.inbox.fail(error);
    const chunks: Buffer[] = [];
    frame.on('data', (chunk: Buffer) => chunks.push(chunk));
    frame.on('end', () => {
      if (endOfBrowsing(frame.headers)) return this.inbox.end();
      this.inbox.push({ frame, received: read(frame.headers, Buffer.concat(chunks)) });
    });
  };

  async receive(count: number, timeoutMs: number): Promise<Received[]> {
    const arrivals = await this.inbox.take(count, timeoutMs);
    this.#unsettled.push(...arrivals.map(({ frame }) => frame));
    return arrivals.map((arrival) => arrival.received);
  }

  async acknowledge(): Promise<void> {
    const last = this.#unsettled.at(-1);
    if (last === undefined) return;
    this.#unsettled = [];
    await this.#confirmed((onReceipt) => this.#client.ack(last, {}, { onReceipt }));
  }

  async settle(at: number, outcome: Outcome, transaction?: string): Promise<void> {
    const [frame] = this.#unsettled.splice(at, 1);
    if (frame === undefined) throw new Error(`nothing at ${at}`);
    const { command, headers } = settleWords(outcome, transaction);
    await this.#confirmed((onReceipt) => this.#client[command](frame, headers, { onReceipt }));
  }

  async unsubscribe(forget: boolean): Promise<void> {
    const { durable } = this.#options;
    const name: Headers =
      durable !== undefined && forget ? { 'activemq.subscriptionName': durable } : {};
    // The library's own `unsubscribe` takes no headers.
    await this.#confirmed((onReceipt) => {
      this.#client.sendFrame('UNSUBSCRIBE', { id: this.#id, ...name }, { onReceipt }).end();
    });
  }

  #confirmed(act: (onReceipt: () => void) => void): Promise<void> {
    return Promise.race([new Promise<void>(act), this.#broken]);
  }
}

class Connection implements DriverConnection {
  readonly #client: Client;
  readonly #broken: Promise<never>;
  readonly #transactions = new Map<string, Transaction>();
  #subscriptions = 0;

  constructor(client: Client) {
    this.#client = client;
    this.#broken = new Promise((_, reject) => client.on('error', reject));
    this.#broken.catch(() => undefined);
  }

  async send(
    destination: Destination,
    messages: readonly MessageSpec[],
    transaction?: string,
  ): Promise<void> {
    const receipts = messages.map((spec) => {
      const headers: Headers = { destination: spell(destination), ...headersOf(spec) };
      if (transaction !== undefined) headers['transaction'] = transaction;
      const body = bodyOf(spec);
      if (typeof body !== 'string') headers['content-length'] = String(body.length);
      return new Promise<void>((resolve) => {
        const frame = this.#client.send(headers, { onReceipt: resolve });
        if (body.length > 0) frame.write(body);
        frame.end();
      });
    });
    await Promise.race([Promise.all(receipts), this.#broken]);
  }

  async subscribe(
    destination: Destination,
    acknowledge: Acknowledge,
    options: SubscribeOptions,
  ): Promise<DriverSubscription> {
    // The library's own `subscribe` takes no receipt; these two calls are what it is made of.
    this.#subscriptions += 1;
    const id = `s${this.#subscriptions}`;
    const subscription = new Subscription(this.#client, this.#broken, id, options);
    const more = subscribeHeaders(acknowledge, options);
    this.#client.setImplicitSubscription(id, more['ack'] ?? 'auto', subscription.listener);
    const headers = { destination: spell(destination), id, ...more };
    const done = new Promise<void>((resolve) => {
      this.#client.sendFrame('SUBSCRIBE', headers, { onReceipt: resolve }).end();
    });
    await Promise.race([done, this.#broken]);
    return subscription;
  }

  async begin(transaction: string): Promise<void> {
    this.#transactions.set(transaction, this.#client.begin({ transaction }));
  }

  async end(transaction: string, commit: boolean): Promise<void> {
    const open = this.#transactions.get(transaction);
    const done = new Promise<void>((onReceipt) => {
      if (commit) open?.commit({ onReceipt });
      else open?.abort({ onReceipt });
    });
    await Promise.race([done, this.#broken]);
  }

  async close(): Promise<void> {
    const done = new Promise<void>((resolve, reject) => {
      this.#client.disconnect((error) => (error ? reject(error) : resolve()));
    });
    await Promise.race([done, this.#broken]);
  }

  async drop(): Promise<void> {
    this.#client.destroy();
  }
}

await serve({
  client: 'stompit',
  version,
  connect(url: URL, wishes: ConnectOptions): Promise<DriverConnection> {
    const beat = wishes.heartBeatMs ?? 0;
    const headers = { ...connectHeaders(url, wishes), 'heart-beat': `${beat},${beat}` };
    const options = { host: url.hostname, port: Number(url.port), connectHeaders: headers };
    return new Promise((resolve, reject) => {
      connect(options, (error, client) =>
        error ? reject(error) : resolve(new Connection(client)),
      );
    });
  },
});
