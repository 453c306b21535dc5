// The outgoing half of one session: delivery ids, the peer's window, and the writing of messages
// straight into the output. [AMQP 2.5.6, 2.6.12]
//
// Consumers are held while the peer's window is shut, while it has too much unsettled, or while a
// message in several frames is only half written because the window or the socket was full:
//
//     flowing ── window 0 | too many unsettled | half written ──► held
//        ▲                                                          │
//        └──── flow, disposition or writable, and all three gone ───┘
//
// A half-written message is not copied once more: it goes on where it stopped, before anything else.

import type { Consumer, Message } from '#broker';
import { Deliveries } from './deliveries.ts';
import { copyDelivery, DeliveryPlan, planDelivery } from './delivery-plan.ts';
import type { DeliveryState } from './delivery-state.ts';
import { sealFrame } from './frame.ts';
import { amqpLimits } from './limits.ts';
import type { Peer } from './peer.ts';
import type { SenderLink } from './sender-link.ts';
import { tagBytes } from './sender-remains.ts';
import {
  encodeResumed,
  TRANSFER_HEAD_BYTES_MAX,
  writeTransfer,
  writeTransferContinuation,
} from './transfer.ts';

/** A message of `size` bytes of which the peer has those before `at`. */
interface HalfWritten {
  readonly link: SenderLink;
  readonly plan: DeliveryPlan;
  readonly size: number;
  at: number;
}

/** Hot: one for all, as a delivery is planned and written in one go. */
const plan: DeliveryPlan = new DeliveryPlan();

export class Outgoing {
  readonly #peer: Peer;
  readonly #channel: number;
  readonly #deliveries: Deliveries = new Deliveries();
  readonly #consumers: Set<Consumer> = new Set();
  /** The number of the next transfer frame. */
  nextId = 0;
  /** How many more transfer frames the peer takes. */
  #window: number;
  #nextDeliveryId = 0;
  #half: HalfWritten | undefined;
  #held = false;

  constructor(peer: Peer, channel: number, window: number) {
    this.#peer = peer;
    this.#channel = channel;
    this.#window = window;
    if (window <= 0) this.#held = true;
  }

  /** Deliveries that the peer has not settled. */
  get unsettled(): number {
    return this.#deliveries.open;
  }

