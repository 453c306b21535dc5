// Connections: made stopped, one client id, start and stop, listeners for problems, close. [JMS 6.1]

import assert from 'node:assert/strict';
import {
  IllegalArgumentException,
  IllegalStateException,
  InvalidClientIDException,
  type JMSException,
  JMSSecurityException,
  UnsupportedOperationException,
} from 'angelia/jms';
import { type Case, rule } from './case.ts';
import {
  collect,
  later,
  lineOf,
  next,
  nextText,
  nothing,
  refuses,
  round,
  textOf,
} from './fixture.ts';

const making: readonly Case[] = [
  rule('6.1.1', 'two connections of one factory are independent', async (f) => {
    const factory = f.factory();
    const one = f.owned(await factory.createConnection());
    const two = f.owned(await factory.createConnection());
    await one.close();
    await two.start();
    assert.ok(await two.createSession());
  }),
  rule(
    '6.1.1',
    'a wrong password is a JMSSecurityException',
    async (f) => {
      const name = f.subject.user?.name ?? 'nobody';
      await refuses(JMSSecurityException, () => f.factory().createConnection(name, 'wrong'));
    },
    'credentials',
  ),
  rule(
    '6.1.1',
    'the right password lets in, as argument and as option of the URL',
    async (f) => {
      const { name = '', password = '' } = f.subject.user ?? {};
      f.owned(await f.factory().createConnection(name, password));
      const options = `jms.username=${encodeURIComponent(name)}&jms.password=${encodeURIComponent(password)}`;
      f.owned(await f.factory(options).createConnection());
    },
    'credentials',
  ),
  rule('6.1.1', 'all factory methods take a user name and a password', async (f) => {
    const { name, password } = f.subject.user ?? { name: 'anyone', password: 'secret' };
    const factory = f.factory();
    for (const one of [
      await factory.createConnection(name, password),
      await factory.createQueueConnection(name, password),
      await factory.createTopicConnection(name, password),
    ]) {
      await f.owned(one).start();
    }
    const context = f.owned(await factory.createContext(name, password));
    assert.equal(context.getSessionMode(), 1);
    const other = f.owned(await factory.createContext(name, password, 2));
    assert.equal(other.getSessionMode(), 2);
  }),
  rule(
    '6.1.1',
    'a URL that cannot be read is refused, and an unknown option with its nearest',
    async (f) => {
      await refuses(
        IllegalArgumentException,
        () => f.factory('jms.clientId=x'),
        /did you mean jms\.clientID/,
      );
      await refuses(
        IllegalArgumentException,
        () => f.factory('jms.prefetchPolicy.all=many'),
        /many/,
      );
    },
  ),
  rule('6.1.6', 'the metadata says JMS 3.1, a provider, and the JMSX properties', async (f) => {
    const data = (await f.connection()).getMetaData();
    assert.equal(data.getJMSVersion(), '3.1');
    assert.equal(data.getJMSMajorVersion(), 3);
    assert.equal(data.getJMSMinorVersion(), 1);
    assert.ok(data.getJMSProviderName().length > 0);
    assert.match(data.getProviderVersion(), /^\d+\.\d+/);
    assert.equal(data.getProviderMajorVersion(), Number.parseInt(data.getProviderVersion(), 10));
    assert.equal(typeof data.getProviderMinorVersion(), 'number');
    const names = [...data.getJMSXPropertyNames()];
    for (const name of ['JMSXGroupID', 'JMSXGroupSeq', 'JMSXDeliveryCount']) {
      assert.ok(names.includes(name), name);
    }
  }),
];

