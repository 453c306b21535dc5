// Transacted sessions. [JMS 6.2.7]

import assert from 'node:assert/strict';
import { IllegalStateException, TextMessage, TransactionInProgressException } from 'angelia/jms';
import { type Case, rule } from './case.ts';
import {
  collect,
  later,
  next,
  nextText,
  nextTexts,
  nothing,
  refuses,
  round,
  textOf,
} from './fixture.ts';

const transacted = (title: string, run: Case['run'], section = '6.2.7'): Case =>
  rule(section, title, run, 'transactions');

const sends: readonly Case[] = [
  transacted('createSession(true) makes a transacted session, whatever the mode', async (f) => {
    const connection = await f.connection();
    for (const session of [
      await connection.createSession(true, 1),
      await connection.createSession(true, 0),
      await connection.createSession(0),
    ]) {
      assert.equal(session.getTransacted(), true);
      assert.equal(session.getAcknowledgeMode(), 0);
    }
  }),
  transacted('a commit makes all sends visible, in order', async (f) => {
    const session = await f.session(0);
    const queue = session.createQueue(f.name());
    const producer = await session.createProducer(queue);
    const reader = await (await f.session()).createConsumer(queue);
    const texts = Array.from({ length: 100 }, (_, n) => `${n}`);
    for (const text of texts) await producer.send(session.createTextMessage(text));
    await nothing(reader);
    await session.commit();
    assert.deepEqual(await nextTexts(reader, 100), texts);
  }),
  transacted('a roll-back forgets the sends', async (f) => {
    const session = await f.session(0);
    const queue = session.createQueue(f.name());
    const producer = await session.createProducer(queue);
    const reader = await (await f.session()).createConsumer(queue);
    await producer.send(session.createTextMessage('never'));
    await session.rollback();
    await producer.send(session.createTextMessage('ever'));
    await session.commit();
    assert.equal(await nextText(reader), 'ever');
    await nothing(reader);
  }),
  transacted('one transaction sends to several queues and topics', async (f) => {
    const session = await f.session(0);
    const destinations = [
      session.createQueue(f.name()),
      session.createQueue(f.name()),
      session.createTopic(f.name('t')),
    ];
    const other = await f.session();
    const readers = [];
    for (const one of destinations) readers.push(await other.createConsumer(one));
    const producer = await session.createProducer(null);
    for (const one of destinations) await producer.send(one, session.createTextMessage('x'));
    for (const reader of readers) await nothing(reader);
    await session.commit();
    for (const reader of readers) assert.equal(await nextText(reader), 'x');
  }),
  transacted('closing the session rolls back', async (f) => {
    const session = await f.session(0);
    const queue = session.createQueue(f.name());
    const producer = await session.createProducer(queue);
    await producer.send(session.createTextMessage('never'));
    await session.close();
    await nothing(await (await f.session()).createConsumer(queue));
  }),
  transacted('closing the producer before the commit changes nothing', async (f) => {
    const session = await f.session(0);
    const queue = session.createQueue(f.name());
    const producer = await session.createProducer(queue);
    await producer.send(session.createTextMessage('x'));
    await producer.close();
    await session.commit();
    assert.equal(await nextText(await (await f.session()).createConsumer(queue)), 'x');
  }),
  transacted('the headers of a send are set when it is sent', async (f) => {
    const session = await f.session(0);
    const producer = await session.createProducer(session.createQueue(f.name()));
    const message = session.createMessage();
    await producer.send(message);
    assert.match(message.getJMSMessageID() ?? '', /^ID:/);
    assert.ok(message.getJMSTimestamp() > 0);
  }),
  transacted('a thousand sends in one transaction', async (f) => {
    const session = await f.session(0);
    const queue = session.createQueue(f.name());
    const producer = await session.createProducer(queue);
    const texts = Array.from({ length: 1000 }, (_, n) => `${n}`);
    await Promise.all(texts.map((text) => producer.send(session.createTextMessage(text))));
    await session.commit();
    const reader = await (await f.session()).createConsumer(queue);
    assert.deepEqual(await nextTexts(reader, 1000), texts);
  }),
];

