// Whether what a crash left is right: a state that was, or one between two that followed each other.
//
//     images    A ─────────────► B        what both have must be there, as one of them has it;
//     found         ▲                     what one of them has may be; anything else must not
//
// On top of that, what is one act is done or not: a dead letter is in its queue or where it died, a
// delayed message waits for its time or has come. What came in one piece (`whole`) is A or B.

import { formatAddress } from '#broker';
import { inOrder } from './fairness.ts';
import type { Image, Kept } from './image.ts';
import type { Destination, Entry, Subscription } from './state.ts';
import {
  type Found,
  type FoundDestination,
  type FoundEntry,
  type FoundSubscription,
  faceOf,
  labelOf,
} from './survivors.ts';
import type { Letter } from './words.ts';

/**
 * Why what was found is not between two images; undefined: it is.
 *
 * @param next - what came then: a destination may be there before its first message
 */
export function misfit(
  found: Found,
  before: Image,
  after: Image,
  next: Image = after,
): string | undefined {
  try {
    new Comparison(found, before, after).run(next);
  } catch (error) {
    if (error instanceof Misfit) return error.message;
    throw error;
  }
  return undefined;
}

class Misfit extends Error {}

function must(right: boolean, what: string): void {
  if (!right) throw new Misfit(what);
}

const NONE: ReadonlyMap<number, Kept> = new Map();

class Comparison {
  readonly #found: Found;
  readonly #before: Image;
  readonly #after: Image;
  readonly #destinations: Map<string, FoundDestination>;

  constructor(found: Found, before: Image, after: Image) {
    this.#found = found;
    this.#before = before;
    this.#after = after;
    this.#destinations = new Map(found.destinations.map((one) => [one.key, one]));
  }

  run(next: Image): void {
    this.#rows();
    const both = [this.#before, this.#after];
    const known = new Set([...both, next].flatMap((one) => one.destinations.map(keyOf)));
    for (const { key } of this.#found.destinations)
      must(known.has(key), `${key} came from nowhere`);
    const subscriptions = new Set(both.flatMap((one) => [...one.subscriptions.keys()]));
    for (const one of subscriptions) this.#subscription(one);
    this.#strangers(subscriptions);
    for (const one of new Set(both.flatMap((image) => image.destinations))) this.#retained(one);
    this.#delayed();
    this.#heirs();
  }

  #rows(): void {
    const { rows } = this.#found;
    const all = [rows, this.#before.rows, this.#after.rows];
    for (const pattern of new Set(all.flatMap((one) => [...one.keys()]))) {
      const [real, one, other] = all.map((each) => JSON.stringify(each.get(pattern)));
      must(real === one || real === other, `settings of ${pattern}: ${real}`);
    }
  }

  #subscription(one: Subscription): void {
    const before = this.#before.subscriptions.get(one);
    const after = this.#after.subscriptions.get(one);
    const there = this.foundOf(one);
    const name = nameOf(one);
    if (there === undefined) {
      must(one.queue || before === undefined || after === undefined, `${name} is gone`);
      const kept = [...(before ?? NONE).keys()].filter((serial) => after?.has(serial));
      must(kept.length === 0, `${name} is gone with ${kept.length} messages`);
      return;
    }
    const arrived = this.#after.arrived.filter((entry) => entry.subscription === one);
    const entries = there.entries.filter((entry) => one.queue || wanted(one, entry));
    entriesFit(name, entries, before ?? NONE, after ?? NONE, arrived);
    const places = new Map<number, Entry>();
    for (const entry of arrived) places.set(entry.letter.serial, entry);
    for (const [serial, { entry }] of [...(before ?? NONE), ...(after ?? NONE)]) {
      places.set(serial, entry);
    }
    const real = entries.map(({ serial }) => places.get(serial)).filter((entry) => !!entry);
    const right = inOrder(real).map(({ letter }) => letter.text);
    const order = real.map(({ letter }) => letter.text);
    must(order.join() === right.join(), `${name}: ${order} is not in the order ${right}`);
  }

  #strangers(subscriptions: ReadonlySet<Subscription>): void {
    const known = new Set(
      [...subscriptions].map((one) => keyOf(one.destination) + this.#label(one)),
    );
    for (const { key, subscriptions: real } of this.#found.destinations) {
      for (const { label, entries } of real) {
        const nothing = label === '' && entries.length === 0;
        must(nothing || known.has(key + label), `${key} has a strange subscription ${label}`);
      }
    }
  }

  #retained(one: Destination): void {
    const there = this.#destinations.get(keyOf(one))?.retained ?? [];
    const before = retainedOf(this.#before, one);
    const after = retainedOf(this.#after, one);
    const fits = (kept: readonly Letter[]) => {
      return kept.map(({ serial }) => serial).join() === there.map(({ serial }) => serial).join();
    };
    // What several steps let go of may be let go of in part.
    const inPart = there.every(({ serial }) =>
      [...before, ...after].some((l) => l.serial === serial),
    );
    const must1 = before.every(
      (l) => !after.includes(l) || there.some((e) => e.serial === l.serial),
    );
    const texts = there.map(({ text }) => text).join();
    must(fits(before) || fits(after) || (inPart && must1), `${keyOf(one)} retains ${texts}`);
  }

  #delayed(): void {
    const { delayed: before } = this.#before;
    const { delayed: after } = this.#after;
    const real = new Map(this.#found.scheduled.map((one) => [one.serial, one]));
    for (const serial of new Set([...before.keys(), ...after.keys(), ...real.keys()])) {
      const [one, other, there] = [before.get(serial), after.get(serial), real.get(serial)];
      const text = (one ?? other)?.letter.text ?? `message ${serial}`;
      if (there === undefined) {
        must(one === undefined || other === undefined, `'${text}' waits for its time no more`);
        if (one !== undefined && one.left === 0) this.#came(serial, text);
        continue;
      }
      const fits = [one, other].some(
        (each) => each !== undefined && each.at === there.dueAt && each.left === there.repeats,
      );
      must(fits, `'${text}' waits until ${there.dueAt}, ${there.repeats} times more`);
      const { periodMs } = (one ?? other)?.letter ?? { periodMs: 0 };
      const twice = this.#everywhere(serial).length > 0;
      must(!twice || periodMs > 0, `'${text}' waits for its time, and has come`);
    }
  }

  /** A delayed message that waits no more is where it came to. */
  #came(serial: number, text: string): void {
    for (const [one, entries] of this.#after.subscriptions) {
      if (!entries.has(serial)) continue;
      const there = this.foundOf(one)?.entries.some((entry) => entry.serial === serial);
      must(there === true, `'${text}' does not wait for its time, and has not come`);
    }
  }

  #heirs(): void {
    for (const { entry, serial } of this.#after.heirs) {
      const { subscription, letter } = entry;
      const died = this.#before.subscriptions.get(subscription)?.has(letter.serial) === true;
      const kept = [...this.#after.subscriptions.values()].some((one) => one.has(serial));
      if (!died || !kept) continue;
      const real = this.foundOf(subscription)?.entries ?? [];
      const old = real.some((one) => one.serial === letter.serial);
      const heir = this.#everywhere(serial).length > 0;
      must(old !== heir, `'${letter.text}' is ${old ? 'in two places' : 'lost on its way'}`);
    }
  }

  #everywhere(serial: number): FoundEntry[] {
    return this.#found.destinations.flatMap(({ subscriptions }) =>
      subscriptions.flatMap(({ entries }) => entries.filter((one) => one.serial === serial)),
    );
  }

  foundOf(one: Subscription): FoundSubscription | undefined {
    const label = this.#label(one);
    const all = this.#destinations.get(keyOf(one.destination))?.subscriptions;
    return all?.find((each) => each.label === label);
  }

  #label(one: Subscription): string {
    return labelOfModel(one, this.#after, this.#before);
  }
}

