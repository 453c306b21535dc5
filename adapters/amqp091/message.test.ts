// What is written so that RabbitMQ and its own JMS client understand it, and what is read of others.

import type { Message } from 'amqplib';
import test from 'ava';
import type { BodyData, MessageData, TypedValue } from '#jms-api';
import { InvalidDestinationException } from '#jms-api';
import { exceptionOf } from './errors.ts';
import { attemptOf, decodeMessage } from './message-decode.ts';
import { encodeMessage } from './message-encode.ts';

const QUEUE = { kind: 'queue', name: 'q' } as const;

function data(body: BodyData, more: Partial<MessageData> = {}): MessageData {
  return { persistent: true, priority: 4, properties: new Map(), body, ...more };
}

function foreign(
  properties: Partial<Message['properties']>,
  content = '',
  redelivered = false,
): Message {
  const fields = { deliveryTag: 1, redelivered, exchange: '', routingKey: 'q' };
  return {
    content: Buffer.from(content),
    fields,
    properties: properties as Message['properties'],
  };
}

test('what RabbitMQ closes channels and connections for is not written', (t) => {
  const properties = new Map<string, TypedValue>([
    ['nan', { type: 'double', value: Number.NaN }],
    ['infinite', { type: 'float', value: Number.NEGATIVE_INFINITY }],
  ]);
  const far = Date.now() + 2 ** 33;
  const more = { properties, expiresAt: far, userId: 'somebody else' };
  const { options } = encodeMessage(data({ kind: 'none' }, more), undefined);
  t.false('nan' in options.headers || 'infinite' in options.headers);
  t.is(options.expiration, undefined, 'a TTL beyond 32 bits');
  t.is(options.userId, undefined, 'it has to be that of the connection');
  t.is(options.headers.JMSExpiration, far);
});

test('[JMS 3.11] text and bytes are told as RabbitMQ’s JMS client tells them', (t) => {
  const text = encodeMessage(data({ kind: 'text', text: 'ü' }, { type: 'order' }), undefined);
  t.is(text.options.headers.JMSType, 'TextMessage');
  t.is(text.options.type, 'order');
  t.is(text.options.contentType, 'text/plain');
  t.is(text.content.toString(), 'ü');
  const bytes = encodeMessage(data({ kind: 'bytes', bytes: Buffer.from('b') }), undefined);
  t.is(bytes.options.headers.JMSType, 'BytesMessage');
  t.is(bytes.options.contentType, 'application/octet-stream');
});

test('[JMS 3.11] JSON is text to RabbitMQ’s JMS client, and the JMSType is where it looks', (t) => {
  const through = (body: BodyData, type?: string): [string | undefined, MessageData] => {
    const { content, options } = encodeMessage(data(body, { type }), undefined);
    const { headers } = options;
    const came = foreign(options as Message['properties'], content.toString());
    return [headers.JMSType, decodeMessage(came, QUEUE)];
  };
  const item = { type: 'int', value: 7 } as const;
  const bytes = new TextEncoder().encode('{"a":1}');
  const json: readonly BodyData[] = [
    { kind: 'map', entries: new Map([['n', item]]) },
    { kind: 'stream', items: [item] },
    { kind: 'object', bytes, contentType: 'application/json' },
  ];
  for (const body of json) {
    const [word, came] = through(body, 'order');
    t.is(word, 'TextMessage');
    t.like(came, { type: 'order' });
    t.deepEqual(came.body, body);
  }
  for (const body of [{ kind: 'none' }, { kind: 'bytes', bytes }] as const) {
    const [word, came] = through(body, 'order');
    t.is(word, 'order');
    t.deepEqual([came.type, came.body], ['order', body]);
    t.deepEqual(through(body, 'TextMessage')[1].body, body);
  }
});

test('[JMS 3.11.4] a message of RabbitMQ’s JMS client is read by its headers', (t) => {
  const headers = {
    JMSType: 'TextMessage',
    JMSTimestamp: 1_700_000_000_123,
    JMSMessageID: 'ID:1',
    JMSCorrelationID: 'c',
    JMSDeliveryMode: 'PERSISTENT',
    JMSPriority: 7,
    colour: 'blue',
  };
  const properties = { headers, deliveryMode: 2, priority: 7, expiration: '1000' };
  const message = decodeMessage(
    foreign({ ...properties, contentType: 'application/octet-stream' }, 'x'),
    QUEUE,
  );
  t.deepEqual(message.body, { kind: 'text', text: 'x' });
  t.like(message, { messageId: 'ID:1', correlationId: 'c', priority: 7, persistent: true });
  t.like(message, { timestamp: 1_700_000_000_123, expiresAt: 1_700_000_001_123, type: undefined });
  t.deepEqual([...message.properties.keys()], ['colour']);
  const typed = decodeMessage(foreign({ headers: { JMSType: 'order' } }, 'x'), QUEUE);
  t.is(typed.type, 'order');
});

