import test from 'ava';
import fc from 'fast-check';
import type { Body, MessageView, TypedValue } from '#broker';
import { DEFAULT_HEADER, Message } from '#broker';
import { copyDelivery, DeliveryPlan, planDelivery } from './delivery-plan.ts';
import { encodeValue } from './encoder.ts';
import { ProtocolError } from './errors.ts';
import { amqp1, MessageScan, readTo, scanMessage } from './message.ts';
import { AMQP_OBJECT } from './message-view.ts';
import type { Value } from './types.ts';
import { described, FALSE, NULL, string, symbol, TRUE, uint } from './types.ts';

const NOW = 1_700_000_000_000;

function list(code: number, ...value: Value[]): Buffer {
  return encodeValue(described(code, { type: 'list', value }));
}

function map(code: number, entries: readonly (readonly [Value, Value])[]): Buffer {
  return encodeValue(described(code, { type: 'map', value: entries }));
}

function section(code: number, value: Value): Buffer {
  return encodeValue(described(code, value));
}

const byte = (value: number): Value => ({ type: 'byte', value });
const ubyte = (value: number): Value => ({ type: 'ubyte', value });
const timestamp = (value: number): Value => ({ type: 'timestamp', value: BigInt(value) });
const binary = (value: string): Value => ({ type: 'binary', value: Buffer.from(value) });
const bodySection = section(0x77, string('hello'));

function scan(...sections: Buffer[]): MessageScan {
  const buffer = Buffer.concat([Buffer.from('xx'), ...sections, Buffer.from('y')]);
  const into = new MessageScan();
  scanMessage(buffer, 2, buffer.length - 1, NOW, into);
  return into;
}

/** A message as the engine makes it. */
function messageOf(...sections: Buffer[]): Message {
  const buffer = Buffer.concat(sections);
  const into = new MessageScan();
  scanMessage(buffer, 0, buffer.length, NOW, into);
  return new Message(amqp1, into, buffer, 0, buffer.length, false);
}

function deliver(message: Message, attempts: number, step = 1_000_000): Buffer {
  const plan = new DeliveryPlan();
  const total = planDelivery(message, attempts, 0, plan);
  const out = Buffer.alloc(total);
  let at = 0;
  while (at < total) at = copyDelivery(plan, at, Math.min(step, total - at), out, at);
  return out;
}

test('[AMQP 3.2.1] header and expiry are found by the scan', (t) => {
  const defaults = { persistent: false, priority: 4, expiresAt: 0, ttlMs: 0, toStart: -1 };
  t.like(scan(bodySection), defaults);
  t.like(scan(list(0x70), bodySection), defaults);
  t.like(scan(list(0x70, TRUE, ubyte(9), uint(500)), bodySection), {
    persistent: true,
    priority: 9,
    expiresAt: NOW + 500,
    ttlMs: 500,
  });
  t.like(scan(list(0x70, FALSE, ubyte(200), uint(0))), { priority: 9, expiresAt: 0 });
  const to = string('orders');
  const expiring = list(0x73, NULL, NULL, to, NULL, NULL, NULL, NULL, NULL, timestamp(NOW + 7));
  t.like(scan(expiring, bodySection), { expiresAt: NOW + 7, absoluteExpiryAt: NOW + 7 });
  t.like(scan(list(0x70, NULL, NULL, uint(3)), expiring), { expiresAt: NOW + 3 });
});

test('[JMS mapping] a message without link address says where it goes', (t) => {
  const read = (...sections: Buffer[]) => {
    const buffer = Buffer.concat(sections);
    const into = new MessageScan();
    scanMessage(buffer, 0, buffer.length, NOW, into);
    return readTo(buffer, into);
  };
  const to = (name: string) => list(0x73, NULL, NULL, string(name));
  const kind = (name: string, value: Value) =>
    map(0x72, [
      [{ type: 'ulong', value: 1n }, NULL],
      [symbol(name), value],
    ]);
  t.is(read(bodySection), undefined);
  t.deepEqual(read(to('a')), { name: 'a' });
  t.deepEqual(read(to('topic://a')), { name: 'a', kind: 'topic' });
  t.deepEqual(read(kind('x-opt-jms-dest', byte(1)), to('a')), { name: 'a', kind: 'topic' });
  t.deepEqual(read(kind('x-opt-jms-dest', byte(2)), to('a')), {
    name: 'a',
    kind: 'temporary-queue',
  });
  t.deepEqual(read(kind('x-opt-to-type', string('topic,temporary')), to('a')), {
    name: 'a',
    kind: 'temporary-topic',
  });
});

