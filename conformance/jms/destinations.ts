// Destinations: names, temporary ones, browsers. [JMS 4.1.6, 6.2.2, 6.2.3]

import assert from 'node:assert/strict';
import {
  IllegalStateException,
  InvalidDestinationException,
  JMSException,
  Queue,
  type QueueBrowser,
  TemporaryQueue,
  TemporaryTopic,
  Topic,
} from 'angelia/jms';
import { type Case, rule } from './case.ts';
import { after, next, nextText, nothing, refuses, textOf } from './fixture.ts';

const names: readonly Case[] = [
  rule('6.2.3', 'createQueue and createTopic make objects for names', async (f) => {
    const session = await f.session();
    const queue = session.createQueue('a.b');
    assert.ok(queue instanceof Queue && !(queue instanceof Topic));
    assert.equal(queue.getQueueName(), 'a.b');
    assert.equal(queue.toString(), 'queue://a.b');
    const topic = session.createTopic('a.b');
    assert.ok(topic instanceof Topic && !(topic instanceof Queue));
    assert.equal(topic.getTopicName(), 'a.b');
    assert.equal(topic.toString(), 'topic://a.b');
  }),
  rule('6.2.3', 'queue:// and topic:// before a name are its kind', async (f) => {
    const session = await f.session();
    assert.equal(session.createQueue('queue://x').getQueueName(), 'x');
    assert.equal(session.createTopic('topic://x').getTopicName(), 'x');
  }),
  rule('6.2.3', 'a queue and a topic of one name are two destinations', async (f) => {
    const session = await f.session();
    const name = f.name();
    const fromQueue = await session.createConsumer(session.createQueue(name));
    const fromTopic = await session.createConsumer(session.createTopic(name));
    const toQueue = await session.createProducer(session.createQueue(name));
    await toQueue.send(session.createTextMessage('q'));
    assert.equal(await nextText(fromQueue), 'q');
    await nothing(fromTopic);
  }),
  rule('10.3', 'null and empty names are InvalidDestinationExceptions', async (f) => {
    const session = await f.session();
    for (const wrong of ['', null as never]) {
      await refuses(InvalidDestinationException, () => session.createQueue(wrong));
      await refuses(InvalidDestinationException, () => session.createTopic(wrong));
    }
  }),
  rule('10.3', 'null and what is no destination are InvalidDestinationExceptions', async (f) => {
    const { session, producer } = await f.line();
    const free = await session.createProducer(null);
    await refuses(InvalidDestinationException, () => session.createConsumer(null as never));
    await refuses(InvalidDestinationException, () => session.createConsumer({} as never));
    const sending = () => free.send(null as never, session.createMessage());
    await refuses(InvalidDestinationException, sending);
    await producer.close();
  }),
  rule('4.1', 'each message of a queue is for one consumer', async (f) => {
    const { session, consumer, send, destination } = await f.line();
    const other = await session.createConsumer(destination);
    await send('x');
    const got = [await consumer.receiveNoWait(), await other.receiveNoWait()];
    assert.equal(got.filter((message) => message !== null).length, 1);
  }),
  rule('4.1', 'messages wait in a queue for a consumer to come', async (f) => {
    const { session, producer, destination, consumer } = await f.line();
    await consumer.close();
    await producer.send(session.createTextMessage('early'));
    assert.equal(await nextText(await session.createConsumer(destination)), 'early');
  }),
  rule('4.2', 'each subscriber of a topic gets each message', async (f) => {
    const { session, consumer, send, destination } = await f.topicLine();
    const other = await session.createConsumer(destination);
    await send('x');
    assert.equal(await nextText(consumer), 'x');
    assert.equal(await nextText(other), 'x');
  }),
  rule('4.2', 'a topic keeps nothing for those who come later', async (f) => {
    const { session, consumer, send, destination } = await f.topicLine();
    await send('early');
    const other = await session.createConsumer(destination);
    await send('late');
    assert.equal(await nextText(other), 'late');
    assert.equal(await nextText(consumer), 'early');
  }),
  rule(
    'API',
    'a consumer of prices.> gets what is sent to topics below',
    async (f) => {
      const session = await f.session();
      const root = f.name('t');
      const all = await session.createConsumer(session.createTopic(`${root}.>`));
      const some = await session.createConsumer(session.createTopic(`${root}.*.eu`));
      const producer = await session.createProducer(null);
      for (const name of ['gold.eu', 'gold.us', 'tin.eu']) {
        const topic = session.createTopic(`${root}.${name}`);
        await producer.send(topic, session.createTextMessage(name));
      }
      for (const name of ['gold.eu', 'gold.us', 'tin.eu']) assert.equal(await nextText(all), name);
      for (const name of ['gold.eu', 'tin.eu']) assert.equal(await nextText(some), name);
      await nothing(some);
    },
    'wildcards',
  ),
];

