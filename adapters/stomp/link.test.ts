// The link, and stompit under it, against brokers that we play ourselves: what real ones rarely send.

import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import test, { type ExecutionContext } from 'ava';
import {
  IllegalArgumentException,
  InvalidSelectorException,
  JMSException,
  JMSSecurityException,
} from '#jms-api';
import { type Headers, Link, type Place } from './link.ts';
import { readUrl } from './stomp-url.ts';

const CONNECTED = 'CONNECTED\nversion:1.2\nserver:played/1.0\n\n\0';

interface Played {
  readonly place: Place;
  /** The socket of the client that comes. */
  readonly client: Promise<Socket>;
  readonly server: Server;
}

/** A broker that says this as soon as somebody says anything. */
async function play(t: ExecutionContext, ...first: (string | Buffer)[]): Promise<Played> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  const client = new Promise<Socket>((resolve) => {
    server.once('connection', (socket) => {
      t.teardown(() => socket.destroy());
      socket.on('error', () => {});
      socket.once('data', () => {
        for (const part of first) socket.write(part);
        resolve(socket);
      });
    });
  });
  const { port } = server.address() as AddressInfo;
  return { place: { host: '127.0.0.1', port, tls: undefined }, client, server };
}

/** A link that is open, and the messages and problems that it hears of. */
async function open(t: ExecutionContext, ...after: (string | Buffer)[]) {
  const played = await play(t, CONNECTED, ...after);
  const heard: { headers: Headers; body: string }[] = [];
  const told: Error[] = [];
  const failures: Error[] = [];
  let tell = (): void => {};
  const link = new Link(played.place, {
    onFailure: (error) => {
      failures.push(error);
      tell();
    },
    onProblem: (error) => {
      told.push(error);
      tell();
    },
  });
  link.listen('s', {
    onMessage: (headers, body) => {
      heard.push({ headers, body: body.toString() });
      tell();
    },
    onEnd: (error) => told.push(error),
  });
  await link.open([]);
  const until = async (done: () => boolean): Promise<void> => {
    while (!done()) {
      await new Promise<void>((resolve) => {
        tell = resolve;
      });
    }
  };
  return { link, socket: await played.client, heard, told, failures, until };
}

function message(headers: string, body = ''): string {
  return `MESSAGE\nsubscription:s\nmessage-id:1\n${headers}\n${body}\0`;
}

test('[STOMP 1.2 Value Encoding] a letter that two chunks share arrives whole', async (t) => {
  const { socket, heard, until } = await open(t);
  const bytes = Buffer.from(message('town:Köln – 東京\\c\\n\n', 'größer'));
  for (const byte of bytes) {
    socket.write(Buffer.of(byte));
    await new Promise((resolve) => setImmediate(resolve));
  }
  await until(() => heard.length === 1);
  t.is(heard[0]?.headers.get('town'), 'Köln – 東京:\n');
  t.is(heard[0]?.body, 'größer');
});

test('a header may have any name, and a message many and long ones', async (t) => {
  const { socket, heard, until } = await open(t);
  const many = Array.from({ length: 500 }, (_, n) => `h${n}:${n}\n`).join('');
  const long = 'x'.repeat(100_000);
  socket.write(message('hasOwnProperty:a\n__proto__:hasOwnProperty\nconstructor:c\n'));
  socket.write(message(`${many}long:${long}\n`));
  await until(() => heard.length === 2);
  t.is(heard[0]?.headers.get('hasOwnProperty'), 'a');
  t.is(heard[0]?.headers.get('__proto__'), 'hasOwnProperty');
  t.is(heard[0]?.headers.get('constructor'), 'c');
  t.is(heard[1]?.headers.get('h499'), '499');
  t.is(heard[1]?.headers.get('long'), long);
});

test('[STOMP 1.2 ERROR] one that names a receipt is the answer, and the link lives', async (t) => {
  const { link, socket, told, heard, until } = await open(t);
  const asked = link.request('SUBSCRIBE', [['id', 's']]);
  socket.write('ERROR\nreceipt-id:1\nerror-code:selector-invalid\nmessage:no such thing\n\nbody\0');
  await t.throwsAsync(asked, { instanceOf: InvalidSelectorException, message: /no such thing/ });
  socket.write(`ERROR\nmessage:in general\ncontent-type:text/plain\ncontent-length:3\n\nabc\0`);
  socket.write(message('a:b\n'));
  await until(() => heard.length === 1 && told.length === 1);
  t.regex(told[0]?.message ?? '', /in general/);
});

