// The deliveries of one session that came unsettled and wait until they are safe. They are confirmed
// by watermark: when the journal has written up to a position, everything below it is accepted, one
// disposition for each range of ids that follow one another. [AMQP 2.7.6]
//
//     ring     [ ids:  7   8   9   12  … ]     first ── waiting ──► next
//              [ pos: 41  42  43   45  … ]
//
// Positions only grow, so the front of the ring is always the next to be safe.

import type { Broker, DurableWaiter } from '#broker';
import type { Output } from '../output.ts';
import { ACCEPTED, type DeliveryState } from './delivery-state.ts';
import { DISPOSITION_BYTES_MAX, encodeDisposition, writeDisposition } from './disposition.ts';

const RING_FIRST = 64;

export class Confirmations implements DurableWaiter {
  readonly #broker: Broker;
  readonly #output: Output;
  readonly #channel: number;
  /** False: the sender settles after us. [AMQP 2.8.3] */
  readonly #settles: boolean;
  /** Told when waiting ones were confirmed. */
  readonly #confirmed: () => void;
  #ids: Uint32Array = new Uint32Array(RING_FIRST);
  #positions: Float64Array = new Float64Array(RING_FIRST);
  #first = 0;
  #waiting = 0;
  #registered = false;
  #open = true;
  /** The range that grows while ids follow one another; none while `#ranged` is false. */
  #ranged = false;
  #rangeFirst = 0;
  #rangeLast = 0;
  #rangeState: DeliveryState = ACCEPTED;

  constructor(
    broker: Broker,
    output: Output,
    channel: number,
    settles: boolean,
    confirmed: () => void,
  ) {
    this.#broker = broker;
    this.#output = output;
    this.#channel = channel;
    this.#settles = settles;
    this.#confirmed = confirmed;
  }

  /** How many wait for the journal. */
  get waiting(): number {
    return this.#waiting;
  }

  /**
   * A delivery is accepted once `position` is safe. True: it is now, call {@link flush}.
   *
   * @param state - other than accepted only with position 0: what belongs to a transaction is safe
   * when that commits
   */
  accept(id: number, position: number, state: DeliveryState): boolean {
    if (position <= this.#broker.durable) {
      this.#confirm(id, state);
      return true;
    }
    this.#push(id, position);
    if (!this.#registered) {
      this.#registered = true;
      this.#broker.turn.awaitDurable(this);
    }
    return false;
  }

  durable(position: number): void {
    this.#registered = false;
    if (!this.#open) return;
    const mask = this.#ids.length - 1;
    while (this.#waiting > 0 && (this.#positions[this.#first] as number) <= position) {
      this.#confirm(this.#ids[this.#first] as number, ACCEPTED);
      this.#first = (this.#first + 1) & mask;
      this.#waiting--;
    }
    this.flush();
    if (this.#waiting > 0) {
      this.#registered = true;
      this.#broker.turn.awaitDurable(this);
    }
    this.#confirmed();
  }

  /** Writes the range that was still growing. */
  flush(): void {
    if (!this.#ranged) return;
    this.#ranged = false;
    const output = this.#output;
    const [first, last, state] = [this.#rangeFirst, this.#rangeLast, this.#rangeState];
    if (state !== ACCEPTED) {
      output.write(encodeDisposition(this.#channel, 'receiver', first, last, this.#settles, state));
      return;
    }
    const at = output.reserve(DISPOSITION_BYTES_MAX);
    output.length = writeDisposition(
      output.buffer,
      at,
      this.#channel,
      'receiver',
      first,
      last,
      this.#settles,
      ACCEPTED,
    );
  }

  /** Confirms nothing any more: the session has ended. */
  close(): void {
    this.#open = false;
    this.#ranged = false;
    this.#waiting = 0;
  }

  #confirm(id: number, state: DeliveryState): void {
    if (this.#ranged && id === (this.#rangeLast + 1) >>> 0 && state === this.#rangeState) {
      this.#rangeLast = id;
      return;
    }
    this.flush();
    this.#ranged = true;
    this.#rangeFirst = id;
    this.#rangeLast = id;
    this.#rangeState = state;
  }

  #push(id: number, position: number): void {
    if (this.#waiting === this.#ids.length) this.#grow();
    const at = (this.#first + this.#waiting++) & (this.#ids.length - 1);
    this.#ids[at] = id;
    this.#positions[at] = position;
  }

  #grow(): void {
    const size = this.#ids.length;
    const ids = new Uint32Array(size * 2);
    const positions = new Float64Array(size * 2);
    const tail = size - this.#first;
    ids.set(this.#ids.subarray(this.#first), 0);
    ids.set(this.#ids.subarray(0, this.#first), tail);
    positions.set(this.#positions.subarray(this.#first), 0);
    positions.set(this.#positions.subarray(0, this.#first), tail);
    this.#ids = ids;
    this.#positions = positions;
    this.#first = 0;
  }
}
