// The behaviours of JMS, through a broker in this process. Each test has a broker of its own.

import { readFile } from 'node:fs/promises';
import test, { type ExecutionContext } from 'ava';
import { Broker, ManualHost, Message as StoredMessage } from '#broker';
import {
  BytesMessage,
  type Connection,
  DeliveryMode,
  IllegalStateException,
  InvalidClientIDException,
  InvalidDestinationException,
  JMSException,
  JmsConnectionFactory,
  MapMessage,
  type Message,
  MessageFormatException,
  ObjectMessage,
  Queue,
  StreamMessage,
  TextMessage,
  UnsupportedOperationException,
} from '#jms-api';
import { LocalProvider, localProvider, nativeFormat, offerBroker, stopBroker } from './index.ts';
import { version } from './version.ts';

const providers = { vm: () => localProvider };
let brokers = 0;

/** A URL of a broker that nobody has used. */
const freshUrl = () => `vm://test-${++brokers}`;

async function connect(t: ExecutionContext, url: string = freshUrl()): Promise<Connection> {
  const connection = await new JmsConnectionFactory(url, providers).createConnection();
  t.teardown(() => connection.close());
  return connection;
}

async function open(t: ExecutionContext, mode: 1 | 2 | 3 = 1, url: string = freshUrl()) {
  const connection = await connect(t, url);
  const session = await connection.createSession(false, mode);
  const queue = session.createQueue('q');
  const producer = await session.createProducer(queue);
  const consumer = await session.createConsumer(queue);
  const send = (text: string) => producer.send(session.createTextMessage(text));
  return { connection, session, queue, producer, consumer, send };
}

const textOf = (message: Message | null) =>
  message instanceof TextMessage ? message.getText() : message;

/** Resolves when the event loop has come round. */
const round = () => new Promise<void>((resolve) => setImmediate(resolve));

test('[JMS 6.1.5] nothing is delivered before start, nor after stop; sends work all the time', async (t) => {
  const { connection, consumer, send } = await open(t);
  await send('a');
  t.is(await consumer.receiveNoWait(), null);
  t.is(await consumer.receive(20), null);
  await connection.start();
  t.is(textOf(await consumer.receive()), 'a');
  await connection.stop();
  await send('b');
  t.is(await consumer.receiveNoWait(), null);
  const waiting = consumer.receive();
  await round();
  await connection.start();
  t.is(textOf(await waiting), 'b');
  await connection.start();
});

test('[JMS 8.5] receive, with and without a time, with a signal', async (t) => {
  const { connection, consumer, send } = await open(t);
  await connection.start();
  t.is(await consumer.receiveNoWait(), null);
  t.is(await consumer.receive(10), null);
  const waiting = consumer.receive({ timeout: 60_000 });
  await send('a');
  t.is(textOf(await waiting), 'a');
  const abort = new AbortController();
  const aborted = consumer.receive({ signal: abort.signal });
  abort.abort(new Error('enough'));
  await t.throwsAsync(aborted, { message: 'enough' });
  await t.throwsAsync(consumer.receive({ signal: abort.signal }), { message: 'enough' });
  await send('b');
  t.is(textOf(await consumer.receiveNoWait()), 'b', 'the aborted receive took nothing');
  await t.throwsAsync(consumer.receive(-1));
});

test('[JMS 6.2.5] a session does one thing at a time', async (t) => {
  const { connection, session, queue, consumer, send } = await open(t);
  await connection.start();
  const other = await session.createConsumer(queue);
  const waiting = consumer.receive();
  for (const wrong of [
    () => consumer.receive(),
    () => other.receive(1),
    () => other.receiveNoWait(),
    async () => other.setMessageListener(() => {}),
  ]) {
    await t.throwsAsync(wrong, { instanceOf: IllegalStateException });
  }
  await other.close();
  await send('a');
  t.is(textOf(await waiting), 'a');
  consumer.setMessageListener(() => {});
  await t.throwsAsync(consumer.receive(1), { instanceOf: IllegalStateException });
  consumer.setMessageListener(null);
  t.is(await consumer.receiveNoWait(), null);
});

