import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:https';
import { connect as connectPlain } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import test, { type ExecutionContext } from 'ava';
import { WebSocket } from 'ws';
import { UsageError } from './config.ts';
import { type Server, type ServerOptions, StartError, startServer } from './server.ts';

const FOLDER = join(import.meta.dirname, '..', '..', 'server', 'test-certificates');
const pathOf = (name: string) => join(FOLDER, `${name}.pem`);
const pem = (name: string) => readFileSync(pathOf(name));

const TLS = { tlsCert: pathOf('server'), tlsKey: pathOf('server-key') };
const MUTUAL = { ...TLS, tlsCa: pathOf('ca'), tlsClientAuth: 'request' } as const;
const BILLING = { cert: pem('billing'), key: pem('billing-key') };
const STRANGER = { cert: pem('stranger'), key: pem('stranger-key') };

const SASL = 'AMQP\x03\x01\0\0';
const CONNECT = 'CONNECT\naccept-version:1.2\nhost:x\n\n\0';

interface Opened {
  readonly server: Server;
  readonly lines: string[];
}

async function open(t: ExecutionContext, options: ServerOptions): Promise<Opened> {
  const lines: string[] = [];
  const server = await startServer({ vm: '', ...options }, (level, event, facts) =>
    lines.push(`${level} ${event} ${JSON.stringify(facts ?? {})}`),
  );
  t.teardown(() => server.close());
  return { server, lines };
}

/** A client over TLS that says something and hears the first answer. */
async function talk(
  t: ExecutionContext,
  url: string | undefined,
  words: string,
  options: ConnectionOptions = {},
): Promise<{ socket: TLSSocket; answer: string }> {
  const port = Number(new URL(url ?? '').port);
  const socket = connect({ host: '127.0.0.1', port, ca: pem('ca'), ...options });
  t.teardown(() => socket.destroy());
  socket.on('error', () => {});
  await once(socket, 'secureConnect');
  socket.write(words, 'latin1');
  const closed = new Promise<[unknown]>((resolve) => socket.once('close', () => resolve([0])));
  const [data] = await Promise.race([once(socket, 'data').catch(() => closed), closed]);
  return { socket, answer: data instanceof Buffer ? data.toString('latin1') : 'closed' };
}

function fetchHttps(url: string | undefined, options: ConnectionOptions = {}): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = get(
      `${url}/api/v1/queues`,
      { ca: pem('ca'), agent: false, ...options },
      (a) => {
        a.resume();
        resolve(a.statusCode ?? 0);
      },
    );
    request.on('error', reject);
  });
}

test('with a certificate, every door has its way with TLS', async (t) => {
  const { server } = await open(t, TLS);
  const { urls } = server;
  t.deepEqual(Object.keys(urls).sort(), [
    ...['amqp', 'amqps', 'http', 'https', 'multi', 'stomp', 'stomps', 'ws', 'wss'],
  ]);
  t.regex((await talk(t, urls.amqps, SASL)).answer, /^AMQP.*PLAIN/s);
  t.regex((await talk(t, urls.stomps, CONNECT)).answer, /^CONNECTED\n/);
  t.regex((await talk(t, urls.multi, SASL)).answer, /^AMQP.*PLAIN/s);
  t.regex((await talk(t, urls.multi, CONNECT)).answer, /^CONNECTED\n/);
  const request = 'GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n';
  t.regex((await talk(t, urls.multi, request)).answer, /^HTTP\/1.1 200/);
  t.is(await fetchHttps(urls.https), 200);
  // Without TLS the shared ports are what they were.
  t.is((await fetch(`${urls.http}/healthz`)).status, 200);
  for (const url of [urls.ws, urls.wss, urls.multi?.replace('tcp:', 'wss:')]) {
    const socket = new WebSocket(url ?? '', ['v12.stomp'], { ca: pem('ca') });
    await once(socket, 'open');
    socket.send(CONNECT);
    const [data] = await once(socket, 'message');
    t.regex(String(data), /^CONNECTED\n/);
    socket.terminate();
  }
});

test('a message of a megabyte passes through TLS, in both directions', async (t) => {
  const { server } = await open(t, TLS);
  const { socket } = await talk(t, server.urls.stomps, CONNECT);
  const body = 'x'.repeat(1024 * 1024);
  socket.write('SUBSCRIBE\nid:1\ndestination:/queue/q\n\n\0');
  for (let n = 0; n < 5; n++) socket.write(`SEND\ndestination:/queue/q\n\n${n}${body}\0`);
  let heard = '';
  while (heard.split(body).length <= 5) heard += String((await once(socket, 'data'))[0]);
  t.deepEqual(heard.match(/(?<=\n\n)\d(?=x)/g), ['0', '1', '2', '3', '4']);
});

test('a server that stops says goodbye over TLS too, and cuts who stays', async (t) => {
  const { server } = await open(t, { ...TLS, drainMs: 100 });
  const { socket } = await talk(t, server.urls.stomps, CONNECT);
  const silent = connect({ port: Number(new URL(server.urls.amqps ?? '').port), ca: pem('ca') });
  silent.on('error', () => {});
  await once(silent, 'secureConnect');
  const goodbye = once(socket, 'data');
  await server.close();
  t.regex(String((await goodbye)[0]), /^ERROR\n/);
});

