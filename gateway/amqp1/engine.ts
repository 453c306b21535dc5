// One AMQP 1.0 connection: protocol headers, SASL, open and close, and the idle time-outs. Owns no
// socket and no timer; what happens on an open connection is in `channels.ts` and below.
// [AMQP 2.2, 2.4, 5.3]
//
//     header ──► sasl ⇄ judging ──► second-header ──► opening ──► open ──► closing ──► ended
//        └──────────────(no SASL)────────────────────────▲          our close is sent,
//                                                                   theirs is not here yet
//
// Invariant: an error of the peer closes the scope that it names and is logged once; whatever comes
// afterwards in that scope is ignored until the peer has closed it as well.

import { type Broker, BrokerError, type Connection } from '#broker';
import type { Users } from '../auth.ts';
import type { Engine, Wire } from '../engine.ts';
import { gatewayLimits } from '../limits.ts';
import { Channels } from './channels.ts';
import { type ErrorInfo, errorInfo } from './delivery-state.ts';
import { type Condition, conditionOf, framingError, ProtocolError } from './errors.ts';
import { describeForeignBytes } from './foreign-bytes.ts';
import {
  EMPTY_FRAME,
  FRAME_TYPE_AMQP,
  FRAME_TYPE_SASL,
  Framer,
  type FrameSink,
  PROTOCOL_AMQP,
  PROTOCOL_SASL,
  protocolHeader,
} from './frame.ts';
import { amqpLimits } from './limits.ts';
import type { LinkStore } from './link-store.ts';
import {
  checkOpen,
  claimsContainerId,
  containerIdInUse,
  encodeOpen,
  type Identity,
} from './opening.ts';
import { Peer } from './peer.ts';
import {
  CLOSE,
  encodeFrame,
  type Open,
  performativeCode,
  readPerformative,
  SASL_MECHANISMS,
  type SaslPerformative,
} from './performatives.ts';
import { Sasl, type SaslEnd } from './sasl.ts';

type State =
  | { readonly kind: 'header' }
  | { readonly kind: 'sasl'; readonly sasl: Sasl }
  /** Whether the peer may come in is not known yet, or not to be told yet: nothing is read. */
  | { readonly kind: 'judging'; readonly end: SaslEnd | undefined }
  | { readonly kind: 'second-header'; readonly user: string | undefined }
  | { readonly kind: 'opening'; readonly user: string | undefined }
  | { readonly kind: 'open'; readonly peer: Peer; readonly channels: Channels }
  | { readonly kind: 'closing' }
  | { readonly kind: 'ended' };

/** Codes of a SASL outcome. [AMQP 5.3.3.6] */
const SASL_OK = 0;
const SASL_REFUSED = 1;
const SASL_TEMPORARY = 4;

const NEVER: number = Number.POSITIVE_INFINITY;

export class AmqpEngine implements Engine, FrameSink {
  readonly #broker: Broker;
  readonly #store: LinkStore;
  readonly #users: Users;
  readonly #identity: Identity;
  readonly #wire: Wire;
  readonly #framer: Framer;
  #state: State = { kind: 'header' };
  #headerSent = false;
  #openSent = false;
  /** When the last whole frame of the peer came, transport time. */
  #heardAt: number;
  #heard = false;
  /** Until when the handshake, and later the close, must be done. */
  #deadlineAt: number;
  /** We send an empty frame this often; NEVER if the peer does not ask for it. */
  #beatMs: number = NEVER;
  #nextBeatAt: number = NEVER;

