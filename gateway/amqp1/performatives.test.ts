import test from 'ava';
import fc from 'fast-check';
import type { DeliveryState } from './delivery-state.ts';
import { ACCEPTED, RELEASED } from './delivery-state.ts';
import {
  DISPOSITION_BYTES_MAX,
  DispositionFields,
  encodeDisposition,
  readDisposition,
  writeDisposition,
} from './disposition.ts';
import { encodeValue } from './encoder.ts';
import { ProtocolError } from './errors.ts';
import { FLOW_BYTES_MAX, FlowFields, readFlow, writeFlow } from './flow.ts';
import { sealFrame } from './frame.ts';
import type { Draft, Performative, SaslPerformative } from './performatives.ts';
import {
  DISPOSITION,
  encodeFrame,
  FLOW,
  performativeCode,
  readPerformative,
  TRANSFER,
} from './performatives.ts';
import { lifetimePolicyOf, lifetimePolicyValue } from './terminus.ts';
import {
  readTransfer,
  TRANSFER_HEAD_BYTES_MAX,
  TransferFields,
  writeTransfer,
  writeTransferContinuation,
} from './transfer.ts';
import type { Value } from './types.ts';
import { described, NULL, string, symbol, symbols, TRUE, uint } from './types.ts';

const uint32 = fc.oneof(fc.nat(300), fc.nat(0xffff_ffff));
const ushort = fc.nat(0xffff);
const text = fc.string({ unit: 'binary', maxLength: 20 });
const ascii = fc.string({ unit: 'binary-ascii', maxLength: 20 });
const names = fc.array(ascii, { maxLength: 3 });
const binary = fc.uint8Array({ maxLength: 20 }).map((array) => Buffer.from(array));
const fields = fc
  .array(fc.tuple(ascii, fc.oneof(text.map(string), uint32.map(uint), fc.constant(TRUE))), {
    maxLength: 3,
  })
  .map((entries) => new Map<string, Value>(entries));

/** A record whose optional keys may be missing. */
function record(
  kind: string,
  required: Record<string, fc.Arbitrary<unknown>>,
  optional: Record<string, fc.Arbitrary<unknown>> = {},
): fc.Arbitrary<object> {
  const all = { kind: fc.constant(kind), ...required, ...optional };
  const requiredKeys = ['kind', ...Object.keys(required)] as 'kind'[];
  return fc.record(all, { requiredKeys, noNullPrototype: true });
}

const error = record('x', { condition: ascii }, { description: text, info: fields }).map(
  ({ kind, ...rest }: { kind?: string }) => rest,
);
const outcome = fc.oneof(
  fc.constant(ACCEPTED),
  fc.constant(RELEASED),
  record('rejected', {}, { error }),
  record(
    'modified',
    {},
    {
      deliveryFailed: fc.boolean(),
      undeliverableHere: fc.boolean(),
      messageAnnotations: fields.filter((map) => map.size > 0),
    },
  ),
) as fc.Arbitrary<DeliveryState>;
const state = fc.oneof(
  outcome,
  record('received', {
    sectionNumber: uint32,
    sectionOffset: fc.bigInt(0n, 2n ** 64n - 1n),
  }),
  record('declared', { txnId: binary }),
  record('transactional-state', { txnId: binary }, { outcome }),
) as fc.Arbitrary<DeliveryState>;

const terminus = {
  durable: fc.nat(2),
  expiryPolicy: fc.constantFrom('session-end', 'never', 'link-detach'),
  timeout: uint32,
  dynamic: fc.boolean(),
  dynamicNodeProperties: fields,
  capabilities: names,
};
const source = record(
  'source',
  { ...terminus, filter: fields, outcomes: names },
  { address: text, distributionMode: ascii, defaultOutcome: outcome },
);
const target = fc.oneof(
  record('target', terminus, { address: text }),
  record('coordinator', { capabilities: names }),
);
const extensions = { offeredCapabilities: names, desiredCapabilities: names, properties: fields };

