// What of the broker's state outlives the process. The core tells it what was decided, in the order
// in which it was decided; it writes records, and knows which of them are still needed.
//
//     sent ───► message (kept) ───────────────► discarded when nobody needs the message any more
//     settled ► done       ┐
//     failed ─► attempts   ├ they tell of messages before them, and go with them
//     handed ─► handed     ┘
//
// Persistent messages in queues, and in topics with durable subscriptions, are recorded; nothing of
// the rest is. With a journal in memory nothing is written, and positions are still given.

import type { Destination } from './destination.ts';
import { BrokerError } from './errors.ts';
import type { Journal } from './journal/index.ts';
import type { Lane } from './lane.ts';
import type { Message } from './message.ts';
import { copiedHead, messageHead, serialOf } from './message-record.ts';
import { HeadWriter, Kind, Runs } from './record.ts';
import { Said } from './said.ts';
import type { AddressSettings } from './settings.ts';
import type { Subscription } from './subscription.ts';

const NOTHING: Buffer = Buffer.alloc(0);
/** Numbers in one record of runs, beyond which the next one is begun. */
const RUNS_MAX = 2_000;

/** A subscription; or a topic, as far as it retains messages itself. */
interface Needer {
  readonly id: number;
}

export class Store {
  readonly #journal: Journal;
  readonly #head: HeadWriter = new HeadWriter();
  /** Of messages that are recorded. The recovery fills it. @internal */
  readonly said: Said = new Said();
  readonly #settings: Map<string, number> = new Map();
  /** Asks for the end of a turn, which writes what was gathered. */
  wake: () => void = () => {};
  #ids = 0;
  /** Settlements of one subscription, not appended yet: they become the next record. */
  #doneBy: Needer | undefined;
  readonly #done: Runs = new Runs();
  /** Records of messages that are dead when {@link #done} is written. */
  #dead: number[] = [];
  readonly #handed: Map<Subscription, Runs> = new Map();
  #depth = 0;
  #appended = 0;

  constructor(journal: Journal) {
    this.#journal = journal;
    journal.carry = (_number, kind, head) => {
      if (kind !== Kind.message || !this.said.has(serialOf(head))) return undefined;
      return copiedHead(head, this.said);
    };
  }

