// The HTTP door: health, metrics, and the calls with which people look at the broker and change it.
// What the calls are is said in the files beside this one; described in docs/http.md.
//
//     request ─► host ─► health ─► origin ─► users ─► metrics, calls

import { type Context, Hono } from 'hono';
import type { Broker } from '#broker';
import type { Users } from '#gateway';
import type { Config } from '../options.ts';
import type { Urls } from '../tokens.ts';
import { brokerCalls } from './broker-calls.ts';
import { type Call, call, register } from './call.ts';
import { destinationCalls } from './destination-calls.ts';
import { guardHost, guardOrigin, guardUsers } from './guard.ts';
import { messageCalls } from './message-calls.ts';
import { createMetrics } from './metrics.ts';
import { describe, description } from './openapi.ts';
import { problem, problemOf } from './problem.ts';
import { settingsCalls } from './settings-calls.ts';

/** Where the life of the server is. `reason` is for people. */
export interface ServerState {
  readonly ready: boolean;
  readonly reason: string;
  readonly urls: Readonly<Urls>;
  readonly config: Config;
}

/** Builds the routes. `state` is read at each request; `address` is where the door listens. */
export function httpApp(broker: Broker, users: Users, state: ServerState, address: string): Hono {
  const app = new Hono();
  const metrics = createMetrics(broker, users);
  app.onError((error, c) => problemOf(error, c, broker.host.log));
  app.notFound((c) => problem(c, 'path-unknown', `there is no ${c.req.path}; see docs/http.md`));
  const get = (path: string, answer: (c: Context) => Response | Promise<Response>) => {
    app.get(path, answer);
    app.all(path, (c) => {
      c.header('allow', 'GET, HEAD');
      return problem(c, 'method-unknown', `expected GET, got ${c.req.method}`);
    });
  };

  app.use(guardHost(address));
  get('/healthz', (c) => c.json({ status: 'alive' }));
  get('/readyz', (c) =>
    state.ready ? c.json({ status: 'ready' }) : problem(c, 'not-ready', state.reason),
  );
  app.use(guardOrigin, guardUsers(users));
  get('/metrics', async (c) => {
    return c.body(await metrics.metrics(), 200, { 'content-type': metrics.contentType });
  });
  register(app, allCalls(broker, state));
  return app;
}

/** Every call of the interface, its own description included. */
export function allCalls(broker: Broker, state: ServerState): Call[] {
  const calls: Call[] = [
    ...brokerCalls(broker, state),
    ...destinationCalls(broker),
    ...messageCalls(broker),
    ...settingsCalls(broker),
  ];
  calls.push(
    call('get', '/api/v1/openapi.json', {
      summary: 'This description.',
      answer: description,
      run: () => describe(calls),
    }),
  );
  return calls;
}
