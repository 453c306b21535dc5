// Who may ask. Three guards before any route:
//
//   host    on loopback, a request must name loopback: a page of some web site whose name was made
//           to resolve to this machine (DNS rebinding) names that site
//   origin  a browser says which site a request comes from: only our own may change something
//   users   with users configured, Basic with one of them: to see anything, unless anonymous clients
//           are welcome; to change something, always
//
// There are no permissions yet: whoever is a user may `manage`.

import type { Context, MiddlewareHandler } from 'hono';
import { basicAuth } from 'hono/basic-auth';
import type { Users } from '#gateway';
import { isLoopback } from '../config.ts';
import { problem } from './problem.ts';

const LOOPBACK: RegExp = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?$/i;
const SAFE: ReadonlySet<string> = new Set(['GET', 'HEAD']);

/** Refuses requests to a loopback address under a name that is not loopback's. */
export function guardHost(address: string): MiddlewareHandler {
  const loopback = isLoopback(address);
  return async (c, next) => {
    const host = c.req.header('host') ?? '';
    if (!loopback || LOOPBACK.test(host)) return next();
    return problem(c, 'host-refused', `expected localhost or a loopback address, got '${host}'`);
  };
}

/** Refuses changes that a page of another site asks a browser for. */
export const guardOrigin: MiddlewareHandler = async (c, next) => {
  const origin = c.req.header('origin');
  if (SAFE.has(c.req.method) || origin === undefined || sameHost(c, origin)) return next();
  return problem(c, 'origin-refused', `expected a request of our own pages, got one of ${origin}`);
};

function sameHost(c: Context, origin: string): boolean {
  return URL.canParse(origin) && new URL(origin).host === c.req.header('host');
}

/** Asks for one of the users, if there are any. */
export function guardUsers(users: Users): MiddlewareHandler {
  const verifyUser = (name: string, password: string) =>
    name !== '' && users.admits(name, password);
  const ask = basicAuth({ realm: 'angelia', verifyUser });
  return async (c, next) => {
    const open = users.anonymous && SAFE.has(c.req.method);
    return !users.configured || open ? next() : ask(c, next);
  };
}
