// The adapter against a broker that we play: one test for each trap of amqplib and of RabbitMQ that it
// avoids, and messages through amqplib's own encoder. What RabbitMQ itself does is for the interop run.

import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer, Socket } from 'node:net';
import { join } from 'node:path';
import { connect } from 'amqplib';
import test, { type ExecutionContext } from 'ava';
import {
  type Connection,
  InvalidDestinationException,
  JMSException,
  JmsConnectionFactory,
  type Message,
  MessageFormatException,
  type MessageProducer,
  type Session,
  TextMessage,
  type ValueType,
} from '#jms-api';
import { amqp091Provider } from './index.ts';
import { PlayedBroker } from './played-broker.test-kit.ts';

const PROVIDERS = { amqp091: () => amqp091Provider, amqps091: () => amqp091Provider };
const CERTIFICATES = join(import.meta.dirname, '../../../server/test-certificates');

interface Stage {
  readonly broker: PlayedBroker;
  readonly connection: Connection;
}

async function stage(t: ExecutionContext, more = ''): Promise<Stage> {
  const broker = await PlayedBroker.start(t);
  const factory = new JmsConnectionFactory(`${broker.url}${more}`, PROVIDERS);
  const connection = await factory.createConnection();
  t.teardown(() => connection.close());
  await connection.start();
  return { broker, connection };
}

async function texts(session: Session, producer: MessageProducer, ...all: string[]): Promise<void> {
  for (const text of all) await producer.send(session.createTextMessage(text));
}

/** Sends a message and receives it, by way of amqplib's encoder and decoder. */
async function through(t: ExecutionContext, make: (session: Session) => Message): Promise<Message> {
  const { connection } = await stage(t);
  const session = await connection.createSession();
  const queue = session.createQueue('q');
  const consumer = await session.createConsumer(queue);
  await (await session.createProducer(queue)).send(make(session));
  const message = await consumer.receive(5000);
  if (message === null) throw new Error('it did not arrive');
  return message;
}

test('[JMS 3.5.2] numbers of other clients are of the type that they were sent as', async (t) => {
  const broker = await PlayedBroker.start(t);
  broker.declare('q');
  const model = await connect(broker.url.replace('amqp091', 'amqp'));
  // The broker that we play ends without a word.
  model.on('error', () => undefined);
  const channel = await model.createConfirmChannel();
  const numbers: Record<string, [sentAs: string, value: number | bigint, type: ValueType]> = {
    aByte: ['int8', -7, 'byte'],
    aShort: ['int16', 7, 'short'],
    anInt: ['int32', 7, 'int'],
    aLong: ['int64', 7n, 'long'],
    theGreatestLong: ['int64', 2n ** 63n - 1n, 'long'],
    aFloat: ['float', 1.5, 'float'],
    aDouble: ['double', 2, 'double'],
    unsigned: ['uint32', 7, 'long'],
  };
  const headers: Record<string, unknown> = {
    text: 'ü',
    list: ['x', 1],
    table: { a: 1 },
    yes: true,
  };
  for (const [name, [as, value]] of Object.entries(numbers)) headers[name] = { '!': as, value };
  const content = { contentType: 'text/plain', contentEncoding: 'x', headers };
  channel.sendToQueue('q', Buffer.from('x'), content);
  await channel.waitForConfirms();
  const connection = await new JmsConnectionFactory(broker.url, PROVIDERS).createConnection();
  t.teardown(() => connection.close());
  await connection.start();
  const session = await connection.createSession();
  const consumer = await session.createConsumer(session.createQueue('q'));
  const message = await consumer.receive(5000);
  for (const [name, [, value, type]] of Object.entries(numbers)) {
    t.is(message?.getPropertyType(name), type, name);
    t.is(String(message?.getObjectProperty(name)), String(value));
  }
});

