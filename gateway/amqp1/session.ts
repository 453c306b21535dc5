// One session: a pair of channels with the links on them. Routes frames to links by handle, keeps
// the window for what comes in, and closes no more than what an error names. What goes out is in
// `outgoing.ts`, what is said of that which comes in `incoming.ts`, how links are opened in
// `open-link.ts`. [AMQP 2.5, 2.6]
//
// A slot for each handle of the peer:
//
//     free ── attach ──► SenderLink | ReceiverLink ── detach from the peer, answered ──► free
//      ▲                      │ error of the peer, stolen name
//      │                      ▼
//      └── detach ────────  Remnant: our detach is sent, theirs is not here yet; frames are ignored

import { BrokerError } from '#broker';
import { checkAttach } from './attach.ts';
import { fitting } from './attach-frame.ts';
import { type DeliveryState, errorInfo } from './delivery-state.ts';
import type { Ending } from './detached-links.ts';
import type { DispositionFields } from './disposition.ts';
import { type Condition, conditionOf, ProtocolError } from './errors.ts';
import { FLOW_BYTES_MAX, FlowFields, writeFlow } from './flow.ts';
import { Incoming } from './incoming.ts';
import { amqpLimits } from './limits.ts';
import { openReceiver, openSender } from './open-link.ts';
import { Outgoing } from './outgoing.ts';
import { ahead, linkKey, type Peer } from './peer.ts';
import { type Attach, type Begin, type Detach, type Draft, encodeFrame } from './performatives.ts';
import type { ReceiverLink } from './receiver-link.ts';
import type { SenderLink } from './sender-link.ts';
import { Settlements } from './settlements.ts';
import type { TransferFields } from './transfer.ts';

/** A link that we detached; its handles are in use until the peer has detached it as well. */
interface Remnant {
  readonly role: 'remnant';
  readonly handle: number;
}

type Link = SenderLink | ReceiverLink;
type Slot = Link | Remnant;

/** We never hold back what we may send: the peer's window does. */
const OUTGOING_WINDOW = 0x7fff_ffff;

/** Hot: one for all, filled and written in one go. */
const reply: FlowFields = new FlowFields();

export class Session {
  readonly peer: Peer;
  /** Our channel. */
  readonly channel: number;
  readonly outgoing: Outgoing;
  readonly #incoming: Incoming;
  readonly #settlements: Settlements;
  /** By the peer's handle. */
  readonly #slots: (Slot | undefined)[] = [];
  /** Our handles in use. */
  readonly #handles: boolean[] = [];
  readonly #handleMax: number;
  #nextIncomingId: number;
  /** How many more transfers may come before we say so again. */
  #incomingWindow: number = amqpLimits.incomingWindow;
  /** Links that have credit to grant. */
  #owing: ReceiverLink[] = [];
  #owes = false;
  #open = true;

  constructor(peer: Peer, channel: number, begin: Begin) {
    this.peer = peer;
    this.channel = channel;
    this.#handleMax = begin.handleMax;
    this.#nextIncomingId = begin.nextOutgoingId;
    this.outgoing = new Outgoing(peer, channel, begin.incomingWindow);
    this.#incoming = new Incoming(peer, channel, () => this.#confirmed());
    this.#settlements = new Settlements(peer.broker, peer.output, channel);
  }

  /** False once it has ended, or we have ended it and wait for the peer to. */
  get open(): boolean {
    return this.#open;
  }

  /** Deliveries that came and are not settled yet. */
  get unconfirmed(): number {
    return this.#incoming.waiting;
  }

  /** The answer to the peer's begin. */
  answer(remoteChannel: number): Buffer {
    return encodeFrame(this.channel, {
      kind: 'begin',
      remoteChannel,
      nextOutgoingId: this.outgoing.nextId,
      incomingWindow: this.#incomingWindow,
      outgoingWindow: OUTGOING_WINDOW,
      handleMax: amqpLimits.handleMax,
    });
  }

