// Messages of RabbitMQ's own JMS client at its queues and topics: what it wrote, and what we write for it.
// That it reads this is for the interop run, `--suite rabbitmq-jms`.

import type { Message } from 'amqplib';
import test from 'ava';
import fc from 'fast-check';
import { type BodyData, type MessageData, MessageFormatException, type TypedValue } from '#jms-api';
import { JavaWriter } from './java-writer.ts';
import { encodeForJmsClient } from './jms-client-encode.ts';
import { decodeMessage } from './message-decode.ts';

/** As the client 3.6.0 wrote it: n 7, t, the property l, JMSType, JMSReplyTo with arguments of a queue. */
const MAP: Buffer = Buffer.from(
  [
    'rO0ABXdWAC1jb20ucmFiYml0bXEuam1zLmNsaWVudC5tZXNzYWdlLlJNUU1hcE1lc3NhZ2UAAzEtMgAAAAUAG3Jt',
    'cS5qbXMubWVzc2FnZS5kZXN0aW5hdGlvbn9zcgAlY29tLnJhYmJpdG1xLmptcy5hZG1pbi5STVFEZXN0aW5hdGlv',
    'bghI2Y2V0SYpAgAIWgAEYW1xcFoAB2lzUXVldWVaAAtpc1RlbXBvcmFyeUwAEGFtcXBFeGNoYW5nZU5hbWV0ABJM',
    'amF2YS9sYW5nL1N0cmluZztMAA1hbXFwUXVldWVOYW1lcQB+AAFMAA5hbXFwUm91dGluZ0tleXEAfgABTAAPZGVz',
    'dGluYXRpb25OYW1lcQB+AAFMABVxdWV1ZURlY2xhcmVBcmd1bWVudHN0AA9MamF2YS91dGlsL01hcDt4cAABAHQA',
    'Emptcy5kdXJhYmxlLnF1ZXVlc3QABm9yZGVyc3EAfgAFcQB+AAVwd10AGXJtcS5qbXMubWVzc2FnZS50aW1lc3Rh',
    'bXAFAAABi8/laHsAFHJtcS5qbXMubWVzc2FnZS50eXBlCAAFb3JkZXIAGHJtcS5qbXMubWVzc2FnZS5yZXBseS50',
    'b39zcQB+AAAAAQBxAH4ABHQAB2Fuc3dlcnNxAH4AB3EAfgAHc3IAEWphdmEudXRpbC5Db2xsU2VyV46rtjobqBED',
    'AAFJAAN0YWd4cAAAAAN3BAAAAAR0AAx4LW1heC1sZW5ndGhzcgARamF2YS5sYW5nLkludGVnZXIS4qCk94GHOAIA',
    'AUkABXZhbHVleHIAEGphdmEubGFuZy5OdW1iZXKGrJUdC5TgiwIAAHhwAAAABXQADHgtcXVldWUtdHlwZXQABnF1',
    'b3J1bXh3LQAScm1xLmptcy5tZXNzYWdlLmlkCAAGSUQ6MS0yAAAAAQABbAV//////////3ccAAAAAgABdAgACsO8',
    'wIDtoL3tsJkAAW4EAAAABw==',
  ].join(''),
  'base64',
);

/** An ObjectMessage with a Long. */
const OBJECT: Buffer = Buffer.from(
  [
    'rO0ABXdcADBjb20ucmFiYml0bXEuam1zLmNsaWVudC5tZXNzYWdlLlJNUU9iamVjdE1lc3NhZ2UAAzEtMgAAAAEA',
    'EnJtcS5qbXMubWVzc2FnZS5pZAgABklEOjEtMgAAAAB3VwAAAABSrO0ABXNyAA5qYXZhLmxhbmcuTG9uZzuL5JDM',
    'jyPfAgABSgAFdmFsdWV4cgAQamF2YS5sYW5nLk51bWJlcoaslR0LlOCLAgAAeHAAAAAAAAAABw==',
  ].join(''),
  'base64',
);

const QUEUE = { kind: 'queue', name: 'orders' } as const;

function came(content: Buffer, more: object = {}): Message {
  const properties = { headers: { JMSDeliveryMode: 'PERSISTENT' }, deliveryMode: 2, ...more };
  const fields = { deliveryTag: 1, redelivered: false, exchange: '', routingKey: 'orders' };
  return { content, fields, properties: properties as unknown as Message['properties'] };
}

function data(body: BodyData, more: Partial<MessageData> = {}): MessageData {
  const fields = { destination: QUEUE, persistent: true, priority: 4, properties: new Map() };
  return { ...fields, body, ...more };
}

/** What comes of a message that is sent. */
function through(message: MessageData): MessageData {
  const { content, options } = encodeForJmsClient(message, undefined, 'jms.durable.topic');
  return decodeMessage(came(content, options), QUEUE);
}

test('[JMS 3.11] a map that the client wrote is one, with its headers and properties', (t) => {
  const message = decodeMessage(came(MAP), QUEUE);
  t.deepEqual(message.body, {
    kind: 'map',
    entries: new Map<string, TypedValue>([
      ['t', { type: 'string', value: 'ü\0🐙' }],
      ['n', { type: 'int', value: 7 }],
    ]),
  });
  t.like(message, { messageId: 'ID:1-2', type: 'order', timestamp: 1_700_000_000_123 });
  t.deepEqual(message.replyTo, { kind: 'queue', name: 'answers' });
  t.deepEqual([...message.properties], [['l', { type: 'long', value: 2n ** 63n - 1n }]]);
});

test('[JMS 3.4.6] what goes straight back is answered where RabbitMQ says', (t) => {
  const name = 'amq.rabbitmq.reply-to.g1h2';
  const message = decodeMessage(came(MAP, { replyTo: name }), QUEUE);
  t.deepEqual(message.replyTo, { kind: 'temporary-queue', name });
});

