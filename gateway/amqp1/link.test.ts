import test from 'ava';
import { type Broker, DEFAULT_HEADER, Message, type WireFormat } from '#broker';
import { Users } from '../auth.ts';
import { gatewayLimits } from '../limits.ts';
import type { DeliveryState } from './delivery-state.ts';
import { Encoder } from './encoder.ts';
import { amqpLimits } from './limits.ts';
import { rawBench } from './raw-bench.test-kit.ts';
import {
  begin,
  credit,
  detach,
  flow,
  HEADER,
  message,
  messageTo,
  open,
  type RawPeer,
  receiver,
  sender,
  settle,
  source,
  target,
  textOf,
  transfer,
} from './raw-peer.test-kit.ts';
import { described, NULL, symbol, TRUE, type Value } from './types.ts';

function texts(peer: RawPeer): string[] {
  return peer.hearOnly('transfer').map(({ payload }) => textOf(payload));
}

/** What the only detach says. */
function detached(peer: RawPeer): string | undefined {
  const [only] = peer.hearOnly('detach');
  return only?.closed === true ? only.error?.condition : undefined;
}

function names(broker: Broker): string[] {
  return [...broker.queues(), ...broker.topics()].map(({ key }) => key);
}

test('[AMQP 2.6.3] the attach of a sender is answered with its target, modes and limits', (t) => {
  const { broker, enter } = rawBench();
  const said = sender({ sndSettleMode: 1, target: target('orders', 'queue', 'exotic') });
  const [answer, grant] = enter().say(said).hear();
  if (answer?.kind !== 'attach' || grant?.kind !== 'flow') return t.fail();
  t.like(answer, { name: 'sender', role: 'receiver', sndSettleMode: 1, rcvSettleMode: 0 });
  t.like(answer.target, { kind: 'target', address: 'orders', durable: 0 });
  t.deepEqual(answer.target?.capabilities, ['queue']);
  t.like(answer.source, { address: 'here' });
  t.is(answer.maxMessageSize, BigInt(broker.limits.messageBytesMax));
  t.like(grant, { handle: answer.handle, deliveryCount: 0, linkCredit: amqpLimits.linkCredit });
});

test('[AMQP 2.6.3] the attach of a receiver is answered with its source in effect', (t) => {
  const asked = source('prices', {
    capabilities: ['topic'],
    expiryPolicy: 'link-detach',
    distributionMode: 'copy',
    defaultOutcome: { kind: 'modified', deliveryFailed: true },
    outcomes: ['amqp:accepted:list'],
    filter: new Map([['x', described(0x1234, symbol('unknown'))]]),
  });
  const peer = rawBench()
    .enter()
    .say(receiver({ sndSettleMode: 0, source: asked }));
  const [answer] = peer.hearOnly('attach');
  t.like(answer, { role: 'sender', sndSettleMode: 0, rcvSettleMode: 0, initialDeliveryCount: 0 });
  if (answer?.source === undefined) return t.fail();
  t.like(answer.source, {
    address: 'prices',
    expiryPolicy: 'link-detach',
    distributionMode: 'copy',
    capabilities: ['topic'],
    defaultOutcome: { kind: 'modified', deliveryFailed: true },
  });
  t.is(answer.source.outcomes.length, 4);
  t.is(answer.source.filter.size, 0, 'what is not in effect is not echoed');
});

test('addresses mean the same with a capability, a prefix, or alone', (t) => {
  const { broker, enter } = rawBench();
  const attach = (address: string, ...capabilities: string[]): void => {
    enter().say(sender({ target: target(address, ...capabilities) }));
  };
  attach('a', 'queue');
  attach('queue://b');
  attach('topic://c');
  attach('d', 'topic');
  attach('e');
  attach('c');
  attach('topic://d', 'topic');
  t.deepEqual(names(broker).sort(), [
    'queue://a',
    'queue://b',
    'queue://e',
    'topic://c',
    'topic://d',
  ]);
});

