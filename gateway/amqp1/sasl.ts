// The SASL exchange of one connection: which mechanisms are offered, and who may come in. Owns no
// frame and no socket: the engine hands performatives in and carries the step out. [AMQP 5.3]
//
//     offered ── init ANONYMOUS ───────────────────────────► admitted | refused
//        │  └─── init PLAIN, EXTERNAL with a response ─────► waiting ► admitted | refused | busy
//        ├────── init without a response ──► challenged ── response ──► as with one
//        └────── init SCRAM ──► proving ── client-final ───► admitted | refused
//
// What the broker cannot say at once it says later; so does every refusal, as failures are delayed.

import { isUtf8 } from 'node:buffer';
import type { Mechanism, Subject, Users } from '../auth.ts';
import type { Verdict } from '../auth-checks.ts';
import type { ScramExchange } from '../auth-scram.ts';
import type { SaslPerformative } from './performatives.ts';

/** How an exchange ends. `reason` is for the log; peers are not told why. */
export type SaslEnd =
  | { readonly kind: 'admitted'; readonly user: string | undefined; readonly data?: string }
  | { readonly kind: 'refused'; readonly reason: string; readonly data?: string }
  | { readonly kind: 'busy' };

/** What the engine has to do next. `waiting`: the end comes later. */
export type SaslStep =
  | { readonly kind: 'challenge'; readonly challenge: Buffer }
  | { readonly kind: 'waiting' }
  | SaslEnd;

type State =
  | { readonly kind: 'offered' }
  | { readonly kind: 'challenged'; readonly mechanism: 'PLAIN' | 'EXTERNAL' }
  | { readonly kind: 'proving'; readonly mechanism: Mechanism; readonly exchange: ScramExchange }
  | { readonly kind: 'done' };

const WAITING: SaslStep = { kind: 'waiting' };

export class Sasl {
  /** The mechanisms to offer, the strongest first. */
  readonly mechanisms: readonly Mechanism[];
  readonly #users: Users;
  readonly #subject: Subject | undefined;
  readonly #later: (end: SaslEnd) => void;
  #state: State = { kind: 'offered' };

  /** @param later - told the end of an exchange that had to wait */
  constructor(users: Users, subject: Subject | undefined, later: (end: SaslEnd) => void) {
    this.#users = users;
    this.#subject = subject;
    this.#later = later;
    this.mechanisms = users.mechanisms(subject);
  }

  /** Takes what the peer says. */
  receive(said: SaslPerformative): SaslStep {
    const state = this.#state;
    this.#state = { kind: 'done' };
    if (said.kind === 'sasl-init' && state.kind === 'offered') {
      return this.#init(said.mechanism, said.initialResponse);
    }
    if (said.kind === 'sasl-response' && state.kind === 'challenged') {
      return this.#respond(state.mechanism, said.response);
    }
    if (said.kind === 'sasl-response' && state.kind === 'proving') {
      return this.#prove(state.mechanism, state.exchange, said.response);
    }
    return this.#refuse(
      'unknown',
      `${said.kind} is not expected when the exchange is ${state.kind}`,
    );
  }

  #init(asked: string, response: Buffer | undefined): SaslStep {
    const mechanism = this.mechanisms.find((one) => one === asked);
    switch (mechanism) {
      case 'ANONYMOUS':
        return { kind: 'admitted', user: undefined };
      case 'PLAIN':
      case 'EXTERNAL':
        if (response !== undefined) return this.#respond(mechanism, response);
        this.#state = { kind: 'challenged', mechanism };
        return { kind: 'challenge', challenge: Buffer.alloc(0) };
      case 'SCRAM-SHA-512':
      case 'SCRAM-SHA-256': {
        const exchange = this.#users.scram(mechanism === 'SCRAM-SHA-512' ? 'SHA-512' : 'SHA-256');
        if (response !== undefined) return this.#prove(mechanism, exchange, response);
        this.#state = { kind: 'proving', mechanism, exchange };
        return { kind: 'challenge', challenge: Buffer.alloc(0) };
      }
      default:
        return this.#refuse(
          asked === 'ANONYMOUS' || asked === 'EXTERNAL' ? asked : 'unknown',
          `mechanism '${asked}', expected one of ${this.mechanisms.join(', ')}`,
        );
    }
  }

  #respond(mechanism: 'PLAIN' | 'EXTERNAL', response: Buffer): SaslStep {
    return mechanism === 'PLAIN' ? this.#plain(response) : this.#external(response);
  }

  /** `authorization NUL name NUL password`, in UTF-8. [RFC 4616] */
  #plain(response: Buffer): SaslStep {
    const parts = response.toString().split('\0');
    const [authorization, name = '', password] = parts;
    if (parts.length !== 3 || !isUtf8(response)) {
      const reason = 'PLAIN response is not two NULs between three texts in UTF-8';
      return this.#refuse('PLAIN', reason);
    }
    if (authorization !== '' && authorization !== name) {
      return this.#refuse('PLAIN', `'${name}' asks to act as '${authorization}'`);
    }
    const end = (verdict: Verdict): SaslEnd => {
      if (verdict === 'busy') return { kind: 'busy' };
      if (verdict === 'admitted') return { kind: 'admitted', user: name === '' ? undefined : name };
      return { kind: 'refused', reason: `user name or password is wrong for '${name}'` };
    };
    const verdict = this.#users.check('PLAIN', name, password, (later) => this.#later(end(later)));
    return verdict === undefined ? WAITING : end(verdict);
  }

  /** Empty, or the name that the certificate has anyway. [RFC 4422 A] */
  #external(response: Buffer): SaslStep {
    const user = this.#users.certified(this.#subject);
    const authorization = response.toString();
    if (authorization !== '' && authorization !== user) {
      return this.#refuse('EXTERNAL', `'${user}' asks to act as '${authorization}'`);
    }
    return { kind: 'admitted', user };
  }

  #prove(mechanism: Mechanism, exchange: ScramExchange, message: Buffer): SaslStep {
    const step = exchange.receive(message);
    switch (step.kind) {
      case 'challenge':
        this.#state = { kind: 'proving', mechanism, exchange };
        return { kind: 'challenge', challenge: Buffer.from(step.challenge) };
      case 'admitted':
        return { kind: 'admitted', user: step.name, data: step.signature };
      case 'refused':
        return this.#refuse(mechanism, step.reason, step.told);
    }
  }

  #refuse(mechanism: Mechanism, reason: string, data?: string): SaslStep {
    const end: SaslEnd = { kind: 'refused', reason, ...(data !== undefined && { data }) };
    const verdict = this.#users.refuse(mechanism, () => this.#later(end));
    return verdict === undefined ? WAITING : end;
  }
}
