// A small owner of a journal, and a model of what must be there after a crash: an array of events,
// each a transaction. What is recovered must be the state after some event, and no earlier one
// than the last that was confirmed. If this and the journal disagree, start by believing this.
//
// `npm run journal-model -- --steps N --seed S` runs it for long; a failure names its seed.

import { ManualHost } from '../manual-host.ts';
import { FileJournal } from './file-journal.ts';
import type { SimulatedFiles } from './simulated-files.ts';

const KIND = { message: 1, settle: 2, count: 3 } as const;

/** Numbers from a seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A message of the owner: what its head says, and its body. */
interface Held {
  readonly id: number;
  readonly count: number;
  readonly body: Buffer;
}

type Change =
  | { readonly kind: 'send'; readonly number: number; readonly held: Held }
  | { readonly kind: 'settle'; readonly number: number }
  | { readonly kind: 'count'; readonly number: number; readonly count: number };

/** Changes that happen together, and the number by which they are confirmed. */
interface Event {
  readonly last: number;
  readonly changes: Change[];
}

function apply(state: Map<number, Held>, event: Event): void {
  for (const change of event.changes) {
    if (change.kind === 'send') state.set(change.number, change.held);
    else if (change.kind === 'settle') state.delete(change.number);
    else {
      const held = state.get(change.number);
      if (held !== undefined) state.set(change.number, { ...held, count: change.count });
    }
  }
}

function bodyOf(id: number, length: number): Buffer {
  const body = Buffer.alloc(length, id & 0xff);
  if (length >= 4) body.writeUInt32BE(id, 0);
  return body;
}

function headOf(one: number, other: number): Buffer {
  const head = Buffer.alloc(12);
  head.writeUIntBE(one, 0, 6);
  head.writeUIntBE(other, 6, 6);
  return head;
}

export interface OwnerOptions {
  readonly segmentBytes: number;
  readonly syncEveryMs: number;
}

/** An owner of a journal that dies and comes back, and knows what it was promised. */
export class ModelOwner {
  host: ManualHost;
  journal: FileJournal | undefined;
  /** What it holds now. */
  state: Map<number, Held> = new Map();
  failed = false;
  readonly files: SimulatedFiles;
  readonly #options: OwnerOptions;
  /** The state that is confirmed for certain, and the events after it. */
  #confirmed: Map<number, Held> = new Map();
  #events: Event[] = [];
  #changes: Change[] | undefined;
  #ids = 0;
  #lastNumber = 0;
  #durable = 0;
  /** The last number that was found at the start. */
  #recovered = 0;
  /** Power may have been cut while synced now and then only: what was confirmed may be gone. */
  #weak = false;

  constructor(files: SimulatedFiles, options: OwnerOptions) {
    this.files = files;
    this.host = new ManualHost(files);
    this.#options = options;
  }

