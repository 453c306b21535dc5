// `vm://NAME?broker.persistent=true`: a broker in the process that keeps its data, over its end, over
// the end of the process, and against others who want the same directory.

import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import test, { type ExecutionContext } from 'ava';
import { LocalProvider, stopBroker } from '#adapters/local';
import { type Connection, JMSException, JmsConnectionFactory } from '#jms-api';
import { startServer } from '#server';
import { keepBroker } from './index.ts';

const provider = new LocalProvider(keepBroker);
const PACKAGE = pathToFileURL(join(import.meta.dirname, '../../index.js')).href;

function directory(t: ExecutionContext): string {
  const path = realpathSync(mkdtempSync(join(tmpdir(), 'angelia-')));
  t.teardown(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

let names = 0;

function fresh(t: ExecutionContext, name = `kept-${++names}`) {
  const parent = directory(t);
  const options = `broker.persistent=true&broker.dataDirectory=${encodeURIComponent(parent)}`;
  return { name, parent, url: `vm://${name}?${options}` };
}

async function connect(url: string): Promise<Connection> {
  const factory = new JmsConnectionFactory(url, { vm: () => provider });
  const connection = await factory.createConnection();
  await connection.start();
  return connection;
}

async function send(connection: Connection, ...texts: string[]): Promise<void> {
  const session = await connection.createSession();
  const producer = await session.createProducer(session.createQueue('q'));
  for (const text of texts) await producer.send(session.createTextMessage(text));
  await producer.send(session.createTextMessage('not persistent'), 1, 4, 0);
}

async function left(url: string): Promise<(string | undefined)[]> {
  const connection = await connect(url);
  const session = await connection.createSession();
  const consumer = await session.createConsumer(session.createQueue('q'));
  const texts: (string | undefined)[] = [];
  for (let m = await consumer.receiveNoWait(); m; m = await consumer.receiveNoWait()) {
    texts.push(m.getBody(String) ?? undefined);
  }
  await connection.close();
  return texts;
}

test('[JMS 9.1] persistent messages outlive stopBroker, which lets the directory go', async (t) => {
  const { name, parent, url } = fresh(t);
  // Two at once are one broker.
  const [first, second] = await Promise.all([connect(url), connect(url)]);
  await send(first, 'a');
  await send(second, 'b');
  const told = new Promise<Error>((resolve) => first.setExceptionListener(resolve));
  t.true(await stopBroker(name));
  t.regex((await told).message, /stopped/);
  // A server may take it over.
  const server = await startServer({ memory: false, data: join(parent, name), vm: '' });
  t.is(server.broker.find({ kind: 'queue', name: 'q' })?.statistics().depth, 2);
  const held = await t.throwsAsync(connect(url), { instanceOf: JMSException });
  t.regex(held?.message ?? '', new RegExp(`${name}.*in use by process ${process.pid}.*this one`));
  await server.close();
  t.deepEqual(await left(url), ['a', 'b']);
  await stopBroker(name);
  t.deepEqual(await left(url), []);
  await send(await connect(url), 'c');
  // Whoever connects while it stops finds the next one.
  const stopping = stopBroker(name);
  t.deepEqual(await left(url), ['c']);
  await stopping;
  await send(await connect(url), 'd');
  await stopBroker(name);
  t.deepEqual(await left(`${url}&broker.deleteAllMessagesOnStartup=true`), []);
  await stopBroker(name);
});

test('what is in memory does not become persistent by asking, nor move', async (t) => {
  const { name, parent, url } = fresh(t);
  const memory = await connect(`vm://${name}`);
  await t.throwsAsync(connect(url), { instanceOf: JMSException, message: /in memory already/ });
  await memory.close();
  await stopBroker(name);
  await (await connect(url)).close();
  await (await connect(`vm://${name}?create=false`)).close();
  await (await connect(`vm://${name}?broker.persistent=true`)).close();
  const elsewhere = `vm://${name}?broker.persistent=true&broker.dataDirectory=/elsewhere`;
  await t.throwsAsync(connect(elsewhere), { message: new RegExp(`keeps its data in ${parent}`) });
  await stopBroker(name);
  const blocked = `vm://angelia?broker.persistent=true&broker.dataDirectory=/dev/null`;
  await t.throwsAsync(connect(blocked), {
    instanceOf: JMSException,
    message: /cannot keep its data/,
  });
});

const program = (ending: string) => `
  import { JmsConnectionFactory } from ${JSON.stringify(PACKAGE)};
  const factory = new JmsConnectionFactory('vm://orders?broker.persistent=true');
  const context = await factory.createContext();
  const producer = context.createProducer();
  ${ending}
`;

test('the end of the process, in order or not, loses nothing that was confirmed', async (t) => {
  const cwd = directory(t);
  const node = (ending: string) => ['--input-type=module', '--eval', program(ending)];
  // It ends by itself when the connection is closed, though the broker was not stopped.
  const orderly = `
    for (let n = 0; n < 999; n++) producer.send(context.createQueue('q'), 'x');
    await producer.send(context.createQueue('q'), 'x');
    await context.close();
  `;
  await promisify(execFile)(process.execPath, node(orderly), { cwd, timeout: 60_000 });
  t.true(existsSync(join(cwd, 'angelia-data/orders/journal')));
  const killed = `
    await producer.send(context.createQueue('q'), 'x');
    console.log('confirmed');
    setInterval(() => {}, 1000);
  `;
  const child = spawn(process.execPath, node(killed), {
    cwd,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  const url = `vm://orders?broker.persistent=true&broker.dataDirectory=${cwd}/angelia-data`;
  await t.throwsAsync(connect(url), { message: new RegExp(`in use by process ${child.pid}`) });
  child.kill('SIGKILL');
  await once(child, 'exit');
  t.is((await left(url)).length, 1001);
  await stopBroker('orders');
});