const clientIds: readonly Case[] = [
  rule('6.1.2', 'there is no client id at first', async (f) => {
    assert.equal((await f.connection()).getClientID(), null);
  }),
  rule(
    '6.1.2',
    'setClientID first thing',
    async (f) => {
      const id = f.name('client');
      assert.equal((await f.connection({ clientID: id })).getClientID(), id);
    },
    'client-id',
  ),
  rule(
    '6.1.2',
    'setClientID after any use of the connection is an IllegalStateException',
    async (f) => {
      const used = [
        await f.connection({ start: false }),
        await f.connection({ start: false }),
      ] as const;
      await used[0].createSession();
      await used[1].start();
      for (const one of used) {
        await refuses(IllegalStateException, () => one.setClientID(f.name('late')));
      }
    },
    'client-id',
  ),
  rule(
    '6.1.2',
    'setClientID twice is an IllegalStateException',
    async (f) => {
      const connection = await f.connection({ clientID: f.name('client') });
      await refuses(IllegalStateException, () => connection.setClientID(f.name('client')));
    },
    'client-id',
  ),
  rule(
    '6.1.2',
    'a client id that is in use is an InvalidClientIDException, and free again after close',
    async (f) => {
      const id = f.name('client');
      const one = await f.connection({ clientID: id });
      const two = await f.connection({ start: false });
      await refuses(InvalidClientIDException, () => two.setClientID(id));
      await one.close();
      const three = await f.connection({ clientID: id });
      assert.equal(three.getClientID(), id);
    },
    'client-id',
  ),
  rule(
    '6.1.2',
    'a refused client id can be followed by another one',
    async (f) => {
      const id = f.name('client');
      await f.connection({ clientID: id });
      const two = await f.connection({ start: false });
      await refuses(InvalidClientIDException, () => two.setClientID(id));
      await two.setClientID(`${id}-2`);
      assert.equal(two.getClientID(), `${id}-2`);
    },
    'client-id',
  ),
  rule('6.1.2', 'null and the empty text are no client ids', async (f) => {
    const connection = await f.connection({ start: false });
    await refuses(InvalidClientIDException, () => connection.setClientID(''));
    await refuses(InvalidClientIDException, () => connection.setClientID(null as never));
  }),
  rule(
    '6.1.2',
    'jms.clientID of the URL is administered: it cannot be changed',
    async (f) => {
      const id = f.name('client');
      const connection = await f.connection({ options: `jms.clientID=${id}`, start: false });
      assert.equal(connection.getClientID(), id);
      await refuses(IllegalStateException, () => connection.setClientID('other'));
    },
    'client-id',
  ),
];

const startAndStop: readonly Case[] = [
  rule('6.1.4', 'a new connection is stopped: nothing is delivered', async (f) => {
    const { consumer, send } = await f.line(1, { start: false });
    await send('x');
    assert.equal(await consumer.receiveNoWait(), null);
    assert.equal(await consumer.receive(5), null);
  }),
  rule('6.1.4', 'a stopped connection sends', async (f) => {
    const { send, connection, consumer } = await f.line(1, { start: false });
    await send('x');
    await connection.start();
    assert.equal(await nextText(consumer), 'x');
  }),
  rule('6.1.4', 'a listener set before start is called after it', async (f) => {
    const { send, connection, consumer } = await f.line(1, { start: false });
    const messages = collect(consumer, 2);
    await send('a', 'b');
    await connection.start();
    assert.deepEqual((await messages).map(textOf), ['a', 'b']);
  }),
  rule('6.1.5', 'start and stop twice are as good as once', async (f) => {
    const { send, connection, consumer } = await f.line();
    await connection.start();
    await connection.stop();
    await connection.stop();
    await send('x');
    assert.equal(await consumer.receiveNoWait(), null);
    await connection.start();
    assert.equal(await nextText(consumer), 'x');
  }),
  rule('6.1.5', 'a receive that waits over a stop goes on after start', async (f) => {
    const { send, connection, consumer } = await f.line();
    await connection.stop();
    const receiving = consumer.receive();
    await send('x');
    await round(3);
    await connection.start();
    assert.equal(textOf((await receiving) as never), 'x');
  }),
  rule('6.1.5', 'the time of a receive runs while the connection is stopped', async (f) => {
    const { send, connection, consumer } = await f.line();
    await connection.stop();
    await send('x');
    assert.equal(await consumer.receive(10), null);
  }),
  rule('6.1.5', 'stop waits for a running listener', async (f) => {
    const { send, connection, consumer } = await f.line();
    const begun = later();
    let finished = false;
    consumer.setMessageListener(async () => {
      begun.resolve();
      await round(5);
      finished = true;
    });
    await send('x');
    await begun.promise;
    await connection.stop();
    assert.ok(finished);
  }),
  rule('6.1.5', 'stop delivers nothing more, though messages are here', async (f) => {
    const { send, connection, consumer } = await f.line();
    const seen: (string | null)[] = [];
    const begun = later();
    await send('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h');
    consumer.setMessageListener((message) => {
      seen.push(textOf(message));
      begun.resolve();
      return round(3);
    });
    await begun.promise;
    await connection.stop();
    const count = seen.length;
    await round(5);
    assert.equal(seen.length, count);
    assert.ok(count < 8);
  }),
  rule('6.1.5', 'stop from a listener of one’s own is an IllegalStateException', async (f) => {
    const { send, connection, consumer } = await f.line();
    const failed = later<unknown>();
    consumer.setMessageListener(() => connection.stop().then(failed.resolve, failed.resolve));
    await send('x');
    assert.ok((await failed.promise) instanceof IllegalStateException);
  }),
];

