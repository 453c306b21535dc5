import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import test, { type ExecutionContext } from 'ava';
import { WebSocket } from 'ws';
import type { LogLevel } from '#broker';
import { type Server, type ServerOptions, startServer } from '#server';

interface Opened {
  readonly server: Server;
  readonly lines: { readonly level: LogLevel; readonly facts: string }[];
}

async function open(t: ExecutionContext, options: ServerOptions = {}): Promise<Opened> {
  const lines: Opened['lines'] = [];
  const server = await startServer(options, (level, event, facts) =>
    lines.push({ level, facts: `${event} ${JSON.stringify(facts)}` }),
  );
  t.teardown(() => server.close());
  return { server, lines };
}

const portOf = (url: string | undefined) => Number(new URL(url ?? '').port);

/** A STOMP client over a WebSocket. */
class Client {
  readonly socket: WebSocket;
  readonly kinds: string[] = [];
  #heard = '';

  constructor(url: string | undefined, protocols: string[], origin?: string) {
    this.socket = new WebSocket(url ?? '', protocols, origin === undefined ? {} : { origin });
    this.socket.on('message', (data: Buffer, binary: boolean) => {
      this.kinds.push(binary ? 'binary' : 'text');
      this.#heard += data.toString('latin1');
    });
  }

  async connect(binary = false): Promise<this> {
    await once(this.socket, 'open');
    this.say('CONNECT\naccept-version:1.2\nhost:x\n\n\0', binary);
    await this.hear();
    return this;
  }

  say(text: string, binary = false): void {
    this.socket.send(Buffer.from(text), { binary });
  }

  async hear(): Promise<string> {
    for (;;) {
      const end = this.#heard.indexOf('\0');
      if (end >= 0) {
        const frame = this.#heard.slice(0, end);
        this.#heard = this.#heard.slice(end + 1);
        return frame;
      }
      await once(this.socket, 'message');
    }
  }
}

for (const door of ['ws', 'multi'] as const) {
  test(`STOMP over a WebSocket at the door '${door}', in text and in binary`, async (t) => {
    const { server } = await open(t);
    const url = server.urls[door]?.replace('tcp:', 'ws:');
    const text = await new Client(url, ['v11.stomp', 'v12.stomp']).connect();
    t.is(text.socket.protocol, 'v12.stomp');
    const binary = await new Client(url, []).connect(true);
    t.is(binary.socket.protocol, '');
    text.say('SUBSCRIBE\nid:1\ndestination:/topic/t\nreceipt:r\n\n\0');
    binary.say('SUBSCRIBE\nid:1\ndestination:/topic/t\nreceipt:r\n\n\0', true);
    await text.hear();
    await binary.hear();
    // A frame may be cut anywhere.
    text.say('SEND\ndesti');
    text.say('nation:/topic/t\n\nhällo\0\n');
    for (const client of [text, binary]) t.regex(await client.hear(), /hÃ¤llo$/);
    t.deepEqual([text.kinds.at(-1), binary.kinds.at(-1)], ['text', 'binary']);
    binary.socket.send(
      Buffer.from('SEND\ndestination:/topic/t\ncontent-length:1\n\n\xff\0', 'latin1'),
    );
    for (const client of [text, binary]) t.regex(await client.hear(), /\xff$/);
    t.deepEqual([text.kinds.at(-1), binary.kinds.at(-1)], ['binary', 'binary']);
    text.say('DISCONNECT\nreceipt:bye\n\n\0');
    t.regex(await text.hear(), /receipt-id:bye/);
    const [code] = await once(text.socket, 'close');
    t.is(code, 1000);
  });
}

test('[AMQP WebSocket Binding 2.1] the sub-protocol amqp is AMQP', async (t) => {
  const { server } = await open(t);
  const socket = new WebSocket(server.urls.ws ?? '', ['amqp']);
  await once(socket, 'open');
  t.is(socket.protocol, 'amqp');
  socket.send(Buffer.from('AMQP\0\x01\0\0'));
  const [data] = await once(socket, 'message');
  t.is((data as Buffer).subarray(0, 4).toString(), 'AMQP');
  socket.terminate();
});

