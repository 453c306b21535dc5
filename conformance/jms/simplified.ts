// JMSContext and JMSConsumer. [JMS 2.8, 6.3, 8.4, 8.6]

import assert from 'node:assert/strict';
import {
  BytesMessage,
  IllegalStateException,
  IllegalStateRuntimeException,
  InvalidClientIDRuntimeException,
  InvalidDestinationRuntimeException,
  InvalidSelectorRuntimeException,
  JMSContext,
  JMSRuntimeException,
  MapMessage,
  type Message,
  MessageFormatRuntimeException,
  type Queue,
  TextMessage,
  TransactionInProgressRuntimeException,
  UnsupportedOperationException,
} from 'angelia/jms';
import { type Case, rule } from './case.ts';
import {
  collect,
  contextLine,
  later,
  next,
  nextText,
  nextTexts,
  nothing,
  refuses,
  round,
  textOf,
} from './fixture.ts';

const contexts: readonly Case[] = [
  rule('6.3', 'createContext in all its forms', async (f) => {
    assert.equal((await f.context()).getSessionMode(), JMSContext.AUTO_ACKNOWLEDGE);
    assert.equal((await f.context(2)).getSessionMode(), 2);
    assert.equal((await f.context(3)).getTransacted(), false);
    const plain = f.owned(await f.factory().createContext());
    assert.equal(plain.getSessionMode(), 1);
  }),
  rule(
    '6.3',
    'createContext with a transacted mode',
    async (f) => {
      const context = await f.context(JMSContext.SESSION_TRANSACTED);
      assert.equal(context.getTransacted(), true);
      await context.createProducer().send(context.createQueue(f.name()), 'x');
      await context.commit();
      await context.rollback();
    },
    'transactions',
  ),
  rule('8.4', 'the first consumer starts the connection', async (f) => {
    const { queue, producer, consumer, context } = await contextLine(f);
    assert.equal(context.getAutoStart(), true);
    await producer.send(queue, 'x');
    assert.equal(await nextText(consumer), 'x');
  }),
  rule('8.4', 'setAutoStart(false) leaves that to start', async (f) => {
    const context = await f.context();
    context.setAutoStart(false);
    assert.equal(context.getAutoStart(), false);
    const queue = context.createQueue(f.name());
    const consumer = await context.createConsumer(queue);
    await context.createProducer().send(queue, 'x');
    assert.equal(await consumer.receiveNoWait(), null);
    await context.start();
    assert.equal(await nextText(consumer), 'x');
    await context.stop();
    await context.createProducer().send(queue, 'y');
    assert.equal(await consumer.receiveNoWait(), null);
  }),
  rule(
    '6.3',
    'contexts of a context share its connection, which closes with the last',
    async (f) => {
      const one = await f.context();
      const two = await one.createContext(2);
      const queue = one.createQueue(f.name());
      await one.createProducer().send(queue, 'x');
      await one.close();
      await refuses(IllegalStateRuntimeException, () => one.createProducer());
      const consumer = await two.createConsumer(queue);
      assert.equal(await nextText(consumer), 'x');
      await two.close();
      await refuses(IllegalStateRuntimeException, () => two.start());
    },
  ),
  rule(
    '6.1.2',
    'the client id of a context is set before it is used, and shared',
    async (f) => {
      const id = f.name('client');
      const context = await f.context();
      await context.setClientID(id);
      assert.equal(context.getClientID(), id);
      const other = await context.createContext(1);
      assert.equal(other.getClientID(), id);
      await other.close();
      const late = await f.context();
      await late.createConsumer(late.createQueue(f.name()));
      await refuses(IllegalStateRuntimeException, () => late.setClientID('x'));
      const taken = await f.context();
      await refuses(InvalidClientIDRuntimeException, () => taken.setClientID(id));
    },
    'client-id',
  ),
  rule('6.3', 'a context makes all kinds of messages', async (f) => {
    const context = await f.context();
    assert.ok(context.createTextMessage('x') instanceof TextMessage);
    assert.equal(context.createTextMessage().getText(), null);
    assert.ok(context.createBytesMessage() instanceof BytesMessage);
    assert.ok(context.createMapMessage() instanceof MapMessage);
    assert.deepEqual(context.createObjectMessage({ a: 1 }).getObject(), { a: 1 });
    assert.equal(context.createObjectMessage().getObject(), null);
    assert.equal(context.createStreamMessage().isBodyAssignableTo(Object), false);
    assert.equal(context.createMessage().getJMSMessageID(), null);
    assert.equal(context.createTopic('t').getTopicName(), 't');
  }),
  rule('6.1.6', 'a context has metadata and an ExceptionListener', async (f) => {
    const context = await f.context();
    assert.equal(context.getMetaData().getJMSVersion(), '3.1');
    assert.equal(context.getExceptionListener(), null);
    const listener = { onException() {} };
    context.setExceptionListener(listener);
    assert.equal(context.getExceptionListener(), listener);
  }),
  rule('6.2.10', 'acknowledge of a context is for all that it received', async (f) => {
    const { context, queue, producer, consumer } = await contextLine(f, 2);
    for (const text of ['a', 'b', 'c']) await producer.send(queue, text);
    await nextTexts(consumer, 2);
    await context.acknowledge();
    await nextTexts(consumer, 1);
    await context.recover();
    const again = await next(consumer);
    assert.equal(textOf(again), 'c');
    assert.equal(again.getJMSRedelivered(), true);
  }),
  rule('6.2.10', 'acknowledge of a context has no effect in other modes', async (f) => {
    const { context, queue, producer, consumer } = await contextLine(f);
    await producer.send(queue, 'a');
    assert.equal(await nextText(consumer), 'a');
    await context.acknowledge();
  }),
  rule(
    '6.2.7',
    'a transacted context commits and rolls back',
    async (f) => {
      const context = await f.context(0);
      const queue = context.createQueue(f.name());
      const reader = await (await f.context()).createConsumer(queue);
      await context.createProducer().send(queue, 'never');
      await context.rollback();
      await context.createProducer().send(queue, 'ever');
      await nothing(reader);
      await context.commit();
      assert.equal(await nextText(reader), 'ever');
    },
    'transactions',
  ),
  rule('6.3', 'close of a context: twice, and calls after it', async (f) => {
    const { context, queue, producer, consumer } = await contextLine(f);
    await context.close();
    await context.close();
    await context[Symbol.asyncDispose]();
    const calls: (() => unknown)[] = [
      () => context.createProducer(),
      () => context.createConsumer(queue),
      () => context.createTextMessage('x'),
      () => context.createObjectMessage(),
      () => context.createQueue('q'),
      () => context.createTopic('q'),
      () => context.start(),
      () => context.stop(),
      () => context.getAutoStart(),
      () => context.setAutoStart(true),
      () => context.getTransacted(),
      () => context.getSessionMode(),
      () => context.commit(),
      () => context.rollback(),
      () => context.recover(),
      () => context.acknowledge(),
      () => context.getClientID(),
      () => context.getMetaData(),
      () => context.createContext(1),
      () => context.createTemporaryQueue(),
      () => context.createTemporaryTopic(),
      () => context.createBrowser(queue),
      () => context.unsubscribe('s'),
      () => producer.send(queue, 'x'),
      () => consumer.receive(),
      () => consumer.receiveNoWait(),
      () => consumer.receiveBody(String),
      () => consumer.getMessageListener(),
      () => consumer.getMessageSelector(),
    ];
    for (const call of calls) await refuses(IllegalStateRuntimeException, call, /closed/);
  }),
  rule('6.3', 'stop and close from a listener are IllegalStateRuntimeExceptions', async (f) => {
    const { context, queue, producer, consumer } = await contextLine(f);
    const errors: unknown[] = [];
    const done = later();
    consumer.setMessageListener(async () => {
      await context.stop().catch((error) => errors.push(error));
      await context.close().catch((error) => errors.push(error));
      done.resolve();
    });
    await producer.send(queue, 'x');
    await done.promise;
    assert.equal(errors.length, 2);
    for (const error of errors) assert.ok(error instanceof IllegalStateRuntimeException);
  }),
];

