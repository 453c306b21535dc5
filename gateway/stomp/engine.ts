// The life of one STOMP connection, bytes in and bytes out.
//
//     greeting ── CONNECT, STOMP ──► (judging) ──► open ── DISCONNECT ──► over
//        ╰──── anything else ──────────────────────╯╰──── any error ──────▲
//                                                ERROR frame, then the end
//
// In `greeting` nobody is trusted and little is remembered; while a password is checked, or a failure is
// held back, nothing is read, and CONNECT is read again after it; in `open` the session does the work.
// Errors of the peer end here: one ERROR frame, one log line, the socket closed; as ActiveMQ's clients
// are used to, if that is asked for, the connection goes on. [STOMP 1.2 ERROR]

import { type Broker, BrokerError } from '#broker';
import type { Users } from '../auth.ts';
import type { Verdict } from '../auth-checks.ts';
import type { Engine, Wire } from '../engine.ts';
import { gatewayLimits } from '../limits.ts';
import type { Encodings } from './encodings.ts';
import { headlineOf, StompError, strangerOf } from './errors.ts';
import { type Frame, formatFrame, Mark } from './frame.ts';
import { type Greeting, readGreeting } from './greeting.ts';
import { HeartBeat } from './heart-beat.ts';
import { stompLimits } from './limits.ts';
import { Command, commandName, Header } from './names.ts';
import { FrameParser } from './parser.ts';
import { Session } from './session.ts';
import type { Version } from './spelling.ts';

/** What an engine is told about its server. */
export interface StompOptions {
  /** For the header `server:Angelia/<version>`. */
  readonly version: string;
  /** `classic`: an ERROR that breaks no frame does not end the connection, as in ActiveMQ. */
  readonly compat?: 'classic' | undefined;
}

/** What all engines of a door share. */
export interface StompDoor {
  readonly broker: Broker;
  readonly users: Users;
  readonly options: StompOptions;
  readonly encodings: Encodings;
}

type State =
  | { readonly kind: 'greeting'; readonly untilMs: number }
  | { readonly kind: 'judging'; readonly untilMs: number; readonly verdict: Verdict | undefined }
  | { readonly kind: 'open'; readonly session: Session; readonly heart: HeartBeat }
  | { readonly kind: 'over' };

type ErrorHeaders = readonly (readonly [string, string | undefined])[];

const OVER: State = { kind: 'over' };

export class StompEngine implements Engine {
  readonly #wire: Wire;
  readonly #broker: Broker;
  readonly #users: Users;
  readonly #options: StompOptions;
  readonly #encodings: Encodings;
  readonly #parser: FrameParser;
  #state: State;
  #session: Session | undefined;
  #version: Version = '1.0';
  /** An ERROR that breaks no frame does not end the connection. */
  #forgiving: boolean;

  constructor(wire: Wire, { broker, users, options, encodings }: StompDoor) {
    this.#wire = wire;
    this.#broker = broker;
    this.#users = users;
    this.#options = options;
    this.#forgiving = options.compat === 'classic';
    this.#encodings = encodings;
    const { greetingBytesMax } = stompLimits;
    this.#parser = new FrameParser(greetingBytesMax, greetingBytesMax);
    const untilMs = wire.nowMs() + gatewayLimits.handshakeMs;
    this.#state = { kind: 'greeting', untilMs };
    wire.wakeAt(untilMs);
  }

