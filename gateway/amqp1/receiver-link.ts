// A link on which we receive: a producer of the broker in AMQP's clothes. Grants credit, puts
// messages together from their frames, and knows which deliveries are not settled. Where whole
// messages go is their intake's business. [AMQP 2.6.7, 2.6.12-2.6.14]
//
// A message in one frame goes from the read chunk to the broker without a copy. Credit is topped up
// when half of it is used, in one flow for all that a chunk brought.
//
// Settlement in mode `second`: we say accepted and wait for the sender to settle; until then its tag
// is in `unsettled`, so that a sender that lost us finds out that it need not send again.

import type { Address, ProducerSink } from '#broker';
import { Assembly } from './assembly.ts';
import { ACCEPTED, type DeliveryState } from './delivery-state.ts';
import { detachedKey, type Ending, type Expiry } from './detached-links.ts';
import type { DynamicNode } from './dynamic-nodes.ts';
import { ProtocolError } from './errors.ts';
import type { FlowFields } from './flow.ts';
import { Arrival, type Intake } from './intake.ts';
import { amqpLimits } from './limits.ts';
import { ahead, type Peer } from './peer.ts';
import { ReceiverRemains } from './receiver-remains.ts';
import type { Session } from './session.ts';
import type { TransferFields } from './transfer.ts';

const TAG_BYTES_MAX = 32;

export interface ReceiverLinkOptions {
  readonly key: string;
  /** Ours. */
  readonly handle: number;
  /** The sender understands `rejected`; else a refused message closes the link. [AMQP 3.5.3] */
  readonly rejectable: boolean;
  readonly initialDeliveryCount: number;
  /** The sender settles after us. [AMQP 2.8.3] */
  readonly second: boolean;
  /** Tags, in hex, that a link of this name left unsettled before. */
  readonly unsettled?: Map<string, DeliveryState> | undefined;
}

/** Hot: one for all, as a message is taken in one go. */
const arrival: Arrival = new Arrival();

export class ReceiverLink implements ProducerSink {
  readonly role = 'receiver';
  readonly key: string;
  readonly handle: number;
  readonly session: Session;
  readonly rejectable: boolean;
  readonly second: boolean;
  /** In mode second: what we accepted and the sender has not settled, by tag in hex. */
  readonly unsettled: Map<string, DeliveryState>;
  /** Of a terminus that keeps what is unsettled when the link is detached. */
  expiry: Expiry | undefined = undefined;
  /** The dynamic node that it feeds. */
  node: DynamicNode | undefined = undefined;
  /** The node was made for this link. */
  maker = false;
  /** Our map of unsettled deliveries did not fit: nothing new may come on this link. */
  incomplete = false;
  /** Where it leads; undefined: to no one destination. */
  address: Address | undefined = undefined;
  readonly #peer: Peer;
  #intake: Intake | undefined;
  #deliveryCount: number;
  #credit = 0;
  #assembly: Assembly | undefined;
  /** Tag of the delivery under way; kept in mode second only. */
  #tag = '';
  /** The sender wants this delivery settled as in mode first. [AMQP 2.7.5] */
  #first = false;
  #owesCredit = false;
  #creditMost: number = amqpLimits.linkCredit;
  /** The destination has no room: nobody gets more credit for it. */
  #full = false;

  constructor(session: Session, options: ReceiverLinkOptions) {
    this.session = session;
    this.#peer = session.peer;
    this.key = options.key;
    this.handle = options.handle;
    this.rejectable = options.rejectable;
    this.second = options.second;
    this.unsettled = options.unsettled ?? new Map();
    this.#deliveryCount = options.initialDeliveryCount;
  }

  /** Where its messages go; given once, and then there is credit. */
  set intake(intake: Intake) {
    this.#intake = intake;
    this.#oweCredit();
  }

  /** Takes one transfer frame, whose payload is `buffer[start…end)`. [AMQP 2.7.5] */
  transfer(
    fields: TransferFields,
    buffer: Buffer,
    start: number,
    end: number,
    borrowed: boolean,
  ): void {
    if (this.#assembly !== undefined) {
      this.#continue(this.#assembly, fields, buffer, start, end);
      return;
    }
    this.#begin(fields);
    if (fields.aborted) return;
    if (this.second) {
      this.#tag = buffer.toString('hex', fields.tagStart, fields.tagEnd);
      this.#first = fields.rcvSettleMode === 0;
    }
    if (fields.more || fields.resume) {
      if (fields.resume) this.#resumed(fields);
      this.#assembly = new Assembly(fields.deliveryId, fields.settled, fields.resume);
      this.#assembly.state = fields.state;
      this.#gather(this.#assembly, buffer, start, end);
      if (!fields.more) this.#forgetAssembly();
      return;
    }
    this.#take(fields.deliveryId, fields.settled, fields.state, buffer, start, end, borrowed);
  }

