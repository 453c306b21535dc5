import test from 'ava';
import { type RawBench, rawBench } from './raw-bench.test-kit.ts';
import {
  close,
  credit,
  detach,
  end,
  message,
  messageTo,
  messageWith,
  type RawPeer,
  receiver,
  sender,
  settle,
  source,
  target,
  textOf,
  transfer,
} from './raw-peer.test-kit.ts';
import { type LifetimePolicy, lifetimePolicyOf, lifetimePolicyValue } from './terminus.ts';
import { NULL, string, type Value } from './types.ts';

function properties(policy: LifetimePolicy): ReadonlyMap<string, Value> {
  return new Map([['lifetime-policy', lifetimePolicyValue(policy)]]);
}

function dynamicTarget(policy: LifetimePolicy, ...capabilities: string[]) {
  const dynamicNodeProperties = properties(policy);
  return { kind: 'target' as const, dynamic: true, dynamicNodeProperties, capabilities };
}

function names({ broker }: RawBench): string[] {
  return [...broker.queues(), ...broker.topics()].map(({ address }) => address.name);
}

function texts(peer: RawPeer): string[] {
  return peer.hearOnly('transfer').map(({ payload }) => textOf(payload));
}

for (const [capability, kind] of [
  ['temporary-queue', 'temporary-queue'],
  ['temporary-topic', 'temporary-topic'],
] as const) {
  test(`[AMQP 3.5.4] a dynamic target makes a ${capability}, named in the answer`, (t) => {
    const bench = rawBench();
    const asked = { ...dynamicTarget('delete-on-close', capability), expiryPolicy: 'link-detach' };
    const peer = bench.enter().say(sender({ target: asked }));
    const [answer] = peer.hearOnly('attach');
    if (answer?.target?.kind !== 'target') return t.fail();
    t.like(answer.target, { dynamic: true, durable: 0, capabilities: [capability] });
    t.is(lifetimePolicyOf(answer.target.dynamicNodeProperties), 'delete-on-close');
    const address = answer.target.address ?? '';
    t.deepEqual(names(bench), [address]);
    const asking = source(address, { capabilities: [kind] });
    peer.say(receiver({ source: asking }), credit(5));
    const other = bench.enter().say(sender({ target: { kind: 'target' } }));
    const code = capability === 'temporary-queue' ? 2 : 3;
    other.say(
      transfer(0, messageTo(address, code, 'a')),
      transfer(1, messageTo(address, undefined, 'b')),
    );
    t.deepEqual(texts(peer), ['a', 'b']);
    peer.say(detach(1), detach(0));
    t.deepEqual(names(bench), []);
    other.hear();
    other.say(transfer(2, messageTo(address, code, 'c')));
    const state = other.hearOnly('disposition')[0]?.state;
    t.is(state?.kind === 'rejected' && state.error?.condition, 'amqp:not-found');
  });
}

test('[AMQP 3.5.3] a dynamic source makes a queue to read from, as request and reply need', (t) => {
  const bench = rawBench();
  const peer = bench
    .enter()
    .say(receiver({ source: { kind: 'source', dynamic: true } }), credit(5));
  const [answer] = peer.hearOnly('attach');
  const address = answer?.source?.address ?? '';
  t.is(lifetimePolicyOf(answer?.source?.dynamicNodeProperties ?? new Map()), 'delete-on-close');
  bench
    .enter()
    .say(sender({ target: target(address) }))
    .say(transfer(0, message('reply')));
  t.deepEqual(texts(peer), ['reply']);
  peer.say(detach(1));
  t.deepEqual(names(bench), []);
});

for (const [what, leave] of [
  ['session', (peer: RawPeer) => peer.say(end())],
  ['connection', (peer: RawPeer) => peer.say(close())],
  ['socket', (peer: RawPeer) => peer.cut()],
] as const) {
  test(`[AMQP 3.5.10] delete-on-close ends with the ${what} as well`, (t) => {
    const bench = rawBench();
    const peer = bench.enter().say(sender({ target: dynamicTarget('delete-on-close') }));
    t.is(names(bench).length, 1);
    leave(peer);
    t.deepEqual(names(bench), []);
  });
}

