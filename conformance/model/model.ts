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
  defaultSettings,
  isTopic,
  Outcome,
} from '#broker';
import { Entries } from './entries.ts';
import { excluded, inOrder, waits } from './fairness.ts';
import type {
  Client,
  ConsumeOptions,
  Consumer,
  Delayed,
  Destination,
  Entry,
  Member,
  Named,
  Subscription,
  Transaction,
} from './state.ts';
import { kindred, type Letter, matching, partsOf, Refused, type Said, wild } from './words.ts';

export class Model extends Entries {
  readonly rows: Map<string, Partial<AddressSettings>> = new Map();
  clients: Client[] = [];
  watchers: Consumer[] = [];
  named: Named[] = [];
  delayed: Delayed[] = [];

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
    if (this.find(address) !== undefined) this.delete(address, true);
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
      this.makeRoom(destination);
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
      this.mustBeOpen(transaction);
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
    letter.serial = ++this.serial;
    letter.targets = this.lasting(route);
    if (letter.deliverAt <= this.now) for (const to of route) this.append(to, letter);
    else this.delayed.push({ at: letter.deliverAt, left: letter.times, letter, to: route });
  }

  // Subscribing. [JMS 8.3]

  #subscription(
    destination: Destination,
    said: { queue?: boolean; durable: boolean; selector?: Said | undefined; noLocal?: string },
  ): Subscription {
    const { queue = false, durable, selector, noLocal } = said;
    const lists = { entries: [], members: [], owners: new Map<string, Member>() };
    const state = { bornAt: queue ? 0 : this.serial, paused: false, ended: false };
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
        this.add(made, letter, place);
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
    }
    const subscription = create();
    if (found !== undefined) this.#end(found.subscription);
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
    const [seen, passed] = [new Array(10).fill(0), new Array(10).fill(0)];
    const member = { consumer, subscription, served: 0, seen, passed, since: this.step };
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
      if (lost) this.fail(entry, entry.handed !== oldest);
      else this.decide(entry, Outcome.released);
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
    for (const entry of [...entries]) if (entry.state !== 'prepared') this.become(entry, 'gone');
    this.#tidy(destination);
  }

  /** A wildcard's destination is there for its subscriptions only. */
  #tidy(destination: Destination): void {
    const wildcard = isTopic(destination.address) && wild(destination.address.name);
    if (!wildcard || destination.subscriptions.length > 0) return;
    destination.open = false;
    this.destinations = this.destinations.filter((one) => one !== destination);
  }

  // Settling.

  // Operators.

  queueOf(address: Address): Subscription {
    const queue = isTopic(address) ? undefined : this.find(address)?.subscriptions[0];
    if (queue === undefined) throw new Refused('destination-missing');
    return queue;
  }

  purge(address: Address): number {
    const waiting = inOrder(this.queueOf(address).entries).filter(waits);
    for (const entry of waiting) this.become(entry, 'gone');
    return waiting.length;
  }

  /** Moves a waiting message; without an address to where it came from. */
  move(entry: Entry, to: Address | undefined): boolean {
    const { letter } = entry;
    const address = to ?? letter.origin;
    if (address === undefined) return false;
    const route = this.route(address);
    this.#admit(route.map((one) => ({ to: one, letters: [letter] })));
    const serial = ++this.serial;
    const origin = to === undefined ? undefined : letter.origin;
    const targets = this.lasting(route);
    const copy = { ...letter, deliverAt: 0, serial, origin, destination: address, targets };
    for (const one of route) this.append(one, copy);
    this.become(entry, 'gone');
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

  commit(transaction: Transaction): void {
    this.mustBeOpen(transaction);
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
    for (const { entry, outcome } of transaction.settlements) this.decide(entry, outcome);
  }

  rollback(transaction: Transaction): void {
    if (transaction.state !== 'open') return;
    this.#conclude(transaction, 'rolled back');
    for (const { entry } of transaction.settlements) this.fail(entry, false);
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
      // What repeats is sent anew each time; else it is for those who were there when it was sent.
      const serial = ++this.serial;
      const targets = this.lasting(living);
      const letter = one.letter.periodMs > 0 ? { ...one.letter, serial, targets } : one.letter;
      for (const to of living) this.append(to, letter);
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
          if (entry.state === 'held' && entry.until <= now) this.back(entry, 0);
        }
      }
    }
    this.expire();
  }

  // Delivering.

  /** All that could be delivered was: too much that is pending goes, and drains end. */
  quiet(): void {
    for (const { subscriptions, settings } of this.destinations) {
      for (const one of [...subscriptions]) {
        const waiting = inOrder(one.entries, 1).filter(waits);
        const { pendingMax, slowConsumer } = settings;
        if (pendingMax === 0 || one.durable || waiting.length <= pendingMax) continue;
        if (slowConsumer === 'disconnect') this.#end(one);
        else for (const entry of waiting.slice(0, -pendingMax)) this.become(entry, 'gone');
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

function busy({ members, entries }: Subscription): boolean {
  return members.length > 0 || entries.some((one) => !waits(one));
}
