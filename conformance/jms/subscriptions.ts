// Subscriptions that end with their consumers, and shared ones. [JMS 8.3.1, 8.3.2, 8.3.4]

import assert from 'node:assert/strict';
import {
  type Capability,
  InvalidDestinationException,
  JMSException,
  type Topic,
} from 'angelia/jms';
import { type Case, rule } from './case.ts';
import { next, nextText, nextTexts, nothing, refuses } from './fixture.ts';
import { publish, publishedBy } from './publish.ts';

const DURABLE: readonly Capability[] = ['durable-subscriptions', 'client-id'];
const shared = (title: string, run: Case['run'], ...more: Capability[]): Case =>
  rule('8.3.2', title, run, 'shared-subscriptions', ...more);
const both = (title: string, run: Case['run'], ...more: Capability[]): Case =>
  rule('8.3.4', title, run, 'shared-subscriptions', ...DURABLE, ...more);

const unshared: readonly Case[] = [
  rule('8.3.1', 'it ends with its consumer', async (f) => {
    const session = await f.session();
    const topic = session.createTopic(f.name('t'));
    const consumer = await session.createConsumer(topic);
    await consumer.close();
    await publish(f, topic, 'missed');
    await nothing(await session.createConsumer(topic));
  }),
  rule('8.3.1', 'it keeps what comes while the connection is stopped', async (f) => {
    const connection = await f.connection({ start: false });
    const session = await connection.createSession();
    const topic = session.createTopic(f.name('t'));
    const consumer = await session.createConsumer(topic);
    await publish(f, topic, 'a', 'b');
    await connection.start();
    assert.deepEqual(await nextTexts(consumer, 2), ['a', 'b']);
  }),
  rule(
    '8.3.1',
    'noLocal keeps away what the own connection sends',
    async (f) => {
      const session = await f.session();
      const topic = session.createTopic(f.name('t'));
      const others = await session.createConsumer(topic, null, true);
      const all = await session.createConsumer(topic, null, false);
      await publishedBy(session, topic, 'own');
      await publish(f, topic, 'other');
      assert.equal(await nextText(others), 'other');
      await nothing(others);
      assert.deepEqual(await nextTexts(all, 2), ['own', 'other']);
    },
    'no-local',
  ),
  rule(
    '8.3.1',
    'noLocal is for all sessions of the connection',
    async (f) => {
      const connection = await f.connection();
      const session = await connection.createSession();
      const topic = session.createTopic(f.name('t'));
      const consumer = await session.createConsumer(topic, null, true);
      await publishedBy(await connection.createSession(), topic, 'own');
      await publish(f, topic, 'other');
      assert.equal(await nextText(consumer), 'other');
    },
    'no-local',
  ),
  rule(
    '8.3.1',
    'noLocal and a selector together',
    async (f) => {
      const session = await f.session();
      const topic = session.createTopic(f.name('t'));
      const consumer = await session.createConsumer(topic, 'n > 0', true);
      await publish(f, topic, 'a', 'b');
      assert.equal(await nextText(consumer), 'b');
    },
    'no-local',
    'topic-selectors',
  ),
  rule('8.3.1', 'noLocal has no meaning for a queue', async (f) => {
    const session = await f.session();
    const queue = session.createQueue(f.name());
    const consumer = await session.createConsumer(queue, null, true);
    await (await session.createProducer(queue)).send(session.createTextMessage('own'));
    assert.equal(await nextText(consumer), 'own');
  }),
];