test('[JMS 8.7] listeners of a session run one at a time, and are awaited', async (t) => {
  const { connection, session, queue, consumer, send } = await open(t);
  const other = await session.createConsumer(queue);
  let running = 0;
  const seen: unknown[] = [];
  const done = new Promise<void>((resolve) => {
    const listener = async (message: Message) => {
      t.is(++running, 1);
      await round();
      running--;
      seen.push(textOf(message));
      if (seen.length === 20) resolve();
    };
    consumer.setMessageListener(listener);
    other.setMessageListener({ onMessage: listener });
  });
  for (let n = 0; n < 20; n++) await send(`${n}`);
  await connection.start();
  await done;
  t.is(new Set(seen).size, 20);
});

test('[JMS 6.2.9] a thousand messages arrive in order, by listener and by receive', async (t) => {
  const { connection, consumer, send } = await open(t);
  await connection.start();
  const texts = Array.from({ length: 3000 }, (_, n) => `${n}`);
  await Promise.all(texts.map(send));
  const got: unknown[] = [];
  for (let n = 0; n < 1000; n++) got.push(textOf(await consumer.receive()));
  await new Promise<void>((resolve) => {
    consumer.setMessageListener((message) => {
      got.push(textOf(message));
      if (got.length === texts.length) resolve();
    });
  });
  t.deepEqual(got, texts);
});

test('[JMS 6.2.10] AUTO: what receive returned does not come again', async (t) => {
  const url = freshUrl();
  const { connection, consumer, send } = await open(t, 1, url);
  await connection.start();
  await send('a');
  await send('b');
  await consumer.receive();
  await connection.close();
  const next = await open(t, 1, url);
  await next.connection.start();
  const message = await next.consumer.receive();
  t.is(textOf(message), 'b');
  t.false(message?.getJMSRedelivered(), 'it was prefetched, but not delivered');
});

test('[JMS 8.7] AUTO: a listener that fails gets the message again, marked, then it is given up', async (t) => {
  for (const fails of [
    () => {
      throw new Error('no');
    },
    () => Promise.reject(new Error('no')),
  ]) {
    const { connection, consumer, session, send } = await open(t);
    const counts: number[] = [];
    const problem = new Promise<Error>((resolve) => connection.setExceptionListener(resolve));
    consumer.setMessageListener((message) => {
      counts.push(message.getIntProperty('JMSXDeliveryCount'));
      t.is(message.getJMSRedelivered(), counts.length > 1);
      return fails();
    });
    await connection.start();
    await send('poison');
    t.is(((await problem).cause as Error).message, 'no');
    t.deepEqual(counts, [1, 2, 3, 4, 5, 6, 7]);
    consumer.setMessageListener(null);
    const dead = await session.createConsumer(session.createQueue('DLQ'));
    t.is(textOf(await dead.receive()), 'poison');
  }
});

test('[JMS 8.7] AUTO: the message of a failed listener comes before those behind it', async (t) => {
  const { connection, consumer, send } = await open(t);
  for (const text of ['a', 'b', 'c']) await send(text);
  const seen: unknown[] = [];
  await new Promise<void>((resolve) => {
    consumer.setMessageListener((message) => {
      seen.push(textOf(message));
      if (seen.length === 1) throw new Error('once');
      if (seen.length === 4) resolve();
    });
    void connection.start();
  });
  t.deepEqual(seen, ['a', 'a', 'b', 'c']);
});

