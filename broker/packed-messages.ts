// Messages whose bytes are in the journal only, as numbers: of a million that wait in V8's heap each
// costs 180 bytes, and its share of every collection; here each costs 32, and no collection.
//
//     slot        0         1         2   …
//     times    [ number · serial · sent at │ number · … ]     Float64
//     words    [ length · shape           │ length · … ]      Uint32, shape 0: nothing here
//     shapes   [ format, persistent, sent to, sent by ]       few: neighbours have the same
//
// A message that is held elsewhere, too, or that has what few messages have, is not packed. What
// is taken out is a new object: nobody may hold on to the one that was put in and change it.

import type { Address } from './address.ts';
import { Message, type WireFormat } from './message.ts';

const TIMES = 3;
const WORDS = 2;

/** What neighbours have in common. */
interface Shape {
  readonly format: WireFormat;
  readonly persistent: boolean;
  readonly destination: Address | undefined;
  readonly sender: string | undefined;
}

/** The shape that was met last, in any lane: most often the next one's, too. */
let latest: Shape | undefined;

export class PackedMessages {
  /** How many are packed. */
  count = 0;
  readonly #times: Float64Array;
  readonly #words: Uint32Array;
  readonly #shapes: Shape[] = [];
  /** Made for the first one that expires. */
  #expiries: Float64Array | undefined = undefined;

  /** @param slots - how many have room */
  constructor(slots: number) {
    this.#times = new Float64Array(slots * TIMES);
    this.#words = new Uint32Array(slots * WORDS);
  }

  has(slot: number): boolean {
    return this.#words[slot * WORDS + 1] !== 0;
  }

  /** Takes a message that {@link packable} lets in. */
  put(slot: number, message: Message): void {
    const at = slot * TIMES;
    this.#times[at] = message.number;
    this.#times[at + 1] = message.serial;
    this.#times[at + 2] = message.sentAt;
    if (message.expiresAt !== 0) {
      this.#expiries ??= new Float64Array(this.#words.length / WORDS);
      this.#expiries[slot] = message.expiresAt;
    }
    this.#words[slot * WORDS] = message.byteLength;
    this.#words[slot * WORDS + 1] = this.#shapeOf(message);
    this.count++;
  }

  /**
   * The message of a slot, which is empty then.
   *
   * @param absent - stands for its bytes
   */
  take(slot: number, priority: number, absent: Buffer): Message | undefined {
    const shape = this.#shapes[(this.#words[slot * WORDS + 1] ?? 0) - 1];
    if (shape === undefined) return undefined;
    const { format, persistent, destination, sender } = shape;
    const at = slot * TIMES;
    const expiresAt = this.#expiries?.[slot] ?? 0;
    const header = { persistent, priority, expiresAt };
    const message = new Message(format, header, absent, 0, this.#words[slot * WORDS] ?? 0, false);
    message.number = this.#times[at] ?? 0;
    message.serial = this.#times[at + 1] ?? 0;
    message.sentAt = this.#times[at + 2] ?? 0;
    message.destination = destination;
    message.sender = sender;
    message.holders = 1;
    this.#words[slot * WORDS + 1] = 0;
    if (expiresAt !== 0 && this.#expiries !== undefined) this.#expiries[slot] = 0;
    this.count--;
    return message;
  }

  /** The number of a message's shape, from 1. */
  #shapeOf(message: Message): number {
    const shapes = this.#shapes;
    for (let at = shapes.length; at > 0; at--) {
      const shape = shapes[at - 1];
      if (shape !== undefined && isOf(shape, message)) return at;
    }
    if (latest === undefined || !isOf(latest, message)) {
      const { format, persistent, destination, sender } = message;
      latest = { format, persistent, destination, sender };
    }
    return shapes.push(latest);
  }
}

/** True for a message of which nothing would be lost. */
export function packable(message: Message, absent: Buffer): boolean {
  return message.slab === absent && message.holders === 1 && message.number > 0 && message.plain;
}

function isOf(shape: Shape, { format, persistent, destination, sender }: Message): boolean {
  if (shape.sender !== sender || shape.format !== format) return false;
  if (shape.persistent !== persistent) return false;
  const mine = shape.destination;
  if (mine === destination) return true;
  return mine?.kind === destination?.kind && mine?.name === destination?.name;
}