const receives: readonly Case[] = [
  transacted('what was received is acknowledged by commit', async (f) => {
    const sender = await f.line();
    await sender.consumer.close();
    const session = await f.session(0);
    const consumer = await session.createConsumer(sender.destination);
    await sender.send('a', 'b', 'c');
    await nextTexts(consumer, 2);
    await session.commit();
    await session.close();
    const other = await (await f.session()).createConsumer(sender.destination);
    const left = await next(other);
    assert.equal(textOf(left), 'c');
    assert.equal(left.getJMSRedelivered(), false);
  }),
  transacted('rolled back messages come again, in order, before those behind them', async (f) => {
    const sender = await f.line();
    await sender.consumer.close();
    const session = await f.session(0);
    const consumer = await session.createConsumer(sender.destination);
    await sender.send('a', 'b', 'c', 'd');
    await nextTexts(consumer, 2);
    await session.rollback();
    const again: [string | null, boolean, number][] = [];
    for (let n = 0; n < 4; n++) {
      const m = await next(consumer);
      again.push([textOf(m), m.getJMSRedelivered(), m.getIntProperty('JMSXDeliveryCount')]);
    }
    assert.deepEqual(again, [
      ['a', true, 2],
      ['b', true, 2],
      ['c', false, 1],
      ['d', false, 1],
    ]);
  }),
  transacted('roll-backs count', async (f) => {
    const sender = await f.line();
    await sender.consumer.close();
    const session = await f.session(0);
    const consumer = await session.createConsumer(sender.destination);
    await sender.send('a');
    for (let count = 1; count <= 4; count++) {
      assert.equal((await next(consumer)).getIntProperty('JMSXDeliveryCount'), count);
      await session.rollback();
    }
  }),
  transacted('a roll-back gives back what was received when the session closes', async (f) => {
    const sender = await f.line();
    await sender.consumer.close();
    const session = await f.session(0);
    const consumer = await session.createConsumer(sender.destination);
    await sender.send('a', 'b');
    await next(consumer);
    await session.close();
    const other = await (await f.session()).createConsumer(sender.destination);
    const a = await next(other);
    assert.equal(textOf(a), 'a');
    assert.equal(a.getJMSRedelivered(), true);
    assert.equal((await next(other)).getJMSRedelivered(), false);
  }),
  transacted('a closed consumer’s messages still belong to the transaction', async (f) => {
    const sender = await f.line();
    await sender.consumer.close();
    const session = await f.session(0);
    const consumer = await session.createConsumer(sender.destination);
    await sender.send('a', 'b');
    assert.equal(await nextText(consumer), 'a');
    await consumer.close();
    await session.rollback();
    const again = await session.createConsumer(sender.destination);
    assert.deepEqual(await nextTexts(again, 2), ['a', 'b']);
    await again.close();
    await session.commit();
    await session.close();
    await nothing(await (await f.session()).createConsumer(sender.destination));
  }),
  transacted('acknowledge has no effect in a transaction', async (f) => {
    const sender = await f.line();
    await sender.consumer.close();
    const session = await f.session(0);
    const consumer = await session.createConsumer(sender.destination);
    await sender.send('a');
    await (await next(consumer)).acknowledge();
    await session.rollback();
    assert.equal(await nextText(consumer), 'a');
  }),
  transacted('what was received in it is not for others meanwhile', async (f) => {
    const sender = await f.line();
    await sender.consumer.close();
    const session = await f.session(0);
    const consumer = await session.createConsumer(sender.destination);
    await sender.send('a');
    await next(consumer);
    const other = await (await f.session()).createConsumer(sender.destination);
    await nothing(other);
    await session.commit();
    await nothing(other);
  }),
  transacted('a roll-back of a topic subscriber brings its messages again', async (f) => {
    const session = await f.session(0);
    const topic = session.createTopic(f.name('t'));
    const consumer = await session.createConsumer(topic);
    const other = await f.session();
    const producer = await other.createProducer(topic);
    for (const text of ['a', 'b']) await producer.send(other.createTextMessage(text));
    assert.equal(await nextText(consumer), 'a');
    await session.rollback();
    assert.deepEqual(await nextTexts(consumer, 2), ['a', 'b']);
    await session.commit();
    await nothing(consumer);
  }),
];