test('[JMS 6.2.10] CLIENT: acknowledge covers all that the session delivered', async (t) => {
  const url = freshUrl();
  const { connection, session, consumer, send } = await open(t, 2, url);
  const topicLike = await session.createConsumer(session.createQueue('other'));
  const otherProducer = await session.createProducer(session.createQueue('other'));
  await connection.start();
  for (const text of ['a', 'b', 'c']) await send(text);
  await otherProducer.send(session.createTextMessage('o'));
  t.is(textOf(await consumer.receive()), 'a');
  t.is(textOf(await topicLike.receive()), 'o');
  const b = await consumer.receive();
  await b?.acknowledge();
  t.is(textOf(await consumer.receive()), 'c');
  await connection.close();
  const next = await open(t, 2, url);
  await next.connection.start();
  const c = await next.consumer.receive();
  t.is(textOf(c), 'c');
  t.true(c?.getJMSRedelivered());
  t.is(c?.getIntProperty('JMSXDeliveryCount'), 2);
  t.is(await next.consumer.receiveNoWait(), null);
});

test('[JMS 6.2.10] recover: again from the first unacknowledged, in order, marked, as it was sent', async (t) => {
  const { connection, session, consumer, send } = await open(t, 2);
  await connection.start();
  for (const text of ['a', 'b', 'c', 'd']) await send(text);
  await (await consumer.receive())?.acknowledge();
  const b = (await consumer.receive()) as TextMessage;
  b.clearBody();
  b.setText('changed');
  b.clearProperties();
  await consumer.receive();
  await session.recover();
  const again: unknown[] = [];
  for (let n = 0; n < 3; n++) {
    const message = (await consumer.receive()) as TextMessage;
    again.push([message.getText(), message.getIntProperty('JMSXDeliveryCount')]);
    t.is(message.getJMSRedelivered(), n < 2);
  }
  t.deepEqual(again, [
    ['b', 2],
    ['c', 2],
    ['d', 1],
  ]);
});

test('[JMS 6.2.10] recover in a listener, in both modes', async (t) => {
  for (const mode of [1, 2] as const) {
    const { connection, session, consumer, send } = await open(t, mode);
    for (const text of ['a', 'b']) await send(text);
    const seen: unknown[] = [];
    await new Promise<void>((resolve) => {
      consumer.setMessageListener(async (message) => {
        seen.push([textOf(message), message.getJMSRedelivered()]);
        if (seen.length === 1) await session.recover();
        if (seen.length === 3) resolve();
      });
      void connection.start();
    });
    t.deepEqual(seen, [
      ['a', false],
      ['a', true],
      ['b', false],
    ]);
  }
});

test('[JMS 8.7] CLIENT: a failing listener goes on with the next message', async (t) => {
  const { connection, consumer, send } = await open(t, 2);
  const problems: Error[] = [];
  connection.setExceptionListener((error) => void problems.push(error));
  for (const text of ['a', 'b']) await send(text);
  const seen: unknown[] = [];
  await new Promise<void>((resolve) => {
    consumer.setMessageListener((message) => {
      seen.push(textOf(message));
      if (seen.length === 2) resolve();
      throw new Error('no');
    });
    void connection.start();
  });
  t.deepEqual(seen, ['a', 'b']);
  await round();
  t.is(problems.length, 2);
});

test('[JMS 3.4.11] headers that send sets are seen by sender and receiver; the sender cannot set them', async (t) => {
  const { connection, session, queue, producer, consumer } = await open(t);
  await connection.start();
  const message = session.createTextMessage('x');
  message.setJMSMessageID('ID:mine');
  message.setJMSPriority(1);
  message.setJMSExpiration(5);
  message.setJMSDestination(session.createQueue('elsewhere'));
  message.setJMSDeliveryMode(DeliveryMode.NON_PERSISTENT);
  message.setJMSTimestamp(7);
  message.setJMSRedelivered(true);
  message.setJMSType('type');
  message.setJMSCorrelationID('corr');
  message.setJMSReplyTo(session.createTopic('answers'));
  const before = Date.now();
  const sent = producer.send(message, DeliveryMode.PERSISTENT, 7, 60_000);
  const after = Date.now();
  await sent;
  const received = await consumer.receive();
  for (const seen of [message, received as Message]) {
    t.regex(seen.getJMSMessageID() ?? '', /^ID:./);
    t.not(seen.getJMSMessageID(), 'ID:mine');
    t.is(seen.getJMSPriority(), 7);
    t.is(seen.getJMSDeliveryMode(), DeliveryMode.PERSISTENT);
    t.true(seen.getJMSTimestamp() >= before && seen.getJMSTimestamp() <= after);
    t.is(seen.getJMSExpiration(), seen.getJMSTimestamp() + 60_000);
    t.is(seen.getJMSDeliveryTime(), seen.getJMSTimestamp());
    t.is(String(seen.getJMSDestination()), String(queue));
    t.true(seen.getJMSDestination() instanceof Queue);
    t.false(seen.getJMSRedelivered());
    t.is(seen.getJMSType(), 'type');
    t.is(seen.getJMSCorrelationID(), 'corr');
    t.is(String(seen.getJMSReplyTo()), 'topic://answers');
  }
  t.is(received?.getJMSMessageID(), message.getJMSMessageID());
});

