/**
 * What the clients of the kill test do, whatever they speak: producers send, plainly and in
 * transactions, and send again what was never confirmed; consumers acknowledge, plainly and in
 * transactions, also together with sends, and now and then roll back or keep a message for a while.
 * Every step is written into the ledger before it is taken. What they do comes from a seed; when
 * it happens does not.
 */

import type { Dice } from '../fuzz/dice.ts';
import type { Copy, Ledger, Transaction } from './ledger.ts';
import {
  type Arrival,
  ConnectionLost,
  type Destination,
  type Peer,
  type PeerTransaction,
  type Source,
} from './peer.ts';

/** The places of the test. */
export const QUEUES: readonly Destination[] = [
  { kind: 'queue', name: 'kill.one' },
  { kind: 'queue', name: 'kill.two' },
];
export const TOPIC: Destination = { kind: 'topic', name: 'kill.news' };
const DESTINATIONS: readonly Destination[] = [...QUEUES, TOPIC];

/** How far an end of the test may go. */
export interface Stop {
  /** Producers end after what they are at. */
  sending: boolean;
  /** Consumers keep nothing and roll nothing back. */
  plain: boolean;
}

/** Where a message to a destination must arrive. */
export type PlacesOf = (to: Destination) => readonly string[];

/** Says what went wrong, unless it is what a kill does. */
function unlessLost(error: unknown): void {
  if (!(error instanceof ConnectionLost)) throw error;
}

/** Sends under one name; lives as long as the test, through every connection. */
export class Sender {
  readonly name: string;
  readonly #ledger: Ledger;
  readonly #dice: Dice;
  readonly #placesOf: PlacesOf;
  /** What must be sent once more: it was never confirmed. */
  readonly #again: { readonly to: Destination; readonly subject: string }[] = [];
  #count = 0;
  #subjects = 0;

  constructor(name: string, ledger: Ledger, dice: Dice, placesOf: PlacesOf) {
    this.name = name;
    this.#ledger = ledger;
    this.#dice = dice;
    this.#placesOf = placesOf;
  }

  /** Sends until it is told to stop, or the connection goes. */
  async produce(peer: Peer, stop: Stop): Promise<void> {
    try {
      while (!stop.sending) {
        if (this.#dice.roll(10) < 6) await this.#plainly(peer);
        else await this.#together(peer);
      }
    } catch (error) {
      unlessLost(error);
    }
  }

  /** Sends some in a transaction that somebody else ends. */
  async sendIn(peer: Peer, transaction: Transaction, theirs: PeerTransaction): Promise<void> {
    const sends: Promise<void>[] = [];
    for (let left = this.#dice.roll(4); left > 0; left--) {
      const to = this.#dice.pick(DESTINATIONS);
      const body = this.#body(`${this.name}-${++this.#count}`, 'together');
      const id = `${this.name}-${this.#count}`;
      this.#ledger.sending(id, body, this.#placesOf(to), transaction);
      sends.push(peer.send(to, body, theirs));
    }
    await Promise.all(sends);
  }

  async #plainly(peer: Peer): Promise<void> {
    const batch = this.#again.splice(0, 20);
    for (let left = 1 + this.#dice.roll(20); left > 0; left--) {
      batch.push({ to: this.#dice.pick(DESTINATIONS), subject: `subject-${++this.#subjects}` });
    }
    const results = await Promise.allSettled(
      batch.map(async ({ to, subject }) => {
        const id = `${this.name}-${++this.#count}`;
        const body = this.#body(id, subject);
        const send = this.#ledger.sending(id, body, this.#placesOf(to));
        await peer.send(to, body);
        this.#ledger.sent(send);
      }),
    );
    for (const [i, result] of results.entries()) {
      const item = batch[i];
      if (result.status === 'rejected' && item !== undefined) this.#again.push(item);
    }
    const failed = results.find(({ status }) => status === 'rejected');
    if (failed?.status === 'rejected') throw failed.reason;
  }

  async #together(peer: Peer): Promise<void> {
    const theirs = await peer.begin();
    const transaction = this.#ledger.begin(`${this.name}/${this.#count}`);
    await this.sendIn(peer, transaction, theirs);
    await end(this.#ledger, peer, transaction, theirs, this.#dice.roll(5) > 0);
  }

  #body(id: string, subject: string): string {
    const length = this.#dice.roll(50) === 0 ? 30_000 : this.#dice.roll(1200);
    return `${id} ${subject} ${'.'.repeat(length)}`;
  }
}

async function end(
  ledger: Ledger,
  peer: Peer,
  transaction: Transaction,
  theirs: PeerTransaction,
  commit: boolean,
): Promise<void> {
  if (commit) {
    const begun = ledger.committing(transaction);
    await peer.end(theirs, true);
    ledger.committed(transaction, begun);
  } else {
    ledger.rollingBack(transaction);
    await peer.end(theirs, false);
  }
}

const NEVER_MS = 2 ** 31 - 1;

interface Held {
  readonly arrival: Arrival;
  readonly copy: Copy;
}

/** Reads from queues and a durable subscription of its own; lives as long as one connection. */
export class Consumer {
  readonly #peer: Peer;
  readonly #ledger: Ledger;
  readonly #dice: Dice;
  readonly #sender: Sender;
  readonly #held: Held[] = [];
  #wake: () => void = () => undefined;