test('a receiver may name a pattern of topics, with or without a capability', (t) => {
  for (const capabilities of [[], ['topic']]) {
    const { enter } = rawBench();
    const peer = enter().say(receiver({ source: source('prices.*', { capabilities }) }), credit(5));
    peer.hear();
    enter()
      .say(sender({ target: target('prices.eu', 'topic') }))
      .say(transfer(0, message('m')));
    t.deepEqual(texts(peer), ['m']);
  }
});

test('[AMQP 2.6.7] a full destination gives no more credit until it has room', (t) => {
  const settings = { q: { whenFull: 'block' as const, messagesMax: 1500 } };
  const { enter } = rawBench(new Users(), { settings });
  const peer = enter().say(sender());
  peer.hear();
  const sends = Array.from({ length: 1500 }, (_, id) =>
    transfer(id, message(`${id}`), { settled: true }),
  );
  peer.say(...sends);
  t.deepEqual(peer.hear(), []);
  const late = enter().say(sender());
  t.deepEqual(
    late.hear().map(({ kind }) => kind),
    ['attach'],
  );
  const consumer = enter().say(receiver({ sndSettleMode: 1 }), credit(140));
  t.is(texts(consumer).length, 140);
  t.deepEqual([peer.hear(), late.hear()], [[], []]);
  consumer.say(credit(20, { deliveryCount: 140 }));
  t.like(peer.hear()[0], { kind: 'flow', deliveryCount: 1500, linkCredit: 150 });
  t.like(late.hear()[0], { kind: 'flow', deliveryCount: 0, linkCredit: 150 });
});

test('[AMQP 2.8.15] the links of a destination that is deleted are told so', (t) => {
  const { host, broker, enter } = rawBench();
  const peer = enter().say(receiver(), credit(5), sender());
  peer.hear();
  broker.deleteDestination({ kind: 'queue', name: 'q' }, false);
  host.settle();
  t.is(detached(peer), 'amqp:resource-deleted');
  // The sender goes on: its next message creates the queue anew.
  peer.say(detach(1), transfer(0, message('m')));
  t.is(peer.hearOnly('disposition')[0]?.state?.kind, 'accepted');
});

const SELECTOR = 0x468c_0000_0004;

function selector(text: string): Value {
  return described(SELECTOR, { type: 'string', value: text });
}

