// A message goes through AMQP and comes out as it was, and other clients see what they expect.

import test from 'ava';
import fc from 'fast-check';
import rhea from 'rhea';
import { type BodyData, type MessageData, MessageFormatException, type TypedValue } from '#jms-api';
import { decodeMessage } from './message-decode.ts';
import { encodeMessage } from './message-encode.ts';

const NOW = 1_700_000_000_000;

const plain: MessageData = {
  persistent: true,
  priority: 4,
  properties: new Map(),
  body: { kind: 'none' },
};

/** Without what nobody said. */
function said(message: MessageData): object {
  return Object.fromEntries(Object.entries(message).filter(([, value]) => value !== undefined));
}

function through(message: MessageData): MessageData {
  return decodeMessage(encodeMessage(message, NOW)).message;
}

const word = fc.string({ unit: 'binary' }).filter((text) => !/\p{Surrogate}/u.test(text));
const property: fc.Arbitrary<TypedValue> = fc.oneof(
  fc.boolean().map((value) => ({ type: 'boolean' as const, value })),
  fc.integer({ min: -128, max: 127 }).map((value) => ({ type: 'byte' as const, value })),
  fc.integer({ min: -32768, max: 32767 }).map((value) => ({ type: 'short' as const, value })),
  fc.integer().map((value) => ({ type: 'int' as const, value })),
  fc
    .bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
    .map((value) => ({ type: 'long' as const, value })),
  fc.float().map((value) => ({ type: 'float' as const, value })),
  fc.double().map((value) => ({ type: 'double' as const, value })),
  word.map((value) => ({ type: 'string' as const, value })),
  fc.constant({ type: 'null' as const, value: null }),
);
const item: fc.Arbitrary<TypedValue> = fc.oneof(
  property,
  fc
    .integer({ min: 0, max: 0xffff })
    .map((code) => ({ type: 'char' as const, value: String.fromCharCode(code) })),
  fc.uint8Array({ maxLength: 400 }).map((value) => ({ type: 'bytes' as const, value })),
);
const named = (values: fc.Arbitrary<TypedValue>) =>
  fc.array(fc.tuple(word, values)).map((pairs) => new Map(pairs));
const body: fc.Arbitrary<BodyData> = fc.oneof(
  fc.constant({ kind: 'none' as const }),
  fc.option(word).map((text) => ({ kind: 'text' as const, text })),
  fc.uint8Array().map((bytes) => ({ kind: 'bytes' as const, bytes })),
  named(item).map((entries) => ({ kind: 'map' as const, entries })),
  fc.array(item).map((items) => ({ kind: 'stream' as const, items })),
  fc.uint8Array().map((bytes) => ({ kind: 'object' as const, bytes, contentType: 'a/b' })),
);

test('[JMS mapping WD10] properties and bodies keep their types and every digit', (t) => {
  fc.assert(
    fc.property(named(property), body, (properties, one) => {
      const { contentType: _, ...back } = through({ ...plain, properties, body: one });
      t.deepEqual(said(back), said({ ...plain, properties, body: one }));
    }),
  );
});

test('[JMS mapping WD10] longs where doubles have gaps', (t) => {
  for (const value of [
    2n ** 53n + 1n,
    2n ** 53n - 1n,
    -(2n ** 53n) - 1n,
    -1n,
    255n,
    2n ** 63n - 1n,
  ]) {
    const properties = new Map([['n', { type: 'long', value } as const]]);
    t.deepEqual(through({ ...plain, properties }).properties, properties);
  }
});

test('[JMS mapping WD10] headers and fields of their own', (t) => {
  const message: MessageData = {
    ...plain,
    messageId: 'ID:1',
    correlationId: 'an order',
    destination: { kind: 'topic', name: 'prices' },
    replyTo: { kind: 'temporary-queue', name: 'mine' },
    type: 'offer',
    persistent: false,
    priority: 9,
    timestamp: NOW,
    expiresAt: NOW + 5,
    deliverAt: NOW + 1,
    properties: new Map<string, TypedValue>([
      ['JMSXGroupID', { type: 'string', value: 'g' }],
      ['JMSXGroupSeq', { type: 'int', value: -1 }],
    ]),
  };
  t.deepEqual(said(through(message)), said(message));
  const bytes = { ...plain, correlationId: new Uint8Array([1, 2]) };
  t.deepEqual(through(bytes).correlationId, bytes.correlationId);
});

test('[JMS mapping WD10] ids of other types keep them in the string', (t) => {
  for (const id of [
    'ID:AMQP_ULONG:18446744073709551615',
    'ID:AMQP_UUID:01234567-89ab-cdef-0123-456789abcdef',
    'ID:AMQP_BINARY:0AFF',
    'ID:AMQP_NO_PREFIX:x',
    'ID:AMQP_STRING:ID:AMQP_ULONG:x',
  ]) {
    t.is(through({ ...plain, messageId: id }).messageId, id);
  }
});

test('[JMS mapping WD10] kinds are bytes, and a plain rhea reads the rest', (t) => {
  const destination = { kind: 'topic', name: 'prices' } as const;
  const text: BodyData = { kind: 'text', text: 'hello' };
  const encoded = encodeMessage({ ...plain, destination, body: text, expiresAt: NOW + 7 }, NOW);
  const message = rhea.message.decode(encoded) as unknown as Record<string, unknown>;
  t.is(message['body'], 'hello');
  t.is(message['to'], 'prices');
  t.is(message['durable'], true);
  t.is(message['ttl'], 7);
  for (const [name, value] of [
    ['x-opt-jms-msg-type', 5],
    ['x-opt-jms-dest', 1],
  ] as const) {
    const symbol = Buffer.from(name);
    const at = encoded.indexOf(symbol) + symbol.length;
    t.deepEqual([encoded[at], encoded[at + 1]], [0x51, value], name);
  }
});

test('[AMQP 3.2] what another client sent without annotations', (t) => {
  const read = (message: object) =>
    decodeMessage(rhea.message.encode(message as Parameters<typeof rhea.message.encode>[0]));
  t.deepEqual(read({ body: 'x' }).message.body, { kind: 'text', text: 'x' });
  t.deepEqual(read({ body: rhea.message.data_section(Buffer.from('x')) }).message.body, {
    kind: 'bytes',
    bytes: new Uint8Array([120]),
  });
  t.is(read({ body: { a: 1 } }).message.body.kind, 'object');
  t.is(read({ body: 'x', delivery_count: 3 }).deliveryCount, 3);
});

test('half of a surrogate pair is refused, not replaced', (t) => {
  const message: MessageData = { ...plain, body: { kind: 'text', text: '\ud800' } };
  t.throws(() => encodeMessage(message, NOW), { instanceOf: MessageFormatException });
});

test('bytes that are no message are an error, in bounded memory', (t) => {
  // An array of 2^32-1 items that take no bytes.
  const array = Buffer.from('005377f0ffffffffffffffff41', 'hex');
  t.throws(() => decodeMessage(array));
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      try {
        decodeMessage(Buffer.from(bytes));
      } catch (error) {
        t.true(error instanceof Error);
      }
    }),
  );
});
