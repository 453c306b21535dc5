// What a link on which we send leaves behind when it is detached and not closed, and how it goes on
// when the peer attaches again. [AMQP 2.6.13]
//
//     the peer's map says      we do
//     nothing of a tag         put the message back: it comes anew
//     an outcome               settle with it, and tell the peer that it is settled
//     a state before that      abort the delivery, and put the message back
//
// A map that is not complete proves nothing by what is not in it: those wait for the next attach.

import { type Consumer, type ConsumerSink, type Message, Outcome } from '#broker';
import { type DeliveryState, deliveryState } from './delivery-state.ts';
import type { Expiry, Remains } from './detached-links.ts';
import { outcomeOf, type SenderLink } from './sender-link.ts';
import { NULL, type Value } from './types.ts';

/** The sink of a consumer that may outlive its link. */
export class Outlet implements ConsumerSink {
  /** The link that is attached now. */
  link: SenderLink | undefined = undefined;
  /** Called when the destination goes while no link is attached. */
  orphaned: () => void = () => {};

  deliver(message: Message, entry: number, attempts: number): void {
    this.link?.deliver(message, entry, attempts);
  }

  drained(): void {
    this.link?.drained();
  }

  gone(reason: string): void {
    if (this.link === undefined) this.orphaned();
    else this.link.gone(reason);
  }
}

/** What the peer has to be told of a delivery of the link before. */
export interface Resumed {
  readonly tag: number;
  /** Undefined: it is aborted. */
  readonly state: DeliveryState | undefined;
}

/** Deliveries of the link before, that wait for credit to be spoken of. */
export class Resumption {
  /** The peer's map was: it gets nothing new on this link. */
  readonly incomplete: boolean;
  readonly #waiting: Resumed[] = [];

  constructor(incomplete: boolean) {
    this.incomplete = incomplete;
  }

  add(resumed: Resumed): void {
    this.#waiting.push(resumed);
  }

  next(): Resumed | undefined {
    return this.#waiting[0];
  }

  said(): void {
    this.#waiting.shift();
  }
}

export interface SenderRemainsOptions {
  readonly expiry: Expiry;
  readonly consumer: Consumer;
  readonly outlet: Outlet;
  readonly unsettled: readonly (readonly [tag: number, entry: number])[];
  /** Says what the consumer reads: a link that asks for something else begins anew. */
  readonly source: string;
  /** The peer vanished and may have seen what it had. */
  readonly lost: boolean;
  /** Gives the consumer back. */
  readonly close: (lost: boolean) => void;
}

export class SenderRemains implements Remains {
  readonly expiry: Expiry;
  readonly consumer: Consumer;
  readonly outlet: Outlet;
  readonly source: string;
  readonly size: number;
  readonly #unsettled: Map<number, number>;
  readonly #lost: boolean;
  readonly #close: (lost: boolean) => void;

  constructor(options: SenderRemainsOptions) {
    this.expiry = options.expiry;
    this.consumer = options.consumer;
    this.outlet = options.outlet;
    this.source = options.source;
    this.#unsettled = new Map(options.unsettled);
    this.size = this.#unsettled.size;
    this.#lost = options.lost;
    this.#close = options.close;
    options.consumer.setCredit(0);
    options.outlet.link = undefined;
  }

  end(): void {
    this.#close(this.#lost);
  }

  /** Our map for the answer. [AMQP 2.7.3] */
  get map(): Value | undefined {
    if (this.#unsettled.size === 0) return undefined;
    const pairs = Array.from(this.#unsettled.keys(), (tag): [Value, Value] => [
      { type: 'binary', value: tagBytes(tag) },
      NULL,
    ]);
    return { type: 'map', value: pairs };
  }

  /** Compares with what the peer has unsettled, and decides on each delivery. */
  reconcile(theirs: Value | undefined, incomplete: boolean): Resumption {
    const resumption = new Resumption(incomplete);
    const states = new Map<number, Value>();
    for (const [key, state] of theirs?.type === 'map' ? theirs.value : []) {
      if (key.type === 'binary' && key.value.length === 8) states.set(tagOf(key.value), state);
    }
    for (const [tag, entry] of this.#unsettled) {
      const state = states.get(tag);
      if (state === undefined) {
        if (!incomplete) this.#putBack(entry);
        continue;
      }
      const read = state.type === 'null' ? undefined : deliveryState.read(state);
      const outcome = outcomeIn(read as DeliveryState | undefined);
      if (outcome === undefined) this.#putBack(entry);
      else this.consumer.settle(entry, outcomeOf(outcome));
      resumption.add({ tag, state: outcome });
    }
    return resumption;
  }

  #putBack(entry: number): void {
    this.consumer.settle(entry, this.#lost ? Outcome.failed : Outcome.released);
  }
}

function outcomeIn(state: DeliveryState | undefined): DeliveryState | undefined {
  switch (state?.kind) {
    case 'accepted':
    case 'rejected':
    case 'released':
    case 'modified':
      return state;
    default:
      // Nothing yet, or within a transaction that has ended with the link.
      return undefined;
  }
}

/** A tag that is a number: the epoch of the link, then the delivery-id. */
export function tagBytes(tag: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt32BE(Math.floor(tag / 0x1_0000_0000), 0);
  bytes.writeUInt32BE(tag >>> 0, 4);
  return bytes;
}

function tagOf(bytes: Buffer): number {
  return bytes.readUInt32BE(0) * 0x1_0000_0000 + bytes.readUInt32BE(4);
}
