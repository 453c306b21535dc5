// What becomes of a message in a subscription: it is added, waits, is out, fails, dies, or is gone.
// A list for each subscription, in order; the model says when.

import { type Address, type DeadLetterCause, formatAddress, isTopic, Outcome } from '#broker';
import { inOrder, next as nextOf, order, peersOf, shows, unseen, waits } from './fairness.ts';
import type {
  Client,
  Destination,
  Entry,
  Member,
  State,
  Subscription,
  Transaction,
} from './state.ts';
import { type Letter, Refused, wild } from './words.ts';

export abstract class Entries {
  now = 0;
  step = 0;
  destinations: Destination[] = [];
  /** Dead and expired messages, until it is told in which order they were buried. */
  dying: { entry: Entry; cause: DeadLetterCause }[] = [];
  serial = 0;
  /** What came since somebody looked, and which dead letter is whose. */
  arrived: Entry[] = [];
  heirs: { readonly entry: Entry; readonly serial: number }[] = [];
  #places = 0;
  #handed = 0;

  abstract create(address: Address, owner: Client | undefined): Destination;

  find({ kind, name }: Address): Destination | undefined {
    return this.destinations.find(({ address }) => address.kind === kind && address.name === name);
  }

  /** Where a persistent letter outlives the process, if it is sent now. */
  lasting(route: readonly Destination[]): Destination[] {
    return route.filter(({ address, settings, subscriptions }) => {
      if (address.kind.startsWith('temporary')) return false;
      const durable = subscriptions.some((one) => one.durable);
      return !isTopic(address) || settings.retain > 0 || durable;
    });
  }

  append(to: Destination, letter: Letter): void {
    const place = ++this.#places;
    to.enqueued++;
    for (const one of to.subscriptions)
      if (letter.serial > one.bornAt) this.add(one, letter, place);
    if (isTopic(to.address)) to.retained.push({ letter, place });
    to.retained.splice(0, to.retained.length - to.settings.retain);
    this.makeRoom(to);
  }

  add(subscription: Subscription, letter: Letter, place: number): void {
    const { queue, selector, noLocal, entries } = subscription;
    // What a topic's subscription does not want never enters it. [JMS 4.1.2]
    if (!queue && (selector?.wants(letter) === false || noLocal === letter.sender)) return;
    const times = { until: 0, attempts: 0, handed: 0, absent: 0, token: 0 };
    const who = { subscription, holder: undefined, refusers: [], marked: 'no' as const };
    const entry: Entry = { letter, place, state: 'ready', ...times, ...who };
    entries.push(entry);
    this.arrived.push(entry);
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
  makeRoom(destination: Destination): void {
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
      for (const entry of entries) if (entry.place === oldest[0]) this.become(entry, 'gone');
      destination.retained = destination.retained.filter(({ place }) => place !== oldest[0]);
    }
  }

  settle(entry: Entry, outcome: Outcome, transaction?: Transaction): void {
    if (transaction === undefined) {
      this.decide(entry, outcome);
      return;
    }
    this.mustBeOpen(transaction);
    entry.state = 'prepared';
    transaction.settlements.push({ entry, outcome });
  }

  mustBeOpen({ state }: Transaction): void {
    if (state === 'committed') throw new Refused('transaction-missing');
    if (state === 'rolled back') throw new Refused('transaction-rolled-back');
  }

  decide(entry: Entry, outcome: Outcome): void {
    const { destination, queue } = entry.subscription;
    const { name } = destination.address;
    const grave = queue && name === destination.settings.deadLetterQueue;
    // A queue of dead letters is the last place there is.
    const refused = outcome === Outcome.rejected && grave;
    if (refused || outcome === Outcome.undeliverableHere) {
      if (entry.holder !== undefined) entry.refusers.push(entry.holder);
      this.fail(entry, false);
    } else if (outcome === Outcome.accepted) {
      destination.settled++;
      this.become(entry, 'gone');
    } else if (outcome === Outcome.released) this.back(entry, 0);
    else if (outcome === Outcome.rejected) this.die(entry, 'rejected');
    else this.fail(entry, false);
  }

  /** Counts an attempt; one that is innocent stops short of a burial. */
  fail(entry: Entry, innocent: boolean): void {
    const { settings, address } = entry.subscription.destination;
    const { maxDeliveries, redeliveryDelayMs, redeliveryMultiplier } = settings;
    const grave = !isTopic(address) && address.name === settings.deadLetterQueue;
    const most = maxDeliveries === 0 ? Number.POSITIVE_INFINITY : maxDeliveries;
    if (!innocent || entry.attempts + 1 < most) entry.attempts++;
    if (!innocent && !grave && entry.attempts >= most) this.die(entry, 'max-deliveries');
    else
      this.back(entry, redeliveryDelayMs * redeliveryMultiplier ** Math.max(0, entry.attempts - 1));
  }

  /** It waits again at its place, from now or after a while. */
  back(entry: Entry, delayMs: number): void {
    if (entry.subscription.ended) this.become(entry, 'gone');
    else if (this.expired(entry.letter)) this.die(entry, 'expired');
    else this.become(entry, delayMs === 0 ? 'ready' : 'held');
    entry.until = this.now + delayMs;
  }

  die(entry: Entry, cause: DeadLetterCause): void {
    const { destination, durable } = entry.subscription;
    if (cause === 'expired') destination.expired++;
    else destination.deadLettered++;
    if (cause !== 'expired' || durable) this.dying.push({ entry, cause });
    this.become(entry, 'gone');
  }

  become(entry: Entry, state: State): void {
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
    const serial = ++this.serial;
    const targets = this.lasting([grave]);
    this.append(grave, { ...letter, expiresAt: 0, deliverAt: 0, serial, origin, targets });
    this.heirs.push({ entry: next.entry, serial });
    return true;
  }

  expire(): void {
    for (const destination of this.destinations) {
      destination.retained = destination.retained.filter(({ letter }) => !this.expired(letter));
      for (const { entries } of destination.subscriptions) {
        for (const entry of entries.filter(waits)) {
          if (this.expired(entry.letter)) this.die(entry, 'expired');
        }
      }
    }
  }

  expired({ expiresAt }: Letter): boolean {
    return expiresAt !== 0 && expiresAt <= this.now;
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
    const next = nextOf(peersOf(member));
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
    this.become(entry, 'out');
    if (consumer.options.presettled) this.decide(entry, Outcome.accepted);
    else if (entry.marked !== 'yes') entry.marked = 'now';
    return true;
  }

  #browsed(member: Member, text: string, attempts: number): boolean {
    const must = unseen(member);
    const alike = inOrder(member.subscription.entries).filter(
      (one) => one.letter.text === text && one.attempts === attempts && shows(member, one),
    );
    const [found] = alike;
    if (found === undefined) return false;
    if (must !== undefined && order(must, found) < 0) return false;
    // What repeats looks alike each time: it may have been any of them.
    const { priority } = found.letter;
    member.seen[priority] = found.place;
    member.passed[priority] = alike[alike.length - 1]?.place ?? found.place;
    member.consumer.credit--;
    return true;
  }
}
