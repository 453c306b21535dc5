/**
 * rhea, stompit and stompjs at the doors with passwords and certificates; which of them, the first
 * argument says. Prints a line of JSON for each test. rhea has no SCRAM.
 */

import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadClient } from '../drivers/loop.ts';
import type { SecurityFacts } from './programs.ts';

/** What a client is given to come in with. */
interface Credentials {
  readonly user?: string;
  readonly password?: string;
  /** Over TLS; with the certificate of that name, if it is not empty. */
  readonly certificate?: string;
}

/** Sends a text to a queue and receives it; fails if it is not let in. */
type Converse = (url: URL, queue: string, with_: Credentials) => Promise<string>;

const { INTEROP_SECURITY = '{}' } = process.env;
const { urls, certificates, password } = JSON.parse(INTEROP_SECURITY) as SecurityFacts;
const TEXT = 'grüezi';
const ANSWER_MS_MAX = 10_000;

function tls({ certificate }: Credentials): Record<string, unknown> {
  if (certificate === undefined) return {};
  const pem = (name: string) => readFileSync(join(certificates, `${name}.pem`));
  if (certificate === '') return { ca: pem('ca') };
  return { ca: pem('ca'), cert: pem(certificate), key: pem(`${certificate}-key`) };
}

interface RheaContext {
  readonly message: { readonly body: string };
  readonly connection: { readonly error?: Error };
  readonly error?: Error;
}
interface RheaConnection {
  on(event: string, listener: (context: RheaContext) => void): void;
  open_sender(address: string): { once(event: string, listener: () => void): void } & {
    send(message: object): void;
  };
  open_receiver(address: string): void;
  close(): void;
}

const rhea: Converse = (url, queue, with_) => {
  const { library } = loadClient('rhea');
  const { create_container: create } = library as {
    create_container(): { connect(options: object): RheaConnection };
  };
  const secure = with_.certificate !== undefined;
  const connection = create().connect({
    host: url.hostname,
    port: Number(url.port),
    reconnect: false,
    ...(with_.user !== undefined && { username: with_.user, password: with_.password }),
    ...(secure && { transport: 'tls', servername: 'localhost', ...tls(with_) }),
    ...(with_.certificate && with_.user === undefined && { enable_sasl_external: true }),
  });
  return new Promise<string>((resolve, reject) => {
    connection.on('connection_open', () => {
      const sender = connection.open_sender(queue);
      sender.once('sendable', () => sender.send({ body: TEXT }));
      connection.open_receiver(queue);
    });
    connection.on('message', ({ message }) => resolve(message.body));
    for (const event of ['connection_error', 'connection_close', 'disconnected', 'error']) {
      connection.on(event, (context) => {
        reject(context.error ?? context.connection?.error ?? new Error(event));
      });
    }
  }).finally(() => connection.close());
};

interface StompitClient {
  send(headers: object): { end(text: string): void };
  subscribe(headers: object, told: (error: Error | null, message: StompitMessage) => void): void;
  disconnect(told: () => void): void;
}
interface StompitMessage {
  readString(encoding: string, told: (error: Error | null, text: string) => void): void;
}

const stompit: Converse = async (url, queue, with_) => {
  const { library } = loadClient('stompit');
  const { connect } = library as {
    connect(options: object, told: (error: Error | null, client: StompitClient) => void): void;
  };
  const secure = with_.certificate !== undefined;
  const login = with_.user === undefined ? {} : { login: with_.user, passcode: with_.password };
  const options = {
    host: url.hostname,
    port: Number(url.port),
    ssl: secure,
    ...(secure && { servername: 'localhost', ...tls(with_) }),
    connectHeaders: { host: '/', ...login },
  };
  const client = await new Promise<StompitClient>((resolve, reject) =>
    connect(options, (error, one) => (error === null ? resolve(one) : reject(error))),
  );
  const text = await new Promise<string>((resolve, reject) => {
    client.send({ destination: `/queue/${queue}`, 'content-type': 'text/plain' }).end(TEXT);
    client.subscribe({ destination: `/queue/${queue}`, ack: 'auto' }, (error, message) => {
      if (error !== null) return reject(error);
      message.readString('utf-8', (broken, read) => (broken ? reject(broken) : resolve(read)));
    });
  });
  await new Promise<void>((resolve) => client.disconnect(resolve));
  return text;
};

