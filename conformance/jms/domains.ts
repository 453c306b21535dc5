// The interfaces of JMS 1.0 for queues and for topics, and the two requestors. [JMS 9.2, 4.1.7, 4.2.10]

import assert from 'node:assert/strict';
import {
  type Capability,
  IllegalStateException,
  InvalidDestinationException,
  type Message,
  QueueRequestor,
  TopicRequestor,
  UnsupportedOperationException,
} from 'angelia/jms';
import { type Case, rule } from './case.ts';
import { next, nextText, nothing, refuses, textOf } from './fixture.ts';

const queues: readonly Case[] = [
  rule('9.2', 'a QueueSession sends with a QueueSender to a QueueReceiver', async (f) => {
    const connection = await f.queueConnection();
    const session = await connection.createQueueSession(false, 1);
    const queue = session.createQueue(f.name());
    const sender = await session.createSender(queue);
    const receiver = await session.createReceiver(queue);
    assert.equal(sender.getQueue(), queue);
    assert.equal(receiver.getQueue(), queue);
    await sender.send(session.createTextMessage('1'));
    await sender.send(session.createTextMessage('2'), 1, 4, 0);
    assert.equal(await nextText(receiver), '1');
    assert.equal((await next(receiver)).getJMSDeliveryMode(), 1);
  }),
  rule('9.2', 'a QueueSender without a queue', async (f) => {
    const connection = await f.queueConnection();
    const session = await connection.createQueueSession(false, 1);
    const queue = session.createQueue(f.name());
    const sender = await session.createSender(null);
    assert.equal(sender.getQueue(), null);
    await sender.send(queue, session.createTextMessage('1'));
    await sender.send(queue, session.createTextMessage('2'), 2, 4, 0);
    const receiver = await session.createReceiver(queue);
    assert.equal(await nextText(receiver), '1');
    assert.equal(await nextText(receiver), '2');
  }),
  rule(
    '9.2',
    'a QueueReceiver with a selector',
    async (f) => {
      const connection = await f.queueConnection();
      const session = await connection.createQueueSession(false, 1);
      const queue = session.createQueue(f.name());
      const receiver = await session.createReceiver(queue, 'n = 2');
      assert.equal(receiver.getMessageSelector(), 'n = 2');
      const sender = await session.createSender(queue);
      for (const n of [1, 2]) {
        const message = session.createTextMessage(`${n}`);
        message.setIntProperty('n', n);
        await sender.send(message);
      }
      assert.equal(await nextText(receiver), '2');
    },
    'selectors',
  ),
  rule(
    '9.2',
    'a QueueSession may be transacted',
    async (f) => {
      const connection = await f.queueConnection();
      const session = await connection.createQueueSession(true, 0);
      const queue = session.createQueue(f.name());
      await (await session.createSender(queue)).send(session.createTextMessage('x'));
      await session.rollback();
      await nothing(await session.createReceiver(queue));
    },
    'transactions',
  ),
  rule(
    '9.2',
    'a QueueSession makes browsers and temporary queues',
    async (f) => {
      const connection = await f.queueConnection();
      const session = await connection.createQueueSession(false, 1);
      const queue = await session.createTemporaryQueue();
      await (await session.createSender(queue)).send(session.createTextMessage('x'));
      for (const browser of [
        await session.createBrowser(queue),
        await session.createBrowser(queue, 'JMSPriority = 4'),
      ]) {
        assert.equal(textOf(await browser.getEnumeration().nextElement()), 'x');
      }
    },
    'browsers',
    'selectors',
    'temporary-destinations',
  ),
  rule('9.2', 'null and a topic are no queues', async (f) => {
    const connection = await f.queueConnection();
    const session = await connection.createQueueSession(false, 1);
    const topic = (await f.session()).createTopic('t') as never;
    await refuses(InvalidDestinationException, () => session.createReceiver(null as never));
    await refuses(InvalidDestinationException, () => session.createReceiver(topic));
    await refuses(InvalidDestinationException, () => session.createSender(topic));
  }),
  rule('9.2', 'Table 9-1: what is for topics is an IllegalStateException', async (f) => {
    const connection = await f.queueConnection();
    const session = await connection.createQueueSession(false, 1);
    const topic = (await f.session()).createTopic('t');
    const calls: (() => unknown)[] = [
      () => connection.createDurableConnectionConsumer(topic, 's'),
      () => connection.createSharedConnectionConsumer(topic, 's'),
      () => connection.createSharedDurableConnectionConsumer(topic, 's'),
      () => session.createDurableSubscriber(topic, 's'),
      () => session.createDurableConsumer(topic, 's'),
      () => session.createSharedConsumer(topic, 's'),
      () => session.createSharedDurableConsumer(topic, 's'),
      () => session.createTemporaryTopic(),
      () => session.createTopic('t'),
      () => session.unsubscribe('s'),
    ];
    for (const call of calls) await refuses(IllegalStateException, call, /is for topics/);
  }),
  rule('9.2', 'a connection consumer of a queue is refused by name', async (f) => {
    const connection = await f.queueConnection();
    const queue = (await f.session()).createQueue('q');
    await refuses(UnsupportedOperationException, () => connection.createConnectionConsumer(queue));
  }),
];

