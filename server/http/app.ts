// The HTTP door: health, metrics, and what the broker tells of itself. It reads plain fields when it
// is asked and keeps nothing; nothing here changes the broker. Described in docs/http.md.

import { type Context, Hono } from 'hono';
import { basicAuth } from 'hono/basic-auth';
import type { Broker, Destination, DestinationStatistics } from '#broker';
import type { Users } from '#gateway';
import type { Urls } from '../tokens.ts';
import { version } from '../version.ts';
import { createMetrics } from './metrics.ts';
import { problem, problemOf } from './problem.ts';

/** Where the life of the server is. `reason` is for people. */
export interface ServerState {
  readonly ready: boolean;
  readonly reason: string;
  readonly urls: Readonly<Urls>;
}

/** Said wherever somebody could think that messages survive. */
export const MEMORY_ONLY = 'messages live in memory and are gone when the server stops';

/** Builds the routes. `state` is read at each request. */
export function httpApp(broker: Broker, users: Users, state: ServerState): Hono {
  const app = new Hono();
  const metrics = createMetrics(broker);
  app.onError((error, c) => problemOf(error, c, broker.host.log));
  app.notFound((c) => problem(c, 'path-unknown', `there is no ${c.req.path}; see docs/http.md`));

  const get = (path: string, answer: (c: Context) => Response | Promise<Response>) => {
    app.get(path, answer);
    app.all(path, (c) => {
      c.header('allow', 'GET, HEAD');
      return problem(c, 'method-unknown', `expected GET, got ${c.req.method}`);
    });
  };

  get('/healthz', (c) => c.json({ status: 'alive' }));
  get('/readyz', (c) =>
    state.ready ? c.json({ status: 'ready' }) : problem(c, 'not-ready', state.reason),
  );
  // What is below is for users, if there are any and nobody said that names do not matter.
  if (users.configured && !users.anonymous) {
    const verifyUser = (name: string, password: string) => users.admits(name, password);
    app.use(basicAuth({ realm: 'angelia', verifyUser }));
  }
  get('/metrics', async (c) => {
    return c.body(await metrics.metrics(), 200, { 'content-type': metrics.contentType });
  });
  get('/api/v1/broker', (c) => c.json(brokerRow(broker, state)));
  get('/api/v1/queues', (c) => c.json(broker.queues().map(row)));
  get('/api/v1/queues/:name', (c) => {
    const name = c.req.param('name');
    const found = broker.queues().find(({ address }) => address.name === name);
    if (found !== undefined) return c.json(row(found));
    return problem(c, 'destination-missing', `there is no queue '${name}'`);
  });
  get('/api/v1/topics', (c) => c.json(broker.topics().map(row)));
  return app;
}

function row(destination: Destination): DestinationStatistics {
  return destination.statistics();
}

function brokerRow(broker: Broker, state: ServerState): Record<string, unknown> {
  const { heapUsed, rss } = process.memoryUsage();
  return {
    version,
    nodeId: broker.nodeId,
    ready: state.ready,
    uptimeMs: Math.round(process.uptime() * 1000),
    clock: { kind: 'system', nowMs: broker.host.messageTimeMs() },
    storage: { kind: 'memory', data: null, note: MEMORY_ONLY },
    messages: { count: broker.storedMessages, bytes: broker.storedBytes },
    memory: {
      residentBytes: rss,
      heapUsedBytes: heapUsed,
      storedBytesMax: broker.limits.storedBytesMax,
    },
    connections: connectionsByProtocol(broker),
    urls: state.urls,
  };
}

function connectionsByProtocol(broker: Broker): Record<string, number> {
  const count: Record<string, number> = {};
  for (const { options } of broker.connections()) {
    count[options.protocol] = (count[options.protocol] ?? 0) + 1;
  }
  return count;
}