test('[JMS 3.5.2] properties keep type and value, also those that amqplib or RabbitMQ would not', async (t) => {
  const long = 'n'.repeat(300);
  const message = await through(t, (session) => {
    const made = session.createMessage();
    made.setByteProperty('byte', 1);
    made.setShortProperty('short', 2);
    made.setIntProperty('int', 3);
    made.setLongProperty('small', 4);
    made.setLongProperty('big', 2n ** 63n - 1n);
    made.setFloatProperty('float', 0.1);
    made.setDoubleProperty('whole', 5);
    made.setDoubleProperty('nan', Number.NaN);
    made.setFloatProperty('infinite', Number.POSITIVE_INFINITY);
    made.setDoubleProperty('minus', -0);
    made.setBooleanProperty('yes', true);
    made.setStringProperty('half', '\ud800');
    made.setStringProperty('nothing', null);
    // RabbitMQ would send copies to queues of these names.
    made.setStringProperty('CC', 'other');
    made.setStringProperty('__proto__', 'p');
    made.setStringProperty(long, 'long');
    return made;
  });
  const types: Record<string, string | null> = {};
  for (const name of message.getPropertyNames()) types[name] = message.getPropertyType(name);
  t.like(types, { byte: 'byte', short: 'short', int: 'int', small: 'long', big: 'long' });
  t.like(types, { float: 'float', whole: 'double', nan: 'double', infinite: 'float' });
  t.is(message.getLongProperty('big'), 2n ** 63n - 1n);
  t.is(message.getFloatProperty('float'), Math.fround(0.1));
  t.is(message.getDoubleProperty('nan'), Number.NaN);
  t.is(message.getFloatProperty('infinite'), Number.POSITIVE_INFINITY);
  t.true(Object.is(message.getDoubleProperty('minus'), -0));
  t.true(message.getBooleanProperty('yes'));
  t.is(message.getStringProperty('half'), '\ud800');
  t.is(message.getStringProperty('nothing'), null);
  t.is(message.getStringProperty('CC'), 'other');
  t.is(message.getStringProperty('__proto__'), 'p');
  t.is(message.getStringProperty(long), 'long');
});

test('[JMS 3.4] headers of more than 255 bytes arrive; a TTL beyond what RabbitMQ takes costs nothing', async (t) => {
  const long = 'ü'.repeat(200);
  const years = 100 * 365 * 24 * 3600 * 1000;
  const { connection } = await stage(t);
  const session = await connection.createSession();
  const queue = session.createQueue('q');
  const consumer = await session.createConsumer(queue);
  const producer = await session.createProducer(queue);
  const sent = session.createTextMessage('x');
  sent.setJMSType(long);
  sent.setJMSCorrelationID(long);
  sent.setJMSReplyTo(session.createTopic('answers'));
  await producer.send(sent, 1, 7, years);
  const message = (await consumer.receive(5000)) as TextMessage;
  t.is(message.getJMSType(), long);
  t.is(message.getJMSCorrelationID(), long);
  t.is(String(message.getJMSReplyTo()), String(sent.getJMSReplyTo()));
  t.is(message.getJMSExpiration(), sent.getJMSExpiration());
  t.is(message.getJMSTimestamp(), sent.getJMSTimestamp());
  t.is(message.getJMSPriority(), 7);
  t.is(message.getJMSDeliveryMode(), 1);
  t.is(message.getText(), 'x');
});

test('[JMS 3.5] more properties than amqplib can encode are refused with the cause; the session lives', async (t) => {
  const { connection } = await stage(t);
  const session = await connection.createSession();
  const producer = await session.createProducer(session.createQueue('q'));
  const message = session.createMessage();
  message.setStringProperty('large', 'x'.repeat(70_000));
  const error = await t.throwsAsync(producer.send(message), { instanceOf: MessageFormatException });
  t.regex(error.message, /64 KiB/);
  await texts(session, producer, 'after');
});

test('amqplib still has the layers that make a send cheap: its socket, and what is below publish', async (t) => {
  const broker = await PlayedBroker.start(t);
  const model = await connect(broker.url.replace('amqp091', 'amqp'));
  t.teardown(() => model.close());
  const channel = await model.createConfirmChannel();
  t.is(typeof (channel as unknown as { sendMessage: unknown }).sendMessage, 'function');
  t.true((model.connection as unknown as { stream: unknown }).stream instanceof Socket);
});

test('[JMS 8.5] with a prefetch of 1 one subscription serves all that is acknowledged at once', async (t) => {
  const { broker, connection } = await stage(t, '?jms.prefetchPolicy.all=1');
  const session = await connection.createSession();
  const queue = session.createQueue('q');
  await texts(session, await session.createProducer(queue), 'a', 'b', 'c', 'd');
  const consumer = await session.createConsumer(queue);
  const got: (string | null)[] = [];
  while (got.length < 4) got.push(((await consumer.receive(5000)) as TextMessage).getText());
  t.is(got.join(''), 'abcd');
  const said = broker.log.filter((one) => /consume|cancel|get/.test(one));
  t.deepEqual(said, ['consume 1']);
});