const problems: readonly Case[] = [
  rule('6.1.7', 'the ExceptionListener is what was set: an object, a function, null', async (f) => {
    const connection = await f.connection();
    assert.equal(connection.getExceptionListener(), null);
    const listener = { onException() {} };
    connection.setExceptionListener(listener);
    assert.equal(connection.getExceptionListener(), listener);
    connection.setExceptionListener(() => {});
    assert.equal(typeof connection.getExceptionListener()?.onException, 'function');
    connection.setExceptionListener(null);
    assert.equal(connection.getExceptionListener(), null);
  }),
  rule('6.1.7', 'calls to an ExceptionListener come one after the other', async (f) => {
    const { send, connection, consumer } = await f.line(2);
    let running = 0;
    let most = 0;
    const heard = later();
    let count = 0;
    connection.setExceptionListener(async () => {
      most = Math.max(most, ++running);
      await round(2);
      running--;
      if (++count === 3) heard.resolve();
    });
    consumer.setMessageListener(() => {
      throw new Error('no');
    });
    await send('a', 'b', 'c');
    await heard.promise;
    assert.equal(most, 1);
  }),
  rule('6.1.7', 'a problem that a call reports is not the ExceptionListener’s', async (f) => {
    const { connection, session } = await f.line();
    const heard: Error[] = [];
    connection.setExceptionListener((error) => void heard.push(error));
    await refuses(Error, () => session.createConsumer(null as never));
    await refuses(Error, () => session.commit());
    await round(3);
    assert.deepEqual(heard, []);
  }),
];