test('[JMS 3.11] an object of Java that JSON has is that; any other stays what it is', (t) => {
  const long = decodeMessage(came(OBJECT), QUEUE).body;
  t.like(long, { kind: 'object', contentType: 'application/json' });
  t.is(Buffer.from((long as BodyData & { kind: 'object' }).bytes).toString(), '7');
  const writer = new JavaWriter();
  writer.object({ className: 'C', version: 1n, booleans: {}, strings: {} });
  const contentType = 'application/x-java-serialized-object';
  const other = { kind: 'object', bytes: new Uint8Array(writer.finish()), contentType } as const;
  t.deepEqual(through(data(other)).body, other);
  for (const json of ['"text"', '{"a":"ü"}', '7', '[null]']) {
    const bytes = new TextEncoder().encode(json);
    const body = { kind: 'object', bytes, contentType: 'application/json' } as const;
    t.deepEqual(through(data(body)).body, body);
  }
});

const typed: fc.Arbitrary<TypedValue> = fc.oneof(
  fc.boolean().map((value) => ({ type: 'boolean', value }) as const),
  fc.integer({ min: -128, max: 127 }).map((value) => ({ type: 'byte', value }) as const),
  fc.integer({ min: -32768, max: 32767 }).map((value) => ({ type: 'short', value }) as const),
  fc.integer().map((value) => ({ type: 'int', value }) as const),
  fc
    .bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
    .map((value) => ({ type: 'long', value }) as const),
  fc.float().map((value) => ({ type: 'float', value }) as const),
  fc.double().map((value) => ({ type: 'double', value }) as const),
  fc.string({ unit: 'binary' }).map((value) => ({ type: 'string', value }) as const),
);
const inBodies: fc.Arbitrary<TypedValue> = fc.oneof(
  typed,
  fc.constant({ type: 'null', value: null } as const),
  fc.uint8Array().map((value) => ({ type: 'bytes', value }) as const),
  fc
    .integer({ min: 0, max: 0xffff })
    .map((unit) => ({ type: 'char', value: String.fromCharCode(unit) }) as const),
);
const named = (values: fc.Arbitrary<TypedValue>): fc.Arbitrary<Map<string, TypedValue>> =>
  fc
    .array(
      fc.tuple(
        fc.string({ unit: 'binary' }).filter((name) => !name.startsWith('JMS')),
        values,
      ),
    )
    .map((pairs) => new Map(pairs));
const bodies: fc.Arbitrary<BodyData> = fc.oneof(
  fc.constant({ kind: 'none' } as const),
  fc.option(fc.string({ unit: 'binary' })).map((text) => ({ kind: 'text', text }) as const),
  fc.uint8Array({ size: 'large' }).map((bytes) => ({ kind: 'bytes', bytes }) as const),
  named(inBodies).map((entries) => ({ kind: 'map', entries }) as const),
  fc.array(inBodies).map((items) => ({ kind: 'stream', items }) as const),
);

test('[JMS 3.4, 3.5, 3.11] what is written for the client is read as it was', (t) => {
  const messages = fc.record({
    body: bodies,
    properties: named(typed),
    type: fc.option(fc.string(), { nil: undefined }),
    correlationId: fc.option(fc.string(), { nil: undefined }),
    priority: fc.integer({ min: 0, max: 9 }),
    timestamp: fc.integer({ min: 1, max: 2 ** 45 }),
    replyTo: fc.constantFrom(
      { kind: 'queue', name: 'q' } as const,
      { kind: 'topic', name: 't' } as const,
      { kind: 'temporary-queue', name: 'jms-temp-queue-1' } as const,
      undefined,
    ),
  });
  fc.assert(
    fc.property(messages, (message) => {
      const { body, properties, ...fields } = message;
      const found = through({ ...message, persistent: true, destination: QUEUE });
      t.deepEqual(found.body, body);
      t.deepEqual(found.properties, properties);
      t.like(found, fields);
    }),
  );
});

test('a message that is damaged is read, or refused with a plain error', (t) => {
  const changes = fc.array(fc.tuple(fc.nat(MAP.length - 1), fc.integer({ min: 0, max: 255 })), {
    minLength: 1,
    maxLength: 4,
  });
  fc.assert(
    fc.property(changes, (all) => {
      const bytes = Buffer.from(MAP);
      for (const [at, value] of all) bytes[at] = value;
      try {
        decodeMessage(came(bytes), QUEUE);
      } catch (error) {
        t.is((error as Error).constructor, Error, String((error as Error).stack));
      }
    }),
    { numRuns: 2000 },
  );
});

test('what the client cannot read is refused, and says so', (t) => {
  const long = new Map<string, TypedValue>([['s', { type: 'string', value: 'x'.repeat(65_536) }]]);
  const refuse = (body: BodyData): Error =>
    t.throws(() => through(data(body)), { instanceOf: MessageFormatException });
  t.regex(refuse({ kind: 'map', entries: long }).message, /65536 bytes.*takes 65535/);
  const object = { kind: 'object', bytes: new Uint8Array(1), contentType: 'x/y' } as const;
  t.regex(refuse(object).message, /not as x\/y/);
});

test('bytes of a user that begin like a stream of Java are bytes', (t) => {
  const content = Buffer.from([0xac, 0xed, 0, 5, 1, 2, 3]);
  const contentType = 'application/octet-stream';
  t.is(decodeMessage(came(content, { contentType }), QUEUE).body.kind, 'bytes');
  t.is(decodeMessage(came(MAP, { headers: {}, contentType }), QUEUE).body.kind, 'bytes');
});