const chains: readonly Case[] = [
  transacted('one transaction receives and sends: all or nothing', async (f) => {
    const sender = await f.line();
    await sender.consumer.close();
    const session = await f.session(0);
    const out = session.createQueue(f.name('out'));
    const consumer = await session.createConsumer(sender.destination);
    const producer = await session.createProducer(out);
    const reader = await (await f.session()).createConsumer(out);
    await sender.send('x');
    for (const attempt of [1, 2]) {
      const message = await next(consumer);
      assert.equal(message.getIntProperty('JMSXDeliveryCount'), attempt);
      await producer.send(session.createTextMessage(`${textOf(message)} ${attempt}`));
      if (attempt === 1) await session.rollback();
      else await session.commit();
    }
    assert.equal(await nextText(reader), 'x 2');
    await nothing(reader);
    await nothing(consumer);
  }),
  transacted('transactions are chained: each commit begins the next', async (f) => {
    const session = await f.session(0);
    const queue = session.createQueue(f.name());
    const producer = await session.createProducer(queue);
    const reader = await (await f.session()).createConsumer(queue);
    for (let n = 0; n < 10; n++) {
      await producer.send(session.createTextMessage(`${n}`));
      if (n % 3 === 2) await session.rollback();
      else await session.commit();
    }
    assert.deepEqual(await nextTexts(reader, 7), ['0', '1', '3', '4', '6', '7', '9']);
    await nothing(reader);
  }),
  transacted('commit and rollback of nothing', async (f) => {
    const session = await f.session(0);
    await session.commit();
    await session.rollback();
    await session.commit();
    await session.close();
  }),
  transacted('two transactions are independent', async (f) => {
    const one = await f.session(0);
    const two = await f.session(0);
    const queue = one.createQueue(f.name());
    await (await one.createProducer(queue)).send(one.createTextMessage('one'));
    await (await two.createProducer(queue)).send(two.createTextMessage('two'));
    await one.rollback();
    await two.commit();
    const reader = await (await f.session()).createConsumer(queue);
    assert.equal(await nextText(reader), 'two');
    await nothing(reader);
  }),
  transacted('a listener commits what it got and sent', async (f) => {
    const sender = await f.line();
    await sender.consumer.close();
    const session = await f.session(0);
    const out = session.createQueue(f.name('out'));
    const consumer = await session.createConsumer(sender.destination);
    const producer = await session.createProducer(out);
    const got = collect(consumer, 3, async (message) => {
      await producer.send(session.createTextMessage(`${textOf(message)}!`));
      await session.commit();
    });
    await sender.send('a', 'b', 'c');
    await got;
    const reader = await (await f.session()).createConsumer(out);
    assert.deepEqual(await nextTexts(reader, 3), ['a!', 'b!', 'c!']);
  }),
  transacted('a listener rolls back, and gets the same again before the next', async (f) => {
    const sender = await f.line();
    await sender.consumer.close();
    const session = await f.session(0);
    const consumer = await session.createConsumer(sender.destination);
    await sender.send('a', 'b');
    const got = collect(consumer, 3, (_, n) => (n === 1 ? session.rollback() : session.commit()));
    const seen = (await got).map((m) => [textOf(m), m.getJMSRedelivered()]);
    assert.deepEqual(seen, [
      ['a', false],
      ['a', true],
      ['b', false],
    ]);
  }),
  transacted(
    'a listener that fails goes on with the next; a roll-back brings both again',
    async (f) => {
      const sender = await f.line();
      await sender.consumer.close();
      const connection = await f.connection();
      const session = await connection.createSession(0);
      const heard = later<Error>();
      connection.setExceptionListener((error) => heard.resolve(error));
      const consumer = await session.createConsumer(sender.destination);
      await sender.send('a', 'b');
      const got = collect(consumer, 4, async (_, n) => {
        if (n === 2) await session.rollback();
        if (n === 1) throw new Error('once');
      });
      assert.deepEqual((await got).map(textOf), ['a', 'b', 'a', 'b']);
      assert.match((await heard.promise).message, /listener failed/);
    },
    '8.7',
  ),
];

const misuse: readonly Case[] = [
  rule('10.3', 'commit and rollback of a session that is not transacted', async (f) => {
    for (const mode of [1, 2, 3] as const) {
      const session = await f.session(mode);
      await refuses(IllegalStateException, () => session.commit(), /not transacted/);
      await refuses(IllegalStateException, () => session.rollback(), /not transacted/);
    }
  }),
  transacted(
    'what is done while a commit is under way is a TransactionInProgressException',
    async (f) => {
      const session = await f.session(0);
      const producer = await session.createProducer(session.createQueue(f.name()));
      await producer.send(session.createTextMessage('x'));
      const committing = session.commit();
      const sending = producer.send(session.createTextMessage('y'));
      await refuses(TransactionInProgressException, () => sending);
      await committing;
      await producer.send(session.createTextMessage('z'));
      await session.commit();
    },
    '10.3',
  ),
  transacted('nothing is handed out while a roll-back is under way', async (f) => {
    const sender = await f.line();
    await sender.consumer.close();
    const session = await f.session(0);
    const consumer = await session.createConsumer(sender.destination);
    await sender.send('a', 'b', 'c');
    assert.equal(await nextText(consumer), 'a');
    const rolling = session.rollback();
    const receiving = consumer.receive();
    await rolling;
    const message = await receiving;
    assert.ok(message instanceof TextMessage);
    assert.equal(message.getText(), 'a');
    await round();
  }),
];

export const transactions: readonly Case[] = [...sends, ...receives, ...chains, ...misuse];
