import { deepEqual } from 'node:assert/strict';
import test from 'ava';
import fc from 'fast-check';
import { type Body, DEFAULT_HEADER, Message, type MessageView, type TypedValue } from '#broker';
import { stompFormat } from './message.ts';

function atRest(bytes: Buffer | string): Message {
  const buffer = Buffer.from(bytes as string);
  return new Message(stompFormat, DEFAULT_HEADER, buffer, 0, buffer.length, false);
}

function viewOf(bytes: Buffer | string): MessageView {
  return atRest(bytes).view();
}

function encoded(body: Body, more: Partial<MessageView> = {}): string {
  const properties = new Map<string, TypedValue>();
  const view = { persistent: false, priority: 4, properties, body, ...more };
  return stompFormat.encode(view).toString();
}

for (const [head, kind] of [
  ['', 'text'],
  ['content-length:2\n', 'bytes'],
  ['content-length:2\ncontent-type:text/plain; charset=utf-8\n', 'text'],
  ['content-length:2\ncontent-type:application/json\n', 'text'],
  ['content-length:2\ncontent-type:application/problem+json\n', 'text'],
  ['content-length:2\ncontent-type:application/octet-stream\n', 'bytes'],
  ['content-type:application/octet-stream\n', 'text'],
  ['content-length:2\namq-msg-type:text\n', 'text'],
  ['amq-msg-type:bytes\ncontent-type:text/plain\n', 'bytes'],
  ['content-length:2\namq-msg-type:what\n', 'bytes'],
] as const) {
  test(`a body is ${kind} with headers ${JSON.stringify(head)}`, (t) => {
    const { body } = viewOf(`destination:/queue/q\n${head}\nhi`);
    t.is(body.kind, kind);
    t.is(body.kind === 'text' ? body.text : body.kind === 'bytes' && `${body.bytes}`, 'hi');
  });
}

test('text that is not UTF-8 is bytes, so that nothing is lost', (t) => {
  const bytes = Buffer.from('destination:/queue/q\n\n\xff\xfe', 'latin1');
  t.deepEqual(viewOf(bytes).body, { kind: 'bytes', bytes: bytes.subarray(-2) });
});

test('a view has what the headers say; the rest are properties, all of them strings', (t) => {
  const message = atRest(
    'destination:/topic/prices.eu\ncorrelation-id:c\\c7\nreply-to:/remote-temp-queue/r\ntype:T\n' +
      'content-type:text/plain\nn:5\nn:6\nflag:true\ncontent-length:1\n\nx',
  );
  message.sentAt = 42;
  t.deepEqual(message.view(), {
    correlationId: 'c:7',
    destination: { kind: 'topic', name: 'prices.eu' },
    replyTo: { kind: 'temporary-queue', name: 'r' },
    type: 'T',
    contentType: 'text/plain',
    persistent: false,
    priority: 4,
    timestamp: 42,
    properties: new Map([
      ['n', { type: 'string', value: '5' }],
      ['flag', { type: 'string', value: 'true' }],
    ]),
    body: { kind: 'text', text: 'x' },
  } satisfies MessageView);
});

test('bytes, text, map, stream and object look like something to a STOMP client', (t) => {
  const long: TypedValue = { type: 'long', value: 9_007_199_254_740_993n };
  const entries = new Map<string, TypedValue>([
    ['name', { type: 'string', value: 'é"' }],
    ['big', long],
    ['ratio', { type: 'float', value: Math.fround(0.1) }],
    ['none', { type: 'null', value: null }],
    ['nan', { type: 'double', value: Number.NaN }],
    ['raw', { type: 'bytes', value: Buffer.of(1, 2, 255) }],
  ]);
  t.is(encoded({ kind: 'none' }), '\n');
  t.is(encoded({ kind: 'text', text: 'hé' }), '\nhé');
  t.is(encoded({ kind: 'text', text: null }), '\n');
  t.is(encoded({ kind: 'bytes', bytes: Buffer.from('a\0b') }), 'content-length:3\n\na\0b');
  t.is(
    encoded({ kind: 'map', entries }),
    'content-type:application/json\ntransformation:jms-map-json\n\n' +
      '{"name":"é\\"","big":9007199254740993,"ratio":0.1,"none":null,"nan":"NaN","raw":"AQL/"}',
  );
  t.is(
    encoded({ kind: 'stream', items: [long, { type: 'char', value: 'x' }] }),
    'content-type:application/json\ntransformation:jms-stream-json\n\n[9007199254740993,"x"]',
  );
  t.is(
    encoded({ kind: 'object', bytes: Buffer.from('{"a":1}'), contentType: 'application/json' }),
    'content-type:application/json\ntransformation:jms-object-json\n\n{"a":1}',
  );
  t.is(
    encoded({ kind: 'object', bytes: Buffer.of(1), contentType: 'application/x-java' }),
    'content-length:1\ncontent-type:application/x-java\n\n\x01',
  );
});

