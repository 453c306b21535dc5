// What the broker core should do, in arrays and `find`. If this and the broker disagree, start by
// believing this. It knows nothing of logs, cursors, heaps or turns: a subscription is a list of
// entries in order, and whoever may have the first of them may have it.
//
// Where the core is free, between consumers of different selectors or those who were never served,
// the model does not choose: it is told what was delivered, and says whether that was right.

import {
  type Address,
  type AddressSettings,
  type BrokerErrorCode,
  type DeadLetterCause,
  defaultSettings,
  formatAddress,
  isTopic,
  Outcome,
  type SubscriptionName,
} from '#broker';
import { kindred, type Letter, matching, partsOf, Refused, type Said } from './words.ts';

export type State = 'ready' | 'held' | 'out' | 'prepared' | 'gone';

/** A message in one subscription. */
export interface Entry {
  readonly letter: Letter;
  /** Its place in the order of its destination. */
  readonly place: number;
  readonly subscription: Subscription;
  state: State;
  until: number;
  attempts: number;
  holder: Member | undefined;
  readonly refusers: Member[];
  /** When it was handed out; and when it was last not ready, in steps. */
  handed: number;
  absent: number;
  /** What the broker calls the delivery. */
  token: number;
}

/** A consumer in one subscription; a wildcard consumer of queues is a member of many. */
export interface Member {
  readonly consumer: Consumer;
  readonly subscription: Subscription;
  served: number;
  /** A browser: the last place it saw of each priority, and when it began. */
  readonly seen: number[];
  readonly since: number;
}

export interface Subscription {
  readonly destination: Destination;
  readonly queue: boolean;
  readonly durable: boolean;
  readonly selector: Said | undefined;
  readonly noLocal: string | undefined;
  /** Messages sent before this serial number are not for it. */
  readonly bornAt: number;
  entries: Entry[];
  members: Member[];
  readonly owners: Map<string, Member>;
  paused: boolean;
  ended: boolean;
}

export interface Destination {
  readonly address: Address;
  readonly owner: Client | undefined;
  settings: AddressSettings;
  subscriptions: Subscription[];
  /** Ended, but a transaction may have a part of it. */
  past: Subscription[];
  retained: { letter: Letter; place: number }[];
  seenIds: string[];
  open: boolean;
  enqueued: number;
  delivered: number;
  settled: number;
  expired: number;
  deadLettered: number;
}

export interface ConsumeOptions {
  readonly presettled: boolean;
  readonly selector: Said | undefined;
  readonly noLocal: boolean;
  readonly priority: number;
  readonly exclusive: boolean;
  readonly browse: boolean;
  readonly retroactive: boolean;
  readonly subscription: SubscriptionName | undefined;
}

export interface Consumer {
  readonly client: Client;
  readonly pattern: string | undefined;
  readonly options: ConsumeOptions;
  members: Member[];
  credit: number;
  suspended: boolean;
  draining: boolean;
  drained: number;
  open: boolean;
  gone: boolean;
}

export interface Transaction {
  readonly client: Client;
  readonly expiresAt: number;
  sends: { address: Address; letter: Letter }[];
  settlements: { entry: Entry; outcome: Outcome }[];
  state: 'open' | 'committed' | 'rolled back';
}

export interface Client {
  readonly clientId: string | undefined;
  readonly name: string;
  consumers: Consumer[];
  transactions: Transaction[];
  temporaries: Address[];
}

interface Named extends SubscriptionName {
  readonly clientId: string | undefined;
  readonly subscription: Subscription;
}

export class Model {
  now = 0;
  step = 0;
  readonly rows: Map<string, Partial<AddressSettings>> = new Map();
  destinations: Destination[] = [];
  clients: Client[] = [];
  watchers: Consumer[] = [];
  named: Named[] = [];
  delayed: { at: number; left: number; letter: Letter; to: Destination[] }[] = [];
  /** Dead and expired messages, until it is told in which order they were buried. */
  dying: { entry: Entry; cause: DeadLetterCause }[] = [];
  #serial = 0;
  #places = 0;
  #handed = 0;

  // Clients.