for (const [what, expected, frame] of [
  ['a sender without a target', 'amqp:invalid-field', sender({ target: undefined as never })],
  ['a wildcard', 'amqp:invalid-field', sender({ target: target('a.*') })],
  ['an empty address', 'amqp:invalid-field', sender({ target: target('') })],
  [
    'a temporary queue that is gone',
    'amqp:not-found',
    sender({ target: target('temp-queue://a') }),
  ],
  ['two kinds at once', 'amqp:invalid-field', sender({ target: target('queue://a', 'topic') })],
  ['an unknown settle mode', 'amqp:invalid-field', sender({ sndSettleMode: 3 })],
  [
    'a long name',
    'amqp:invalid-field',
    sender({ name: 'n'.repeat(amqpLimits.linkNameLengthMax + 1) }),
  ],
  ['a source without address', 'amqp:invalid-field', receiver({ source: { kind: 'source' } })],
  ['a subscription by name', 'amqp:not-found', receiver({ source: undefined as never })],
  [
    'a dynamic node with an address',
    'amqp:invalid-field',
    receiver({ source: source('q', { dynamic: true }) }),
  ],
  [
    'an unknown distribution mode',
    'amqp:invalid-field',
    receiver({ source: source('q', { distributionMode: 'steal' }) }),
  ],
  [
    'an unknown expiry policy',
    'amqp:invalid-field',
    receiver({ source: source('q', { expiryPolicy: 'whenever' }) }),
  ],
  [
    'an unknown expiry policy of a target',
    'amqp:invalid-field',
    sender({ target: { kind: 'target', address: 'q', expiryPolicy: 'whenever' } }),
  ],
  [
    'a sender without initial-delivery-count',
    'amqp:invalid-field',
    sender({ initialDeliveryCount: undefined as never }),
  ],
  [
    'a selector that is none',
    'amqp:invalid-field',
    receiver({ source: source('q', { filter: new Map([['s', selector('a =')]]) }) }),
  ],
  [
    'a selector that is no text',
    'amqp:invalid-field',
    receiver({ source: source('q', { filter: new Map([['s', described(SELECTOR, TRUE)]]) }) }),
  ],
] as const) {
  test(`[AMQP 2.6.3] ${what} is refused: attach without terminus, detach with ${expected}`, (t) => {
    const peer = rawBench().enter().say(frame);
    const [answer, refusal, ...more] = peer.hear();
    if (answer?.kind !== 'attach' || refusal?.kind !== 'detach') return t.fail();
    t.is(answer.role === 'sender' ? answer.source : answer.target, undefined);
    t.is(refusal.handle, answer.handle);
    t.true(refusal.closed);
    t.is(refusal.error?.condition, expected);
    t.deepEqual(more, []);
    t.is(peer.lines.length, 1);
    // What the peer had under way is ignored; its detach frees the handle, and all goes on.
    const handle = answer.role === 'receiver' ? 0 : 1;
    peer.say(flow({ handle, deliveryCount: 0, credit: 5, nextIncomingId: 0 }), detach(handle));
    t.deepEqual(peer.hear(), []);
    peer.say(sender());
    t.is(peer.hearOnly('attach').length, 1);
    t.is(peer.lines.length, 1);
  });
}

test('destinations that are not created on use are not found', (t) => {
  const peer = rawBench(new Users(), { autoCreate: false }).enter().say(sender());
  t.is(detached(peer), 'amqp:not-found');
});

test('[AMQP 2.6.7] credit: no more comes than was granted, a later grant replaces', (t) => {
  const { enter } = rawBench();
  const peer = enter().say(receiver());
  const producer = enter().say(sender());
  for (let id = 0; id < 10; id++) producer.say(transfer(id, message(`${id}`)));
  t.deepEqual(texts(peer), []);
  t.deepEqual(texts(peer.say(credit(2))), ['0', '1']);
  t.deepEqual(texts(peer.say(credit(2))), [], 'counted from 0, both were used');
  t.deepEqual(texts(peer.say(credit(3, { deliveryCount: 1 }))), ['2', '3']);
  peer.say(credit(1, { deliveryCount: 2 }));
  t.deepEqual(texts(peer), [], 'two are on the way, one was granted');
  t.deepEqual(texts(peer.say(credit(0xffff_ffff, { deliveryCount: 4 }))).length, 6);
});

test('[AMQP 2.6.7] a delivery-count beyond what was sent detaches the link', (t) => {
  const peer = rawBench()
    .enter()
    .say(receiver(), credit(2, { deliveryCount: 1 }));
  t.is(detached(peer), 'amqp:invalid-field');
});

test('[AMQP 2.6.7] drain: what is there comes, then the credit is used up', (t) => {
  const { enter } = rawBench();
  const peer = enter().say(receiver());
  peer.hear();
  peer.say(credit(5, { drain: true }));
  t.like(peer.hear()[0], { kind: 'flow', handle: 0, deliveryCount: 5, linkCredit: 0, drain: true });
  const producer = enter()
    .say(sender())
    .say(transfer(0, message('0')), transfer(1, message('1')));
  t.deepEqual(peer.hear(), []);
  peer.say(credit(5, { drain: true, deliveryCount: 5 }));
  const came = peer.hear();
  t.deepEqual(
    came.map(({ kind }) => kind),
    ['transfer', 'transfer', 'flow'],
  );
  t.like(came[2], { deliveryCount: 10, linkCredit: 0 });
  producer.say(transfer(2, message('2')));
  t.deepEqual(texts(peer), []);
  t.deepEqual(texts(peer.say(credit(1, { deliveryCount: 10 }))), ['2']);
});

