// The AMQP adapter over TLS against our own door, and over a way that falls silent.

import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { JMSSecurityException, JmsConnectionFactory } from 'angelia';
import test from 'ava';
import { startServer } from '#server';

const FOLDER = join(import.meta.dirname, '..', '..', '..', 'server', 'test-certificates');
const pathOf = (name: string): string => join(FOLDER, `${name}.pem`);

const server = await startServer({
  user: new Map([['billing', 'secret']]),
  tlsCert: pathOf('server'),
  tlsKey: pathOf('server-key'),
  tlsCa: pathOf('ca'),
  tlsClientAuth: 'request',
  httpPort: -1,
});
test.after.always(() => server.close());
const url = (server.urls as { amqps?: string }).amqps ?? '';
const TRUST = `transport.trustStoreLocation=${encodeURIComponent(pathOf('ca'))}`;

async function roundTrip(options: string): Promise<string | null | undefined> {
  const connection = await new JmsConnectionFactory(`${url}?${options}`).createConnection();
  try {
    await connection.start();
    const session = await connection.createSession();
    const queue = session.createQueue('tls');
    await (await session.createProducer(queue)).send(session.createTextMessage('x'));
    const message = await (await session.createConsumer(queue)).receive(10_000);
    return message?.getBody(String);
  } finally {
    await connection.close();
  }
}

const ANN = 'jms.username=billing&jms.password=secret';

test('[AMQP 5.2] amqps:// with the authority that the URL names, or with any certificate', async (t) => {
  t.is(await roundTrip(`${TRUST}&${ANN}`), 'x');
  t.is(await roundTrip(`transport.trustAll=true&${ANN}`), 'x');
});

test('[AMQP 5.2] an authority that is not known is told with the option that names it', async (t) => {
  await t.throwsAsync(roundTrip(ANN), { message: /authority.*transport\.trustStoreLocation/ });
});

test('[AMQP 5.3] EXTERNAL: a certificate is who we are, and comes before a password', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'amqp1-tls-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const store = join(folder, 'billing.pem');
  writeFileSync(
    store,
    readFileSync(pathOf('billing')) + readFileSync(pathOf('billing-key'), 'utf8'),
  );
  const key = `transport.keyStoreLocation=${encodeURIComponent(store)}`;
  t.is(await roundTrip(`${TRUST}&${key}`), 'x');
  t.is(await roundTrip(`${TRUST}&${key}&jms.username=billing&jms.password=wrong`), 'x');
  await t.throwsAsync(
    roundTrip(`${TRUST}&${key}&amqp.saslMechanisms=PLAIN&jms.username=billing&jms.password=wrong`),
    { instanceOf: JMSSecurityException },
  );
});

test('files that cannot be used are refused with what to do', async (t) => {
  const absent = 'transport.trustStoreLocation=%2Fno%2Fsuch%2Ffile';
  await t.throwsAsync(roundTrip(absent), { message: /trustStoreLocation.*ENOENT/ });
  const wrong = `transport.trustStoreLocation=${encodeURIComponent(join(FOLDER, '..', 'tls.test.ts'))}`;
  await t.throwsAsync(roundTrip(wrong), { message: /PEM.*openssl pkcs12/ });
});

test('[AMQP 2.4.5] a way that falls silent is a lost connection', async (t) => {
  const plain = new URL((server.urls.amqp ?? '').replace('amqp:', 'http:'));
  const pairs: Socket[] = [];
  const relay = createServer((near) => {
    const far = connect(Number(plain.port), plain.hostname);
    for (const socket of [near, far]) socket.on('error', () => {});
    near.pipe(far).pipe(near);
    pairs.push(near, far);
  });
  relay.listen(0, '127.0.0.1');
  await once(relay, 'listening');
  t.teardown(() => {
    for (const socket of pairs) socket.destroy();
    relay.close();
  });
  const port = (relay.address() as AddressInfo).port;
  const silent = `amqp://127.0.0.1:${port}?amqp.idleTimeout=1000&${ANN}`;
  const connection = await new JmsConnectionFactory(silent).createConnection();
  const heard = new Promise<Error>((resolve) => connection.setExceptionListener(resolve));
  await connection.start();
  for (const socket of pairs) socket.unpipe();
  t.regex((await heard).message, /nothing was heard/);
  await connection.close();
});
