// The SASL exchange of one connection: which mechanisms are offered, and who may come in. Owns no
// frame and no socket: the engine hands performatives in and carries the step out. [AMQP 5.3]
//
//     offered ── init ANONYMOUS ──────────────────► admitted | refused
//        │  └─── init PLAIN with a response ──────►
//        └────── init PLAIN without ──► challenged ── response ──► admitted | refused

import { isUtf8 } from 'node:buffer';
import type { Users } from '../auth.ts';
import type { SaslPerformative } from './performatives.ts';

/** What the engine has to do next. `reason` is for the log; peers are not told why. */
export type SaslStep =
  | { readonly kind: 'challenge'; readonly challenge: Buffer }
  | { readonly kind: 'admitted'; readonly user: string | undefined }
  | { readonly kind: 'refused'; readonly reason: string };

export class Sasl {
  readonly #users: Users;
  #state: 'offered' | 'challenged' | 'done' = 'offered';

  constructor(users: Users) {
    this.#users = users;
  }

  /** The mechanisms to offer, the strongest first. */
  get mechanisms(): readonly string[] {
    return this.#users.anonymous ? ['PLAIN', 'ANONYMOUS'] : ['PLAIN'];
  }

  /** Takes what the peer says. */
  receive(said: SaslPerformative): SaslStep {
    if (said.kind === 'sasl-init' && this.#state === 'offered') {
      if (said.mechanism === 'ANONYMOUS' && this.#users.anonymous) return this.#admit(undefined);
      if (said.mechanism !== 'PLAIN') {
        return this.#refuse(
          `mechanism '${said.mechanism}', expected one of ${this.mechanisms.join(', ')}`,
        );
      }
      if (said.initialResponse !== undefined) return this.#plain(said.initialResponse);
      this.#state = 'challenged';
      return { kind: 'challenge', challenge: Buffer.alloc(0) };
    }
    if (said.kind === 'sasl-response' && this.#state === 'challenged') {
      return this.#plain(said.response);
    }
    return this.#refuse(`${said.kind} is not expected when the exchange is ${this.#state}`);
  }

  /** `authorization NUL name NUL password`, in UTF-8. [RFC 4616] */
  #plain(response: Buffer): SaslStep {
    const first = response.indexOf(0);
    const second = response.indexOf(0, first + 1);
    if (first < 0 || second < 0 || !isUtf8(response)) {
      return this.#refuse('PLAIN response is not two NULs between three texts in UTF-8');
    }
    const name = response.toString('utf8', first + 1, second);
    const password = response.toString('utf8', second + 1);
    if (!this.#users.admits(name, password)) {
      return this.#refuse(`user name or password is wrong for '${name}'`);
    }
    return this.#admit(name === '' ? undefined : name);
  }

  #admit(user: string | undefined): SaslStep {
    this.#state = 'done';
    return { kind: 'admitted', user };
  }

  #refuse(reason: string): SaslStep {
    this.#state = 'done';
    return { kind: 'refused', reason };
  }
}
