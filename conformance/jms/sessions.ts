// Sessions: acknowledge modes, recover, one thing at a time, order, close. [JMS 6.2]

import assert from 'node:assert/strict';
import {
  type AcknowledgeMode,
  DeliveryMode,
  IllegalStateException,
  JMSException,
  type Message,
  Session,
} from 'angelia/jms';
import { type Case, rule } from './case.ts';
import {
  collect,
  type Fixture,
  later,
  next,
  nextText,
  nextTexts,
  nothing,
  refuses,
  round,
  textOf,
} from './fixture.ts';

/** What a second session finds in the destination after the first was closed. */
async function leftovers(f: Fixture, destination: Parameters<Session['createConsumer']>[0]) {
  const session = await f.session();
  const consumer = await session.createConsumer(destination);
  const left: [string | null, boolean][] = [];
  for (let m = await consumer.receiveNoWait(); m !== null; m = await consumer.receiveNoWait()) {
    left.push([textOf(m), m.getJMSRedelivered()]);
  }
  return left;
}

const modes: readonly Case[] = [
  rule('6.2.10', 'createSession says mode and transacted in all its forms', async (f) => {
    const connection = await f.connection();
    assert.equal((await connection.createSession()).getAcknowledgeMode(), 1);
    assert.equal((await connection.createSession(2)).getAcknowledgeMode(), 2);
    const session = await connection.createSession(false, Session.DUPS_OK_ACKNOWLEDGE);
    assert.equal(session.getAcknowledgeMode(), 3);
    assert.equal(session.getTransacted(), false);
  }),
  rule('6.2.10', 'a mode that there is not is a JMSException', async (f) => {
    const connection = await f.connection();
    for (const wrong of [5, -1, 1.5, 'AUTO']) {
      await refuses(JMSException, () => connection.createSession(wrong as AcknowledgeMode));
    }
    await refuses(JMSException, () => connection.createSession(false, 0));
  }),
  ...([1, 3] as const).map((mode) =>
    rule('6.2.10', `mode ${mode}: what receive returned does not come again`, async (f) => {
      const { session, consumer, send, destination } = await f.line(mode);
      await send('a', 'b', 'c');
      await nextTexts(consumer, 2);
      await session.close();
      assert.deepEqual(await leftovers(f, destination), [['c', false]]);
    }),
  ),
  ...([1, 3] as const).map((mode) =>
    rule('6.2.10', `mode ${mode}: what a listener returned from does not come again`, async (f) => {
      const { session, consumer, send, destination } = await f.line(mode);
      const got = collect(consumer, 2);
      await send('a', 'b');
      await got;
      await session.close();
      assert.deepEqual(await leftovers(f, destination), []);
    }),
  ),
  ...([1, 3] as const).map((mode) =>
    rule('6.2.10', `mode ${mode}: acknowledge() has no effect`, async (f) => {
      const { consumer, send } = await f.line(mode);
      await send('a', 'b');
      const message = await next(consumer);
      await message.acknowledge();
      await message.acknowledge();
      assert.equal(await nextText(consumer), 'b');
    }),
  ),
  rule('6.2.10', 'CLIENT: nothing is acknowledged before the client says so', async (f) => {
    const { session, consumer, send, destination } = await f.line(2);
    await send('a', 'b');
    await nextTexts(consumer, 2);
    await session.close();
    assert.deepEqual(await leftovers(f, destination), [
      ['a', true],
      ['b', true],
    ]);
  }),
  rule('6.2.10', 'CLIENT: acknowledge is for all that the session delivered', async (f) => {
    const { session, consumer, send, destination } = await f.line(2);
    const otherQueue = session.createQueue(f.name('other'));
    const other = await session.createConsumer(otherQueue);
    await (await session.createProducer(otherQueue)).send(session.createTextMessage('o'));
    await send('a', 'b', 'c');
    await next(other);
    await nextTexts(consumer, 2);
    await (await next(consumer)).acknowledge();
    await session.close();
    assert.deepEqual(await leftovers(f, destination), []);
    assert.deepEqual(await leftovers(f, otherQueue), []);
  }),
  rule('6.2.10', 'CLIENT: acknowledging an earlier message covers later ones', async (f) => {
    const { session, consumer, send, destination } = await f.line(2);
    await send('a', 'b', 'c');
    const first = await next(consumer);
    await nextTexts(consumer, 1);
    await first.acknowledge();
    await session.close();
    assert.deepEqual(await leftovers(f, destination), [['c', false]]);
  }),
  rule('6.2.10', 'CLIENT: what came after acknowledge is not covered', async (f) => {
    const { session, consumer, send, destination } = await f.line(2);
    await send('a', 'b');
    await (await next(consumer)).acknowledge();
    await next(consumer);
    await session.close();
    assert.deepEqual(await leftovers(f, destination), [['b', true]]);
  }),
  rule('6.2.10', 'CLIENT: a listener may acknowledge', async (f) => {
    const { session, consumer, send, destination } = await f.line(2);
    const got = collect(consumer, 2, (message, n) => (n === 2 ? message.acknowledge() : undefined));
    await send('a', 'b');
    await got;
    await session.close();
    assert.deepEqual(await leftovers(f, destination), []);
  }),
  ...([101, 4] as const).map((mode) =>
    rule('API', `mode ${mode}: acknowledge is for that message alone`, async (f) => {
      const { session, consumer, send, destination } = await f.line(mode);
      assert.equal(session.getAcknowledgeMode(), Session.INDIVIDUAL_ACKNOWLEDGE);
      await send('a', 'b', 'c');
      await next(consumer);
      const b = await next(consumer);
      await next(consumer);
      await b.acknowledge();
      await b.acknowledge();
      await session.close();
      assert.deepEqual(await leftovers(f, destination), [
        ['a', true],
        ['c', true],
      ]);
    }),
  ),
];

