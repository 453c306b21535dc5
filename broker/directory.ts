// Destinations by name: finding and creating them, where a send to a name leads, and who has to be
// told when a queue appears.

import { type Address, checkAddress, formatAddress, isTopic, partsOf } from './address.ts';
import type { Broker, VirtualTopics } from './broker.ts';
import type { Connection } from './connection.ts';
import { Destination } from './destination.ts';
import { BrokerError } from './errors.ts';
import { isPattern, matches, PatternTree } from './pattern.ts';
import type { PatternReceiver } from './pattern-receiver.ts';
import type { Route } from './route.ts';
import type { SettingsTable } from './settings.ts';

export class Directory {
  /** Grows whenever a route that was found before may be another now. */
  generation = 0;
  readonly #broker: Broker;
  readonly #settings: SettingsTable;
  readonly #virtualTopics: VirtualTopics;
  readonly #destinations: Map<string, Destination> = new Map();
  /** What gets the messages of topics beside the topic itself, by pattern of topic names. */
  readonly #followers: PatternTree<Destination> = new PatternTree();
  readonly #watchers: Map<PatternReceiver, string[]> = new Map();

  constructor(broker: Broker, settings: SettingsTable, virtualTopics: VirtualTopics) {
    this.#broker = broker;
    this.#settings = settings;
    this.#virtualTopics = virtualTopics;
  }

  all(): Destination[] {
    return [...this.#destinations.values()];
  }

  find(address: Address): Destination | undefined {
    return this.#destinations.get(formatAddress(address));
  }

  /**
   * Finds a destination, or creates it if that is allowed.
   *
   * @param consuming - a topic's name may be a pattern
   */
  resolve(address: Address, consuming: boolean): Destination {
    const found = this.find(address);
    if (found !== undefined && (consuming || !isPattern(address.name))) return found;
    checkAddress(address, this.#broker.limits);
    if (isPattern(address.name)) {
      if (!consuming) {
        throw new BrokerError(
          'address-invalid',
          `'${address.name}' is a pattern: name one to send to`,
        );
      }
      return this.create(address);
    }
    const temporary = address.kind === 'temporary-queue' || address.kind === 'temporary-topic';
    if (temporary || !this.#settings.resolve(address.name).autoCreate) {
      throw new BrokerError('destination-missing', `there is no ${formatAddress(address)}`);
    }
    return this.create(address);
  }

  create(address: Address, owner?: Connection): Destination {
    const most = this.#broker.limits.destinationsMax;
    if (this.#destinations.size >= most) {
      throw new BrokerError('limit-exceeded', `the broker has its ${most} destinations`);
    }
    return this.#add(address, owner);
  }

  #add(address: Address, owner: Connection | undefined): Destination {
    const settings = this.#settings.resolve(address.name);
    const destination = new Destination(this.#broker, address, settings, owner);
    this.#destinations.set(destination.key, destination);
    const followed = this.#followed(address);
    if (followed !== undefined) this.#followers.add(followed, destination);
    this.generation++;
    this.#broker.events.created?.(destination);
    if (destination.shared !== undefined && owner === undefined) {
      for (const [receiver, patterns] of this.#watchers) {
        if (patterns.some((one) => matches(one, address.name))) receiver.join(destination.shared);
      }
    }
    return destination;
  }

  /** Where a send to an address leads; everything in it is created on use. */
  route(address: Address): Route {
    const destinations = new Set<Destination>();
    const parts = partsOf(address);
    if (parts.length > this.#broker.limits.compositeMax) {
      throw new BrokerError(
        'limit-exceeded',
        `${parts.length} destinations in one name exceed ${this.#broker.limits.compositeMax}`,
      );
    }
    for (const part of parts) {
      const destination = this.resolve(part, false);
      destinations.add(destination);
      if (!isTopic(part)) continue;
      for (const follower of this.#followers.match(part.name)) {
        const same = isTopic(follower.address) ? follower.address.kind === part.kind : true;
        if (same) destinations.add(follower);
      }
    }
    return { address, generation: this.generation, destinations: [...destinations] };
  }

  /** A destination of an earlier life. */
  restore(address: Address): Destination {
    return this.find(address) ?? this.#add(address, undefined);
  }

  /** The queue for dead letters: it is there when it is needed, whatever the settings and limits. */
  graveyard(name: string): Destination {
    const address: Address = { kind: 'queue', name };
    return this.find(address) ?? this.#add(address, undefined);
  }

  delete(address: Address, ifUnused: boolean): void {
    const destination = this.find(address);
    if (destination === undefined) {
      throw new BrokerError('destination-missing', `there is no ${formatAddress(address)}`);
    }
    if (ifUnused && destination.subscriptions.some(({ consumers }) => consumers.size > 0)) {
      throw new BrokerError('in-use', `${destination.key} has consumers`);
    }
    this.#destinations.delete(destination.key);
    const followed = this.#followed(address);
    if (followed !== undefined) this.#followers.remove(followed, destination);
    this.generation++;
    for (const one of destination.subscriptions) {
      this.#broker.subscriptions.ended(one);
      if (one !== destination.shared) this.#broker.store.unsubscribed(one);
    }
    this.#broker.store.deleted(destination);
    destination.end(`${destination.key} was deleted`);
    this.#broker.events.deleted?.(destination);
  }

  /** A destination may have become unused: wildcard logs go, others if it is set so. */
  maybeUnused(destination: Destination): void {
    const { address, owner, settings, unused } = destination;
    const pattern = isTopic(address) && isPattern(address.name);
    // Whatever is scheduled for a wildcard's log is for subscriptions that have ended.
    const idle = pattern ? destination.subscriptions.length === 0 : unused && settings.autoDelete;
    if (!idle || owner !== undefined) return;
    if (this.find(address) === destination) this.delete(address, true);
  }

  /**
   * Lets the settings hold for what is there.
   *
   * @param record - writes down what was changed; it is one with what follows from it
   */
  settingsChanged(record: () => void): void {
    this.#broker.store.atomic(() => {
      record();
      for (const destination of this.#destinations.values()) {
        destination.settings = this.#settings.resolve(destination.address.name);
      }
    });
  }

  watch(pattern: string, receiver: PatternReceiver): void {
    const patterns = this.#watchers.get(receiver) ?? [];
    this.#watchers.set(receiver, [...patterns, pattern]);
    for (const { address, shared, owner } of this.all()) {
      if (shared === undefined || owner !== undefined) continue;
      if (matches(pattern, address.name)) receiver.join(shared);
    }
  }

  unwatch(receiver: PatternReceiver): void {
    this.#watchers.delete(receiver);
  }

  /** Which topics a destination follows, as a pattern: wildcard logs, and virtual topics' queues. */
  #followed(address: Address): string | undefined {
    if (isTopic(address)) return isPattern(address.name) ? address.name : undefined;
    const { topic, consumer } = this.#virtualTopics;
    const levels = address.name.split('.');
    if (levels[0] !== consumer || levels[2] !== topic || levels.length < 4) return undefined;
    return levels.slice(2).join('.');
  }
}