test('TLS is 1.2 at least', async (t) => {
  const { server, lines } = await open(t, TLS);
  const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL@SECLEVEL=0' } as const;
  await t.throwsAsync(talk(t, server.urls.amqps, SASL, old));
  await t.throwsAsync(talk(t, server.urls.amqps, SASL, { maxVersion: 'TLSv1.1' }));
  const { socket } = await talk(t, server.urls.amqps, SASL, { maxVersion: 'TLSv1.2' });
  t.is(socket.getProtocol(), 'TLSv1.2');
  t.regex(lines.join(), /^warn client refused .*ERR_SSL_UNSUPPORTED_PROTOCOL.*a TLS client: /);
});

test('a client without TLS at a door of TLS is closed, and told of in the log', async (t) => {
  const { server, lines } = await open(t, TLS);
  const socket = connectPlain(Number(new URL(server.urls.amqps ?? '').port), '127.0.0.1');
  socket.write('AMQP\0\x01\0\0');
  await once(socket, 'close');
  t.regex(lines.join(), /client refused.*"door":"amqps".*without TLS \(amqp\).*amqps:\/\//);
});

test('with --tls-only nobody is served without', async (t) => {
  const { server, lines } = await open(t, { ...TLS, tlsOnly: true });
  const { urls } = server;
  t.deepEqual(Object.keys(urls).sort(), ['amqps', 'https', 'multi', 'stomps', 'wss']);
  for (const [url, words] of [
    [urls.multi, CONNECT],
    [urls.wss, 'GET / HTTP/1.1\r\n\r\n'],
    [urls.https, 'GET /healthz HTTP/1.1\r\n\r\n'],
  ] as const) {
    const socket = connectPlain(Number(new URL(url ?? '').port), '127.0.0.1');
    socket.write(words);
    await once(socket, 'close');
  }
  t.is(lines.filter((line) => line.includes('takes TLS alone')).length, 3);
  t.is(await fetchHttps(urls.https), 200);
});

test('a certificate that our authority signed is a user, another is nobody', async (t) => {
  const { server } = await open(t, { ...MUTUAL, user: new Map([['ann', 'secret']]) });
  const { urls, broker } = server;
  const offers = async (options: ConnectionOptions) => {
    const { socket, answer } = await talk(t, urls.amqps, SASL, options);
    socket.destroy();
    return answer.includes('EXTERNAL');
  };
  t.true(await offers(BILLING));
  t.false(await offers(STRANGER));
  t.false(await offers({}));
  await talk(t, urls.stomps, CONNECT, BILLING);
  t.deepEqual(
    [...broker.connections()].map(({ options }) => options.user),
    ['billing'],
  );
  t.regex((await talk(t, urls.stomps, CONNECT, STRANGER)).answer, /^ERROR\n/);
  t.deepEqual([await fetchHttps(urls.https, BILLING), await fetchHttps(urls.https)], [200, 401]);
});

test('a session that is resumed keeps the certificate it began with', async (t) => {
  for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
    const { server } = await open(t, MUTUAL);
    const { urls, broker } = server;
    const session = await new Promise<Buffer>((resolve) => {
      const { port } = new URL(urls.stomps ?? '');
      const first = connect({ port: Number(port), ca: pem('ca'), maxVersion, ...BILLING });
      first.once('session', resolve);
      first.on('error', () => {});
      first.write(CONNECT);
      t.teardown(() => first.destroy());
    });
    const { socket, answer } = await talk(t, urls.stomps, CONNECT, { maxVersion, session });
    t.regex(answer, /^CONNECTED/);
    t.true(socket.isSessionReused());
    t.true([...broker.connections()].every(({ options }) => options.user === 'billing'));
  }
});

test('nonsense that begins like TLS is closed, and told of in the log', async (t) => {
  const { server, lines } = await open(t, TLS);
  for (const door of ['amqps', 'stomps', 'multi', 'wss', 'https'] as const) {
    const socket = connectPlain(Number(new URL(server.urls[door] ?? '').port), '127.0.0.1');
    socket.on('error', () => {}).resume();
    socket.write(Buffer.concat([Buffer.from([0x16, 3, 1, 0, 64]), Buffer.alloc(200, 0xa5)]));
    await new Promise((resolve) => socket.once('close', resolve));
  }
  t.is(lines.filter((line) => /client refused.*a TLS client: ERR_SSL/.test(line)).length, 5);
  t.regex((await talk(t, server.urls.stomps, CONNECT)).answer, /^CONNECTED/);
});

test('a table of subjects says whom a certificate is of', async (t) => {
  const tlsUser = new Map([['CN=billing,O=Angelia test', 'bill']]);
  const { server } = await open(t, { ...MUTUAL, tlsUser });
  await talk(t, server.urls.stomps, CONNECT, BILLING);
  const [connection] = server.broker.connections();
  t.is(connection?.options.user, 'bill');
});