const exceptions: readonly Case[] = [
  rule(
    '10.1',
    'the simplified API throws runtime exceptions, with the checked one as cause',
    async (f) => {
      const context = await f.context();
      const error = await refuses(IllegalStateRuntimeException, () => context.commit());
      assert.ok(error instanceof JMSRuntimeException);
      assert.ok(error.cause instanceof IllegalStateException);
      const none = null as never;
      await refuses(InvalidDestinationRuntimeException, () => context.createConsumer(none));
      await refuses(InvalidDestinationRuntimeException, () => context.createQueue(''));
      await refuses(InvalidDestinationRuntimeException, () =>
        context.createProducer().send(none, 'x'),
      );
      await refuses(InvalidClientIDRuntimeException, async () =>
        (await f.context()).setClientID(''),
      );
      await refuses(MessageFormatRuntimeException, () => context.createObjectMessage(1n));
    },
  ),
  rule(
    '10.1',
    'a wrong selector is an InvalidSelectorRuntimeException',
    async (f) => {
      const context = await f.context();
      const queue = context.createQueue(f.name());
      await refuses(InvalidSelectorRuntimeException, () => context.createConsumer(queue, 'a ='));
    },
    'selectors',
  ),
  rule(
    '10.1',
    'a send during a commit is a TransactionInProgressRuntimeException',
    async (f) => {
      const context = await f.context(0);
      const queue = context.createQueue(f.name());
      const producer = context.createProducer();
      await producer.send(queue, 'x');
      const committing = context.commit();
      await round(0);
      const sending = producer.send(queue, 'y');
      await refuses(TransactionInProgressRuntimeException, () => sending);
      await committing;
    },
    'transactions',
  ),
  rule('10.1', 'UnsupportedOperationException stays what it is', async (f) => {
    const context = await f.context();
    const send = { send: context.createProducer() };
    assert.ok(send);
    const factory = f.factory();
    await refuses(UnsupportedOperationException, () => factory.createXAContext());
  }),
];