test('[AMQP 2.6.7] a drain that the next flow takes back does not use up its credit', (t) => {
  const { enter } = rawBench();
  const peer = enter().say(receiver());
  peer.hear();
  peer.say(credit(5, { drain: true }), credit(5));
  t.deepEqual(peer.hear(), []);
  enter()
    .say(sender())
    .say(transfer(0, message('m')));
  t.deepEqual(texts(peer), ['m']);
});

test('[AMQP 2.7.4] an echo on a link is answered with its state', (t) => {
  const { enter } = rawBench();
  const peer = enter().say(receiver(), sender());
  peer.hear();
  peer.say(credit(7, { echo: true }), flow({ handle: 0, echo: true }));
  const answers = peer.hearOnly('flow');
  t.like(answers[0], { deliveryCount: 0, linkCredit: 7, drain: false });
  t.like(answers[1], { deliveryCount: 0, linkCredit: amqpLimits.linkCredit });
});

test('[AMQP 2.6.7] credit for a sender is topped up when half is used, once for a chunk', (t) => {
  const peer = rawBench().enter().say(sender());
  peer.hear();
  const half = amqpLimits.linkCredit / 2;
  const batch = (from: number, count: number): Buffer =>
    Buffer.concat(
      Array.from({ length: count }, (_, i) => transfer(from + i, message('m'), { settled: true })),
    );
  t.deepEqual(peer.say(batch(0, half - 1)).hear(), []);
  const [topUp, ...more] = peer.say(batch(half - 1, half)).hear();
  t.like(topUp, { kind: 'flow', deliveryCount: 2 * half - 1, linkCredit: 2 * half });
  t.deepEqual(more, []);
});

test('[AMQP 2.6.7] a transfer without credit detaches the link, and only that', (t) => {
  const { enter } = rawBench();
  const peer = enter().say(sender(), sender({ handle: 7, name: 'other' }));
  peer.hear();
  const frames = Array.from({ length: amqpLimits.linkCredit + 3 }, (_, id) =>
    transfer(id, message('m'), { settled: true }),
  );
  peer.say(...frames, transfer(9000, message('m'), { handle: 7 }));
  const came = peer.hear();
  t.is(
    came.find((frame) => frame.kind === 'detach')?.error?.condition,
    'amqp:link:transfer-limit-exceeded',
  );
  t.like(
    came.find((frame) => frame.kind === 'disposition'),
    { first: 9000 },
  );
  t.is(peer.lines.length, 1);
});

test('[AMQP 2.6.7] a sender may say that it skipped deliveries', (t) => {
  const peer = rawBench().enter().say(sender());
  peer.hear();
  const skipped = amqpLimits.linkCredit - 1;
  peer.say(flow({ handle: 0, deliveryCount: skipped }));
  t.like(peer.hear()[0], { deliveryCount: skipped, linkCredit: amqpLimits.linkCredit });
});

for (const [what, expected, frame] of [
  ['without delivery-tag', 'amqp:invalid-field', transfer(0, message('m'), { tag: null })],
  [
    'with a tag of 33 bytes',
    'amqp:invalid-field',
    transfer(0, message('m'), { tag: Buffer.alloc(33) }),
  ],
  ['of another message format', 'amqp:not-implemented', transfer(0, message('m'), { format: 1 })],
  [
    'in a transaction',
    'amqp:transaction:unknown-id',
    transfer(0, message('m'), {
      state: described(0x34, {
        type: 'list',
        value: [{ type: 'binary', value: Buffer.from('x') }],
      }),
    }),
  ],
  ['that is no message', 'amqp:decode-error', transfer(0, Buffer.from('garbage'))],
  ['cut off in its body', 'amqp:decode-error', transfer(0, message('m').subarray(0, 5))],
] as const) {
  test(`[AMQP 2.7.5] a transfer ${what} detaches the link with ${expected}`, (t) => {
    const { broker, enter } = rawBench();
    const peer = enter().say(sender());
    peer.hear();
    t.is(detached(peer.say(frame, transfer(1, message('ignored')))), expected);
    t.is(peer.lines.length, 1);
    t.is(broker.storedMessages, 0);
  });
}