  /** [AMQP 2.6.3] */
  attach(attach: Attach): void {
    const { peer } = this;
    if (attach.handle > amqpLimits.handleMax) {
      throw new ProtocolError(
        'connection',
        'amqp:connection:framing-error',
        `handle ${attach.handle} exceeds handle-max ${amqpLimits.handleMax} [AMQP 2.7.2]`,
      );
    }
    if (this.#slots[attach.handle] !== undefined) {
      throw new ProtocolError(
        'session',
        'amqp:session:handle-in-use',
        `handle ${attach.handle} belongs to another link of this session [AMQP 2.8.17]`,
      );
    }
    const handle = this.#takeHandle();
    const key = linkKey(attach.role === 'sender' ? 'receiver' : 'sender', attach.name);
    const namesake = peer.links.get(key);
    namesake?.session.endLink(
      namesake,
      'amqp:link:stolen',
      `another link is attached with the name '${attach.name}' [AMQP 2.6.1]`,
    );
    // Whatever becomes of the attach, the handles are in use until the peer detaches.
    this.#slots[attach.handle] = { role: 'remnant', handle };
    let answer: Draft<Attach>;
    try {
      checkAttach(attach);
      const opened =
        attach.role === 'sender'
          ? openReceiver(this, attach, handle, key)
          : openSender(this, attach, handle, key);
      this.#slots[attach.handle] = opened.link;
      peer.links.set(key, opened.link);
      const { name, sndSettleMode } = attach;
      const role = attach.role === 'sender' ? 'receiver' : 'sender';
      const said = { kind: 'attach' as const, name, handle, role, sndSettleMode };
      const most = peer.frameSizeBytesMax;
      answer = fitting(this.channel, { ...said, ...opened.answer } as Draft<Attach>, most);
      opened.link.incomplete = answer.incompleteUnsettled === true;
    } catch (error) {
      this.#refuse(attach, handle, error);
      return;
    }
    this.#write(answer);
  }

  /** [AMQP 2.7.4] */
  flow(flow: FlowFields): void {
    const { outgoing } = this;
    // A peer that has not seen our begin counts from our first id, which is 0.
    const seen = Math.max(flow.nextIncomingId, 0);
    const onTheWay = ahead(outgoing.nextId, seen);
    if (onTheWay < 0) {
      throw new ProtocolError(
        'session',
        'amqp:invalid-field',
        `flow has next-incoming-id ${seen}, but the next transfer is ${outgoing.nextId}`,
      );
    }
    outgoing.setWindow(flow.incomingWindow - onTheWay);
    if (flow.handle >= 0) {
      const link = this.#linkOf(flow.handle, 'flow');
      if (link !== undefined) {
        try {
          link.flow(flow);
        } catch (error) {
          this.#linkFailed(link, error);
        }
      }
    } else if (flow.echo) {
      this.writeFlow(-1, -1, -1, false);
    }
  }