test('a queue that is there is used as it is; a missing one is looked for on a channel of its own', async (t) => {
  const { broker, connection } = await stage(t);
  broker.declare('there');
  const session = await connection.createSession();
  const producer = await session.createProducer(null);
  await producer.send(session.createQueue('there'), session.createTextMessage('a'));
  await producer.send(session.createQueue('missing'), session.createTextMessage('b'));
  const said = broker.log.filter((one) => /look|declare|publish/.test(one));
  t.deepEqual(said, [
    'look there',
    'publish there',
    'look missing',
    'declare missing',
    'publish missing',
  ]);
});

test('the queue for dead letters is there before the queue that sends to it', async (t) => {
  const { broker, connection } = await stage(t, '?amqp091.deadLetterQueue=dead');
  const session = await connection.createSession();
  await session.createProducer(session.createQueue('q'));
  const said = broker.log.filter((one) => one.startsWith('declare'));
  t.deepEqual(said, ['declare dead', 'declare q']);
});

test('[JMS 10.3] a returned message is refused, and no other, with and without message ids', async (t) => {
  const { broker, connection } = await stage(t);
  const session = await connection.createSession();
  const [here, gone] = [session.createQueue('here'), session.createQueue('gone')];
  const producer = await session.createProducer(null);
  for (const disabled of [false, true]) {
    producer.setDisableMessageID(disabled);
    await producer.send(gone, session.createTextMessage('made'));
    broker.delete('gone');
    const sends = [here, gone, here].map((queue) =>
      producer.send(queue, session.createTextMessage('x')),
    );
    const ends = await Promise.allSettled(sends);
    t.deepEqual(
      ends.map(({ status }) => status),
      ['fulfilled', 'rejected', 'fulfilled'],
    );
    const [, refused] = ends;
    t.true(refused?.status === 'rejected' && refused.reason instanceof InvalidDestinationException);
  }
});

test('[JMS 7.3] confirmations in any order, one by one and for many, each reach their send', async (t) => {
  const { broker, connection } = await stage(t);
  const session = await connection.createSession();
  const producer = await session.createProducer(session.createQueue('q'));
  const count = 5000;
  for (let n = 1; n <= count; n++) if (n % 7 === 0) broker.held.add(n);
  const sends: Promise<void>[] = [];
  for (let n = 1; n <= count; n++) sends.push(producer.send(session.createTextMessage(`${n}`)));
  await sends[5];
  const before = broker.log.findIndex((one) => one.startsWith('publish'));
  while (broker.log.length < before + count) await new Promise((resolve) => setImmediate(resolve));
  for (const n of [...broker.held].reverse()) broker.confirm(2, n);
  await Promise.all(sends);
  t.is(broker.log.filter((one) => one.startsWith('publish')).length, count);
});

test('[AMQP 0-9-1 channel.close] a channel that the broker closes refuses its sends, and is made anew', async (t) => {
  const { broker, connection } = await stage(t);
  const session = await connection.createSession();
  const producer = await session.createProducer(session.createQueue('q'));
  broker.held.add(1);
  const send = producer.send(session.createTextMessage('large'));
  const channel = 2;
  broker.closeChannel(channel, 406, 'PRECONDITION_FAILED - message size is too large');
  const error = await t.throwsAsync(send, { instanceOf: JMSException });
  t.regex(error.message, /message size is too large/);
  broker.held.clear();
  await texts(session, producer, 'small');
});

test('[JMS 6.2.10] an acknowledgement names no tag that is settled, and many are one frame', async (t) => {
  const { broker, connection } = await stage(t);
  const session = await connection.createSession(101);
  const queue = session.createQueue('q');
  const consumer = await session.createConsumer(queue);
  await texts(session, await session.createProducer(queue), 'a', 'b', 'c', 'd');
  const got: Message[] = [];
  while (got.length < 4) got.push((await consumer.receive(5000)) as Message);
  await got[1]?.acknowledge();
  await got[0]?.acknowledge();
  await Promise.all([2, 3].map((at) => got[at]?.acknowledge()));
  const acks = broker.log.filter((one) => one.startsWith('ack'));
  t.deepEqual(acks, ['ack 2', 'ack 1 multiple', 'ack 4 multiple']);
});

