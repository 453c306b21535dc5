// A consumer: a subscription whose messages wait here until the API grants credit. [STOMP 1.2 SUBSCRIBE]
//
//     broker ── MESSAGE ──► waiting ── credit ──► out ── ACK ──► gone
//                             ▲                    │ ╲── ACK in a transaction ──► held ── COMMIT ──► gone
//                             ╰─── given back ─────╯◄──────────── ABORT ─────────╯
//
// What is given back goes to the broker if the dialect has a word for it; else it waits here again, at
// its place and with its attempt counted, and returns to the broker when the subscription ends.

import {
  type ConsumerRequest,
  type DeliverySink,
  type DestinationData,
  JMSException,
  type MessageData,
  Outcome,
  type ProviderConsumer,
  UnsupportedOperationException,
} from '#jms-api';
import { type Wanted, wantedBy } from '../selector.ts';
import { linesOf } from './frame-writer.ts';
import type { Headers, Listener } from './link.ts';
import { attemptOf, decodeMessage } from './message-decode.ts';
import { SENDER } from './own-header.ts';
import type { StompSession } from './stomp-session.ts';

/** What NACK says to our own broker. */
const WORDS: Readonly<Record<Outcome, string>> = {
  [Outcome.accepted]: 'accepted',
  [Outcome.released]: 'released',
  [Outcome.rejected]: 'rejected',
  [Outcome.failed]: 'failed',
  // It has expired there, too, and is counted there.
  [Outcome.expired]: 'released',
  [Outcome.undeliverable]: 'undeliverable',
};

/** How long nothing is settled before somebody is told that nothing more can come. */
const STUCK_MS = 3000;

/** One message that came and is not settled. */
interface Delivery {
  /** Place in the order in which they came. */
  readonly place: number;
  readonly headers: Headers;
  readonly body: Buffer;
  attempt: number;
}

interface Wish {
  readonly destination: DestinationData;
  readonly request: ConsumerRequest;
}

export class StompConsumer implements ProviderConsumer, Listener {
  readonly #session: StompSession;
  readonly #wish: Wish;
  readonly #sink: DeliverySink;
  readonly #id: string;
  readonly #browse: boolean;
  /** In the order of their places. */
  #waiting: Delivery[] = [];
  /** Accepted in the transaction. */
  #held: Delivery[] = [];
  #credit = 0;
  #places = 0;
  #state: 'open' | 'ended' | 'closed' = 'open';
  /** What a broker without selectors sends is looked at here. */
  #wanted: Wanted | undefined;
  /** What comes from this sender is left out. */
  #except: string | undefined;
  /** A browser has been shown all there was. */
  #shown = false;
  #ends: (() => void)[] = [];
  #unsubscribed = false;
  /** Handed out, or held; the broker sends no more when they are as many as its window. */
  #unsettled = 0;
  /** Somebody knows of that. */
  #told = false;
  #watching: NodeJS.Timeout | undefined;
  #settlements = 0;
  /** Handed out and not settled; kept where the end of a subscription does not give them back. */
  readonly #out: Set<Delivery> = new Set();

  constructor(session: StompSession, wish: Wish, sink: DeliverySink) {
    this.#session = session;
    this.#wish = wish;
    this.#sink = sink;
    this.#id = session.connection.next('s');
    this.#browse = wish.request.browse === true;
  }