const anyPerformative = fc.oneof(
  record(
    'open',
    {
      containerId: text,
      maxFrameSize: uint32,
      channelMax: ushort,
      outgoingLocales: names,
      incomingLocales: names,
      ...extensions,
    },
    { hostname: text, idleTimeOut: uint32 },
  ),
  record(
    'begin',
    {
      nextOutgoingId: uint32,
      incomingWindow: uint32,
      outgoingWindow: uint32,
      handleMax: uint32,
      ...extensions,
    },
    { remoteChannel: ushort },
  ),
  record(
    'attach',
    {
      name: text,
      handle: uint32,
      role: fc.constantFrom('sender', 'receiver'),
      sndSettleMode: fc.nat(2),
      rcvSettleMode: fc.nat(1),
      incompleteUnsettled: fc.boolean(),
      maxMessageSize: fc.bigInt(0n, 2n ** 64n - 1n),
      ...extensions,
    },
    { source, target, initialDeliveryCount: uint32 },
  ),
  record('detach', { handle: uint32, closed: fc.boolean() }, { error }),
  record('end', {}, { error }),
  record('close', {}, { error }),
  record('sasl-mechanisms', { mechanisms: fc.array(ascii, { minLength: 1, maxLength: 3 }) }),
  record('sasl-init', { mechanism: ascii }, { initialResponse: binary, hostname: text }),
  record('sasl-challenge', { challenge: binary }),
  record('sasl-response', { response: binary }),
  record('sasl-outcome', { code: fc.nat(4) }, { additionalData: binary }),
) as fc.Arbitrary<Performative | SaslPerformative>;

function read(frame: Buffer): Performative | SaslPerformative {
  return readPerformative(frame, 8, frame.length);
}

/** A frame body from a code and fields. */
function body(code: number, ...values: Value[]): Buffer {
  return encodeValue(described(code, { type: 'list', value: values }));
}

test('[AMQP 2.7] every performative survives encoding and decoding', (t) => {
  fc.assert(
    fc.property(anyPerformative, fc.nat(0xffff), (performative, channel) => {
      const frame = encodeFrame(channel, performative as Draft<Performative>);
      t.is(frame.readUInt32BE(0), frame.length);
      t.is(frame.readUInt16BE(6), channel);
      t.is(frame[5], performative.kind.startsWith('sasl') ? 1 : 0);
      const again = read(frame);
      t.deepEqual(again, dropEmptyInfo(performative));
      t.deepEqual(encodeFrame(channel, again as Draft<Performative>), frame);
    }),
    { numRuns: 1000 },
  );
});

/** An empty map that is optional is not sent, and so not read. */
function dropEmptyInfo<T extends object>(object: T): T {
  const entries = Object.entries(object).flatMap(([key, value]): [string, unknown][] => {
    if (key === 'info' && value instanceof Map && value.size === 0) return [];
    const plain = typeof value === 'object' && value?.constructor === Object;
    return [[key, plain ? dropEmptyInfo(value) : value]];
  });
  return Object.fromEntries(entries) as T;
}

test('[AMQP 1.4] what equals its default, and what is absent at the end, is not sent', (t) => {
  t.is(encodeFrame(0, { kind: 'open', containerId: 'a' }).toString('hex', 8), '005310c00401a10161');
  t.is(encodeFrame(0, { kind: 'close' }).toString('hex', 8), '00531845');
  t.deepEqual(read(encodeFrame(0, { kind: 'open', containerId: 'a' })), {
    kind: 'open',
    containerId: 'a',
    maxFrameSize: 0xffff_ffff,
    channelMax: 0xffff,
    outgoingLocales: [],
    incomingLocales: [],
    offeredCapabilities: [],
    desiredCapabilities: [],
    properties: new Map(),
  });
});

