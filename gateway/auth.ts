// Who may come in: users with passwords, users with certificates, and those without a name where they
// are welcome. One for all doors of a server, so that a failed login is counted once and passwords are
// checked one after the other, whatever they came by.
//
// Passwords are kept as SCRAM verifiers. A user who does not exist takes the way of a wrong password, in
// time and in what is said; so names are not told.

import { createHash, createHmac, randomBytes } from 'node:crypto';
import type { Host } from '#broker';
import { type Answer, PasswordChecks, type Verdict } from './auth-checks.ts';
import { ScramExchange, type ScramUser } from './auth-scram.ts';
import {
  type Credentials,
  credentialsOf,
  type Derive,
  deriveOnPool,
  HASHES,
  type Hash,
  parseCredentials,
} from './auth-verifier.ts';
import { gatewayLimits } from './limits.ts';
import { saslprep } from './saslprep.ts';

/** Whom a certificate is of, when our authority has signed it. */
export interface Subject {
  /** Its one common name; undefined if there is none, or several. */
  readonly commonName: string | undefined;
  /** All of it, the most specific first: `CN=billing,O=Acme`. [RFC 4514] */
  readonly distinguishedName: string;
}

/** How somebody said who they are, for metrics. */
export type Mechanism =
  | 'EXTERNAL'
  | `SCRAM-${Hash}`
  | 'PLAIN'
  | 'ANONYMOUS'
  | 'STOMP'
  | 'BASIC'
  | 'unknown';

/** What beside passwords decides. */
export interface UsersOptions {
  /** Clients without a name are welcome. Default: while there are no users. */
  readonly anonymous?: boolean | undefined;
  /** Every client at a TLS door has a certificate, and those are users. */
  readonly certificates?: boolean;
  /** Names by distinguished name. With any, a certificate that is not in it names nobody. */
  readonly nameOfSubject?: ReadonlyMap<string, string>;
  /** Default: no failure is delayed, and what is known to be right stays so. */
  readonly host?: Pick<Host, 'timer' | 'transportTimeMs'>;
  /** How keys are derived. Default: on the thread pool. */
  readonly derive?: Derive;
}

const NOBODY = '';

/** The users of a server, and whether it also takes clients that give no name. */
export class Users {
  /** Clients without a name are welcome. */
  readonly anonymous: boolean;
  /** Some user is configured: then a name that is given must be right. */
  readonly configured: boolean;
  readonly #credentials: Map<string, Credentials> = new Map();
  readonly #nameOfSubject: ReadonlyMap<string, string>;
  readonly #host: UsersOptions['host'];
  readonly #checks: PasswordChecks;
  /** The hashes of which every user has a verifier. */
  readonly #hashes: readonly Hash[];
  /** Of what verifiers of unknown users are made: secret, and the same as long as users are. */
  readonly #seed: Buffer;
  readonly #failures: Map<Mechanism, number> = new Map();
  #delayed = 0;