  add(consumer: Consumer): void {
    this.#consumers.add(consumer);
    if (this.#held) consumer.suspend();
    else this.#peer.valve.add(consumer);
  }

  /**
   * Forgets a consumer of this session, and what is out with its link.
   *
   * @returns the tag and the entry of each delivery that was
   */
  remove(link: SenderLink, consumer: Consumer): [tag: number, entry: number][] {
    this.#consumers.delete(consumer);
    this.#peer.valve.remove(consumer);
    const taken = this.#deliveries.take(link);
    if (this.#half?.link === link) {
      this.#setHalf(undefined);
      this.#resume();
    }
    return taken.map(([id, entry]) => [tagOf(link, id), entry]);
  }

  /** Tells the peer of a delivery of a link before; false: its window is shut. [AMQP 2.6.13] */
  resume(link: SenderLink, tag: number, state: DeliveryState | undefined): boolean {
    if (this.#blocked) return false;
    const id = this.#nextDeliveryId;
    this.#nextDeliveryId = (id + 1) >>> 0;
    this.#peer.output.write(encodeResumed(this.#channel, link.handle, id, tagBytes(tag), state));
    this.#count();
    return true;
  }

  /** True if one of the ids is not settled. */
  knows(first: number, last: number): boolean {
    return this.#deliveries.some(first, last);
  }

  /** Writes a delivery. Called in the dispatch phase. */
  deliver(link: SenderLink, message: Message, entry: number, attempts: number): void {
    const id = this.#nextDeliveryId;
    this.#nextDeliveryId = (id + 1) >>> 0;
    const settled = link.presettled;
    if (!settled) this.#deliveries.add(id, link, entry);
    const peer = this.#peer;
    const size = planDelivery(message, attempts, peer.broker.turn.nowMs, plan);
    const whole = size <= peer.payloadBytesMax;
    const bytes = whole ? size : peer.payloadBytesMax;
    const { output } = peer;
    const at = output.reserve(TRANSFER_HEAD_BYTES_MAX + bytes);
    const { buffer } = output;
    const body = writeTransfer(
      buffer,
      at,
      this.#channel,
      link.handle,
      id,
      tagOf(link, id),
      settled,
      !whole,
    );
    const end = copyDelivery(plan, 0, bytes, buffer, body);
    sealFrame(buffer, at, end);
    output.length = end;
    this.#count();
    if (!whole) {
      const half = { link, plan, size, at: bytes };
      if (!this.#continue(half)) this.#keep(half, message, attempts);
    }
    if (this.#blocked) this.#hold();
    peer.valve.check();
  }

  /** The peer says how many more transfers it takes, counted from one that it names. */
  setWindow(window: number): void {
    this.#window = window;
    if (this.#blocked) this.#hold();
    this.#resume();
  }

  /** The peer settled a range of ids; returns how many of them were open. */
  settle(first: number, last: number, state: DeliveryState | undefined): number {
    const settled = this.#deliveries.settle(first, last, state);
    if (settled > 0 && this.#held) this.#resume();
    return settled;
  }

  /** The socket has room again. */
  writable(): void {
    if (this.#half !== undefined) this.#resume();
  }

  /** The session is over; its links have removed their consumers. */
  close(): void {
    this.#setHalf(undefined);
  }

  get #blocked(): boolean {
    return (
      this.#window <= 0 ||
      this.#half !== undefined ||
      this.#deliveries.open >= amqpLimits.unsettledMax
    );
  }

  /** Goes on with what was half written, and lets the consumers go on if nothing is in the way. */
  #resume(): void {
    const half = this.#half;
    if (half !== undefined) {
      if (!this.#continue(half)) return;
      this.#setHalf(undefined);
    }
    if (!this.#held || this.#blocked) return;
    this.#held = false;
    for (const consumer of this.#consumers) {
      consumer.resume();
      this.#peer.valve.add(consumer);
    }
  }

  #hold(): void {
    if (this.#held) return;
    this.#held = true;
    for (const consumer of this.#consumers) {
      this.#peer.valve.remove(consumer);
      consumer.suspend();
    }
  }

  /** Keeps the rest of a message for later; a plan is good for as long as its message is kept. */
  #keep(half: HalfWritten, message: Message, attempts: number): void {
    message.keep();
    const own = new DeliveryPlan();
    const size = planDelivery(message, attempts, this.#peer.broker.turn.nowMs, own);
    this.#setHalf({ link: half.link, plan: own, size, at: half.at });
  }

  /** Writes the frames after the first; false if it had to stop before the last. */
  #continue(half: HalfWritten): boolean {
    const { output, payloadBytesMax } = this.#peer;
    const { size } = half;
    while (half.at < size) {
      if (this.#window <= 0 || output.congested) return false;
      const bytes = Math.min(size - half.at, payloadBytesMax);
      const more = half.at + bytes < size;
      const at = output.reserve(TRANSFER_HEAD_BYTES_MAX + bytes);
      const { buffer } = output;
      const body = writeTransferContinuation(buffer, at, this.#channel, half.link.handle, more);
      const end = copyDelivery(half.plan, half.at, bytes, buffer, body);
      sealFrame(buffer, at, end);
      output.length = end;
      half.at += bytes;
      this.#count();
    }
    return true;
  }

  #count(): void {
    this.nextId = (this.nextId + 1) >>> 0;
    this.#window--;
  }

  #setHalf(half: HalfWritten | undefined): void {
    if (half !== undefined && this.#half === undefined) this.#peer.stalled++;
    if (half === undefined && this.#half !== undefined) this.#peer.stalled--;
    this.#half = half;
  }
}

/** Tags count for themselves; those of a link that may be resumed are its own for ever. */
function tagOf(link: SenderLink, id: number): number {
  return link.epoch === 0 ? id : link.epoch * 0x1_0000_0000 + id;
}
