// Users for tests on a host that stands still: keys are derived when the host says that a poll is over,
// and failures are delayed by its clock, so that no test waits for a thread.

import type { ManualHost } from '#broker';
import { Users, type UsersOptions } from './auth.ts';
import { type Derive, verifierOf } from './auth-verifier.ts';

/** Makes the users of a test, with passwords by name. */
export function usersOn(
  host: ManualHost,
  passwords: Readonly<Record<string, string>>,
  options: UsersOptions = {},
): Users {
  const derive: Derive = (password, { hash, iterations, salt }, done) =>
    host.afterPoll(() => done(verifierOf(password, hash, iterations, salt).storedKey));
  return new Users(new Map(Object.entries(passwords)), { derive, host, ...options });
}
