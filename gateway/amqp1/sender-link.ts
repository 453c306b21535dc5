// A link on which we send: a consumer of the broker in AMQP's clothes. Translates credit, drain
// and outcomes; the session's outgoing half writes the frames. [AMQP 2.6.7, 2.6.12, 3.4]
//
//     delivery-count ──────► limit          credit = limit - delivery-count, in serial numbers
//        sent so far          delivery-count + link-credit of the last flow
//
// Invariant: the consumer's credit in the broker is what the peer granted and has not had yet.

import { type Address, type Consumer, type ConsumerSink, type Message, Outcome } from '#broker';
import type { Sender } from './deliveries.ts';
import type { DeliveryState, Outcome as WireOutcome } from './delivery-state.ts';
import type { Ending } from './detached-links.ts';
import type { DynamicNode } from './dynamic-nodes.ts';
import { ProtocolError } from './errors.ts';
import type { FlowFields } from './flow.ts';
import { ahead } from './peer.ts';
import type { Resumption } from './sender-remains.ts';
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
  readonly address?: Address | undefined;
  /** First half of its delivery tags, if it may be resumed; 0: tags mean nothing. */
  readonly epoch?: number;
}

/** What becomes of the consumer of a link that may be left and found again. */
export interface Keeper {
  /**
   * Takes the consumer of a link that is detached and not closed for good.
   *
   * @param unsettled - tag and entry of each delivery that the peer has not settled
   */
  keep(
    unsettled: readonly (readonly [tag: number, entry: number])[],
    ending: Ending,
    lost: boolean,
  ): void;
  /** Ends the consumer of a link that is closed. */
  release(): void;
}

export class SenderLink implements ConsumerSink, Sender {
  readonly role = 'sender';
  readonly key: string;
  readonly handle: number;
  readonly presettled: boolean;
  readonly session: Session;
  readonly epoch: number;
  /** Undefined: its consumer ends with it. */
  keeper: Keeper | undefined = undefined;
  /** The dynamic node that it reads, which may end with the last message. */
  node: DynamicNode | undefined = undefined;
  /** The node was made for this link. */
  maker = false;
  /** Our map of unsettled deliveries was; what that means is for the peer to heed. */
  incomplete = false;
  readonly #atEnd: ((closed: boolean) => void)[] = [];
  readonly #address: Address | undefined;
  readonly #defaultOutcome: WireOutcome | undefined;
  readonly #messageBytesMax: number;
  #consumer: Consumer | undefined;
  #resumption: Resumption | undefined;
  #deliveryCount = 0;
  /** What the delivery count will be when the credit is used up. */
  #limit = 0;

  constructor(session: Session, options: SenderLinkOptions) {
    this.session = session;
    this.key = options.key;
    this.handle = options.handle;
    this.presettled = options.presettled;
    this.epoch = options.epoch ?? 0;
    this.#address = options.address;
    this.#defaultOutcome = options.defaultOutcome;
    this.#messageBytesMax = options.messageBytesMax;
  }

  /** The consumer whose sink this is. */
  set consumer(consumer: Consumer) {
    this.#consumer = consumer;
    this.session.outgoing.add(consumer);
  }

  /** What has to be said of deliveries of a link before, once there is credit. */
  set resumption(resumption: Resumption) {
    this.#resumption = resumption;
  }

