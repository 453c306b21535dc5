// Who may ask. Three guards before any route:
//
//   host    on loopback, a request must name loopback: a page of some web site whose name was made
//           to resolve to this machine (DNS rebinding) names that site
//   origin  a browser says which site a request comes from: only our own may change something
//   users   with users configured, Basic with one of them, or a certificate that names one: to see
//           anything, unless anonymous clients are welcome; to change something, always
//
// There are no permissions yet: whoever is a user may `manage`.

import type { HttpBindings } from '@hono/node-server';
import type { Context, MiddlewareHandler } from 'hono';
import { basicAuth } from 'hono/basic-auth';
import { BrokerError } from '#broker';
import { subjectOf, type Users, type Verdict } from '#gateway';
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
  const verifyUser = async (name: string, password: string): Promise<boolean> => {
    if (name === '') return false;
    const verdict = await new Promise<Verdict>((resolve) => {
      const known = users.check('BASIC', name, password, resolve);
      if (known !== undefined) resolve(known);
    });
    if (verdict !== 'busy') return verdict === 'admitted';
    throw new BrokerError('limit-exceeded', 'too many logins wait to be checked; come again');
  };
  const ask = basicAuth({ realm: 'angelia', verifyUser });
  return async (c, next) => {
    const open = users.anonymous && SAFE.has(c.req.method);
    return !users.configured || open || certified(c, users) ? next() : ask(c, next);
  };
}

/** The connection came with a certificate that names a user. */
function certified(c: Context, users: Users): boolean {
  const { incoming } = (c.env ?? {}) as Partial<HttpBindings>;
  const subject = incoming === undefined ? undefined : subjectOf(incoming.socket);
  return users.certified(subject) !== undefined;
}
