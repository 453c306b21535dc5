// A link on which we send: a consumer of the broker in AMQP's clothes. Translates credit, drain
// and outcomes; the session's outgoing half writes the frames. [AMQP 2.6.7, 2.6.12, 3.4]
//
//     delivery-count ──────► limit          credit = limit - delivery-count, in serial numbers
//        sent so far          delivery-count + link-credit of the last flow
//
// Invariant: the consumer's credit in the broker is what the peer granted and has not had yet.

import { type Consumer, type ConsumerSink, type Message, Outcome } from '#broker';
import type { Sender } from './deliveries.ts';
import type { DeliveryState, Outcome as WireOutcome } from './delivery-state.ts';
import { ProtocolError } from './errors.ts';
import type { FlowFields } from './flow.ts';
import { ahead } from './peer.ts';
import type { Session } from './session.ts';

const CREDIT_MAX = 0x7fff_ffff;

export interface SenderLinkOptions {
  readonly key: string;
  /** Ours. */
  readonly handle: number;
  readonly presettled: boolean;
  /** What a settlement without outcome means; undefined: released. */
  readonly defaultOutcome: WireOutcome | undefined;
  /** Bytes of the largest message that the peer takes; 0: any. */
  readonly messageBytesMax: number;
}

export class SenderLink implements ConsumerSink, Sender {
  readonly role = 'sender';
  readonly key: string;
  readonly handle: number;
  readonly presettled: boolean;
  readonly session: Session;
  readonly #defaultOutcome: WireOutcome | undefined;
  readonly #messageBytesMax: number;
  #consumer: Consumer | undefined;
  #deliveryCount = 0;
  /** What the delivery count will be when the credit is used up. */
  #limit = 0;

  constructor(session: Session, options: SenderLinkOptions) {
    this.session = session;
    this.key = options.key;
    this.handle = options.handle;
    this.presettled = options.presettled;
    this.#defaultOutcome = options.defaultOutcome;
    this.#messageBytesMax = options.messageBytesMax;
  }

  /** The consumer whose sink this is. */
  set consumer(consumer: Consumer) {
    this.#consumer = consumer;
    this.session.outgoing.add(consumer);
  }

  /** Takes the link's part of a flow. [AMQP 2.6.7] */
  flow(flow: FlowFields): void {
    const consumer = this.#consumer;
    if (consumer === undefined) return;
    if (flow.linkCredit >= 0) {
      // A peer that has not seen our attach counts from the initial delivery count, which is 0.
      const from = Math.max(flow.deliveryCount, 0);
      const onTheWay = ahead(this.#deliveryCount, from);
      if (onTheWay < 0) {
        throw new ProtocolError(
          'link',
          'amqp:invalid-field',
          `flow has delivery-count ${from}, which is beyond the ${this.#deliveryCount} sent ` +
            '[AMQP 2.6.7]',
        );
      }
      // Serial numbers compare over half their range; more credit than that is as good as endless.
      const credit = Math.min(flow.linkCredit, CREDIT_MAX);
      this.#limit = (from + credit) >>> 0;
      consumer.setCredit(Math.max(0, credit - onTheWay));
    }
    if (flow.drain) consumer.drain();
    if (flow.echo && !flow.drain) this.#answer(false);
  }

  deliver(message: Message, entry: number, attempts: number): void {
    const most = this.#messageBytesMax;
    if (most > 0 && message.byteLength > most) {
      this.session.tooLarge(this, message.byteLength, most);
      return;
    }
    this.#deliveryCount = (this.#deliveryCount + 1) >>> 0;
    this.session.outgoing.deliver(this, message, entry, attempts);
  }

  drained(): void {
    if (ahead(this.#limit, this.#deliveryCount) > 0) this.#deliveryCount = this.#limit;
    this.#answer(true);
  }

  gone(reason: string): void {
    this.session.endLink(this, 'amqp:resource-deleted', reason);
  }

  settled(entry: number, state: DeliveryState | undefined): void {
    this.#consumer?.settle(entry, outcomeOf(state ?? this.#defaultOutcome));
  }

  /** Delivers nothing more, for it is about to be closed. */
  pause(): void {
    this.#consumer?.setCredit(0);
  }

  /** Ends the consumer: what is out with it goes back to its place. */
  close(): void {
    const consumer = this.#consumer;
    if (consumer === undefined) return;
    this.#consumer = undefined;
    this.session.outgoing.remove(this, consumer);
    this.session.peer.connection.closeConsumer(consumer);
  }

  #answer(drain: boolean): void {
    const credit = Math.max(0, ahead(this.#limit, this.#deliveryCount));
    this.session.writeFlow(this.handle, this.#deliveryCount, credit, drain);
  }
}

/** What an outcome of the wire means to the broker. [AMQP 3.4.2-3.4.5] */
function outcomeOf(state: DeliveryState | undefined): Outcome {
  switch (state?.kind) {
    case 'accepted':
      return Outcome.accepted;
    case 'rejected':
      return Outcome.rejected;
    case 'modified':
      // The broker cannot yet keep a message from one consumer only, so it becomes a dead letter.
      if (state.undeliverableHere === true) return Outcome.rejected;
      return state.deliveryFailed === true ? Outcome.failed : Outcome.released;
    default:
      return Outcome.released;
  }
}