  constructor(peer: Peer, ledger: Ledger, dice: Dice, sender: Sender) {
    this.#peer = peer;
    this.#ledger = ledger;
    this.#dice = dice;
    this.#sender = sender;
    void peer.gone.then(() => this.#wake());
  }

  /** Subscribes everywhere; resolves when all is confirmed. */
  async subscribe(sources: readonly (Source & { readonly place: string })[]): Promise<void> {
    for (const source of sources) {
      await this.#peer.subscribe(source, (arrival) => {
        const copy = this.#ledger.delivered(arrival.body, source.place, arrival.flagged);
        if (copy !== undefined) this.#held.push({ arrival, copy });
        this.#wake();
      });
    }
  }

  /** Acknowledges until the connection goes. */
  async consume(stop: Stop): Promise<void> {
    try {
      while (!this.#peer.lost) {
        if (this.#held.length === 0) await this.#more(NEVER_MS);
        if (this.#held.length === 0) continue;
        // A pause now and then: what waits at the client is what a kill puts in doubt.
        if (!stop.plain && this.#dice.roll(8) === 0) await this.#more(this.#dice.roll(20));
        await this.#acknowledge(stop);
      }
    } catch (error) {
      unlessLost(error);
    }
  }

  async #acknowledge(stop: Stop): Promise<void> {
    const some = this.#take(1 + this.#dice.roll(10));
    const how = this.#dice.roll(10);
    if (!stop.plain && how === 0) {
      this.#held.push(...some);
      await this.#more(1 + this.#dice.roll(5));
    } else if (how < 6) {
      await Promise.all(some.map((one) => this.#plainly(one)));
    } else {
      await this.#together(some, stop.plain || this.#dice.roll(5) > 0);
    }
  }

  /** From the front, mostly: later ones too, so that what is open is not one range. */
  #take(count: number): Held[] {
    const from = this.#dice.roll(3) === 0 ? this.#dice.roll(this.#held.length) : 0;
    return this.#held.splice(from, count);
  }

  async #plainly({ arrival, copy }: Held): Promise<void> {
    const begun = this.#ledger.settling(copy);
    if (await this.#peer.accept(arrival)) this.#ledger.settled(copy, begun);
  }

  async #together(some: readonly Held[], commit: boolean): Promise<void> {
    const theirs = await this.#peer.begin();
    const transaction = this.#ledger.begin(`${this.#sender.name}/${some[0]?.copy.send.id}`);
    await this.#sender.sendIn(this.#peer, transaction, theirs);
    const accepts = some.map(({ arrival, copy }) => {
      this.#ledger.settling(copy, transaction);
      return this.#peer.accept(arrival, theirs);
    });
    await Promise.all(accepts);
    await end(this.#ledger, this.#peer, transaction, theirs, commit);
    // STOMP's ABORT leaves them with us; AMQP's roll-back takes them back and sends them again.
    if (!commit && this.#peer.protocol === 'stomp') this.#held.push(...some);
  }

  /** Resolves when something comes, when the connection goes, or after `ms`. */
  #more(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