const temporary = (title: string, run: Case['run']): Case =>
  rule('6.2.2', title, run, 'temporary-destinations');

const temporaries: readonly Case[] = [
  temporary('temporary destinations are unique, and know what they are', async (f) => {
    const session = await f.session();
    const queue = await session.createTemporaryQueue();
    const topic = await session.createTemporaryTopic();
    assert.ok(queue instanceof TemporaryQueue && queue instanceof Queue);
    assert.ok(topic instanceof TemporaryTopic && topic instanceof Topic);
    const other = await session.createTemporaryQueue();
    assert.notEqual(queue.getQueueName(), other.getQueueName());
    assert.equal(typeof topic.getTopicName(), 'string');
  }),
  temporary('its own connection sends and receives', async (f) => {
    const { session, connection } = await f.line();
    const queue = await session.createTemporaryQueue();
    const consumer = await (await connection.createSession()).createConsumer(queue);
    await (await session.createProducer(queue)).send(session.createTextMessage('x'));
    assert.equal(await nextText(consumer), 'x');
  }),
  temporary('a temporary topic works as a topic', async (f) => {
    const session = await f.session();
    const topic = await session.createTemporaryTopic();
    const consumers = [await session.createConsumer(topic), await session.createConsumer(topic)];
    await (await session.createProducer(topic)).send(session.createTextMessage('x'));
    for (const consumer of consumers) assert.equal(await nextText(consumer), 'x');
  }),
  temporary('another connection may send, and not consume', async (f) => {
    const session = await f.session();
    const queue = await session.createTemporaryQueue();
    const consumer = await session.createConsumer(queue);
    const other = await f.session();
    await refuses(InvalidDestinationException, () => other.createConsumer(queue));
    await (await other.createProducer(queue)).send(other.createTextMessage('x'));
    assert.equal(await nextText(consumer), 'x');
  }),
  temporary('delete is refused while there is a consumer', async (f) => {
    const session = await f.session();
    for (const one of [
      await session.createTemporaryQueue(),
      await session.createTemporaryTopic(),
    ]) {
      const consumer = await session.createConsumer(one);
      await refuses(JMSException, () => one.delete(), /consumers/);
      await consumer.close();
      await one.delete();
    }
  }),
  temporary('a deleted one is an InvalidDestinationException', async (f) => {
    const session = await f.session();
    const queue = await session.createTemporaryQueue();
    const producer = await session.createProducer(queue);
    await producer.send(session.createTextMessage('x'));
    await queue.delete();
    await refuses(InvalidDestinationException, () => session.createConsumer(queue));
    await refuses(InvalidDestinationException, () => producer.send(session.createMessage()));
    await refuses(InvalidDestinationException, () => queue.delete());
  }),
  temporary('it ends with its connection', async (f) => {
    const connection = await f.connection();
    const session = await connection.createSession();
    const queue = await session.createTemporaryQueue();
    await connection.close();
    const other = await f.session();
    await refuses(InvalidDestinationException, async () => {
      await (await other.createProducer(queue)).send(other.createMessage());
    });
    await refuses(IllegalStateException, () => queue.delete());
  }),
  temporary('it does not end with its session', async (f) => {
    const connection = await f.connection();
    const session = await connection.createSession();
    const queue = await session.createTemporaryQueue();
    await session.close();
    const other = await connection.createSession();
    await (await other.createProducer(queue)).send(other.createTextMessage('x'));
    assert.equal(await nextText(await other.createConsumer(queue)), 'x');
  }),
  temporary('who got it in JMSReplyTo may not delete it', async (f) => {
    const { session, producer, consumer } = await f.line();
    const message = session.createMessage();
    message.setJMSReplyTo(await session.createTemporaryQueue());
    await producer.send(message);
    const replyTo = (await next(consumer)).getJMSReplyTo();
    assert.ok(replyTo instanceof TemporaryQueue);
    await refuses(JMSException, () => replyTo.delete());
  }),
];

