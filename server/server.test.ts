import { once } from 'node:events';
import { connect } from 'node:net';
import test from 'ava';
import { Container } from 'typedi';
import { DEFAULT_HEADER, Message, Outcome, type WireFormat } from '#broker';
import { UsageError } from './config.ts';
import { type Server, type ServerOptions, StartError, startServer } from './server.ts';

const FORMAT: WireFormat = {
  name: 'test',
  view: () => ({ persistent: false, priority: 4, properties: new Map(), body: { kind: 'none' } }),
  encode: () => Buffer.alloc(0),
};

function message(text: string): Message {
  const bytes = Buffer.from(text);
  return new Message(FORMAT, DEFAULT_HEADER, bytes, 0, bytes.length, false);
}

async function get(server: Server, path: string, init?: RequestInit): Promise<Response> {
  return fetch(`${server.urls.http}${path}`, init);
}

async function withServer(
  options: ServerOptions,
  use: (server: Server) => Promise<void>,
): Promise<void> {
  const server = await startServer(options);
  try {
    await use(server);
  } finally {
    await server.close();
  }
}

const ROW = {
  depth: 1,
  ready: 0,
  inFlight: 1,
  scheduled: 0,
  consumers: 1,
  enqueued: 3,
  delivered: 2,
  settled: 1,
  expired: 0,
  deadLettered: 1,
  temporary: false,
  paused: false,
};

/** Three messages: one settled, one rejected, one out. */
function traffic(server: Server, name: string): void {
  const connection = server.broker.connect({ protocol: 'vm', peer: 'test' });
  const producer = connection.openProducer({ kind: 'queue', name });
  const outcomes: Outcome[] = [Outcome.accepted, Outcome.rejected];
  const entries: number[] = [];
  const consumer = connection.openConsumer(
    { kind: 'queue', name },
    { deliver: (_message, entry) => entries.push(entry), drained: () => {} },
  );
  consumer.setCredit(10);
  for (const text of ['a', 'b', 'c']) producer.send(message(text));
  server.broker.turn.run();
  for (const [at, outcome] of outcomes.entries()) consumer.settle(entries[at] ?? -1, outcome);
}

test('queues, topics and the broker tell of themselves over HTTP', async (t) => {
  await withServer({}, async (server) => {
    traffic(server, 'a/b c');
    const one = await get(server, `/api/v1/queues/${encodeURIComponent('a/b c')}`);
    t.deepEqual(await one.json(), { name: 'a/b c', ...ROW, delivered: 3 });
    const all = (await (await get(server, '/api/v1/queues')).json()) as { name: string }[];
    t.deepEqual(
      all.map(({ name }) => name),
      ['a/b c', 'DLQ'],
    );
    t.deepEqual(await (await get(server, '/api/v1/topics')).json(), []);
    const broker = (await (await get(server, '/api/v1/broker')).json()) as Record<string, unknown>;
    t.like(broker, { ready: true, messages: { count: 2, bytes: 2 }, connections: { vm: 1 } });
    t.like(broker, { storage: { kind: 'memory', data: null } });
  });
});

test('refusals are problem+json with a code', async (t) => {
  await withServer({}, async (server) => {
    const cases: readonly (readonly [string, string, number, string])[] = [
      ['GET', '/api/v1/queues/absent', 404, 'destination-missing'],
      ['GET', '/api/v2', 404, 'path-unknown'],
      ['POST', '/api/v1/queues', 405, 'method-unknown'],
    ];
    for (const [method, path, status, code] of cases) {
      const answer = await get(server, path, { method });
      t.is(answer.status, status);
      t.is(answer.headers.get('content-type'), 'application/problem+json');
      t.like(await answer.json(), { status, code });
    }
  });
});

