// Sends the messages of a link to its destination, or each to the one that it names itself.
// [AMQP 3.5.4] [AMQP Anonymous Terminus 2.2]
//
// Hot: a message goes from the read chunk to the broker without a copy.

import { BrokerError, Message, type Producer } from '#broker';
import { errorInfo } from './delivery-state.ts';
import { conditionOf, ProtocolError } from './errors.ts';
import type { Arrival, Intake } from './intake.ts';
import { amqp1, MessageScan, scanMessage } from './message.ts';
import type { Peer } from './peer.ts';
import type { ReceiverLink } from './receiver-link.ts';
import type { Relay } from './relay.ts';
import type { Work } from './transactions.ts';

/** Hot: one for all, as a message is scanned and sent in one go. */
const scan: MessageScan = new MessageScan();

export class DestinationIntake implements Intake {
  readonly #link: ReceiverLink;
  readonly #peer: Peer;
  readonly #producer: Producer | undefined;
  readonly #relay: Relay | undefined;

  /** Either a producer or a relay. */
  constructor(link: ReceiverLink, producer: Producer | undefined, relay: Relay | undefined) {
    this.#link = link;
    this.#peer = link.session.peer;
    this.#producer = producer;
    this.#relay = relay;
  }

  take(arrival: Arrival): void {
    const { buffer, start, end, state } = arrival;
    const work = state?.kind === 'transactional-state' ? this.#workOf(state.txnId) : undefined;
    let position = 0;
    try {
      scanMessage(buffer, start, end, this.#peer.nowMs, scan);
      if (this.#peer.shiftMs !== 0) shift(scan, this.#peer.shiftMs);
      const message = new Message(amqp1, scan, buffer, start, end, arrival.borrowed);
      const producer = this.#producer ?? (this.#relay as Relay).producerFor(buffer, scan);
      if (work === undefined) position = producer.send(message);
      else work.send(producer, message);
    } catch (error) {
      if (!(error instanceof BrokerError)) throw error;
      this.#refuse(arrival, work, error);
      return;
    }
    if (!arrival.settled) this.#link.accept(arrival.id, position, work?.accepted);
  }

  close(): void {
    this.#producer?.close();
    this.#relay?.close();
  }

  #workOf(txnId: Buffer): Work {
    const work = this.#peer.transactions.find(txnId);
    if (work !== undefined) return work;
    throw new ProtocolError(
      'link',
      'amqp:transaction:unknown-id',
      `transfer belongs to transaction ${txnId.toString('hex')}, which is not known [AMQP 4.4.1]`,
    );
  }

  /** The broker does not take a message: say so where the sender will hear it. */
  #refuse(arrival: Arrival, work: Work | undefined, error: BrokerError): void {
    const size = arrival.end - arrival.start;
    const tooLarge = size > this.#peer.broker.limits.messageBytesMax;
    const condition = tooLarge ? 'amqp:link:message-size-exceeded' : conditionOf[error.code];
    if (work !== undefined && arrival.settled) {
      // The discharge will tell of it.
      work.doom(error.message);
      return;
    }
    if (arrival.settled || tooLarge || !this.#link.rejectable) {
      throw new ProtocolError('link', condition, error.message, { cause: error });
    }
    const rejected = { kind: 'rejected', error: errorInfo(condition, error.message) } as const;
    this.#link.answer(
      arrival.id,
      work === undefined
        ? rejected
        : { kind: 'transactional-state', txnId: work.id, outcome: rejected },
    );
  }
}

/** Spans were counted from message time already; points in time are of the peer's clock. */
function shift(scanned: MessageScan, ms: number): void {
  if (scanned.ttlMs === 0 && scanned.expiresAt !== 0) {
    scanned.expiresAt = Math.max(1, scanned.expiresAt + ms);
  }
  if (scanned.deliverAtSaid) scanned.deliverAt = Math.max(1, scanned.deliverAt + ms);
}
