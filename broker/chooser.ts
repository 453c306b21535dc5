// Which consumer of a group gets an entry, when it is not simply whose turn it is:
//
// - message groups: all messages of a JMSXGroupID go to one consumer, in order, until it leaves or
//   a sequence of -1 closes the group; entries wait for it while it has no credit, others overtake.
//   A message that its selector does not want, or that it refused, is not bound to it
// - refusals: a consumer that said `undeliverableHere` of an entry does not get it again; an entry
//   that all who can take one have refused waits until somebody else can
// - exclusive consumers: the first of the highest priority gets everything
//
// An entry that waits here is marked `returned` by its subscription, so that whoever reads by other
// rules, a browser or another selector, still meets it.

import { entryOfRank, rankOf } from './entry.ts';
import type { Group } from './group.ts';
import type { Message } from './message.ts';
import { popLowest, pushLowest } from './position-heap.ts';
import type { Receiver } from './receiver.ts';
import { before } from './roster.ts';

export class Chooser {
  readonly #owners: Map<string, Receiver> = new Map();
  // Hot: these are undefined while empty, since asking a Map for its size costs 6 to 9 ns.
  #reserved: Map<Receiver, number[]> | undefined;
  #refusals: Map<number, Set<number>> | undefined;

  /** Who of a group gets the entry. Nobody: it waits here for one consumer, or for another. */
  choose(group: Group, message: Message, entry: number): Receiver | undefined {
    const { roster } = group;
    // Hot: neither groups nor refusals is the ordinary case.
    if (message.group === undefined && this.#refusals === undefined) return roster.top();
    const refused = this.#refusals?.get(entry);
    const owner = message.group === undefined ? undefined : this.#owners.get(message.group);
    if (owner !== undefined && refused?.has(owner.number) !== true) {
      if (owner.group === group && owner.place >= 0) return owner;
      if (owner.group === group || owner.group.wants(message)) {
        this.#reserve(owner, entry);
        return undefined;
      }
    }
    if (refused === undefined) return roster.top();
    let best: Receiver | undefined;
    for (const consumer of roster) {
      if (refused.has(consumer.number)) continue;
      if (best === undefined || before(consumer, best)) best = consumer;
    }
    if (best === undefined) group.parked.push(entry);
    return best;
  }

  /** A message goes to a consumer; true if it is the first of its group there. */
  claim(message: Message, consumer: Receiver): boolean {
    const { group } = message;
    if (group === undefined || this.#owners.has(group)) return false;
    if (this.#owners.size >= consumer.subscription.destination.limits.messageGroupsMax) {
      // What waits for its consumer goes on waiting until that one can take it, and then is anyone's.
      const [first = group] = this.#owners.keys();
      this.#owners.delete(first);
    }
    this.#owners.set(group, consumer);
    return true;
  }

  /** A group is closed: the entries that waited for its consumer, to be offered to all. */
  closed(group: string): number[] {
    const owner = this.#owners.get(group);
    this.#owners.delete(group);
    return owner === undefined ? [] : this.#release(owner);
  }

  /**
   * Offers the first entry that waits for each consumer of a group who can take one. All groups
   * hear of it: those that had passed it meet it again, should it not be taken now.
   */
  recall(group: Group, groups: readonly Group[]): void {
    const reserved = this.#reserved;
    if (reserved === undefined) return;
    for (const consumer of group.roster) {
      const waiting = reserved.get(consumer);
      if (waiting === undefined) continue;
      let waits = false;
      while (waiting.length > 0 && !waits) {
        const entry = entryOfRank(popLowest(waiting));
        for (const one of groups) waits = one.offer(entry) || waits;
      }
      if (waiting.length === 0) this.#unreserve(consumer);
    }
  }

  /** A consumer can take messages: its group is offered what only others had refused. */
  able({ group, number }: Receiver): void {
    if (group.parked.length === 0) return;
    const refused = (entry: number) => this.#refusals?.get(entry)?.has(number) === true;
    const parked = group.parked;
    group.parked = parked.filter(refused);
    for (const entry of parked) if (!refused(entry)) group.offer(entry);
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

  /** A consumer leaves and its groups are free: the entries that waited for it. */
  left(consumer: Receiver): number[] {
    for (const [group, owner] of this.#owners) if (owner === consumer) this.#owners.delete(group);
    return this.#release(consumer);
  }

  /**
   * Lets an exclusive consumer, if there is one, exclude all others that take messages.
   *
   * @returns the entries that waited for those that are excluded only now
   */
  weighExclusive(consumers: Iterable<Receiver>): number[] {
    let holder: Receiver | undefined;
    for (const consumer of consumers) {
      if (!consumer.exclusive || consumer.group.browse) continue;
      if (holder === undefined || consumer.priority > holder.priority) holder = consumer;
    }
    const freed: number[] = [];
    for (const consumer of consumers) {
      const excluded = holder !== undefined && consumer !== holder && !consumer.group.browse;
      if (consumer.excluded === excluded) continue;
      consumer.excluded = excluded;
      consumer.placeAnew();
      if (excluded) freed.push(...this.left(consumer));
    }
    return freed;
  }

  #reserve(owner: Receiver, entry: number): void {
    this.#reserved ??= new Map();
    const waiting = this.#reserved.get(owner);
    if (waiting === undefined) this.#reserved.set(owner, [rankOf(entry)]);
    else pushLowest(waiting, rankOf(entry));
  }

  #release(owner: Receiver): number[] {
    const waiting = this.#reserved?.get(owner) ?? [];
    this.#unreserve(owner);
    return waiting.map(entryOfRank);
  }

  #unreserve(owner: Receiver): void {
    this.#reserved?.delete(owner);
    if (this.#reserved?.size === 0) this.#reserved = undefined;
  }
}