  connect(clientId: string | undefined, name: string): Client {
    if (clientId !== undefined && this.clients.some((one) => one.clientId === clientId)) {
      throw new Refused('client-id-in-use');
    }
    const client = { clientId, name, consumers: [], transactions: [], temporaries: [] };
    this.clients.push(client);
    return client;
  }

  disconnect(client: Client, lost: boolean): void {
    for (const transaction of [...client.transactions]) this.rollback(transaction);
    for (const consumer of [...client.consumers]) this.close(consumer, lost);
    for (const address of client.temporaries) if (this.find(address)) this.delete(address, false);
    this.clients = this.clients.filter((one) => one !== client);
  }

  // Destinations.

  find({ kind, name }: Address): Destination | undefined {
    return this.destinations.find(({ address }) => address.kind === kind && address.name === name);
  }

  /** A destination by name, created on use if that is allowed. */
  resolve(address: Address, consuming: boolean): Destination {
    const pattern = wild(address.name);
    if (pattern && !consuming) throw new Refused('address-invalid');
    const found = this.find(address);
    if (found !== undefined) return found;
    const temporary = address.kind.startsWith('temporary');
    if (temporary || (!pattern && !this.settingsOf(address.name).autoCreate)) {
      throw new Refused('destination-missing');
    }
    return this.create(address, undefined);
  }

  create(address: Address, owner: Client | undefined): Destination {
    const destination: Destination = {
      address,
      owner,
      settings: this.settingsOf(address.name),
      subscriptions: [],
      past: [],
      retained: [],
      seenIds: [],
      open: true,
      ...{ enqueued: 0, delivered: 0, settled: 0, expired: 0, deadLettered: 0 },
    };
    this.destinations.push(destination);
    if (isTopic(address)) return destination;
    const subscription = this.#subscription(destination, { queue: true, durable: true });
    for (const watcher of this.watchers) {
      const matches = owner === undefined && matching(watcher.pattern ?? '', address.name);
      if (matches) this.#join(watcher, subscription);
    }
    return destination;
  }

  delete(address: Address, ifUnused: boolean): void {
    const destination = this.find(address);
    if (destination === undefined) throw new Refused('destination-missing');
    if (ifUnused && destination.subscriptions.some(({ members }) => members.length > 0)) {
      throw new Refused('in-use');
    }
    this.destinations = this.destinations.filter((one) => one !== destination);
    destination.open = false;
    for (const one of [...destination.subscriptions]) this.#end(one);
  }

  deleteTemporary(client: Client, address: Address): void {
    if (!client.temporaries.includes(address)) throw new Refused('destination-missing');
    this.delete(address, true);
    client.temporaries = client.temporaries.filter((one) => one !== address);
  }

  settingsOf(name: string): AddressSettings {
    const rows = [...this.rows].filter(([pattern]) => matching(pattern, name));
    const general = (pattern: string) => (pattern === '>' ? 0 : pattern.endsWith('*') ? 1 : 2);
    rows.sort(([a], [b]) => general(a) - general(b));
    return Object.assign({}, defaultSettings, ...rows.map(([, row]) => row));
  }

  set(pattern: string, row: Partial<AddressSettings> | undefined): void {
    if (row === undefined) this.rows.delete(pattern);
    else this.rows.set(pattern, row);
    for (const destination of this.destinations) {
      destination.settings = this.settingsOf(destination.address.name);
      this.#makeRoom(destination);
      destination.retained.splice(0, destination.retained.length - destination.settings.retain);
    }
  }

  // Sending.

  /** The destination itself, or the parts of a composite, and all that follows those. */
  route(address: Address): Destination[] {
    const all = new Set<Destination>();
    for (const part of partsOf(address)) {
      all.add(this.resolve(part, false));
      for (const one of this.destinations) if (kindred(one.address, part)) all.add(one);
    }
    return [...all];
  }

  send(client: Client, address: Address, letter: Letter, transaction?: Transaction): void {
    const route = this.route(address);
    letter.sender = client.name;
    this.#admit(route.map((to) => ({ to, letters: [letter] })));
    if (transaction === undefined) this.#accept(route, letter);
    else {
      this.#mustBeOpen(transaction);
      transaction.sends.push({ address, letter });
    }
  }

