// The broker and the model side by side. A command is done to both and must be answered alike; what
// the broker then delivers must be right by the model; and when all is quiet both must be in the
// same state. A refused call is one that changed nothing: the comparison after it shows that.

import {
  type Address,
  type AddressSettings,
  Broker,
  BrokerError,
  type Connection,
  type Consumer,
  formatAddress,
  isTopic,
  ManualHost,
  Message,
  type MessageHeader,
  type Producer,
  parseSelector,
  type Selector,
  type Transaction,
  type WireFormat,
} from '#broker';
import * as fair from './fairness.ts';
import { Model } from './model.ts';
import type * as model from './state.ts';
import { type Letter, persistent, Refused, SELECTORS } from './words.ts';

/** The text is all there is: `n=1 #42`. */
export const plain: WireFormat = {
  name: 'plain',
  view: (message) => ({
    persistent: message.persistent,
    priority: message.priority,
    properties: new Map([['n', { type: 'int', value: numberOf(message.bytes().toString()) }]]),
    body: { kind: 'none' },
  }),
  encode: () => Buffer.alloc(0),
};

const compiled: ReadonlyMap<string, Selector> = new Map(
  SELECTORS.map(({ text }) => [text, parseSelector(text) as Selector]),
);

export interface ClientPair {
  readonly real: Connection;
  readonly model: model.Client;
  /** And the destination that each has sent to last: it knows no other. */
  readonly producers: Map<string, { real: Producer; home: model.Destination | undefined }>;
  readonly temporaries: Address[];
}

export interface ConsumerPair {
  readonly real: Consumer;
  readonly model: model.Consumer;
  drains: number;
  gone: boolean;
}

export interface TransactionPair {
  readonly real: Transaction;
  readonly model: model.Transaction;
}

type Happening =
  | {
      readonly what: 'buried';
      text: string;
      from: string;
      cause: 'expired' | 'rejected' | 'max-deliveries';
    }
  | {
      readonly what: 'delivered';
      pair: ConsumerPair;
      from: string | undefined;
      text: string;
      attempts: number;
      first: boolean;
      token: number;
    };

/** A disagreement of broker and model. */
export class Disagreement extends Error {}

export class Rig {
  host: ManualHost;
  broker: Broker;
  readonly model: Model = new Model();
  clients: ClientPair[] = [];
  consumers: ConsumerPair[] = [];
  transactions: TransactionPair[] = [];
  sent = 0;
  /** Ends of texts. */
  readonly pads: readonly string[] = ['', '', '.....'];
  /** No crash can tear what the command does that is under way. */
  whole = false;
  #connected = 0;
  #happened: Happening[] = [];
  #from: string | undefined;

  constructor(host: ManualHost = new ManualHost(), broker: Broker = new Broker(host)) {
    this.host = host;
    this.broker = broker;
    this.begin();
  }

  /** A broker begins its life: nobody knows it yet. */
  protected begin(): void {
    this.clients = [];
    this.consumers = [];
    this.transactions = [];
    this.#connected = 0;
    this.#happened = [];
    this.model.now = this.host.messageTimeMs();
    this.broker.events = {
      delivered: ({ key }) => {
        this.#from = key;
      },
      buried: ({ key }, message, cause) => {
        this.#happened.push({ what: 'buried', text: textOf(message), from: key, cause });
      },
    };
  }

  /** Does the same to both; undefined if both refused it for the same reason. */
  both<R, M>(real: () => R, modelled: () => M): { real: R; model: M } | undefined {
    const one = attempt(real);
    const other = attempt(modelled);
    const left = 'code' in one ? one.code : 'done';
    const right = 'code' in other ? other.code : 'done';
    if (left !== right) throw new Disagreement(`the broker says ${left}, the model ${right}`);
    if ('code' in one || 'code' in other) return undefined;
    return { real: one.value, model: other.value };
  }

  connect(clientId: string | undefined): ClientPair | undefined {
    const made = this.both(
      () => {
        const real = this.broker.connect({ protocol: 'test', peer: 'here' });
        this.#connected++;
        try {
          if (clientId !== undefined) real.claimClientId(clientId);
        } catch (error) {
          real.close();
          throw error;
        }
        return real;
      },
      () => this.model.connect(clientId, clientId ?? `#${this.#connected}`),
    );
    if (made === undefined) return undefined;
    const pair: ClientPair = { ...made, producers: new Map(), temporaries: [] };
    this.clients.push(pair);
    return pair;
  }

  set(pattern: string, row: Partial<AddressSettings> | undefined): void {
    this.both(
      () => (row === undefined ? this.broker.unset(pattern) : this.broker.set(pattern, row)),
      () => this.model.set(pattern, row),
    );
  }

  setCredit({ real, model: modelled }: ConsumerPair, credit: number): void {
    this.both(
      () => real.setCredit(credit),
      () => {
        modelled.credit = credit;
        modelled.draining = false;
      },
    );
  }