test('[STOMP 1.2 ERROR] the reason of a closed connection is what the broker said last', async (t) => {
  const { link, socket, failures, told, until } = await open(t);
  const asked = link.request('SEND', []);
  socket.end('ERROR\nmessage:we close at six\n\n\0');
  await t.throwsAsync(asked, { instanceOf: JMSException, message: /we close at six/ });
  await until(() => failures.length === 1);
  t.regex(failures[0]?.message ?? '', /we close at six/);
  t.deepEqual(told, [], 'it is told once');
});

test('a body that nobody wants is read all the same', async (t) => {
  const { socket, heard, until } = await open(t);
  const large = 'y'.repeat(300_000);
  socket.write(`MESSAGE\nsubscription:another\nmessage-id:1\n\n${large}\0`);
  socket.write(message('a:b\n', large));
  await until(() => heard.length === 1);
  t.is(heard[0]?.body, large);
});

test('[JMS 6.1.1] who is no broker of STOMP is told by what it says, with what to do', async (t) => {
  const openWire = Buffer.concat([Buffer.of(0, 0, 1, 0x40, 1), Buffer.from('ActiveMQ\0\0\0\x0c')]);
  const strangers: readonly (readonly [string | Buffer, RegExp])[] = [
    [openWire, /OpenWire.*use the port of the stomp connector/],
    ['AMQP\0\0\x09\x01', /AMQP 0-9-1.*use amqp091:.*rabbitmq_stomp/],
    ['AMQP\0\x01\0\0', /AMQP 1\.0.*use amqp:/],
    ['220 mail.example ESMTP\r\n', /does not speak STOMP.*3232302/],
    ['HTTP/1.1 400 Bad Request\r\n\r\n', /HTTP/],
    [Buffer.of(0x15, 3, 3, 0, 2, 2, 70), /TLS.*use stomps:/],
  ];
  for (const [said, words] of strangers) {
    const { place } = await play(t, said);
    const link = new Link(place, { onFailure() {}, onProblem() {} });
    await t.throwsAsync(link.open([]), { instanceOf: JMSException, message: words });
  }
});

test('[JMS 6.1.1] a refused login is a JMSSecurityException, also of brokers without codes', async (t) => {
  for (const text of ['Bad CONNECT', 'Access refused for user', 'AMQ229031: Unable to validate']) {
    const { place } = await play(t, `ERROR\nmessage:${text}\n\n\0`);
    const link = new Link(place, { onFailure() {}, onProblem() {} });
    await t.throwsAsync(link.open([]), { instanceOf: JMSSecurityException }, text);
  }
});

test('nobody there, and no such host: one sentence', async (t) => {
  for (const [place, message] of [
    [{ host: '127.0.0.1', port: 1, tls: undefined }, /nobody listens at 127\.0\.0\.1:1.*standby/],
    [{ host: 'no-such-host.invalid', port: 61613, tls: undefined }, /no host called 'no-such/],
  ] as const) {
    const link = new Link(place, { onFailure() {}, onProblem() {} });
    await t.throwsAsync(link.open([]), { instanceOf: JMSException, message });
  }
});

test('a URL that cannot be used is refused with what was expected', (t) => {
  const wrong: readonly (readonly [string, RegExp])[] = [
    ['stomp://', /expected stomp:\/\/HOST:PORT/],
    ['stomp://a:b@host', /jms\.username/],
    ['stomp://host:99999', /HOST:PORT/],
    ['stomp://host?x=1', /x is not an option/],
    ['stomp://host?stomp.dialect=kafka', /one of angelia, classic, artemis, rabbitmq/],
    ['stomp://host?stomp.prefetch=0', /stomp\.prefetch/],
    ['stomp://host?transport.trustAll=true', /stomps/],
    ['stomps://host?transport.trustStoreLocation=/no/such/file', /trustStoreLocation: .*ENOENT/],
    ['stomp://host/a%zz', /percent-encoded/],
  ];
  for (const [url, words] of wrong) {
    t.throws(() => readUrl(url), { instanceOf: IllegalArgumentException, message: words }, url);
  }
  t.is(readUrl('stomp://[::1]').place.host, '::1');
  t.is(readUrl('stomp://host/a%2Fb').place.virtualHost, 'a/b');
  t.is(readUrl('stomps://host').place.port, 61612);
});