test('pages of other sites are refused, those of the same host and of the list are not', async (t) => {
  const { server, lines } = await open(t, { wsOrigin: ['https://good.example'] });
  for (const origin of ['http://127.0.0.1:3000', 'http://localhost', 'https://good.example']) {
    const client = await new Client(server.urls.ws, ['v12.stomp'], origin).connect();
    client.socket.terminate();
  }
  for (const origin of ['https://evil.example', 'https://good.example.evil.example', 'null']) {
    const socket = new WebSocket(server.urls.ws ?? '', ['v12.stomp'], { origin });
    const [error] = await once(socket, 'error');
    t.regex(String(error), /403/);
  }
  t.is(lines.filter(({ facts }) => facts.includes('--ws-origin')).length, 3);
});

test('an unknown sub-protocol and a request without a WebSocket are told what is expected', async (t) => {
  const { server } = await open(t);
  const socket = new WebSocket(server.urls.ws ?? '', ['mqtt']);
  const [error] = await once(socket, 'error');
  t.regex(String(error), /400/);
  const answer = await fetch(server.urls.ws?.replace('ws:', 'http:') ?? '');
  t.is(answer.status, 426);
  t.regex(await answer.text(), /expected a WebSocket/);
});

test('a WebSocket that does not read is not written to without end, and gets all in the end', async (t) => {
  const { server } = await open(t);
  const slow = await new Client(server.urls.ws, ['v12.stomp']).connect(true);
  slow.say('SUBSCRIBE\nid:1\ndestination:/queue/q\nreceipt:r\n\n\0', true);
  await slow.hear();
  slow.socket.pause();
  const fast = await new Client(server.urls.ws, ['v12.stomp']).connect(true);
  const body = 'x'.repeat(100_000);
  const count = 200;
  for (let n = 0; n < count; n++) {
    const receipt = n === count - 1 ? 'receipt:last\n' : '';
    fast.say(`SEND\ndestination:/queue/q\n${receipt}\n${body}\0`, true);
  }
  t.regex(await fast.hear(), /receipt-id:last/);
  // Most of it still waits in the queue, for the peer does not read.
  t.true(server.broker.storedMessages > count / 2);
  slow.socket.resume();
  for (let n = 0; n < count; n++) t.true((await slow.hear()).endsWith(body));
  t.is(server.broker.storedMessages, 0);
});

// The door for all

async function dial(t: ExecutionContext, url: string | undefined): Promise<Socket> {
  const socket = connect({ port: portOf(url), host: '127.0.0.1' });
  t.teardown(() => socket.destroy());
  await once(socket, 'connect');
  return socket;
}

test('the door for all knows AMQP, STOMP and HTTP, also a byte at a time', async (t) => {
  const { server } = await open(t);
  const { multi } = server.urls;
  for (const [hello, answer] of [
    ['AMQP\0\x01\0\0', /^AMQP/],
    ['CONNECT\naccept-version:1.2\n\n\0', /^CONNECTED\n/],
    ['GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n', /^HTTP\/1.1 200/],
  ] as const) {
    for (const whole of [true, false]) {
      const socket = await dial(t, multi);
      socket.setNoDelay(true);
      for (const piece of whole ? [hello] : hello) socket.write(piece);
      const [data] = await once(socket, 'data');
      t.regex(String(data), answer);
      socket.destroy();
    }
  }
});

test('clients of other protocols are closed, and one line says which it was and what to do', async (t) => {
  const { server, lines } = await open(t);
  for (const [hello, told] of [
    ['\0\0\x01\x0c\x01ActiveMQ\0\0\0\x0c', /OpenWire.*Qpid JMS/],
    ['ARTEMIS', /Artemis core.*Qpid JMS/],
    ['\x16\x03\x01\x02\0\x01', /TLS/],
    ['\x10\x0c\0\x04MQTT', /MQTT/],
    ['SSH-2.0-x\r\n', /do not know/],
  ] as const) {
    lines.length = 0;
    const socket = await dial(t, server.urls.multi);
    socket.on('error', () => {});
    socket.write(Buffer.from(hello, 'latin1'));
    await once(socket, 'close');
    t.deepEqual(
      lines.filter(({ facts }) => told.test(facts)).map(({ level }) => level),
      ['warn'],
    );
  }
});

test('a server that stops does not wait for who has not said what it speaks', async (t) => {
  const { server } = await open(t);
  const socket = await dial(t, server.urls.multi);
  const closed = once(socket, 'close');
  await server.close();
  await closed;
  t.pass();
});