test('[JMS 3.4.3] [JMS 3.4.4] ids are unique; ids and timestamps can be done without', async (t) => {
  const { connection, session, producer, consumer } = await open(t);
  await connection.start();
  const message = session.createMessage();
  const ids = new Set<string | null>();
  for (let n = 0; n < 10; n++) {
    await producer.send(message);
    ids.add(message.getJMSMessageID());
    await consumer.receive();
  }
  t.is(ids.size, 10);
  producer.setDisableMessageID(true);
  producer.setDisableMessageTimestamp(true);
  producer.setTimeToLive(60_000);
  await producer.send(message);
  t.is(message.getJMSMessageID(), null);
  const received = await consumer.receive();
  t.is(received?.getJMSTimestamp(), 0);
  t.true((received?.getJMSExpiration() ?? 0) > Date.now());
});

test('[JMS 3.9] the sender may change and send the message again at once', async (t) => {
  const { connection, session, producer, consumer } = await open(t);
  await connection.start();
  const bytes = session.createBytesMessage();
  const sends: Promise<void>[] = [];
  for (let n = 0; n < 3; n++) {
    bytes.clearBody();
    bytes.writeInt(n);
    bytes.setIntProperty('n', n);
    sends.push(producer.send(bytes));
  }
  await Promise.all(sends);
  for (let n = 0; n < 3; n++) {
    const message = (await consumer.receive()) as BytesMessage;
    t.is(message.readInt(), n);
    t.is(message.getIntProperty('n'), n);
  }
});

test('[JMS 3.11] every kind of message arrives as what it was sent, and can be sent on', async (t) => {
  const { connection, session, producer, consumer } = await open(t);
  await connection.start();
  const map = session.createMapMessage();
  map.setChar('c', 'é');
  map.setBytes('b', Uint8Array.of(1));
  map.setLong('l', 2n ** 63n - 1n);
  const stream = session.createStreamMessage();
  stream.writeShort(3);
  const bytes = session.createBytesMessage();
  bytes.writeUTF('ü');
  const messages = [
    session.createTextMessage('héllo 😀'),
    session.createTextMessage(),
    map,
    stream,
    bytes,
    session.createObjectMessage({ a: [null] }),
    session.createMessage(),
  ];
  for (const message of messages) {
    message.setFloatProperty('f', 0.1);
    await producer.send(message);
    const first = (await consumer.receive()) as Message;
    await producer.send(first);
    const second = (await consumer.receive()) as Message;
    t.is(second.getPropertyType('f'), 'float');
    t.is(second.getIntProperty('JMSXDeliveryCount'), 1);
    if (second instanceof TextMessage) t.is(second.text, (message as TextMessage).text);
    if (second instanceof MapMessage) t.is(second.getItemType('c'), 'char');
    if (second instanceof StreamMessage) t.is(second.readShort(), 3);
    if (second instanceof BytesMessage) t.is(second.readUTF(), 'ü');
    if (second instanceof ObjectMessage) t.deepEqual(second.getObject(), { a: [null] });
    t.is(second.constructor, message.constructor);
  }
});