test('where certificates are required, nobody comes without one', async (t) => {
  const { server, lines } = await open(t, { ...MUTUAL, tlsClientAuth: 'require' });
  t.regex((await talk(t, server.urls.amqps, SASL, BILLING)).answer, /EXTERNAL/);
  for (const options of [{}, STRANGER]) {
    const { answer } = await talk(t, server.urls.amqps, SASL, options);
    t.is(answer, 'closed');
  }
  t.is(lines.filter((line) => /client refused.*a TLS client/.test(line)).length, 2);
  // And not by a door without TLS.
  const plain = connectPlain(Number(new URL(server.urls.stomp ?? '').port), '127.0.0.1');
  plain.write(CONNECT);
  t.regex(String((await once(plain, 'data'))[0]), /^ERROR\n/);
});

test('a certificate is renewed while the server runs, and a bad one changes nothing', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'angelia-tls-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const tlsCert = join(folder, 'cert.pem');
  const tlsKey = join(folder, 'key.pem');
  const lay = (name: string) => {
    writeFileSync(tlsCert, pem(name));
    writeFileSync(tlsKey, pem(`${name}-key`));
  };
  lay('server');
  const { server, lines } = await open(t, { tlsCert, tlsKey });
  const name = async () => {
    const { socket } = await talk(t, server.urls.amqps, SASL);
    return socket.getPeerCertificate().subject.CN;
  };
  t.is(await name(), 'localhost');
  const { socket } = await talk(t, server.urls.stomps, CONNECT);
  lay('renewed');
  server.renewCertificate();
  t.is(await name(), 'renewed');
  writeFileSync(tlsKey, 'nonsense');
  server.renewCertificate();
  t.is(await name(), 'renewed');
  t.regex(lines.at(-1) ?? '', /^error the certificate was not renewed.*expected a private key/);
  socket.write('DISCONNECT\nreceipt:bye\n\n\0');
  t.regex(String((await once(socket, 'data'))[0]), /receipt-id:bye/);
});

const signalled = process.platform === 'win32' ? test.skip : test;

signalled('SIGHUP reads the certificate again', async (t) => {
  const main = join(import.meta.dirname, 'main.js');
  const args = ['--tls-cert', TLS.tlsCert, '--tls-key', TLS.tlsKey, '--log-format', 'json'];
  const child = spawn(process.execPath, [main, 'serve', '--memory', '--ports', 'random', ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  t.teardown(() => child.kill('SIGKILL'));
  let said = '';
  let asked = false;
  for await (const chunk of child.stderr) {
    said += chunk;
    if (/"msg":"the certificate was read again"/.test(said)) break;
    if (!asked && /"msg":"ready"/.test(said)) asked = child.kill('SIGHUP');
  }
  t.is(child.exitCode, null, said);
});

for (const [what, options, message] of [
  [
    'there is no such file',
    { tlsCert: pathOf('absent') },
    /--tls-cert .*absent.pem cannot be read/,
  ],
  ['the key is another’s', { tlsKey: pathOf('billing-key') }, /is not the key of the certificate/],
  ['a key is given as certificate', { tlsCert: TLS.tlsKey }, /got a file with a PRIVATE KEY$/],
  ['a certificate is given as key', { tlsKey: TLS.tlsCert }, /got a file with a CERTIFICATE$/],
  ['the file is nothing of that', { tlsCert: join(FOLDER, 'README.md') }, /that is not PEM$/],
] as const) {
  test(`one line says it when ${what}`, (t) =>
    t.throwsAsync(startServer({ ...TLS, ...options }), { instanceOf: StartError, message }));
}

test('a certificate that has expired is warned of, and used', async (t) => {
  const expired = { tlsCert: pathOf('expired'), tlsKey: pathOf('expired-key') };
  const { server, lines } = await open(t, expired);
  t.regex(lines[0] ?? '', /^warn the certificate has expired.*"validTo":"Feb.*2020/);
  await talk(t, server.urls.amqps, SASL, { rejectUnauthorized: false });
});

for (const [options, message] of [
  [{ tlsCert: TLS.tlsCert }, /--tls-cert is given without --tls-key/],
  [{ tlsKey: TLS.tlsKey }, /--tls-key is given without --tls-cert/],
  [{ tlsOnly: true }, /--tls-only needs a certificate/],
  [{ amqpsPort: 0 }, /--amqps-port needs a certificate/],
  [{ tlsCa: pathOf('ca') }, /--tls-ca needs a certificate/],
  [{ ...TLS, tlsClientAuth: 'require' }, /--tls-client-auth require needs --tls-ca/],
  [{ ...TLS, tlsOnly: true, amqpPort: 0 }, /--amqp-port opens a door without TLS/],
  [{ ...TLS, tlsUser: new Map([['CN=a', 'a']]) }, /--tls-user needs --tls-client-auth/],
  [{ ...TLS, host: '0.0.0.0' }, /no user is configured/],
] as const) {
  test(`options that do not go together are refused: ${message.source}`, (t) =>
    t.throwsAsync(startServer(options as ServerOptions), { instanceOf: UsageError, message }));
}
