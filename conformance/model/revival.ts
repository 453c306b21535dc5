// Puts the model where the broker is after a crash: nobody is connected, and of what there was only
// that is left which outlived it.

import { type Address, formatAddress, parseAddress } from '#broker';
import type { Image } from './image.ts';
import type { Model } from './model.ts';
import type { Destination, Entry, Subscription } from './state.ts';
import { labelOfModel, senderOf } from './survival.ts';
import type { Found, FoundDestination, FoundSubscription } from './survivors.ts';
import type { Letter } from './words.ts';

/** A letter, and its place in the order. */
interface Placed {
  readonly letter: Letter;
  readonly place: number;
}

export class Revival {
  readonly #model: Model;
  readonly #images: readonly Image[];
  /** All that may have survived, by number. */
  readonly #placed: Map<number, Placed> = new Map();
  readonly #made: Map<string, Destination> = new Map();

  /** @param images - the states between which the broker was found */
  constructor(model: Model, images: readonly Image[]) {
    this.#model = model;
    this.#images = images;
    for (const { subscriptions, retained, delayed, arrived } of images) {
      for (const { letter } of delayed.values()) this.#note(letter, 0);
      for (const { letter, place } of [...retained.values()].flat()) this.#note(letter, place);
      for (const { letter, place } of arrived) this.#note(letter, place);
      for (const entries of subscriptions.values()) {
        for (const { entry } of entries.values()) this.#note(entry.letter, entry.place);
      }
    }
  }

  /** @param serial - the broker's last number */
  run(found: Found, serial: number): void {
    const model = this.#model;
    Object.assign(model, { clients: [], watchers: [], named: [], dying: [], delayed: [] });
    model.serial = serial;
    model.rows.clear();
    for (const [pattern, row] of found.rows) model.rows.set(pattern, row);
    for (const { key } of found.destinations) this.#made.set(key, this.#destination(key));
    for (const { letter } of this.#placed.values()) this.#clean(letter);
    model.destinations = [...this.#made.values()];
    for (const one of found.destinations) this.#fill(one);
    const scheduled = [...found.scheduled].sort((a, b) => a.serial - b.serial);
    for (const { serial: number, destinations, dueAt, repeats } of scheduled) {
      const placed = this.#placed.get(number);
      if (placed === undefined) continue;
      const to = destinations.flatMap((key) => this.#made.get(key) ?? []);
      model.delayed.push({ at: dueAt, left: repeats, letter: placed.letter, to });
    }
    model.arrived = [];
  }

  #note(letter: Letter, place: number): void {
    const known = this.#placed.get(letter.serial);
    if (known !== undefined && known.place > 0) return;
    this.#placed.set(letter.serial, { letter: known?.letter ?? { ...letter }, place });
  }

  #clean(letter: Letter): void {
    letter.sender = senderOf(letter) ?? '';
    letter.targets = letter.targets.flatMap(({ address }) => {
      return this.#made.get(formatAddress(address)) ?? [];
    });
  }

  #destination(key: string): Destination {
    const address = parseAddress(key) as Address;
    return {
      ...{ address, owner: undefined, settings: this.#model.settingsOf(address.name) },
      ...{ subscriptions: [], past: [], retained: [], seenIds: [], open: true },
      ...{ enqueued: 0, delivered: 0, settled: 0, expired: 0, deadLettered: 0 },
    };
  }

  #fill({ key, subscriptions, retained }: FoundDestination): void {
    const destination = this.#made.get(key);
    if (destination === undefined) return;
    for (const { serial } of retained) {
      const placed = this.#placed.get(serial);
      if (placed !== undefined) destination.retained.push(placed);
    }
    for (const one of subscriptions) this.#subscription(destination, key, one);
  }

  #subscription(destination: Destination, key: string, found: FoundSubscription): void {
    const images = [...this.#images].reverse();
    const old = images
      .flatMap((image) => [...image.subscriptions.keys()])
      .find((one) => {
        const same = formatAddress(one.destination.address) === key;
        return same && labelOfModel(one, ...images) === found.label;
      });
    const { queue, durable, selector, noLocal, bornAt } = old ?? QUEUE;
    const lists = { entries: [] as Entry[], members: [], owners: new Map() };
    const subscription: Subscription = {
      ...{ destination, queue, durable, selector, noLocal, bornAt },
      ...lists,
      ...{ paused: false, ended: false },
    };
    destination.subscriptions.push(subscription);
    const named = images.map((image) => old && image.named.get(old)).find((one) => !!one);
    if (named !== undefined) this.#model.named.push({ ...named, subscription });
    for (const { serial, attempts } of found.entries) {
      const placed = this.#placed.get(serial);
      if (placed === undefined) continue;
      const local = noLocal !== undefined && noLocal === placed.letter.sender;
      if (!queue && (selector?.wants(placed.letter) === false || local)) continue;
      subscription.entries.push({
        ...{
          ...placed,
          subscription,
          state: 'ready',
          until: 0,
          attempts,
          marked: attempts > 0 ? 'yes' : 'no',
        },
        ...{ holder: undefined, refusers: [], handed: 0, absent: this.#model.step, token: 0 },
      });
    }
  }
}

/** A queue that nobody had noted: it was empty. */
const QUEUE = { queue: true, durable: true, selector: undefined, noLocal: undefined, bornAt: 0 };