const bodies: readonly Case[] = [
  rule('8.6', 'receiveBody returns bodies by class', async (f) => {
    const { context, queue, producer, consumer } = await contextLine(f);
    await producer.send(queue, 'text');
    await producer.send(queue, Uint8Array.of(1));
    await producer.send(queue, new Map<string, unknown>([['a', 1]]));
    await producer.send(queue, { b: 2 });
    assert.equal(await consumer.receiveBody(String, 5000), 'text');
    assert.deepEqual(await consumer.receiveBody(Uint8Array, 5000), Uint8Array.of(1));
    assert.deepEqual(await consumer.receiveBody(Map), new Map([['a', 1]]));
    assert.deepEqual(await consumer.receiveBodyNoWait(Object), { b: 2 });
    assert.equal(await consumer.receiveBodyNoWait(String), null);
    assert.equal(await consumer.receiveBody(String, 5), null);
    assert.ok(context);
  }),
  ...([1, 3] as const).map((mode) =>
    rule(
      '8.6',
      `mode ${mode}: a body of another class is as if it had not been received`,
      async (f) => {
        const { queue, producer, consumer } = await contextLine(f, mode);
        await producer.send(queue, 'text');
        await refuses(MessageFormatRuntimeException, () => consumer.receiveBody(Map, 5000));
        await refuses(MessageFormatRuntimeException, () => consumer.receiveBodyNoWait(Map));
        const message = await next(consumer);
        assert.equal(textOf(message), 'text');
        assert.equal(message.getJMSRedelivered(), false);
        assert.equal(message.getIntProperty('JMSXDeliveryCount'), 1);
      },
    ),
  ),
  rule('8.6', 'mode 2: a body of another class counts as received', async (f) => {
    const { context, queue, producer, consumer } = await contextLine(f, 2);
    await producer.send(queue, 'a');
    await producer.send(queue, 'b');
    await refuses(MessageFormatRuntimeException, () => consumer.receiveBody(Map, 5000));
    assert.equal(await consumer.receiveBody(String, 5000), 'b');
    await context.recover();
    assert.deepEqual(await nextTexts(consumer, 2), ['a', 'b']);
  }),
  rule(
    '8.6',
    'mode 0: a body of another class is part of the transaction',
    async (f) => {
      const sender = await contextLine(f);
      await sender.consumer.close();
      const context = await f.context(0);
      const consumer = await context.createConsumer(sender.queue);
      await sender.producer.send(sender.queue, 'a');
      await refuses(MessageFormatRuntimeException, () => consumer.receiveBody(Map, 5000));
      await context.rollback();
      assert.equal(await consumer.receiveBody(String, 5000), 'a');
      await context.commit();
      await nothing(consumer);
    },
    'transactions',
  ),
  rule('8.6', 'a message without a body and a stream have none to return', async (f) => {
    const { context, queue, producer, consumer } = await contextLine(f);
    await producer.send(queue, context.createMessage());
    await refuses(MessageFormatRuntimeException, () => consumer.receiveBody(String, 5000));
    await next(consumer);
    await producer.send(queue, context.createStreamMessage());
    await refuses(MessageFormatRuntimeException, () => consumer.receiveBody(Object, 5000));
  }),
];