test('[JMS 3.11.4] a message of any other client is read by the type of its content', (t) => {
  const kindOf = (contentType: string | undefined, content = '{}'): string =>
    decodeMessage(foreign({ contentType }, content), QUEUE).body.kind;
  t.is(kindOf('text/plain; charset=utf-8'), 'text');
  t.is(kindOf('application/json'), 'text');
  t.is(kindOf('application/cloudevents+json'), 'text');
  t.is(kindOf('application/octet-stream'), 'bytes');
  t.is(kindOf(undefined), 'bytes');
  t.is(kindOf('application/x-java-serialized-object'), 'object');
  const broken = foreign({ contentType: 'text/plain' });
  t.is(decodeMessage({ ...broken, content: Buffer.from([0xff]) }, QUEUE).body.kind, 'bytes');
});

test('[JMS 3.5.3] headers of others are properties, but for those that are RabbitMQ’s', (t) => {
  const headers = {
    'x-death': [{ count: 1 }],
    'x-delivery-count': 2,
    list: [1],
    when: { '!': 'timestamp', value: 5 },
    price: { '!': 'decimal', value: { places: 2, digits: 250 } },
    large: 2 ** 40,
    half: 0.5,
    no: false,
  };
  const { properties } = decodeMessage(
    foreign({ headers: headers as object, replyTo: 'answers' }),
    QUEUE,
  );
  t.deepEqual(Object.fromEntries(properties), {
    when: { type: 'long', value: 5n },
    price: { type: 'double', value: 2.5 },
    large: { type: 'long', value: 2n ** 40n },
    half: { type: 'double', value: 0.5 },
    no: { type: 'boolean', value: false },
  });
});

test('[JMS 3.4.9] a dead letter has no expiration any more', (t) => {
  const expired = { JMSExpiration: 1_700_000_000_000, 'x-death': [] };
  t.is(decodeMessage(foreign({ headers: expired }), QUEUE).expiresAt, undefined);
  const living = { JMSExpiration: 1_700_000_000_000 };
  t.is(decodeMessage(foreign({ headers: living }), QUEUE).expiresAt, 1_700_000_000_000);
});

test('[JMS 3.4.6] a reply-to is a queue, or a way straight back', (t) => {
  const replyTo = (name: string): unknown =>
    decodeMessage(foreign({ replyTo: name }), QUEUE).replyTo;
  t.deepEqual(replyTo('answers'), { kind: 'queue', name: 'answers' });
  const direct = 'amq.rabbitmq.reply-to.g1h2';
  t.deepEqual(replyTo(direct), { kind: 'temporary-queue', name: direct });
});

test('[JMS 3.5.9] quorum queues count attempts, classic ones mark them', (t) => {
  t.is(attemptOf(foreign({}, '', false)), 1);
  t.is(attemptOf(foreign({}, '', true)), 2);
  t.is(attemptOf(foreign({ headers: { 'x-delivery-count': 3 } }, '', true)), 4);
});

test('what says that it is a map and is none cannot be read', (t) => {
  const message = foreign({ headers: { JMSType: 'MapMessage' } }, '{"a":1}');
  t.throws(() => decodeMessage(message, QUEUE));
});

test('[JMS 10.3] a queue that is not there is another matter than one whose node is down', (t) => {
  const closed = (text: string): Error =>
    exceptionOf(
      Object.assign(new Error(`Operation failed: 404 (NOT_FOUND) with message "${text}"`), {
        code: 404,
      }),
      'looking',
    );
  const gone = closed("NOT_FOUND - no queue 'q' in vhost '/'");
  t.true(gone instanceof InvalidDestinationException);
  t.is(gone.message, "looking: NOT_FOUND - no queue 'q' in vhost '/'");
  const down = closed("NOT_FOUND - queue 'q' in vhost '/' process is stopped by supervisor");
  t.false(down instanceof InvalidDestinationException);
});