test('[AMQP 2.7.5] a first transfer without delivery-id ends the session', (t) => {
  const peer = rawBench()
    .enter()
    .say(sender())
    .say(transfer(undefined, message('m')));
  t.is(peer.hearOnly('end')[0]?.error?.condition, 'amqp:invalid-field');
});

test('[AMQP 2.6.14] a message in frames is put together, whatever lies between', (t) => {
  const { enter } = rawBench();
  const consumer = enter().say(receiver(), credit(10));
  const peer = enter().say(sender(), sender({ handle: 7, name: 'other' }));
  peer.hear();
  const long = message('long'.repeat(30));
  peer.say(transfer(0, long.subarray(0, 10), { more: true }));
  peer.say(transfer(1, message('between'), { handle: 7 }));
  peer.say(transfer(undefined, long.subarray(10, 11), { more: true }));
  peer.say(transfer(undefined, Buffer.alloc(0), { more: true }));
  peer.say(transfer(0, long.subarray(11)));
  t.deepEqual(
    consumer.hearOnly('transfer').map(({ payload }) => payload),
    [message('between'), long],
  );
  t.deepEqual(
    peer.hearOnly('disposition').map(({ first }) => first),
    [1, 0],
  );
});

test('[AMQP 2.7.5] settled counts on any frame of a delivery', (t) => {
  const peer = rawBench().enter().say(sender());
  peer.hear();
  const m = message('m');
  peer.say(transfer(0, m.subarray(0, 3), { more: true }));
  peer.say(transfer(undefined, m.subarray(3), { settled: true }));
  t.deepEqual(peer.hear(), []);
});

test('[AMQP 2.6.14] an aborted delivery is forgotten', (t) => {
  const { broker, enter } = rawBench();
  const peer = enter().say(sender());
  peer.hear();
  peer.say(transfer(0, message('gone'), { more: true }));
  peer.say(transfer(undefined, Buffer.alloc(0), { aborted: true }));
  peer.say(transfer(1, message('here')));
  t.deepEqual(
    peer.hearOnly('disposition').map(({ first, last }) => [first, last]),
    [[1, 1]],
  );
  t.is(broker.storedMessages, 1);
});

test('[AMQP 2.7.5] another delivery in the middle of one ends the session', (t) => {
  const peer = rawBench().enter().say(sender());
  peer.say(transfer(0, message('a'), { more: true }), transfer(1, message('b')));
  t.is(peer.hearOnly('end')[0]?.error?.condition, 'amqp:invalid-field');
});

test('[AMQP 2.7.3] a message over max-message-size detaches the link', (t) => {
  const limits = { messageBytesMax: 1000 };
  for (const said of [{ settled: true }, { settled: false }, { more: true }]) {
    const { broker, enter } = rawBench(new Users(), { limits });
    const peer = enter().say(sender());
    peer.hear();
    peer.say(transfer(0, message('x'.repeat(1000)), said));
    t.is(detached(peer), 'amqp:link:message-size-exceeded');
    t.is(broker.storedMessages, 0);
  }
});

test('unfinished messages of a connection are bounded together', (t) => {
  const peer = rawBench()
    .enter()
    .say(sender(), sender({ handle: 7, name: 'other' }));
  peer.hear();
  const piece = Buffer.alloc(amqpLimits.frameSizeBytesMax - 100);
  const count = Math.ceil(amqpLimits.assemblyBytesMax / piece.length / 2);
  const first = [0, 7].map((handle) => transfer(handle, piece, { handle, more: true }));
  const next = [0, 7].map((handle) => transfer(undefined, piece, { handle, more: true }));
  peer.say(...first);
  for (let i = 1; i < count - 1; i++) peer.say(...next);
  t.deepEqual(peer.hear(), []);
  peer.say(...next, ...next);
  t.is(peer.hearOnly('close')[0]?.error?.condition, 'amqp:resource-limit-exceeded');
});