test('text with a NUL travels with a length, and is still text', (t) => {
  const bytes = encoded({ kind: 'text', text: 'a\0b' });
  t.regex(bytes, /^content-length:3\n/);
  t.deepEqual(viewOf(bytes).body, { kind: 'text', text: 'a\0b' });
});

test('[JMS 3.5.4] typed properties are text without loss of a digit', (t) => {
  const properties = new Map<string, TypedValue>([
    ['b', { type: 'boolean', value: true }],
    ['l', { type: 'long', value: -9_223_372_036_854_775_808n }],
    ['f', { type: 'float', value: Math.fround(16_777_217.3) }],
    ['g', { type: 'float', value: Math.fround(1.1754943508222875e-38) }],
    ['d', { type: 'double', value: 0.1 + 0.2 }],
    ['z', { type: 'double', value: -0 }],
  ]);
  t.is(
    encoded({ kind: 'none' }, { properties }),
    'b:true\nl:-9223372036854775808\nf:16777217\ng:1.1754944e-38\nd:0.30000000000000004\nz:-0\n\n'.replace(
      'f:16777217',
      `f:${Math.fround(16_777_217.3)}`,
    ),
  );
});

test('a property cannot pass for a header of the protocol, nor end the frame', (t) => {
  const text = (value: string): TypedValue => ({ type: 'string', value });
  const properties = new Map([
    ['content-length', text('999')],
    ['subscription', text('x')],
    ['destination', text('/queue/other')],
    ['', text('nameless')],
    ['a:b\nc', text('1\n\nx\0y')],
  ]);
  t.is(encoded({ kind: 'none' }, { properties }), 'a\\cb\\nc:1\\n\\nx\ufffdy\n\n');
});

const text = fc
  .string({ unit: 'binary', maxLength: 20 })
  .map((value) => value.replaceAll('\0', ''));
const name = fc.string({ minLength: 1, maxLength: 8 }).map((value) => `p${value}`);
const views: fc.Arbitrary<MessageView> = fc.record(
  {
    messageId: text,
    correlationId: text,
    type: text,
    userId: text,
    destination: fc.record(
      { kind: fc.constantFrom('queue', 'topic'), name: text },
      { noNullPrototype: true },
    ),
    properties: fc
      .array(fc.tuple(name, text))
      .map(
        (list) => new Map(list.map(([key, value]) => [key, { type: 'string', value }] as const)),
      ),
    body: fc.oneof(
      fc.string({ unit: 'binary' }).map((value) => ({ kind: 'text' as const, text: value })),
      fc.uint8Array().map((bytes) => ({ kind: 'bytes' as const, bytes: Buffer.from(bytes) })),
    ),
    persistent: fc.constant(false),
    priority: fc.constant(4),
  },
  { requiredKeys: ['properties', 'body', 'persistent', 'priority'], noNullPrototype: true },
) as fc.Arbitrary<MessageView>;

test('a text or bytes message with string properties comes back as it was', (t) => {
  fc.assert(
    fc.property(views, (view) => {
      const bytes = stompFormat.encode(view);
      deepEqual(viewOf(bytes), view);
      deepEqual(stompFormat.encode(viewOf(bytes)), bytes);
    }),
  );
  t.pass();
});