test('[JMS 7.8] [JMS 3.4.9] what has expired is not delivered, not even when it waited here', async (t) => {
  const host = new ManualHost();
  const broker = new Broker(host);
  const url = freshUrl();
  offerBroker(url.slice('vm://'.length), broker);
  const { connection, producer, consumer, session, send } = await open(t, 1, url);
  const first = producer.send(session.createTextMessage('short'), 2, 4, 100);
  const second = send('long');
  host.settle();
  await Promise.all([first, second]);
  host.advance(100);
  await connection.start();
  t.is(textOf(await consumer.receive()), 'long');
  host.settle();
  const [queue] = broker.queues();
  t.is(queue?.messages, 0);
  t.is(queue?.expired, 1);
});

test('[JMS 7.1] producers with and without a destination', async (t) => {
  const { connection, session, queue, producer, consumer } = await open(t);
  await connection.start();
  const message = session.createTextMessage('x');
  const unsupported = { instanceOf: UnsupportedOperationException };
  await t.throwsAsync(producer.send(queue, message), unsupported);
  const free = await session.createProducer(null);
  t.is(free.getDestination(), null);
  await t.throwsAsync(free.send(message), unsupported);
  const invalid = { instanceOf: InvalidDestinationException };
  await t.throwsAsync(free.send(null as never, message), invalid);
  await t.throwsAsync(session.createConsumer(null as never), invalid);
  await t.throwsAsync(session.createProducer(session.createQueue('a\nb')), invalid);
  await t.throwsAsync(free.send(session.createQueue('a\nb'), message), invalid);
  await free.send(queue, message);
  await free.send(queue, message, DeliveryMode.NON_PERSISTENT, 9, 0);
  t.is((await consumer.receive())?.getJMSPriority(), 4);
  t.is((await consumer.receive())?.getJMSPriority(), 9);
  await t.throwsAsync(producer.send(null as never), { instanceOf: MessageFormatException });
});

test('[JMS 7.7] values that a producer refuses', async (t) => {
  const { producer, session } = await open(t);
  const message = session.createMessage();
  for (const wrong of [
    () => producer.setDeliveryMode(3 as never),
    () => producer.setPriority(10),
    () => producer.setPriority(-1),
    () => producer.setPriority(1.5),
    () => producer.setTimeToLive(-1),
    () => producer.send(message, 0 as never, 4, 0),
    () => producer.send(message, 2, 10, 0),
    () => producer.send(message, 2, 4, -1),
  ]) {
    await t.throwsAsync(async () => wrong(), { instanceOf: JMSException });
  }
});

test('[JMS 4.2] a topic: each subscriber gets what is sent while it is there', async (t) => {
  const { connection, session } = await open(t);
  await connection.start();
  const topic = session.createTopic('prices');
  const producer = await session.createProducer(topic);
  await producer.send(session.createTextMessage('early'));
  const one = await session.createConsumer(topic);
  const two = await session.createConsumer(topic);
  await producer.send(session.createTextMessage('late'));
  t.is(textOf(await one.receive()), 'late');
  t.is(textOf(await two.receive()), 'late');
  t.is(await one.receiveNoWait(), null);
});

test('[JMS 8.8] closing a consumer: a pending receive returns null, the rest goes back', async (t) => {
  const { connection, session, queue, consumer, send } = await open(t, 2);
  await connection.start();
  const waiting = consumer.receive();
  await consumer.close();
  t.is(await waiting, null);
  await t.throwsAsync(consumer.receive(), { instanceOf: IllegalStateException });
  await consumer.close();

  const second = await session.createConsumer(queue);
  for (const text of ['a', 'b']) await send(text);
  const a = await second.receive();
  await second.close();
  const third = await session.createConsumer(queue);
  const b = await third.receive();
  t.is(textOf(b), 'b');
  t.false(b?.getJMSRedelivered());
  await a?.acknowledge();
  t.is(await third.receiveNoWait(), null, 'the message of the closed consumer was acknowledged');
});

