// Puts the broker's state back together from the records of an earlier life. It reads heads, in the
// order of the log; bodies stay where they are until somebody asks for a message.
//
//     1. replay    what each record says is noted: who exists, which messages, what was said of them
//     2. restore   destinations and subscriptions are made, messages take their places in the order
//     3. discard   records that nobody needs any more
//
// Replay reads no clock, no randomness and no settings. A message is for the subscriptions that were
// there when it was sent: those whose birth came before its serial number.

import type { Address } from './address.ts';
import type { Broker } from './broker.ts';
import type { Destination } from './destination.ts';
import type { Directory } from './directory.ts';
import type { Journal, RecoveryReport } from './journal/index.ts';
import type { Message, WireFormat } from './message.ts';
import { HeadReader, Kind } from './record.ts';
import { RecordedMessages } from './recorded-messages.ts';
import type { Said } from './said.ts';
import { Scheduled } from './scheduled.ts';
import { parseSelector } from './selector/index.ts';
import type { AddressSettings, SettingsTable } from './settings.ts';
import type { Subscription } from './subscription.ts';

export interface RecordedSubscription {
  readonly id: number;
  readonly number: number;
  readonly destination: number;
  readonly bornAt: number;
  readonly key: string;
  readonly selector?: string | undefined;
  readonly convert?: boolean | undefined;
  readonly noLocal?: string | undefined;
  readonly shared: boolean;
}

export class Recovery {
  readonly #destinations: Map<number, { address: Address; number: number }> = new Map();
  readonly #subscriptions: Map<number, RecordedSubscription> = new Map();
  readonly #settings: Map<string, { row: Partial<AddressSettings>; number: number }> = new Map();
  readonly #messages: RecordedMessages;
  readonly #said: Said;
  /** Numbers of kept records that are known to be dead. */
  readonly #dead: Set<number> = new Set();
  readonly #broker: Broker;
  readonly #directory: Directory;
  readonly #addressSettings: SettingsTable;
  /** The largest serial number that was ever given. */
  serial = 0;
  /** The largest id that anything speaks of, also of what is gone. */
  #ids = 0;

  /** @param formats - what messages in the journal may be in */
  constructor(
    broker: Broker,
    directory: Directory,
    settings: SettingsTable,
    formats: readonly WireFormat[],
  ) {
    this.#broker = broker;
    this.#directory = directory;
    this.#addressSettings = settings;
    const byName = new Map(formats.map((format) => [format.name, format]));
    this.#said = broker.store.said;
    this.#messages = new RecordedMessages(byName, broker.bodies.absent, this.#said);
  }

  /**
   * Reads the journal and fills the broker.
   *
   * @throws {Error} for a message in a format that is not among those given
   */
  run(journal: Journal): RecoveryReport {
    const report = journal.replay((number, kind, head, kept) => {
      if (kept && kind !== Kind.message) this.#dead.add(number);
      this.#note(journal, number, kind, head);
    });
    this.#restore(journal);
    return report;
  }

