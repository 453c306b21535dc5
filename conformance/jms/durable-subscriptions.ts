// Durable subscriptions of one consumer, and the end of durable ones. [JMS 8.3.3]

import assert from 'node:assert/strict';
import {
  type Capability,
  IllegalStateException,
  InvalidDestinationException,
  JMSException,
  type MessageConsumer,
  type Session,
  type Topic,
} from 'angelia/jms';
import { type Case, rule } from './case.ts';
import { type Fixture, next, nextText, nextTexts, nothing, refuses } from './fixture.ts';
import { publish, publishedBy } from './publish.ts';

const DURABLE: readonly Capability[] = ['durable-subscriptions', 'client-id'];
const durable = (title: string, run: Case['run'], ...more: Capability[]): Case =>
  rule('8.3.3', title, run, ...DURABLE, ...more);
const both = (title: string, run: Case['run'], ...more: Capability[]): Case =>
  rule('8.3.3', title, run, 'shared-subscriptions', ...DURABLE, ...more);

/** Makes one durable consumer in a session of its own, and the way to close both. */
async function durableOf(
  f: Fixture,
  clientID: string,
  topic: string,
  ...rest: [string?, boolean?]
): Promise<{ session: Session; consumer: MessageConsumer; topic: Topic; close(): Promise<void> }> {
  const connection = await f.connection({ clientID });
  const session = await connection.createSession();
  const place = session.createTopic(topic);
  const consumer = await session.createDurableConsumer(place, 's', ...rest);
  return { session, consumer, topic: place, close: () => connection.close() };
}

const durables: readonly Case[] = [
  durable('it keeps messages while it has no consumer', async (f) => {
    const client = f.name('client');
    const name = f.name('t');
    const first = await durableOf(f, client, name);
    await first.close();
    await publish(f, first.topic, 'a', 'b');
    const second = await durableOf(f, client, name);
    assert.deepEqual(await nextTexts(second.consumer, 2), ['a', 'b']);
    await nothing(second.consumer);
  }),
  durable('createDurableSubscriber is the same, and knows its topic', async (f) => {
    const session = await f.session(1, { clientID: f.name('client') });
    const topic = session.createTopic(f.name('t'));
    const subscriber = await session.createDurableSubscriber(topic, 's');
    assert.equal(subscriber.getTopic(), topic);
    assert.equal(subscriber.getNoLocal(), false);
    await subscriber.close();
    await publish(f, topic, 'x');
    assert.equal(await nextText(await session.createDurableConsumer(topic, 's')), 'x');
  }),
  durable('it needs a client id', async (f) => {
    const session = await f.session();
    const topic = session.createTopic(f.name('t'));
    await refuses(IllegalStateException, () => session.createDurableConsumer(topic, 's'), /client/);
    await refuses(IllegalStateException, () => session.createDurableSubscriber(topic, 's'));
  }),
  durable('it has one consumer at a time', async (f) => {
    const session = await f.session(1, { clientID: f.name('client') });
    const topic = session.createTopic(f.name('t'));
    const first = await session.createDurableConsumer(topic, 's');
    await refuses(JMSException, () => session.createDurableConsumer(topic, 's'));
    await first.close();
    await session.createDurableConsumer(topic, 's');
  }),
  durable('two clients of one name have two subscriptions', async (f) => {
    const name = f.name('t');
    const one = await durableOf(f, f.name('one'), name);
    const two = await durableOf(f, f.name('two'), name);
    await publish(f, one.topic, 'x');
    assert.equal(await nextText(one.consumer), 'x');
    assert.equal(await nextText(two.consumer), 'x');
  }),
  durable('what was not acknowledged comes again to the next consumer', async (f) => {
    const client = f.name('client');
    const connection = await f.connection({ clientID: client });
    const session = await connection.createSession(2);
    const topic = session.createTopic(f.name('t'));
    const consumer = await session.createDurableConsumer(topic, 's');
    await publish(f, topic, 'a', 'b');
    await (await next(consumer)).acknowledge();
    await next(consumer);
    await connection.close();
    const second = await durableOf(f, client, topic.getTopicName());
    const again = await next(second.consumer);
    assert.equal(again.getBody(String), 'b');
    assert.equal(again.getJMSRedelivered(), true);
  }),
  durable(
    'with another selector it is made anew: what waited is gone',
    async (f) => {
      const client = f.name('client');
      const name = f.name('t');
      const first = await durableOf(f, client, name, 'n >= 0');
      await first.close();
      await publish(f, first.topic, 'a', 'b');
      const second = await durableOf(f, client, name, 'n = 1');
      await nothing(second.consumer);
      await publish(f, first.topic, 'c', 'd');
      assert.equal(await nextText(second.consumer), 'd');
    },
    'topic-selectors',
  ),
  durable('with another topic it is made anew', async (f) => {
    const client = f.name('client');
    const first = await durableOf(f, client, f.name('t'));
    await first.close();
    await publish(f, first.topic, 'old');
    const second = await durableOf(f, client, f.name('t'));
    await nothing(second.consumer);
    await publish(f, second.topic, 'new');
    assert.equal(await nextText(second.consumer), 'new');
  }),
  durable(
    'with another noLocal it is made anew',
    async (f) => {
      const client = f.name('client');
      const name = f.name('t');
      const first = await durableOf(f, client, name);
      await first.close();
      await publish(f, first.topic, 'old');
      const second = await durableOf(f, client, name, undefined, true);
      await nothing(second.consumer);
    },
    'no-local',
  ),
  durable(
    'the same selector again keeps it',
    async (f) => {
      const client = f.name('client');
      const name = f.name('t');
      const first = await durableOf(f, client, name, 'n > 0');
      await first.close();
      await publish(f, first.topic, 'a', 'b');
      const second = await durableOf(f, client, name, 'n > 0');
      assert.equal(await nextText(second.consumer), 'b');
    },
    'topic-selectors',
  ),
  durable(
    'noLocal holds for the client id, over connections',
    async (f) => {
      const client = f.name('client');
      const name = f.name('t');
      const first = await durableOf(f, client, name, undefined, true);
      await first.close();
      const between = await f.connection({ clientID: client });
      await publishedBy(await between.createSession(), first.topic, 'own');
      await between.close();
      await publish(f, first.topic, 'other');
      const second = await durableOf(f, client, name, undefined, true);
      assert.equal(await nextText(second.consumer), 'other');
      await nothing(second.consumer);
    },
    'no-local',
  ),
  durable(
    'a temporary topic cannot have one',
    async (f) => {
      const session = await f.session(1, { clientID: f.name('client') });
      const topic = await session.createTemporaryTopic();
      await refuses(InvalidDestinationException, () => session.createDurableConsumer(topic, 's'));
    },
    'temporary-destinations',
  ),
  rule(
    '4.2.4',
    'names may have letters, digits, _ . - and 128 characters',
    async (f) => {
      const session = await f.session(1, { clientID: f.name('client') });
      const topic = session.createTopic(f.name('t'));
      for (const name of ['Az_0.9-x', 'n'.repeat(128)]) {
        const consumer = await session.createDurableConsumer(topic, name);
        await consumer.close();
        await session.unsubscribe(name);
      }
    },
    ...DURABLE,
  ),
];

