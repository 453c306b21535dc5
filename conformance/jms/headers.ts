// Headers: who sets them, and what arrives. [JMS 3.4]

import assert from 'node:assert/strict';
import { DeliveryMode, Message, Queue, TemporaryQueue, Topic } from 'angelia/jms';
import { type Case, rule } from './case.ts';
import { after, next, nextText, nothing, textOf } from './fixture.ts';

export const headers: readonly Case[] = [
  rule('3.4.1', 'JMSDestination is set by send and arrives', async (f) => {
    const { session, producer, consumer, destination } = await f.line();
    const message = session.createTextMessage('x');
    await producer.send(message);
    assert.equal(String(message.getJMSDestination()), String(destination));
    const received = await next(consumer);
    assert.equal(String(received.getJMSDestination()), String(destination));
    assert.ok(received.getJMSDestination() instanceof Queue);
  }),
  rule('3.4.1', 'JMSDestination of a topic message is a Topic', async (f) => {
    const { consumer, send, destination } = await f.topicLine();
    await send('x');
    const received = await next(consumer);
    assert.ok(received.getJMSDestination() instanceof Topic);
    assert.equal(String(received.getJMSDestination()), String(destination));
  }),
  rule('3.4.1', 'a JMSDestination that the client set is ignored', async (f) => {
    const { session, producer, consumer, destination } = await f.line();
    const message = session.createMessage();
    message.setJMSDestination(session.createTopic('elsewhere'));
    await producer.send(message);
    assert.equal(String((await next(consumer)).getJMSDestination()), String(destination));
  }),
  rule('3.4.2', 'JMSDeliveryMode is the producer’s, and PERSISTENT by default', async (f) => {
    const { session, producer, consumer } = await f.line();
    await producer.send(session.createMessage());
    assert.equal((await next(consumer)).getJMSDeliveryMode(), DeliveryMode.PERSISTENT);
    producer.setDeliveryMode(DeliveryMode.NON_PERSISTENT);
    await producer.send(session.createMessage());
    assert.equal((await next(consumer)).getJMSDeliveryMode(), DeliveryMode.NON_PERSISTENT);
  }),
  rule('3.4.2', 'a JMSDeliveryMode that the client set is overwritten', async (f) => {
    const { session, producer, consumer } = await f.line();
    const message = session.createMessage();
    message.setJMSDeliveryMode(DeliveryMode.NON_PERSISTENT);
    await producer.send(message);
    assert.equal(message.getJMSDeliveryMode(), DeliveryMode.PERSISTENT);
    assert.equal((await next(consumer)).getJMSDeliveryMode(), DeliveryMode.PERSISTENT);
  }),
  rule('3.4.3', 'JMSMessageID begins with ID: and is what the receiver sees', async (f) => {
    const { session, producer, consumer } = await f.line();
    const message = session.createMessage();
    message.setJMSMessageID('ID:mine');
    await producer.send(message);
    const id = message.getJMSMessageID();
    assert.match(id ?? '', /^ID:./);
    assert.notEqual(id, 'ID:mine');
    assert.equal((await next(consumer)).getJMSMessageID(), id);
  }),
  rule('3.4.3', 'message ids are unique, across producers, sessions and connections', async (f) => {
    const ids = new Set<string | null>();
    for (let n = 0; n < 3; n++) {
      const { session, producer, send } = await f.line();
      const other = await session.createProducer(session.createQueue(f.name()));
      for (const one of [producer, other]) {
        for (let sent = 0; sent < 5; sent++) {
          const message = session.createMessage();
          await one.send(message);
          ids.add(message.getJMSMessageID());
        }
      }
      await send('x');
    }
    assert.equal(ids.size, 30);
  }),
  rule('3.4.3', 'the same message sent twice has another id', async (f) => {
    const { session, producer } = await f.line();
    const message = session.createMessage();
    await producer.send(message);
    const first = message.getJMSMessageID();
    await producer.send(message);
    assert.notEqual(message.getJMSMessageID(), first);
  }),
  rule('3.4.3', 'disabled message ids are null, or as usual', async (f) => {
    const { session, producer, consumer } = await f.line();
    assert.equal(producer.getDisableMessageID(), false);
    producer.setDisableMessageID(true);
    assert.equal(producer.getDisableMessageID(), true);
    await producer.send(session.createMessage());
    const id = (await next(consumer)).getJMSMessageID();
    assert.ok(id === null || id.startsWith('ID:'));
  }),
  rule('3.4.4', 'JMSTimestamp lies between the call of send and its return', async (f) => {
    const { session, producer, consumer } = await f.line();
    const message = session.createMessage();
    message.setJMSTimestamp(7);
    const before = Date.now();
    await producer.send(message);
    const timestamp = message.getJMSTimestamp();
    assert.ok(timestamp >= before && timestamp <= Date.now());
    assert.equal((await next(consumer)).getJMSTimestamp(), timestamp);
  }),
  rule('3.4.4', 'disabled timestamps are 0, or as usual', async (f) => {
    const { session, producer, consumer } = await f.line();
    assert.equal(producer.getDisableMessageTimestamp(), false);
    producer.setDisableMessageTimestamp(true);
    assert.equal(producer.getDisableMessageTimestamp(), true);
    const before = Date.now();
    await producer.send(session.createMessage());
    const timestamp = (await next(consumer)).getJMSTimestamp();
    assert.ok(timestamp === 0 || timestamp >= before);
  }),
  rule('3.4.5', 'JMSCorrelationID arrives as it was set', async (f) => {
    const { session, producer, consumer } = await f.line();
    for (const id of ['order-17', 'ID:someone-elses-id', 'ünï ✓', '']) {
      const message = session.createMessage();
      message.setJMSCorrelationID(id);
      await producer.send(message);
      assert.equal((await next(consumer)).getJMSCorrelationID(), id);
    }
  }),
  rule('3.4.5', 'JMSCorrelationID is null if it was not set', async (f) => {
    const { consumer, send } = await f.line();
    await send('x');
    const received = await next(consumer);
    assert.equal(received.getJMSCorrelationID(), null);
    assert.equal(received.getJMSCorrelationIDAsBytes(), null);
  }),
  rule('3.4.5', 'a correlation id of bytes arrives byte for byte', async (f) => {
    const { session, producer, consumer } = await f.line();
    const message = session.createMessage();
    message.setJMSCorrelationIDAsBytes(Uint8Array.of(0, 1, 254, 255));
    await producer.send(message);
    const bytes = (await next(consumer)).getJMSCorrelationIDAsBytes();
    assert.deepEqual([...(bytes ?? [])], [0, 1, 254, 255]);
  }),
  rule('3.4.6', 'JMSReplyTo arrives with its kind: queue, topic, none', async (f) => {
    const { session, producer, consumer } = await f.line();
    const message = session.createMessage();
    for (const replyTo of [session.createQueue('answers'), session.createTopic('news'), null]) {
      message.setJMSReplyTo(replyTo);
      await producer.send(message);
      const received = (await next(consumer)).getJMSReplyTo();
      assert.equal(String(received), String(replyTo));
      assert.equal(received instanceof Topic, replyTo instanceof Topic);
      assert.equal(received instanceof Queue, replyTo instanceof Queue);
    }
  }),
  rule(
    '3.4.6',
    'JMSReplyTo of a temporary queue leads back to it',
    async (f) => {
      const { session, producer, consumer } = await f.line();
      const answers = await session.createTemporaryQueue();
      const reader = await session.createConsumer(answers);
      const message = session.createMessage();
      message.setJMSReplyTo(answers);
      await producer.send(message);
      const replyTo = (await next(consumer)).getJMSReplyTo();
      assert.ok(replyTo instanceof TemporaryQueue);
      const other = await f.session();
      const answering = await other.createProducer(replyTo);
      await answering.send(other.createTextMessage('answer'));
      assert.equal(await nextText(reader), 'answer');
    },
    'temporary-destinations',
  ),
  rule('3.4.7', 'JMSRedelivered is false at first, whatever the sender set', async (f) => {
    const { session, producer, consumer } = await f.line();
    const message = session.createMessage();
    message.setJMSRedelivered(true);
    await producer.send(message);
    assert.equal((await next(consumer)).getJMSRedelivered(), false);
  }),
  rule('3.4.7', 'JMSRedelivered is true after recover', async (f) => {
    const { session, consumer, send } = await f.line(2);
    await send('x');
    await next(consumer);
    await session.recover();
    assert.equal((await next(consumer)).getJMSRedelivered(), true);
  }),
  rule('3.4.7', 'JMSRedelivered is true when another session gets what one had', async (f) => {
    const { session, consumer, send, destination } = await f.line(2);
    await send('x');
    await next(consumer);
    await session.close();
    const other = await f.session();
    const message = await next(await other.createConsumer(destination));
    assert.equal(message.getJMSRedelivered(), true);
  }),
  rule('3.4.7', 'what was prefetched and never handed out is not redelivered', async (f) => {
    const { session, consumer, send, destination } = await f.line(1);
    await send('a', 'b');
    assert.equal(await nextText(consumer), 'a');
    await session.close();
    const other = await f.session();
    const message = await next(await other.createConsumer(destination));
    assert.equal(textOf(message), 'b');
    assert.equal(message.getJMSRedelivered(), false);
  }),
  rule('3.4.8', 'JMSType arrives as it was set', async (f) => {
    const { session, producer, consumer } = await f.line();
    const message = session.createMessage();
    message.setJMSType('order/v2');
    await producer.send(message);
    assert.equal((await next(consumer)).getJMSType(), 'order/v2');
    message.setJMSType(null);
    await producer.send(message);
    assert.equal((await next(consumer)).getJMSType(), null);
  }),
  rule('3.4.9', 'JMSExpiration is 0 without a time to live', async (f) => {
    const { session, producer, consumer } = await f.line();
    const message = session.createMessage();
    message.setJMSExpiration(5);
    await producer.send(message);
    assert.equal(message.getJMSExpiration(), 0);
    assert.equal((await next(consumer)).getJMSExpiration(), 0);
  }),
  rule('3.4.9', 'JMSExpiration is the send’s time and its time to live', async (f) => {
    const { session, producer, consumer } = await f.line();
    const message = session.createMessage();
    await producer.send(message, 2, 4, 60_000);
    assert.equal(message.getJMSExpiration(), message.getJMSTimestamp() + 60_000);
    assert.equal((await next(consumer)).getJMSExpiration(), message.getJMSExpiration());
  }),
  rule('3.4.9', 'an expired message is not delivered', async (f) => {
    const session = await f.session();
    const queue = session.createQueue(f.name());
    const producer = await session.createProducer(queue);
    const message = session.createTextMessage('short');
    await producer.send(message, 2, 4, 1);
    await producer.send(session.createTextMessage('long'));
    await after(message.getJMSExpiration());
    assert.equal(await nextText(await session.createConsumer(queue)), 'long');
  }),
  rule(
    '3.4.9',
    'a message that expires while it waits in the client is not delivered',
    async (f) => {
      const { session, producer, consumer } = await f.line();
      const message = session.createTextMessage('short');
      await producer.send(message, 2, 4, 20);
      await producer.send(session.createTextMessage('long'));
      await after(message.getJMSExpiration());
      assert.equal(await nextText(consumer), 'long');
      await nothing(consumer);
    },
  ),
  rule(
    '3.4.9',
    'in a transaction, JMSExpiration counts from the send and not from the commit',
    async (f) => {
      const { session, producer } = await f.line(0);
      const message = session.createMessage();
      await producer.send(message, 2, 4, 60_000);
      const expected = message.getJMSTimestamp() + 60_000;
      await after(message.getJMSTimestamp() + 5);
      await session.commit();
      assert.equal(message.getJMSExpiration(), expected);
    },
    'transactions',
  ),
  rule('3.4.10', 'JMSPriority is 4 by default, and what the send says', async (f) => {
    const { session, producer, consumer } = await f.line();
    const message = session.createMessage();
    message.setJMSPriority(1);
    await producer.send(message);
    assert.equal((await next(consumer)).getJMSPriority(), 4);
    await producer.send(message, 2, 0, 0);
    assert.equal((await next(consumer)).getJMSPriority(), 0);
    producer.setPriority(9);
    await producer.send(message);
    assert.equal((await next(consumer)).getJMSPriority(), 9);
  }),
  rule(
    '3.4.10',
    'a higher priority overtakes a lower one that waits at the broker',
    async (f) => {
      const session = await f.session();
      const queue = session.createQueue(f.name());
      const producer = await session.createProducer(queue);
      for (const priority of [0, 4, 9, 5]) {
        await producer.send(session.createTextMessage(`${priority}`), 2, priority, 0);
      }
      const consumer = await session.createConsumer(queue);
      const order = [];
      for (let n = 0; n < 4; n++) order.push(await nextText(consumer));
      assert.deepEqual(order, ['9', '5', '4', '0']);
    },
    'priority-order',
  ),
  rule('3.4.11', 'the sender sees the headers of the send in its own message', async (f) => {
    const { session, producer, destination } = await f.line();
    const message = session.createTextMessage('x');
    await producer.send(message, DeliveryMode.NON_PERSISTENT, 7, 60_000);
    assert.equal(message.getJMSDeliveryMode(), DeliveryMode.NON_PERSISTENT);
    assert.equal(message.getJMSPriority(), 7);
    assert.ok(message.getJMSExpiration() > 0);
    assert.ok(message.getJMSTimestamp() > 0);
    assert.match(message.getJMSMessageID() ?? '', /^ID:/);
    assert.equal(String(message.getJMSDestination()), String(destination));
  }),
  rule('3.4.11', 'a received message can be sent on, with headers of its own', async (f) => {
    const { session, producer, consumer, destination, send } = await f.line();
    await send('x');
    const message = await next(consumer);
    const elsewhere = session.createQueue(f.name('onward'));
    const onward = await session.createProducer(elsewhere);
    const first = message.getJMSMessageID();
    await onward.send(message, 2, 8, 0);
    const again = await next(await session.createConsumer(elsewhere));
    assert.equal(textOf(again), 'x');
    assert.notEqual(again.getJMSMessageID(), first);
    assert.equal(again.getJMSPriority(), 8);
    assert.equal(again.getJMSRedelivered(), false);
    assert.notEqual(String(again.getJMSDestination()), String(destination));
    await producer.close();
  }),
  rule('3.4.13', 'JMSDeliveryTime is the time of the send without a delay', async (f) => {
    const { session, producer, consumer } = await f.line();
    const message = session.createMessage();
    message.setJMSDeliveryTime(5);
    await producer.send(message);
    assert.equal(message.getJMSDeliveryTime(), message.getJMSTimestamp());
    assert.equal((await next(consumer)).getJMSDeliveryTime(), message.getJMSTimestamp());
  }),
  rule(
    '3.4.13',
    'JMSDeliveryTime is the time of the send and the delay, at both ends',
    async (f) => {
      const { session, producer, consumer } = await f.line();
      producer.setDeliveryDelay(30);
      const message = session.createMessage();
      await producer.send(message);
      assert.equal(message.getJMSDeliveryTime(), message.getJMSTimestamp() + 30);
      assert.equal((await next(consumer)).getJMSDeliveryTime(), message.getJMSDeliveryTime());
    },
    'delivery-delay',
  ),
  rule('3.4', 'every header can be set and read', async (f) => {
    const session = await f.session();
    const message = session.createMessage();
    const queue = session.createQueue('q');
    message.setJMSMessageID('ID:1');
    message.setJMSTimestamp(2);
    message.setJMSCorrelationID('3');
    message.setJMSReplyTo(queue);
    message.setJMSDestination(queue);
    message.setJMSDeliveryMode(1);
    message.setJMSRedelivered(true);
    message.setJMSType('4');
    message.setJMSExpiration(5);
    message.setJMSDeliveryTime(6);
    message.setJMSPriority(7);
    assert.equal(message.getJMSMessageID(), 'ID:1');
    assert.equal(message.getJMSTimestamp(), 2);
    assert.equal(message.getJMSCorrelationID(), '3');
    assert.equal(message.getJMSReplyTo(), queue);
    assert.equal(message.getJMSDestination(), queue);
    assert.equal(message.getJMSDeliveryMode(), 1);
    assert.equal(message.getJMSRedelivered(), true);
    assert.equal(message.getJMSType(), '4');
    assert.equal(message.getJMSExpiration(), 5);
    assert.equal(message.getJMSDeliveryTime(), 6);
    assert.equal(message.getJMSPriority(), 7);
  }),
  rule('3.4', 'a new message has the defaults of Message', async (f) => {
    const session = await f.session();
    const message = session.createMessage();
    assert.equal(message.getJMSMessageID(), null);
    assert.equal(message.getJMSTimestamp(), 0);
    assert.equal(message.getJMSDestination(), null);
    assert.equal(message.getJMSReplyTo(), null);
    assert.equal(message.getJMSType(), null);
    assert.equal(message.getJMSRedelivered(), false);
    assert.equal(message.getJMSDeliveryMode(), Message.DEFAULT_DELIVERY_MODE);
    assert.equal(message.getJMSPriority(), Message.DEFAULT_PRIORITY);
    assert.equal(message.getJMSExpiration(), Message.DEFAULT_TIME_TO_LIVE);
    assert.equal(message.getJMSDeliveryTime(), Message.DEFAULT_DELIVERY_DELAY);
  }),
];
