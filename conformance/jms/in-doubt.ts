// What is left of a promise when the connection breaks: sends, acknowledgements, commits and receives
// in doubt, and what the API does when a provider reconnects. Each case wraps the Provider under test.
// [JMS 6.1.7, 6.2.7, 6.2.11]

import assert from 'node:assert/strict';
import {
  JMSException,
  type Message,
  type MessageConsumer,
  TransactionRolledBackException,
} from 'angelia/jms';
import { type Case, rule } from './case.ts';
import { DoubtfulProvider } from './doubtful-provider.ts';
import {
  collect,
  type Doubt,
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

/** The same fixture over a provider in doubt. */
function doubtful(f: Fixture): { readonly doubt: Doubt; readonly g: Fixture } {
  const doubt = f.subject.doubt?.() ?? new DoubtfulProvider(f.subject.provider);
  return { doubt, g: f.through(doubt) };
}

/** All that is in a destination now, read by a connection without doubt. */
async function remains(
  f: Fixture,
  destination: NonNullable<ReturnType<Message['getJMSDestination']>>,
): Promise<(string | null)[]> {
  const consumer: MessageConsumer = await (await f.session()).createConsumer(destination);
  const texts: (string | null)[] = [];
  for (let m = await consumer.receiveNoWait(); m; m = await consumer.receiveNoWait()) {
    texts.push(textOf(m));
  }
  await consumer.close();
  return texts;
}

const cuts: readonly Case[] = [
  rule('6.1.7', 'a lost connection: the ExceptionListener hears once', async (f) => {
    const { doubt, g } = doubtful(f);
    const { connection } = await g.line();
    const heard: Error[] = [];
    connection.setExceptionListener((error) => void heard.push(error));
    doubt.last.cut();
    await round(3);
    assert.equal(heard.length, 1);
    assert.ok(heard[0] instanceof JMSException);
  }),
  rule('6.1.7', 'after a loss all calls are JMSExceptions, and close works', async (f) => {
    const { doubt, g } = doubtful(f);
    const { connection, session, producer, consumer } = await g.line();
    const message = session.createMessage();
    doubt.last.cut();
    for (const call of [
      () => producer.send(message),
      () => consumer.receive(),
      () => consumer.receiveNoWait(),
      () => session.createConsumer(session.createQueue('q')),
      () => session.createMessage(),
      () => connection.createSession(),
      () => connection.start(),
    ]) {
      await refuses(JMSException, call, /lost/);
    }
    await consumer.close();
    await producer.close();
    await session.close();
    await connection.close();
  }),
  rule(
    '6.2.11',
    'a send whose confirmation is lost rejects; the message may have arrived',
    async (f) => {
      const { doubt, g } = doubtful(f);
      const { session, producer, destination, consumer } = await g.line();
      await consumer.close();
      doubt.last.holding = true;
      const sending = producer.send(session.createTextMessage('in doubt'));
      const settled = refuses(JMSException, () => sending, /before the send was confirmed/);
      await round(3);
      doubt.last.cut();
      await settled;
      assert.ok((await remains(f, destination)).length <= 1);
    },
  ),
  rule('7.3', 'a CompletionListener hears of the loss, for each send, in order', async (f) => {
    const { doubt, g } = doubtful(f);
    const { session, producer } = await g.line();
    doubt.last.holding = true;
    const told: string[] = [];
    const done = later();
    const listener = {
      onCompletion: (message: Message) => void told.push(`sent ${textOf(message)}`),
      onException: (message: Message, error: Error) => {
        assert.ok(error instanceof JMSException);
        told.push(`lost ${textOf(message)}`);
        if (told.length === 3) done.resolve();
      },
    };
    for (const text of ['1', '2', '3']) {
      await producer.send(session.createTextMessage(text), listener);
    }
    doubt.last.cut();
    await done.promise;
    assert.deepEqual(told, ['lost 1', 'lost 2', 'lost 3']);
  }),
  rule(
    '7.2',
    'close waits for confirmations that are late, and ends when the connection is lost',
    async (f) => {
      const { doubt, g } = doubtful(f);
      const { session, producer } = await g.line();
      doubt.last.holding = true;
      const sending = producer.send(session.createMessage());
      let closed = false;
      const closing = producer.close().then(() => {
        closed = true;
      });
      await round(5);
      assert.equal(closed, false);
      doubt.last.letGo();
      await closing;
      await sending;
    },
  ),
  rule('8.5', 'a receive that waits rejects when the connection is lost', async (f) => {
    const { doubt, g } = doubtful(f);
    const { consumer } = await g.line();
    const waiting = consumer.receive();
    const settled = refuses(JMSException, () => waiting, /lost/);
    doubt.last.cut();
    await settled;
  }),
  rule('6.2.10', 'an acknowledge that is in doubt rejects', async (f) => {
    const { doubt, g } = doubtful(f);
    const { consumer, send } = await g.line(2);
    await send('x');
    const message = await next(consumer);
    doubt.last.holding = true;
    const settled = refuses(JMSException, () => message.acknowledge());
    await round(3);
    doubt.last.cut();
    await settled;
  }),
  rule(
    '6.2.7',
    'a commit that is in doubt rejects, and what was sent is there once or not at all',
    async (f) => {
      const { doubt, g } = doubtful(f);
      const session = await g.session(0);
      const queue = session.createQueue(g.name());
      const producer = await session.createProducer(queue);
      await producer.send(session.createTextMessage('a'));
      await producer.send(session.createTextMessage('b'));
      doubt.last.holding = true;
      const settled = refuses(JMSException, () => session.commit());
      await round(3);
      doubt.last.cut();
      await settled;
      const left = await remains(f, queue);
      assert.ok(left.length === 0 || left.join() === 'a,b', left.join());
    },
    'transactions',
  ),
  rule(
    '6.2.7',
    'a connection that is lost rolls its transactions back',
    async (f) => {
      const sender = await f.line();
      await sender.consumer.close();
      await sender.send('in');
      const { doubt, g } = doubtful(f);
      const session = await g.session(0);
      const out = session.createQueue(g.name('out'));
      const consumer = await session.createConsumer(sender.destination);
      assert.equal(await nextText(consumer), 'in');
      await (await session.createProducer(out)).send(session.createTextMessage('out'));
      doubt.last.cut();
      assert.deepEqual(await remains(f, out), []);
      const other = await (await f.session()).createConsumer(sender.destination);
      assert.equal(await nextText(other), 'in');
    },
    'transactions',
  ),
  rule(
    '6.2.10',
    'what a lost connection had not acknowledged is delivered to others',
    async (f) => {
      const { doubt, g } = doubtful(f);
      const { consumer, send, destination } = await g.line(2);
      await send('a', 'b', 'c');
      await (await next(consumer)).acknowledge();
      await nextText(consumer);
      doubt.last.cut();
      const other = await (await f.session()).createConsumer(destination);
      assert.deepEqual(await nextTexts(other, 2), ['b', 'c']);
    },
  ),
];

const interruptions: readonly Case[] = [
  rule('API', 'interrupted and resumed are told, in this order', async (f) => {
    const { doubt, g } = doubtful(f);
    const { connection } = await g.line();
    const told: string[] = [];
    const never = () => void told.push('never');
    connection.on('interrupted', never).off('interrupted', never);
    connection.on('interrupted', (error) => void told.push(`interrupted ${error?.name}`));
    connection.on('resumed', () => void told.push('resumed'));
    await doubt.last.interrupt();
    await doubt.last.resume();
    assert.deepEqual(told, ['interrupted JMSException', 'resumed']);
  }),
  rule(
    'API',
    'sends of an interrupted connection are confirmed when it is there again',
    async (f) => {
      const { doubt, g } = doubtful(f);
      const { session, producer, destination, consumer } = await g.line();
      await consumer.close();
      await producer.send(session.createTextMessage('1'));
      doubt.last.holding = true;
      const second = producer.send(session.createTextMessage('2'));
      await doubt.last.interrupt();
      const third = producer.send(session.createTextMessage('3'));
      await doubt.last.resume();
      await Promise.all([second, third]);
      await producer.send(session.createTextMessage('4'));
      const left = await remains(f, destination);
      assert.deepEqual([...new Set(left)], ['1', '2', '3', '4']);
    },
  ),
  rule('API', 'a receive that waits goes on after the interruption', async (f) => {
    const { doubt, g } = doubtful(f);
    const { consumer, send } = await g.line();
    const waiting = consumer.receive();
    await doubt.last.interrupt();
    await doubt.last.resume();
    await send('x');
    assert.equal(textOf((await waiting) as Message), 'x');
  }),
  rule('API', 'a listener goes on after the interruption', async (f) => {
    const { doubt, g } = doubtful(f);
    const { consumer, send } = await g.line();
    const got = collect(consumer, 2);
    await send('a');
    await round(3);
    await doubt.last.interrupt();
    await doubt.last.resume();
    await send('b');
    assert.deepEqual((await got).map(textOf), ['a', 'b']);
  }),
  rule('6.2.11', 'what waited in the client comes once, after the interruption', async (f) => {
    const { doubt, g } = doubtful(f);
    const { consumer, send } = await g.line();
    await send('a', 'b', 'c');
    assert.equal(await nextText(consumer), 'a');
    await doubt.last.interrupt();
    assert.equal(await consumer.receive(1), null, 'what was prefetched is void');
    await doubt.last.resume();
    assert.deepEqual(await nextTexts(consumer, 2), ['b', 'c']);
    await nothing(consumer);
  }),
  rule(
    '6.2.10',
    'CLIENT: what was not acknowledged comes again, marked, and the old is void',
    async (f) => {
      const { doubt, g } = doubtful(f);
      const { session, consumer, send } = await g.line(2);
      await send('a', 'b');
      const old = await next(consumer);
      await doubt.last.interrupt();
      await doubt.last.resume();
      await old.acknowledge();
      await session.recover();
      const again = await next(consumer);
      assert.equal(textOf(again), 'a');
      assert.equal(again.getJMSRedelivered(), true);
      assert.equal(await nextText(consumer), 'b');
      await again.acknowledge();
      await nothing(consumer);
    },
  ),
  rule(
    '8.8',
    'a consumer that was closed with messages in hand ends with the interruption',
    async (f) => {
      const { doubt, g } = doubtful(f);
      const { session, consumer, send, destination } = await g.line(2);
      await send('a');
      const message = await next(consumer);
      await consumer.close();
      await doubt.last.interrupt();
      await doubt.last.resume();
      await message.acknowledge();
      const other = await session.createConsumer(destination);
      assert.equal(await nextText(other), 'a');
    },
  ),
  rule(
    '6.2.10',
    'AUTO: a listener that runs over the interruption does not settle the new one',
    async (f) => {
      const { doubt, g } = doubtful(f);
      const { consumer, send } = await g.line();
      const begun = later();
      const go = later();
      const got = collect(consumer, 2, async (_, n) => {
        if (n > 1) return;
        begun.resolve();
        await go.promise;
      });
      await send('a');
      await begun.promise;
      await doubt.last.interrupt();
      await doubt.last.resume();
      go.resolve();
      const seen = (await got).map((m) => [textOf(m), m.getJMSRedelivered()]);
      assert.deepEqual(seen, [
        ['a', false],
        ['a', true],
      ]);
    },
  ),
  rule(
    '6.2.7',
    'a transaction that was interrupted cannot be committed: it is rolled back, and says so',
    async (f) => {
      const sender = await f.line();
      await sender.consumer.close();
      await sender.send('in');
      const { doubt, g } = doubtful(f);
      const session = await g.session(0);
      const out = session.createQueue(g.name('out'));
      const consumer = await session.createConsumer(sender.destination);
      const producer = await session.createProducer(out);
      assert.equal(await nextText(consumer), 'in');
      await producer.send(session.createTextMessage('1'));
      await doubt.last.interrupt();
      await doubt.last.resume();
      await refuses(TransactionRolledBackException, () => session.commit(), /interrupted/);
      assert.equal(await nextText(consumer), 'in', 'the next transaction gets it again');
      await producer.send(session.createTextMessage('2'));
      await session.commit();
      assert.deepEqual(await remains(f, out), ['2']);
    },
    'transactions',
  ),
  rule(
    '6.2.7',
    'a transaction with nothing in it survives the interruption',
    async (f) => {
      const { doubt, g } = doubtful(f);
      const session = await g.session(0);
      const queue = session.createQueue(g.name());
      const producer = await session.createProducer(queue);
      await doubt.last.interrupt();
      await doubt.last.resume();
      await producer.send(session.createTextMessage('x'));
      await session.commit();
      assert.deepEqual(await remains(f, queue), ['x']);
    },
    'transactions',
  ),
  rule(
    '6.2.7',
    'rollback after an interruption is a roll-back like any other',
    async (f) => {
      const { doubt, g } = doubtful(f);
      const session = await g.session(0);
      const queue = session.createQueue(g.name());
      const producer = await session.createProducer(queue);
      await producer.send(session.createTextMessage('never'));
      await doubt.last.interrupt();
      await doubt.last.resume();
      await session.rollback();
      await producer.send(session.createTextMessage('x'));
      await session.commit();
      assert.deepEqual(await remains(f, queue), ['x']);
    },
    'transactions',
  ),
  rule(
    '8.3.3',
    'a durable subscription goes on after the interruption',
    async (f) => {
      const { doubt, g } = doubtful(f);
      const session = await g.session(1, { clientID: g.name('client') });
      const topic = session.createTopic(g.name('t'));
      const consumer = await session.createDurableConsumer(topic, 's');
      await doubt.last.interrupt();
      const other = await f.session();
      await (await other.createProducer(topic)).send(other.createTextMessage('meanwhile'));
      await doubt.last.resume();
      assert.equal(await nextText(consumer), 'meanwhile');
    },
    'durable-subscriptions',
    'client-id',
  ),
];

export const inDoubt: readonly Case[] = [...cuts, ...interruptions];