test('a broker that is full rejects what is unsettled, and detaches who cannot hear it', (t) => {
  const { enter } = rawBench(new Users(), { limits: { storedBytesMax: 52 } });
  const peer = enter()
    .say(sender())
    .say(transfer(0, message('x'.repeat(40))));
  peer.hear();
  peer.say(
    transfer(1, message('y'.repeat(10))),
    transfer(2, message('y'.repeat(40))),
    transfer(3, message('')),
  );
  const answers = peer.hearOnly('disposition');
  t.deepEqual(
    answers.map(({ first, state }) => [first, state?.kind]),
    [
      [1, 'rejected'],
      [2, 'rejected'],
      [3, 'accepted'],
    ],
  );
  const state = answers[0]?.state as Extract<DeliveryState, { kind: 'rejected' }>;
  t.is(state.error?.condition, 'amqp:resource-limit-exceeded');
  t.is(
    detached(peer.say(transfer(4, message('y'.repeat(40)), { settled: true }))),
    'amqp:resource-limit-exceeded',
  );
  const accepting = source('here', { outcomes: ['amqp:accepted:list'] });
  const simple = enter().say(sender({ source: accepting }));
  simple.hear();
  t.is(detached(simple.say(transfer(0, message('y'.repeat(40))))), 'amqp:resource-limit-exceeded');
});

test('[Anonymous Terminus] each message names its destination', (t) => {
  const { broker, enter } = rawBench();
  const peer = enter().say(sender({ target: { kind: 'target' } }));
  const [answer] = peer.hearOnly('attach');
  t.is(answer?.target?.kind, 'target');
  const topic = enter().say(receiver({ source: source('prices', { capabilities: ['topic'] }) }));
  topic.say(credit(5));
  topic.hear();
  peer.say(
    transfer(0, messageTo('orders', 0, 'a')),
    transfer(1, messageTo('prices', 1, 'b')),
    transfer(2, messageTo('prices', undefined, 'c')),
    transfer(3, messageTo('queue://orders', undefined, 'd')),
    transfer(4, messageTo('new', undefined, 'e')),
  );
  t.deepEqual(
    peer.hearOnly('disposition').map(({ first, last, state }) => [first, last, state?.kind]),
    [[0, 4, 'accepted']],
  );
  t.deepEqual(texts(topic), ['b', 'c']);
  t.deepEqual(
    broker.queues().map(({ key, enqueued }) => [key, enqueued]),
    [
      ['queue://orders', 2],
      ['queue://new', 1],
    ],
  );
});

test('[Anonymous Terminus] a message without a usable destination is rejected', (t) => {
  const { enter } = rawBench();
  const peer = enter().say(sender({ target: { kind: 'target' } }));
  peer.hear();
  peer.say(
    transfer(0, messageTo(undefined, undefined, 'a')),
    transfer(1, messageTo('x', 2, 'b')),
    transfer(2, messageTo('a.>', 1, 'c')),
    transfer(3, messageTo('fine', 0, 'd')),
  );
  t.deepEqual(
    peer.hearOnly('disposition').map(({ state }) => {
      return state?.kind === 'rejected' ? state.error?.condition : state?.kind;
    }),
    ['amqp:invalid-field', 'amqp:not-found', 'amqp:invalid-field', 'accepted'],
  );
  peer.say(transfer(4, messageTo(undefined, undefined, 'a'), { settled: true }));
  t.is(detached(peer), 'amqp:invalid-field');
});

const MODIFIED = (...fields: Value[]): Value => described(0x27, { type: 'list', value: fields });