test('[AMQP 1.4] a single symbol may stand for an array, a name for a descriptor code', (t) => {
  const mechanisms = encodeValue({
    type: 'described',
    descriptor: symbol('amqp:sasl-mechanisms:list'),
    value: { type: 'list', value: [symbol('PLAIN')] },
  });
  t.deepEqual(readPerformative(mechanisms, 0, mechanisms.length), {
    kind: 'sasl-mechanisms',
    mechanisms: ['PLAIN'],
  });
});

test('[AMQP 2.7] wrong performatives are refused with the name of the field', (t) => {
  const cases: readonly (readonly [Buffer, string | RegExp])[] = [
    [body(0x10), "open lacks its mandatory field 'container-id'"],
    [body(0x10, NULL), "open lacks its mandatory field 'container-id'"],
    [body(0x10, uint(1)), 'open.container-id must be string, got uint'],
    [body(0x17, TRUE), 'end.error must be error, got boolean'],
    [body(0x18, NULL, NULL), 'close has 2 fields, at most 1 expected'],
    [
      body(0x12, string('n'), uint(0), TRUE, NULL, NULL, described(0x29, NULL)),
      'attach.source must be source, got a described null (41)',
    ],
    [body(0x40, { ...symbols([]), element: 'string' } as Value), /must be symbol or array of sym/],
    [encodeValue(described(0x10, TRUE)), 'open must be a list, got boolean [AMQP 1.4]'],
    [body(0x19), /no performative/],
    [body(0x70), /no performative/],
    [Buffer.from('45', 'hex'), /frame body begins with 45, which is no performative/],
    [Buffer.concat([body(0x18), Buffer.of(0x40)]), 'close ends 1 bytes before its frame does'],
  ];
  for (const [bytes, message] of cases) {
    const thrown = t.throws(() => readPerformative(bytes, 0, bytes.length), {
      instanceOf: ProtocolError,
      message,
    });
    t.is(thrown.condition, 'amqp:decode-error');
  }
});

test('[AMQP 2.7.5] a transfer is read as it was written', (t) => {
  const into = new TransferFields();
  fc.assert(
    fc.property(
      ushort,
      uint32,
      uint32,
      fc.maxSafeNat(),
      fc.boolean(),
      fc.boolean(),
      binary,
      (channel, handle, deliveryId, tag, settled, more, payload) => {
        const buffer = Buffer.alloc(5 + TRANSFER_HEAD_BYTES_MAX + payload.length);
        const start = 5;
        let at = writeTransfer(buffer, start, channel, handle, deliveryId, tag, settled, more);
        t.true(at - start <= TRANSFER_HEAD_BYTES_MAX);
        at += payload.copy(buffer, at);
        sealFrame(buffer, start, at);
        t.is(buffer.readUInt32BE(start), at - start);
        t.is(buffer.readUInt16BE(start + 6), channel);
        t.is(performativeCode(buffer, start + 8, at), TRANSFER);
        const payloadStart = readTransfer(buffer, start + 8, at, into);
        t.deepEqual(buffer.subarray(payloadStart, at), payload);
        const sent = { handle, deliveryId, messageFormat: 0, settled, more, state: undefined };
        t.like(into, sent);
        t.is(Number(`0x${buffer.toString('hex', into.tagStart, into.tagEnd)}`), tag);
      },
    ),
  );
});

test('[AMQP 2.7.5] a continuation says only its handle and whether more follows', (t) => {
  const into = new TransferFields();
  const buffer = Buffer.alloc(TRANSFER_HEAD_BYTES_MAX);
  for (const more of [true, false]) {
    const end = writeTransferContinuation(buffer, 0, 1, 300, more);
    t.is(readTransfer(buffer, 8, end, into), end);
    t.like(into, { handle: 300, deliveryId: -1, tagStart: -1, messageFormat: -1, more });
  }
});