  async subscribe(): Promise<void> {
    const { connection } = this.#session;
    const { destination, request } = this.#wish;
    const { dialect, options, clientId, link } = connection;
    if (request.subscription?.durable) connection.checkFree(request.subscription);
    const selector = dialect.selectsHere ? this.#selectHere() : await this.#selectorThere();
    if (selector && dialect.selectorsCost) await connection.trySelector(selector);
    link.listen(this.#id, this);
    try {
      await link.request('SUBSCRIBE', [
        ...linesOf([
          ['id', this.#id],
          ['destination', connection.spellSource(destination)],
          ['ack', this.#browse ? 'auto' : 'client-individual'],
          ['selector', selector],
          ['browser', this.#browse ? 'true' : undefined],
        ]),
        ...dialect.prefetch(options.prefetch),
        ...connection.madeAs(destination, request.subscription?.durable),
        ...dialect.subscribe({ destination, request, clientId }),
      ]);
    } catch (error) {
      link.unlisten(this.#id);
      throw error;
    }
    this.#attend(true);
  }

  /** What the SUBSCRIBE says of it. */
  async #selectorThere(): Promise<string | undefined> {
    const { connection } = this.#session;
    const { selector, noLocal } = this.#wish.request;
    const foreign = noLocal ? await connection.markOwn() : undefined;
    return selector && connection.dialect.selector(selector, foreign);
  }

  /** @throws {UnsupportedOperationException} where another consumer could ask otherwise, and get half */
  #selectHere(): undefined {
    const { selector, noLocal, subscription } = this.#wish.request;
    if (selector !== undefined && subscription?.shared === true) {
      throw new UnsupportedOperationException(
        'a shared subscription with a selector is not supported: its consumers look at messages ' +
          'themselves, and over STOMP nothing tells whether all of them have the same selector; ' +
          'use amqp091://, or a subscription for each selector',
      );
    }
    this.#wanted = wantedBy(selector);
    if (noLocal) this.#except = this.#session.connection.sender;
  }

  onMessage(headers: Headers, body: Buffer): void {
    if (this.#state !== 'open' && this.#session.connection.dialect.endGivesBack) return;
    if (this.#browse && headers.get('browser') === 'end') {
      this.#shown = true;
      this.#handOut();
      for (const resolve of this.#ends.splice(0)) resolve();
      return;
    }
    // The bytes are a window into what the socket read.
    const kept = Buffer.from(body);
    this.#waiting.push({ place: ++this.#places, headers, body: kept, attempt: attemptOf(headers) });
    this.#handOut();
  }

  onEnd(error: Error): void {
    if (this.#state !== 'open') return;
    this.#state = 'ended';
    this.#attend(false);
    this.#quit();
    this.#sink.onEnd(error);
  }

  grant(count: number): void {
    this.#credit += count;
    this.#handOut();
  }

  async drain(): Promise<void> {
    if (this.#state !== 'open') return;
    this.#handOut();
    if (this.#browse) await this.#end();
    else if (this.#credit > 0) await this.#settleDown();
    this.#handOut();
    this.#credit = 0;
  }

  async #settleDown(): Promise<void> {
    const { connection } = this.#session;
    if (connection.dialect.echoes === 0) {
      await this.#session.synchronise();
      return;
    }
    let places = this.#places;
    await connection.settleDown(this.#wish.destination, () => {
      const more = this.#places > places && this.#credit > 0;
      places = this.#places;
      return more;
    });
  }

  settle(given: unknown, outcome: Outcome): void {
    if (this.#browse || this.#state !== 'open') return;
    const delivery = given as Delivery;
    this.#out.delete(delivery);
    this.#unsettled--;
    this.#settlements++;
    const { dialect } = this.#session.connection;
    if (outcome === Outcome.accepted) this.#accept(delivery);
    else if (dialect.outcomes) this.#say('NACK', delivery, [['outcome', WORDS[outcome]]]);
    else if (outcome === Outcome.expired) this.#say('ACK', delivery);
    else if (outcome === Outcome.released) this.#takeBack([delivery]);
    else if (outcome === Outcome.failed)
      this.#takeBack([{ ...delivery, attempt: delivery.attempt + 1 }]);
    else if (dialect.deadLetters) this.#say('NACK', delivery, [['requeue', 'false']]);
    else this.#unsettled++;
    // What nobody would keep stays out, and goes back to the broker when the subscription ends.
  }

  async close(): Promise<void> {
    const ended = this.#state !== 'open';
    this.#state = 'closed';
    const { dialect } = this.#session.connection;
    const held = this.#held.length > 0 && !ended;
    if (!held) this.#attend(false);
    this.#quit();
    if (ended) return;
    if (!held) {
      await this.leave();
      return;
    }
    // The subscription is there until the transaction ends where its ACKs need it.
    this.#session.keep(this);
    if (dialect.endGivesBack && dialect.transactedAcks) await this.#unsubscribe();
  }

  /** Ends the subscription of a closed consumer, when no transaction has deliveries of it. */
  async leave(): Promise<void> {
    this.#attend(false);
    if (this.#unsubscribed) return;
    await this.#unsubscribe();
    const { dialect, link } = this.#session.connection;
    if (!dialect.endGivesBack) await this.#giveBack();
    link.unlisten(this.#id);
  }

  async #unsubscribe(): Promise<void> {
    this.#unsubscribed = true;
    await this.#session.connection.link.request('UNSUBSCRIBE', [['id', this.#id]]);
  }

  /** NACKs what is out, under the id of a subscription that gets nothing. */
  async #giveBack(): Promise<void> {
    const back = [...this.#out, ...this.#waiting.splice(0)];
    if (back.length === 0 || this.#browse) return;
    const { link, nowhere } = this.#session.connection;
    const id = ['id', this.#id] as const;
    const lines = [id, ['destination', nowhere], ['ack', 'client-individual']] as const;
    link.confirm('SUBSCRIBE', lines, undefined, () => {});
    for (const delivery of back) this.#say('NACK', delivery, [['requeue', 'true']]);
    await link.request('UNSUBSCRIBE', [id]);
  }

  /** A dialect whose ACKs know no transaction: those that waited for it go now. */
  acknowledgeHeld(): boolean {
    for (const delivery of this.#held) this.#say('ACK', delivery);
    return this.#held.length > 0;
  }

  committed(): void {
    this.#unsettled -= this.#held.length;
    this.#held = [];
  }

  rolledBack(): void {
    const held = this.#held.map((one) => ({ ...one, attempt: one.attempt + 1 }));
    this.#unsettled -= held.length;
    this.#held = [];
    if (!this.#session.connection.dialect.outcomes) {
      this.#takeBack(held);
      return;
    }
    // All of it goes back, so that the broker hands it out again in its order.
    for (const one of held) this.#say('NACK', one, [['outcome', WORDS[Outcome.failed]]]);
    for (const one of this.#waiting.splice(0)) {
      this.#say('NACK', one, [['outcome', WORDS[Outcome.released]]]);
    }
  }

  #accept(delivery: Delivery): void {
    const { transacted, connection } = this.#session;
    if (!transacted) {
      this.#say('ACK', delivery);
      return;
    }
    this.#held.push(delivery);
    this.#unsettled++;
    this.#watch();
    if (connection.dialect.transactedAcks) this.#say('ACK', delivery, this.#session.membership);
  }

  /** In 1.2 its `ack` names a message; before that two headers do, which brokers mix up: so all. */
  #say(
    command: 'ACK' | 'NACK',
    { headers }: Delivery,
    more: readonly (readonly [string, string])[] = [],
  ): void {
    const { link } = this.#session.connection;
    const id = headers.get('ack');
    if (id !== undefined && link.version === '1.2') {
      link.send(command, more.length === 0 ? [['id', id]] : [['id', id], ...more]);
      return;
    }
    const about = linesOf([
      ['id', id],
      ['subscription', this.#id],
      ['message-id', headers.get('message-id')],
    ]);
    link.send(command, [...about, ...more]);
  }

  #takeBack(deliveries: readonly Delivery[]): void {
    this.#waiting = [...deliveries, ...this.#waiting].sort((a, b) => a.place - b.place);
    queueMicrotask(() => this.#handOut());
  }

  #handOut(): void {
    while (this.#credit > 0 && this.#waiting.length > 0 && this.#state === 'open') {
      const delivery = this.#waiting.shift() as Delivery;
      this.#credit--;
      this.#deliver(delivery);
    }
    this.#watch();
  }

  /**
   * Tells the program when it waits for messages that cannot come. Most of the time it does not wait:
   * what was handed out may be with the API still, which is not known here. So it is told when nothing
   * has been settled for a while, and of a transaction, when that alone has the whole window.
   */
  #watch(): void {
    if (this.#told || this.#watching !== undefined || !this.#stuck) return;
    const settlements = this.#settlements;
    this.#watching = setTimeout(() => {
      this.#watching = undefined;
      if (settlements !== this.#settlements) this.#watch();
      else if (this.#stuck) this.#tell();
    }, STUCK_MS).unref();
  }

  get #stuck(): boolean {
    const window = this.#session.connection.options.prefetch;
    const mine = this.#session.transacted ? this.#held.length : this.#unsettled;
    return this.#state === 'open' && this.#credit > 0 && mine >= window;
  }

  #tell(): void {
    this.#told = true;
    const text = `the broker sends no more to a consumer of ${this.#wish.destination.name}: it has`;
    const cure = 'acknowledge or commit more often, or say more with stomp.prefetch in the URL';
    this.#session.connection.events.onProblem(
      new JMSException(`${text} ${this.#unsettled} messages that are not acknowledged; ${cure}`),
    );
  }

  #deliver(delivery: Delivery): void {
    try {
      const message = decodeMessage(delivery.headers, delivery.body, (text) =>
        this.#session.connection.read(text),
      );
      if (!this.#selects(delivery.headers, message)) {
        this.#credit++;
        this.#say('ACK', delivery);
        return;
      }
      if (!this.#session.connection.dialect.endGivesBack) this.#out.add(delivery);
      if (!this.#browse) this.#unsettled++;
      this.#sink.onMessage(delivery, message, delivery.attempt);
    } catch (cause) {
      const text = 'a message cannot be read, and was rejected';
      this.#unsettled++;
      this.settle(delivery, Outcome.rejected);
      this.#session.connection.events.onProblem(new JMSException(text, null, { cause }));
    }
  }

  #selects(headers: Headers, message: MessageData): boolean {
    if (this.#except !== undefined && headers.get(SENDER) === this.#except) return false;
    return this.#wanted === undefined || this.#wanted(message);
  }

  #end(): Promise<void> {
    if (this.#shown) return Promise.resolve();
    return new Promise((resolve) => this.#ends.push(resolve));
  }

  #attend(here: boolean): void {
    const { subscription } = this.#wish.request;
    if (subscription?.durable === true) this.#session.connection.attend(subscription.name, here);
  }

  #quit(): void {
    if (this.#state === 'ended' || this.#session.connection.dialect.endGivesBack) {
      this.#session.connection.link.unlisten(this.#id);
    }
    this.#session.forget(this);
    for (const resolve of this.#ends.splice(0)) resolve();
  }
}
