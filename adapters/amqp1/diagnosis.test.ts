// Wrong places behind an amqp: URL, each with a real socket: one sentence that names the cure.

import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import test from 'ava';
import rhea from 'rhea';
import { JMSException, JMSSecurityException } from '#jms-api';
import { amqp1Provider } from './amqp-provider.ts';

const events = { onFailure() {}, onProblem() {}, onInterrupted() {}, onResumed() {} };

async function listening(server: Server): Promise<string> {
  await new Promise((resolve) => server.once('listening', resolve));
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A server that does this with each socket; its place. */
async function serving(t: { teardown(end: () => void): void }, does: (socket: Socket) => void) {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    does(socket);
  });
  server.listen(0, '127.0.0.1');
  t.teardown(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return await listening(server);
}

function connect(url: string, connectTimeoutMs = 10_000) {
  const endpoint = { url, username: undefined, password: undefined, connectTimeoutMs };
  return amqp1Provider.connect(endpoint, events);
}

const FIRST_BYTES: readonly (readonly [who: string, bytes: Buffer, cure: RegExp])[] = [
  ['AMQP 0-9-1', Buffer.from('414d515000000901', 'hex'), /0-9-1.*amqp091:\/\/.*rabbitmq_amqp1_0/],
  ['AMQP 0-10', Buffer.from('414d51500101000a', 'hex'), /0-10/],
  [
    'OpenWire',
    Buffer.concat([Buffer.from('0000014201', 'hex'), Buffer.from('ActiveMQ\0\0\0\x0c')]),
    /OpenWire.*amqp connector.*5672/,
  ],
  ['a TLS alert', Buffer.from('15030300020246', 'hex'), /TLS alert.*amqps:\/\//],
  ['HTTP', Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'), /speaks HTTP/],
  ['STOMP', Buffer.from('ERROR\nmessage:no\n\n\0'), /stomp:\/\//],
  ['SSH', Buffer.from('SSH-2.0-OpenSSH_9.2\r\n'), /SSH/],
  ['nobody known', Buffer.from('0102030405060708', 'hex'), /0102030405060708.*5672/],
];

for (const [who, bytes, cure] of FIRST_BYTES) {
  test(`${who} at the port: told by its first bytes, also when it leaves the socket open`, async (t) => {
    const place = await serving(t, (socket) => socket.write(bytes));
    const error = await t.throwsAsync(connect(`amqp://${place}`), { instanceOf: JMSException });
    t.regex(error?.message ?? '', cure);
    t.true(error?.message.startsWith(place));
  });
}

test('first bytes that come one by one are put together', async (t) => {
  const place = await serving(t, (socket) => {
    const bytes = [...Buffer.from('414d515000000901', 'hex')];
    const next = (): void => {
      const byte = bytes.shift();
      if (byte === undefined) return;
      socket.write(Buffer.from([byte]));
      setImmediate(next);
    };
    next();
  });
  await t.throwsAsync(connect(`amqp://${place}`), { message: /0-9-1/ });
});

test('who says nothing is told of when the time is over', async (t) => {
  const place = await serving(t, () => {});
  const late = { instanceOf: JMSException, message: /no answer .*jms\.connectTimeout/ };
  await t.throwsAsync(connect(`amqp://${place}`, 50), late);
  await t.throwsAsync(connect(`amqps://${place}`, 50), late);
});

test('who hangs up without a word', async (t) => {
  const place = await serving(t, (socket) => socket.end());
  await t.throwsAsync(connect(`amqp://${place}`), { message: /without a word.*amqps.*standby/ });
});

test('amqps:// to a port without TLS', async (t) => {
  const place = await serving(t, (socket) => {
    socket.once('data', () => socket.write(Buffer.from('414d515003010000', 'hex')));
  });
  await t.throwsAsync(connect(`amqps://${place}`), { message: /does not speak TLS.*amqp:\/\// });
});

test('nobody listens, and nobody is called that', async (t) => {
  const place = await serving(t, () => {});
  const server = createServer();
  server.listen(0, '127.0.0.1');
  const free = await listening(server);
  await new Promise((resolve) => server.close(resolve));
  t.not(place, free);
  await t.throwsAsync(connect(`amqp://${free}`), { message: /nobody listens.*running.*standby/ });
  await t.throwsAsync(connect('amqp://no.such.host.invalid'), {
    message: /no host called 'no\.such\.host\.invalid'/,
  });
});

test('[AMQP 5.3] a broker that wants a name is told as such', async (t) => {
  const peer = rhea.create_container();
  const { sasl_server_mechanisms: mechanisms } = peer as unknown as {
    sasl_server_mechanisms: { enable_plain(check: () => boolean): void };
  };
  mechanisms.enable_plain(() => false);
  peer.on('error', () => {});
  peer.on('disconnected', () => {});
  const server = peer.listen({ port: 0, host: '127.0.0.1' }) as unknown as Server;
  const url = `amqp://${await listening(server)}`;
  t.teardown(() => server.close());
  const refused = { instanceOf: JMSSecurityException };
  await t.throwsAsync(connect(url), { ...refused, message: /PLAIN only: say jms\.username/ });
  const ann = { url, username: 'ann', password: 'guess', connectTimeoutMs: 10_000 };
  await t.throwsAsync(amqp1Provider.connect(ann, events), { ...refused, message: /'ann'/ });
});

test('[RFC 5802 5] a broker that says yes to SCRAM without a proof of its own is not believed', async (t) => {
  const frame = (hex: string): Buffer => {
    const body = Buffer.from(`02010000${hex}`, 'hex');
    const size = Buffer.alloc(4);
    size.writeUInt32BE(4 + body.length);
    return Buffer.concat([size, body]);
  };
  const scram = Buffer.from('SCRAM-SHA-256').toString('hex');
  const place = await serving(t, (socket) => {
    socket.once('data', () => {
      const header = Buffer.from('414d515003010000', 'hex');
      socket.write(Buffer.concat([header, frame(`005340c01001a30d${scram}`)]));
      socket.once('data', () => socket.write(frame('005344c003015000')));
    });
  });
  const ann = { url: `amqp://${place}`, username: 'ann', password: 'x', connectTimeoutMs: 10_000 };
  await t.throwsAsync(amqp1Provider.connect(ann, events), { message: /has not proven.*user/ });
});

test('[AMQP 2.4.5] a broker that closes right behind its open has refused, and says why', async (t) => {
  const peer = rhea.create_container();
  peer.on('connection_open', ({ connection }: { connection: { close(error: object): void } }) => {
    connection.close({ condition: 'amqp:not-found', description: 'no' });
  });
  peer.on('error', () => {});
  peer.on('disconnected', () => {});
  const server = peer.listen({ port: 0, host: '127.0.0.1' }) as unknown as Server;
  const url = `amqp://${await listening(server)}`;
  t.teardown(() => server.close());
  const connection = await connect(url);
  await t.throwsAsync(connection.open(undefined), {
    message: /no virtual host '127\.0\.0\.1': say amqp\.vhost/,
  });
});