test('[AMQP 3.2] sections out of order, unknown or misshapen are refused', (t) => {
  const header = list(0x70);
  const properties = list(0x73);
  const data = section(0x75, binary('a'));
  const sequence = list(0x76, NULL);
  t.notThrows(() => scan(data, data, map(0x78, [])));
  t.notThrows(() => scan(sequence, sequence));
  t.notThrows(() => scan());
  const refused: readonly (readonly [Buffer[], RegExp])[] = [
    [[properties, header], /section 0x70 .* may not follow 0x73/],
    [[header, header], /may not follow/],
    [[bodySection, bodySection], /may not follow/],
    [[data, sequence], /section 0x76 .* may not follow 0x75/],
    [[sequence, bodySection], /may not follow/],
    [[map(0x78, []), data], /may not follow/],
    [[section(0x75, string('x'))], /constructor 0xa1/],
    [[section(0x74, NULL)], /constructor 0x40/],
    [[section(0x28, NULL)], /no message section begins at offset 2/],
    [[Buffer.from('hello')], /no message section/],
    [[data.subarray(0, 4)], /beyond its end/],
    [[list(0x70, uint(1))], /header: boolean expected/],
    [[list(0x73, NULL, NULL, uint(1))], /properties: string expected/],
  ];
  for (const [sections, message] of refused) {
    const error = t.throws(() => scan(...sections), { instanceOf: ProtocolError, message });
    t.is(error.condition, 'amqp:decode-error');
    t.is(error.scope, 'link');
  }
});

test('[AMQP 3.2.1] a first delivery passes bit for bit', (t) => {
  const rest = [
    map(0x72, [[symbol('x'), TRUE]]),
    list(0x73, string('ID:1')),
    map(0x74, [[string('n'), { type: 'short', value: 5 }]]),
    bodySection,
    map(0x78, [[symbol('f'), NULL]]),
  ];
  for (const head of [[], [list(0x70)], [list(0x70, TRUE, ubyte(5), uint(9), TRUE)]]) {
    const message = messageOf(...head, ...rest);
    for (const step of [1, 7, 1000]) t.deepEqual(deliver(message, 0, step), message.bytes());
  }
});

test('[AMQP 3.2.2] delivery annotations end at the hop they were for', (t) => {
  const annotations = map(0x71, [[symbol('x-opt-hop'), TRUE]]);
  const header = list(0x70, TRUE);
  const rest = [list(0x73, string('ID:1')), bodySection];
  for (const step of [1, 3, 1000]) {
    const expected = Buffer.concat([header, ...rest]);
    t.deepEqual(deliver(messageOf(header, annotations, ...rest), 0, step), expected);
    t.deepEqual(deliver(messageOf(annotations, ...rest), 0, step), Buffer.concat(rest));
  }
});

test('[AMQP 3.2.1] only delivery-count changes when a delivery is repeated', (t) => {
  const annotations = map(0x71, []);
  const rest = [map(0x74, [[string('n'), ubyte(5)]]), section(0x75, binary('x')), map(0x78, [])];
  const cases: readonly (readonly [Value[] | undefined, number, Value[]])[] = [
    [undefined, 2, [NULL, NULL, NULL, NULL, uint(2)]],
    [[], 300, [NULL, NULL, NULL, NULL, uint(300)]],
    [[TRUE, ubyte(9), uint(70_000)], 1, [TRUE, ubyte(9), uint(70_000), NULL, uint(1)]],
    [[FALSE, NULL, NULL, TRUE, uint(1)], 2, [FALSE, NULL, NULL, FALSE, uint(2)]],
    [[TRUE, NULL, NULL, TRUE, uint(5)], 0, [TRUE, NULL, NULL, TRUE, uint(0)]],
  ];
  for (const [fields, attempts, expected] of cases) {
    const head = fields === undefined ? [] : [list(0x70, ...fields)];
    for (const between of [[], [annotations]]) {
      const message = messageOf(...head, ...between, ...rest);
      for (const step of [1, 5, 1000]) {
        t.deepEqual(
          deliver(message, attempts, step),
          Buffer.concat([list(0x70, ...expected), ...rest]),
        );
      }
    }
  }
});