const topics: readonly Case[] = [
  rule('9.2', 'a TopicSession publishes with a TopicPublisher to a TopicSubscriber', async (f) => {
    const connection = await f.topicConnection();
    const session = await connection.createTopicSession(false, 1);
    const topic = session.createTopic(f.name('t'));
    const publisher = await session.createPublisher(topic);
    const subscriber = await session.createSubscriber(topic);
    assert.equal(publisher.getTopic(), topic);
    assert.equal(subscriber.getTopic(), topic);
    assert.equal(subscriber.getNoLocal(), false);
    await publisher.publish(session.createTextMessage('1'));
    await publisher.publish(session.createTextMessage('2'), 1, 4, 0);
    assert.equal(await nextText(subscriber), '1');
    assert.equal((await next(subscriber)).getJMSDeliveryMode(), 1);
  }),
  rule('9.2', 'a TopicPublisher without a topic', async (f) => {
    const connection = await f.topicConnection();
    const session = await connection.createTopicSession(false, 1);
    const topic = session.createTopic(f.name('t'));
    const subscriber = await session.createSubscriber(topic);
    const publisher = await session.createPublisher(null);
    assert.equal(publisher.getTopic(), null);
    await publisher.publish(topic, session.createTextMessage('1'));
    await publisher.publish(topic, session.createTextMessage('2'), 2, 4, 0);
    assert.equal(await nextText(subscriber), '1');
    assert.equal(await nextText(subscriber), '2');
  }),
  rule(
    '9.2',
    'a TopicSubscriber with a selector and noLocal',
    async (f) => {
      const connection = await f.topicConnection();
      const session = await connection.createTopicSession(false, 1);
      const topic = session.createTopic(f.name('t'));
      const subscriber = await session.createSubscriber(topic, 'JMSPriority = 4', true);
      assert.equal(subscriber.getNoLocal(), true);
      assert.equal(subscriber.getMessageSelector(), 'JMSPriority = 4');
      await (await session.createPublisher(topic)).publish(session.createTextMessage('own'));
      const other = await f.session();
      await (await other.createProducer(topic)).send(other.createTextMessage('other'));
      assert.equal(await nextText(subscriber), 'other');
    },
    'topic-selectors',
    'no-local',
  ),
  rule(
    '9.2',
    'a TopicSession has durable subscribers',
    async (f) => {
      const connection = await f.topicConnection(f.name('client'));
      const session = await connection.createTopicSession(false, 1);
      const topic = session.createTopic(f.name('t'));
      await (await session.createDurableSubscriber(topic, 's')).close();
      await (await session.createPublisher(topic)).publish(session.createTextMessage('x'));
      const subscriber = await session.createDurableSubscriber(topic, 's', null, false);
      assert.equal(await nextText(subscriber), 'x');
      await subscriber.close();
      await session.unsubscribe('s');
    },
    'durable-subscriptions',
    'client-id',
  ),
  rule(
    '9.2',
    'a TopicSession makes temporary topics',
    async (f) => {
      const connection = await f.topicConnection();
      const session = await connection.createTopicSession(false, 1);
      const topic = await session.createTemporaryTopic();
      const subscriber = await session.createSubscriber(topic);
      await (await session.createPublisher(topic)).publish(session.createTextMessage('x'));
      assert.equal(await nextText(subscriber), 'x');
    },
    'temporary-destinations',
  ),
  rule('9.2', 'null and a queue are no topics', async (f) => {
    const connection = await f.topicConnection();
    const session = await connection.createTopicSession(false, 1);
    const queue = (await f.session()).createQueue('q') as never;
    await refuses(InvalidDestinationException, () => session.createSubscriber(null as never));
    await refuses(InvalidDestinationException, () => session.createSubscriber(queue));
    await refuses(InvalidDestinationException, () => session.createPublisher(queue));
  }),
  rule('9.2', 'Table 9-1: what is for queues is an IllegalStateException', async (f) => {
    const connection = await f.topicConnection();
    const session = await connection.createTopicSession(false, 1);
    const queue = (await f.session()).createQueue('q');
    const calls: (() => unknown)[] = [
      () => session.createBrowser(queue),
      () => session.createQueue('q'),
      () => session.createTemporaryQueue(),
    ];
    for (const call of calls) await refuses(IllegalStateException, call, /is for queues/);
  }),
  rule('9.2', 'a connection consumer of a topic is refused by name', async (f) => {
    const connection = await f.topicConnection();
    const topic = (await f.session()).createTopic('t');
    await refuses(UnsupportedOperationException, () => connection.createConnectionConsumer(topic));
    await refuses(UnsupportedOperationException, () =>
      connection.createDurableConnectionConsumer(topic, 's'),
    );
  }),
];