test('metrics are read when asked, and named angelia_…', async (t) => {
  await withServer({}, async (server) => {
    traffic(server, 'orders');
    const text = await (await get(server, '/metrics')).text();
    // A dead letter is enqueued once more, as DLQ.
    t.regex(text, /^angelia_messages_enqueued_total\{kind="queue"\} 4$/m);
    t.regex(text, /^angelia_messages_settled_total\{kind="queue"\} 1$/m);
    t.regex(text, /^angelia_messages_dead_lettered_total\{kind="queue"\} 1$/m);
    t.regex(text, /^angelia_transactions_open 0$/m);
    t.regex(text, /^angelia_subscriptions\{durable="true"\} 0$/m);
    t.regex(text, /^angelia_messages_scheduled\{kind="queue"\} 0$/m);
    t.regex(text, /^angelia_dead_letters_total\{cause="rejected"\} 1$/m);
    t.regex(text, /^angelia_connections\{protocol="vm"\} 1$/m);
    t.regex(text, /^angelia_stored_bytes 2$/m);
    const names = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    t.deepEqual(
      names.filter((line) => !line.startsWith('angelia_')),
      [],
    );
    t.is(await (await get(server, '/metrics')).text().then((again) => again.length > 0), true);
  });
});

test('with users, HTTP asks for them, except for the health of the server', async (t) => {
  const basic = (text: string) => ({
    headers: { authorization: `Basic ${Buffer.from(text).toString('base64')}` },
  });
  await withServer({ user: new Map([['alice', 'secret']]) }, async (server) => {
    for (const path of ['/healthz', '/readyz']) t.is((await get(server, path)).status, 200);
    for (const path of ['/metrics', '/api/v1/queues', '/api/v1/broker', '/nowhere']) {
      const refused = await get(server, path);
      t.is(refused.status, 401);
      t.regex(refused.headers.get('www-authenticate') ?? '', /^Basic realm="angelia"/);
      t.like(await refused.json(), { code: 'unauthorized' });
      t.is((await get(server, path, basic('alice:wrong'))).status, 401);
      t.is((await get(server, path, basic('bob:secret'))).status, 401);
    }
    t.is((await get(server, '/metrics', basic('alice:secret'))).status, 200);
  });
});

test('servers in one process do not know of each other', async (t) => {
  await withServer({}, async (one) => {
    await withServer({}, async (other) => {
      traffic(one, 'orders');
      t.deepEqual(await (await get(other, '/api/v1/queues')).json(), []);
      t.not(one.urls.amqp, other.urls.amqp);
    });
    t.is((await get(one, '/readyz')).status, 200);
  });
});

test('a server that cannot open a door closes the others', async (t) => {
  await withServer({}, async (server) => {
    const port = Number(new URL(server.urls.http ?? '').port);
    const error = await t.throwsAsync(startServer({ httpPort: port }), { instanceOf: StartError });
    t.regex(error?.message ?? '', /--http-port/);
  });
});

// Alone: typedi's list of containers belongs to the whole process.
test.serial('close can be called twice, and leaves nothing with typedi', async (t) => {
  const server = await startServer();
  await Promise.all([server.close(), server.close()]);
  await t.throwsAsync(get(server, '/healthz'));
  const { instances } = Container as unknown as { instances?: unknown[] };
  t.deepEqual(instances ?? [], []);
});

test('clients that do not leave are cut after drain-ms', async (t) => {
  const server = await startServer({ drainMs: 50 });
  const port = Number(new URL(server.urls.stomp ?? '').port);
  // Says nothing, and keeps its side open when it hears goodbye.
  const client = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  client.on('error', () => {});
  await once(client, 'connect');
  await server.close();
  client.destroy();
  await t.throwsAsync(get(server, '/healthz'));
});

test('a mistake in answering is logged and answered, and ends nothing', async (t) => {
  const events: string[] = [];
  const server = await startServer({}, (_level, event) => events.push(event));
  server.broker.queues = () => {
    throw new Error('oops');
  };
  const answer = await get(server, '/api/v1/queues');
  t.is(answer.status, 500);
  t.like(await answer.json(), { code: 'internal' });
  t.deepEqual(events, ['an HTTP call failed']);
  t.is((await get(server, '/api/v1/topics')).status, 200);
  await server.close();
});