  /**
   * Takes the responsibility for a delivery, once the broker has it safe.
   *
   * @param state - what the sender is told; default: accepted
   */
  accept(id: number, position: number, state: DeliveryState = ACCEPTED): void {
    if (this.second && !this.#first) {
      this.unsettled.set(this.#tag, state);
      this.session.acceptFirst(this, id, this.#tag, position, state);
    } else {
      this.session.accept(id, position, state);
    }
  }

  /** Tells the sender what became of a delivery, and settles it. */
  answer(id: number, state: DeliveryState): void {
    this.session.conclude(id, state);
  }

  /** The sender has settled a delivery of mode second. */
  settled(tag: string): void {
    this.unsettled.delete(tag);
  }

  /** Takes the link's part of a flow from the sender. [AMQP 2.6.7] */
  flow(flow: FlowFields): void {
    const skipped = flow.deliveryCount < 0 ? 0 : ahead(flow.deliveryCount, this.#deliveryCount);
    if (skipped > 0) {
      this.#deliveryCount = flow.deliveryCount;
      this.#credit = Math.max(0, this.#credit - skipped);
      this.#checkCredit();
    }
    if (flow.echo) this.#say();
  }

  /** Grants what is due; called by the session, once for all that a chunk brought. */
  settleUp(): void {
    if (!this.#owesCredit) return;
    // Whoever sends faster than the journal writes waits: what is unconfirmed stays bounded.
    if (this.#full || this.session.unconfirmed >= amqpLimits.unconfirmedMax) return;
    if (this.unsettled.size >= amqpLimits.unconfirmedMax) return;
    this.#creditMost = this.#roomOf(this.address);
    this.#credit = this.#creditMost;
    this.#grant();
  }

  /** Credit is due but could not be granted yet. */
  get owesCredit(): boolean {
    return this.#owesCredit;
  }

  /** The destination is full, or has room again. Credit that is out already may still be used. */
  blocked(full: boolean): void {
    this.#full = full;
    if (!full && this.#owesCredit) this.session.settleUp();
  }

  close(ending: Ending | 'closed', _lost = false): void {
    this.#forgetAssembly();
    this.#owesCredit = false;
    this.#intake?.close();
    const { gateway, connection, home } = this.#peer;
    if (this.node !== undefined) {
      gateway.nodes.leave(this.node, this.maker ? connection : undefined);
    }
    if (this.expiry === undefined || ending === 'closed' || this.unsettled.size === 0) return;
    if (!gateway.detached.hasRoom(this.unsettled.size)) return;
    const remains = new ReceiverRemains(this.expiry, this.unsettled);
    const key = detachedKey(home, this.key);
    gateway.detached.keep(key, remains, ending, [this.session, this.#peer]);
  }

  /** Checks the first frame of a delivery, and counts it. */
  #begin(fields: TransferFields): void {
    if (fields.deliveryId < 0) throw invalid('session', 'the first transfer has no delivery-id');
    if (this.#credit <= 0) {
      throw new ProtocolError(
        'link',
        'amqp:link:transfer-limit-exceeded',
        `transfer without credit, delivery-count ${this.#deliveryCount} [AMQP 2.6.7]`,
      );
    }
    if (this.incomplete && !fields.resume) {
      throw new ProtocolError(
        'link',
        'amqp:not-allowed',
        'a new delivery, but our map of unsettled ones was not complete [AMQP 2.7.3]',
      );
    }
    const tagBytes = fields.tagEnd - fields.tagStart;
    if (fields.tagStart < 0 || tagBytes > TAG_BYTES_MAX) {
      const came = fields.tagStart < 0 ? 'no delivery-tag' : `a delivery-tag of ${tagBytes} bytes`;
      throw invalid('link', `the first transfer has ${came}, expected 0…${TAG_BYTES_MAX} bytes`);
    }
    if (fields.rcvSettleMode > 0 && !(this.second && fields.rcvSettleMode === 1)) {
      throw invalid('link', `rcv-settle-mode ${fields.rcvSettleMode} is not that of the link`);
    }
    if (fields.messageFormat > 0) {
      throw new ProtocolError(
        'link',
        'amqp:not-implemented',
        `message-format ${fields.messageFormat} is not supported, only 0 is [AMQP 2.8.11]`,
      );
    }
    this.#deliveryCount = (this.#deliveryCount + 1) >>> 0;
    this.#credit--;
    this.#checkCredit();
  }

  #continue(
    assembly: Assembly,
    fields: TransferFields,
    buffer: Buffer,
    start: number,
    end: number,
  ): void {
    if (fields.deliveryId >= 0 && fields.deliveryId !== assembly.deliveryId) {
      throw invalid(
        'session',
        `delivery ${fields.deliveryId} begins while ${assembly.deliveryId} is not complete`,
      );
    }
    if (fields.settled) assembly.settled = true;
    if (fields.state !== undefined) assembly.state = fields.state;
    if (fields.aborted) {
      this.#forgetAssembly();
      return;
    }
    this.#gather(assembly, buffer, start, end);
    if (fields.more) return;
    const { deliveryId, settled, state, resumed } = assembly;
    const whole = resumed ? undefined : assembly.whole();
    this.#forgetAssembly();
    if (whole !== undefined) this.#take(deliveryId, settled, state, whole, 0, whole.length, false);
  }

  /**
   * A delivery goes on that began before the link was lost. We keep nothing but outcomes: what has
   * none with us is unknown, and to be ignored. [AMQP 2.6.13, 2.7.5]
   */
  #resumed(fields: TransferFields): void {
    const state = this.unsettled.get(this.#tag);
    if (state === undefined) return;
    if (fields.settled) this.unsettled.delete(this.#tag);
    else this.session.acceptFirst(this, fields.deliveryId, this.#tag, 0, state);
  }

  #gather(assembly: Assembly, buffer: Buffer, start: number, end: number): void {
    const peer = this.#peer;
    const size = assembly.byteLength + end - start;
    if (size > peer.broker.limits.messageBytesMax) {
      throw new ProtocolError(
        'link',
        'amqp:link:message-size-exceeded',
        `message of more than ${peer.broker.limits.messageBytesMax} bytes [AMQP 2.7.3]`,
      );
    }
    peer.assemblyBytes += end - start;
    assembly.add(buffer, start, end);
    if (peer.assemblyBytes > amqpLimits.assemblyBytesMax) {
      throw new ProtocolError(
        'connection',
        'amqp:resource-limit-exceeded',
        `unfinished messages of more than ${amqpLimits.assemblyBytesMax} bytes`,
      );
    }
  }

  #forgetAssembly(): void {
    this.#peer.assemblyBytes -= this.#assembly?.byteLength ?? 0;
    this.#assembly = undefined;
  }

  #take(
    id: number,
    settled: boolean,
    state: DeliveryState | undefined,
    buffer: Buffer,
    start: number,
    end: number,
    borrowed: boolean,
  ): void {
    arrival.id = id;
    arrival.settled = settled;
    arrival.state = state;
    arrival.buffer = buffer;
    arrival.start = start;
    arrival.end = end;
    arrival.borrowed = borrowed;
    this.#intake?.take(arrival);
  }

  #checkCredit(): void {
    // Hot: the flag spares all but one call in half a window.
    if (this.#credit > this.#creditMost >>> 1 || this.#owesCredit) return;
    this.#oweCredit();
  }

  #oweCredit(): void {
    this.#owesCredit = true;
    this.session.owesCredit(this);
  }

  /** Whoever is told to wait when a destination is full must not have more under way than fits. */
  #roomOf(address: Address | undefined): number {
    const destination = address && this.#peer.broker.find(address);
    const { whenFull, messagesMax = 0 } = destination?.settings ?? {};
    if (whenFull !== 'block' || messagesMax === 0) return amqpLimits.linkCredit;
    const room = messagesMax - (destination?.messages ?? 0);
    return Math.max(1, Math.min(amqpLimits.linkCredit, room));
  }

  #grant(): void {
    this.#owesCredit = false;
    this.#say();
  }

  #say(): void {
    this.session.writeFlow(this.handle, this.#deliveryCount, this.#credit, false);
  }
}

function invalid(scope: 'session' | 'link', message: string): ProtocolError {
  return new ProtocolError(scope, 'amqp:invalid-field', `${message} [AMQP 2.7.5]`);
}
