// Consumers: the ways to receive, listeners, close, redelivery policy, prefetch. [JMS 8]

import assert from 'node:assert/strict';
import { IllegalArgumentException, IllegalStateException, type Message } from 'angelia/jms';
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

const receiving: readonly Case[] = [
  rule('8.5', 'receive() waits for ever; receive(0) does, too', async (f) => {
    const { consumer, send } = await f.line();
    for (const receive of [() => consumer.receive(), () => consumer.receive(0)]) {
      const waiting = receive();
      await round(3);
      await send('x');
      assert.equal(textOf((await waiting) as Message), 'x');
    }
  }),
  rule('8.5', 'receive(ms) returns null when the time is over', async (f) => {
    const { consumer, send } = await f.line();
    assert.equal(await consumer.receive(5), null);
    await send('x');
    assert.equal(await nextText(consumer), 'x');
  }),
  rule('8.5', 'receive(ms) returns a message that comes in time', async (f) => {
    const { consumer, send } = await f.line();
    const waiting = consumer.receive(60_000);
    await send('x');
    assert.equal(textOf((await waiting) as Message), 'x');
  }),
  rule('8.5', 'receiveNoWait returns what the broker has now', async (f) => {
    const { consumer, send } = await f.line();
    assert.equal(await consumer.receiveNoWait(), null);
    await send('a', 'b');
    assert.equal(textOf((await consumer.receiveNoWait()) as Message), 'a');
    assert.equal(textOf((await consumer.receiveNoWait()) as Message), 'b');
    assert.equal(await consumer.receiveNoWait(), null);
  }),
  rule('8.5', 'a receive that ended without a message took none', async (f) => {
    const { consumer, send } = await f.line();
    for (let n = 0; n < 3; n++) assert.equal(await consumer.receive(1), null);
    await send('x');
    assert.equal(await nextText(consumer), 'x');
    await nothing(consumer);
  }),
  rule('8.5', 'a wait that is no number of ms is an IllegalArgumentException', async (f) => {
    const { consumer } = await f.line();
    await refuses(IllegalArgumentException, () => consumer.receive(-1));
    await refuses(IllegalArgumentException, () => consumer.receive(Number.NaN));
  }),
  rule('API', 'receive takes a timeout and an AbortSignal', async (f) => {
    const { consumer, send } = await f.line();
    assert.equal(await consumer.receive({ timeout: 5 }), null);
    const abort = new AbortController();
    const waiting = consumer.receive({ signal: abort.signal });
    abort.abort(new Error('enough'));
    await refuses(Error, () => waiting, /enough/);
    await refuses(Error, () => consumer.receive({ signal: abort.signal }), /enough/);
    await send('x');
    assert.equal(await nextText(consumer), 'x', 'the aborted receives took nothing');
  }),
  rule('API', 'for await runs until the consumer closes', async (f) => {
    const { consumer, send } = await f.line();
    await send('a', 'b', 'c');
    const seen: (string | null)[] = [];
    for await (const message of consumer) {
      seen.push(textOf(message));
      if (seen.length === 3) await consumer.close();
    }
    assert.deepEqual(seen, ['a', 'b', 'c']);
  }),
];