  /**
   * Refuses a persistent message for which there is no disk.
   *
   * @throws {BrokerError} `limit-exceeded`
   */
  checkRoom(bytes: number): void {
    if (this.#journal.room(bytes)) return;
    throw new BrokerError('limit-exceeded', 'the disk is full: no room for persistent messages');
  }

  /** Something survives the process. */
  get lasting(): boolean {
    return this.#journal.lasting;
  }

  /** The position at which all that was said until now is safe. */
  get position(): number {
    return this.#doneBy === undefined ? this.#appended : this.#appended + 1;
  }

  /** A persistent message was taken; returns the position at which it is safe. */
  sent(message: Message, destinations: readonly Destination[], delayed: boolean): number {
    if (!this.#journal.lasting) return this.#append(Kind.message, false, NOTHING);
    const targets = destinations.filter(recorded);
    if (targets.length === 0) return 0;
    for (const target of targets) this.#name(target);
    this.#seal();
    const head = messageHead(message, targets, delayed);
    message.number = this.#append(Kind.message, true, head, message.bytes());
    return message.number;
  }

  /** A message that is held has to leave memory; false if it has to stay. */
  page(message: Message): boolean {
    if (message.number > 0) return true;
    if (!this.#journal.room(message.byteLength)) return false;
    // A record for nobody's future: recovery forgets it.
    this.#seal();
    const head = messageHead(message, [], false);
    message.number = this.#append(Kind.message, true, head, message.bytes());
    return true;
  }

  /** A delayed message takes its place in the order. */
  due(message: Message, order: number, destinations: readonly Destination[]): void {
    if (message.number === 0) return;
    this.said.ordered(message.serial, order);
    const head = this.#begin().number(message.serial).number(order);
    for (const { id, retains } of destinations) {
      if (id === 0 || !retains) continue;
      this.said.given(message.serial, id);
      head.number(id);
    }
    this.#append(Kind.due, false, head.end());
  }

  /** A message that repeats was delivered once more. */
  repeated(message: Message, left: number, atMs: number): void {
    if (message.number === 0) return;
    this.said.repeated(message.serial, { left, atMs });
    const head = this.#begin().number(message.serial).real(left).real(atMs);
    this.#append(Kind.repeated, false, head.end());
  }

  /** A message that repeats has come for the last time. */
  spent(message: Message): void {
    if (message.number === 0) return;
    this.#append(Kind.spent, false, this.#begin().number(message.serial).end());
  }

  /** A subscription is about to let go of a message. */
  done(subscription: Needer, lane: Lane, position: number): void {
    const message = lane.at(position);
    if (message.number === 0 || !message.persistent) return;
    const last = message.holders === 1 && lane.needers(position) === 1;
    if (this.#doneBy !== subscription || this.#done.size >= RUNS_MAX) this.#seal();
    if (this.#doneBy === undefined) this.wake();
    this.#doneBy = subscription;
    this.#done.add(message.serial);
    if (!last) this.said.done(message.serial, subscription.id);
  }

  /** Nobody holds the message any more. */
  gone(message: Message): void {
    const { number } = message;
    if (number === 0) return;
    message.number = 0;
    this.said.forget(message.serial);
    if (this.#doneBy === undefined) this.#journal.discard(number);
    else this.#dead.push(number);
  }

  /** The delivery of a message has failed so often. */
  failed(subscription: Subscription, message: Message, attempts: number): void {
    if (message.number === 0 || subscription.id === 0 || !message.persistent) return;
    this.said.failed(message.serial, subscription.id, attempts);
    const head = this.#begin().number(subscription.id);
    this.#append(Kind.attempts, false, head.number(message.serial).number(attempts).end());
  }

  /** A message was handed out in this turn: after a crash it may have been seen. [JMS 3.4.7] */
  handed(subscription: Subscription, message: Message): void {
    if (message.number === 0 || subscription.id === 0 || !message.persistent) return;
    const runs = this.#handed.get(subscription);
    if (runs !== undefined) runs.add(message.serial);
    else {
      const first = new Runs();
      first.add(message.serial);
      this.#handed.set(subscription, first);
    }
    this.said.handed(message.serial, subscription.id);
  }

  /** A durable subscription was made. */
  subscribed(subscription: Subscription): void {
    if (!this.lasting) return;
    this.#name(subscription.destination);
    subscription.id = ++this.#ids;
    const { bornAt, key = '', selector, noLocal, shared } = subscription.options;
    const head = this.#begin()
      .number(subscription.id)
      .number(subscription.destination.id)
      .number(bornAt)
      .text(key)
      .text(
        JSON.stringify({
          selector: selector?.text,
          convert: selector?.converting,
          noLocal,
          shared,
        }),
      );
    subscription.number = this.#append(Kind.subscription, true, head.end());
  }

  /** A durable subscription got messages from before it was made. */
  given(subscription: Subscription, messages: readonly Message[]): void {
    const runs = new Runs();
    for (const message of messages) {
      if (message.number === 0 || !message.persistent) continue;
      runs.add(message.serial);
      this.said.given(message.serial, subscription.id);
    }
    if (runs.empty) return;
    const head = this.#begin().number(subscription.id);
    runs.write(head);
    this.#append(Kind.given, false, head.end());
  }

  unsubscribed(subscription: Subscription): void {
    if (subscription.number === 0) return;
    const head = this.#begin().number(subscription.id);
    this.#append(Kind.subscriptionEnded, false, head.end());
    this.#journal.discard(subscription.number);
    subscription.number = 0;
    subscription.id = 0;
  }

  deleted(destination: Destination): void {
    if (destination.number === 0) return;
    const head = this.#begin().number(destination.id);
    this.#append(Kind.destinationDeleted, false, head.end());
    this.#journal.discard(destination.number);
    destination.number = 0;
    destination.id = 0;
    if (destination.shared !== undefined) destination.shared.id = 0;
  }

  /** An address setting was made or taken back while running. */
  set(pattern: string, settings: Partial<AddressSettings> | undefined): void {
    if (!this.lasting) return;
    const before = this.#settings.get(pattern);
    if (settings === undefined) {
      this.#append(Kind.settingRemoved, false, this.#begin().text(pattern).end());
      this.#settings.delete(pattern);
    } else {
      const head = this.#begin().text(pattern).text(JSON.stringify(settings));
      this.#settings.set(pattern, this.#append(Kind.setting, true, head.end()));
    }
    if (before !== undefined) this.#journal.discard(before);
  }

  /** All that `work` tells of happens, or nothing of it. */
  atomic(work: () => void): void {
    if (this.#depth > 0) {
      work();
      return;
    }
    this.#seal();
    this.#depth++;
    this.#journal.atomic(() => {
      try {
        work();
        this.#seal();
      } finally {
        this.#depth--;
      }
    });
  }

  /** The turn ends: writes down what it gathered. */
  flush(): void {
    this.#seal();
    if (this.#handed.size === 0) return;
    // What space is left on a full disk is for settlements.
    const room = this.#journal.room();
    for (const [subscription, runs] of this.#handed) {
      if (subscription.id === 0 || !room) continue;
      const head = this.#begin().number(subscription.id);
      runs.write(head);
      this.#append(Kind.handed, false, head.end());
    }
    this.#handed.clear();
  }

  // What follows is for the recovery.

  rememberSetting(pattern: string, number: number): void {
    this.#settings.set(pattern, number);
  }

  /**
   * Goes on where an earlier life ended.
   *
   * @param id - ids up to this one mean something in the journal
   */
  resume(id: number): void {
    this.#ids = id;
    // Else what is gathered first would seem to be safe before it is written.
    this.#appended = this.#journal.durable;
  }

  #append(kind: number, kept: boolean, head: Buffer, body?: Buffer): number {
    this.#appended = this.#journal.append(kind, kept, head, body);
    this.wake();
    return this.#appended;
  }

  /** A new head, behind everything that was said before. */
  #begin(): HeadWriter {
    this.#seal();
    return this.#head.begin();
  }

  /** The settlements gathered for one subscription become a record. */
  #seal(): void {
    const subscription = this.#doneBy;
    if (subscription === undefined) return;
    this.#doneBy = undefined;
    const head = this.#head.begin().number(subscription.id);
    this.#done.write(head);
    this.#append(Kind.done, false, head.end());
    for (const number of this.#dead) this.#journal.discard(number);
    this.#dead = [];
  }

  /** Gives a destination its number, when something is first recorded of it. */
  #name(destination: Destination): void {
    if (destination.id > 0) return;
    destination.id = ++this.#ids;
    if (destination.shared !== undefined) destination.shared.id = destination.id;
    const { kind, name } = destination.address;
    const head = this.#begin().number(destination.id).kind(kind).text(name);
    destination.number = this.#append(Kind.destination, true, head.end());
  }
}

/** Whether messages that wait in it outlive the process. */
function recorded(destination: Destination): boolean {
  return destination.recorded;
}