const unsubscribing: readonly Case[] = [
  durable('unsubscribe ends it and what it kept', async (f) => {
    const session = await f.session(1, { clientID: f.name('client') });
    const topic = session.createTopic(f.name('t'));
    await (await session.createDurableConsumer(topic, 's')).close();
    await publish(f, topic, 'gone');
    await session.unsubscribe('s');
    await nothing(await session.createDurableConsumer(topic, 's'));
  }),
  durable('unsubscribe with an active consumer is a JMSException', async (f) => {
    const session = await f.session(1, { clientID: f.name('client') });
    const topic = session.createTopic(f.name('t'));
    const consumer = await session.createDurableConsumer(topic, 's');
    await refuses(JMSException, () => session.unsubscribe('s'));
    await publish(f, topic, 'x');
    assert.equal(await nextText(consumer), 'x', 'it goes on');
    await consumer.close();
    await session.unsubscribe('s');
  }),
  durable('unsubscribe with messages that are not acknowledged is a JMSException', async (f) => {
    const session = await f.session(2, { clientID: f.name('client') });
    const topic = session.createTopic(f.name('t'));
    const consumer = await session.createDurableConsumer(topic, 's');
    await publish(f, topic, 'x');
    const message = await next(consumer);
    await consumer.close();
    await refuses(JMSException, () => session.unsubscribe('s'));
    await message.acknowledge();
    await session.unsubscribe('s');
  }),
  durable(
    'unsubscribe with messages in a transaction is a JMSException',
    async (f) => {
      const session = await f.session(0, { clientID: f.name('client') });
      const topic = session.createTopic(f.name('t'));
      const consumer = await session.createDurableConsumer(topic, 's');
      await publish(f, topic, 'x');
      await next(consumer);
      await consumer.close();
      await refuses(JMSException, () => session.unsubscribe('s'));
      await session.commit();
      await session.unsubscribe('s');
    },
    'transactions',
  ),
  durable('unsubscribe of an unknown name is an InvalidDestinationException', async (f) => {
    const session = await f.session(1, { clientID: f.name('client') });
    await refuses(InvalidDestinationException, () => session.unsubscribe('nobody'));
    await refuses(InvalidDestinationException, () => session.unsubscribe(null as never));
  }),
  durable('unsubscribe of another client’s name is an InvalidDestinationException', async (f) => {
    const one = await durableOf(f, f.name('one'), f.name('t'));
    await one.consumer.close();
    const two = await f.session(1, { clientID: f.name('two') });
    await refuses(InvalidDestinationException, () => two.unsubscribe('s'));
  }),
  both('unsubscribe of a shared durable one, with and without a client id', async (f) => {
    for (const wishes of [{}, { clientID: f.name('client') }]) {
      const session = await f.session(1, wishes);
      const topic = session.createTopic(f.name('t'));
      const name = f.name('s');
      await (await session.createSharedDurableConsumer(topic, name)).close();
      await session.unsubscribe(name);
      await refuses(InvalidDestinationException, () => session.unsubscribe(name));
    }
  }),
];

export const durableSubscriptions: readonly Case[] = [...durables, ...unsubscribing];