// --- the JMS view ---------------------------------------------------------------------------

const text = fc.string({ unit: 'binary', maxLength: 30 });
const bytes = fc.uint8Array({ maxLength: 30 }).map((array) => Buffer.from(array));
const typed = (type: string, values: fc.Arbitrary<unknown>): fc.Arbitrary<TypedValue> =>
  values.map((value) => ({ type, value }) as TypedValue);
const property = fc.oneof(
  typed('boolean', fc.boolean()),
  typed('byte', fc.integer({ min: -128, max: 127 })),
  typed('short', fc.integer({ min: -(2 ** 15), max: 2 ** 15 - 1 })),
  typed('int', fc.integer()),
  typed('long', fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n)),
  typed('float', fc.float()),
  typed('double', fc.double()),
  typed('string', text),
  typed('null', fc.constant(null)),
);
const item = fc.oneof(
  property,
  typed(
    'char',
    fc.nat(0xffff).map((code) => String.fromCharCode(code)),
  ),
  typed('bytes', bytes),
);
const body: fc.Arbitrary<Body> = fc.oneof(
  fc.constant<Body>({ kind: 'none' }),
  fc.record(
    { kind: fc.constant('text' as const), text: fc.option(text) },
    { noNullPrototype: true },
  ),
  fc.record({ kind: fc.constant('bytes' as const), bytes }, { noNullPrototype: true }),
  fc.array(fc.tuple(text, item), { maxLength: 4 }).map((entries) => ({
    kind: 'map' as const,
    entries: new Map(entries),
  })),
  fc.array(item, { maxLength: 4 }).map((items) => ({ kind: 'stream' as const, items })),
  bytes.map((object) => ({
    kind: 'object' as const,
    bytes: object,
    contentType: 'application/x-java-serialized-object',
  })),
);
const address = fc.record(
  {
    kind: fc.constantFrom('queue', 'topic', 'temporary-queue', 'temporary-topic'),
    name: text.filter((name) => !name.includes('://')),
  },
  { noNullPrototype: true },
);
const words = fc.constantFrom(
  'ID:1',
  'ID:AMQP_ULONG:5',
  'ID:AMQP_BINARY:0AFF',
  'ID:AMQP_NO_PREFIX:x',
);
const view: fc.Arbitrary<MessageView> = fc.record(
  {
    persistent: fc.boolean(),
    priority: fc.nat(9),
    properties: fc.array(fc.tuple(text, property), { maxLength: 4 }).map((all) => new Map(all)),
    body,
    messageId: words,
    correlationId: fc.oneof(
      words.filter((id) => !id.includes('BINARY') && !id.includes('NO_')),
      bytes,
    ),
    destination: address,
    replyTo: address,
    type: text,
    timestamp: fc.nat(),
    expiresAt: fc.integer({ min: 1 }),
    userId: text,
  },
  { requiredKeys: ['persistent', 'priority', 'properties', 'body'], noNullPrototype: true },
) as fc.Arbitrary<MessageView>;

test('[JMS mapping] every view survives encoding, for all bodies and property types', (t) => {
  fc.assert(
    fc.property(view, (original) => {
      const encoded = amqp1.encode(original);
      const read = messageOf(encoded).view();
      const { body: made } = original;
      const contentType =
        made.kind === 'bytes'
          ? 'application/octet-stream'
          : made.kind === 'object'
            ? made.contentType
            : undefined;
      t.deepEqual(read, contentType === undefined ? original : { ...original, contentType });
      t.deepEqual(amqp1.encode(read), encoded);
    }),
    { numRuns: 1000 },
  );
});

