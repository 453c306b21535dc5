// The sessions of one connection by channel: begins and ends them, and hands each frame to the one
// it belongs to. Both sides number their channels for themselves. [AMQP 2.5]
//
//     free ── begin ──► in use ── end, answered ───────────────────────────────► free
//                         └── an error ends the session ──► ignored ── end ──────┘

import { errorInfo } from './delivery-state.ts';
import { DispositionFields, readDisposition } from './disposition.ts';
import { framingError, ProtocolError } from './errors.ts';
import { FlowFields, readFlow } from './flow.ts';
import { amqpLimits } from './limits.ts';
import type { Peer } from './peer.ts';
import {
  type Begin,
  DISPOSITION,
  encodeFrame,
  FLOW,
  readPerformative,
  TRANSFER,
} from './performatives.ts';
import { Session } from './session.ts';
import { readTransfer, TransferFields } from './transfer.ts';

/** Hot: one of each for all connections; they are read and used in one go. */
const transfer: TransferFields = new TransferFields();
const disposition: DispositionFields = new DispositionFields();
const flow: FlowFields = new FlowFields();

export class Channels {
  readonly #peer: Peer;
  /** The highest channel that the peer takes. */
  readonly #channelMax: number;
  /** By the peer's channel; a session stays until both sides have ended it. */
  readonly #sessions: (Session | undefined)[] = [];
  /** Our channels in use. */
  readonly #ours: boolean[] = [];

  constructor(peer: Peer, channelMax: number) {
    this.#peer = peer;
    this.#channelMax = channelMax;
  }

  /**
   * Takes a frame of a session, of which the performative is known.
   *
   * @throws {ProtocolError} of any scope
   */
  handle(
    code: number,
    channel: number,
    buffer: Buffer,
    start: number,
    end: number,
    borrowed: boolean,
  ): void {
    switch (code) {
      case TRANSFER: {
        const payload = readTransfer(buffer, start, end, transfer);
        this.#session(channel, 'transfer')?.transfer(transfer, buffer, payload, end, borrowed);
        return;
      }
      case DISPOSITION:
        readDisposition(buffer, start, end, disposition);
        this.#session(channel, 'disposition')?.disposition(disposition);
        return;
      case FLOW:
        readFlow(buffer, start, end, flow);
        this.#session(channel, 'flow')?.flow(flow);
        return;
      default:
        this.#control(channel, buffer, start, end);
    }
  }

  /** Ends the session of a channel for an error of the peer, which has yet to end it. */
  fail(channel: number, error: ProtocolError): void {
    const session = this.#sessions[channel];
    if (session === undefined) return;
    const { condition, message } = error;
    session.close('session');
    this.#peer.complain('session', condition, message);
    this.#peer.output.write(
      encodeFrame(session.channel, { kind: 'end', error: errorInfo(condition, message) }),
    );
  }

  /** The socket has room again. */
  writable(): void {
    for (const session of this.#sessions) session?.outgoing.writable();
  }

  /** Ends all sessions without a word; `lost`: the peer may have seen what was out with it. */
  close(lost = false): void {
    for (const session of this.#sessions) session?.close('connection', lost);
    this.#sessions.length = 0;
  }

  #control(channel: number, buffer: Buffer, start: number, end: number): void {
    const body = readPerformative(buffer, start, end);
    switch (body.kind) {
      case 'begin':
        this.#begin(channel, body);
        return;
      case 'attach':
        this.#session(channel, 'attach')?.attach(body);
        return;
      case 'detach':
        this.#session(channel, 'detach')?.detach(body);
        return;
      case 'end':
        this.#end(channel);
        return;
      default:
        throw illegal(`${body.kind} on an open connection [AMQP 2.4.6]`);
    }
  }

  #begin(channel: number, begin: Begin): void {
    if (channel > amqpLimits.channelMax) {
      throw framingError(
        `channel ${channel} exceeds channel-max ${amqpLimits.channelMax} [AMQP 2.7.1]`,
      );
    }
    if (this.#sessions[channel] !== undefined) {
      throw illegal(`begin on channel ${channel}, which has a session [AMQP 2.5.1]`);
    }
    if (begin.remoteChannel !== undefined) {
      throw illegal(`begin answers channel ${begin.remoteChannel}, but we began nothing there`);
    }
    const free = this.#ours.indexOf(false);
    const ours = free < 0 ? this.#ours.length : free;
    if (ours > this.#channelMax) {
      throw new ProtocolError(
        'connection',
        'amqp:not-allowed',
        `begin of session ${ours + 1}, but the peer takes no channel above ${this.#channelMax}`,
      );
    }
    this.#ours[ours] = true;
    const session = new Session(this.#peer, ours, begin);
    this.#sessions[channel] = session;
    this.#peer.output.write(session.answer(channel));
  }

  #end(channel: number): void {
    const session = this.#sessions[channel];
    if (session === undefined) throw unknown(channel, 'end');
    this.#sessions[channel] = undefined;
    this.#ours[session.channel] = false;
    if (!session.open) return;
    session.close('session');
    this.#peer.output.write(encodeFrame(session.channel, { kind: 'end' }));
  }

  /** The session of a channel; undefined if we ended it and the peer does not know yet. */
  #session(channel: number, performative: string): Session | undefined {
    const session = this.#sessions[channel];
    if (session === undefined) throw unknown(channel, performative);
    return session.open ? session : undefined;
  }
}

function illegal(message: string): ProtocolError {
  return new ProtocolError('connection', 'amqp:illegal-state', message);
}

function unknown(channel: number, performative: string): ProtocolError {
  return illegal(`${performative} on channel ${channel}, which has no session [AMQP 2.5.1]`);
}