  /** Refuses what there is no room for. */
  #admit(wanted: readonly { to: Destination; letters: Letter[] }[]): void {
    for (const { to, letters } of wanted) {
      const { whenFull, messagesMax, bytesMax } = to.settings;
      if (whenFull === 'drop-oldest') continue;
      const slack = whenFull === 'block' ? 2 : 1;
      const all = [...this.stored(to).values(), ...letters];
      const bytes = all.reduce((sum, { size }) => sum + size, 0);
      const tooMany = messagesMax > 0 && all.length > messagesMax * slack;
      if (tooMany || (bytesMax > 0 && bytes > bytesMax * slack))
        throw new Refused('limit-exceeded');
    }
  }

  #accept(route: Destination[], letter: Letter): void {
    const [home] = route;
    const window = home?.settings.duplicateWindow ?? 0;
    if (letter.duplicateId !== undefined && home !== undefined && window > 0) {
      if (home.seenIds.includes(letter.duplicateId)) return;
      home.seenIds = [...home.seenIds, letter.duplicateId].slice(-window);
    }
    letter.serial = ++this.#serial;
    if (letter.deliverAt <= this.now) for (const to of route) this.#append(to, letter);
    else this.delayed.push({ at: letter.deliverAt, left: letter.times, letter, to: route });
  }

  #append(to: Destination, letter: Letter): void {
    const place = ++this.#places;
    to.enqueued++;
    for (const one of to.subscriptions)
      if (letter.serial > one.bornAt) this.#add(one, letter, place);
    if (isTopic(to.address)) to.retained.push({ letter, place });
    to.retained.splice(0, to.retained.length - to.settings.retain);
    this.#makeRoom(to);
  }

  #add(subscription: Subscription, letter: Letter, place: number): void {
    const { queue, selector, noLocal, entries } = subscription;
    // What a topic's subscription does not want never enters it. [JMS 4.1.2]
    if (!queue && (selector?.wants(letter) === false || noLocal === letter.sender)) return;
    const times = { until: 0, attempts: 0, handed: 0, absent: 0, token: 0 };
    const who = { subscription, holder: undefined, refusers: [] };
    entries.push({ letter, place, state: 'ready', ...times, ...who });
  }

  /** The messages that somebody needs, by place. */
  stored(destination: Destination): Map<number, Letter> {
    const all = new Map(destination.retained.map(({ letter, place }) => [place, letter]));
    for (const { entries } of [...destination.subscriptions, ...destination.past]) {
      for (const { letter, place } of entries) all.set(place, letter);
    }
    return all;
  }

  /** The oldest message of the lowest priority that is out with nobody goes, until there is room. */
  #makeRoom(destination: Destination): void {
    const { whenFull, messagesMax, bytesMax } = destination.settings;
    for (; whenFull === 'drop-oldest'; ) {
      const all = [...this.stored(destination)];
      const bytes = all.reduce((sum, [, { size }]) => sum + size, 0);
      if (!(messagesMax > 0 && all.length > messagesMax) && !(bytesMax > 0 && bytes > bytesMax))
        return;
      const { subscriptions, past } = destination;
      const entries = [...subscriptions, ...past].flatMap((one) => one.entries);
      const oldest = all
        .sort(([a, one], [b, other]) => one.priority - other.priority || a - b)
        .find(([at]) => !entries.some((one) => one.place === at && !waits(one)));
      if (oldest === undefined) return;
      for (const entry of entries) if (entry.place === oldest[0]) this.#become(entry, 'gone');
      destination.retained = destination.retained.filter(({ place }) => place !== oldest[0]);
    }
  }

  // Subscribing. [JMS 8.3]

  #subscription(
    destination: Destination,
    said: { queue?: boolean; durable: boolean; selector?: Said | undefined; noLocal?: string },
  ): Subscription {
    const { queue = false, durable, selector, noLocal } = said;
    const lists = { entries: [], members: [], owners: new Map<string, Member>() };
    const state = { bornAt: queue ? 0 : this.#serial, paused: false, ended: false };
    const subscription = { destination, queue, durable, selector, noLocal, ...lists, ...state };
    destination.subscriptions.push(subscription);
    return subscription;
  }

  consume(client: Client, address: Address, options: ConsumeOptions): Consumer {
    const state = {
      credit: 0,
      suspended: false,
      draining: false,
      drained: 0,
      open: true,
      gone: false,
    };
    const pattern = !isTopic(address) && wild(address.name) ? address.name : undefined;
    const consumer: Consumer = { client, pattern, options, members: [], ...state };
    if (pattern !== undefined) {
      this.watchers.push(consumer);
      for (const { owner, address: queue, subscriptions } of this.destinations) {
        if (isTopic(queue) || owner !== undefined || !matching(pattern, queue.name)) continue;
        for (const subscription of subscriptions) this.#join(consumer, subscription);
      }
    } else {
      const destination = this.resolve(address, true);
      if (destination.owner !== undefined && destination.owner !== client)
        throw new Refused('in-use');
      const [queue] = destination.subscriptions;
      if (!isTopic(address) && queue !== undefined) this.#join(consumer, queue);
      else this.#join(consumer, this.#open(destination, client, options));
    }
    client.consumers.push(consumer);
    return consumer;
  }

  #open(destination: Destination, client: Client, options: ConsumeOptions): Subscription {
    const { selector, subscription: wanted } = options;
    const noLocal = options.noLocal ? { noLocal: client.name } : {};
    const create = () => {
      const made = this.#subscription(destination, {
        durable: wanted?.durable ?? false,
        selector,
        ...noLocal,
      });
      for (const { letter, place } of options.retroactive ? destination.retained : []) {
        this.#add(made, letter, place);
      }
      return made;
    };
    if (wanted === undefined) return create();
    const { name, durable, shared, global = false } = wanted;
    const clientId = global ? undefined : client.clientId;
    const refuse = (code: BrokerErrorCode) => {
      this.#tidy(destination);
      return new Refused(code);
    };
    if (durable && !shared && clientId === undefined) throw refuse('client-id-missing');
    const found = this.named.find(
      (one) => one.durable === durable && one.clientId === clientId && one.name === name,
    );
    if (found !== undefined) {
      const old = found.subscription;
      if (found.shared !== shared) throw refuse('subscription-conflict');
      if (!shared && old.members.length > 0) throw refuse('in-use');
      const same = old.destination === destination && old.selector === selector;
      if (same && (old.noLocal !== undefined) === options.noLocal) return old;
      if (busy(old)) throw refuse('in-use');
      this.#end(old);
    }
    const subscription = create();
    this.named.push({ name, durable, shared, global, clientId, subscription });
    return subscription;
  }

  unsubscribe(client: Client, name: string, global: boolean): void {
    const clientId = global ? undefined : client.clientId;
    const found = this.named.find(
      (one) => one.durable && one.clientId === clientId && one.name === name,
    );
    if (found === undefined) throw new Refused('subscription-missing');
    if (busy(found.subscription)) throw new Refused('in-use');
    this.#end(found.subscription);
  }

  #join(consumer: Consumer, subscription: Subscription): void {
    const seen = new Array(10).fill(0);
    const member = { consumer, subscription, served: 0, seen, since: this.step };
    consumer.members.push(member);
    subscription.members.push(member);
    this.#oust(subscription);
  }

  /** A consumer that another excludes has no message groups. */
  #oust({ members, owners }: Subscription): void {
    for (const [group, owner] of owners) {
      if (excluded(owner) || !members.includes(owner)) owners.delete(group);
    }
  }

  close(consumer: Consumer, lost = false): void {
    if (!consumer.open) return;
    consumer.open = false;
    for (const member of consumer.members) this.#leave(member, lost);
    this.#forget(consumer);
  }

  #forget(consumer: Consumer): void {
    const { client } = consumer;
    client.consumers = client.consumers.filter((one) => one !== consumer);
    this.watchers = this.watchers.filter((one) => one !== consumer);
  }

  /** Only the oldest delivery can be the one that killed a consumer which is lost. */
  #leave(member: Member, lost: boolean): void {
    const { subscription } = member;
    const mine = subscription.entries.filter((one) => one.state === 'out' && one.holder === member);
    const oldest = Math.min(...mine.map(({ handed }) => handed));
    for (const entry of mine) {
      if (lost) this.#fail(entry, entry.handed !== oldest);
      else this.#decide(entry, Outcome.released);
    }
    subscription.members = subscription.members.filter((one) => one !== member);
    this.#oust(subscription);
    const { queue, durable, members } = subscription;
    if (!queue && !durable && members.length === 0) this.#end(subscription);
  }

  /** Ends a subscription; what a transaction prepared, that one concludes. */
  #end(subscription: Subscription): void {
    const { destination, members, entries } = subscription;
    subscription.ended = true;
    destination.subscriptions = destination.subscriptions.filter((one) => one !== subscription);
    this.named = this.named.filter((one) => one.subscription !== subscription);
    subscription.members = [];
    destination.past = [...destination.past.filter((one) => one.entries.length > 0), subscription];
    for (const { consumer } of members) {
      consumer.members = consumer.members.filter((one) => one.subscription !== subscription);
      if (consumer.pattern !== undefined) this.#drainedOf(consumer);
      else {
        consumer.open = false;
        consumer.gone = true;
        this.#forget(consumer);
      }
    }
    for (const entry of [...entries]) if (entry.state !== 'prepared') this.#become(entry, 'gone');
    this.#tidy(destination);
  }

  /** A wildcard's destination is there for its subscriptions only. */
  #tidy(destination: Destination): void {
    const wildcard = isTopic(destination.address) && wild(destination.address.name);
    if (!wildcard || destination.subscriptions.length > 0) return;
    this.destinations = this.destinations.filter((one) => one !== destination);
  }

  // Settling.

  settle(entry: Entry, outcome: Outcome, transaction?: Transaction): void {
    if (transaction === undefined) {
      this.#decide(entry, outcome);
      return;
    }
    this.#mustBeOpen(transaction);
    entry.state = 'prepared';
    transaction.settlements.push({ entry, outcome });
  }

  #decide(entry: Entry, outcome: Outcome): void {
    const { destination, queue } = entry.subscription;
    const { name } = destination.address;
    const grave = queue && name === destination.settings.deadLetterQueue;
    // A queue of dead letters is the last place there is.
    const refused = outcome === Outcome.rejected && grave;
    if (refused || outcome === Outcome.undeliverableHere) {
      if (entry.holder !== undefined) entry.refusers.push(entry.holder);
      this.#fail(entry, false);
    } else if (outcome === Outcome.accepted) {
      destination.settled++;
      this.#become(entry, 'gone');
    } else if (outcome === Outcome.released) this.#back(entry, 0);
    else if (outcome === Outcome.rejected) this.#die(entry, 'rejected');
    else this.#fail(entry, false);
  }

  /** Counts an attempt; one that is innocent stops short of a burial. */
  #fail(entry: Entry, innocent: boolean): void {
    const { settings, address } = entry.subscription.destination;
    const { maxDeliveries, redeliveryDelayMs, redeliveryMultiplier } = settings;
    const grave = !isTopic(address) && address.name === settings.deadLetterQueue;
    const most = maxDeliveries === 0 ? Number.POSITIVE_INFINITY : maxDeliveries;
    if (!innocent || entry.attempts + 1 < most) entry.attempts++;
    if (!innocent && !grave && entry.attempts >= most) this.#die(entry, 'max-deliveries');
    else
      this.#back(
        entry,
        redeliveryDelayMs * redeliveryMultiplier ** Math.max(0, entry.attempts - 1),
      );
  }

  /** It waits again at its place, from now or after a while. */
  #back(entry: Entry, delayMs: number): void {
    if (entry.subscription.ended) this.#become(entry, 'gone');
    else if (this.#expired(entry.letter)) this.#die(entry, 'expired');
    else this.#become(entry, delayMs === 0 ? 'ready' : 'held');
    entry.until = this.now + delayMs;
  }

  #die(entry: Entry, cause: DeadLetterCause): void {
    const { destination, durable } = entry.subscription;
    if (cause === 'expired') destination.expired++;
    else destination.deadLettered++;
    if (cause !== 'expired' || durable) this.dying.push({ entry, cause });
    this.#become(entry, 'gone');
  }

  #become(entry: Entry, state: State): void {
    const { subscription } = entry;
    entry.absent = this.step;
    entry.state = state;
    if (state !== 'gone') return;
    subscription.entries = subscription.entries.filter((one) => one !== entry);
  }

  /** The next that died, in the order in which the broker buried them. */
  bury(text: string, from: string, cause: DeadLetterCause): boolean {
    const next = this.dying.find(
      ({ entry, ...one }) =>
        entry.letter.text === text &&
        one.cause === cause &&
        formatAddress(entry.subscription.destination.address) === from,
    );
    if (next === undefined) return false;
    this.dying = this.dying.filter((one) => one !== next);
    const { letter, subscription } = next.entry;
    const { settings, address } = subscription.destination;
    const name = cause === 'expired' ? settings.expiryQueue : settings.deadLetterQueue;
    if (name === '' || (subscription.queue && address.name === name)) return true;
    const queue: Address = { kind: 'queue', name };
    const grave = this.find(queue) ?? this.create(queue, undefined);
    const place = wild(address.name) ? letter.destination : address;
    const origin = letter.origin ?? place;
    this.#append(grave, { ...letter, expiresAt: 0, deliverAt: 0, serial: ++this.#serial, origin });
    return true;
  }

  // Operators.

  queueOf(address: Address): Subscription {
    const queue = isTopic(address) ? undefined : this.find(address)?.subscriptions[0];
    if (queue === undefined) throw new Refused('destination-missing');
    return queue;
  }

  purge(address: Address): number {
    const waiting = inOrder(this.queueOf(address).entries).filter(waits);
    for (const entry of waiting) this.#become(entry, 'gone');
    return waiting.length;
  }

  /** Moves a waiting message; without an address to where it came from. */
  move(entry: Entry, to: Address | undefined): boolean {
    const { letter } = entry;
    const address = to ?? letter.origin;
    if (address === undefined) return false;
    const route = this.route(address);
    this.#admit(route.map((one) => ({ to: one, letters: [letter] })));
    const serial = ++this.#serial;
    const origin = to === undefined ? undefined : letter.origin;
    const copy = { ...letter, deliverAt: 0, serial, origin, destination: address };
    for (const one of route) this.#append(one, copy);
    this.#become(entry, 'gone');
    return true;
  }

  // Transactions.

  begin(client: Client, timeoutMs: number): Transaction {
    const expiresAt = timeoutMs === 0 ? Number.POSITIVE_INFINITY : this.now + timeoutMs;
    const transaction: Transaction = {
      client,
      expiresAt,
      sends: [],
      settlements: [],
      state: 'open',
    };
    client.transactions.push(transaction);
    return transaction;
  }

  #mustBeOpen({ state }: Transaction): void {
    if (state === 'committed') throw new Refused('transaction-missing');
    if (state === 'rolled back') throw new Refused('transaction-rolled-back');
  }

  commit(transaction: Transaction): void {
    this.#mustBeOpen(transaction);
    const routes: { route: Destination[]; letter: Letter }[] = [];
    try {
      for (const { address, letter } of transaction.sends) {
        routes.push({ route: this.route(address), letter });
      }
      const all = [...new Set(routes.flatMap(({ route }) => route))];
      const lettersTo = (to: Destination) =>
        routes.filter(({ route }) => route.includes(to)).map(({ letter }) => letter);
      this.#admit(all.map((to) => ({ to, letters: lettersTo(to) })));
    } catch {
      this.rollback(transaction);
      throw new Refused('transaction-rolled-back');
    }
    this.#conclude(transaction, 'committed');
    for (const { route, letter } of routes) this.#accept(route, letter);
    for (const { entry, outcome } of transaction.settlements) this.#decide(entry, outcome);
  }

  rollback(transaction: Transaction): void {
    if (transaction.state !== 'open') return;
    this.#conclude(transaction, 'rolled back');
    for (const { entry } of transaction.settlements) this.#fail(entry, false);
  }

  #conclude(transaction: Transaction, state: 'committed' | 'rolled back'): void {
    const { client } = transaction;
    transaction.state = state;
    client.transactions = client.transactions.filter((one) => one !== transaction);
  }

  // Time.

  advance(now: number): void {
    this.now = now;
    for (const one of this.delayed.filter(({ at }) => at <= now)) {
      this.delayed = this.delayed.filter((other) => other !== one);
      const living = one.to.filter(({ open }) => open);
      for (const to of living) this.#append(to, one.letter);
      const again = { ...one, at: one.at + one.letter.periodMs, left: one.left - 1 };
      if (one.left !== 0 && living.length > 0) this.delayed.push(again);
    }
    for (const client of this.clients) {
      for (const one of client.transactions.filter(({ expiresAt }) => expiresAt <= now)) {
        this.rollback(one);
      }
    }
    for (const { subscriptions } of this.destinations) {
      for (const { entries } of subscriptions) {
        for (const entry of entries) {
          if (entry.state === 'held' && entry.until <= now) this.#back(entry, 0);
        }
      }
    }
    this.expire();
  }

  expire(): void {
    for (const destination of this.destinations) {
      destination.retained = destination.retained.filter(({ letter }) => !this.#expired(letter));
      for (const { entries } of destination.subscriptions) {
        for (const entry of entries.filter(waits)) {
          if (this.#expired(entry.letter)) this.#die(entry, 'expired');
        }
      }
    }
  }

  #expired({ expiresAt }: Letter): boolean {
    return expiresAt !== 0 && expiresAt <= this.now;
  }

  // Delivering.

  /** Who of those who want the same may have an entry: one, or several that are equal. */
  #takers(peers: readonly Member[], entry: Entry): Member[] {
    const { group } = entry.letter;
    const owner = group === undefined ? undefined : entry.subscription.owners.get(group);
    if (owner !== undefined && !entry.refusers.includes(owner) && wants(owner, entry)) {
      return peers.includes(owner) && able(owner) ? [owner] : [];
    }
    const can = peers.filter((one) => able(one) && !entry.refusers.includes(one));
    const best = [...can].sort(turns)[0];
    return best === undefined ? [] : can.filter((one) => turns(one, best) === 0);
  }

  /** The first entry that one of those who want the same may have now. */
  next(peers: readonly Member[]): { entry: Entry; takers: Member[] } | undefined {
    const [any] = peers;
    if (any === undefined || any.subscription.paused) return undefined;
    for (const entry of inOrder(any.subscription.entries)) {
      if (entry.state !== 'ready' || !wants(any, entry)) continue;
      const takers = this.#takers(peers, entry);
      if (takers.length > 0) return { entry, takers };
    }
    return undefined;
  }

  /** What a browser must see next; it may see more of what came back meanwhile. */
  unseen(browser: Member): Entry | undefined {
    return inOrder(browser.subscription.entries).find(
      (one) => this.#shows(browser, one) && one.absent < browser.since,
    );
  }

  #shows(browser: Member, entry: Entry): boolean {
    const { letter, place, state } = entry;
    const ahead = place > (browser.seen[letter.priority] ?? 0);
    const open = able(browser) && !browser.subscription.paused;
    return open && ahead && state === 'ready' && wants(browser, entry);
  }

  /** The broker delivered a message: true if that was right. */
  delivered(
    member: Member,
    text: string,
    attempts: number,
    first: boolean,
    token: number,
  ): boolean {
    const { consumer, subscription } = member;
    if (consumer.options.browse) return this.#browsed(member, text, attempts);
    const next = this.next(peersOf(member));
    if (next === undefined || !next.takers.includes(member)) return false;
    const { entry } = next;
    const { group, closes } = entry.letter;
    const owned = group === undefined || subscription.owners.has(group);
    if (entry.letter.text !== text || entry.attempts !== attempts || first === owned) return false;
    if (group !== undefined && !owned) subscription.owners.set(group, member);
    if (group !== undefined && closes) subscription.owners.delete(group);
    subscription.destination.delivered++;
    consumer.credit--;
    member.served = entry.handed = ++this.#handed;
    entry.holder = member;
    entry.token = token;
    this.#become(entry, 'out');
    if (consumer.options.presettled) this.#decide(entry, Outcome.accepted);
    return true;
  }

  #browsed(member: Member, text: string, attempts: number): boolean {
    const must = this.unseen(member);
    const found = inOrder(member.subscription.entries).find(
      (one) => one.letter.text === text && this.#shows(member, one),
    );
    if (found === undefined || found.attempts !== attempts) return false;
    if (must !== undefined && order(must, found) < 0) return false;
    member.seen[found.letter.priority] = found.place;
    member.consumer.credit--;
    return true;
  }

  /** All that could be delivered was: too much that is pending goes, and drains end. */
  quiet(): void {
    for (const { subscriptions, settings } of this.destinations) {
      for (const one of [...subscriptions]) {
        const waiting = inOrder(one.entries, 1).filter(waits);
        const { pendingMax, slowConsumer } = settings;
        if (pendingMax === 0 || one.durable || waiting.length <= pendingMax) continue;
        if (slowConsumer === 'disconnect') this.#end(one);
        else for (const entry of waiting.slice(0, -pendingMax)) this.#become(entry, 'gone');
      }
    }
    for (const { consumers } of this.clients) for (const one of consumers) this.#drainedOf(one);
  }

  #drainedOf(consumer: Consumer): void {
    const { draining, suspended, credit } = consumer;
    if (!draining || (suspended && credit > 0 && consumer.members.length > 0)) return;
    consumer.draining = false;
    consumer.credit = 0;
    consumer.drained++;
  }
}

