// Passwords that are to be checked: one derivation at a time, and none for what was right a moment ago.
//
//     check ─► known? ──────────────────────────────► admitted, at once
//        └───► waiting ─► waiting ─► deriving (one) ─► admitted, refused
//                 ╰ the same name and password again joins its queue place
//
// A derivation takes a thread of the pool that also syncs the journal: were there as many as logins,
// a thousand clients that reconnect would stop every confirmation. What is known is kept as an HMAC
// under a key of this process, never as the password.

import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Derive, Verifier } from './auth-verifier.ts';
import { gatewayLimits } from './limits.ts';

/** How a login ends. `busy`: too many wait; the client may come again. */
export type Verdict = 'admitted' | 'refused' | 'busy';

/** Told later how a login ended. */
export type Answer = (verdict: Verdict) => void;

/** What to check. */
export interface Login {
  readonly name: string;
  readonly password: string;
  /** Of the user; for an unknown one, a made-up one that costs the same. */
  readonly verifier: Verifier;
  /** There is such a user. */
  readonly known: boolean;
}

interface Waiting {
  readonly key: string;
  readonly login: Login;
  readonly answers: Answer[];
}

export class PasswordChecks {
  readonly #derive: Derive;
  readonly #nowMs: () => number;
  readonly #secret: Buffer = randomBytes(32);
  /** Until when a name and password need no derivation, by their key; the oldest first. */
  readonly #right: Map<string, number> = new Map();
  /** The first is being derived. */
  readonly #waiting: Map<string, Waiting> = new Map();
  #deriving = false;

  constructor(derive: Derive, nowMs: () => number) {
    this.#derive = derive;
    this.#nowMs = nowMs;
  }

  /** Returns the verdict, or undefined: `answer` is then told later. */
  check(login: Login, answer: Answer): Verdict | undefined {
    const key = this.#keyOf(login);
    if ((this.#right.get(key) ?? 0) > this.#nowMs()) return 'admitted';
    const same = this.#waiting.get(key);
    if (same !== undefined) {
      same.answers.push(answer);
      return undefined;
    }
    if (this.#waiting.size >= gatewayLimits.loginsWaitingMax) return 'busy';
    this.#waiting.set(key, { key, login, answers: [answer] });
    if (!this.#deriving) this.#next();
    return undefined;
  }

  #next(): void {
    const [first] = this.#waiting.values();
    this.#deriving = first !== undefined;
    if (first === undefined) return;
    const { password, verifier } = first.login;
    this.#derive(password, verifier, (storedKey) => this.#derived(first, storedKey));
  }

  #derived({ key, login, answers }: Waiting, storedKey: Buffer): void {
    this.#waiting.delete(key);
    const right = timingSafeEqual(storedKey, login.verifier.storedKey) && login.known;
    if (right) this.#remember(key);
    this.#next();
    for (const answer of answers) answer(right ? 'admitted' : 'refused');
  }

  #remember(key: string): void {
    if (this.#right.size >= gatewayLimits.loginsKnownMax) {
      const [oldest] = this.#right.keys();
      if (oldest !== undefined) this.#right.delete(oldest);
    }
    this.#right.set(key, this.#nowMs() + gatewayLimits.loginKnownMs);
  }

  #keyOf({ name, password }: Login): string {
    // The length keeps apart what would read the same when joined.
    const text = `${name.length}:${name}${password}`;
    return createHmac('sha256', this.#secret).update(text).digest('base64');
  }
}