  consume(
    client: ClientPair,
    address: Address,
    options: model.ConsumeOptions,
  ): ConsumerPair | undefined {
    let pair: ConsumerPair | undefined;
    const sink = {
      deliver: (message: Message, token: number, attempts: number, first: boolean) => {
        const from = this.#from;
        this.#from = undefined;
        if (pair === undefined) throw new Disagreement('a delivery before there is a consumer');
        const text = textOf(message);
        this.#happened.push({ what: 'delivered', pair, from, text, attempts, first, token });
      },
      drained: () => {
        if (pair !== undefined) pair.drains++;
      },
      gone: () => {
        if (pair !== undefined) pair.gone = true;
      },
    };
    const { selector, subscription, ...rest } = options;
    const program = compiled.get(selector?.text ?? '');
    const real = {
      ...rest,
      ...(program === undefined ? {} : { selector: program }),
      ...(subscription === undefined ? {} : { subscription }),
    };
    const made = this.both(
      () => client.real.openConsumer(address, sink, real),
      () => this.model.consume(client.model, address, options),
    );
    if (made === undefined) return undefined;
    pair = { ...made, drains: 0, gone: false };
    this.consumers.push(pair);
    return pair;
  }

  send(client: ClientPair, letter: Letter, transaction?: TransactionPair): boolean {
    const { destination: address, closes, times, periodMs, ...header } = letter;
    const full: MessageHeader = {
      persistent: persistent(letter),
      ...header,
      groupSequence: closes ? -1 : 1,
      repeat: periodMs > 0 ? { periodMs, times } : undefined,
    };
    const bytes = Buffer.from(letter.text);
    const key = formatAddress(address);
    const done = this.both(
      () => {
        const known = client.producers.get(key);
        const producer = known?.real ?? client.real.openProducer(address);
        if (known === undefined) client.producers.set(key, { real: producer, home: undefined });
        const message = new Message(plain, full, bytes, 0, bytes.length, false);
        return producer.send(message, transaction?.real);
      },
      () => this.model.send(client.model, address, letter, transaction?.model),
    );
    const producer = client.producers.get(key);
    if (producer !== undefined && done) producer.home = this.model.find(address);
    const drops = (to: model.Destination) =>
      to.settings.whenFull === 'drop-oldest' || to.settings.retain > 0;
    this.whole = !letter.targets.some(drops);
    return done !== undefined;
  }

  /** A command was done to both, and nothing else yet. */
  done(): void {
    for (const one of this.#happened.splice(0)) this.#replay(one);
    this.noted(this.whole);
    this.whole = false;
  }

  /** Model and broker have come so far, in one piece or in several. */
  protected noted(_whole: boolean): void {
    this.model.arrived = [];
    this.model.heirs = [];
  }

  /** Ends the turn, lets everything happen that is due now, and compares. */
  settle(): void {
    this.host.settle();
    this.advance(0);
  }

  advance(ms: number): void {
    this.host.advance(ms);
    this.model.advance(this.host.messageTimeMs());
    this.#compare();
  }

  /** Takes everything away, and checks that nothing is left. */
  finish(): void {
    for (const { real } of this.clients) real.close();
    for (const { address } of [...this.broker.queues(), ...this.broker.topics()]) {
      if (this.broker.find(address)) this.broker.deleteDestination(address, false);
    }
    this.host.settle();
    this.host.advance(1_000);
    for (const { address } of this.broker.queues()) this.broker.deleteDestination(address, false);
    same('stored messages at the end', this.broker.storedMessages, 0);
    same('stored bytes at the end', this.broker.storedBytes, 0);
    same('deadlines at the end', this.broker.deadlines.size, 0);
  }

  #compare(): void {
    for (const one of this.#happened.splice(0)) this.#replay(one);
    const [dying] = this.model.dying;
    if (dying !== undefined) {
      throw new Disagreement(
        `'${dying.entry.letter.text}' should have been buried: ${dying.cause}`,
      );
    }
    for (const { subscriptions } of this.model.destinations) {
      for (const { members } of subscriptions) this.#nothingLeft(members);
    }
    this.model.quiet();
    same(
      'destinations',
      this.broker.queues().length + this.broker.topics().length,
      this.model.destinations.length,
    );
    for (const destination of this.model.destinations) this.#compareDestination(destination);
    for (const pair of this.consumers) compareConsumer(pair);
    for (const { real, model: modelled } of this.transactions) {
      same('open transaction', real.open, modelled.state === 'open');
    }
    this.consumers = this.consumers.filter(({ real }) => real.open);
    this.noted(false);
  }

  #replay(one: Happening): void {
    if (one.what === 'buried') {
      if (this.model.bury(one.text, one.from, one.cause)) return;
      throw new Disagreement(`'${one.text}' of ${one.from} was buried: ${one.cause}`);
    }
    const { pair, text, attempts, first, token } = one;
    const member = pair.model.members.find(({ subscription }) => {
      return one.from === undefined || formatAddress(subscription.destination.address) === one.from;
    });
    if (member !== undefined && this.model.delivered(member, text, attempts, first, token)) return;
    const next = member === undefined ? undefined : fair.next(fair.peersOf(member));
    const expected =
      next === undefined
        ? 'nothing'
        : `'${next.entry.letter.text}' with ${next.entry.attempts} attempts` +
          (member !== undefined && next.takers.includes(member) ? '' : ', of another consumer');
    throw new Disagreement(
      `consumer ${this.consumers.indexOf(pair)} got '${text}' of ${one.from ?? 'its destination'}, ` +
        `attempts ${attempts}, first ${first}; expected ${expected}`,
    );
  }

