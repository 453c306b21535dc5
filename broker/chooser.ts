// Which consumer of a group gets an entry, when it is not simply whose turn it is:
//
// - message groups: all messages of a JMSXGroupID go to one consumer, in order, until it leaves or
//   a sequence of -1 closes the group; entries wait for it while it has no credit, others overtake
// - refusals: a consumer that said `undeliverableHere` of an entry does not get it again; an entry
//   that all have refused waits until somebody joins
// - exclusive consumers: the first of the highest priority gets everything
//
// An entry that waits here is marked `held` by its subscription.

import { entryOfRank, rankOf } from './entry.ts';
import type { Message } from './message.ts';
import { popLowest, pushLowest } from './position-heap.ts';
import type { Receiver } from './receiver.ts';
import type { Roster } from './roster.ts';

export class Chooser {
  readonly #owners: Map<string, Receiver> = new Map();
  // Hot: these are undefined while empty, since asking a Map for its size costs 6 to 9 ns.
  #reserved: Map<Receiver, number[]> | undefined;
  #refusals: Map<number, Set<number>> | undefined;
  #parked: number[] = [];

  /** Who gets the entry. Nobody: it waits here for one consumer, or for a new one. */
  choose(roster: Roster, message: Message, entry: number): Receiver | undefined {
    // Hot: neither groups nor refusals is the ordinary case.
    if (message.group === undefined && this.#refusals === undefined) return roster.top();
    const owner = message.group === undefined ? undefined : this.#owners.get(message.group);
    if (owner !== undefined) {
      if (owner.place >= 0) return owner;
      this.#reserved ??= new Map();
      const waiting = this.#reserved.get(owner);
      if (waiting === undefined) this.#reserved.set(owner, [rankOf(entry)]);
      else pushLowest(waiting, rankOf(entry));
      return undefined;
    }
    const refused = this.#refusals?.get(entry);
    if (refused === undefined) return roster.top();
    for (const consumer of roster) if (!refused.has(consumer.number)) return consumer;
    this.#parked.push(entry);
    return undefined;
  }

  /** A message goes to a consumer; true if it is the first of its group there. */
  claim(message: Message, consumer: Receiver): boolean {
    const { group } = message;
    if (group === undefined) return false;
    const first = this.#owners.get(group) !== consumer;
    if (message.groupSequence === -1) this.#owners.delete(group);
    else if (first) this.#owners.set(group, consumer);
    return first;
  }

  /** Takes an entry that waited for one of these consumers; -1 if there is none. */
  takeReserved(roster: Roster): number {
    if (this.#reserved === undefined) return -1;
    for (const consumer of roster) {
      const waiting = this.#reserved.get(consumer);
      if (waiting === undefined) continue;
      const entry = entryOfRank(popLowest(waiting));
      if (waiting.length === 0) this.#unreserve(consumer);
      return entry;
    }
    return -1;
  }

  refuse(entry: number, consumer: number): void {
    this.#refusals ??= new Map();
    const refused = this.#refusals.get(entry);
    if (refused === undefined) this.#refusals.set(entry, new Set([consumer]));
    else refused.add(consumer);
  }

  /** The entry is done with. */
  forget(entry: number): void {
    if (this.#refusals === undefined) return;
    this.#refusals.delete(entry);
    if (this.#refusals.size === 0) this.#refusals = undefined;
  }

  /** Somebody joined: the entries that all others had refused, to be offered anew. */
  joined(): number[] {
    const parked = this.#parked;
    this.#parked = [];
    return parked;
  }

  /** A consumer leaves and its groups are free: the entries that waited for it. */
  left(consumer: Receiver): number[] {
    for (const [group, owner] of this.#owners) if (owner === consumer) this.#owners.delete(group);
    const waiting = this.#reserved?.get(consumer) ?? [];
    this.#unreserve(consumer);
    return waiting.map(entryOfRank);
  }

  #unreserve(consumer: Receiver): void {
    this.#reserved?.delete(consumer);
    if (this.#reserved?.size === 0) this.#reserved = undefined;
  }
}

/** Lets an exclusive consumer, if there is one, exclude all others. */
export function weighExclusive(consumers: Iterable<Receiver>): void {
  let holder: Receiver | undefined;
  for (const consumer of consumers) {
    if (!consumer.exclusive) continue;
    if (holder === undefined || consumer.priority > holder.priority) holder = consumer;
  }
  for (const consumer of consumers) {
    const excluded = holder !== undefined && consumer !== holder;
    if (consumer.excluded === excluded) continue;
    consumer.excluded = excluded;
    consumer.placeAnew();
  }
}