test('[JMS 8.8] a consumer may close itself in its listener', async (t) => {
  for (const late of [false, true]) {
    const { connection, session, queue, consumer, send } = await open(t);
    for (const text of ['a', 'b']) await send(text);
    await new Promise<void>((resolve) => {
      consumer.setMessageListener(async () => {
        if (late) await round();
        await consumer.close();
        resolve();
      });
      void connection.start();
    });
    await round();
    const next = await session.createConsumer(queue);
    t.is(textOf(await next.receive()), 'b', 'a was acknowledged when the listener returned');
  }
});

test('[JMS 6.1.5] [JMS 6.1.8] stop and close of one’s own from a listener: an exception, no deadlock', async (t) => {
  for (const late of [false, true]) {
    const { connection, session, consumer, send } = await open(t);
    const errors: unknown[] = [];
    await new Promise<void>((resolve) => {
      consumer.setMessageListener(async () => {
        if (late) await round();
        for (const call of [
          () => connection.stop(),
          () => connection.close(),
          () => session.close(),
        ]) {
          await call().catch((error) => errors.push(error));
        }
        resolve();
      });
      void connection.start();
      void send('a');
    });
    t.is(errors.length, 3);
    for (const error of errors) t.true(error instanceof IllegalStateException);
    await connection.close();
  }
});

test('[JMS 6.1.8] what a listener left behind may close the connection', async (t) => {
  const { connection, consumer, send } = await open(t);
  const closed = new Promise<void>((resolve, reject) => {
    consumer.setMessageListener(async () => {
      await round();
      setImmediate(() => setImmediate(() => connection.close().then(resolve, reject)));
    });
  });
  await connection.start();
  await send('a');
  await t.notThrowsAsync(closed);
});

test('[JMS 6.1.5] stop waits for the running listener', async (t) => {
  const { connection, consumer, send } = await open(t);
  let finished = false;
  const begun = new Promise<void>((resolve) => {
    consumer.setMessageListener(async () => {
      resolve();
      for (let n = 0; n < 5; n++) await round();
      finished = true;
    });
  });
  await connection.start();
  await send('a');
  await begun;
  await connection.stop();
  t.true(finished);
});

test('[JMS 6.1.8] close: receives return null, everything after is IllegalStateException', async (t) => {
  const { connection, session, producer, consumer, send } = await open(t, 2);
  await connection.start();
  await send('a');
  const message = (await consumer.receive()) as TextMessage;
  const waiting = consumer.receive();
  await connection.close();
  t.is(await waiting, null);
  await connection.close();
  await session.close();
  await consumer.close();
  t.is(message.getText(), 'a', 'messages stay readable');
  for (const call of [
    () => connection.start(),
    () => connection.createSession(),
    () => session.createTextMessage(),
    () => session.createQueue('x'),
    () => session.recover(),
    () => producer.send(message),
    () => producer.getPriority(),
    () => consumer.receive(),
    () => consumer.receiveNoWait(),
    () => consumer.getMessageListener(),
    () => message.acknowledge(),
  ]) {
    const error = await t.throwsAsync(async () => call(), { instanceOf: IllegalStateException });
    t.regex(((error?.cause as Error) ?? error).message, /closed/);
  }
});

test('[JMS 6.1.8] close waits for sends that nobody awaited', async (t) => {
  const url = freshUrl();
  const { connection, send } = await open(t, 1, url);
  for (let n = 0; n < 10; n++) void send(`${n}`);
  await connection.close();
  const next = await open(t, 1, url);
  await next.connection.start();
  for (let n = 0; n < 10; n++) t.is(textOf(await next.consumer.receiveNoWait()), `${n}`);
});

