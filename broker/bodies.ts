// Which bodies are in memory. Beyond a bound, the bodies of messages that wait lie in the journal
// only, and are read back in batches just ahead of their delivery: a million waiting messages cost
// their index, and 64 MB.
//
//     lane     ■ ■ ■ ■ ■ ■ ■ □ □ □ □ □ □ □ □ □ □ □      ■ in memory   □ in the journal
//              ▲ next                                    new ones go where there is room
//
// A message whose body is in the journal need not be an object: its place in the lane keeps it as a
// few numbers (packed-messages.ts), until somebody looks at it. What was looked at is packed again
// after a while.
//
// A message that is not persistent gets a record when it has to leave memory; nobody asks for it
// after a restart. Without a lasting journal everything stays in memory.

import { formatAddress } from './address.ts';
import { type Departures, Mark } from './departures.ts';
import { InvariantError } from './errors.ts';
import type { Host } from './host.ts';
import type { Journal } from './journal/index.ts';
import type { Thawer } from './lane.ts';
import type { Limits } from './limits.ts';
import { type Message, whenAbsent } from './message.ts';
import type { Store } from './store.ts';

/** What a body in memory costs besides its bytes: two objects, and their places. */
const OBJECT_BYTES = 320;
/** So many may be objects without being in memory, since they were looked at. */
const THAWED_MAX = 4_096;

export class Bodies implements Thawer {
  /** What held messages that are in memory cost. */
  bytes = 0;
  readonly #host: Host;
  readonly #journal: Journal;
  readonly #store: Store;
  readonly #limits: Limits;
  /** Stands for the bytes of a message that are in the journal only. */
  readonly absent: Buffer = Buffer.alloc(0);
  /** Read back, and not known to be gone, the earliest first. */
  readonly #read: Set<Message> = new Set();
  #readBytes = 0;
  /** Objects again, the earliest first. */
  #thawed: Message[] = [];

  constructor(host: Host, journal: Journal, store: Store, limits: Limits) {
    this.#host = host;
    this.#journal = journal;
    this.#store = store;
    this.#limits = limits;
    whenAbsent(this.absent, (message) => this.#load([message]));
  }

  /** There is no room for more bodies: what can leave memory should. */
  get crowded(): boolean {
    return this.#journal.lasting && this.bytes > this.#limits.bodiesBytesMax;
  }

  /** A message came to stay. */
  held(message: Message): void {
    if (message.slab !== this.absent) this.bytes += costOf(message);
  }

  /** Nobody holds the message any more. */
  released(message: Message): void {
    if (message.slab !== this.absent) this.bytes -= costOf(message);
  }

  /** A message that is held at the end of its turn takes its own bytes, or leaves memory. */
  settle(message: Message): void {
    if (this.crowded && this.#store.page(message)) this.#leave(message);
    else message.keep();
  }

  thawed(message: Message): void {
    this.#thawed.push(message);
    if (this.#thawed.length <= THAWED_MAX) return;
    // Not the latest: whoever asked for them is at work.
    const old = this.#thawed.splice(0, THAWED_MAX / 2);
    for (const one of old) one.home?.pack(one, one.position);
  }

  /**
   * Brings the body of an entry's message to memory, if it is not there.
   *
   * @returns false if it cannot be read: the entry is passed over, and stays until a restart
   */
  bring(message: Message, departures: Departures, position: number): boolean {
    return message.slab !== this.absent || this.#ahead(departures, position);
  }

  /** Reads a body, and those of the messages behind it, which will be asked for next. */
  #ahead(departures: Departures, position: number): boolean {
    const { lane } = departures;
    const { readAheadMax, readAheadBytes } = this.#limits;
    const wanted: Message[] = [];
    let bytes = 0;
    for (
      let at = position;
      at < lane.end && wanted.length < readAheadMax;
      at = lane.nextFrom(at + 1)
    ) {
      const message = lane.peek(at);
      if (message === undefined || message.slab !== this.absent) continue;
      bytes += message.byteLength;
      if (bytes > readAheadBytes && wanted.length > 0) break;
      wanted.push(message);
    }
    if (wanted.length === 0) return true;
    try {
      this.#load(wanted);
      return true;
    } catch {
      // It may be another than the first.
      const [first] = wanted;
      if (first === undefined || this.readable(first)) return true;
      departures.set(position, Mark.held);
      return false;
    }
  }

  /** Brings a body back to memory; if that cannot be it is said, and false. */
  readable(message: Message): boolean {
    try {
      message.load();
      return true;
    } catch (error) {
      if (error instanceof InvariantError) throw error;
      const { serial, destination } = message;
      const address = destination === undefined ? '' : formatAddress(destination);
      const reason = (error as Error).message;
      this.#host.log('error', 'a message cannot be read', { serial, address, reason });
      return false;
    }
  }

  #load(messages: readonly Message[]): void {
    // Before they come: whoever asks for them has not looked at them yet.
    this.#shrink();
    const bodies = this.#journal.readMany(messages.map(({ number }) => number));
    for (const [at, message] of messages.entries()) {
      message.returnTo(bodies[at] ?? this.absent);
      const cost = costOf(message);
      this.bytes += cost;
      this.#readBytes += cost;
      this.#read.add(message);
    }
  }

  /** What was read back and is still held after a while leaves again. */
  #shrink(): void {
    if (this.#readBytes <= this.#limits.readBackBytesMax) return;
    for (const message of this.#read) {
      if (this.#readBytes <= this.#limits.readBackBytesMax / 2) return;
      this.#forget(message);
      if (message.holders > 0 && message.number > 0 && this.crowded) this.#leave(message);
    }
  }

  #leave(message: Message): void {
    if (message.slab === this.absent) return;
    this.#forget(message);
    this.bytes -= costOf(message);
    message.leaveTo(this.absent);
    message.home?.pack(message, message.position);
  }

  #forget(message: Message): void {
    if (this.#read.delete(message)) this.#readBytes -= costOf(message);
  }
}

function costOf(message: Message): number {
  return message.byteLength + OBJECT_BYTES;
}