test('[JMS 6.1.8] to close does not overtake what was acknowledged', async (t) => {
  const broker = await PlayedBroker.start(t);
  const events = { onFailure() {}, onProblem() {}, onInterrupted() {}, onResumed() {} };
  const who = { username: undefined, password: undefined };
  const connection = await amqp091Provider.connect({ url: broker.url, ...who }, events);
  await connection.open(undefined);
  const session = await connection.openSession(false);
  const queue = { kind: 'queue', name: 'q' } as const;
  const confirmed = new Promise<void>((resolve) => {
    const sink = { onConfirmed: () => resolve(), onRefused() {} };
    void session.openProducer(queue, sink).then((producer) => {
      const data = { persistent: true, priority: 4, properties: new Map(), destination: queue };
      producer.send({ ...data, body: { kind: 'none' } }, 1);
    });
  });
  await confirmed;
  const delivery = new Promise<unknown>((resolve) => {
    const sink = { onMessage: resolve, onEnd() {} };
    void session.openConsumer(queue, sink, {}).then((consumer) => {
      consumer.grant(5);
      void delivery.then((one) => {
        consumer.settle(one, 0);
        void connection.close().then(closed);
      });
    });
  });
  let closed = (): void => {};
  await new Promise<void>((resolve) => {
    closed = resolve;
  });
  const end = broker.log.filter((one) => /ack|close/.test(one));
  t.deepEqual(end, ['ack 1 multiple', 'connection.close']);
});

test('[JMS 6.2.10] more messages come than are prefetched, if none is acknowledged', async (t) => {
  const { broker, connection } = await stage(t, '?jms.prefetchPolicy.all=2');
  const session = await connection.createSession(2);
  const queue = session.createQueue('q');
  await texts(session, await session.createProducer(queue), 'a', 'b', 'c', 'd', 'e', 'f', 'g');
  const consumer = await session.createConsumer(queue);
  const got: (string | null)[] = [];
  while (got.length < 7) got.push(((await consumer.receive(5000)) as TextMessage).getText());
  t.is(got.join(''), 'abcdefg');
  const windows = broker.log.filter((one) => one.startsWith('consume'));
  t.deepEqual(windows, ['consume 2', 'consume 2', 'consume 2', 'consume 2']);
});

test('[JMS 8.3.2] a shared subscription is held by a small window until there is credit', async (t) => {
  const { broker, connection } = await stage(t, '?jms.prefetchPolicy.all=5');
  const session = await connection.createSession();
  const consumer = await session.createSharedConsumer(session.createTopic('t'), 's');
  t.is(await consumer.receiveNoWait(), null);
  const said = broker.log.filter((one) => /consume|cancel/.test(one));
  t.deepEqual(said, ['consume 1', 'consume 5', 'cancel']);
});

test('[JMS 8.5] without prefetch nothing comes unasked', async (t) => {
  const { broker, connection } = await stage(t, '?jms.prefetchPolicy.all=0');
  const session = await connection.createSession();
  const queue = session.createQueue('q');
  const producer = await session.createProducer(queue);
  await texts(session, producer, 'a', 'b', 'c');
  const consumer = await session.createConsumer(queue);
  const text = async (wait?: number): Promise<string | null | undefined> => {
    const message = await (wait === undefined ? consumer.receiveNoWait() : consumer.receive(wait));
    return (message as TextMessage | null)?.getText();
  };
  t.deepEqual([await text(5000), await text(), await text(5000)], ['a', 'b', 'c']);
  t.is(await text(), undefined);
  const waits = text(5000);
  while (!broker.log.includes('consume 1')) await new Promise((resolve) => setImmediate(resolve));
  await texts(session, producer, 'd', 'e');
  t.is(await waits, 'd');
  await session.close();
  const said = broker.log.filter((one) => /consume|cancel|ack|requeue/.test(one));
  const acks = [1, 2, 3].map((tag) => `ack ${tag} multiple`);
  t.deepEqual(said, [...acks, 'consume 1', 'cancel', 'ack 4 multiple']);
});

test('[JMS 6.2.7] a transaction is sent when it commits, and acknowledged after', async (t) => {
  const { broker, connection } = await stage(t);
  const plain = await connection.createSession();
  const [from, to] = [plain.createQueue('from'), plain.createQueue('to')];
  await texts(plain, await plain.createProducer(from), 'a', 'b');
  const session = await connection.createSession(0);
  const consumer = await session.createConsumer(from);
  const producer = await session.createProducer(to);
  for (let n = 0; n < 2; n++) await producer.send((await consumer.receive(5000)) as Message);
  t.false(broker.log.includes('publish to'));
  await session.commit();
  const said = broker.log.filter((one) => /publish to|ack/.test(one));
  t.deepEqual(said, ['publish to', 'publish to', 'ack 2 multiple']);
});