/** How the broker's rows call a subscription that lasts. */
export function labelOfModel(one: Subscription, ...images: Image[]): string {
  if (one.queue) return '';
  const named = images.map((image) => image.named.get(one)).find((found) => !!found);
  const { name = '', clientId, shared = false } = named ?? {};
  return labelOf(name, clientId ?? null, shared, one.selector?.text, one.noLocal);
}

function entriesFit(
  name: string,
  found: readonly FoundEntry[],
  before: ReadonlyMap<number, Kept>,
  after: ReadonlyMap<number, Kept>,
  arrived: readonly Entry[],
): void {
  const real = new Map(found.map((one) => [one.serial, one]));
  must(real.size === found.length, `${name} has a message twice`);
  const passing = new Map(arrived.map((entry) => [entry.letter.serial, entry.letter]));
  for (const serial of new Set([...before.keys(), ...after.keys(), ...real.keys()])) {
    const [one, other, there] = [before.get(serial), after.get(serial), real.get(serial)];
    const letter = (one ?? other)?.entry.letter ?? passing.get(serial);
    const text = letter?.text ?? there?.text;
    if (there === undefined) {
      must(one === undefined || other === undefined, `${name} has lost '${text}'`);
      continue;
    }
    must(letter !== undefined, `${name} has '${text}' again`);
    if (letter === undefined) continue;
    looksLike(name, there, letter);
    // Each step counts one attempt at most, and what is gone in the end was counted before.
    const least = one?.attempts ?? 0;
    const most = other?.attemptsMax ?? (one?.attemptsMax ?? 0) + 1;
    const { attempts } = there;
    must(attempts >= least && attempts <= most, `${name}: '${text}' has ${attempts} attempts`);
  }
}

function looksLike(name: string, found: FoundEntry, letter: Letter): void {
  const { text, expiresAt, group, closes, origin, destination } = letter;
  const from = origin === undefined ? '' : formatAddress(origin);
  const face = faceOf(expiresAt, group, closes, from, formatAddress(destination));
  must(found.text === text, `${name} has '${found.text}' in place of '${text}'`);
  must(found.face === face, `${name}: '${text}' is ${found.face}, was ${face}`);
  must(found.sender === senderOf(letter), `${name}: '${text}' was sent by ${found.sender}`);
}

/** A name that a connection got by chance means nothing in the next life. */
export function senderOf({ sender }: Letter): string | undefined {
  return sender.startsWith('#') || sender === '' ? undefined : sender;
}

function wanted({ selector, noLocal }: Subscription, entry: FoundEntry): boolean {
  return selector?.wants(entry) !== false && (noLocal === undefined || noLocal !== entry.sender);
}

function retainedOf(image: Image, destination: Destination): Letter[] {
  return (image.retained.get(destination) ?? []).map(({ letter }) => letter);
}

function keyOf({ address }: Destination): string {
  return formatAddress(address);
}

function nameOf(one: Subscription): string {
  return `${keyOf(one.destination)}${one.queue ? '' : ' (durable)'}`;
}