test('[AMQP 2.7.5] a transfer is read in every encoding, with all fields', (t) => {
  const into = new TransferFields();
  // list32, uint of four bytes, vbin32, boolean with a byte, a described state.
  const list =
    'd0 00000033 0000000b 70 00000001 70 00000002 b0 00000002 abcd 52 00 56 01 56 00 50 01' +
    '00 80 0000000000000034 c0 09 02 a0 02 0102 00 53 24 45 41 42 56 01';
  const bytes = Buffer.from(`008000000000000000 14 ${list} ff`.replaceAll(' ', ''), 'hex');
  bytes.writeUInt32BE(bytes.length - 10 - 1 - 5, 11);
  const payloadStart = readTransfer(bytes, 0, bytes.length, into);
  t.is(payloadStart, bytes.length - 1);
  t.like(into, { handle: 1, deliveryId: 2, messageFormat: 0, settled: true, more: false });
  t.like(into, { rcvSettleMode: 1, resume: true, aborted: false, batchable: true });
  t.deepEqual(into.state, {
    kind: 'transactional-state',
    txnId: Buffer.from('0102', 'hex'),
    outcome: ACCEPTED,
  });
  t.is(bytes.toString('hex', into.tagStart, into.tagEnd), 'abcd');
});

test('[AMQP 2.7.6] dispositions of any state are read as they were written', (t) => {
  const into = new DispositionFields();
  const role = fc.constantFrom('sender' as const, 'receiver' as const);
  fc.assert(
    fc.property(role, uint32, uint32, fc.boolean(), state, (side, first, last, settled, sent) => {
      const frame = encodeDisposition(7, side, first, last, settled, sent);
      t.is(performativeCode(frame, 8, frame.length), DISPOSITION);
      readDisposition(frame, 8, frame.length, into);
      const expected = dropEmptyInfo(sent);
      t.deepEqual({ ...into }, { ...into, role: side, first, last, settled, state: expected });
      if (sent.kind !== 'accepted' && sent.kind !== 'released') return;
      const buffer = Buffer.alloc(DISPOSITION_BYTES_MAX);
      const end = writeDisposition(buffer, 0, 7, side, first, last, settled, sent);
      t.deepEqual(buffer.subarray(0, end), frame);
      readDisposition(buffer, 8, end, into);
      t.is(into.state, sent.kind === 'accepted' ? ACCEPTED : RELEASED);
    }),
  );
  const bytes = body(0x15, TRUE, uint(4));
  readDisposition(bytes, 0, bytes.length, into);
  t.like(into, { first: 4, last: 4, settled: false, state: undefined });
});

test('[AMQP 2.7.4] a flow is read as it was written', (t) => {
  const maybe = fc.oneof(fc.constant(-1), uint32);
  const read = new FlowFields();
  fc.assert(
    fc.property(
      fc.tuple(maybe, uint32, uint32, uint32, maybe, maybe, maybe, maybe),
      fc.boolean(),
      fc.boolean(),
      (numbers, drain, echo) => {
        const flow = new FlowFields();
        flow.nextIncomingId = numbers[0];
        flow.incomingWindow = numbers[1];
        flow.nextOutgoingId = numbers[2];
        flow.outgoingWindow = numbers[3];
        flow.handle = numbers[4];
        flow.deliveryCount = numbers[5];
        flow.linkCredit = numbers[6];
        flow.available = numbers[7];
        flow.drain = drain && flow.handle !== -1;
        flow.echo = echo;
        const buffer = Buffer.alloc(FLOW_BYTES_MAX);
        const end = writeFlow(buffer, 0, 3, flow);
        t.is(performativeCode(buffer, 8, end), FLOW);
        readFlow(buffer, 8, end, read);
        t.deepEqual(read, flow);
      },
    ),
  );
});