const recovering: readonly Case[] = [
  rule(
    '6.2.10',
    'recover begins again at the first unacknowledged, in order, marked',
    async (f) => {
      const { session, consumer, send } = await f.line(2);
      await send('a', 'b', 'c', 'd');
      await (await next(consumer)).acknowledge();
      await nextTexts(consumer, 2);
      await session.recover();
      const again: [string | null, boolean][] = [];
      for (let n = 0; n < 3; n++) {
        const message = await next(consumer);
        again.push([textOf(message), message.getJMSRedelivered()]);
      }
      assert.deepEqual(again, [
        ['b', true],
        ['c', true],
        ['d', false],
      ]);
    },
  ),
  rule('6.2.10', 'recover with nothing to recover does nothing', async (f) => {
    const { session, consumer, send } = await f.line(2);
    await session.recover();
    await send('a');
    assert.equal((await next(consumer)).getJMSRedelivered(), false);
  }),
  rule('6.2.10', 'recover counts each time', async (f) => {
    const { session, consumer, send } = await f.line(2);
    await send('a');
    for (let count = 1; count <= 4; count++) {
      assert.equal((await next(consumer)).getIntProperty('JMSXDeliveryCount'), count);
      await session.recover();
    }
  }),
  ...([1, 2, 3, 101] as const).map((mode) =>
    rule('6.2.10', `mode ${mode}: recover in a listener brings its message again`, async (f) => {
      const { session, consumer, send } = await f.line(mode);
      const got = collect(consumer, 3, (_, n) => (n === 1 ? session.recover() : undefined));
      await send('a', 'b');
      const seen = (await got).map((m) => [textOf(m), m.getJMSRedelivered()]);
      assert.deepEqual(seen, [
        ['a', false],
        ['a', true],
        ['b', false],
      ]);
    }),
  ),
  rule(
    '6.2.10',
    'recover of a transacted session is an IllegalStateException',
    async (f) => {
      const session = await f.session(0);
      await refuses(IllegalStateException, () => session.recover());
    },
    'transactions',
  ),
  rule('6.2.10', 'recover covers all consumers of the session', async (f) => {
    const { session, consumer, send } = await f.line(2);
    const topic = session.createTopic(f.name('t'));
    const other = await session.createConsumer(topic);
    await (await session.createProducer(topic)).send(session.createTextMessage('t'));
    await send('q');
    await next(consumer);
    await next(other);
    await session.recover();
    assert.equal((await next(other)).getJMSRedelivered(), true);
    assert.equal((await next(consumer)).getJMSRedelivered(), true);
  }),
];

const oneAtATime: readonly Case[] = [
  rule('6.2.5', 'two receives at once are an IllegalStateException', async (f) => {
    const { session, consumer, send, destination } = await f.line();
    const other = await session.createConsumer(destination);
    const waiting = consumer.receive();
    await refuses(IllegalStateException, () => consumer.receive(1));
    await refuses(IllegalStateException, () => other.receive(1));
    await refuses(IllegalStateException, () => other.receiveNoWait());
    await other.close();
    await send('x');
    assert.equal(textOf((await waiting) as Message), 'x');
  }),
  rule('6.2.5', 'a receive beside a listener is an IllegalStateException', async (f) => {
    const { session, consumer, destination } = await f.line();
    const other = await session.createConsumer(destination);
    other.setMessageListener(() => {});
    await refuses(IllegalStateException, () => consumer.receive(1));
    other.setMessageListener(null);
    await nothing(consumer);
  }),
  rule('6.2.5', 'a listener set while a receive waits is an IllegalStateException', async (f) => {
    const { connection, consumer } = await f.line();
    const waiting = consumer.receive();
    await refuses(IllegalStateException, () => consumer.setMessageListener(() => {}));
    await connection.close();
    assert.equal(await waiting, null);
  }),
  rule('6.2.13', 'listeners of one session never run at the same time', async (f) => {
    const { session, consumer, send, destination } = await f.line();
    const other = await session.createConsumer(destination);
    let running = 0;
    let most = 0;
    const done = later();
    let count = 0;
    for (const one of [consumer, other]) {
      one.setMessageListener(async () => {
        most = Math.max(most, ++running);
        await round();
        running--;
        if (++count === 12) done.resolve();
      });
    }
    await send(...Array.from({ length: 12 }, (_, n) => `${n}`));
    await done.promise;
    assert.equal(most, 1);
  }),
  rule('6.2.5', 'sessions of one connection run beside each other', async (f) => {
    const { connection, send, session } = await f.line();
    const news = session.createTopic(f.name('t'));
    const both = later();
    let running = 0;
    for (let n = 0; n < 2; n++) {
      const own = await connection.createSession();
      const consumer = await own.createConsumer(news);
      consumer.setMessageListener(async () => {
        if (++running === 2) both.resolve();
        await both.promise;
      });
    }
    const topic = await session.createProducer(news);
    await topic.send(session.createTextMessage('x'));
    await both.promise;
    await send('x');
  }),
];