const listening: readonly Case[] = [
  rule('8.7', 'getMessageListener returns what was set', async (f) => {
    const { consumer } = await f.line();
    assert.equal(consumer.getMessageListener(), null);
    const listener = { onMessage() {} };
    consumer.setMessageListener(listener);
    assert.equal(consumer.getMessageListener(), listener);
    consumer.setMessageListener(null);
    assert.equal(consumer.getMessageListener(), null);
  }),
  rule('8.7', 'a listener is an object or a function, and nothing else', async (f) => {
    const { consumer, send } = await f.line();
    await refuses(IllegalArgumentException, () => consumer.setMessageListener({} as never));
    const got = later<Message>();
    consumer.setMessageListener({ onMessage: got.resolve });
    await send('x');
    assert.equal(textOf(await got.promise), 'x');
  }),
  rule('8.7', 'the promise of a listener is awaited before the next message', async (f) => {
    const { consumer, send } = await f.line();
    const events: string[] = [];
    const done = later();
    consumer.setMessageListener(async (message) => {
      events.push(`in ${textOf(message)}`);
      await round(2);
      events.push(`out ${textOf(message)}`);
      if (events.length === 4) done.resolve();
    });
    await send('a', 'b');
    await done.promise;
    assert.deepEqual(events, ['in a', 'out a', 'in b', 'out b']);
  }),
  rule('8.7', 'a new listener gets the rest; none: receive gets it', async (f) => {
    const { consumer, send } = await f.line();
    const first = collect(consumer, 1, () => consumer.setMessageListener(null));
    await send('a', 'b', 'c');
    assert.deepEqual((await first).map(textOf), ['a']);
    const second = collect(consumer, 1, () => consumer.setMessageListener(null));
    assert.deepEqual((await second).map(textOf), ['b']);
    assert.equal(await nextText(consumer), 'c');
  }),
  ...([1, 3] as const).flatMap((mode) =>
    (['throws', 'rejects'] as const).map((how) =>
      rule(
        '8.7',
        `mode ${mode}: a listener that ${how} gets the message again, marked`,
        async (f) => {
          const { consumer, send } = await f.line(mode);
          const got = collect(consumer, 3, (_, n) => {
            if (n > 1) return;
            if (how === 'throws') throw new Error('once');
            return Promise.reject(new Error('once'));
          });
          await send('a', 'b');
          const seen = (await got).map((m) => [
            textOf(m),
            m.getJMSRedelivered(),
            m.getIntProperty('JMSXDeliveryCount'),
          ]);
          assert.deepEqual(seen, [
            ['a', false, 1],
            ['a', true, 2],
            ['b', false, 1],
          ]);
        },
      ),
    ),
  ),
  rule(
    '8.7',
    'a listener that fails for ever is given up, and the next message comes',
    async (f) => {
      const { connection, consumer, send } = await f.line();
      const problem = later<Error>();
      connection.setExceptionListener(problem.resolve);
      const good = later();
      let poisoned = 0;
      consumer.setMessageListener((message) => {
        if (textOf(message) !== 'poison') return good.resolve();
        poisoned++;
        throw new Error('never');
      });
      await send('poison', 'good');
      await good.promise;
      assert.match((await problem.promise).message, /given up/);
      assert.ok(poisoned >= 2 && poisoned < 100);
    },
  ),
  rule('8.7', 'CLIENT: a listener that fails goes on with the next', async (f) => {
    const { session, consumer, send } = await f.line(2);
    const got = collect(consumer, 2, (_, n) => {
      if (n === 1) throw new Error('once');
    });
    await send('a', 'b');
    assert.deepEqual((await got).map(textOf), ['a', 'b']);
    consumer.setMessageListener(null);
    await session.recover();
    assert.deepEqual(await nextTexts(consumer, 2), ['a', 'b']);
  }),
];

const closing: readonly Case[] = [
  rule('8.8', 'close twice, and calls after it', async (f) => {
    const { consumer } = await f.line();
    await consumer.close();
    await consumer.close();
    await consumer[Symbol.asyncDispose]();
    for (const call of [
      () => consumer.receive(),
      () => consumer.receiveNoWait(),
      () => consumer.getMessageListener(),
      () => consumer.setMessageListener(() => {}),
      () => consumer.getMessageSelector(),
    ]) {
      await refuses(IllegalStateException, call, /consumer is closed/);
    }
  }),
  rule('8.8', 'a receive that waits returns null when the consumer closes', async (f) => {
    const { consumer } = await f.line();
    const waiting = consumer.receive();
    await consumer.close();
    assert.equal(await waiting, null);
  }),
  rule('8.8', 'close waits for its listener', async (f) => {
    const { consumer, send } = await f.line();
    const begun = later();
    let finished = false;
    consumer.setMessageListener(async () => {
      begun.resolve();
      await round(4);
      finished = true;
    });
    await send('x');
    await begun.promise;
    await consumer.close();
    assert.ok(finished);
  }),
  rule('8.8', 'a consumer may close itself in its listener', async (f) => {
    const { session, consumer, send, destination } = await f.line();
    const closed = later();
    consumer.setMessageListener(async () => {
      await consumer.close();
      closed.resolve();
    });
    await send('a', 'b');
    await closed.promise;
    await round(3);
    const other = await session.createConsumer(destination);
    assert.equal(await nextText(other), 'b');
  }),
  rule('8.8', 'what was prefetched goes back, in order and unmarked', async (f) => {
    const { session, consumer, send, destination } = await f.line();
    await send('a', 'b', 'c');
    assert.equal(await nextText(consumer), 'a');
    await consumer.close();
    const other = await session.createConsumer(destination);
    for (const text of ['b', 'c']) {
      const message = await next(other);
      assert.equal(textOf(message), text);
      assert.equal(message.getJMSRedelivered(), false);
    }
  }),
  rule('8.8', 'close has no effect on acknowledgement', async (f) => {
    const { session, consumer, send, destination } = await f.line(2);
    await send('a', 'b');
    const a = await next(consumer);
    await consumer.close();
    const other = await session.createConsumer(destination);
    assert.equal(await nextText(other), 'b');
    await a.acknowledge();
    await session.close();
    await nothing(await (await f.session()).createConsumer(destination));
  }),
];