test('[AMQP 2.7] wrong hot performatives are refused with the name of the field', (t) => {
  const transfer = (bytes: Buffer) => readTransfer(bytes, 0, bytes.length, new TransferFields());
  const disposition = (bytes: Buffer) =>
    readDisposition(bytes, 0, bytes.length, new DispositionFields());
  const flow = (bytes: Buffer) => readFlow(bytes, 0, bytes.length, new FlowFields());
  const cases: readonly (readonly [() => unknown, string | RegExp])[] = [
    [() => transfer(body(0x14)), "transfer lacks its mandatory field 'handle'"],
    [() => transfer(body(0x14, string('x'))), /transfer: uint expected at offset 6, got 0xa1/],
    [() => transfer(Buffer.from('005314c00401a10561', 'hex')), /transfer: uint expected/],
    [() => transfer(Buffer.from('005314c0030152', 'hex')), /claims 1 fields in 2 bytes, but 1/],
    [() => transfer(Buffer.from('005314c0020170', 'hex')), /ends at offset 7 in the middle/],
    [() => transfer(Buffer.from('005314d000000004ffffffff', 'hex')), /claims 4294967295 fields/],
    [() => transfer(Buffer.from('005314c003014343', 'hex')), /1 bytes after its last field/],
    [() => transfer(body(0x14, ...Array(12).fill(uint(0)))), /has 12 fields, at most 11/],
    [() => disposition(body(0x15, NULL, uint(1))), "disposition lacks its mandatory field 'role'"],
    [() => disposition(body(0x15, TRUE)), "disposition lacks its mandatory field 'first'"],
    [
      () => disposition(body(0x15, TRUE, uint(1), NULL, NULL, described(0x28, NULL))),
      /disposition.state must be accepted or rejected or .*, got described/,
    ],
    [
      () =>
        disposition(
          body(0x15, TRUE, uint(1), NULL, NULL, described(0x28, { type: 'list', value: [] })),
        ),
      /disposition.state is described by 40/,
    ],
    [() => flow(body(0x13, uint(1))), "flow lacks its mandatory field 'incoming-window'"],
  ];
  for (const [work, message] of cases) t.throws(work, { instanceOf: ProtocolError, message });
});

test('arbitrary and damaged frame bodies end in a performative or a ProtocolError', (t) => {
  const transfer = Buffer.alloc(TRANSFER_HEAD_BYTES_MAX);
  const transferEnd = writeTransfer(transfer, 0, 0, 1, 500, 7, true, false);
  const flow = Buffer.alloc(FLOW_BYTES_MAX);
  const flowEnd = writeFlow(flow, 0, 0, new FlowFields());
  const frames = fc.oneof(
    anyPerformative.map((performative) => encodeFrame(0, performative as Draft<Performative>)),
    state.map((sent) => encodeDisposition(0, 'receiver', 1, 9, true, sent)),
    fc.constant(transfer.subarray(0, transferEnd)).map((frame) => Buffer.from(frame)),
    fc.constant(flow.subarray(0, flowEnd)).map((frame) => Buffer.from(frame)),
  );
  const changes = fc.array(fc.tuple(fc.nat(), fc.nat(0xff)), { maxLength: 4 });
  fc.assert(
    fc.property(frames, changes, (frame, damages) => {
      for (const [at, byte] of damages) frame[8 + (at % (frame.length - 8))] = byte;
      try {
        const code = performativeCode(frame, 8, frame.length);
        if (code === TRANSFER) readTransfer(frame, 8, frame.length, new TransferFields());
        else if (code === FLOW) readFlow(frame, 8, frame.length, new FlowFields());
        else if (code === DISPOSITION) {
          readDisposition(frame, 8, frame.length, new DispositionFields());
        } else {
          const once = encodeFrame(0, read(frame) as Draft<Performative>);
          t.deepEqual(encodeFrame(0, read(once) as Draft<Performative>), once);
        }
      } catch (thrown) {
        t.true(thrown instanceof ProtocolError, String(thrown));
      }
    }),
    { numRuns: 3000 },
  );
  t.pass();
});

test('[AMQP 3.5.10] a lifetime policy is found among node properties', (t) => {
  const properties = new Map([['lifetime-policy', lifetimePolicyValue('delete-on-no-links')]]);
  t.is(lifetimePolicyOf(properties), 'delete-on-no-links');
  t.is(lifetimePolicyOf(new Map()), undefined);
});