async function textsOf(browser: QueueBrowser): Promise<(string | null)[]> {
  const texts: (string | null)[] = [];
  for await (const message of browser) texts.push(textOf(message));
  return texts;
}

const browsing = (title: string, run: Case['run'], ...needs: Case['needs']): Case =>
  rule('4.1.6', title, run, 'browsers', ...needs);

const browsers: readonly Case[] = [
  browsing('a browser sees the messages in order, and takes none', async (f) => {
    const { session, consumer, send, destination } = await f.line(1, { start: false });
    await consumer.close();
    await send('a', 'b', 'c');
    const browser = await session.createBrowser(destination as Queue);
    assert.deepEqual(await textsOf(browser), ['a', 'b', 'c']);
    assert.deepEqual(await textsOf(browser), ['a', 'b', 'c'], 'again from the head');
    const other = await (await f.session()).createConsumer(destination);
    for (const text of ['a', 'b', 'c']) {
      const message = await next(other);
      assert.equal(textOf(message), text);
      assert.equal(message.getJMSRedelivered(), false);
    }
  }),
  browsing('getEnumeration has hasMoreElements and nextElement', async (f) => {
    const { session, consumer, send, destination } = await f.line();
    await consumer.close();
    await send('a', 'b');
    const browser = await session.createBrowser(destination as Queue);
    const enumeration = browser.getEnumeration();
    assert.equal(await enumeration.hasMoreElements(), true);
    assert.equal(await enumeration.hasMoreElements(), true);
    assert.equal(textOf(await enumeration.nextElement()), 'a');
    assert.equal(textOf(await enumeration.nextElement()), 'b');
    assert.equal(await enumeration.hasMoreElements(), false);
    await refuses(RangeError, () => enumeration.nextElement());
  }),
  browsing('an empty queue has no elements', async (f) => {
    const session = await f.session();
    const browser = await session.createBrowser(session.createQueue(f.name()));
    assert.equal(await browser.getEnumeration().hasMoreElements(), false);
  }),
  browsing('it knows its queue, and closes', async (f) => {
    const session = await f.session();
    const queue = session.createQueue(f.name());
    const browser = await session.createBrowser(queue);
    assert.equal(browser.getQueue(), queue);
    assert.equal(browser.getMessageSelector(), null);
    const enumeration = browser.getEnumeration();
    await browser.close();
    await browser.close();
    await refuses(IllegalStateException, () => browser.getEnumeration(), /closed/);
    await refuses(IllegalStateException, () => browser.getQueue());
    await refuses(IllegalStateException, () => enumeration.hasMoreElements());
  }),
  browsing(
    'a selector filters what is seen',
    async (f) => {
      const session = await f.session();
      const queue = session.createQueue(f.name());
      const producer = await session.createProducer(queue);
      for (let n = 0; n < 6; n++) {
        const message = session.createTextMessage(`${n}`);
        message.setIntProperty('n', n);
        await producer.send(message);
      }
      const browser = await session.createBrowser(queue, 'n >= 4');
      assert.equal(browser.getMessageSelector(), 'n >= 4');
      assert.deepEqual(await textsOf(browser), ['4', '5']);
    },
    'selectors',
  ),
  browsing('more messages than fit in one go', async (f) => {
    const { session, producer, consumer, destination } = await f.line(1, {
      options: 'jms.prefetchPolicy.queueBrowserPrefetch=7',
    });
    await consumer.close();
    const texts = Array.from({ length: 50 }, (_, n) => `${n}`);
    for (const text of texts) await producer.send(session.createTextMessage(text));
    assert.deepEqual(await textsOf(await session.createBrowser(destination as Queue)), texts);
  }),
  browsing('two browsers at once, and one that stops half-way', async (f) => {
    const { session, consumer, send, destination } = await f.line();
    await consumer.close();
    await send('a', 'b', 'c');
    const browser = await session.createBrowser(destination as Queue);
    const one = browser.getEnumeration();
    const two = browser.getEnumeration();
    assert.equal(textOf(await one.nextElement()), 'a');
    assert.equal(textOf(await two.nextElement()), 'a');
    assert.equal(textOf(await one.nextElement()), 'b');
    for await (const message of browser) {
      assert.equal(textOf(message), 'a');
      break;
    }
    assert.equal(textOf(await two.nextElement()), 'b');
  }),
  browsing(
    'a message whose delivery time has not come is not seen',
    async (f) => {
      const session = await f.session();
      const queue = session.createQueue(f.name());
      const producer = await session.createProducer(queue);
      await producer.send(session.createTextMessage('now'));
      producer.setDeliveryDelay(60_000);
      await producer.send(session.createTextMessage('later'));
      assert.deepEqual(await textsOf(await session.createBrowser(queue)), ['now']);
    },
    'delivery-delay',
  ),
  browsing('an expired message is not seen', async (f) => {
    const session = await f.session();
    const queue = session.createQueue(f.name());
    const producer = await session.createProducer(queue);
    const message = session.createTextMessage('short');
    await producer.send(message, 2, 4, 1);
    await producer.send(session.createTextMessage('long'));
    await after(message.getJMSExpiration());
    assert.deepEqual(await textsOf(await session.createBrowser(queue)), ['long']);
  }),
  browsing(
    'what a transaction has sent and not committed is not seen',
    async (f) => {
      const session = await f.session(0);
      const queue = session.createQueue(f.name());
      await (await session.createProducer(queue)).send(session.createTextMessage('x'));
      const browser = await (await f.session()).createBrowser(queue);
      assert.deepEqual(await textsOf(browser), []);
      await session.commit();
      assert.deepEqual(await textsOf(browser), ['x']);
    },
    'transactions',
  ),
  browsing('the properties and the body of what is seen can be read', async (f) => {
    const { session, producer, consumer, destination } = await f.line();
    await consumer.close();
    const message = session.createMapMessage();
    message.setInt('a', 1);
    message.setStringProperty('p', 'x');
    await producer.send(message);
    const browser = await session.createBrowser(destination as Queue);
    const seen = await browser.getEnumeration().nextElement();
    assert.deepEqual(seen.getBody(Map), new Map([['a', 1]]));
    assert.equal(seen.getStringProperty('p'), 'x');
    await seen.acknowledge();
    assert.deepEqual((await textsOf(browser)).length, 1);
  }),
  browsing('a topic and null cannot be browsed', async (f) => {
    const session = await f.session();
    const topic = session.createTopic('t') as unknown as Queue;
    await refuses(InvalidDestinationException, () => session.createBrowser(topic));
    await refuses(InvalidDestinationException, () => session.createBrowser(null as never));
  }),
];

export const destinations: readonly Case[] = [...names, ...temporaries, ...browsers];
