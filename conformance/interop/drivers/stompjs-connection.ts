/**
 * One connection of @stomp/stompjs, wherever the library itself runs: in this process, or in a page
 * of a browser behind a stand-in with the same calls. Sends content-length always, unless
 * `skipContentLengthHeader` says otherwise. Owns receipts and subscriptions; the wire is the caller's.
 */

import type {
  Acknowledge,
  Destination,
  MessageSpec,
  Outcome,
  Received,
  SubscribeOptions,
} from '../dialogue.ts';
import { Inbox } from './inbox.ts';
import type { DriverConnection, DriverSubscription } from './loop.ts';
import {
  bodyOf,
  endOfBrowsing,
  type Headers,
  headersOf,
  read,
  settleWords,
  spell,
  subscribeHeaders,
} from './stomp-words.ts';

/** A message of the library. */
export interface Message {
  readonly headers: Headers;
  readonly binaryBody: Uint8Array;
  ack(headers: Headers): void;
  nack(headers: Headers): void;
}

/** The part of the library's client that is used here. */
export interface Client {
  deactivate(): Promise<void>;
  publish(parameters: {
    destination: string;
    headers: Headers;
    body?: string;
    binaryBody?: Uint8Array;
    skipContentLengthHeader?: boolean;
  }): void;
  subscribe(
    destination: string,
    callback: (message: Message) => void,
    headers: Headers,
  ): { unsubscribe(headers: Headers): void };
  begin(transaction: string): unknown;
  commit(transaction: string): void;
  abort(transaction: string): void;
  watchForReceipt(id: string, callback: () => void): void;
}

class Subscription implements DriverSubscription {
  readonly inbox: Inbox<Message> = new Inbox();
  readonly #confirmed: Confirm;
  readonly #options: SubscribeOptions;
  #library: { unsubscribe(headers: Headers): void } | undefined = undefined;
  #unsettled: Message[] = [];

  constructor(confirmed: Confirm, options: SubscribeOptions) {
    this.#confirmed = confirmed;
    this.#options = options;
  }

  open(subscribe: (take: (message: Message) => void) => { unsubscribe(h: Headers): void }): void {
    this.#library = subscribe((message) => {
      if (endOfBrowsing(message.headers)) this.inbox.end();
      else this.inbox.push(message);
    });
  }

  async receive(count: number, timeoutMs: number): Promise<Received[]> {
    const messages = await this.inbox.take(count, timeoutMs);
    this.#unsettled.push(...messages);
    return messages.map((message) => read(message.headers, message.binaryBody));
  }

  async acknowledge(): Promise<void> {
    const last = this.#unsettled.at(-1);
    this.#unsettled = [];
    await this.#confirmed((receipt) => last?.ack(receipt));
  }

  async settle(at: number, outcome: Outcome, transaction?: string): Promise<void> {
    const [message] = this.#unsettled.splice(at, 1);
    const { command, headers } = settleWords(outcome, transaction);
    await this.#confirmed((receipt) => message?.[command]({ ...headers, ...receipt }));
  }

  async unsubscribe(forget: boolean): Promise<void> {
    const { durable } = this.#options;
    const name: Headers =
      durable !== undefined && forget ? { 'activemq.subscriptionName': durable } : {};
    await this.#confirmed((receipt) => this.#library?.unsubscribe({ ...name, ...receipt }));
  }
}

type Confirm = (act: (receipt: Headers) => void) => Promise<void>;

/** One connection. */
export class Connection implements DriverConnection {
  readonly #client: Client;
  readonly #cut: () => Promise<void>;
  readonly #broken: Promise<never>;
  #receipts = 0;

  constructor(client: Client, cut: () => Promise<void>, broken: Promise<never>) {
    this.#client = client;
    this.#cut = cut;
    this.#broken = broken;
  }

  /** Calls `act` with the headers of a receipt and waits for it. */
  readonly #confirmed: Confirm = async (act) => {
    this.#receipts += 1;
    const receipt = `r${this.#receipts}`;
    const done = new Promise<void>((resolve) => this.#client.watchForReceipt(receipt, resolve));
    act({ receipt });
    await Promise.race([done, this.#broken]);
  };

  async send(
    destination: Destination,
    messages: readonly MessageSpec[],
    transaction?: string,
  ): Promise<void> {
    const inside: Headers = transaction === undefined ? {} : { transaction };
    const sends = messages.map((spec) => {
      const body = bodyOf(spec);
      return this.#confirmed((receipt) => {
        this.#client.publish({
          destination: spell(destination),
          headers: { ...headersOf(spec), ...inside, ...receipt },
          ...(typeof body === 'string'
            ? { body, skipContentLengthHeader: true }
            : { binaryBody: new Uint8Array(body) }),
        });
      });
    });
    await Promise.all(sends);
  }

  async subscribe(
    destination: Destination,
    acknowledge: Acknowledge,
    options: SubscribeOptions,
  ): Promise<DriverSubscription> {
    const subscription = new Subscription(this.#confirmed, options);
    this.#broken.catch((error: Error) => subscription.inbox.fail(error));
    await this.#confirmed((receipt) => {
      const headers = { ...subscribeHeaders(acknowledge, options), ...receipt };
      subscription.open((take) => this.#client.subscribe(spell(destination), take, headers));
    });
    return subscription;
  }

  async begin(transaction: string): Promise<void> {
    this.#client.begin(transaction);
  }

  /** The library asks for no receipt of these; one for what comes after them says the same. */
  async end(transaction: string, commit: boolean): Promise<void> {
    if (commit) this.#client.commit(transaction);
    else this.#client.abort(transaction);
    await this.#confirmed((receipt) => {
      const headers = { ...receipt, persistent: 'false' };
      this.#client.publish({ destination: '/topic/interop.nobody', headers, body: '' });
    });
  }

  close(): Promise<void> {
    return this.#client.deactivate();
  }

  /** Not `deactivate`: that would say DISCONNECT first. */
  drop(): Promise<void> {
    return this.#cut();
  }
}
