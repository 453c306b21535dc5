// The incoming half of one session's settlement: what is said of deliveries that came, and those of
// links in mode second, for which we wait until the sender settles. [AMQP 2.6.12, 2.7.6, 2.8.3]
//
//     first    came ── safe ──► accepted and settled, forgotten
//     second   came ── safe ──► accepted ── the sender settles ──► forgotten

import { Confirmations } from './confirmations.ts';
import type { DeliveryState } from './delivery-state.ts';
import { encodeDisposition } from './disposition.ts';
import type { Peer } from './peer.ts';
import type { ReceiverLink } from './receiver-link.ts';

interface Unsettled {
  readonly link: ReceiverLink;
  /** In hex. */
  readonly tag: string;
}

export class Incoming {
  readonly #peer: Peer;
  readonly #channel: number;
  readonly #confirmed: () => void;
  readonly #settling: Confirmations;
  /** Mode second is rare: it has a ring when it is needed. */
  #leaving: Confirmations | undefined;
  readonly #unsettled: Map<number, Unsettled> = new Map();

  /** @param confirmed - told when waiting ones were confirmed */
  constructor(peer: Peer, channel: number, confirmed: () => void) {
    this.#peer = peer;
    this.#channel = channel;
    this.#confirmed = confirmed;
    this.#settling = this.#ring(true);
  }

  /** Deliveries that wait for the journal, or for the sender to settle. */
  get waiting(): number {
    return this.#settling.waiting + (this.#leaving?.waiting ?? 0) + this.#unsettled.size;
  }

  /** Settles a delivery once it is safe; true if that is now. */
  accept(id: number, position: number, state: DeliveryState): boolean {
    return this.#settling.accept(id, position, state);
  }

  /** Says what became of a delivery once it is safe, and leaves it to the sender to settle it. */
  acceptFirst(
    link: ReceiverLink,
    id: number,
    tag: string,
    position: number,
    state: DeliveryState,
  ): boolean {
    this.#unsettled.set(id, { link, tag });
    this.#leaving ??= this.#ring(false);
    return this.#leaving.accept(id, position, state);
  }

  /** Settles a delivery at once with any state. */
  answer(id: number, state: DeliveryState): void {
    this.flush();
    this.#peer.output.write(encodeDisposition(this.#channel, 'receiver', id, id, true, state));
  }

  /** The sender settled the ids `first…last`. */
  settled(first: number, last: number): void {
    if (this.#unsettled.size === 0) return;
    const span = (last - first) >>> 0;
    for (const [id, { link, tag }] of this.#unsettled) {
      if ((id - first) >>> 0 > span) continue;
      this.#unsettled.delete(id);
      link.settled(tag);
    }
  }

  /** A link is gone; what it has unsettled, it keeps itself. */
  forget(link: ReceiverLink): void {
    for (const [id, unsettled] of this.#unsettled) {
      if (unsettled.link === link) this.#unsettled.delete(id);
    }
  }

  /** Writes what is still gathered. */
  flush(): void {
    this.#settling.flush();
    this.#leaving?.flush();
  }

  /** Says nothing any more. */
  close(): void {
    this.#settling.close();
    this.#leaving?.close();
    this.#unsettled.clear();
  }

  #ring(settles: boolean): Confirmations {
    const { broker, output } = this.#peer;
    return new Confirmations(broker, output, this.#channel, settles, this.#confirmed);
  }
}