const policies: readonly Case[] = [
  rule('API', 'jms.redeliveryPolicy.maxRedeliveries: no more than that', async (f) => {
    const options = 'jms.redeliveryPolicy.maxRedeliveries=2&jms.redeliveryPolicy.outcome=REJECTED';
    const { session, consumer, send } = await f.line(2, { options });
    await send('poison', 'good');
    for (let count = 1; count <= 3; count++) {
      const message = await next(consumer);
      assert.equal(textOf(message), 'poison');
      assert.equal(message.getIntProperty('JMSXDeliveryCount'), count);
      await session.recover();
    }
    assert.equal(await nextText(consumer), 'good');
  }),
  rule('API', 'jms.redeliveryPolicy.outcome=ACCEPTED drops what came too often', async (f) => {
    const options = 'jms.redeliveryPolicy.maxRedeliveries=0&jms.redeliveryPolicy.outcome=ACCEPTED';
    const { session, consumer, send, destination } = await f.line(2, { options });
    await send('poison', 'good');
    await next(consumer);
    await session.recover();
    assert.equal(await nextText(consumer), 'good');
    await session.close();
    const other = await f.session();
    assert.equal(await nextText(await other.createConsumer(destination)), 'good');
  }),
  rule('API', 'the policy holds for a listener that fails', async (f) => {
    const options = 'jms.redeliveryPolicy.maxRedeliveries=1&jms.redeliveryPolicy.outcome=REJECTED';
    const { consumer, send } = await f.line(1, { options });
    const got = collect(consumer, 3, (message) => {
      if (textOf(message) === 'poison') throw new Error('no');
    });
    await send('poison', 'good');
    assert.deepEqual((await got).map(textOf), ['poison', 'poison', 'good']);
  }),
  rule(
    'API',
    'the policy holds for roll-backs',
    async (f) => {
      const sender = await f.line();
      await sender.consumer.close();
      const options =
        'jms.redeliveryPolicy.maxRedeliveries=1&jms.redeliveryPolicy.outcome=REJECTED';
      const session = await f.session(0, { options });
      const consumer = await session.createConsumer(sender.destination);
      await sender.send('poison', 'good');
      for (let n = 0; n < 2; n++) {
        assert.equal(await nextText(consumer), 'poison');
        await session.rollback();
      }
      assert.equal(await nextText(consumer), 'good');
      await session.commit();
    },
    'transactions',
    'delivery-count',
  ),
  rule('API', 'jms.prefetchPolicy.all=1: the rest stays for others', async (f) => {
    const { consumer, send, destination } = await f.line(1, {
      options: 'jms.prefetchPolicy.all=1',
    });
    const other = await (await f.session()).createConsumer(destination);
    await send('a', 'b', 'c');
    assert.equal(await nextText(consumer), 'a');
    const rest = [await other.receiveNoWait(), await other.receiveNoWait()];
    assert.ok(rest.some((message) => message !== null));
  }),
  rule(
    'API',
    'jms.prefetchPolicy.all=0: nothing is taken before it is asked for',
    async (f) => {
      const wishes = { options: 'jms.prefetchPolicy.all=0' };
      const { consumer, send, destination } = await f.line(1, wishes);
      await send('a', 'b', 'c', 'd');
      const other = await (await f.session(1, wishes)).createConsumer(destination);
      assert.equal(await nextText(other), 'a');
      assert.equal(await nextText(consumer), 'b');
      assert.equal(textOf((await consumer.receiveNoWait()) as Message), 'c');
      assert.equal(await nextText(other), 'd');
      assert.equal(await consumer.receive(5), null);
      await send('e');
      assert.equal(await nextText(other), 'e', 'the receive that was over asks for nothing');
    },
    'pull',
  ),
  rule(
    'API',
    'jms.prefetchPolicy.all=0 with a listener',
    async (f) => {
      const { consumer, send } = await f.line(1, { options: 'jms.prefetchPolicy.all=0' });
      const got = collect(consumer, 3);
      await send('a', 'b', 'c');
      assert.deepEqual((await got).map(textOf), ['a', 'b', 'c']);
    },
    'pull',
  ),
  rule('API', 'jms.localMessageExpiry=false delivers what expired in the client', async (f) => {
    const { session, producer, consumer } = await f.line(1, {
      options: 'jms.localMessageExpiry=false',
    });
    const message = session.createTextMessage('old');
    await producer.send(message, 2, 4, 60_000);
    assert.equal(await nextText(consumer), 'old');
  }),
];

export const consuming: readonly Case[] = [...receiving, ...listening, ...closing, ...policies];