  #note(journal: Journal, number: number, kind: number, head: Buffer): void {
    const reader = new HeadReader(head);
    switch (kind) {
      case Kind.destination: {
        const id = this.#id(reader);
        this.#destinations.set(id, {
          address: { kind: reader.kind(), name: reader.text() },
          number,
        });
        return;
      }
      case Kind.destinationDeleted:
        this.#destinations.delete(this.#id(reader));
        return;
      case Kind.subscription:
        this.#noteSubscription(number, reader);
        return;
      case Kind.subscriptionEnded:
        this.#subscriptions.delete(this.#id(reader));
        return;
      case Kind.message:
        this.#messages.note(number, head, journal.bodyLength(number));
        return;
      case Kind.done:
        this.#noteDone(journal, reader);
        return;
      case Kind.handed:
        this.#noteRuns(reader, (serial, id) => this.#said.handed(serial, id));
        return;
      case Kind.given:
        this.#noteRuns(reader, (serial, id) => this.#said.given(serial, id));
        return;
      case Kind.attempts: {
        const id = this.#id(reader);
        const serial = reader.number();
        if (this.#has(serial)) this.#said.failed(serial, id, reader.number());
        return;
      }
      case Kind.due: {
        const serial = reader.number();
        const order = reader.number();
        this.serial = Math.max(this.serial, order);
        if (!this.#has(serial)) return;
        this.#said.ordered(serial, order);
        while (reader.more) this.#said.given(serial, this.#id(reader));
        return;
      }
      case Kind.repeated: {
        const serial = reader.number();
        const repeats = { left: reader.real(), atMs: reader.real() };
        if (this.#has(serial)) this.#said.repeated(serial, repeats);
        return;
      }
      case Kind.spent:
        this.#forget(journal, reader.number());
        return;
      case Kind.setting:
        this.#settings.set(reader.text(), { row: JSON.parse(reader.text()), number });
        return;
      case Kind.settingRemoved:
        this.#settings.delete(reader.text());
        return;
    }
  }

  /** Reads an id; a new one must not be the same, or what is gone would come back with it. */
  #id(reader: HeadReader): number {
    const id = reader.number();
    if (id > this.#ids) this.#ids = id;
    return id;
  }

  #noteSubscription(number: number, reader: HeadReader): void {
    const id = this.#id(reader);
    const destination = this.#id(reader);
    const bornAt = reader.number();
    const key = reader.text();
    const options = JSON.parse(reader.text());
    this.#subscriptions.set(id, { id, number, destination, bornAt, key, ...options });
    this.serial = Math.max(this.serial, bornAt);
  }

  /** A queue's message that is done is gone: most of the log speaks of such. */
  #noteDone(journal: Journal, reader: HeadReader): void {
    const id = this.#id(reader);
    const ofQueue = this.#isQueue(id);
    while (reader.more) {
      const first = reader.number();
      const end = first + reader.number();
      for (let serial = first; serial < end; serial++) {
        if (!this.#has(serial)) continue;
        if (ofQueue && this.#messages.targetsOf(serial).length === 1) {
          this.#forget(journal, serial);
        } else this.#said.done(serial, id);
      }
    }
  }

  #noteRuns(reader: HeadReader, visit: (serial: number, id: number) => void): void {
    const id = this.#id(reader);
    while (reader.more) {
      const first = reader.number();
      const end = first + reader.number();
      for (let serial = first; serial < end; serial++) {
        if (this.#has(serial)) visit(serial, id);
      }
    }
  }

  /** Nobody needs a message any more. */
  #forget(journal: Journal, serial: number): void {
    const number = this.#messages.recordOf(serial);
    if (number === 0) return;
    this.#messages.delete(serial);
    journal.discard(number);
  }

  #has(serial: number): boolean {
    return this.#messages.recordOf(serial) !== 0;
  }

  #isQueue(id: number): boolean {
    return this.#destinations.get(id)?.address.kind === 'queue';
  }

  #restore(journal: Journal): void {
    const { store } = this.#broker;
    for (const [pattern, { row, number }] of this.#settings) {
      this.#dead.delete(number);
      this.#addressSettings.set(pattern, row);
      store.rememberSetting(pattern, number);
    }
    const destinations = new Map<number, Destination>();
    for (const [id, { address, number }] of this.#destinations) {
      const destination = this.#directory.restore(address);
      destinations.set(id, destination);
      this.#dead.delete(number);
      destination.id = id;
      destination.number = number;
      if (destination.shared !== undefined) destination.shared.id = id;
    }
    for (const recorded of this.#subscriptions.values()) {
      const destination = destinations.get(recorded.destination);
      if (destination === undefined) continue;
      const subscription = this.#resubscribe(destination, recorded);
      this.#dead.delete(recorded.number);
      subscription.id = recorded.id;
      subscription.number = recorded.number;
    }
    store.resume(Math.max(this.#ids, this.#messages.idsMax));
    this.#restoreMessages(journal, destinations);
    for (const destination of destinations.values()) destination.restored();
    for (const number of this.#dead) if (journal.has(number)) journal.discard(number);
  }

  #resubscribe(destination: Destination, recorded: RecordedSubscription): Subscription {
    const { key, bornAt, noLocal, shared, selector: text, convert } = recorded;
    const selector = parseSelector(text, { convertStrings: convert ?? false });
    const subscription = destination.resubscribe({
      queue: false,
      durable: true,
      selector,
      noLocal,
      shared,
      key,
      bornAt,
    });
    this.#broker.subscriptions.restore(subscription);
    return subscription;
  }

  #restoreMessages(journal: Journal, destinations: ReadonlyMap<number, Destination>): void {
    this.serial = Math.max(this.serial, this.#messages.serial);
    for (const recorded of this.#messages.inOrder()) {
      const { message, number, retaining } = recorded;
      const targets = recorded.targets
        .map((id) => destinations.get(id))
        .filter((destination) => destination !== undefined);
      message.destination ??= targets[0]?.address;
      if (!message.persistent || targets.length === 0) {
        this.#said.forget(message.serial);
        journal.discard(number);
        continue;
      }
      message.number = number;
      if (recorded.delayed && this.#said.order(message.serial) === 0) {
        this.#reschedule(message, targets);
        continue;
      }
      // Held meanwhile: the first may be done with it while the next still wants it.
      this.#broker.hold(message);
      for (const destination of targets) destination.restore(message, this.#said, retaining);
      this.#broker.letGo(message);
      if (message.holders > 0) message.home?.pack(message, message.position);
    }
  }

  /** Puts a message that was delayed, or that repeats, back to the clock. */
  #reschedule(message: Message, targets: readonly Destination[]): void {
    const said = this.#said.repeats(message.serial);
    const { left, atMs } = said ?? { left: undefined, atMs: message.deliverAt };
    this.#broker.hold(message);
    this.#broker.deadlines.set(new Scheduled(this.#broker, targets, message, left), atMs);
  }
}