  /**
   * @param users - passwords by name, or ready verifiers [RFC 5803]
   * @throws {RangeError} for a verifier that is none
   */
  constructor(users: ReadonlyMap<string, string> = new Map(), options: UsersOptions = {}) {
    const { certificates = false, host, derive = deriveOnPool } = options;
    let seed: string | undefined;
    for (const [name, secret] of users) {
      const ready = parseCredentials(secret);
      if (ready !== undefined) seed ??= secret;
      this.#credentials.set(saslprep(name), ready ?? credentialsOf(secret));
    }
    this.#seed = seed === undefined ? randomBytes(32) : createHash('sha256').update(seed).digest();
    const all = [...this.#credentials.values()];
    this.#hashes = HASHES.filter((hash) => all.every((user) => user[hash] !== undefined));
    this.configured = users.size > 0 || certificates;
    this.anonymous = options.anonymous ?? !this.configured;
    this.#nameOfSubject = options.nameOfSubject ?? new Map();
    this.#host = host;
    this.#checks = new PasswordChecks(derive, () => host?.transportTimeMs() ?? 0);
  }

  /** Logins that failed since the start, by how they were tried. */
  get failures(): ReadonlyMap<Mechanism, number> {
    return this.#failures;
  }

  /** The SASL mechanisms to offer, the strongest first. */
  mechanisms(subject: Subject | undefined): Mechanism[] {
    const external: Mechanism[] = this.certified(subject) === undefined ? [] : ['EXTERNAL'];
    const proven = this.#credentials.size === 0 ? [] : this.#hashes;
    const scram = proven.map((hash): Mechanism => `SCRAM-${hash}`);
    // Without users too, for clients that send `guest` by habit.
    return [...external, ...scram, 'PLAIN', ...(this.anonymous ? ['ANONYMOUS' as const] : [])];
  }

  /** The user whom a certificate names. */
  certified(subject: Subject | undefined): string | undefined {
    if (subject === undefined) return undefined;
    if (this.#nameOfSubject.size === 0) return subject.commonName;
    return this.#nameOfSubject.get(subject.distinguishedName);
  }

  /**
   * Decides on a client that gave this name and password, or none. Without users any name is
   * anonymous, as clients send `guest` and the like by habit.
   *
   * @returns the verdict if it is known at once; else undefined, and `answer` is told later
   */
  check(
    mechanism: Mechanism,
    name: string = NOBODY,
    password: string = '',
    answer: Answer,
  ): Verdict | undefined {
    if (!this.configured || name === NOBODY) {
      return this.anonymous ? 'admitted' : this.refuse(mechanism, answer);
    }
    const prepared = saslprep(name);
    const hash = this.#hashToCheck(prepared);
    const login = { name: prepared, password, ...this.#find(hash, prepared) };
    return this.#checks.check(login, (verdict) => {
      const told = verdict === 'refused' ? this.refuse(mechanism, answer) : verdict;
      if (told !== undefined) answer(told);
    });
  }

  /** Begins a SCRAM exchange. */
  scram(hash: Hash): ScramExchange {
    return new ScramExchange(hash, (name) => this.#find(hash, saslprep(name)));
  }

  /**
   * Counts a failed login, and holds back the answer for a while.
   *
   * @returns the verdict, or undefined: `answer` is told it later
   */
  refuse(mechanism: Mechanism, answer: Answer): Verdict | undefined {
    this.#failures.set(mechanism, (this.#failures.get(mechanism) ?? 0) + 1);
    const { failureDelayMs, failuresDelayedMax } = gatewayLimits;
    if (this.#host === undefined || this.#delayed >= failuresDelayedMax) return 'refused';
    this.#delayed++;
    this.#host.timer(failureDelayMs, () => {
      this.#delayed--;
      answer('refused');
    });
    return undefined;
  }

  /** The cheaper hash, if everybody has it: no user shall take longer than another. */
  #hashToCheck(name: string): Hash {
    if (this.#hashes.includes('SHA-256')) return 'SHA-256';
    const user = this.#credentials.get(name);
    return HASHES.find((hash) => user?.[hash] !== undefined) ?? 'SHA-512';
  }

  #find(hash: Hash, name: string): ScramUser {
    const verifier = this.#credentials.get(name)?.[hash];
    return verifier === undefined
      ? { verifier: this.#madeUp(hash, name), known: false }
      : { verifier, known: true };
  }

  /** What a verifier of this name could look like: the same each time, and nobody's. */
  #madeUp(hash: Hash, name: string): ScramUser['verifier'] {
    const [first] = this.#credentials.values();
    const like = first?.[hash];
    const salt = createHmac('sha512', this.#seed).update(`salt ${hash} ${name}`).digest();
    const key = createHmac(hash === 'SHA-256' ? 'sha256' : 'sha512', this.#seed)
      .update(`key ${hash} ${name}`)
      .digest();
    return {
      hash,
      iterations: like?.iterations ?? gatewayLimits.scramIterations,
      salt: salt.subarray(0, like?.salt.length ?? 16),
      storedKey: key,
      serverKey: key,
    };
  }
}