const closing: readonly Case[] = [
  rule('6.1.8', 'close twice is as good as once', async (f) => {
    const connection = await f.connection();
    await connection.close();
    await connection.close();
    await connection[Symbol.asyncDispose]();
  }),
  rule(
    '6.1.8',
    'all calls after close are IllegalStateExceptions that say where it was closed',
    async (f) => {
      const { connection, session, producer, consumer, destination } = await f.line(2);
      const message = session.createMessage();
      await connection.close();
      const calls: (() => unknown)[] = [
        () => connection.createSession(),
        () => connection.start(),
        () => connection.stop(),
        () => connection.getClientID(),
        () => connection.setClientID('x'),
        () => connection.getMetaData(),
        () => connection.getExceptionListener(),
        () => connection.setExceptionListener(null),
        () => session.createMessage(),
        () => session.createQueue('q'),
        () => session.createTopic('t'),
        () => session.createProducer(destination),
        () => session.createConsumer(destination),
        () => session.getTransacted(),
        () => session.getAcknowledgeMode(),
        () => session.recover(),
        () => session.commit(),
        () => session.rollback(),
        () => session.unsubscribe('s'),
        () => session.createTemporaryQueue(),
        () => session.createTemporaryTopic(),
        () => producer.send(message),
        () => producer.getDestination(),
        () => producer.setPriority(1),
        () => consumer.receive(),
        () => consumer.receiveNoWait(),
        () => consumer.getMessageSelector(),
        () => consumer.setMessageListener(null),
      ];
      for (const call of calls) await refuses(IllegalStateException, call, /closed/);
      const error = (await refuses(IllegalStateException, () =>
        connection.start(),
      )) as JMSException;
      assert.match(String((error.cause as Error).stack), /closed here/);
      await session.close();
      await producer.close();
      await consumer.close();
    },
  ),
  rule('6.1.8', 'a receive that waits returns null when the connection closes', async (f) => {
    const { connection, consumer } = await f.line();
    const receiving = consumer.receive();
    await connection.close();
    assert.equal(await receiving, null);
  }),
  rule('6.1.8', 'close waits for a running listener', async (f) => {
    const { send, connection, consumer } = await f.line();
    const begun = later();
    let finished = false;
    consumer.setMessageListener(async () => {
      begun.resolve();
      await round(5);
      finished = true;
    });
    await send('x');
    await begun.promise;
    await connection.close();
    assert.ok(finished);
  }),
  rule('6.1.8', 'close from a listener of one’s own is an IllegalStateException', async (f) => {
    for (const late of [false, true]) {
      const { send, connection, consumer } = await f.line();
      const failed = later<unknown>();
      consumer.setMessageListener(async () => {
        if (late) await round(2);
        await connection.close().then(failed.resolve, failed.resolve);
      });
      await send('x');
      assert.ok((await failed.promise) instanceof IllegalStateException);
    }
  }),
  rule('6.1.8', 'close does not acknowledge what a client has not', async (f) => {
    const { connection, consumer, send, destination } = await f.line(2);
    await send('x');
    await next(consumer);
    await connection.close();
    const other = await f.session();
    assert.equal(await nextText(await other.createConsumer(destination)), 'x');
  }),
  rule(
    '6.1.8',
    'close rolls back',
    async (f) => {
      const { connection, send, destination } = await f.line(0);
      await send('never');
      await connection.close();
      const other = await f.session();
      await nothing(await other.createConsumer(destination));
    },
    'transactions',
  ),
  rule('6.1.8', 'a message stays readable after close; acknowledge does not work', async (f) => {
    const { connection, consumer, send } = await f.line(2);
    await send('x');
    const message = await next(consumer);
    await connection.close();
    assert.equal(textOf(message), 'x');
    assert.equal(message.getIntProperty('JMSXDeliveryCount'), 1);
    await refuses(IllegalStateException, () => message.acknowledge());
  }),
  rule('6.1.8', 'close waits for sends that nobody awaited', async (f) => {
    const { connection, session, producer, destination } = await f.line();
    for (let n = 0; n < 20; n++) void producer.send(session.createTextMessage(`${n}`));
    await connection.close();
    const other = await f.connection();
    const line = await lineOf(other, await other.createSession(), destination);
    for (let n = 0; n < 20; n++) assert.equal(await nextText(line.consumer), `${n}`);
  }),
];

const optional: readonly Case[] = [
  rule('11.2', 'connection consumers are refused by name', async (f) => {
    const connection = await f.connection();
    const session = await connection.createSession();
    const queue = session.createQueue('q');
    const topic = session.createTopic('t');
    const no = UnsupportedOperationException;
    await refuses(no, () => connection.createConnectionConsumer(queue), /createConnectionConsumer/);
    await refuses(no, () => connection.createSharedConnectionConsumer(topic, 's'), /Shared/);
    await refuses(no, () => connection.createDurableConnectionConsumer(topic, 's'), /Durable/);
    await refuses(no, () => connection.createSharedDurableConnectionConsumer(topic, 's'), /Shared/);
  }),
  rule('11.2', 'the listener of a session and run are refused by name', async (f) => {
    const session = await f.session();
    const no = UnsupportedOperationException;
    await refuses(no, () => session.setMessageListener(() => {}), /setMessageListener/);
    await refuses(no, () => session.getMessageListener(), /getMessageListener/);
    await refuses(no, () => session.run(), /run/);
  }),
  rule('11.3', 'XA is refused by name', async (f) => {
    const factory = f.factory();
    const no = UnsupportedOperationException;
    await refuses(no, () => factory.createXAConnection(), /XA/);
    await refuses(no, () => factory.createXAContext(), /XA/);
    await refuses(no, () => factory.createXAQueueConnection(), /XA/);
    await refuses(no, () => factory.createXATopicConnection(), /XA/);
  }),
];

export const connections: readonly Case[] = [
  ...making,
  ...clientIds,
  ...startAndStop,
  ...problems,
  ...closing,
  ...optional,
];
