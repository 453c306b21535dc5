import { readFileSync } from 'node:fs';
import test from 'ava';
import type { Hono } from 'hono';
import { z } from 'zod';
import {
  Broker,
  DEFAULT_HEADER,
  ManualHost,
  Message,
  type MessageHeader,
  type MessageView,
  Outcome,
  type TypedValue,
} from '#broker';
import { Users } from '#gateway';
import { completeConfig } from '../config.ts';
import { allCalls, httpApp } from './app.ts';
import { routeOf } from './call.ts';

const STATE = {
  ready: true,
  reason: '',
  urls: { http: 'http://127.0.0.1:1' },
  config: completeConfig({}),
};

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
}

class Bench {
  readonly host: ManualHost = new ManualHost();
  readonly broker: Broker = new Broker(this.host);
  readonly app: Hono;

  constructor(users: Users = new Users(), address = '127.0.0.1') {
    this.app = httpApp(this.broker, users, STATE, address);
  }

  async ask(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const answer = await this.app.request(path, {
      method,
      headers: { host: 'localhost:8161', ...headers },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await answer.text();
    const json = answer.headers.get('content-type')?.includes('json') === true;
    return { status: answer.status, headers: answer.headers, body: json ? JSON.parse(text) : {} };
  }

  send(name: string, view: Partial<MessageView>, header: Partial<MessageHeader> = {}): void {
    const full: MessageView = {
      persistent: false,
      priority: 4,
      properties: new Map(),
      body: { kind: 'none' },
      ...view,
    };
    const read = () => {
      if (full.type === 'damaged') throw new Error('it is damaged');
      return full;
    };
    const format = { name: 'test', view: read, encode: () => Buffer.alloc(0) };
    const message = new Message(
      format,
      { ...DEFAULT_HEADER, ...header },
      Buffer.alloc(3),
      0,
      3,
      false,
    );
    this.connection.openProducer({ kind: 'queue', name }).send(message);
    this.host.settle();
  }

  readonly connection = this.broker.connect({ protocol: 'vm', peer: 'test' });
}

function numbered(n: number): Partial<MessageView> {
  const properties = new Map<string, TypedValue>([['n', { type: 'int', value: n }]]);
  return { properties, body: { kind: 'text', text: `message ${n}` } };
}

interface Page {
  readonly messages: readonly { readonly id: number; readonly body: { readonly text: string } }[];
  readonly next: string | null;
}

test('looking at a queue page by page consumes nothing', async (t) => {
  const bench = new Bench();
  for (let n = 1; n <= 5; n++) bench.send('orders', numbered(n), { priority: n === 5 ? 9 : 4 });
  const texts: string[] = [];
  let after = '';
  for (let pages = 0; pages < 3; pages++) {
    const path = `/api/v1/queues/orders/messages?limit=2${after}`;
    const { messages, next } = (await bench.ask('GET', path)).body as unknown as Page;
    texts.push(messages.map(({ body }) => body.text).join(', '));
    after = `&after=${next}`;
    if (next === null) break;
  }
  t.deepEqual(texts, ['message 5, message 1', 'message 2, message 3', 'message 4']);
  t.is(after, '&after=null');
  const chosen = await bench.ask(
    'GET',
    '/api/v1/queues/orders/messages?selector=n%20%3E%203&body=3',
  );
  t.like((chosen.body as unknown as Page).messages[1], {
    id: 4,
    bytes: 3,
    destination: 'queue://orders',
    properties: { n: { type: 'int', value: 4 } },
    body: { kind: 'text', text: 'mes', truncated: true },
  });
  t.like((await bench.ask('GET', '/api/v1/queues/orders')).body, { ready: 5, delivered: 0 });
});

test('a message is shown as it is, and one that nobody can read says why', async (t) => {
  const bench = new Bench();
  const long: TypedValue = { type: 'long', value: 2n ** 63n - 1n };
  const nan: TypedValue = { type: 'double', value: Number.NaN };
  const properties = new Map([['l', long]]);
  const entries = new Map<string, TypedValue>([
    ['b', { type: 'bytes', value: Buffer.from('hi') }],
    ['n', nan],
  ]);
  bench.send('q', { messageId: 'ID:1', properties, body: { kind: 'map', entries } });
  bench.send('q', { body: { kind: 'bytes', bytes: Buffer.from('bytes') } });
  bench.send('q', { body: { kind: 'stream', items: [long, long, long] } });
  bench.send('q', { type: 'damaged' });
  const { messages } = (await bench.ask('GET', '/api/v1/queues/q/messages?body=80')).body as {
    messages: readonly Record<string, unknown>[];
  };
  const shown = messages.slice(0, 3).map(({ body }) => body);
  const value = '9223372036854775807';
  t.like(messages[0], { messageId: 'ID:1', properties: { l: { type: 'long', value } } });
  t.deepEqual(shown, [
    {
      kind: 'map',
      entries: { b: { type: 'bytes', value: 'aGk=' }, n: { type: 'double', value: 'NaN' } },
      truncated: false,
    },
    { kind: 'bytes', base64: 'Ynl0ZXM=', truncated: false },
    { kind: 'stream', items: [{ type: 'long', value }], truncated: true },
  ]);
  t.like(messages[3], { id: 4, properties: {}, unreadable: 'it is damaged' });
});

test('purge, pause, move and retry do it, and answer how many', async (t) => {
  const bench = new Bench();
  for (let n = 1; n <= 3; n++) bench.send('orders', numbered(n));
  const post = (path: string, body?: unknown) => bench.ask('POST', `/api/v1/queues/${path}`, body);
  t.like((await post('orders/pause')).body, { name: 'orders', paused: true });
  const seen: number[] = [];
  const consumer = bench.connection.openConsumer(
    { kind: 'queue', name: 'orders' },
    { deliver: (_message, entry) => seen.push(entry), drained: () => {} },
  );
  consumer.setCredit(1);
  bench.host.settle();
  t.is(seen.length, 0);
  t.like((await post('orders/resume')).body, { paused: false });
  bench.host.settle();
  consumer.settle(seen[0] ?? -1, Outcome.rejected);
  t.deepEqual((await post('DLQ/messages/4/retry')).body, { retried: 1 });
  t.like((await bench.ask('GET', '/api/v1/queues/DLQ')).body, { depth: 0 });
  t.like((await bench.ask('GET', '/api/v1/queues/orders')).body, { ready: 3 });
  t.deepEqual((await post('orders/messages/2/move', { to: 'other' })).body, { moved: 1 });
  t.deepEqual((await post('orders/messages/3/move', { to: 'topic://t' })).body, { moved: 1 });
  t.like((await bench.ask('GET', '/api/v1/queues/other')).body, { ready: 1 });
  t.like((await bench.ask('GET', '/api/v1/topics/t')).body, { enqueued: 1 });
  t.like((await post('orders/messages/2/move', { to: 'other' })).body, { code: 'message-missing' });
  t.like((await post('orders/messages/5/retry')).body, { code: 'message-missing' });
  t.deepEqual((await post('orders/purge')).body, { purged: 1 });
});

test('settings are told and changed while the broker runs', async (t) => {
  const bench = new Bench();
  bench.send('orders.eu', {});
  const path = `/api/v1/settings/${encodeURIComponent('orders.>')}`;
  const settings = { maxDeliveries: 3, whenFull: 'block' };
  t.is((await bench.ask('GET', path)).status, 404);
  t.deepEqual((await bench.ask('PUT', path, settings)).body, { pattern: 'orders.>', settings });
  t.like(bench.broker.find({ kind: 'queue', name: 'orders.eu' })?.settings, settings);
  t.deepEqual((await bench.ask('GET', path)).body, { pattern: 'orders.>', settings });
  const all = await bench.ask('GET', '/api/v1/settings');
  t.deepEqual(all.body as unknown, [{ pattern: 'orders.>', settings }]);
  const [held] = (await bench.ask('GET', '/api/v1/settings?address=orders.us'))
    .body as unknown as Record<string, unknown>[];
  t.like(held, { pattern: 'orders.us', settings: { ...settings, deadLetterQueue: 'DLQ' } });
  t.deepEqual((await bench.ask('DELETE', path)).body, { deleted: 1 });
  t.like(await bench.ask('DELETE', path), { status: 404, body: { code: 'settings-missing' } });
  t.is(bench.broker.find({ kind: 'queue', name: 'orders.eu' })?.settings.maxDeliveries, 10);
});

test('a durable subscription that its owner forgot can be ended', async (t) => {
  const bench = new Bench();
  bench.connection.claimClientId('c');
  const consumer = bench.connection.openConsumer(
    { kind: 'topic', name: 'prices' },
    { deliver: () => {}, drained: () => {} },
    { subscription: { name: 's', durable: true, shared: false } },
  );
  const path = '/api/v1/subscriptions/s?clientId=c';
  t.like((await bench.ask('DELETE', path)).body, { code: 'in-use' });
  consumer.close();
  t.is((await bench.ask('GET', '/api/v1/subscriptions')).body['length'], 1);
  t.deepEqual((await bench.ask('DELETE', path)).body, { deleted: 1 });
  t.like((await bench.ask('DELETE', path)).body, { code: 'subscription-missing' });
});

test('what is wrong with a request is said: where, what was expected, what came', async (t) => {
  const bench = new Bench();
  bench.send('q', {});
  const messages = '/api/v1/queues/q/messages';
  const cases: readonly (readonly [string, string, unknown, number, RegExp])[] = [
    ['GET', `${messages}?limit=0`, undefined, 400, /^query: limit: .* 1 to 1000, got "0"$/],
    ['GET', `${messages}?limit=all`, undefined, 400, /limit: expected a whole .*, got "all"$/],
    ['GET', `${messages}?limt=1`, undefined, 400, /^query: there is no 'limt'$/],
    ['GET', `${messages}?selector=a%20%3D`, undefined, 400, /expected/],
    ['GET', '/api/v1/queues/absent/messages', undefined, 404, /no queue 'absent'/],
    ['POST', `${messages}/x/move`, { to: 'r' }, 400, /^path: id: expected the id .*, got "x"$/],
    ['POST', `${messages}/1/move`, undefined, 400, /body: expected \{"to".*, got nothing$/],
    ['POST', `${messages}/1/move`, '{"to', 400, /body: expected \{"to".*, got "\{\\"to"$/],
    ['POST', `${messages}/1/move`, { to: 'a.>' }, 400, /is a pattern/],
    ['POST', `${messages}/1/move`, { to: 'x'.repeat(70_000) }, 400, /65536 bytes at most$/],
    ['PUT', '/api/v1/settings/x', { retain: -1 }, 400, /body: retain: expected .*, got -1$/],
    ['PUT', '/api/v1/settings/x', { retained: 1 }, 400, /there is no setting 'retained'; there/],
    ['PUT', '/api/v1/settings/x', { deadLetterQueue: 'a.*' }, 400, /expected the name of a queue/],
    ['PUT', '/api/v1/settings/a%00', {}, 400, /control character/],
    ['PUT', '/api/v1/queues/q', {}, 405, /expected GET or HEAD or DELETE, got PUT/],
    ['GET', `${messages}/1/move`, undefined, 405, /expected POST, got GET/],
  ];
  for (const [method, path, body, status, detail] of cases) {
    const answer = await bench.ask(method, path, body);
    t.is(answer.status, status, path);
    t.regex(String(answer.body['detail']), detail, path);
  }
  t.is(bench.broker.settings().size, 0);
  t.is(bench.broker.find({ kind: 'queue', name: 'q' })?.messages, 1);
});

test('on loopback, a request that names another host is refused: DNS rebinding', async (t) => {
  const bench = new Bench();
  const from = (host: string, asked = bench) =>
    asked.ask('GET', '/api/v1/queues', undefined, { host });
  for (const host of ['localhost', 'LOCALHOST:8161', '127.0.0.1:8161', '127.1.2.3', '[::1]:8161']) {
    t.is((await from(host)).status, 200, host);
  }
  for (const host of ['evil.example', 'localhost.evil.example:8161', '127.0.0.1.evil.example']) {
    t.like(await from(host), { status: 421, body: { code: 'host-refused' } }, host);
  }
  t.is((await from('broker.example', new Bench(new Users(), '0.0.0.0'))).status, 200);
});

test('a page of another site changes nothing', async (t) => {
  const bench = new Bench();
  bench.send('q', {});
  const purge = (origin: string) =>
    bench.ask('POST', '/api/v1/queues/q/purge', undefined, { origin });
  for (const origin of ['http://evil.example', 'http://localhost:80', 'null']) {
    t.like(await purge(origin), { status: 403, body: { code: 'origin-refused' } });
  }
  t.is((await purge('http://localhost:8161')).status, 200);
});

test('with users, a change asks for one of them also where anonymous clients are welcome', async (t) => {
  const bench = new Bench(new Users(new Map([['alice', 'secret']]), { anonymous: true }));
  bench.send('q', {});
  const purge = (login?: string) =>
    bench.ask(
      'POST',
      '/api/v1/queues/q/purge',
      undefined,
      login === undefined ? {} : { authorization: `Basic ${btoa(login)}` },
    );
  t.is((await bench.ask('GET', '/api/v1/queues')).status, 200);
  for (const login of [undefined, ':', 'alice:wrong', 'bob:secret']) {
    t.is((await purge(login)).status, 401, login);
  }
  t.deepEqual((await purge('alice:secret')).body, { purged: 1 });
});

test('the description tells of every call, and docs/http.md too', async (t) => {
  const bench = new Bench();
  const { body } = await bench.ask('GET', '/api/v1/openapi.json');
  const paths = body['paths'] as Record<string, Record<string, Record<string, unknown>>>;
  const page = readFileSync(new URL('../../../docs/http.md', import.meta.url), 'utf8');
  const calls = allCalls(bench.broker, STATE);
  t.is(new Set(calls.map((one) => `${one.method} ${routeOf(one)}`)).size, calls.length);
  for (const { method, path, changes } of calls) {
    const said = paths[path]?.[method];
    t.truthy(said, `${method} ${path}`);
    t.is(changes, JSON.stringify(said?.['security']).includes('manage'));
    t.is(changes, method !== 'get');
    t.true(page.includes(`\`${method.toUpperCase()} ${path}\``), `${method} ${path}`);
  }
  // What is described once is there, and nothing else is referred to.
  const schemas = (body['components'] as { schemas: object }).schemas;
  const references = [...JSON.stringify(body).matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)];
  t.deepEqual(
    [...new Set(references.map(([, name]) => name ?? ''))].sort(),
    Object.keys(schemas).sort(),
  );
  t.false(JSON.stringify(body).includes('$defs'));
  const look = paths['/api/v1/queues/{name}/messages']?.['get'];
  const parameters = look?.['parameters'] as Record<string, unknown>[];
  t.like(parameters[0], { name: 'name', in: 'path', required: true });
  t.like(parameters[1], { name: 'limit', in: 'query', required: false });
  t.like(parameters[1]?.['schema'], { type: 'integer', minimum: 1, maximum: 1000, default: 100 });
});

test('answers are what the description says', async (t) => {
  const bench = new Bench();
  bench.send('orders', numbered(1));
  bench.connection.openConsumer(
    { kind: 'topic', name: 'prices' },
    { deliver: () => {}, drained: () => {} },
    { noLocal: true },
  );
  bench.broker.set('orders', { retain: 1 });
  for (const one of allCalls(bench.broker, STATE).filter(({ method }) => method === 'get')) {
    const path = one.path
      .replace('topics/{name}', 'topics/prices')
      .replace('{name}', 'orders')
      .replace('{pattern}', 'orders');
    const { status, body } = await bench.ask('GET', path);
    t.is(status, 200, path);
    const { answer } = one;
    const strict =
      answer instanceof z.ZodArray && answer.element instanceof z.ZodObject
        ? z.array(answer.element.strict())
        : answer instanceof z.ZodObject && !path.endsWith('openapi.json')
          ? answer.strict()
          : answer;
    t.deepEqual(strict.parse(body), body, path);
  }
});
