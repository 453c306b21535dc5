import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import test, { type ExecutionContext } from 'ava';
import { Broker, nodeHost } from '#broker';
import { Users } from '../auth.ts';
import { Listener } from '../listener.ts';
import { stompEngine } from './index.ts';

/** A client on a real socket that says raw bytes and hears whole frames. */
class Client {
  readonly socket: Socket;
  #heard = '';

  constructor(socket: Socket) {
    this.socket = socket;
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => {
      this.#heard += text;
    });
    socket.on('error', () => {});
  }

  say(...frames: string[]): void {
    this.socket.write(frames.map((frame) => `${frame}\0`).join(''));
  }

  async hear(): Promise<string> {
    for (;;) {
      const end = this.#heard.indexOf('\0');
      if (end >= 0) {
        const frame = this.#heard.slice(0, end).trimStart();
        this.#heard = this.#heard.slice(end + 1);
        return frame;
      }
      await once(this.socket, 'data');
    }
  }

  async connect(version = '1.2'): Promise<void> {
    this.say(`CONNECT\naccept-version:${version}\nhost:here\n\n`);
    await this.hear();
  }
}

async function door(t: ExecutionContext): Promise<() => Promise<Client>> {
  const broker = new Broker(nodeHost());
  const listener = new Listener(
    broker,
    'stomp',
    stompEngine(broker, new Users(), { version: '9.9.9' }),
  );
  const port = await listener.open('127.0.0.1', 0);
  t.teardown(async () => {
    const stopped = listener.stopAccepting();
    listener.destroy();
    await stopped;
  });
  return async () => {
    const socket = connect({ port, host: '127.0.0.1' });
    await once(socket, 'connect');
    return new Client(socket);
  };
}

const headerOf = (frame: string, name: string) =>
  new RegExp(`^${name}:(.*)$`, 'm').exec(frame)?.[1] ?? '';
const bodyOf = (frame: string) => frame.slice(frame.indexOf('\n\n') + 2);

test('[STOMP 1.2 CONNECT] CONNECTED over a socket says who we are', async (t) => {
  const client = await (await door(t))();
  client.say('CONNECT\naccept-version:1.2\nhost:here\n\n');
  const frame = await client.hear();
  t.regex(frame, /^CONNECTED\n/);
  t.is(headerOf(frame, 'server'), 'Angelia/9.9.9');
  t.is(headerOf(frame, 'version'), '1.2');
});

test('1,000 messages and a megabyte cross two sockets in order, unchanged', async (t) => {
  const dial = await door(t);
  const [sender, receiver] = [await dial(), await dial()];
  await sender.connect();
  await receiver.connect('1.1');
  receiver.say('SUBSCRIBE\nid:1\ndestination:/queue/q\nreceipt:ready\n\n');
  t.is(headerOf(await receiver.hear(), 'receipt-id'), 'ready');
  for (let n = 0; n < 1000; n++) sender.say(`SEND\ndestination:/queue/q\nn:${n}\n\nbody ${n}`);
  const million = 'm'.repeat(1024 * 1024);
  sender.say(`SEND\ndestination:/queue/q\npersistent:true\nreceipt:done\n\n${million}`);
  t.is(headerOf(await sender.hear(), 'receipt-id'), 'done');
  for (let n = 0; n < 1000; n++) {
    const frame = await receiver.hear();
    if (headerOf(frame, 'n') !== `${n}` || bodyOf(frame) !== `body ${n}`) return t.fail(frame);
  }
  t.true(bodyOf(await receiver.hear()) === million);
});

test('[STOMP 1.2 ACK] what was not acknowledged comes back in order after the socket is cut', async (t) => {
  const dial = await door(t);
  const first = await dial();
  await first.connect();
  first.say('SUBSCRIBE\nid:1\ndestination:/queue/q\nack:client-individual\n\n');
  first.say(...['a', 'b', 'c', 'd'].map((body) => `SEND\ndestination:/queue/q\n\n${body}`));
  const frames = [];
  for (let n = 0; n < 4; n++) frames.push(await first.hear());
  const acks = frames.map((frame) => headerOf(frame, 'ack'));
  first.say(`ACK\nid:${acks[1]}\n\n`, `NACK\nid:${acks[0]}\nrequeue:true\nreceipt:r\n\n`);
  await first.hear();
  const again = await first.hear();
  t.is(bodyOf(again), 'a');
  t.is(headerOf(again, 'redelivered'), 'true');
  first.socket.destroy();
  const second = await dial();
  await second.connect();
  second.say('SUBSCRIBE\nid:1\ndestination:/queue/q\n\n');
  const rest = [await second.hear(), await second.hear(), await second.hear()];
  t.deepEqual(rest.map(bodyOf), ['a', 'c', 'd']);
  t.deepEqual(
    rest.map((frame) => headerOf(frame, 'redelivered')),
    ['true', 'true', 'true'],
  );
});

test('[STOMP 1.2 ERROR] a bad frame ends its connection and no other', async (t) => {
  const dial = await door(t);
  const [bad, good] = [await dial(), await dial()];
  await bad.connect();
  await good.connect();
  bad.say('SEND\ndestination:nowhere\nreceipt:7\n\nx');
  const closed = once(bad.socket, 'close');
  const frame = await bad.hear();
  t.regex(frame, /^ERROR\n/);
  t.is(headerOf(frame, 'receipt-id'), '7');
  t.regex(
    bodyOf(frame),
    /begins with \/queue\/.* got 'nowhere' \(frame 2, SEND\)\n-----\nSEND\ndest/,
  );
  bad.socket.end();
  await closed;
  good.say('DISCONNECT\nreceipt:bye\n\n');
  t.is(headerOf(await good.hear(), 'receipt-id'), 'bye');
});

test('[STOMP 1.2 DISCONNECT] the receipt arrives, then the socket is closed', async (t) => {
  const client = await (await door(t))();
  await client.connect();
  const ended = once(client.socket, 'end');
  client.say('DISCONNECT\nreceipt:bye\n\n');
  t.is(headerOf(await client.hear(), 'receipt-id'), 'bye');
  await ended;
  t.pass();
});