const shareds: readonly Case[] = [
  shared('consumers of one name share the messages', async (f) => {
    const one = await f.session();
    const two = await f.session();
    const topic = one.createTopic(f.name('t'));
    const consumers = [
      await one.createSharedConsumer(topic, 's'),
      await two.createSharedConsumer(topic, 's'),
    ];
    await publish(f, topic, 'a', 'b', 'c', 'd');
    const got: (string | null)[] = [];
    for (const consumer of consumers) {
      for (let m = await consumer.receiveNoWait(); m !== null; m = await consumer.receiveNoWait()) {
        got.push(m.getBody(String));
      }
    }
    assert.deepEqual(got.sort(), ['a', 'b', 'c', 'd']);
  }),
  shared('two names are two subscriptions', async (f) => {
    const session = await f.session();
    const topic = session.createTopic(f.name('t'));
    const one = await session.createSharedConsumer(topic, 'one');
    const two = await session.createSharedConsumer(topic, 'two');
    await publish(f, topic, 'x');
    assert.equal(await nextText(one), 'x');
    assert.equal(await nextText(two), 'x');
  }),
  shared('it goes on while one consumer is left, and ends with the last', async (f) => {
    const session = await f.session();
    const topic = session.createTopic(f.name('t'));
    const one = await session.createSharedConsumer(topic, 's');
    const two = await session.createSharedConsumer(topic, 's');
    await one.close();
    await publish(f, topic, 'a');
    assert.equal(await nextText(two), 'a');
    await two.close();
    await publish(f, topic, 'missed');
    await nothing(await session.createSharedConsumer(topic, 's'));
  }),
  shared('what a closed consumer had not acknowledged goes to another', async (f) => {
    const one = await f.session(2);
    const two = await f.session(2);
    const topic = one.createTopic(f.name('t'));
    const first = await one.createSharedConsumer(topic, 's');
    await publish(f, topic, 'a');
    await next(first);
    const second = await two.createSharedConsumer(topic, 's');
    await one.close();
    assert.equal(await nextText(second), 'a');
  }),
  shared(
    'another topic or selector while it is active is a JMSException',
    async (f) => {
      const session = await f.session();
      const topic = session.createTopic(f.name('t'));
      await session.createSharedConsumer(topic, 's', 'n = 1');
      const other = session.createTopic(f.name('t'));
      await refuses(JMSException, () => session.createSharedConsumer(other, 's', 'n = 1'));
      await refuses(JMSException, () => session.createSharedConsumer(topic, 's', 'n = 2'));
      await refuses(JMSException, () => session.createSharedConsumer(topic, 's'));
      await session.createSharedConsumer(topic, 's', 'n = 1');
    },
    'topic-selectors',
  ),
  shared(
    'its selector is for all its consumers',
    async (f) => {
      const session = await f.session();
      const topic = session.createTopic(f.name('t'));
      const consumer = await session.createSharedConsumer(topic, 's', 'n > 1');
      assert.equal(consumer.getMessageSelector(), 'n > 1');
      await publish(f, topic, 'a', 'b', 'c');
      assert.equal(await nextText(consumer), 'c');
    },
    'topic-selectors',
  ),
  shared(
    'with client ids, each client has its own',
    async (f) => {
      const one = await f.session(1, { clientID: f.name('one') });
      const two = await f.session(1, { clientID: f.name('two') });
      const topic = one.createTopic(f.name('t'));
      const consumers = [
        await one.createSharedConsumer(topic, 's'),
        await two.createSharedConsumer(topic, 's'),
      ];
      await publish(f, topic, 'x');
      for (const consumer of consumers) assert.equal(await nextText(consumer), 'x');
    },
    'client-id',
  ),
  shared(
    'a durable one of the same name is another subscription',
    async (f) => {
      const session = await f.session(1, { clientID: f.name('client') });
      const topic = session.createTopic(f.name('t'));
      const loose = await session.createSharedConsumer(topic, 's');
      const lasting = await session.createSharedDurableConsumer(topic, 's');
      await publish(f, topic, 'x');
      assert.equal(await nextText(loose), 'x');
      assert.equal(await nextText(lasting), 'x');
    },
    ...DURABLE,
  ),
  shared('the topic and the name must be there', async (f) => {
    const session = await f.session();
    const topic = session.createTopic(f.name('t'));
    const queue = session.createQueue('q') as unknown as Topic;
    const none = null as never;
    await refuses(InvalidDestinationException, () => session.createSharedConsumer(none, 's'));
    await refuses(InvalidDestinationException, () => session.createSharedConsumer(queue, 's'));
    await refuses(JMSException, () => session.createSharedConsumer(topic, ''));
    await refuses(JMSException, () => session.createSharedConsumer(topic, none));
  }),
];