const consumers: readonly Case[] = [
  rule('8.4', 'a JMSConsumer receives, waits, and does not wait', async (f) => {
    const { queue, producer, consumer } = await contextLine(f);
    assert.equal(await consumer.receiveNoWait(), null);
    assert.equal(await consumer.receive(5), null);
    const waiting = consumer.receive();
    await producer.send(queue, 'x');
    assert.equal(textOf((await waiting) as Message), 'x');
  }),
  rule('8.7', 'a JMSConsumer has a listener', async (f) => {
    const { queue, producer, consumer } = await contextLine(f);
    const got = collect(consumer, 2);
    assert.equal(typeof consumer.getMessageListener()?.onMessage, 'function');
    await producer.send(queue, 'a');
    await producer.send(queue, 'b');
    assert.deepEqual((await got).map(textOf), ['a', 'b']);
    await refuses(IllegalStateRuntimeException, () => consumer.receive(1));
  }),
  rule('8.8', 'a JMSConsumer closes, and for await ends with it', async (f) => {
    const { queue, producer, consumer } = await contextLine(f);
    await producer.send(queue, 'a');
    for await (const message of consumer) {
      assert.equal(textOf(message), 'a');
      await consumer.close();
    }
    await refuses(IllegalStateRuntimeException, () => consumer.receive());
    await consumer[Symbol.asyncDispose]();
  }),
  rule(
    '8.1',
    'a JMSConsumer with a selector, and noLocal',
    async (f) => {
      const context = await f.context();
      const topic = context.createTopic(f.name('t'));
      const some = await context.createConsumer(topic, 'n = 1');
      const others = await context.createConsumer(topic, null, true);
      assert.equal(some.getMessageSelector(), 'n = 1');
      await context.createProducer().setProperty('n', 1).send(topic, 'x');
      assert.equal(await nextText(some), 'x');
      await nothing(others);
    },
    'topic-selectors',
    'no-local',
  ),
  rule(
    '8.3',
    'a context makes consumers of all kinds of subscriptions, and unsubscribes',
    async (f) => {
      const context = await f.context();
      await context.setClientID(f.name('client'));
      const topic = context.createTopic(f.name('t'));
      const all = [
        await context.createDurableConsumer(topic, 'd'),
        await context.createDurableConsumer(topic, 'ds', 'n = 1', false),
        await context.createSharedConsumer(topic, 's'),
        await context.createSharedConsumer(topic, 'ss', 'n = 1'),
        await context.createSharedDurableConsumer(topic, 'sd'),
        await context.createSharedDurableConsumer(topic, 'sds', 'n = 1'),
      ];
      await context.createProducer().setProperty('n', 1).send(topic, 'x');
      for (const consumer of all) {
        assert.equal(await nextText(consumer), 'x');
        await consumer.close();
      }
      for (const name of ['d', 'ds', 'sd', 'sds']) await context.unsubscribe(name);
      await refuses(InvalidDestinationRuntimeException, () => context.unsubscribe('d'));
    },
    'topic-selectors',
    'durable-subscriptions',
    'shared-subscriptions',
    'client-id',
  ),
  rule(
    '4.1.6',
    'a context makes browsers',
    async (f) => {
      const context = await f.context();
      const queue: Queue = context.createQueue(f.name());
      const producer = context.createProducer();
      await producer.setProperty('n', 1).send(queue, 'a');
      await producer.setProperty('n', 2).send(queue, 'b');
      for (const [selector, texts] of [
        [undefined, ['a', 'b']],
        ['n = 2', ['b']],
      ] as const) {
        const browser = await context.createBrowser(queue, selector);
        const seen: (string | null)[] = [];
        for await (const message of browser) seen.push(textOf(message));
        assert.deepEqual(seen, texts);
      }
    },
    'browsers',
    'selectors',
  ),
  rule(
    '6.2.2',
    'a context makes temporary destinations',
    async (f) => {
      const context = await f.context();
      const queue = await context.createTemporaryQueue();
      const topic = await context.createTemporaryTopic();
      const consumer = await context.createConsumer(queue);
      await context.createProducer().send(queue, 'x');
      assert.equal(await nextText(consumer), 'x');
      await topic.delete();
    },
    'temporary-destinations',
  ),
];

export const simplified: readonly Case[] = [...contexts, ...exceptions, ...bodies, ...consumers];