  /** [AMQP 2.7.5] */
  transfer(
    fields: TransferFields,
    buffer: Buffer,
    start: number,
    end: number,
    borrowed: boolean,
  ): void {
    if (this.#incomingWindow <= 0) {
      throw new ProtocolError(
        'session',
        'amqp:session:window-violation',
        `transfer ${this.#nextIncomingId} is outside the incoming window [AMQP 2.5.6]`,
      );
    }
    this.#nextIncomingId = (this.#nextIncomingId + 1) >>> 0;
    if (--this.#incomingWindow < amqpLimits.incomingWindow >>> 1) this.#owe();
    const link = this.#linkOf(fields.handle, 'transfer');
    if (link === undefined) return;
    if (link.role === 'sender') {
      throw new ProtocolError(
        'session',
        'amqp:not-allowed',
        `transfer on handle ${fields.handle}, whose receiver the peer is`,
      );
    }
    try {
      link.transfer(fields, buffer, start, end, borrowed);
    } catch (error) {
      this.#linkFailed(link, error);
    }
  }

  /** [AMQP 2.7.6] */
  disposition(fields: DispositionFields): void {
    const { first, last, state } = fields;
    if (ahead(last, first) < 0) {
      throw new ProtocolError(
        'session',
        'amqp:invalid-field',
        `disposition of the ids ${first}…${last}, which end before they begin [AMQP 2.7.6]`,
      );
    }
    if (fields.role === 'sender') {
      // In mode first we settle when they are safe, whatever the sender says of its own.
      if (!fields.settled) return;
      this.#incoming.settled(first, last);
      // What was unsettled may have held back credit.
      if (this.#owing.length > 0) this.#owe();
      return;
    }
    if (!fields.settled && !isOutcome(state)) return;
    if (state?.kind === 'transactional-state') {
      const work = this.peer.transactions.find(state.txnId);
      if (work === undefined) {
        // A controller may settle what the end of the transaction has settled already.
        if (!this.outgoing.knows(first, last)) return;
        throw new ProtocolError(
          'session',
          'amqp:transaction:unknown-id',
          `disposition belongs to transaction ${state.txnId.toString('hex')}, which is not known ` +
            '[AMQP 4.4.3]',
        );
      }
      if (!fields.settled) {
        // It stays with the peer until the transaction ends, however it ends. [AMQP 4.4.2]
        work.retireLater({ retire: () => this.#settle(first, last, false, state) });
        return;
      }
    }
    this.#settle(first, last, fields.settled, state);
  }

  #settle(first: number, last: number, settled: boolean, state: DeliveryState | undefined): void {
    const known = this.outgoing.settle(first, last, state);
    // A receiver in mode second waits for us to settle. [AMQP 2.6.12]
    const outcome = state?.kind === 'transactional-state' ? state.outcome : state;
    if (!settled && outcome !== undefined && known > 0) {
      this.#settlements.settle(first, last, outcome, outcome === state);
    }
  }

  /** [AMQP 2.6.5, 2.6.6] */
  detach(detach: Detach): void {
    const slot = this.#slots[detach.handle];
    if (slot === undefined) throw unattached(detach.handle, 'detach');
    this.#slots[detach.handle] = undefined;
    this.#handles[slot.handle] = false;
    this.peer.handles--;
    if (slot.role === 'remnant') return;
    const { handle } = slot;
    try {
      this.#release(slot, detach.closed ? 'closed' : 'link');
    } catch (error) {
      const { condition, message } = reasonOf(error);
      this.peer.complain('link', condition, message);
      this.#write({ kind: 'detach', handle, closed: true, error: errorInfo(condition, message) });
      return;
    }
    this.#write({ kind: 'detach', handle, closed: detach.closed });
  }

  /** Another link has the name of this one now, on another connection. */
  steal(link: Link): void {
    this.endLink(link, 'amqp:link:stolen', 'another link is attached with its name [AMQP 2.6.1]');
  }

  /** Ends a link for a reason of ours; the peer has yet to detach it. */
  endLink(link: Link, condition: Condition, message: string): void {
    const at = this.#slots.indexOf(link);
    if (at < 0) return;
    this.peer.complain('link', condition, message);
    this.#release(link, 'link');
    this.#slots[at] = { role: 'remnant', handle: link.handle };
    const error = errorInfo(condition, message);
    this.#write({ kind: 'detach', handle: link.handle, closed: true, error });
  }

  /** A message is larger than the peer's max-message-size. Called while the link delivers. */
  tooLarge(link: SenderLink, bytes: number, most: number): void {
    const message = `message of ${bytes} bytes exceeds max-message-size ${most} [AMQP 2.7.3]`;
    link.pause();
    // The broker must not be called back while it delivers; the turn calls when it may be.
    const end = (): void => this.endLink(link, 'amqp:link:message-size-exceeded', message);
    this.peer.broker.turn.afterDispatch(end);
  }

  /** Takes the responsibility for a delivery, once the broker has it safe. */
  accept(id: number, position: number, state: DeliveryState): void {
    if (this.#incoming.accept(id, position, state)) this.#owe();
  }

  /** The same for a sender that settles after us. */
  acceptFirst(
    link: ReceiverLink,
    id: number,
    tag: string,
    position: number,
    state: DeliveryState,
  ): void {
    if (this.#incoming.acceptFirst(link, id, tag, position, state)) this.#owe();
  }

  /** Says what became of a delivery, and settles it. */
  conclude(id: number, state: DeliveryState): void {
    this.#incoming.answer(id, state);
  }

  /** The link has credit to grant. */
  owesCredit(link: ReceiverLink): void {
    this.#owing.push(link);
    this.#owe();
  }

  /** Writes what has gathered while a chunk was eaten. */
  settleUp(): void {
    this.#owes = false;
    if (!this.#open) return;
    this.#incoming.flush();
    if (this.#owing.length > 0) {
      for (const link of this.#owing) link.settleUp();
      this.#owing = this.#owing.filter((link) => link.owesCredit);
    }
    if (this.#incomingWindow < amqpLimits.incomingWindow >>> 1) this.writeFlow(-1, -1, -1, false);
  }

  /** Writes a flow of the session, and of a link unless `handle` is -1. */
  writeFlow(
    handle: number,
    deliveryCount: number,
    credit: number,
    drain: boolean,
    available = -1,
  ): void {
    // All that came was absorbed, so that the whole window is free again.
    this.#incomingWindow = amqpLimits.incomingWindow;
    reply.nextIncomingId = this.#nextIncomingId;
    reply.incomingWindow = this.#incomingWindow;
    reply.nextOutgoingId = this.outgoing.nextId;
    reply.outgoingWindow = OUTGOING_WINDOW;
    reply.handle = handle;
    reply.deliveryCount = deliveryCount;
    reply.linkCredit = credit;
    reply.drain = drain;
    reply.available = available;
    const { output } = this.peer;
    const at = output.reserve(FLOW_BYTES_MAX);
    output.length = writeFlow(output.buffer, at, this.channel, reply);
  }

  /** Gives everything back; says nothing. `lost`: the peer may have seen what was out with it. */
  close(ending: Ending, lost = false): void {
    if (!this.#open) return;
    this.#open = false;
    for (const slot of this.#slots) {
      if (slot === undefined) continue;
      this.peer.handles--;
      if (slot.role !== 'remnant') this.#release(slot, ending, lost);
    }
    this.#slots.length = 0;
    this.#owing = [];
    this.#incoming.close();
    this.#settlements.close();
    this.outgoing.close();
    this.peer.gateway.detached.ended(this);
  }

  /** Answers with an attach without the terminus in question, and a detach. [AMQP 2.6.3] */
  #refuse(attach: Attach, handle: number, error: unknown): void {
    const { condition, message } = reasonOf(error);
    const sending = attach.role === 'receiver';
    this.#write({
      kind: 'attach',
      name: attach.name,
      handle,
      role: sending ? 'sender' : 'receiver',
      sndSettleMode: Math.min(attach.sndSettleMode, 2),
      rcvSettleMode: 0,
      ...(sending && attach.target && { target: attach.target }),
      ...(!sending && attach.source && { source: attach.source }),
      ...(sending && { initialDeliveryCount: 0 }),
    });
    this.peer.complain('link', condition, message);
    this.#write({ kind: 'detach', handle, closed: true, error: errorInfo(condition, message) });
  }

  /** Detaches the link if the error is of its scope; else the error goes on. */
  #linkFailed(link: Link, error: unknown): void {
    if (error instanceof ProtocolError && error.scope !== 'link') throw error;
    const { condition, message } = reasonOf(error);
    this.endLink(link, condition, message);
  }

  #release(link: Link, ending: Ending | 'closed', lost = false): void {
    if (this.peer.links.get(link.key) === link) this.peer.links.delete(link.key);
    if (link.role === 'receiver') this.#incoming.forget(link);
    link.close(ending, lost);
  }

  /** The link of a handle; undefined if we detached it and the peer does not know yet. */
  #linkOf(handle: number, performative: string): Link | undefined {
    const slot = this.#slots[handle];
    if (slot === undefined) throw unattached(handle, performative);
    return slot.role === 'remnant' ? undefined : slot;
  }

  #takeHandle(): number {
    const most = amqpLimits.handlesPerConnectionMax;
    if (this.peer.handles >= most) {
      throw limitExceeded(`a connection has at most ${most} links`);
    }
    const free = this.#handles.indexOf(false);
    const handle = free < 0 ? this.#handles.length : free;
    if (handle > this.#handleMax) {
      throw limitExceeded(`the peer takes no handle beyond ${this.#handleMax}`);
    }
    this.#handles[handle] = true;
    this.peer.handles++;
    return handle;
  }

  #confirmed(): void {
    if (this.#owing.length > 0) this.settleUp();
  }

  #owe(): void {
    if (this.#owes) return;
    this.#owes = true;
    this.peer.owes(this);
  }

  #write(performative: Draft<Attach> | Draft<Detach>): void {
    const frame = encodeFrame(this.channel, performative);
    const most = this.peer.frameSizeBytesMax;
    if (frame.length > most) {
      throw new ProtocolError(
        'session',
        'amqp:frame-size-too-small',
        `${performative.kind} of ${frame.length} bytes exceeds max-frame-size ${most} of the peer`,
      );
    }
    this.peer.output.write(frame);
  }
}

/** What the peer is told of an error: of its own, or of the broker. Others are ours, and fatal. */
function reasonOf(error: unknown): { readonly condition: Condition; readonly message: string } {
  if (error instanceof BrokerError) {
    return { condition: conditionOf[error.code], message: error.message };
  }
  if (error instanceof ProtocolError) return error;
  throw error;
}

function isOutcome(state: DeliveryState | undefined): boolean {
  return state !== undefined && state.kind !== 'received';
}

function unattached(handle: number, performative: string): ProtocolError {
  return new ProtocolError(
    'session',
    'amqp:session:unattached-handle',
    `${performative} on handle ${handle}, to which no link is attached [AMQP 2.8.17]`,
  );
}

function limitExceeded(message: string): ProtocolError {
  return new ProtocolError('session', 'amqp:resource-limit-exceeded', message);
}