const sharedDurables: readonly Case[] = [
  both('consumers share it, and it goes on without them', async (f) => {
    const session = await f.session();
    const topic = session.createTopic(f.name('t'));
    const name = f.name('s');
    const one = await session.createSharedDurableConsumer(topic, name);
    const two = await session.createSharedDurableConsumer(topic, name);
    await publish(f, topic, 'a', 'b');
    const got = [];
    for (const consumer of [one, two]) {
      for (let m = await consumer.receiveNoWait(); m !== null; m = await consumer.receiveNoWait()) {
        got.push(m.getBody(String));
      }
    }
    assert.deepEqual(got.sort(), ['a', 'b']);
    await one.close();
    await two.close();
    await publish(f, topic, 'c');
    assert.equal(await nextText(await session.createSharedDurableConsumer(topic, name)), 'c');
  }),
  both('it needs no client id, and is then one for all connections', async (f) => {
    const one = await f.session();
    const topic = one.createTopic(f.name('t'));
    const name = f.name('s');
    await (await one.createSharedDurableConsumer(topic, name)).close();
    await publish(f, topic, 'x');
    const two = await f.session();
    assert.equal(await nextText(await two.createSharedDurableConsumer(topic, name)), 'x');
  }),
  both('with a client id it is the client’s', async (f) => {
    const one = await f.session(1, { clientID: f.name('one') });
    const topic = one.createTopic(f.name('t'));
    await (await one.createSharedDurableConsumer(topic, 's')).close();
    await publish(f, topic, 'x');
    const two = await f.session(1, { clientID: f.name('two') });
    await nothing(await two.createSharedDurableConsumer(topic, 's'));
    assert.equal(await nextText(await one.createSharedDurableConsumer(topic, 's')), 'x');
  }),
  both(
    'the name of an unshared one of the same client is a JMSException, and vice versa',
    async (f) => {
      const session = await f.session(1, { clientID: f.name('client') });
      const topic = session.createTopic(f.name('t'));
      const alone = await session.createDurableConsumer(topic, 'u');
      await refuses(JMSException, () => session.createSharedDurableConsumer(topic, 'u'));
      await alone.close();
      await refuses(JMSException, () => session.createSharedDurableConsumer(topic, 'u'));
      await session.createSharedDurableConsumer(topic, 'v');
      await refuses(JMSException, () => session.createDurableConsumer(topic, 'v'));
    },
  ),
  both(
    'another selector is a JMSException while it is active, and makes it anew when not',
    async (f) => {
      const session = await f.session();
      const topic = session.createTopic(f.name('t'));
      const name = f.name('s');
      const one = await session.createSharedDurableConsumer(topic, name, 'n >= 0');
      await refuses(JMSException, () => session.createSharedDurableConsumer(topic, name, 'n = 1'));
      await refuses(JMSException, () => session.createSharedDurableConsumer(topic, name));
      await one.close();
      await publish(f, topic, 'a', 'b');
      await nothing(await session.createSharedDurableConsumer(topic, name, 'n = 1'));
    },
    'topic-selectors',
  ),
  both('another topic is a JMSException while it is active', async (f) => {
    const session = await f.session();
    const topic = session.createTopic(f.name('t'));
    const name = f.name('s');
    await session.createSharedDurableConsumer(topic, name);
    const other = session.createTopic(f.name('t'));
    await refuses(JMSException, () => session.createSharedDurableConsumer(other, name));
  }),
];

export const subscriptions: readonly Case[] = [...unshared, ...shareds, ...sharedDurables];
