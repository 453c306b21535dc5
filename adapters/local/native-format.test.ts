import test from 'ava';
import fc from 'fast-check';
import type { MessageView, TypedValue } from '#broker';
import { decodeNative, encodeNative } from './native-format.ts';
import { MalformedMessageError } from './native-tags.ts';

/** Any UTF-16 units, halves of surrogate pairs as well. */
const text = fc
  .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 20 })
  .map((units) => String.fromCharCode(...units));
const anyText = fc.oneof(fc.string(), fc.string({ unit: 'grapheme' }), text);
const bytes = fc.uint8Array({ maxLength: 300 });

const property: fc.Arbitrary<TypedValue> = fc.oneof(
  fc.record({ type: fc.constant('boolean' as const), value: fc.boolean() }),
  fc.record({ type: fc.constant('byte' as const), value: fc.integer({ min: -128, max: 127 }) }),
  fc.record({
    type: fc.constant('short' as const),
    value: fc.integer({ min: -32768, max: 32767 }),
  }),
  fc.record({ type: fc.constant('int' as const), value: fc.integer() }),
  fc.record({
    type: fc.constant('long' as const),
    value: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  }),
  fc.record({ type: fc.constant('float' as const), value: fc.float() }),
  fc.record({ type: fc.constant('double' as const), value: fc.double() }),
  fc.record({ type: fc.constant('string' as const), value: anyText }),
  fc.constant({ type: 'null' as const, value: null }),
);
const value: fc.Arbitrary<TypedValue> = fc.oneof(
  property,
  fc.record({ type: fc.constant('bytes' as const), value: bytes }),
  fc
    .integer({ min: 0, max: 0xffff })
    .map((unit) => ({ type: 'char' as const, value: String.fromCharCode(unit) })),
);
const entriesOf = (values: fc.Arbitrary<TypedValue>) =>
  fc.array(fc.tuple(anyText, values), { maxLength: 8 }).map((list) => new Map(list));

const body: fc.Arbitrary<MessageView['body']> = fc.oneof(
  fc.constant({ kind: 'none' as const }),
  fc.record({ kind: fc.constant('text' as const), text: fc.option(anyText) }),
  fc.record({ kind: fc.constant('bytes' as const), bytes }),
  fc.record({ kind: fc.constant('map' as const), entries: entriesOf(value) }),
  fc.record({ kind: fc.constant('stream' as const), items: fc.array(value, { maxLength: 8 }) }),
  fc.record({ kind: fc.constant('object' as const), bytes, contentType: anyText }),
);
const address = fc.record({
  kind: fc.constantFrom('queue' as const, 'topic', 'temporary-queue', 'temporary-topic'),
  name: anyText,
});
const view: fc.Arbitrary<MessageView> = fc.record(
  {
    messageId: anyText,
    correlationId: fc.oneof(anyText, bytes),
    destination: address,
    replyTo: address,
    type: anyText,
    persistent: fc.boolean(),
    priority: fc.integer({ min: 0, max: 9 }),
    timestamp: fc.maxSafeNat(),
    expiresAt: fc.maxSafeNat(),
    deliverAt: fc.maxSafeNat(),
    userId: anyText,
    contentType: anyText,
    properties: entriesOf(property),
    body,
  },
  { requiredKeys: ['persistent', 'priority', 'properties', 'body'] },
) as fc.Arbitrary<MessageView>;

/** Everything a view says, with plain byte arrays, and without what is absent. */
function said(message: MessageView): unknown {
  const plain = (item: unknown): unknown => {
    if (item instanceof Uint8Array) return [...item];
    if (item instanceof Map) return [...item].map(plain);
    if (Array.isArray(item)) return item.map(plain);
    if (typeof item !== 'object' || item === null) return item;
    const names = ['type', 'value', 'name', 'kind', 'text', 'bytes', 'entries', 'items'];
    names.push('contentType');
    return names.map((name) => plain(Reflect.get(item, name)));
  };
  const { messageId, correlationId, destination, replyTo, type, persistent, priority } = message;
  const { timestamp, expiresAt, deliverAt, userId, contentType, properties } = message;
  const headers = [messageId, correlationId, destination, replyTo, type, persistent, priority];
  return plain([
    ...headers,
    timestamp,
    expiresAt,
    deliverAt,
    userId,
    contentType,
    properties,
    message.body,
  ]);
}

test('what is decoded is what was encoded', (t) => {
  fc.assert(
    fc.property(view, (message) => {
      t.deepEqual(said(decodeNative(encodeNative(message))), said(message));
    }),
    { numRuns: 500 },
  );
});

test('encoding is stable after one round', (t) => {
  fc.assert(
    fc.property(view, (message) => {
      const once = encodeNative(message);
      t.deepEqual(encodeNative(decodeNative(once)), once);
    }),
  );
});

test('large texts and bytes', (t) => {
  const common = { persistent: true, priority: 9, properties: new Map() };
  for (const large of ['x'.repeat(3_000_000), 'é'.repeat(1_000_000), '\ud800'.repeat(100_000)]) {
    const message: MessageView = { ...common, body: { kind: 'text', text: large } };
    const read = decodeNative(encodeNative(message)).body;
    t.true(read.kind === 'text' && read.text === large);
  }
});

test('a message that moves to another slab while its properties are written', (t) => {
  // Small ones first, each of another size, so that the end of a slab comes at any place of it.
  const common = { persistent: true, priority: 4, body: { kind: 'text' as const, text: 'b' } };
  for (let n = 0; n < 3000; n++) {
    const value = { type: 'string' as const, value: 'v'.repeat(200 + (n % 97)) };
    const properties = new Map([
      ['a', value],
      ['b', value],
    ]);
    const read = decodeNative(encodeNative({ ...common, properties }));
    t.true(read.body.kind === 'text' && read.body.text === 'b');
    t.is(read.properties.get('b')?.value, value.value);
  }
});

function wrong(input: Buffer): void {
  try {
    said(decodeNative(input));
  } catch (error) {
    if (!(error instanceof MalformedMessageError)) throw error;
  }
}

test('arbitrary bytes are a message or a MalformedMessageError', (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (input) => {
      wrong(Buffer.from(input));
      wrong(Buffer.from([0xa6, ...input]));
    }),
    { numRuns: 2000 },
  );
  t.throws(() => decodeNative(Buffer.alloc(0)), { instanceOf: MalformedMessageError });
});

test('cut or mutated messages are a message or a MalformedMessageError', (t) => {
  fc.assert(
    fc.property(view, fc.nat(), fc.integer({ min: 0, max: 255 }), (message, at, byte) => {
      const good = encodeNative(message);
      const cut = at % good.length;
      t.throws(() => said(decodeNative(good.subarray(0, cut))), {
        instanceOf: MalformedMessageError,
      });
      good[cut] = byte;
      wrong(good);
    }),
    { numRuns: 1000 },
  );
});
