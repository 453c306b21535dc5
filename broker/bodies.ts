// Which bodies are in memory. Beyond a bound, the bodies of messages that wait lie in the journal
// only, and are read back in batches just ahead of their delivery: a million waiting messages cost
// their index, and 64 MB.
//
//     lane     ■ ■ ■ ■ ■ ■ ■ □ □ □ □ □ □ □ □ □ □ □      ■ in memory   □ in the journal
//              ▲ next                                    new ones go where there is room
//
// A message that is not persistent gets a record when it has to leave memory; nobody asks for it
// after a restart. Without a lasting journal everything stays in memory.

import type { Journal } from './journal/index.ts';
import type { Lane } from './lane.ts';
import type { Limits } from './limits.ts';
import { type Message, whenAbsent } from './message.ts';
import type { Store } from './store.ts';

export class Bodies {
  /** Bytes of the bodies of held messages that are in memory. */
  bytes = 0;
  readonly #journal: Journal;
  readonly #store: Store;
  readonly #limits: Limits;
  /** Stands for the bytes of a message that are in the journal only. */
  readonly absent: Buffer = Buffer.alloc(0);
  /** Read back and still held, the earliest first. */
  #read: Message[] = [];
  #readBytes = 0;

  constructor(journal: Journal, store: Store, limits: Limits) {
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
    if (message.slab !== this.absent) this.bytes += message.byteLength;
  }

  /** Nobody holds the message any more. */
  released(message: Message): void {
    if (message.slab !== this.absent) this.bytes -= message.byteLength;
  }

  /** A message that is held at the end of its turn takes its own bytes, or leaves memory. */
  settle(message: Message): void {
    if (this.crowded && this.#store.page(message)) this.#leave(message);
    else message.keep();
  }

  /** Reads a body, and those of the messages behind it, which will be asked for next. */
  ahead(lane: Lane, position: number): void {
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
    if (wanted.length > 0) this.#load(wanted);
  }

  #load(messages: readonly Message[]): void {
    const bodies = this.#journal.readMany(messages.map(({ number }) => number));
    for (const [at, message] of messages.entries()) {
      const body = bodies[at] ?? this.absent;
      message.returnTo(body);
      this.bytes += body.length;
      this.#readBytes += body.length;
      this.#read.push(message);
    }
    this.#shrink();
  }

  /** What was read back and is still held after a while leaves again. */
  #shrink(): void {
    if (this.#readBytes <= this.#limits.readBackBytesMax) return;
    let leaving = 0;
    while (this.#readBytes > this.#limits.readBackBytesMax / 2 && leaving < this.#read.length - 1) {
      const message = this.#read[leaving++] as Message;
      this.#readBytes -= message.byteLength;
      if (message.holders > 0 && message.number > 0 && this.crowded) this.#leave(message);
    }
    this.#read = this.#read.slice(leaving);
  }

  #leave(message: Message): void {
    if (message.slab === this.absent) return;
    this.bytes -= message.byteLength;
    message.leaveTo(this.absent);
  }
}