  constructor(broker: Broker, store: LinkStore, users: Users, identity: Identity, wire: Wire) {
    this.#broker = broker;
    this.#store = store;
    this.#users = users;
    this.#identity = identity;
    this.#wire = wire;
    this.#framer = new Framer(this, amqpLimits.frameSizeBytesMaxBeforeOpen);
    this.#heardAt = wire.nowMs();
    this.#deadlineAt = this.#heardAt + gatewayLimits.handshakeMs;
    wire.wakeAt(this.#deadlineAt);
  }

  absorb(chunk: Buffer): void {
    if (this.#state.kind === 'open') {
      const { peer } = this.#state;
      peer.nowMs = this.#broker.host.messageTimeMs();
      peer.shiftMs = this.#broker.host.arrivalShiftMs();
    }
    try {
      if (this.#state.kind === 'judging' && this.#state.end !== undefined) {
        this.#concludeSasl(this.#state.end);
        this.#framer.release();
      }
      this.#framer.absorb(chunk);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#notFramed(error);
    }
    // Bytes that never become a frame are no sign of life: one a second could go on for ever.
    if (this.#heard) this.#heardAt = this.#wire.nowMs();
    this.#heard = false;
    if (this.#state.kind === 'open') this.#state.peer.settleUp();
  }

  writable(): void {
    if (this.#state.kind !== 'open') return;
    const { peer, channels } = this.#state;
    peer.valve.open();
    if (peer.stalled > 0) channels.writable();
  }

  tick(nowMs: number): void {
    const { kind } = this.#state;
    if (kind === 'ended') return;
    if (nowMs >= this.#deadlineAt) {
      if (kind !== 'closing') {
        this.#log('handshake timed out', { state: kind, afterMs: gatewayLimits.handshakeMs });
      }
      this.#end();
      return;
    }
    if (kind === 'open' && nowMs >= this.#heardAt + amqpLimits.idleTimeOutMs) {
      // It is most likely gone, and may have seen what is out with it.
      this.#giveBack(true);
      this.#fail(
        'amqp:resource-limit-exceeded',
        `nothing came for ${amqpLimits.idleTimeOutMs} ms [AMQP 2.4.5]`,
      );
    }
    if (nowMs >= this.#nextBeatAt) this.#beat(nowMs);
    this.#wakeNext();
  }

  goodbye(failure?: string): void {
    if (this.#state.kind === 'open') {
      const failed = failure !== undefined;
      const condition = failed ? 'amqp:internal-error' : 'amqp:connection:forced';
      this.#close(errorInfo(condition, failure ?? 'the broker is stopping'));
    } else if (this.#state.kind !== 'closing') {
      this.#end();
    }
  }

  closed(): void {
    // What was closed in due form has given everything back before.
    this.#giveBack(true);
    this.#state = { kind: 'ended' };
    this.#framer.stop();
  }

  /** @internal */
  onProtocolHeader(protocol: number, major: number, minor: number, revision: number): void {
    const { kind } = this.#state;
    const version1 = major === 1 && minor === 0 && revision === 0;
    if (version1 && kind === 'header' && protocol === PROTOCOL_SASL) {
      const sasl = new Sasl(this.#users, this.#wire.subject, (end) => this.#judged(end));
      this.#state = { kind: 'sasl', sasl };
      this.#sendHeader(PROTOCOL_SASL);
      this.#write(encodeFrame(0, { kind: 'sasl-mechanisms', mechanisms: sasl.mechanisms }));
    } else if (version1 && kind === 'second-header' && protocol === PROTOCOL_AMQP) {
      this.#state = { kind: 'opening', user: this.#state.user };
      this.#sendHeader(PROTOCOL_AMQP);
    } else if (version1 && kind === 'header' && protocol === PROTOCOL_AMQP) {
      if (!this.#welcomesUnasked()) {
        this.#answerForeign('an AMQP header without SASL, but clients must say who they are');
        return;
      }
      this.#state = { kind: 'opening', user: this.#users.certified(this.#wire.subject) };
      this.#sendHeader(PROTOCOL_AMQP);
    } else {
      const bytes = [0x41, 0x4d, 0x51, 0x50, protocol, major, minor, revision];
      this.#answerForeign(describeForeignBytes(Buffer.from(bytes)));
    }
  }

  /** @internal */
  onFrame(
    type: number,
    channel: number,
    buffer: Buffer,
    start: number,
    end: number,
    borrowed: boolean,
  ): void {
    const state = this.#state;
    this.#heard = true;
    try {
      if (state.kind !== 'open') {
        this.#early(type, buffer, start, end);
        return;
      }
      if (type !== FRAME_TYPE_AMQP) {
        throw framingError(`frame of type ${type}, expected ${FRAME_TYPE_AMQP} [AMQP 2.3.1]`);
      }
      if (start === end) return;
      const code = performativeCode(buffer, start, end);
      if (code === CLOSE) this.#closeCame(buffer, start, end);
      else state.channels.handle(code, channel, buffer, start, end, borrowed);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      if (state.kind === 'open' && error.scope === 'session') state.channels.fail(channel, error);
      else this.#fail(error.condition, error.message);
    }
  }

  /** A frame before the connection is open, or after we have closed it. */
  #early(type: number, buffer: Buffer, start: number, end: number): void {
    const state = this.#state;
    if (state.kind === 'ended') return;
    const code = start === end ? -1 : performativeCode(buffer, start, end);
    if (state.kind === 'closing') {
      if (code === CLOSE) this.#end();
      return;
    }
    const expected = state.kind === 'sasl' ? FRAME_TYPE_SASL : FRAME_TYPE_AMQP;
    if (type !== expected) {
      throw framingError(`frame of type ${type}, expected ${expected} [AMQP 2.3.1, 5.3.1]`);
    }
    // An empty frame says no more than that the peer is alive.
    if (code === -1) return;
    const body = readPerformative(buffer, start, end);
    if (state.kind === 'sasl' && code >= SASL_MECHANISMS) {
      this.#sasl(state.sasl, body as SaslPerformative);
    } else if (state.kind === 'opening' && body.kind === 'open') {
      this.#open(state.user, body);
    } else if (state.kind === 'opening' && body.kind === 'close') {
      this.#closeCame(buffer, start, end);
    } else {
      const wanted = state.kind === 'sasl' ? 'a SASL frame' : 'open';
      throw new ProtocolError(
        'connection',
        'amqp:illegal-state',
        `${body.kind} came first, expected ${wanted} [AMQP 2.4.1, 5.3.2]`,
      );
    }
  }

  #sasl(sasl: Sasl, said: SaslPerformative): void {
    const step = sasl.receive(said);
    if (step.kind === 'challenge') {
      this.#write(encodeFrame(0, { kind: 'sasl-challenge', challenge: step.challenge }));
    } else if (step.kind === 'waiting') {
      this.#state = { kind: 'judging', end: undefined };
      this.#framer.hold();
      this.#wire.pause();
    } else {
      this.#concludeSasl(step);
    }
  }

  /** What had to wait is known: the wire brings it back into a turn. */
  #judged(end: SaslEnd): void {
    if (this.#state.kind !== 'judging') return;
    this.#state = { kind: 'judging', end };
    this.#wire.resume();
  }

  #concludeSasl(end: SaslEnd): void {
    switch (end.kind) {
      case 'admitted':
        this.#sendOutcome(SASL_OK, end.data);
        this.#state = { kind: 'second-header', user: end.user };
        this.#framer.expectProtocolHeader();
        return;
      case 'busy':
        this.#log('refused', { reason: 'too many logins wait to be checked' });
        this.#sendOutcome(SASL_TEMPORARY);
        this.#end();
        return;
      case 'refused':
        this.#log('refused', { condition: 'amqp:unauthorized-access', reason: end.reason });
        this.#sendOutcome(SASL_REFUSED, end.data);
        this.#end();
    }
  }

  #sendOutcome(code: number, data?: string): void {
    const additionalData = data === undefined ? {} : { additionalData: Buffer.from(data) };
    this.#write(encodeFrame(0, { kind: 'sasl-outcome', code, ...additionalData }));
  }

  #open(user: string | undefined, open: Open): void {
    checkOpen(open);
    const broker = this.#broker;
    const peerName = this.#wire.peer;
    let connection: Connection | undefined;
    try {
      connection = broker.connect({
        protocol: 'amqp',
        peer: peerName,
        ...(user !== undefined && { user }),
      });
      if (claimsContainerId(open)) connection.claimClientId(open.containerId);
    } catch (error) {
      connection?.close();
      if (!(error instanceof BrokerError)) throw error;
      this.#refuseOpen(error);
      return;
    }
    this.#sendOpen(false);
    const { output } = this.#wire;
    const peer = new Peer(
      broker,
      this.#store,
      connection,
      open,
      output,
      (scope, condition, message) => this.#log('peer error', { scope, condition, message }),
    );
    peer.nowMs = broker.host.messageTimeMs();
    peer.shiftMs = broker.host.arrivalShiftMs();
    this.#state = { kind: 'open', peer, channels: new Channels(peer, open.channelMax) };
    this.#framer.frameSizeBytesMax = amqpLimits.frameSizeBytesMax;
    this.#deadlineAt = NEVER;
    if (open.idleTimeOut !== undefined && open.idleTimeOut > 0) {
      this.#beatMs = open.idleTimeOut / 2;
      this.#nextBeatAt = this.#wire.nowMs() + this.#beatMs;
    }
    this.#wakeNext();
  }

