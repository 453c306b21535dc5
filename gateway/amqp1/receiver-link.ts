// A link on which we receive: a producer of the broker in AMQP's clothes. Grants credit, puts
// messages together from their frames and sends them on. [AMQP 2.6.7, 2.6.12-2.6.14]
//
// A message in one frame goes from the read chunk to the broker without a copy. Credit is topped up
// when half of it is used, in one flow for all that a chunk brought.

import { type Address, BrokerError, Message, type Producer, type ProducerSink } from '#broker';
import { Assembly } from './assembly.ts';
import { errorInfo } from './delivery-state.ts';
import { type Condition, conditionOf, ProtocolError } from './errors.ts';
import type { FlowFields } from './flow.ts';
import { amqpLimits } from './limits.ts';
import { amqp1, MessageScan, scanMessage } from './message.ts';
import { ahead, type Peer } from './peer.ts';
import { Relay } from './relay.ts';
import type { Session } from './session.ts';
import type { TransferFields } from './transfer.ts';

const TAG_BYTES_MAX = 32;

export interface ReceiverLinkOptions {
  readonly key: string;
  /** Ours. */
  readonly handle: number;
  /** Where messages go; undefined: each names its own destination. */
  readonly address: Address | undefined;
  /** The sender understands `rejected`; else a refused message closes the link. [AMQP 3.5.3] */
  readonly rejectable: boolean;
  readonly initialDeliveryCount: number;
}

/** Hot: one for all, as a message is scanned and sent in one go. */
const scan: MessageScan = new MessageScan();

export class ReceiverLink implements ProducerSink {
  readonly role = 'receiver';
  readonly key: string;
  readonly handle: number;
  readonly session: Session;
  readonly #peer: Peer;
  readonly #producer: Producer | undefined = undefined;
  readonly #relay: Relay | undefined = undefined;
  readonly #rejectable: boolean;
  #deliveryCount: number;
  #credit = 0;
  #assembly: Assembly | undefined;
  #owesCredit = false;
  /** The destination has no room: nobody gets more credit for it. */
  #full = false;

  /** @throws {BrokerError} as `openProducer` */
  constructor(session: Session, options: ReceiverLinkOptions) {
    this.session = session;
    this.#peer = session.peer;
    this.key = options.key;
    this.handle = options.handle;
    const { broker, connection } = session.peer;
    if (options.address === undefined) this.#relay = new Relay(broker, connection);
    else this.#producer = connection.openProducer(options.address, this);
    this.#rejectable = options.rejectable;
    this.#deliveryCount = options.initialDeliveryCount;
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
    if (fields.more) {
      this.#assembly = new Assembly(fields.deliveryId, fields.settled);
      this.#gather(this.#assembly, buffer, start, end);
      return;
    }
    this.#send(fields.deliveryId, fields.settled, buffer, start, end, borrowed);
  }

  /** Takes the link's part of a flow from the sender. [AMQP 2.6.7] */
  flow(flow: FlowFields): void {
    const skipped = flow.deliveryCount < 0 ? 0 : ahead(flow.deliveryCount, this.#deliveryCount);
    if (skipped > 0) {
      this.#deliveryCount = flow.deliveryCount;
      this.#credit = Math.max(0, this.#credit - skipped);
      this.#checkCredit();
    }
    if (flow.echo && !this.#owesCredit) this.#grant();
  }

  /** Grants what is due; called by the session, once for all that a chunk brought. */
  settleUp(): void {
    if (!this.#owesCredit) return;
    // Whoever sends faster than the journal writes waits: what is unconfirmed stays bounded.
    if (this.#full || this.session.unconfirmed >= amqpLimits.unconfirmedMax) return;
    this.#credit = amqpLimits.linkCredit;
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

  close(): void {
    this.#forgetAssembly();
    this.#owesCredit = false;
    this.#producer?.close();
    this.#relay?.close();
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
    const tagBytes = fields.tagEnd - fields.tagStart;
    if (fields.tagStart < 0 || tagBytes > TAG_BYTES_MAX) {
      const came = fields.tagStart < 0 ? 'no delivery-tag' : `a delivery-tag of ${tagBytes} bytes`;
      throw invalid('link', `the first transfer has ${came}, expected 0…${TAG_BYTES_MAX} bytes`);
    }
    if (fields.messageFormat > 0) {
      throw new ProtocolError(
        'link',
        'amqp:not-implemented',
        `message-format ${fields.messageFormat} is not supported, only 0 is [AMQP 2.8.11]`,
      );
    }
    if (fields.state?.kind === 'transactional-state') {
      throw new ProtocolError(
        'link',
        'amqp:transaction:unknown-id',
        'transfer belongs to a transaction that was not declared here [AMQP 4.4.1]',
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
    if (fields.aborted) {
      this.#forgetAssembly();
      return;
    }
    this.#gather(assembly, buffer, start, end);
    if (fields.more) return;
    const whole = assembly.whole();
    this.#forgetAssembly();
    this.#send(assembly.deliveryId, assembly.settled, whole, 0, whole.length, false);
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

  #send(
    id: number,
    settled: boolean,
    buffer: Buffer,
    start: number,
    end: number,
    borrowed: boolean,
  ): void {
    let position: number;
    try {
      scanMessage(buffer, start, end, this.#peer.nowMs, scan);
      // A ttl was counted from message time already; the absolute time is of the peer's clock.
      if (scan.ttlMs === 0 && scan.expiresAt !== 0) {
        scan.expiresAt = Math.max(1, scan.expiresAt + this.#peer.shiftMs);
      }
      const message = new Message(amqp1, scan, buffer, start, end, borrowed);
      const producer = this.#producer ?? (this.#relay as Relay).producerFor(buffer, scan);
      position = producer.send(message);
    } catch (error) {
      if (!(error instanceof BrokerError)) throw error;
      this.#refuse(id, settled, error, end - start);
      return;
    }
    if (!settled) this.session.accept(id, position);
  }

  /** The broker does not take a message: say so where the sender will hear it. */
  #refuse(id: number, settled: boolean, error: BrokerError, size: number): void {
    const tooLarge = size > this.#peer.broker.limits.messageBytesMax;
    const condition = tooLarge ? MESSAGE_SIZE_EXCEEDED : conditionOf[error.code];
    if (settled || tooLarge || !this.#rejectable) {
      throw new ProtocolError('link', condition, error.message, { cause: error });
    }
    this.session.reject(id, errorInfo(condition, error.message));
  }

  #checkCredit(): void {
    // Hot: the flag spares all but one call in half a window.
    if (this.#credit > amqpLimits.linkCredit >>> 1 || this.#owesCredit) return;
    this.#oweCredit();
  }

  #oweCredit(): void {
    this.#owesCredit = true;
    this.session.owesCredit(this);
  }

  #grant(): void {
    this.#owesCredit = false;
    this.session.writeFlow(this.handle, this.#deliveryCount, this.#credit, false);
  }
}

const MESSAGE_SIZE_EXCEEDED: Condition = 'amqp:link:message-size-exceeded';

function invalid(scope: 'session' | 'link', message: string): ProtocolError {
  return new ProtocolError(scope, 'amqp:invalid-field', `${message} [AMQP 2.7.5]`);
}