test('a queue that is deleted ends its consumers, and the connection lives', async (t) => {
  const { broker, connection } = await stage(t);
  const told = new Promise<Error>((resolve) => connection.setExceptionListener(resolve));
  const session = await connection.createSession();
  await session.createConsumer(session.createQueue('q'));
  const other = await session.createConsumer(session.createQueue('other'));
  // The answer says that the subscription of before is there, too.
  t.is(await other.receiveNoWait(), null);
  while (!broker.log.some((one) => one.startsWith('consume'))) await other.receiveNoWait();
  broker.cancel('q');
  t.regex((await told).message, /q was deleted/);
  await texts(session, await session.createProducer(session.createQueue('other')), 'x');
  t.true((await other.receive(5000)) instanceof TextMessage);
});

test('a channel that the broker closes ends its consumer, and says why', async (t) => {
  const { broker, connection } = await stage(t);
  const told = new Promise<Error>((resolve) => connection.setExceptionListener(resolve));
  const session = await connection.createSession();
  const consumer = await session.createConsumer(session.createQueue('q'));
  t.is(await consumer.receiveNoWait(), null);
  broker.closeChannel(2, 406, 'PRECONDITION_FAILED - delivery acknowledgement timed out');
  t.regex((await told).message, /consuming q: .*acknowledgement timed out/);
});

test('the virtual host arrives as it was named; small frames do not wait', async (t) => {
  const before = Socket.prototype.setNoDelay;
  const asked: (boolean | undefined)[] = [];
  Socket.prototype.setNoDelay = function (this: Socket, on?: boolean) {
    asked.push(on);
    return before.call(this, on);
  };
  t.teardown(() => {
    Socket.prototype.setNoDelay = before;
  });
  const { broker } = await stage(t, '/a%2520%2Fb');
  t.deepEqual(broker.log, ['vhost a%20/b']);
  t.true(asked.includes(true));
});

test('who drips bytes, and who speaks something else, does not hold us', async (t) => {
  const answering = async (answer: (socket: Socket) => void): Promise<string> => {
    const server = createServer((socket) => {
      t.teardown(() => socket.destroy());
      socket.on('error', () => undefined);
      socket.once('data', () => answer(socket));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    t.teardown(() => server.close());
    return `amqp091://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };
  const refused = async (url: string): Promise<string> => {
    const connecting = new JmsConnectionFactory(url, PROVIDERS).createConnection();
    return (await t.throwsAsync(connecting, { instanceOf: JMSException })).message;
  };
  const drip = await answering((socket) => {
    const timer = setInterval(() => socket.write('\x01'), 20);
    socket.on('close', () => clearInterval(timer));
  });
  t.regex(await refused(`${drip}?jms.connectTimeout=300`), /no answer .* within 0\.3 seconds/);
  const amqp1 = await answering((socket) => socket.write('AMQP\x03\x01\0\0'));
  t.regex(await refused(amqp1), /AMQP 1\.0 and not 0-9-1: use amqp:/);
  const tls = await answering((socket) => socket.end(Buffer.from([0x15, 3, 1, 0, 2, 2, 70])));
  t.regex(await refused(tls), /expects TLS.*amqps091:/);
});

test('amqps091:// takes the authority that the URL names, or any; else it says which option names it', async (t) => {
  const file = (name: string): string => join(CERTIFICATES, `${name}.pem`);
  const [cert, key] = [readFileSync(file('server')), readFileSync(file('server-key'))];
  const url = (await PlayedBroker.start(t, { cert, key })).url.replace('amqp091:', 'amqps091:');
  const connect = async (options: string): Promise<void> => {
    const connection = await new JmsConnectionFactory(url + options, PROVIDERS).createConnection();
    await connection.close();
  };
  const trust = `transport.trustStoreLocation=${encodeURIComponent(file('ca'))}`;
  await t.notThrowsAsync(connect(`?${trust}`));
  await t.notThrowsAsync(connect('?transport.trustAll=true'));
  await t.throwsAsync(connect(''), { message: /authority.*transport\.trustStoreLocation/ });
  await t.throwsAsync(connect('?transport.trustStoreLocation=nowhere.pem'), {
    message: /trustStoreLocation: .*nowhere/,
  });
  const plain = (await PlayedBroker.start(t)).url.replace('amqp091:', 'amqps091:');
  const other = new JmsConnectionFactory(plain, PROVIDERS).createConnection();
  await t.throwsAsync(other, { message: /does not speak TLS.*amqp091:/ });
});