test('[JMS 6.1.2] client ids: first thing, once, and of one connection at a time', async (t) => {
  const url = freshUrl();
  const one = await connect(t, url);
  t.is(one.getClientID(), null);
  await t.throwsAsync(one.setClientID(''), { instanceOf: InvalidClientIDException });
  await one.setClientID('c');
  t.is(one.getClientID(), 'c');
  await t.throwsAsync(one.setClientID('d'), { instanceOf: IllegalStateException });
  const two = await connect(t, url);
  await t.throwsAsync(two.setClientID('c'), { instanceOf: InvalidClientIDException });
  await one.close();
  await two.setClientID('c');
  const three = await connect(t, url);
  await three.start();
  await t.throwsAsync(three.setClientID('x'), { instanceOf: IllegalStateException });
  const four = await connect(t, `${url}?jms.clientID=four`);
  t.is(four.getClientID(), 'four');
  await t.throwsAsync(four.setClientID('x'), { instanceOf: IllegalStateException });
});

test('what is not supported says so by name', async (t) => {
  const { connection, session, queue } = await open(t);
  const factory = new JmsConnectionFactory('vm://x', providers);
  const calls: Record<string, () => unknown> = {
    createConnectionConsumer: () => connection.createConnectionConsumer(queue),
    createXAConnection: () => factory.createXAConnection(),
    createXAContext: () => factory.createXAContext(),
    run: () => session.run(),
    setMessageListener: () => session.setMessageListener(() => {}),
    'broker.persistent': () =>
      new JmsConnectionFactory('vm://x?broker.persistent=true', providers).createConnection(),
  };
  for (const [name, call] of Object.entries(calls)) {
    const error = await t.throwsAsync(async () => call(), {
      instanceOf: UnsupportedOperationException,
    });
    t.true(error?.message.includes(name.trim()), `${name}: ${error?.message}`);
  }
  await session.createConsumer(queue, '', true);
  await t.throwsAsync(session.commit(), { instanceOf: IllegalStateException });
  await t.throwsAsync(session.rollback(), { instanceOf: IllegalStateException });
});

test('URLs: the scheme chooses the adapter; unknown ones and unknown options are refused', async (t) => {
  const make = (url: string) => new JmsConnectionFactory(url, providers);
  for (const scheme of ['amqp', 'stomp', 'failover', 'constructor']) {
    const error = t.throws(() => make(`${scheme}://h`), {
      instanceOf: UnsupportedOperationException,
    });
    t.regex(error?.message ?? '', new RegExp(`${scheme}:`));
  }
  t.throws(() => make('localhost'));
  t.throws(() => make('vm://x?jms.clientId=c'), { message: /jms\.clientID/ });
  await t.throwsAsync(make('vm://x?speed=9').createConnection(), {
    message: /speed is not an option/,
  });
  await t.throwsAsync(make('vm://').createConnection(), { message: /vm:\/\/NAME/ });
});

test('[JMS 6.1.6] metadata, with the version of the package', async (t) => {
  const connection = await connect(t);
  const data = connection.getMetaData();
  t.is(data.getJMSVersion(), '3.1');
  t.is(data.getJMSProviderName(), 'Angelia');
  t.is(data.getProviderVersion(), version);
  t.true([...data.getJMSXPropertyNames()].includes('JMSXDeliveryCount'));
  const file = new URL(import.meta.resolve('angelia/package.json'));
  t.is(version, JSON.parse(await readFile(file, 'utf8')).version);
});

test('for await runs until the consumer is closed', async (t) => {
  const { connection, consumer, send } = await open(t);
  await connection.start();
  for (const text of ['a', 'b', 'c']) await send(text);
  const seen: unknown[] = [];
  for await (const message of consumer) {
    seen.push(textOf(message));
    if (seen.length === 3) await consumer.close();
  }
  t.deepEqual(seen, ['a', 'b', 'c']);
});

