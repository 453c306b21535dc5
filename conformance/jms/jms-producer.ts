// The JMSProducer: options, headers and properties that win, sends that do not wait. [JMS 7.4-7.6]

import assert from 'node:assert/strict';
import {
  BytesMessage,
  IllegalStateRuntimeException,
  JMSByte,
  JMSFloat,
  JMSRuntimeException,
  JMSShort,
  type Message,
  MessageFormatRuntimeException,
  ObjectMessage,
  TextMessage,
} from 'angelia/jms';
import { type Case, rule } from './case.ts';
import { contextLine, later, next, nextTexts, refuses, textOf } from './fixture.ts';

export const jmsProducer: readonly Case[] = [
  rule('7.4', 'a JMSProducer sends messages and bodies of all kinds', async (f) => {
    const { context, queue, producer, consumer } = await contextLine(f);
    await producer.send(queue, context.createTextMessage('message'));
    await producer.send(queue, 'text');
    await producer.send(queue, Uint8Array.of(1, 2));
    await producer.send(queue, new Map<string, unknown>([['a', 1]]));
    await producer.send(queue, { b: 2 });
    assert.equal((await next(consumer)).getBody(String), 'message');
    assert.ok((await next(consumer)) instanceof TextMessage);
    assert.ok((await next(consumer)) instanceof BytesMessage);
    assert.deepEqual((await next(consumer)).getBody(Map), new Map([['a', 1]]));
    const object = await next(consumer);
    assert.ok(object instanceof ObjectMessage);
    assert.deepEqual(object.getObject(), { b: 2 });
  }),
  rule('7.4', 'null is a MessageFormatRuntimeException', async (f) => {
    const { queue, producer } = await contextLine(f);
    await refuses(MessageFormatRuntimeException, () => producer.send(queue, null as never));
  }),
  rule('7.4', 'setters can be chained, send returns the producer', async (f) => {
    const { context, queue, producer } = await contextLine(f);
    const same = producer
      .setDeliveryMode(1)
      .setPriority(9)
      .setTimeToLive(60_000)
      .setDeliveryDelay(0)
      .setDisableMessageID(true)
      .setDisableMessageTimestamp(true)
      .setJMSCorrelationID('c')
      .setJMSType('t')
      .setJMSReplyTo(queue)
      .setProperty('p', 1)
      .setAsync(null);
    assert.equal(same, producer);
    assert.equal(await producer.send(queue, 'x'), producer);
    assert.equal(producer.getDeliveryMode(), 1);
    assert.equal(producer.getPriority(), 9);
    assert.equal(producer.getTimeToLive(), 60_000);
    assert.equal(producer.getDeliveryDelay(), 0);
    assert.equal(producer.getDisableMessageID(), true);
    assert.equal(producer.getDisableMessageTimestamp(), true);
    assert.equal(producer.getAsync(), null);
    assert.ok(context);
  }),
  rule('7.5', 'options of the producer win over those of the message', async (f) => {
    const { context, queue, producer, consumer } = await contextLine(f);
    const message = context.createTextMessage('x');
    message.setJMSType('mine');
    message.setJMSCorrelationID('mine');
    message.setStringProperty('p', 'mine');
    message.setStringProperty('q', 'mine');
    producer.setPriority(8).setJMSType('theirs').setJMSReplyTo(queue).setProperty('p', 'theirs');
    producer.setJMSCorrelationID('theirs');
    await producer.send(queue, message);
    const received = await next(consumer);
    assert.equal(received.getJMSPriority(), 8);
    assert.equal(received.getJMSType(), 'theirs');
    assert.equal(received.getJMSCorrelationID(), 'theirs');
    assert.equal(String(received.getJMSReplyTo()), String(queue));
    assert.equal(received.getStringProperty('p'), 'theirs');
    assert.equal(received.getStringProperty('q'), 'mine');
  }),
  rule('7.6', 'headers that the producer does not set stay the message’s', async (f) => {
    const { context, queue, producer, consumer } = await contextLine(f);
    const message = context.createTextMessage('x');
    message.setJMSType('mine');
    message.setJMSReplyTo(queue);
    await producer.send(queue, message);
    const received = await next(consumer);
    assert.equal(received.getJMSType(), 'mine');
    assert.equal(String(received.getJMSReplyTo()), String(queue));
  }),
  rule('7.6', 'a correlation id of bytes', async (f) => {
    const { queue, producer, consumer } = await contextLine(f);
    producer.setJMSCorrelationIDAsBytes(Uint8Array.of(7, 8));
    assert.deepEqual(producer.getJMSCorrelationIDAsBytes(), Uint8Array.of(7, 8));
    await producer.send(queue, 'x');
    assert.deepEqual((await next(consumer)).getJMSCorrelationIDAsBytes(), Uint8Array.of(7, 8));
  }),
  rule('7.6', 'what was set can be asked for', async (f) => {
    const { queue, producer } = await contextLine(f);
    assert.equal(producer.getJMSType(), null);
    assert.equal(producer.getJMSCorrelationID(), null);
    assert.equal(producer.getJMSReplyTo(), null);
    producer.setJMSType('t').setJMSCorrelationID('c').setJMSReplyTo(queue);
    assert.equal(producer.getJMSType(), 't');
    assert.equal(producer.getJMSCorrelationID(), 'c');
    assert.equal(producer.getJMSReplyTo(), queue);
  }),
  rule('7.5', 'properties of all types, their getters, and clearProperties', async (f) => {
    const { queue, producer, consumer } = await contextLine(f);
    producer
      .setProperty('boolean', true)
      .setProperty('int', 7)
      .setProperty('long', 8n)
      .setProperty('double', 0.5)
      .setProperty('string', 's')
      .setProperty('short', new JMSShort(9))
      .setProperty('byte', new JMSByte(3))
      .setProperty('float', new JMSFloat(0.25))
      .setProperty('object', null);
    assert.equal(producer.getBooleanProperty('boolean'), true);
    assert.equal(producer.getIntProperty('int'), 7);
    assert.equal(producer.getLongProperty('long'), 8n);
    assert.equal(producer.getDoubleProperty('double'), 0.5);
    assert.equal(producer.getStringProperty('string'), 's');
    assert.equal(producer.getShortProperty('short'), 9);
    assert.equal(producer.getObjectProperty('int'), 7);
    assert.equal(producer.propertyExists('int'), true);
    assert.equal(producer.propertyExists('none'), false);
    assert.equal(producer.setProperty('f', '0.5').getFloatProperty('f'), 0.5);
    assert.equal(producer.setProperty('b', '7').getByteProperty('b'), 7);
    assert.equal(producer.getPropertyNames().size, 11);
    await producer.send(queue, 'x');
    const received = await next(consumer);
    assert.equal(received.getPropertyType('short'), 'short');
    assert.equal(received.getLongProperty('long'), 8n);
    assert.equal(producer.clearProperties().getPropertyNames().size, 0);
    await producer.send(queue, 'y');
    assert.equal((await next(consumer)).propertyExists('int'), false);
  }),
  rule('7.5', 'a value of another kind is a MessageFormatRuntimeException', async (f) => {
    const { producer } = await contextLine(f);
    await refuses(MessageFormatRuntimeException, () => producer.setProperty('p', {} as never));
    producer.setProperty('text', 'x');
    await refuses(JMSRuntimeException, () => producer.setPriority(10));
    await refuses(JMSRuntimeException, () => producer.setTimeToLive(-1));
    await refuses(JMSRuntimeException, () => producer.setDeliveryDelay(-1));
    await refuses(JMSRuntimeException, () => producer.setDeliveryMode(7 as never));
  }),
  rule('7.3', 'setAsync: sends do not wait, the listener hears of each', async (f) => {
    const { queue, producer, consumer } = await contextLine(f);
    const told: Message[] = [];
    const done = later();
    const listener = {
      onCompletion: (message: Message) => {
        told.push(message);
        if (told.length === 3) done.resolve();
      },
      onException() {},
    };
    producer.setAsync(listener);
    assert.equal(producer.getAsync(), listener);
    for (const text of ['a', 'b', 'c']) await producer.send(queue, text);
    await done.promise;
    assert.deepEqual(told.map(textOf), ['a', 'b', 'c']);
    assert.deepEqual(await nextTexts(consumer, 3), ['a', 'b', 'c']);
  }),
  rule('7.3.4', 'close, commit and rollback in a CompletionListener are refused', async (f) => {
    const { context, queue, producer } = await contextLine(f);
    const failed = later<unknown>();
    producer.setAsync({
      onCompletion: () => context.close().then(failed.resolve, failed.resolve),
      onException() {},
    });
    await producer.send(queue, 'x');
    assert.ok((await failed.promise) instanceof IllegalStateRuntimeException);
  }),
  rule(
    '7.9',
    'a delivery delay',
    async (f) => {
      const { queue, producer, consumer } = await contextLine(f);
      await producer.setDeliveryDelay(200).send(queue, 'late');
      await producer.setDeliveryDelay(0).send(queue, 'now');
      assert.deepEqual(await nextTexts(consumer, 2), ['now', 'late']);
    },
    'delivery-delay',
  ),
];