test('[AMQP 3.5.10] delete-on-close does not wait for other links: they are told', (t) => {
  const bench = rawBench();
  const peer = bench.enter().say(sender({ target: dynamicTarget('delete-on-close') }));
  const [answer] = peer.hearOnly('attach');
  const address = answer?.target?.kind === 'target' ? (answer.target.address ?? '') : '';
  peer.say(receiver({ source: source(address) }), detach(0));
  const told = peer.hearOnly('detach').map(({ error }) => error?.condition);
  t.true(told.includes('amqp:resource-deleted'));
});

/** Makes a node, reads it from another connection, and returns both peers and a check. */
function shared(policy: LifetimePolicy) {
  const bench = rawBench();
  const maker = bench.enter().say(sender({ target: dynamicTarget(policy) }));
  const [answer] = maker.hearOnly('attach');
  const address = answer?.target?.kind === 'target' ? (answer.target.address ?? '') : '';
  const reader = bench.enter().say(receiver({ source: source(address) }));
  return { maker, reader, address, there: () => names(bench).includes(address) };
}

test('[AMQP 3.5.11] delete-on-no-links: the last link takes it along', (t) => {
  const { maker, reader, there } = shared('delete-on-no-links');
  maker.say(transfer(0, message('m')), detach(0));
  t.true(there());
  reader.say(detach(1));
  t.false(there());
});

test('[AMQP 3.5.12] delete-on-no-messages: it stays until it is empty', (t) => {
  const { maker, reader, there } = shared('delete-on-no-messages');
  maker.say(transfer(0, message('m')), detach(0));
  reader.say(credit(5));
  t.true(there());
  reader.say(settle(0, 0, 'accepted'));
  t.false(there());
});

test('[AMQP 3.5.12] delete-on-no-messages: settled deliveries empty it as well', (t) => {
  const bench = rawBench();
  const peer = bench.enter().say(sender({ target: dynamicTarget('delete-on-no-messages') }));
  const [answer] = peer.hearOnly('attach');
  const address = answer?.target?.kind === 'target' ? (answer.target.address ?? '') : '';
  peer.say(transfer(0, message('m')), detach(0));
  t.is(names(bench).length, 1);
  peer.say(receiver({ sndSettleMode: 1, source: source(address) }), credit(5));
  t.deepEqual(texts(peer), ['m']);
  t.is(names(bench).length, 0);
});

test('[AMQP 3.5.13] delete-on-no-links-or-messages: it is empty and nobody is there', (t) => {
  const { maker, reader, there } = shared('delete-on-no-links-or-messages');
  maker.say(transfer(0, message('m')), detach(0));
  reader.say(credit(5)).say(settle(0, 0, 'accepted'));
  t.true(there());
  reader.say(detach(1));
  t.false(there());
});

test('[AMQP 3.5.13] delete-on-no-links-or-messages: nobody is there, but a message is', (t) => {
  const { maker, reader, there, address } = shared('delete-on-no-links-or-messages');
  maker.say(transfer(0, message('m')), detach(0));
  reader.say(detach(1));
  t.true(there());
  reader.say(receiver({ handle: 1, source: source(address) }), credit(5));
  reader.say(settle(0, 0, 'accepted'));
  t.true(there());
  reader.say(detach(1));
  t.false(there());
});

test('[AMQP 3.5.9] a lifetime policy that is none is refused', (t) => {
  const dynamicNodeProperties = new Map([['lifetime-policy', string('for ever')]]);
  const peer = rawBench()
    .enter()
    .say(receiver({ source: { kind: 'source', dynamic: true, dynamicNodeProperties } }));
  t.is(peer.hearOnly('detach')[0]?.error?.condition, 'amqp:invalid-field');
});