function wild(name: string): boolean {
  return name.includes('*') || name.includes('>');
}

export function waits({ state }: Entry): boolean {
  return state === 'ready' || state === 'held';
}

function busy({ members, entries }: Subscription): boolean {
  return members.length > 0 || entries.some((one) => !waits(one));
}

/** Higher priority first (or last), then as they came. [JMS 3.4.10] */
export function inOrder(entries: readonly Entry[], sign = -1): Entry[] {
  return [...entries].sort(
    (a, b) => sign * (a.letter.priority - b.letter.priority) || a.place - b.place,
  );
}

function order(a: Entry, b: Entry): number {
  return b.letter.priority - a.letter.priority || a.place - b.place;
}

function wants({ consumer, subscription }: Member, { letter }: Entry): boolean {
  return !subscription.queue || consumer.options.selector?.wants(letter) !== false;
}

/** Those who want the same of a subscription; a browser is by itself. */
export function peersOf(member: Member): Member[] {
  const { browse, selector } = member.consumer.options;
  if (browse) return [member];
  return member.subscription.members.filter(({ consumer, subscription }) => {
    const { options } = consumer;
    return !options.browse && (!subscription.queue || options.selector === selector);
  });
}

/** Excluded by an exclusive consumer: the first of the highest priority. */
function excluded(member: Member): boolean {
  const rivals = member.subscription.members.filter(({ consumer }) => {
    return consumer.options.exclusive && !consumer.options.browse;
  });
  const most = Math.max(...rivals.map(({ consumer }) => consumer.options.priority));
  const holder = rivals.find(({ consumer }) => consumer.options.priority === most);
  return holder !== undefined && holder !== member && !member.consumer.options.browse;
}

function able(member: Member): boolean {
  const { credit, suspended } = member.consumer;
  return credit > 0 && !suspended && !excluded(member);
}

export function outWith(member: Member): Entry[] {
  const { entries } = member.subscription;
  return entries.filter((one) => one.state === 'out' && one.holder === member);
}

/** Whose turn it is: higher priority, then fewer deliveries unsettled, then served longest ago. */
function turns(a: Member, b: Member): number {
  const priority = b.consumer.options.priority - a.consumer.options.priority;
  return priority || outWith(a).length - outWith(b).length || a.served - b.served;
}