  #nothingLeft(members: readonly model.Member[]): void {
    for (const member of members) {
      const entry = member.consumer.options.browse
        ? fair.unseen(member)
        : fair.next(fair.peersOf(member))?.entry;
      if (entry === undefined) continue;
      throw new Disagreement(
        `'${entry.letter.text}' of ${formatAddress(member.subscription.destination.address)} ` +
          'was not delivered, although somebody may have it',
      );
    }
  }

  #compareDestination(expected: model.Destination): void {
    const real = this.broker.find(expected.address);
    const key = formatAddress(expected.address);
    if (real === undefined) throw new Disagreement(`there is no ${key}`);
    const { subscriptions } = expected;
    same(`${key}: subscriptions`, real.subscriptions.length, subscriptions.length);
    for (const [index, one] of subscriptions.entries()) {
      const texts: string[] = [];
      real.subscriptions[index]?.eachWaiting((message) => {
        const letter = { n: numberOf(textOf(message)), priority: message.priority };
        const local = one.noLocal !== undefined && one.noLocal === message.sender;
        if (one.queue || (one.selector?.wants(letter) !== false && !local))
          texts.push(textOf(message));
        return true;
      });
      const waiting = fair.inOrder(one.entries).filter(fair.waits);
      same(`${key}: waiting`, texts.join(), waiting.map(({ letter }) => letter.text).join());
    }
    const entries = subscriptions.flatMap((one) => one.entries);
    const statistics = real.statistics();
    const { enqueued, delivered, settled, expired, deadLettered } = expected;
    const counts = { enqueued, delivered, settled, expired, deadLettered };
    const inFlight = entries.filter((one) => !fair.waits(one)).length;
    const consumers = subscriptions.reduce((sum, { members }) => sum + members.length, 0);
    const scheduled = this.model.delayed.filter(({ to }) => to.includes(expected)).length;
    for (const [name, count] of Object.entries({ ...counts, inFlight, consumers, scheduled })) {
      same(`${key}: ${name}`, statistics[name as keyof typeof counts], count);
    }
    if (isTopic(expected.address) && !/^(lim|ret|pend)/.test(expected.address.name)) return;
    const stored = [...this.model.stored(expected).values()];
    same(`${key}: messages`, real.messages, stored.length);
    same(
      `${key}: bytes`,
      real.bytes,
      stored.reduce((sum, { size }) => sum + size, 0),
    );
    this.#compareFull(expected, real.messages, real.bytes);
  }

  /** Senders wait while it is full, and do not when it is empty enough. */
  #compareFull(expected: model.Destination, messages: number, bytes: number): void {
    const { messagesMax, bytesMax, whenFull } = expected.settings;
    const atBound =
      (messagesMax > 0 && messages >= messagesMax) || (bytesMax > 0 && bytes >= bytesMax);
    const under = messages <= messagesMax * 0.9 && bytes <= bytesMax * 0.9;
    for (const { producers } of this.clients) {
      const producer = producers.get(formatAddress(expected.address));
      if (producer?.home !== expected) continue;
      if (whenFull === 'block' && atBound) same('blocked', producer.real.full, true);
      if (whenFull !== 'block' || under) same('blocked', producer.real.full, false);
    }
  }
}

function compareConsumer({ real, model: modelled, drains, gone }: ConsumerPair): void {
  same('consumer is open', real.open, modelled.open);
  same('consumer is gone', gone, modelled.gone);
  same('drains', drains, modelled.drained);
  if (!modelled.open) return;
  same('credit', real.credit, modelled.credit);
  same(
    'out',
    real.out,
    modelled.members.reduce((sum, one) => sum + fair.outWith(one).length, 0),
  );
}

function attempt<T>(work: () => T): { value: T } | { code: string } {
  try {
    return { value: work() };
  } catch (error) {
    if (error instanceof BrokerError || error instanceof Refused) return { code: error.code };
    throw error;
  }
}

function same(what: string, real: unknown, modelled: unknown): void {
  if (real === modelled) return;
  throw new Disagreement(`${what}: the broker says ${String(real)}, the model ${String(modelled)}`);
}

function textOf(message: Message): string {
  return message.bytes().toString();
}

function numberOf(text: string): number {
  return Number(text.charAt(2));
}