test('[JMS mapping] arbitrary and damaged messages have a view or are refused by the scan', (t) => {
  const changes = fc.array(fc.tuple(fc.nat(), fc.nat(0xff)), { maxLength: 5 });
  fc.assert(
    fc.property(view, changes, (original, damages) => {
      const encoded = amqp1.encode(original);
      for (const [at, value] of damages) encoded[at % encoded.length] = value;
      let message: Message;
      try {
        message = messageOf(encoded);
      } catch (error) {
        t.true(error instanceof ProtocolError, String(error));
        return;
      }
      // Once past the scan nothing fails, and what was understood is stable.
      const once = amqp1.encode(message.view());
      const twice = amqp1.encode(messageOf(once).view());
      t.deepEqual(twice, amqp1.encode(messageOf(twice).view()));
      deliver(message, 3, 10);
    }),
    { numRuns: 3000 },
  );
  t.pass();
});

test('[JMS mapping] a message of Qpid JMS has the header and annotations of its kind', (t) => {
  const encoded = amqp1.encode({
    messageId: 'ID:1',
    destination: { kind: 'topic', name: 'prices' },
    replyTo: { kind: 'temporary-queue', name: 'answers' },
    type: 'word',
    persistent: true,
    priority: 7,
    timestamp: 1,
    expiresAt: 2,
    userId: 'anna',
    correlationId: 'c',
    properties: new Map<string, TypedValue>([
      ['JMSXGroupID', { type: 'string', value: 'g' }],
      ['JMSXGroupSeq', { type: 'int', value: -1 }],
      ['n', { type: 'short', value: 5 }],
    ]),
    body: { kind: 'text', text: 'hi' },
  });
  const expected = Buffer.concat([
    list(0x70, TRUE, ubyte(7)),
    map(0x72, [
      [symbol('x-opt-jms-msg-type'), byte(5)],
      [symbol('x-opt-jms-dest'), byte(1)],
      [symbol('x-opt-jms-reply-to'), byte(2)],
    ]),
    list(
      0x73,
      string('ID:1'),
      binary('anna'),
      string('prices'),
      string('word'),
      string('answers'),
      string('c'),
      NULL,
      NULL,
      timestamp(2),
      timestamp(1),
      string('g'),
      uint(0xffff_ffff),
    ),
    map(0x74, [[string('n'), { type: 'short', value: 5 }]]),
    section(0x77, string('hi')),
  ]);
  t.deepEqual(encoded, expected);
});

test('[JMS mapping] bodies without annotation are what their sections suggest', (t) => {
  const of = (contentType: string | undefined, ...sections: Buffer[]): Body => {
    const nulls = Array<Value>(6).fill(NULL);
    const properties = contentType === undefined ? [] : [list(0x73, ...nulls, symbol(contentType))];
    return messageOf(...properties, ...sections).view().body;
  };
  const data = (value: string) => section(0x75, binary(value));
  const bytesBody = (value: string): Body => ({ kind: 'bytes', bytes: Buffer.from(value) });
  const textBody = (value: string | null): Body => ({ kind: 'text', text: value });
  t.deepEqual(of(undefined), { kind: 'none' });
  t.deepEqual(of(undefined, data('a'), data('b')), bytesBody('ab'));
  t.deepEqual(of('application/octet-stream', data('a')), bytesBody('a'));
  t.deepEqual(of('image/png', data('a')), bytesBody('a'));
  t.deepEqual(of('text/plain', data('é')), textBody('é'));
  t.deepEqual(of('Application/Foo+JSON; charset="utf-8"', data('{}')), textBody('{}'));
  t.deepEqual(of('text/plain; charset=utf-16le', data('a\0')), textBody('a'));
  t.deepEqual(of('text/plain; charset=unheard-of', data('a')), bytesBody('a'));
  t.deepEqual(of('application/x-java-serialized-object', data('a')), {
    kind: 'object',
    bytes: Buffer.from('a'),
    contentType: 'application/x-java-serialized-object',
  });
  t.deepEqual(of(undefined, bodySection), textBody('hello'));
  t.deepEqual(of(undefined, section(0x77, NULL)), textBody(null));
  t.deepEqual(of(undefined, section(0x77, binary('a'))), bytesBody('a'));
  const object = { kind: 'object', bytes: encodeValue(uint(7)), contentType: AMQP_OBJECT } as const;
  t.deepEqual(of(undefined, section(0x77, uint(7))), object);
  t.is(of(undefined, list(0x76, NULL)).kind, 'object');
  const again = messageOf(section(0x77, uint(7)));
  t.true(amqp1.encode(again.view()).includes(section(0x77, uint(7))));
});