for (const [what, state, attempts, dead] of [
  ['released', 'released', 0, 0],
  ['modified', MODIFIED(), 0, 0],
  ['modified, delivery-failed', MODIFIED(TRUE), 1, 0],
  ['rejected', 'rejected', undefined, 1],
  ['modified, undeliverable-here', MODIFIED(TRUE, TRUE), undefined, 0],
  ['settled without an outcome', undefined, 0, 0],
  ['accepted', 'accepted', undefined, 0],
] as const) {
  test(`[AMQP 3.4] ${what}: the message ${attempts === undefined ? 'goes' : 'comes again'}`, (t) => {
    const { broker, enter } = rawBench();
    enter()
      .say(sender())
      .say(transfer(0, message('m')));
    const peer = enter().say(receiver(), credit(1));
    peer.hear();
    peer.say(settle(0, 0, state), credit(1, { deliveryCount: 1 }));
    const [again] = peer.hearOnly('transfer');
    if (attempts === undefined) t.is(again, undefined);
    else if (attempts === 0) t.deepEqual(again?.payload, message('m'));
    else t.true(again?.payload.includes(Buffer.from([0, 0x53, 0x70])));
    t.is(broker.queues().find(({ key }) => key === 'queue://DLQ')?.enqueued ?? 0, dead);
  });
}

test('[AMQP 3.5.3] settled without an outcome means the default outcome of the source', (t) => {
  const { broker, enter } = rawBench();
  enter()
    .say(sender())
    .say(transfer(0, message('m')));
  const asked = source('q', { defaultOutcome: { kind: 'rejected' } });
  const peer = enter().say(receiver({ source: asked }), credit(1));
  peer.say(settle(0, 0, undefined));
  t.is(broker.queues()[0]?.statistics().deadLettered, 1);
});

test('[AMQP 2.8.2] a receiver that asks for settled deliveries gets them so', (t) => {
  const { broker, enter } = rawBench();
  enter()
    .say(sender())
    .say(transfer(0, message('m')));
  const peer = enter().say(receiver({ sndSettleMode: 1 }), credit(1));
  const [came] = peer.hearOnly('transfer');
  t.true(came?.settled);
  t.is(broker.storedMessages, 0);
});

test('[AMQP 2.7.5] deliveries of a link have tags of their own, ids count per session', (t) => {
  const { enter } = rawBench();
  const peer = enter().say(receiver(), receiver({ handle: 2, name: 'b' }));
  peer.say(credit(2), credit(2, { handle: 2 }));
  peer.hear();
  const producer = enter().say(sender());
  for (let id = 0; id < 4; id++) producer.say(transfer(id, message(`${id}`)));
  const came = peer.hearOnly('transfer');
  t.deepEqual(
    came.map(({ deliveryId }) => deliveryId),
    [0, 1, 2, 3],
  );
  t.is(new Set(came.map(({ tag }) => tag?.toString('hex'))).size, 4);
  t.true(came.every(({ tag }) => tag !== undefined && tag.length <= 32));
});

test('[AMQP 3.2.1] a ttl runs from when the message came', (t) => {
  const { host, enter } = rawBench();
  enter()
    .say(sender())
    .say(transfer(0, message('short', { ttl: 50 })), transfer(1, message('long', { ttl: 500 })));
  host.advance(60);
  t.deepEqual(texts(enter().say(receiver(), credit(5))), ['long']);
});

test('[AMQP 2.7.3] a message over the max-message-size of a receiver goes to another', (t) => {
  const { enter } = rawBench();
  const small = enter().say(receiver({ maxMessageSize: 50n }), credit(5));
  small.hear();
  enter()
    .say(sender())
    .say(transfer(0, message('x')), transfer(1, message('y'.repeat(100))));
  const came = small.hear();
  t.deepEqual(
    came.map(({ kind }) => kind),
    ['transfer', 'detach'],
  );
  t.like(came[1], { error: { condition: 'amqp:link:message-size-exceeded' } });
  t.is(small.lines.length, 1);
  // What was out with the link goes back with the message that it cannot take.
  t.deepEqual(texts(enter().say(receiver(), credit(5))), ['x', 'y'.repeat(100)]);
});

