// The life of one STOMP connection, bytes in and bytes out.
//
//     greeting ── CONNECT, STOMP ──► open ── DISCONNECT ──► over
//        ╰──── anything else ────────╯╰──── any error ──────▲
//                                  ERROR frame, then the end
//
// In `greeting` nobody is trusted and little is remembered; in `open` the session does the work.
// Errors of the peer end here: one ERROR frame, one log line, the socket closed. [STOMP 1.2 ERROR]

import { type Broker, BrokerError } from '#broker';
import type { Users } from '../auth.ts';
import type { Engine, Wire } from '../engine.ts';
import { gatewayLimits } from '../limits.ts';
import { headlineOf, StompError, strangerOf } from './errors.ts';
import { type Frame, formatFrame } from './frame.ts';
import { readGreeting } from './greeting.ts';
import { HeartBeat } from './heart-beat.ts';
import { stompLimits } from './limits.ts';
import { commandName, Header } from './names.ts';
import { FrameParser } from './parser.ts';
import { Session } from './session.ts';
import type { Version } from './spelling.ts';

/** What an engine is told about its server. */
export interface StompOptions {
  /** For the header `server:Angelia/<version>`. */
  readonly version: string;
}

type State =
  | { readonly kind: 'greeting'; readonly untilMs: number }
  | { readonly kind: 'open'; readonly session: Session; readonly heart: HeartBeat }
  | { readonly kind: 'over' };

type ErrorHeaders = readonly (readonly [string, string | undefined])[];

const OVER: State = { kind: 'over' };

export class StompEngine implements Engine {
  readonly #wire: Wire;
  readonly #broker: Broker;
  readonly #users: Users;
  readonly #options: StompOptions;
  readonly #parser: FrameParser;
  #state: State;
  #session: Session | undefined;
  #version: Version = '1.0';

  constructor(wire: Wire, broker: Broker, users: Users, options: StompOptions) {
    this.#wire = wire;
    this.#broker = broker;
    this.#users = users;
    this.#options = options;
    const { greetingBytesMax } = stompLimits;
    this.#parser = new FrameParser(greetingBytesMax, greetingBytesMax);
    const untilMs = wire.nowMs() + gatewayLimits.handshakeMs;
    this.#state = { kind: 'greeting', untilMs };
    wire.wakeAt(untilMs);
  }

  absorb(chunk: Buffer): void {
    if (this.#state.kind === 'open') this.#state.heart.heard();
    const parser = this.#parser;
    try {
      parser.push(chunk);
      while (this.#state.kind !== 'over' && parser.next()) this.#receive(parser.frame);
    } catch (error) {
      this.#fail(error);
    }
  }

  writable(): void {
    if (this.#state.kind === 'open') this.#state.session.writable();
  }

  tick(nowMs: number): void {
    const state = this.#state;
    if (state.kind === 'greeting') {
      if (nowMs < state.untilMs) this.#wire.wakeAt(state.untilMs);
      else this.#refuse('too late', `expected CONNECT within ${gatewayLimits.handshakeMs} ms`);
    } else if (state.kind === 'open' && !state.heart.tick(nowMs)) {
      this.#refuse('heart-beat missing', 'expected a sign of life, got none');
    }
  }

  goodbye(): void {
    if (this.#state.kind === 'over') return;
    this.#sayError('goodbye', 'the server is shutting down', []);
    this.#leave(false);
  }

  closed(): void {
    this.#state = OVER;
    this.#session?.close(true);
  }

  #receive(frame: Frame): void {
    const state = this.#state;
    if (state.kind === 'greeting') {
      this.#greet(frame);
    } else if (state.kind === 'open') {
      state.session.absorb(frame);
      if (!state.session.open) this.#state = OVER;
    }
  }

  #greet(frame: Frame): void {
    const greeting = readGreeting(frame);
    const { version, login, clientId, beats } = greeting;
    if (!this.#users.admits(login, greeting.passcode)) {
      throw new BrokerError('unauthorized', 'login or passcode is wrong or missing');
    }
    const connection = this.#broker.connect({
      protocol: 'stomp',
      peer: this.#wire.peer,
      ...(login === undefined ? {} : { user: login }),
    });
    const session = new Session(this.#wire, this.#broker, connection, version);
    this.#session = session;
    if (clientId !== undefined) connection.claimClientId(clientId);
    const connected: [string, string][] = [
      ['version', version],
      ['server', `Angelia/${this.#options.version}`],
      ['session', clientId ?? `ID:${this.#broker.host.randomHex(8)}`],
      ['heart-beat', `${beats.sendMs},${beats.expectMs}`],
    ];
    this.#wire.output.write(formatFrame('CONNECTED', connected, '1.0'));
    this.#version = version;
    this.#parser.headBytesMax = stompLimits.headBytesMax;
    this.#parser.bodyBytesMax = this.#broker.limits.messageBytesMax;
    this.#state = { kind: 'open', session, heart: new HeartBeat(this.#wire, beats) };
  }

  /** Tells the peer what is wrong with what it sent. Rethrows what is our own mistake. */
  #fail(error: unknown): void {
    if (!(error instanceof StompError || error instanceof BrokerError)) throw error;
    const { frame, frames } = this.#parser;
    const stranger =
      this.#state.kind === 'greeting' && frames === 1 ? strangerOf(this.#parser.head()) : undefined;
    if (stranger !== undefined) {
      this.#refuse('not STOMP', `expected CONNECT or STOMP, got ${stranger}`);
      return;
    }
    const headline = error instanceof BrokerError ? headlineOf[error.code] : error.headline;
    const more = error instanceof StompError ? error.headers : [];
    const where = frame.command < 0 ? '' : `, ${commandName(frame.command)}`;
    const detail = `${error.message} (frame ${frames}${where})`;
    this.#refuse(headline, detail, [...more, ['receipt-id', this.#receiptId()]]);
  }

  #receiptId(): string | undefined {
    try {
      const noted = this.#session?.failedReceipt;
      return noted ?? this.#parser.frame.text(Header.receipt, this.#version);
    } catch {
      // Its spelling may be what is wrong.
      return undefined;
    }
  }

  #refuse(headline: string, detail: string, headers: ErrorHeaders = []): void {
    this.#wire.log('warn', 'stomp client refused', { headline, detail });
    this.#sayError(headline, detail, headers);
    this.#leave(true);
  }

  #sayError(headline: string, detail: string, headers: ErrorHeaders): void {
    const body = Buffer.from(`${detail}\n`);
    const lines = [
      ['message', `${headline}: ${detail}`],
      ...headers,
      ['content-type', 'text/plain'],
      ['content-length', String(body.length)],
    ] as const;
    this.#wire.output.write(formatFrame('ERROR', lines, this.#version, body));
  }

  /** The broker is left at once; the socket may take its time. */
  #leave(lost: boolean): void {
    this.#state = OVER;
    this.#session?.close(lost);
    this.#wire.end();
  }
}