test('[JMS mapping] types that JMS does not have become the nearest it has', (t) => {
  const properties = messageOf(
    map(0x74, [
      [string('ubyte'), ubyte(255)],
      [string('ushort'), { type: 'ushort', value: 65535 }],
      [string('uint'), uint(0xffff_ffff)],
      [string('ulong'), { type: 'ulong', value: 7n }],
      [string('huge'), { type: 'ulong', value: 2n ** 64n - 1n }],
      [string('char'), { type: 'char', value: 0x1f600 }],
      [string('time'), timestamp(5)],
      [string('symbol'), symbol('s')],
      [string('uuid'), { type: 'uuid', value: Buffer.alloc(16, 0xab) }],
      [string('binary'), binary('x')],
      [string('list'), { type: 'list', value: [] }],
      [uint(1), string('no name')],
    ]),
  ).view().properties;
  t.deepEqual(
    [...properties],
    [
      ['ubyte', { type: 'short', value: 255 }],
      ['ushort', { type: 'int', value: 65535 }],
      ['uint', { type: 'long', value: 4294967295n }],
      ['ulong', { type: 'long', value: 7n }],
      ['huge', { type: 'string', value: '18446744073709551615' }],
      ['char', { type: 'string', value: '😀' }],
      ['time', { type: 'long', value: 5n }],
      ['symbol', { type: 'string', value: 's' }],
      ['uuid', { type: 'string', value: 'abababab-abab-abab-abab-abababababab' }],
    ],
  );
});

test('[JMS mapping] ids of every AMQP type have a JMS form that leads back', (t) => {
  const ids: readonly (readonly [Value, string, string | Buffer])[] = [
    [string('ID:1'), 'ID:1', 'ID:1'],
    [string('x'), 'ID:AMQP_NO_PREFIX:x', 'x'],
    [string('ID:AMQP_UUID:x'), 'ID:AMQP_STRING:ID:AMQP_UUID:x', 'ID:AMQP_STRING:ID:AMQP_UUID:x'],
    [{ type: 'ulong', value: 5n }, 'ID:AMQP_ULONG:5', 'ID:AMQP_ULONG:5'],
    [binary('\n'), 'ID:AMQP_BINARY:0A', Buffer.from('\n')],
    [
      { type: 'uuid', value: Buffer.alloc(16, 1) },
      'ID:AMQP_UUID:01010101-0101-0101-0101-010101010101',
      'ID:AMQP_UUID:01010101-0101-0101-0101-010101010101',
    ],
  ];
  for (const [id, messageId, correlationId] of ids) {
    const message = messageOf(list(0x73, id, NULL, NULL, NULL, NULL, id), bodySection);
    t.like(message.view(), { messageId, correlationId });
    t.deepEqual(messageOf(amqp1.encode(message.view())).view().messageId, messageId);
    t.true(amqp1.encode(message.view()).includes(encodeValue(id)));
  }
  const odd = 'ID:AMQP_ULONG:99999999999999999999';
  const encoded = amqp1.encode({
    ...DEFAULT_HEADER,
    messageId: odd,
    properties: new Map(),
    body: { kind: 'none' },
  } as MessageView);
  t.true(encoded.includes(encodeValue(string(odd))));
});
