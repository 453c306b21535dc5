/**
 * Drives stompit (npm), a STOMP 1.0-1.2 client that streams bodies. It sends content-length only
 * when told to, and its ACK carries `subscription`, `message-id` and `id` whatever the version.
 */

import type { Acknowledge, Destination, MessageSpec, Received } from '../dialogue.ts';
import { Inbox } from './inbox.ts';
import { type DriverConnection, type DriverSubscription, loadClient, serve } from './loop.ts';
import { bodyOf, type Headers, headersOf, read, spell } from './stomp-words.ts';

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
  setImplicitSubscription(id: string, ack: string, listener: Listener): void;
  disconnect(callback: (error: Error | null) => void): void;
  destroy(): void;
  on(event: 'error', listener: (error: Error) => void): void;
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
  #last: Frame | undefined = undefined;

  constructor(client: Client, broken: Promise<never>) {
    this.#client = client;
    this.#broken = broken;
  }

  readonly listener: Listener = (error, frame) => {
    if (error) return this.inbox.fail(error);
    const chunks: Buffer[] = [];
    frame.on('data', (chunk: Buffer) => chunks.push(chunk));
    frame.on('end', () => {
      this.inbox.push({ frame, received: read(frame.headers, Buffer.concat(chunks)) });
    });
  };

  async receive(count: number, timeoutMs: number): Promise<Received[]> {
    const arrivals = await this.inbox.take(count, timeoutMs);
    this.#last = arrivals.at(-1)?.frame ?? this.#last;
    return arrivals.map((arrival) => arrival.received);
  }

  async acknowledge(): Promise<void> {
    const last = this.#last;
    if (last === undefined) return;
    const done = new Promise<void>((resolve) => {
      this.#client.ack(last, {}, { onReceipt: resolve });
    });
    await Promise.race([done, this.#broken]);
  }
}

class Connection implements DriverConnection {
  readonly #client: Client;
  readonly #broken: Promise<never>;
  #subscriptions = 0;

  constructor(client: Client) {
    this.#client = client;
    this.#broken = new Promise((_, reject) => client.on('error', reject));
    this.#broken.catch(() => undefined);
  }

  async send(destination: Destination, messages: readonly MessageSpec[]): Promise<void> {
    const receipts = messages.map((spec) => {
      const headers: Headers = { destination: spell(destination), ...headersOf(spec) };
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

  async subscribe(destination: Destination, ack: Acknowledge): Promise<DriverSubscription> {
    // The library's own `subscribe` takes no receipt; these two calls are what it is made of.
    this.#subscriptions += 1;
    const id = `s${this.#subscriptions}`;
    const subscription = new Subscription(this.#client, this.#broken);
    this.#client.setImplicitSubscription(id, ack, subscription.listener);
    const headers = { destination: spell(destination), id, ack };
    const done = new Promise<void>((resolve) => {
      this.#client.sendFrame('SUBSCRIBE', headers, { onReceipt: resolve }).end();
    });
    await Promise.race([done, this.#broken]);
    return subscription;
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
  connect(url: URL): Promise<DriverConnection> {
    const user = { login: url.username, passcode: url.password };
    const connectHeaders: Headers = { host: url.hostname, ...(url.username === '' ? {} : user) };
    const options = { host: url.hostname, port: Number(url.port), connectHeaders };
    return new Promise((resolve, reject) => {
      connect(options, (error, client) =>
        error ? reject(error) : resolve(new Connection(client)),
      );
    });
  },
});