test('settings hold from the start; those that the broker refuses are bad usage', async (t) => {
  const settings = { 'orders.>': { maxDeliveries: 1 }, orders: { retain: 3 } };
  await withServer({ settings, virtualTopics: 'VT' }, async ({ broker }) => {
    t.like(broker.settingsOf('orders'), { maxDeliveries: 1, retain: 3 });
    const connection = broker.connect({ protocol: 'vm', peer: 'test' });
    connection.openConsumer(
      { kind: 'queue', name: 'Consumer.a.VT.x' },
      { deliver: () => {}, drained: () => {} },
    );
    connection.openProducer({ kind: 'topic', name: 'VT.x' }).send(message('m'));
    t.is(broker.find({ kind: 'queue', name: 'Consumer.a.VT.x' })?.messages, 1);
  });
  const refused = startServer({ settings: { 'a\nb': {} } });
  const error = await t.throwsAsync(refused, { instanceOf: UsageError });
  t.regex(error?.message ?? '', /^settings: destination name has control character/);
});

test('totals of messages do not fall when a queue is deleted', async (t) => {
  await withServer({}, async (server) => {
    traffic(server, 'orders');
    const path = '/api/v1/queues/orders?ifUnused=true';
    t.is((await get(server, path, { method: 'DELETE' })).status, 409);
    const deleted = await get(server, '/api/v1/queues/orders', { method: 'DELETE' });
    t.deepEqual(await deleted.json(), { deleted: 1, messages: 1 });
    const text = await (await get(server, '/metrics')).text();
    t.regex(text, /^angelia_messages_enqueued_total\{kind="queue"\} 4$/m);
    t.regex(text, /^angelia_destinations\{kind="queue"\} 1$/m);
  });
});

test('a virtual clock is moved over HTTP; a heart-beat of an hour ago is a moment ago', async (t) => {
  await withServer({ virtualClock: true }, async (server) => {
    const port = Number(new URL(server.urls.stomp ?? '').port);
    const client = connect({ port, host: '127.0.0.1' });
    let heard = '';
    client.setEncoding('utf8').on('data', (text: string) => {
      heard += text;
    });
    const hears = async (what: string) => {
      while (!heard.includes(what)) await once(client, 'data');
    };
    // Silent from here on, and allowed to be for a minute.
    client.write('CONNECT\naccept-version:1.2\nhost:x\nheart-beat:60000,60000\n\n\0');
    client.write('SUBSCRIBE\nid:1\ndestination:/queue/ExpiryQueue\n\n\0');
    const expires = Date.now() + 1_800_000;
    client.write(`SEND\ndestination:/queue/a\nexpires:${expires}\nreceipt:r\n\nlate\0`);
    await hears('receipt-id:r');
    const { clock } = (await (await get(server, '/api/v1/broker')).json()) as Clocked;
    t.is(clock.kind, 'virtual');
    const advance = (ms: unknown) =>
      get(server, '/api/v1/clock/advance', { method: 'POST', body: JSON.stringify({ ms }) });
    t.deepEqual(await (await advance(3_600_000)).json(), { nowMs: clock.nowMs + 3_600_000 });
    // The answer says that it has happened.
    t.is(server.broker.find({ kind: 'queue', name: 'ExpiryQueue' })?.delivered, 1);
    await hears('late');
    client.write('SEND\ndestination:/queue/a\nreceipt:again\n\nstill here\0');
    await hears('receipt-id:again');
    t.is((await advance(-1)).status, 400);
    client.destroy();
  });
  await withServer({}, async (server) => {
    const body = '{"ms":1}';
    const answer = await get(server, '/api/v1/clock/advance', { method: 'POST', body });
    t.like(await answer.json(), { code: 'unsupported', status: 501 });
  });
});

interface Clocked {
  readonly clock: { readonly kind: string; readonly nowMs: number };
}
