// What of the model is to outlive a crash, as it was at one moment. A crash may leave the state of
// any moment since the last that was confirmed, or something between two of them where the broker
// does several things one after the other. Which of them: `survival.ts`.

import type { AddressSettings } from '#broker';
import type { Model } from './model.ts';
import type { Delayed, Destination, Entry, Named, Subscription } from './state.ts';
import { type Letter, persistent } from './words.ts';

/** An entry, and how it was. */
export interface Kept {
  readonly entry: Entry;
  /** How often its delivery failed, at least once if it may have been seen. */
  readonly attempts: number;
  /** The same, if what may not have been written was. */
  readonly attemptsMax: number;
}

export interface Image {
  /** The broker's position: if the journal came so far, it must be at least this. */
  readonly position: number;
  /** It came from the one before in one piece, or not at all. */
  readonly whole: boolean;
  /** Message time. */
  readonly now: number;
  readonly rows: ReadonlyMap<string, Partial<AddressSettings>>;
  readonly destinations: readonly Destination[];
  /** Entries by the numbers of their letters, of each subscription that lasts. */
  readonly subscriptions: ReadonlyMap<Subscription, ReadonlyMap<number, Kept>>;
  readonly named: ReadonlyMap<Subscription, Named>;
  readonly retained: ReadonlyMap<Destination, readonly { letter: Letter; place: number }[]>;
  readonly delayed: ReadonlyMap<number, Delayed>;
  /** What came since the image before; some of it may be gone again. */
  readonly arrived: readonly Entry[];
  readonly heirs: readonly { readonly entry: Entry; readonly serial: number }[];
}

/**
 * Takes what is new since the last time out of the model's lists.
 *
 * @param room - there is room on the disk to write down what was handed out now
 */
export function imageOf(model: Model, position: number, whole: boolean, room = true): Image {
  const destinations = model.destinations.filter(lasting);
  const subscriptions = new Map<Subscription, Map<number, Kept>>();
  const retained = new Map<Destination, { letter: Letter; place: number }[]>();
  for (const destination of destinations) {
    for (const one of destination.subscriptions) {
      if (one.durable) subscriptions.set(one, entriesOf(one.entries, room));
    }
    const kept = destination.retained.filter(({ letter }) => recorded(letter, destination));
    if (kept.length > 0) retained.set(destination, kept);
  }
  const named = new Map(model.named.map((one) => [one.subscription, one]));
  const delayed = new Map<number, Delayed>();
  for (const one of model.delayed) {
    const some = one.letter.targets.some(({ open }) => open);
    if (persistent(one.letter) && some) delayed.set(one.letter.serial, one);
  }
  const { arrived, heirs } = model;
  model.arrived = [];
  model.heirs = [];
  const rows = new Map(model.rows);
  return {
    ...{ position, whole, rows, destinations, subscriptions, named, retained, delayed },
    ...{ arrived, heirs, now: model.now },
  };
}

/** A letter outlives the process in a destination. */
export function recorded(letter: Letter, destination: Destination): boolean {
  return persistent(letter) && letter.targets.includes(destination);
}

function lasting({ address }: Destination): boolean {
  return !address.kind.startsWith('temporary');
}

function entriesOf(entries: readonly Entry[], room: boolean): Map<number, Kept> {
  const kept = new Map<number, Kept>();
  for (const entry of entries) {
    if (!recorded(entry.letter, entry.subscription.destination)) continue;
    if (entry.marked === 'now') entry.marked = room ? 'yes' : 'maybe';
    const { letter, marked, attempts: failed } = entry;
    const attempts = marked === 'yes' ? Math.max(1, failed) : failed;
    const attemptsMax = marked === 'no' ? failed : Math.max(1, failed);
    kept.set(letter.serial, { entry, attempts, attemptsMax });
  }
  return kept;
}