const TEMPORARY: Capability = 'temporary-destinations';

const requestors: readonly Case[] = [
  rule(
    '4.1.7',
    'a QueueRequestor sends a request and returns its answer',
    async (f) => {
      const service = await f.line();
      service.consumer.setMessageListener(async (message) => {
        const answer = service.session.createTextMessage(`${textOf(message)}!`);
        const producer = await service.session.createProducer(message.getJMSReplyTo());
        await producer.send(answer);
      });
      const connection = await f.queueConnection();
      const session = await connection.createQueueSession(false, 1);
      const requestor = new QueueRequestor(session, service.destination as never);
      for (const word of ['one', 'two']) {
        const answer = (await requestor.request(session.createTextMessage(word))) as Message;
        assert.equal(textOf(answer), `${word}!`);
      }
      await requestor.close();
      await refuses(IllegalStateException, () => session.createMessage());
    },
    TEMPORARY,
  ),
  rule(
    '4.2.10',
    'a TopicRequestor sends a request and returns the first answer',
    async (f) => {
      const service = await f.topicLine();
      service.consumer.setMessageListener(async (message) => {
        const answer = service.session.createTextMessage(`${textOf(message)}!`);
        const producer = await service.session.createProducer(message.getJMSReplyTo());
        await producer.send(answer);
      });
      const connection = await f.topicConnection();
      const session = await connection.createTopicSession(false, 1);
      const requestor = new TopicRequestor(session, service.destination as never);
      const answer = (await requestor.request(session.createTextMessage('x'))) as Message;
      assert.equal(textOf(answer), 'x!');
      await requestor[Symbol.asyncDispose]();
    },
    TEMPORARY,
  ),
  rule(
    '4.1.7',
    'a request without an answer ends with its time',
    async (f) => {
      const connection = await f.queueConnection();
      const session = await connection.createQueueSession(false, 1);
      const requestor = new QueueRequestor(session, session.createQueue(f.name()));
      assert.equal(await requestor.request(session.createMessage(), 5), null);
      await requestor.close();
    },
    TEMPORARY,
  ),
  rule('4.1.7', 'a requestor needs a destination', async (f) => {
    const queueSession = await (await f.queueConnection()).createQueueSession(false, 1);
    const topicSession = await (await f.topicConnection()).createTopicSession(false, 1);
    const none = null as never;
    await refuses(InvalidDestinationException, () => new QueueRequestor(queueSession, none));
    await refuses(InvalidDestinationException, () => new TopicRequestor(topicSession, none));
  }),
  rule(
    '4.1.7',
    'a requestor needs a session that is not transacted',
    async (f) => {
      const session = await (await f.queueConnection()).createQueueSession(true, 0);
      const queue = session.createQueue('q');
      await refuses(IllegalStateException, () => new QueueRequestor(session, queue));
    },
    'transactions',
  ),
];

export const domains: readonly Case[] = [...queues, ...topics, ...requestors];
