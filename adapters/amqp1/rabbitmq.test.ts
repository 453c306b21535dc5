// The guards of what RabbitMQ 4 does otherwise than most: where it begins to count, which numbers of
// sessions it mixes up, what it says of a message that nobody takes, and what it makes of AMQP 0-9-1.

import type { AddressInfo, Server } from 'node:net';
import test from 'ava';
import rhea from 'rhea';
import { type ConsumerRequest, InvalidDestinationException, type MessageData } from '#jms-api';
import { amqp1Provider } from './amqp-provider.ts';
import type { Answer } from './delivery-state.ts';
import { decodeMessage } from './message-decode.ts';
import { encodeMessage } from './message-encode.ts';
import { secondRabbitDialect } from './rabbitmq-dialect.ts';
import { type Connection, nextSession, type Sender, type Session, types } from './rhea.ts';
import { SenderLink } from './sender-link.ts';

const dialect = secondRabbitDialect('amq.topic', 'me');

const text: MessageData = {
  destination: { kind: 'topic', name: 'prices.eur' },
  persistent: true,
  priority: 4,
  properties: new Map(),
  body: { kind: 'text', text: 'é' },
  type: 'price',
};

test('[AMQP 2.6.7] credit is reckoned from where the sender begins to count', async (t) => {
  const peer = rhea.create_container();
  const credits: number[] = [];
  let granted = (): void => {};
  const heard = new Promise<void>((resolve) => {
    granted = resolve;
  });
  peer.on('sender_open', ({ sender }: { sender: Record<string, never> }) => {
    const link = sender as unknown as {
      delivery_count: number;
      local: { attach: { initial_delivery_count: number } };
      set_source(source: object): void;
      source: object;
    };
    link.set_source(link.source);
    link.local.attach.initial_delivery_count = 0xffff_fffb;
    link.delivery_count = 0xffff_fffb;
  });
  peer.on('sender_flow', ({ sender }: { sender: { credit: number } }) => {
    credits.push(sender.credit);
    granted();
  });
  peer.on('disconnected', () => {});
  const server = peer.listen({ port: 0, host: '127.0.0.1' }) as unknown as Server;
  await new Promise((resolve) => server.once('listening', resolve));
  const url = `amqp://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const events = { onFailure() {}, onProblem() {}, onInterrupted() {}, onResumed() {} };
  const endpoint = { url, username: undefined, password: undefined };
  const connection = await amqp1Provider.connect(endpoint, events);
  await connection.open(undefined);
  const session = await connection.openSession(false);
  const sink = { onMessage() {}, onEnd() {} };
  const request: ConsumerRequest = {};
  const consumer = await session.openConsumer({ kind: 'queue', name: 'q' }, sink, request);
  consumer.grant(7);
  await heard;
  t.deepEqual(credits, [7]);
  await connection.close();
  server.close();
});

test('[AMQP 2.5.1] sessions get numbers in turn, and none that the peer does not take', (t) => {
  const used: Record<number, unknown> = {};
  const connection = {
    local_channel_map: used,
    create_session() {
      let channel = 0;
      while (used[channel]) channel++;
      const session = { local: { channel } } as unknown as Session;
      used[channel] = session;
      return session;
    },
  } as unknown as Connection;
  const numbers: (number | undefined)[] = [];
  let last = -1;
  for (let n = 0; n < 6; n++) {
    const session = nextSession(connection, last, 3);
    numbers.push(session?.local.channel);
    if (session === undefined) continue;
    last = session.local.channel;
    if (n !== 1) delete used[last];
  }
  t.deepEqual(numbers, [0, 1, 2, 3, 0, 2], 'the one that stays is left out');
  t.deepEqual(Object.keys(used), ['1']);
  for (const free of [0, 2, 3]) used[free] = {};
  t.is(nextSession(connection, last, 3), undefined);
});

test('a message that nobody takes: fine for a topic, an InvalidDestinationException for a queue', async (t) => {
  const said: string[] = [];
  const owner = {
    answered: (_: number, { kind, error }: Answer) =>
      void said.push(`${kind} ${error?.condition ?? ''}`),
    lost() {},
  };
  const never = (): Sender => {
    throw new Error('not attached');
  };
  for (const unroutable of ['fine', 'missing', undefined] as const) {
    const wishes = { presettled: false, unroutable };
    const link = new SenderLink(never, { drop: () => [] }, owner, wishes);
    link.answered(1, { kind: 'released' });
  }
  t.deepEqual(said, ['accepted ', 'released amqp:not-found', 'released ']);
  const missing = { kind: 'queue', name: '..' } as const;
  t.throws(() => dialect.addressOf(missing), { instanceOf: InvalidDestinationException });
});

test('text is sent as bytes, for clients of AMQP 0-9-1; what is read is what was sent', (t) => {
  const bytes = encodeMessage(text, 0, dialect);
  t.true(bytes.includes(Buffer.from('text/plain')));
  t.true(bytes.includes(Buffer.from([0x53, 0x75])), 'a data section');
  const { message, sender } = decodeMessage(bytes, dialect);
  t.deepEqual(message.body, text.body);
  t.deepEqual(message.destination, text.destination);
  t.is(message.type, 'price');
  t.is(sender, 'me');
  const none = decodeMessage(
    encodeMessage({ ...text, body: { kind: 'none' } }, 0, dialect),
    dialect,
  );
  t.deepEqual(none.message.body, { kind: 'none' });
});

function section(code: number, value: unknown): Buffer {
  const writer = new types.Writer();
  writer.write(types.described_nc(types.wrap_ulong(code), value as never));
  return Buffer.from(writer.toBuffer());
}

/** As RabbitMQ converts it. */
function converted(headers: Readonly<Record<string, string>>, content: string): Buffer {
  const pairs = Object.entries(headers).flatMap((pair) => pair.map(types.wrap_string));
  const notes = { 'x-exchange': 'amq.topic', 'x-routing-key': 'a.b', 'x-basic-type': 'order' };
  const annotations = Object.entries(notes).flatMap(([name, value]) => [
    types.wrap_symbol(name),
    types.wrap_string(value),
  ]);
  const absent = Array.from({ length: 10 }, () => types.Null());
  return Buffer.concat([
    section(0x72, types.Map32(annotations)),
    section(0x73, types.List32([...absent, types.wrap_string('app')])),
    section(0x74, types.Map32(pairs)),
    section(0x75, types.wrap_binary(Buffer.from(content))),
  ]);
}

test('what amqp091:// has sent is read as it was sent', (t) => {
  const headers = {
    JMSType: 'order',
    'angelia-body': 'map',
    JMSTimestamp: '17',
    'angelia-types': '{"c":"char"}',
    'angelia-properties': '{"big":["long","9007199254740993"]}',
    c: 'x',
  };
  const { message, sender } = decodeMessage(converted(headers, '[["a",["int","1"]]]'), dialect);
  t.deepEqual(message.body, { kind: 'map', entries: new Map([['a', { type: 'int', value: 1 }]]) });
  t.deepEqual(message.destination, { kind: 'topic', name: 'a.b' });
  t.is(message.timestamp, 17);
  t.is(message.type, 'order');
  t.deepEqual(
    [...message.properties],
    [
      ['c', { type: 'char', value: 'x' }],
      ['big', { type: 'long', value: 9007199254740993n }],
    ],
  );
  t.is(sender, 'app');
  const other = decodeMessage(converted({ JMSType: 'mine' }, 'x'), dialect).message;
  t.deepEqual(other.properties.get('JMSType'), { type: 'string', value: 'mine' });
  t.throws(() => decodeMessage(converted({ JMSType: 'MapMessage' }, '{'), dialect));
});