test('two sessions that play ping-pong let timers fire', async (t) => {
  const connection = await connect(t);
  await connection.start();
  let fired = false;
  setTimeout(() => {
    fired = true;
  }, 1);
  const player = async (from: string, to: string) => {
    const session = await connection.createSession();
    const consumer = await session.createConsumer(session.createQueue(from));
    const producer = await session.createProducer(session.createQueue(to));
    return async () => {
      while (!fired) {
        await producer.send(session.createTextMessage('ball'), 1, 4, 0);
        await consumer.receive();
      }
      await producer.send(session.createTextMessage('over'));
    };
  };
  const players = [await player('ping', 'pong'), await player('pong', 'ping')];
  await Promise.all(players.map((play) => play()));
  t.pass();
});

test('a stopped broker fails its connections: the listener hears, receives and sends reject', async (t) => {
  const url = freshUrl();
  const { connection, session, producer, consumer } = await open(t, 1, url);
  const message = session.createMessage();
  await connection.start();
  const problem = new Promise<Error>((resolve) => connection.setExceptionListener(resolve));
  const waiting = consumer.receive();
  t.true(await stopBroker(url.slice('vm://'.length)));
  await t.throwsAsync(waiting, { message: /stopped/ });
  t.regex((await problem).message, /stopped/);
  const unsent = producer.send(message);
  await t.throwsAsync(unsent, { instanceOf: JMSException });
  await t.throwsAsync(async () => session.createMessage(), { instanceOf: JMSException });
  await connection.close();
  t.false(await stopBroker(url.slice('vm://'.length)));
});

test('an offered broker is what its vm name means; messages of its other clients are seen', async (t) => {
  const host = new ManualHost();
  const broker = new Broker(host);
  offerBroker('offered', broker);
  t.throws(() => offerBroker('offered', broker), { message: /vm:\/\/offered/ });
  const { connection, consumer } = await open(t, 1, 'vm://offered');
  await connection.start();
  const problem = new Promise<Error>((resolve) => connection.setExceptionListener(resolve));
  const peer = broker.connect({ protocol: 'test', peer: 'here' });
  const address = { kind: 'queue', name: 'q' } as const;
  const header = { persistent: false, priority: 4, expiresAt: 0 };
  const garbage = new StoredMessage(nativeFormat, header, Buffer.from('?'), 0, 1, false);
  const empty = nativeFormat.encode({
    persistent: false,
    priority: 4,
    properties: new Map(),
    body: { kind: 'text', text: 'hi' },
  });
  const good = new StoredMessage(nativeFormat, header, empty, 0, empty.length, false);
  const producer = peer.openProducer(address);
  producer.send(garbage);
  producer.send(good);
  host.settle();
  const message = await consumer.receive();
  t.is(textOf(message), 'hi');
  t.is(String(message?.getJMSDestination()), 'queue://q', 'the consumer’s, as it says none');
  t.regex((await problem).message, /cannot be read/);
  await stopBroker('offered');
});

test('a broker that keeps its data and fails is forgotten, and its connections hear why', async (t) => {
  const broker = new Broker(new ManualHost());
  Object.defineProperty(broker, 'recovered', { value: {} });
  const told: string[] = [];
  const keeper = async (directory: string, fresh: boolean) => {
    told.push(`open ${directory} ${fresh}`);
    return { broker, close: async () => void told.push('close') };
  };
  const url = 'vm://failing?broker.persistent=true';
  const provider = new LocalProvider(keeper);
  const connect = () => new JmsConnectionFactory(url, { vm: () => provider }).createConnection();
  const connection = await connect();
  const problem = new Promise<Error>((resolve) => connection.setExceptionListener(resolve));
  broker.onFailed?.(new Error('the disk is gone'));
  t.regex((await problem).message, /vm:\/\/failing failed.*the disk is gone/);
  await connection.close();
  await (await connect()).close();
  t.true(await stopBroker('failing'));
  const opened = 'open ./angelia-data/failing false';
  t.deepEqual(told, [opened, 'close', opened, 'close']);
  const without = new JmsConnectionFactory(url, { vm: () => localProvider });
  await t.throwsAsync(without.createConnection(), { message: /without a keeper/ });
});