  /** Takes the link's part of a flow. [AMQP 2.6.7] */
  flow(flow: FlowFields): void {
    const consumer = this.#consumer;
    if (consumer === undefined) return;
    if (flow.properties?.has('txn-id') === true) {
      throw new ProtocolError(
        'link',
        'amqp:not-implemented',
        'transactional acquisition is not supported [AMQP 4.4.3]',
      );
    }
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
      consumer.setCredit(this.#afterResumption(Math.max(0, credit - onTheWay)));
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
    if (this.node !== undefined && this.presettled) this.#checkNodeLater(this.node);
  }

  drained(): void {
    if (ahead(this.#limit, this.#deliveryCount) > 0) this.#deliveryCount = this.#limit;
    this.#answer(true);
  }

  gone(reason: string): void {
    this.session.endLink(this, 'amqp:resource-deleted', reason);
  }

  settled(entry: number, state: DeliveryState | undefined): void {
    const consumer = this.#consumer;
    if (state?.kind === 'transactional-state') {
      const work = this.session.peer.transactions.find(state.txnId);
      const outcome = outcomeOf(state.outcome ?? this.#defaultOutcome);
      // What was done in a transaction that failed comes back, and counts.
      if (work === undefined || work.doomed) consumer?.settle(entry, Outcome.failed);
      else consumer?.settle(entry, outcome, work.transaction);
    } else {
      consumer?.settle(entry, outcomeOf(state ?? this.#defaultOutcome));
    }
    if (this.node !== undefined) this.session.peer.gateway.nodes.check(this.node);
  }

  /** Delivers nothing more, for it is about to be closed. */
  pause(): void {
    this.#consumer?.setCredit(0);
  }

  /**
   * Ends the link. What is out with its consumer goes back to its place, unless it is kept.
   *
   * @param ending - `closed`: for good
   * @throws {BrokerError} if what the close asks for is refused; the link is gone all the same
   */
  close(ending: Ending | 'closed', lost = false): void {
    const consumer = this.#consumer;
    const { peer, outgoing } = this.session;
    if (consumer !== undefined) {
      this.#consumer = undefined;
      const unsettled = outgoing.remove(this, consumer);
      if (this.keeper === undefined) peer.connection.closeConsumer(consumer);
      else if (ending === 'closed') this.keeper.release();
      else this.keeper.keep(unsettled, ending, lost);
    }
    if (this.node !== undefined) {
      peer.gateway.nodes.leave(this.node, this.maker ? peer.connection : undefined);
    }
    for (const end of this.#atEnd.splice(0)) end(ending === 'closed');
  }

  /** Asks to be told when it is gone; `closed`: the peer has closed it for good. */
  atEnd(end: (closed: boolean) => void): void {
    this.#atEnd.push(end);
  }

  /** Says what is to be said of the links before; returns the credit that is left. */
  #afterResumption(credit: number): number {
    const resumption = this.#resumption;
    if (resumption === undefined) return credit;
    let left = credit;
    for (let next = resumption.next(); next !== undefined && left > 0; next = resumption.next()) {
      if (!this.session.outgoing.resume(this, next.tag, next.state)) break;
      resumption.said();
      this.#deliveryCount = (this.#deliveryCount + 1) >>> 0;
      left--;
    }
    if (resumption.next() !== undefined || resumption.incomplete) return 0;
    this.#resumption = undefined;
    return left;
  }

  #answer(drain: boolean): void {
    const credit = Math.max(0, ahead(this.#limit, this.#deliveryCount));
    const address = this.#address;
    const waiting =
      address === undefined ? undefined : this.session.peer.broker.find(address)?.shared?.ready;
    const available = drain ? 0 : (waiting ?? -1);
    this.session.writeFlow(this.handle, this.#deliveryCount, credit, drain, available);
  }

  /** The broker must not be called back while it delivers; the turn calls when it may be. */
  #checkNodeLater(node: DynamicNode): void {
    const { broker, gateway } = this.session.peer;
    broker.turn.afterDispatch(() => gateway.nodes.check(node));
  }
}

/** What an outcome of the wire means to the broker. [AMQP 3.4.2-3.4.5] */
export function outcomeOf(state: DeliveryState | undefined): Outcome {
  switch (state?.kind) {
    case 'accepted':
      return Outcome.accepted;
    case 'rejected':
      return Outcome.rejected;
    case 'modified':
      if (state.undeliverableHere === true) return Outcome.undeliverableHere;
      return state.deliveryFailed === true ? Outcome.failed : Outcome.released;
    default:
      return Outcome.released;
  }
}