// The management node makes a dynamic node for whoever takes its answers from it.

interface Answered {
  readonly status: number;
  readonly text: string;
}

/** Asks the management node, and takes the answer from it. */
function manage(bench: RawBench, request: Readonly<Record<string, string>>): Answered {
  const peer = bench.enter();
  const mine = { kind: 'target' as const, address: 'my answers' };
  peer.say(receiver({ source: source('$management'), target: mine }), credit(5));
  peer.say(sender({ target: target('$management') }));
  const [receiving] = peer.hearOnly('attach');
  if (receiving?.source?.address !== '$management') throw new Error('not the address asked for');
  const values = Object.entries(request).map(([key, value]): [string, Value] => [
    key,
    string(value),
  ]);
  const properties = [
    { type: 'ulong', value: 7n } as const,
    NULL,
    NULL,
    NULL,
    string('my answers'),
  ];
  peer.say(transfer(0, messageWith(Object.fromEntries(values), '', properties)));
  const came = peer.hear();
  const [disposition] = came.filter(({ kind }) => kind === 'disposition');
  const answer = came.find((frame) => frame.kind === 'transfer');
  if (disposition?.kind !== 'disposition' || answer === undefined) throw new Error('no answer');
  const { payload } = answer;
  const at = payload.indexOf('statusCode') + 'statusCode'.length;
  const status = payload[at] === 0x71 ? payload.readInt32BE(at + 1) : payload.readInt8(at + 1);
  return { status, text: payload.toString('latin1') };
}

test('[AMQP Management] queues are read, listed, emptied and deleted', (t) => {
  const bench = rawBench();
  bench
    .enter()
    .say(sender())
    .say(transfer(0, message('m')));
  const read = manage(bench, { operation: 'READ', type: 'queue', name: 'q' });
  t.is(read.status, 200);
  t.regex(read.text, /depth/);
  // The id of the request comes back as it was: a ulong.
  t.true(read.text.includes('\x53\x07'));
  t.regex(manage(bench, { operation: 'QUERY', entityType: 'queue' }).text, /attributeNames.*q/s);
  t.is(manage(bench, { operation: 'PURGE', name: 'q' }).status, 200);
  t.is(bench.broker.find({ kind: 'queue', name: 'q' })?.messages, 0);
  t.is(manage(bench, { operation: 'DELETE', name: 'q' }).status, 204);
  t.is(manage(bench, { operation: 'READ', name: 'q' }).status, 404);
});

for (const [what, status, request] of [
  ['names nothing', 404, { operation: 'READ', name: 'x' }],
  ['has no name', 400, { operation: 'READ' }],
  ['has no operation', 400, {}],
  ['asks for what is not there', 501, { operation: 'FLY', name: 'x' }],
  ['asks for the operations', 200, { operation: 'GET-OPERATIONS' }],
  ['asks for the types', 200, { operation: 'GET-TYPES' }],
] as const) {
  test(`[AMQP Management] a request that ${what} is answered with ${status}`, (t) => {
    t.is(manage(rawBench(), request).status, status);
  });
}

test('[AMQP Management] the node of a reader goes with its link', (t) => {
  const bench = rawBench();
  const peer = bench.enter().say(receiver({ source: source('$management') }));
  t.is(names(bench).length, 1);
  peer.say(detach(1));
  t.is(names(bench).length, 0);
});

test('[AMQP 3.5.3] who answers may call a temporary queue a queue', (t) => {
  const bench = rawBench();
  const asker = bench
    .enter()
    .say(receiver({ source: { kind: 'source', dynamic: true } }), credit(5));
  const [answer] = asker.hearOnly('attach');
  const address = answer?.source?.address ?? '';
  bench
    .enter()
    .say(sender({ target: target(address, 'queue') }))
    .say(transfer(0, message('a')));
  t.deepEqual(texts(asker), ['a']);
  t.deepEqual(names(bench), [address]);
});