interface StompJsClient {
  onConnect: () => void;
  onStompError: (frame: { readonly headers: Record<string, string> }) => void;
  onWebSocketClose: () => void;
  subscribe(destination: string, told: (message: { readonly body: string }) => void): void;
  publish(message: object): void;
  activate(): void;
  deactivate(): Promise<void>;
}

const stompjs: Converse = async (url, queue, with_) => {
  const { library } = loadClient('@stomp/stompjs');
  const { library: sockets } = loadClient('ws');
  const { Client } = library as { Client: new (options: object) => StompJsClient };
  const { WebSocket } = sockets as {
    WebSocket: new (url: string, protocols: string[], options: object) => unknown;
  };
  const client = new Client({
    reconnectDelay: 0,
    connectHeaders: with_.user === undefined ? {} : { login: with_.user, passcode: with_.password },
    webSocketFactory: () => new WebSocket(url.href, ['v12.stomp'], tls(with_)),
  });
  return await new Promise<string>((resolve, reject) => {
    client.onConnect = () => {
      client.subscribe(`/queue/${queue}`, ({ body }) => resolve(body));
      client.publish({ destination: `/queue/${queue}`, body: TEXT });
    };
    client.onStompError = ({ headers }) => reject(new Error(headers['message']));
    client.onWebSocketClose = () => reject(new Error('closed'));
    client.activate();
  }).finally(() => client.deactivate());
};

const CLIENTS: Readonly<Record<string, readonly [Converse, plain: string, secure: string]>> = {
  rhea: [rhea, 'amqp', 'amqps'],
  stompit: [stompit, 'stomp', 'stomps'],
  stompjs: [stompjs, 'ws', 'wss'],
};

async function test(name: string, body: () => Promise<void>): Promise<void> {
  const startedAt = Date.now();
  let error: string | undefined;
  try {
    const late = AbortSignal.timeout(ANSWER_MS_MAX);
    const tooLate = once(late, 'abort').then(() => Promise.reject(new Error('no answer in time')));
    await Promise.race([body(), tooLate]);
  } catch (cause) {
    error = cause instanceof Error ? cause.message : String(cause);
  }
  const line = { test: name, ...(error !== undefined && { error }), ms: Date.now() - startedAt };
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

const [, , name = ''] = process.argv;
const [converse, plain, secure] = CLIENTS[name] ?? [rhea, 'amqp', 'amqps'];
let queues = 0;

const comesIn = (door: string, with_: Credentials) => async (): Promise<void> => {
  const text = await converse(new URL(urls[door] ?? ''), `security.${name}.${++queues}`, with_);
  if (text !== TEXT) throw new Error(`received ${text}`);
};
const isRefused = (door: string, with_: Credentials) => async (): Promise<void> => {
  const cameIn = await comesIn(door, with_)().then(
    () => true,
    () => false,
  );
  if (cameIn) throw new Error('came in');
};

// stompit tells of an ERROR to who connects, and once more by a frame to which nobody listens.
if (name === 'stompit') process.on('uncaughtException', () => {});

const alice: Credentials = { user: 'alice', password };
await test('a password', comesIn(plain, alice));
await test('a password with a ready verifier', comesIn(plain, { ...alice, user: 'bob' }));
await test('a wrong password is refused', isRefused(plain, { ...alice, password: 'wrong' }));
await test('nobody is refused', isRefused(plain, {}));
await test('a password over TLS', comesIn(secure, { ...alice, certificate: '' }));
await test('the certificate', comesIn(secure, { certificate: 'billing' }));
await test('a stranger’s certificate is refused', isRefused(secure, { certificate: 'stranger' }));
process.exit(0);
