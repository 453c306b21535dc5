import test from 'ava';
import { DEFAULT_HEADER, Message, Note, type TypedValue } from '#broker';
import { copyDelivery, DeliveryPlan, planDelivery } from './delivery-plan.ts';
import { encodeValue } from './encoder.ts';
import { amqp1, MessageScan, scanMessage } from './message.ts';
import { described, NULL, string, symbol, TRUE, uint, type Value } from './types.ts';

const NOW = 1_700_000_000_000;

function list(code: number, ...value: Value[]): Buffer {
  return encodeValue(described(code, { type: 'list', value }));
}

function map(code: number, ...entries: readonly (readonly [Value, Value])[]): Buffer {
  return encodeValue(described(code, { type: 'map', value: entries }));
}

const body = encodeValue(described(0x77, string('hello')));
const timestamp = (value: number): Value => ({ type: 'timestamp', value: BigInt(value) });

function scan(...sections: Buffer[]): MessageScan {
  const buffer = Buffer.concat(sections);
  const into = new MessageScan();
  scanMessage(buffer, 0, buffer.length, NOW, into);
  return into;
}

function messageOf(...sections: Buffer[]): Message {
  const buffer = Buffer.concat(sections);
  return new Message(amqp1, scan(buffer), buffer, 0, buffer.length, false);
}

function deliver(message: Message, nowMs: number, attempts = 0): Buffer {
  const plan = new DeliveryPlan();
  const out = Buffer.alloc(planDelivery(message, attempts, nowMs, plan));
  copyDelivery(plan, 0, out.length, out, 0);
  return out;
}

test('[AMQP 3.2.1] the ttl of what waited is what is left of it', (t) => {
  const message = messageOf(list(0x70, TRUE, NULL, uint(500)), body);
  t.deepEqual(deliver(message, NOW), Buffer.concat([list(0x70, TRUE, NULL, uint(500)), body]));
  const left = Buffer.concat([list(0x70, TRUE, NULL, uint(300), NULL, uint(0)), body]);
  t.deepEqual(deliver(message, NOW + 200), left);
  // What is delivered in its last moment is not delivered as if it lived for ever.
  const last = Buffer.concat([list(0x70, TRUE, NULL, uint(1), NULL, uint(2)), body]);
  t.deepEqual(deliver(message, NOW + 900, 2), last);
});

test('[JMS mapping] a delivery time, or a delay, is found by the scan', (t) => {
  const at = (value: Value): number =>
    scan(map(0x72, [symbol('x-opt-delivery-time'), value])).deliverAt;
  const after = (value: Value): number =>
    scan(map(0x72, [symbol('x-opt-delivery-delay'), value])).deliverAt;
  t.is(at({ type: 'long', value: 77n }), 77);
  t.is(at(timestamp(78)), 78);
  t.is(at(string('soon')), 0);
  t.is(at({ type: 'long', value: -1n }), 0);
  t.is(after({ type: 'ulong', value: 5n }), NOW + 5);
  t.is(after(uint(6)), NOW + 6);
  t.is(after(uint(0)), 0);
  const both = map(
    0x72,
    [symbol('x-opt-jms-msg-type'), { type: 'byte', value: 5 }],
    [{ type: 'ulong', value: 1n }, NULL],
    [symbol('x-opt-delivery-delay'), uint(6)],
    [symbol('x-opt-delivery-time'), timestamp(78)],
  );
  t.is(scan(both).deliverAt, 78);
});

test('[AMQP 3.2.4] the group of a message is found by the scan', (t) => {
  const fields: Value[] = Array(10).fill(NULL);
  const properties = (...more: Value[]) => list(0x73, ...fields, ...more);
  t.like(scan(properties(string('g'), uint(7)), body), { group: 'g', groupSequence: 7 });
  t.like(scan(properties(string('g'), uint(0xffff_ffff)), body), { groupSequence: -1 });
  t.like(scan(properties(string('g')), body), { group: 'g', groupSequence: 0 });
  t.like(scan(properties(NULL, uint(7)), body), { group: undefined, groupSequence: 0 });
});

test('an id against duplicates is found by the scan', (t) => {
  const given = (value: Value) => scan(map(0x74, [string('_AMQ_DUPL_ID'), value])).duplicateId;
  t.is(given(string('x')), 'x');
  t.is(given({ type: 'binary', value: Buffer.from('x') }), '78');
  t.is(scan(map(0x74, [string('other'), string('x')])).duplicateId, undefined);
});

test('[AMQP 1.6.23] a map that does not add up is refused with its message', (t) => {
  const odd = Buffer.from([0, 0x53, 0x72, 0xc1, 3, 1, 0xa3, 0]);
  t.throws(() => scan(odd, body), { message: /odd count/ });
  const short = Buffer.from([0, 0x53, 0x74, 0xc1, 3, 4, 0xa1, 0]);
  t.throws(() => scan(short, body), { message: /message:/ });
});

/** What it means, whatever the order of its properties. */
function sorted(message: Message): unknown {
  const view = message.view();
  return { ...view, properties: [...view.properties].sort(([a], [b]) => a.localeCompare(b)) };
}

const NOTES: ReadonlyMap<string, TypedValue> = new Map<string, TypedValue>([
  [Note.origin, { type: 'string', value: 'queue://orders' }],
  [Note.cause, { type: 'string', value: 'expired' }],
  [Note.deliveryCount, { type: 'int', value: 3 }],
  [Note.time, { type: 'long', value: 5n }],
]);

for (const [what, sections] of [
  ['nothing but a body', [body]],
  [
    'all sections',
    [
      list(0x70, TRUE, NULL, uint(500)),
      map(0x71, [symbol('hop'), TRUE]),
      map(0x72, [symbol('x'), { type: 'byte', value: 5 }]),
      list(0x73, string('ID:1'), ...Array(7).fill(NULL), timestamp(NOW + 1), timestamp(NOW)),
      map(0x74, [string('n'), { type: 'short', value: 1 }], [string(Note.cause), string('old')]),
      body,
      map(0x78, [symbol('f'), NULL]),
    ],
  ],
  ['properties, and no map', [list(0x73, string('ID:1')), body]],
] as const) {
  test(`a dead letter shows the same to AMQP and to every other protocol: ${what}`, (t) => {
    const letter = messageOf(...sections).annotated(NOTES);
    const bytes = deliver(letter, NOW + 1000);
    const into = new MessageScan();
    scanMessage(bytes, 0, bytes.length, NOW, into);
    const received = new Message(amqp1, into, bytes, 0, bytes.length, false);
    t.deepEqual(sorted(received), sorted(letter));
    t.is(into.expiresAt, 0, 'it does not expire once more');
    t.true(bytes.includes('x-opt-ORIG-QUEUE'));
    const at = bytes.indexOf('x-opt-ORIG-QUEUE') + 18;
    t.is(bytes.toString('latin1', at, at + 6), 'orders');
    t.false(bytes.includes('hop'));
  });
}

test('a message of another protocol becomes a dead letter as well', (t) => {
  const plain = {
    name: 'plain',
    view: () => ({
      persistent: false,
      priority: 4,
      properties: new Map(),
      body: { kind: 'none' as const },
    }),
    encode: () => Buffer.alloc(0),
  };
  const letter = new Message(plain, DEFAULT_HEADER, body, 0, body.length, false).annotated(NOTES);
  t.true(deliver(letter, NOW).includes(Note.origin));
});