  /** Opens the journal, and compares what it finds with what was promised. */
  open(): void {
    this.host = new ManualHost(this.files);
    const state = new Map<number, Held>();
    const journal = new FileJournal(this.host, { directory: 'data', ...this.#options });
    journal.replay((number, kind, head) => {
      const one = head.readUIntBE(0, 6);
      const other = head.readUIntBE(6, 6);
      if (kind === KIND.message) {
        state.set(number, { id: one, count: other, body: Buffer.alloc(0) });
      } else if (kind === KIND.settle) {
        if (state.delete(one)) journal.discard(one);
      } else {
        const held = state.get(one);
        if (held !== undefined) state.set(one, { ...held, count: other });
      }
    });
    const numbers = [...state.keys()];
    const bodies = journal.readMany(numbers);
    for (const [index, number] of numbers.entries()) {
      const held = state.get(number);
      const body = bodies[index];
      if (held !== undefined && body !== undefined) state.set(number, { ...held, body });
    }
    this.#accept(state, journal.durable);
    this.journal = journal;
    this.failed = false;
    journal.carry = (number) => {
      const held = this.state.get(number);
      return held === undefined ? undefined : headOf(held.id, held.count);
    };
    journal.onFailed = () => {
      this.failed = true;
    };
    journal.onDurable = () => this.#confirm(journal.durable);
    journal.sync();
  }

  send(length: number): void {
    const journal = this.#open();
    const id = ++this.#ids;
    const body = bodyOf(id, length);
    const number = journal.append(KIND.message, true, headOf(id, 0), body);
    this.#change(number, { kind: 'send', number, held: { id, count: 0, body } });
  }

  settle(number: number): void {
    const journal = this.#open();
    const last = journal.append(KIND.settle, false, headOf(number, 0));
    journal.discard(number);
    this.#change(last, { kind: 'settle', number });
  }

  count(number: number): void {
    const held = this.state.get(number);
    if (held === undefined) return;
    const count = held.count + 1;
    const last = this.#open().append(KIND.count, false, headOf(number, count));
    this.#change(last, { kind: 'count', number, count });
  }

  /** Everything that `work` does is one event. */
  atomic(work: () => void): void {
    const changes: Change[] = [];
    this.#changes = changes;
    const before = this.#lastNumber;
    this.#open().atomic(work);
    this.#changes = undefined;
    if (this.#lastNumber > before) this.#events.push({ last: this.#lastNumber, changes });
  }

  sync(): void {
    this.#open().sync();
  }

  /** The power goes, or only the process. */
  die(power: boolean, random: () => number): void {
    // What was recovered is promised when the journal has made it safe.
    if (this.journal?.open === true) this.#certain(this.#recovered);
    // A number that was taken before that means nothing to anybody, and may be taken again.
    else this.#lastNumber = 0;
    if (power) this.files.crash(random);
    else this.files.kill();
    this.journal = undefined;
    if (power && this.#options.syncEveryMs > 0) this.#weak = true;
  }

  /** Reads a body as a broker would, and compares. */
  checkBody(number: number): void {
    let body: Buffer;
    try {
      body = this.#open().read(number);
    } catch (error) {
      if (this.files.failOn || this.files.flipAt !== undefined) return;
      throw error;
    }
    if (this.state.get(number)?.body.equals(body) !== true) {
      throw new Error(`record ${number} has another body than it was sent with`);
    }
  }

  #open(): FileJournal {
    if (this.journal === undefined) throw new Error('the journal is not open');
    return this.journal;
  }

  #change(last: number, change: Change): void {
    if (last <= this.#lastNumber) throw new Error(`number ${last} after ${this.#lastNumber}`);
    this.#lastNumber = last;
    apply(this.state, { last, changes: [change] });
    if (this.#changes !== undefined) this.#changes.push(change);
    else this.#events.push({ last, changes: [change] });
  }

  #confirm(durable: number): void {
    this.#durable = durable;
    if (this.#options.syncEveryMs === 0) this.#certain(durable);
  }

  #certain(number: number): void {
    while ((this.#events[0]?.last ?? Number.POSITIVE_INFINITY) <= number) {
      const [event] = this.#events.splice(0, 1);
      if (event !== undefined) apply(this.#confirmed, event);
    }
  }

  /** What was recovered must be what was confirmed, and some of what came after it, in order. */
  #accept(state: Map<number, Held>, durable: number): void {
    let least = this.#events.findIndex(({ last }) => last > this.#durable);
    if (least < 0) least = this.#events.length;
    if (this.#weak) least = 0;
    const expected = new Map(this.#confirmed);
    let accepted = -1;
    for (let count = 0; count <= this.#events.length; count++) {
      const event = this.#events[count - 1];
      if (event !== undefined) apply(expected, event);
      if (count >= least && accepted < 0 && same(expected, state)) accepted = count;
    }
    if (accepted < 0) {
      throw new Error(
        `what was recovered (${[...state.keys()].join(' ')}) is no state since the last that was ` +
          `confirmed (${[...this.#confirmed.keys()].join(' ')}, then ${this.#events.length} events)`,
      );
    }
    if (durable < this.#lastNumber && durable > 0) {
      throw new Error(`numbers would be used again: ${durable} after ${this.#lastNumber}`);
    }
    this.#events = this.#events.slice(0, accepted);
    this.state = state;
    this.#recovered = this.#events.at(-1)?.last ?? 0;
    // A journal of which nothing was ever written begins anew.
    this.#lastNumber = durable === 0 ? 0 : Math.max(durable, this.#lastNumber);
    this.#weak = false;
  }
}

function same(one: Map<number, Held>, other: Map<number, Held>): boolean {
  if (one.size !== other.size) return false;
  for (const [number, { id, count, body }] of one) {
    const held = other.get(number);
    if (held?.id !== id || held.count !== count || !held.body.equals(body)) return false;
  }
  return true;
}

/** A run of random commands on an owner, its files and its fate. */
export class Soup {
  readonly owner: ModelOwner;
  readonly files: SimulatedFiles;
  crashes = 0;
  copied = 0;
  refused = 0;
  failures = 0;
  readonly #random: () => number;
  readonly #limited: boolean;
  readonly #keeps: number;
  readonly #mediumMax: number;

  constructor(seed: number, files: SimulatedFiles) {
    const random = randomFrom(seed);
    this.#random = random;
    this.files = files;
    const segmentBytes = [4096, 8192, 16384][Math.floor(random() * 3)] ?? 4096;
    const syncEveryMs = random() < 0.25 ? 20 : 0;
    this.owner = new ModelOwner(files, { segmentBytes, syncEveryMs });
    this.#limited = random() < 0.4;
    this.#keeps = Math.floor(random() * 60);
    this.#mediumMax = this.#limited ? segmentBytes / 8 : 3000;
    if (this.#limited) files.capacity = segmentBytes * (8 + Math.floor(random() * 12));
    this.#revive();
  }

  step(): void {
    const dice = this.#random();
    if (dice < 0.004) this.#die();
    else if (dice < 0.006) this.#fail();
    else if (dice < 0.45) this.#send();
    else if (dice < 0.75) this.#settle();
    else if (dice < 0.78) this.#count();
    else if (dice < 0.8) this.#withSome((number) => this.owner.checkBody(number));
    else if (dice < 0.83) this.#group();
    else if (dice < 0.95) this.owner.sync();
    else this.owner.host.advance(Math.floor(this.#random() * 80));
    if (this.#random() < 0.6) this.owner.host.settle();
    if (this.owner.failed) this.#die();
  }

  /** In the end everything is settled: then there is room again. */
  finish(): void {
    const { owner } = this;
    this.files.failAt = 0;
    if (owner.failed) this.#die();
    for (const number of [...owner.state.keys()]) {
      owner.settle(number);
      owner.sync();
      owner.host.advance(21);
    }
    for (let round = 0; round < 50; round++) {
      owner.sync();
      owner.host.advance(1100);
    }
    if (owner.failed) throw new Error('the journal failed on sound files');
    if (owner.journal?.room() !== true) throw new Error('no room, though nothing is kept');
  }

  #send(): void {
    const { owner } = this;
    const dice = this.#random();
    // What is larger than a segment may fill a small disk to the brim: docs/journal-format.md.
    const large = dice < 0.01 && !this.#limited;
    const max = large ? 20_000 : dice < 0.2 ? this.#mediumMax : 300;
    const length = Math.floor(this.#random() * max);
    if (owner.journal?.room(length) === true) owner.send(length);
    else this.refused++;
  }

  #settle(): void {
    // Some messages stay for long: they are what is copied forward.
    if (this.owner.state.size <= this.#keeps && this.#random() < 0.9) return;
    this.#withSome((number) => this.owner.settle(number), this.#random() < 0.7);
  }

  /** News that frees nothing is for when there is room. */
  #count(): void {
    if (this.owner.journal?.room() === true) this.#withSome((number) => this.owner.count(number));
  }

  #group(): void {
    this.owner.atomic(() => {
      const count = 1 + Math.floor(this.#random() * 5);
      for (let index = 0; index < count; index++) {
        if (this.#random() < 0.6) this.#send();
        else this.#withSome((number) => this.owner.settle(number));
      }
    });
  }

  #withSome(work: (number: number) => void, late = false): void {
    const numbers = [...this.owner.state.keys()];
    const skip = late ? this.#keeps : 0;
    const left = numbers.length - skip;
    const number = left > 0 ? numbers[skip + Math.floor(this.#random() * left)] : undefined;
    if (number !== undefined) work(number);
  }

  #die(): void {
    this.copied += this.owner.journal?.statistics.carriedBytes ?? 0;
    if (this.#random() < 0.05) void this.owner.journal?.close();
    if (this.#random() < 0.3) this.owner.host.settle();
    this.owner.die(this.#random() < 0.7, this.#random);
    this.crashes++;
    this.#revive();
  }

  #fail(): void {
    this.files.failAt = this.files.operations + 1 + Math.floor(this.#random() * 10);
    this.files.failOn = this.#random() < 0.3;
    this.failures++;
  }

  #revive(): void {
    // Sometimes it dies while it recovers.
    if (this.#random() < 0.1) {
      this.owner.open();
      if (this.#random() < 0.5) this.owner.host.settle();
      this.owner.die(this.#random() < 0.7, this.#random);
    }
    this.owner.open();
    if (this.#random() < 0.8) this.owner.host.settle();
  }
}
