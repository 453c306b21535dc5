/**
 * Drives @stomp/stompjs (npm) where most of its users have it: in a page of a browser, headless
 * Chromium, over WebSockets. The library and its connections live in the page; this program is a
 * stand-in with the same calls. A page cannot cut a wire: `drop` is the library's `forceDisconnect`.
 */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ConnectOptions } from '../dialogue.ts';
import { BrowserPage } from './browser-page.ts';
import { type DriverConnection, loadClient, serve } from './loop.ts';
import { connectHeaders, type Headers } from './stomp-words.ts';
import { type Client, Connection, type Message } from './stompjs-connection.ts';

/** What the page tells; see `stompjs-page.html`. */
type Event = { readonly id: number } & (
  | { readonly event: 'connected' }
  | { readonly event: 'broken'; readonly why: string }
  | { readonly event: 'receipt'; readonly receipt: string }
  | {
      readonly event: 'message';
      readonly subscription: string;
      readonly message: number;
      readonly headers: Headers;
      readonly base64: string;
    }
);

const { INTEROP_HOME: home = '', INTEROP_BROWSER: program = '', INTEROP_PAGE = '' } = process.env;
const { version } = loadClient('@stomp/stompjs');
const html = 'text/html';
const stompjs = join(home, 'node_modules', '@stomp', 'stompjs', 'bundles', 'stomp.umd.min.js');
const standIns = new Map<number, StandIn>();
const page = await BrowserPage.open(
  program,
  { ...process.env, LD_LIBRARY_PATH: process.env['INTEROP_LIBRARIES'] },
  {
    '/': { type: html, text: readFileSync(INTEROP_PAGE, 'utf8') },
    '/stomp.js': { type: 'text/javascript', text: readFileSync(stompjs, 'utf8') },
  },
  (text) => {
    const event = JSON.parse(text) as Event;
    standIns.get(event.id)?.hear(event);
  },
);

/** Stands for one client of the library in the page. */
class StandIn implements Client {
  readonly #id: number;
  readonly #receipts = new Map<string, () => void>();
  readonly #subscribers = new Map<string, (message: Message) => void>();
  #connected: () => void = () => undefined;
  #broken: (error: Error) => void = () => undefined;
  readonly whenConnected: Promise<void> = new Promise((resolve) => {
    this.#connected = resolve;
  });
  readonly whenBroken: Promise<never> = new Promise((_, reject) => {
    this.#broken = reject;
  });

  constructor(id: number) {
    this.#id = id;
    this.whenBroken.catch(() => undefined);
  }

  hear(event: Event): void {
    if (event.event === 'connected') this.#connected();
    else if (event.event === 'broken') this.#broken(new Error(event.why));
    else if (event.event === 'receipt') this.#receipts.get(event.receipt)?.();
    else this.#subscribers.get(event.subscription)?.(this.#message(event));
  }

  publish({ binaryBody, ...parameters }: Parameters<Client['publish']>[0]): void {
    const base64 = binaryBody && { base64: Buffer.from(binaryBody).toString('base64') };
    this.#say('publish', this.#id, { ...parameters, ...base64 });
  }

  subscribe(
    destination: string,
    callback: (message: Message) => void,
    headers: Headers,
  ): { unsubscribe(headers: Headers): void } {
    const subscription = `${this.#id} ${this.#subscribers.size}`;
    this.#subscribers.set(subscription, callback);
    this.#say('subscribe', this.#id, subscription, destination, headers);
    return { unsubscribe: (more) => this.#say('unsubscribe', subscription, more) };
  }

  begin(transaction: string): void {
    this.#say('transact', this.#id, 'begin', transaction);
  }

  commit(transaction: string): void {
    this.#say('transact', this.#id, 'commit', transaction);
  }

  abort(transaction: string): void {
    this.#say('transact', this.#id, 'abort', transaction);
  }

  watchForReceipt(receipt: string, callback: () => void): void {
    this.#receipts.set(receipt, callback);
    this.#say('watch', this.#id, receipt);
  }

  async deactivate(): Promise<void> {
    await page.call('interop.deactivate', this.#id);
  }

  #message({ message, headers, base64 }: Extract<Event, { event: 'message' }>): Message {
    return {
      headers,
      binaryBody: Buffer.from(base64, 'base64'),
      ack: (more) => this.#say('settle', message, 'ack', more),
      nack: (more) => this.#say('settle', message, 'nack', more),
    };
  }

  /** The pipe keeps the order; what the page throws breaks the connection. */
  #say(name: string, ...parameters: readonly unknown[]): void {
    page.call(`interop.${name}`, ...parameters).catch((error: Error) => this.#broken(error));
  }
}

await serve({
  client: '@stomp/stompjs in Chromium',
  version,
  async connect(url: URL, wishes: ConnectOptions): Promise<DriverConnection> {
    const id = standIns.size + 1;
    const standIn = new StandIn(id);
    standIns.set(id, standIn);
    await page.call('interop.activate', id, {
      brokerURL: url.href,
      connectHeaders: connectHeaders(url, wishes),
      beat: wishes.heartBeatMs ?? 0,
    });
    await Promise.race([standIn.whenConnected, standIn.whenBroken]);
    const cut = async (): Promise<void> => {
      await page.call('interop.cut', id);
    };
    return new Connection(standIn, cut, standIn.whenBroken);
  },
});
