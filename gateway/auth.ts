// Who may come in. Passwords are kept as salted digests and compared in constant time.

import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/** The users of a server, and whether it also takes clients that give no name. */
export class Users {
  readonly #digests: Map<string, Buffer> = new Map();
  readonly #salt: Buffer = randomBytes(32);
  /** Clients without a name are welcome. */
  readonly anonymous: boolean;

  /** @param anonymous - default: welcome while there are no users */
  constructor(users: ReadonlyMap<string, string> = new Map(), anonymous?: boolean) {
    for (const [name, password] of users) this.#digests.set(name, this.#digest(password));
    this.anonymous = anonymous ?? users.size === 0;
  }

  /** True if some user is configured: then a name that is given must be right. */
  get configured(): boolean {
    return this.#digests.size > 0;
  }

  /**
   * Decides on a client that gave this name and password, or none.
   *
   * Without users any name is anonymous, as clients send `guest` and the like by habit.
   */
  admits(name: string | undefined, password: string | undefined): boolean {
    if (!this.configured) return this.anonymous;
    if (name === undefined || name === '') return this.anonymous;
    const expected = this.#digests.get(name);
    const given = this.#digest(password ?? '');
    // An unknown user costs the same as a wrong password.
    return timingSafeEqual(given, expected ?? this.#salt) && expected !== undefined;
  }

  #digest(password: string): Buffer {
    return createHmac('sha256', this.#salt).update(password).digest();
  }
}