  #refuseOpen(error: BrokerError): void {
    const condition = conditionOf[error.code];
    this.#log('refused', { condition, reason: error.message });
    this.#sendOpen(true);
    this.#close(
      error.code === 'client-id-in-use'
        ? containerIdInUse(error.message)
        : errorInfo(condition, error.message),
    );
  }

  #closeCame(buffer: Buffer, start: number, end: number): void {
    const body = readPerformative(buffer, start, end);
    if (body.kind === 'close' && body.error !== undefined) {
      this.#wire.log('info', 'peer closed with an error', { ...body.error });
    }
    this.#giveBack(false);
    if (!this.#openSent) this.#sendOpen(false);
    this.#write(encodeFrame(0, { kind: 'close' }));
    this.#end();
  }

  /** The bytes are no frames: nothing more can be understood, not even the peer's close. */
  #notFramed(error: ProtocolError): void {
    const { kind } = this.#state;
    if (kind === 'closing' || kind === 'ended') {
      this.#end();
    } else if (kind === 'header' || kind === 'second-header') {
      this.#answerForeign(error.message);
    } else {
      this.#fail(error.condition, error.message);
      this.#end();
    }
  }

  /** The peer broke the protocol of the connection. [AMQP 2.8.16] */
  #fail(condition: Condition, message: string): void {
    const { kind } = this.#state;
    if (kind === 'closing' || kind === 'ended') return;
    this.#log('peer error', { scope: 'connection', condition, message });
    if (kind === 'opening' || kind === 'open') {
      if (!this.#openSent) this.#sendOpen(true);
      this.#close(errorInfo(condition, message));
    } else {
      this.#end();
    }
  }

  /** Answers a protocol that is not ours with the header of the one that is. [AMQP 2.2] */
  #answerForeign(what: string): void {
    this.#log('not AMQP 1.0', { came: what });
    if (!this.#headerSent) {
      this.#sendHeader(this.#welcomesUnasked() ? PROTOCOL_AMQP : PROTOCOL_SASL);
    }
    this.#end();
  }

  /** Without SASL: anybody may come, or the certificate has said who it is. */
  #welcomesUnasked(): boolean {
    return this.#users.anonymous || this.#users.certified(this.#wire.subject) !== undefined;
  }

  /** Sends our close and waits for the peer's, but not for long. */
  #close(error: ErrorInfo): void {
    this.#giveBack(false);
    this.#write(encodeFrame(0, { kind: 'close', error }));
    this.#state = { kind: 'closing' };
    this.#nextBeatAt = NEVER;
    this.#deadlineAt = this.#wire.nowMs() + gatewayLimits.lingerMs;
    this.#wakeNext();
  }

  #end(): void {
    if (this.#state.kind === 'ended') return;
    this.#giveBack(false);
    this.#state = { kind: 'ended' };
    this.#framer.stop();
    this.#wire.end();
  }

  /** Releases what the connection has in the broker, if it has not done so yet. */
  #giveBack(lost: boolean): void {
    if (this.#state.kind !== 'open') return;
    const { peer, channels } = this.#state;
    if (lost) peer.connection.close(true);
    channels.close(lost);
    this.#store.detached.ended(peer);
    peer.connection.close();
  }

  #beat(nowMs: number): void {
    this.#nextBeatAt = nowMs + this.#beatMs;
    // Whoever does not read what is there already gains nothing from more.
    if (this.#wire.output.pendingBytes === 0) this.#write(EMPTY_FRAME);
  }

  #wakeNext(): void {
    const idleAt = this.#state.kind === 'open' ? this.#heardAt + amqpLimits.idleTimeOutMs : NEVER;
    const at = Math.min(idleAt, this.#deadlineAt, this.#nextBeatAt);
    if (at < NEVER) this.#wire.wakeAt(at);
  }

  #sendHeader(protocol: number): void {
    this.#headerSent = true;
    this.#write(protocolHeader(protocol));
  }

  #sendOpen(failed: boolean): void {
    this.#openSent = true;
    this.#write(encodeOpen(this.#identity, failed));
  }

  #write(bytes: Buffer): void {
    this.#wire.output.write(bytes);
  }

  #log(event: string, facts: Readonly<Record<string, unknown>>): void {
    this.#wire.log('warn', event, facts);
  }
}