const order: readonly Case[] = [
  rule('6.2.9', 'a producer’s messages to a queue arrive in order', async (f) => {
    const { session, producer, consumer } = await f.line();
    const texts = Array.from({ length: 1500 }, (_, n) => `${n}`);
    await Promise.all(texts.map((text) => producer.send(session.createTextMessage(text))));
    assert.deepEqual(await nextTexts(consumer, texts.length), texts);
  }),
  rule('6.2.9', 'a producer’s messages to a topic arrive in order, by listener', async (f) => {
    const { session, producer, consumer } = await f.topicLine();
    const texts = Array.from({ length: 500 }, (_, n) => `${n}`);
    const got = collect(consumer, texts.length);
    await Promise.all(texts.map((text) => producer.send(session.createTextMessage(text))));
    assert.deepEqual((await got).map(textOf), texts);
  }),
  rule('6.2.9', 'order holds among messages of one delivery mode and one priority', async (f) => {
    const { session, producer, consumer } = await f.line();
    for (let n = 0; n < 40; n++) {
      const mode = n % 2 === 0 ? DeliveryMode.PERSISTENT : DeliveryMode.NON_PERSISTENT;
      await producer.send(session.createTextMessage(`${n}`), mode, n % 4, 0);
    }
    const last = new Map<string, number>();
    for (let n = 0; n < 40; n++) {
      const message = await next(consumer);
      const lane = `${message.getJMSDeliveryMode()} ${message.getJMSPriority()}`;
      const number = Number(textOf(message));
      assert.ok(number > (last.get(lane) ?? -1));
      last.set(lane, number);
    }
  }),
  rule('6.2.12', 'no message comes twice, to two consumers that compete', async (f) => {
    const { session, producer, consumer, destination } = await f.line();
    const other = await (await f.session()).createConsumer(destination);
    const seen: (string | null)[] = [];
    const done = later();
    for (const one of [consumer, other]) {
      one.setMessageListener((message) => {
        seen.push(textOf(message));
        if (seen.length === 300) done.resolve();
      });
    }
    const texts = Array.from({ length: 300 }, (_, n) => `${n}`);
    await Promise.all(texts.map((text) => producer.send(session.createTextMessage(text))));
    await done.promise;
    await round(3);
    assert.equal(seen.length, 300);
    assert.equal(new Set(seen).size, 300);
  }),
];

const closing: readonly Case[] = [
  rule('6.2.15', 'close of a session: twice, and what comes after', async (f) => {
    const { session, producer, consumer } = await f.line();
    const message = session.createMessage();
    await session.close();
    await session.close();
    await session[Symbol.asyncDispose]();
    await refuses(IllegalStateException, () => session.createMessage(), /session is closed/);
    await refuses(IllegalStateException, () => producer.send(message));
    await refuses(IllegalStateException, () => consumer.receive());
  }),
  rule('6.2.15', 'a receive that waits returns null when its session closes', async (f) => {
    const { session, consumer } = await f.line();
    const receiving = consumer.receive();
    await session.close();
    assert.equal(await receiving, null);
  }),
  rule(
    '6.2.15',
    'close of a session waits for its listener, and not for those of others',
    async (f) => {
      const { connection, session, consumer, send } = await f.line();
      const begun = later();
      const held = later();
      let finished = false;
      consumer.setMessageListener(async () => {
        begun.resolve();
        await held.promise;
        finished = true;
      });
      await send('x');
      await begun.promise;
      const other = await connection.createSession();
      await other.close();
      const closed = session.close().then(() => assert.ok(finished));
      await round(5);
      assert.equal(finished, false);
      held.resolve();
      await closed;
    },
  ),
  rule('6.2.15', 'close from a listener of one’s own is an IllegalStateException', async (f) => {
    const { session, consumer, send } = await f.line();
    const failed = later<unknown>();
    consumer.setMessageListener(() => session.close().then(failed.resolve, failed.resolve));
    await send('x');
    assert.ok((await failed.promise) instanceof IllegalStateException);
  }),
  rule('6.2.15', 'a listener may close another session', async (f) => {
    const { connection, consumer, send } = await f.line();
    const other = await connection.createSession();
    const closed = later<unknown>();
    consumer.setMessageListener(() => other.close().then(closed.resolve, closed.resolve));
    await send('x');
    assert.equal(await closed.promise, undefined);
  }),
];

export const sessions: readonly Case[] = [
  ...modes,
  ...recovering,
  ...oneAtATime,
  ...order,
  ...closing,
];