test('messages pass bit for bit, also those that were kept, whatever the chunk becomes', (t) => {
  const { enter } = rawBench();
  const all = Array.from({ length: 20 }, (_, id) => message(`${id}`.repeat(id), { durable: true }));
  const peer = enter().say(sender());
  peer.say(...all.map((payload, id) => transfer(id, payload)));
  const consumer = enter().say(receiver(), credit(20));
  t.deepEqual(
    consumer.hearOnly('transfer').map(({ payload }) => payload),
    all,
  );
});

test('a message of another protocol is translated, once per format', (t) => {
  let views = 0;
  const plain: WireFormat = {
    name: 'plain',
    view: ({ persistent, priority }) => {
      views++;
      return { persistent, priority, properties: new Map(), body: { kind: 'text', text: 'hello' } };
    },
    encode: () => Buffer.alloc(0),
  };
  const { host, broker, enter } = rawBench();
  const peer = enter().say(receiver(), credit(1));
  peer.hear();
  const bytes = Buffer.from('?');
  const connection = broker.connect({ protocol: 'test', peer: 'here' });
  const producer = connection.openProducer({ kind: 'queue', name: 'q' });
  producer.send(new Message(plain, DEFAULT_HEADER, bytes, 0, bytes.length, false));
  host.settle();
  t.deepEqual(texts(peer), ['hello']);
  t.is(views, 1);
});

test('a peer that does not read is written no more than a bounded heap', (t) => {
  const { enter, dial } = rawBench();
  const slow = dial().say(HEADER, open(), begin(), receiver(), credit(1000));
  slow.hear();
  slow.stuck = true;
  const producer = enter().say(sender());
  const big = message('x'.repeat(200_000));
  for (let id = 0; id < 40; id++) producer.say(transfer(id, big, { settled: true }));
  t.true(slow.waitingBytes() < gatewayLimits.outputBytesHigh + 2 * gatewayLimits.outputSlabBytes);
  const came: Buffer[] = [];
  for (let round = 0; round < 40; round++) {
    slow.unstick();
    came.push(...slow.hearOnly('transfer').map(({ payload }) => payload));
    slow.stuck = true;
    t.true(slow.waitingBytes() < gatewayLimits.outputBytesHigh + 2 * gatewayLimits.outputSlabBytes);
  }
  t.true(Buffer.concat(came).equals(Buffer.concat(Array.from({ length: 40 }, () => big))));
});

test('[AMQP 3.2.4] an absolute expiry is of the sender’s clock; a ttl wins and needs none', (t) => {
  const { host, broker, enter } = rawBench();
  host.shiftMs = 999_000;
  const absolute: Value = { type: 'timestamp', value: 1_500n };
  const properties = described(0x73, { type: 'list', value: [...Array(8).fill(NULL), absolute] });
  const encoder = new Encoder();
  encoder.write(properties);
  const body = message('m');
  const withExpiry = Buffer.concat([encoder.bytes(), body]);
  const header = message('', { ttl: 700 }).subarray(0, -body.length + 1);
  const peer = enter().say(sender());
  peer.say(transfer(0, withExpiry), transfer(1, Buffer.concat([header, withExpiry])));
  peer.hear();
  const expiries: number[] = [];
  const local = broker.connect({ protocol: 'vm', peer: 'test' });
  const consumer = local.openConsumer(
    { kind: 'queue', name: 'q' },
    { deliver: ({ expiresAt }) => expiries.push(expiresAt), drained: () => {} },
  );
  consumer.setCredit(10);
  host.settle();
  const now = host.messageTimeMs();
  t.deepEqual(expiries, [now + 500, now + 700]);
});
