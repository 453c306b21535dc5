// The sends of a session that rhea has not been given: it gets only what has credit, see `rhea.ts`.
//
// Invariant: to one destination they go out in the order in which they came, whichever producer of
// the session sent them. [JMS 6.2.9]

import type { AmqpProducer } from './amqp-producer.ts';
import type { Session } from './rhea.ts';

/** Places that stay free in rhea's ring of 2,048 unconfirmed deliveries. */
const RING_MARGIN = 48;
/** How many sends that cannot go are looked past, to find some of other producers. */
const LOOK_PAST_MAX = 1000;

interface Send {
  readonly producer: AmqpProducer;
  readonly destination: string;
  readonly payload: Buffer;
  readonly number: number;
}

export class SendQueue {
  readonly #session: Session;
  #sends: Send[] = [];
  /** Where the first send is; those before it are gone. */
  #head = 0;

  constructor(session: Session) {
    this.#session = session;
  }

  add(producer: AmqpProducer, destination: string, payload: Buffer, number: number): void {
    this.#sends.push({ producer, destination, payload, number });
    this.#session.connection._register();
  }

  /** Forgets the sends of a producer whose link is gone, and returns their numbers. */
  drop(producer: AmqpProducer): number[] {
    const waiting = this.#sends.slice(this.#head);
    this.#sends = waiting.filter((send) => send.producer !== producer);
    this.#head = 0;
    return waiting.filter((send) => send.producer === producer).map(({ number }) => number);
  }

  /** Gives rhea what can go; false: nothing can. */
  pump(): boolean {
    if (this.#head === this.#sends.length) return false;
    const { outgoing } = this.#session;
    // What it could not write is in front: the peer's window is closed.
    if (outgoing.next_pending_delivery < outgoing.next_delivery_id) return false;
    const rooms = new Map<AmqpProducer, number>();
    const blocked = new Set<string>();
    const kept: Send[] = [];
    let gone = 0;
    let at = this.#head;
    for (; at < this.#sends.length && kept.length < LOOK_PAST_MAX; at++) {
      const send = this.#sends[at] as Send;
      const room = rooms.get(send.producer) ?? send.producer.credit;
      if (outgoing.available() <= RING_MARGIN) break;
      if (room <= 0 || blocked.has(send.destination)) {
        blocked.add(send.destination);
        kept.push(send);
        continue;
      }
      rooms.set(send.producer, room - 1);
      send.producer.transfer(send.payload, send.number);
      gone++;
    }
    if (gone > 0) this.#advance(kept, at);
    return gone > 0;
  }

  #advance(kept: readonly Send[], next: number): void {
    if (kept.length > 0) {
      this.#sends = [...kept, ...this.#sends.slice(next)];
      this.#head = 0;
      return;
    }
    this.#head = next;
    if (next < this.#sends.length && next < LOOK_PAST_MAX) return;
    this.#sends = this.#sends.slice(next);
    this.#head = 0;
  }
}