  absorb(chunk: Buffer): void {
    const parser = this.#parser;
    const state = this.#state;
    if (state.kind === 'open') state.heart.heard();
    const waits = state.kind === 'judging' && state.verdict === undefined;
    if (waits || (state.kind === 'open' && state.session.held)) {
      parser.keep(chunk);
      return;
    }
    try {
      parser.push(chunk);
      while (this.#state.kind !== 'over' && parser.next()) {
        if (!this.#receive(parser.frame)) return;
      }
    } catch (error) {
      this.#fail(error);
    }
  }

  writable(): void {
    if (this.#state.kind === 'open') this.#state.session.writable();
  }

  tick(nowMs: number): void {
    const state = this.#state;
    if (state.kind === 'greeting' || state.kind === 'judging') {
      if (nowMs < state.untilMs) this.#wire.wakeAt(state.untilMs);
      else this.#refuse('too late', `expected CONNECT within ${gatewayLimits.handshakeMs} ms`);
    } else if (state.kind === 'open' && !state.heart.tick(nowMs, state.session.held)) {
      this.#refuse('heart-beat missing', 'expected a sign of life, got none');
    }
  }

  goodbye(failure?: string): void {
    if (this.#state.kind === 'over') return;
    if (failure === undefined) this.#sayError('goodbye', 'the server is shutting down', []);
    else this.#sayError('the server has failed', failure, []);
    this.#leave(false);
  }

  closed(): void {
    this.#state = OVER;
    this.#session?.close(true);
  }

  /** Deals with a frame; false if it has to wait, and what follows with it. */
  #receive(frame: Frame): boolean {
    const state = this.#state;
    if (state.kind !== 'open') {
      if (this.#greet(frame)) return true;
      this.#parser.unread();
      return false;
    }
    const { session } = state;
    try {
      session.absorb(frame);
    } catch (error) {
      if (!this.#forgiving) throw error;
      this.#complain(error);
      session.forgive();
    }
    if (session.held) {
      this.#parser.unread();
      return false;
    }
    if (!session.open) this.#state = OVER;
    return true;
  }

  /** Deals with CONNECT; false if it has to wait. */
  #greet(frame: Frame): boolean {
    const greeting = readGreeting(frame);
    const certified = this.#users.certified(this.#wire.subject);
    // A certificate is enough, and a login that is given must be right all the same.
    const user = greeting.login === '' ? certified : (greeting.login ?? certified);
    const verdict = user === certified && user !== undefined ? 'admitted' : this.#judge(greeting);
    if (verdict === undefined) return false;
    if (verdict === 'busy') throw new StompError('busy', 'too many logins wait; come again');
    if (verdict === 'refused') {
      throw new BrokerError('unauthorized', 'login or passcode is wrong or missing');
    }
    this.#open(greeting, user);
    return true;
  }

  /** Whether the client may come in; undefined if that is not known yet: it is not read then. */
  #judge({ login, passcode }: Greeting): Verdict | undefined {
    const state = this.#state;
    if (state.kind === 'judging') return state.verdict;
    if (state.kind !== 'greeting') return 'refused';
    const { untilMs } = state;
    const verdict = this.#users.check('STOMP', login, passcode, (later) => {
      if (this.#state.kind !== 'judging') return;
      this.#state = { kind: 'judging', untilMs, verdict: later };
      this.#wire.resume();
    });
    if (verdict !== undefined) return verdict;
    this.#state = { kind: 'judging', untilMs, verdict: undefined };
    this.#wire.pause();
    return undefined;
  }

  #open(greeting: Greeting, user: string | undefined): void {
    const { version, clientId, beats, requestId } = greeting;
    const connection = this.#broker.connect({
      protocol: 'stomp',
      peer: this.#wire.peer,
      ...(user === undefined ? {} : { user }),
    });
    const session = new Session({
      wire: this.#wire,
      broker: this.#broker,
      connection,
      version,
      encodings: this.#encodings,
      failed: (error) => this.#lose(error),
    });
    this.#session = session;
    if (clientId !== undefined) connection.claimClientId(clientId);
    const connected: [string, string][] = [
      ['version', version],
      ['server', `Angelia/${this.#options.version}`],
      ['session', clientId ?? `ID:${this.#broker.host.randomHex(8)}`],
      ['heart-beat', `${beats.sendMs},${beats.expectMs}`],
      ...(requestId === undefined ? [] : [['response-id', requestId] as [string, string]]),
    ];
    this.#wire.output.write(formatFrame('CONNECTED', connected, '1.0'));
    this.#version = version;
    this.#forgiving ||= greeting.forgiving;
    this.#parser.headBytesMax = stompLimits.headBytesMax;
    this.#parser.bodyBytesMax = this.#broker.limits.messageBytesMax;
    this.#state = { kind: 'open', session, heart: new HeartBeat(this.#wire, beats) };
  }

  /** Something failed that no frame asked for. */
  #lose(error: StompError): void {
    this.#say(error.headline, error.message, error.headers);
    if (!this.#forgiving) this.#leave(true);
  }

  /** Tells the peer what is wrong with what it sent, and that is the end. */
  #fail(error: unknown): void {
    const { frames } = this.#parser;
    const { kind } = this.#state;
    const greeting = (kind === 'greeting' || kind === 'judging') && frames === 1;
    const stranger = greeting ? strangerOf(this.#parser.head()) : undefined;
    if (stranger === undefined) this.#complain(error);
    else this.#say('not STOMP', `expected CONNECT or STOMP, got ${stranger}`);
    this.#leave(true);
  }

  /** Tells the peer what is wrong with its last frame. Rethrows what is our own mistake. */
  #complain(error: unknown): void {
    if (!(error instanceof StompError || error instanceof BrokerError)) throw error;
    const { frame, frames } = this.#parser;
    const headline = error instanceof BrokerError ? headlineOf[error.code] : error.headline;
    const more: ErrorHeaders =
      error instanceof StompError ? error.headers : [['error-code', error.code]];
    const where = frame.command < 0 ? '' : `, ${commandName(frame.command)}`;
    const detail = `${error.message} (frame ${frames}${where})`;
    this.#say(headline, detail, [...more, ['receipt-id', this.#receiptId()]], this.#frameHead());
  }

  /** The lines of the offending frame, without its body, and of CONNECT, which has a password. */
  #frameHead(): string {
    const { frame } = this.#parser;
    const secret = frame.command < Command.SEND;
    if (secret || (frame.marks & Mark.moved) !== 0) return '';
    const end = Math.max(frame.bodyStart, frame.headersStart);
    const head = this.#parser.head(end).subarray(0, stompLimits.errorHeadBytesMax);
    return `-----\n${head.toString()}-----\n`;
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

  #refuse(headline: string, detail: string): void {
    this.#say(headline, detail);
    this.#leave(true);
  }

  #say(headline: string, detail: string, headers: ErrorHeaders = [], shown = ''): void {
    this.#wire.log('warn', 'stomp client refused', { headline, detail });
    this.#sayError(headline, detail, headers, shown);
  }

  #sayError(headline: string, detail: string, headers: ErrorHeaders, shown = ''): void {
    const body = Buffer.from(`${detail}\n${shown}`);
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
