import test from 'ava';
import { usersOn } from '../users.test-kit.ts';
import type { DeliveryState } from './delivery-state.ts';
import { encodeValue } from './encoder.ts';
import { amqpLimits } from './limits.ts';
import { encodeFrame } from './performatives.ts';
import { type RawBench, rawBench } from './raw-bench.test-kit.ts';
import {
  begin,
  type CameOf,
  credit,
  detach,
  end,
  flow,
  HEADER,
  inTransaction,
  message,
  open,
  type RawPeer,
  receiver,
  SASL_HEADER,
  sender,
  settle,
  source,
  target,
  textOf,
  transfer,
} from './raw-peer.test-kit.ts';
import { described, FALSE, NULL, uint, type Value } from './types.ts';

const ACCEPTED: Value = described(0x24, { type: 'list', value: [] });
const RECEIVED: Value = described(0x23, {
  type: 'list',
  value: [uint(0), { type: 'ulong', value: 3n }],
});

type SourceFields = Parameters<typeof source>[1];

/** A receiver whose unsettled deliveries outlive it. */
function keeping(fields: SourceFields = {}, attach: Parameters<typeof receiver>[0] = {}): Buffer {
  const asked = source('q', { durable: 2, expiryPolicy: 'never', ...fields });
  return receiver({ source: asked, ...attach });
}

function send(bench: RawBench, ...payloads: string[]): void {
  const peer = bench.enter().say(sender());
  for (const [id, payload] of payloads.entries()) peer.say(transfer(id, message(payload)));
}

function enter(bench: RawBench): RawPeer {
  return bench.enter();
}

function command(code: number, ...fields: Value[]): Buffer {
  return encodeValue(described(0x77, described(code, { type: 'list', value: fields })));
}

function texts(peer: RawPeer): string[] {
  return peer.hearOnly('transfer').map(({ payload }) => textOf(payload));
}

function mapOf(entries: readonly (readonly [Buffer | undefined, Value])[]): Value {
  return {
    type: 'map',
    value: entries.map(([tag, state]): [Value, Value] => [
      { type: 'binary', value: tag ?? Buffer.from('?') },
      state,
    ]),
  };
}

function tagsOf(answer: CameOf<'attach'> | undefined): string[] {
  const value = answer?.unsettled;
  if (value?.type !== 'map') return [];
  return value.value.map(([tag]) => (tag.type === 'binary' ? tag.value.toString('hex') : '?'));
}

/** Sends three messages to a link that keeps them, and leaves it; returns their tags. */
function leave(bench: RawBench, how: (peer: RawPeer) => void, fields: SourceFields = {}) {
  send(bench, '0', '1', '2');
  const peer = enter(bench).say(keeping(fields), credit(3));
  const tags = peer.hearOnly('transfer').map(({ tag }) => tag ?? Buffer.alloc(0));
  how(peer);
  bench.host.settle();
  return { peer, tags };
}

for (const [what, how] of [
  ['is detached', (peer: RawPeer) => peer.say(detach(1, false))],
  ['loses its session', (peer: RawPeer) => peer.say(end())],
  ['loses its connection', (peer: RawPeer) => peer.cut()],
] as const) {
  test(`[AMQP 2.6.13] a link that ${what} keeps what is unsettled, and goes on with it`, (t) => {
    const bench = rawBench();
    const { tags } = leave(bench, how);
    t.is(bench.broker.queues()[0]?.statistics().inFlight, 3);
    const [first, second] = tags;
    // Of the third we know nothing; of the others what the receiver says counts.
    const unsettled = mapOf([
      [first, ACCEPTED],
      [second, RECEIVED],
      [Buffer.from('unknown'), NULL],
    ]);
    const peer = enter(bench).say(keeping({}, { unsettled }));
    const [answer] = peer.hearOnly('attach');
    t.deepEqual(
      tagsOf(answer),
      tags.map((tag) => tag.toString('hex')),
    );
    t.deepEqual(peer.hear(), [], 'nothing without credit');
    const came = peer.say(credit(10)).hearOnly('transfer');
    const said = came.map(({ tag, resume, aborted, settled, state, payload }) => [
      tags.findIndex((one) => tag !== undefined && one.equals(tag)),
      resume,
      aborted,
      settled,
      (state as DeliveryState | undefined)?.kind,
      payload.length > 0 ? textOf(payload) : '',
    ]);
    t.deepEqual(said, [
      [0, true, false, true, 'accepted', ''],
      [1, true, true, true, undefined, ''],
      [-1, false, false, false, undefined, '1'],
      [-1, false, false, false, undefined, '2'],
    ]);
    t.is(bench.broker.queues()[0]?.statistics().inFlight, 2);
    // Attempts count if the receiver may have seen them.
    const redelivered = came.at(-1)?.payload.includes(Buffer.from([0, 0x53, 0x70]));
    t.is(redelivered, what === 'loses its connection');
  });
}

test('[AMQP 2.6.13] a link that comes back with nothing gets all of it anew', (t) => {
  const bench = rawBench();
  leave(bench, (peer) => peer.say(detach(1, false)));
  const peer = enter(bench).say(keeping()).say(credit(10));
  t.deepEqual(texts(peer), ['0', '1', '2']);
});

test('[AMQP 2.7.3] a map that is not complete proves nothing, and nothing new is sent', (t) => {
  const bench = rawBench();
  const { tags } = leave(bench, (peer) => peer.say(detach(1, false)));
  const unsettled = mapOf([[tags[0], ACCEPTED]]);
  const peer = enter(bench).say(keeping({}, { unsettled, incompleteUnsettled: true }));
  send(bench, 'new');
  peer.hear();
  const came = peer.say(credit(10)).hearOnly('transfer');
  t.deepEqual(
    came.map(({ resume }) => resume),
    [true],
  );
  // The others wait for the next attach, whose map is complete.
  t.is(bench.broker.queues()[0]?.statistics().inFlight, 2);
});

test('[AMQP 2.7.3] a map that does not fit into a frame is sent in part, and says so', (t) => {
  const bench = rawBench();
  const many = Array.from({ length: 60 }, (_, n) => `${n}`);
  send(bench, ...many);
  const first = enter(bench).say(keeping(), credit(100));
  t.is(texts(first).length, 60);
  first.say(detach(1, false));
  const peer = bench.dial().say(HEADER, open({ maxFrameSize: 600 }), begin());
  const [answer] = peer.say(keeping()).hearOnly('attach');
  t.true(answer?.incompleteUnsettled);
  t.true(tagsOf(answer).length > 0 && tagsOf(answer).length < 60);
});

test('[AMQP 2.6.2] a name that is taken over on another connection is stolen, with all it had', (t) => {
  const bench = rawBench();
  send(bench, '0');
  const first = enter(bench).say(keeping(), credit(3));
  const [{ tag } = { tag: undefined }] = first.hearOnly('transfer');
  const second = enter(bench).say(keeping({}, { unsettled: mapOf([[tag, ACCEPTED]]) }), credit(3));
  t.is(first.hearOnly('detach')[0]?.error?.condition, 'amqp:link:stolen');
  t.deepEqual(
    second.hearOnly('transfer').map(({ resume, settled }) => [resume, settled]),
    [[true, true]],
  );
  t.is(bench.broker.storedMessages, 0);
});

for (const [policy, how, kept] of [
  ['link-detach', (peer: RawPeer) => peer.say(detach(1, false)), false],
  ['session-end', (peer: RawPeer) => peer.say(detach(1, false)), true],
  ['session-end', (peer: RawPeer) => peer.say(detach(1, false), end()), false],
  ['session-end', (peer: RawPeer) => peer.say(end()), false],
  ['connection-close', (peer: RawPeer) => peer.say(end()), true],
  ['connection-close', (peer: RawPeer) => peer.say(detach(1, false)).cut(), false],
  ['connection-close', (peer: RawPeer) => peer.cut(), false],
  ['never', (peer: RawPeer) => peer.cut(), true],
  ['never', (peer: RawPeer) => peer.say(detach(1, true)), false],
] as const) {
  test(`[AMQP 3.5.6] ${policy}, after ${how}: ${kept ? 'kept' : 'given back'}`, (t) => {
    const bench = rawBench();
    leave(bench, how, { expiryPolicy: policy });
    t.is(bench.broker.queues()[0]?.statistics().inFlight, kept ? 3 : 0);
  });
}

test('[AMQP 3.5.3] the timeout of a terminus runs when its policy ends', (t) => {
  const bench = rawBench();
  leave(bench, (peer) => peer.cut(), { expiryPolicy: 'session-end', timeout: 5 });
  bench.host.advance(4999);
  t.is(bench.broker.queues()[0]?.statistics().inFlight, 3);
  bench.host.advance(1);
  t.is(bench.broker.queues()[0]?.statistics().inFlight, 0);
  t.is([...bench.broker.connections()].length, 1, 'only the producer is left');
});

test('[AMQP 3.5.3] a link that is back in time is not timed out', (t) => {
  const bench = rawBench();
  const fields = { expiryPolicy: 'link-detach', timeout: 5 };
  const { peer } = leave(bench, (one) => one.say(detach(1, false)), fields);
  bench.host.advance(4000);
  peer.hear();
  peer.say(keeping(fields)).say(credit(10));
  t.deepEqual(texts(peer), ['0', '1', '2']);
  bench.host.advance(4000);
  t.is(bench.broker.queues()[0]?.statistics().inFlight, 3);
});

test('[JMS mapping] links with a capability of JMS keep nothing', (t) => {
  const bench = rawBench();
  leave(bench, (peer) => peer.say(detach(1, false)), { capabilities: ['queue'] });
  t.is(bench.broker.queues()[0]?.statistics().inFlight, 0);
});

test('[AMQP 3.5.6] the subscription of a detached link goes on until its policy ends', (t) => {
  const bench = rawBench();
  bench.enter().say(sender({ target: target('t', 'topic') }));
  const asked = receiver({ source: source('t') });
  const peer = enter(bench).say(asked, credit(5), detach(1, false));
  const producer = bench.enter().say(sender({ target: target('t', 'topic') }));
  producer.say(transfer(0, message('m')));
  peer.hear();
  t.deepEqual(texts(peer.say(asked).say(credit(5))), ['m']);
  peer.say(detach(1, false), end());
  t.is(bench.broker.topics()[0]?.subscriptions.length, 0);
});

test('a destination that is deleted takes along what waits for a link', (t) => {
  const bench = rawBench();
  leave(bench, (peer) => peer.cut());
  bench.broker.deleteDestination({ kind: 'queue', name: 'q' }, false);
  bench.host.settle();
  send(bench, 'new');
  const peer = enter(bench).say(keeping()).say(credit(5));
  t.deepEqual(tagsOf(peer.hearOnly('attach')[0]), []);
});

test('a link that asks for something else than before begins anew', (t) => {
  const bench = rawBench();
  leave(bench, (peer) => peer.cut());
  const peer = enter(bench).say(keeping({ expiryPolicy: 'connection-close' }), credit(5));
  t.deepEqual(texts(peer), ['0', '1', '2']);
});

// Mode second on the way in: the sender settles after us.

function second(fields: Parameters<typeof sender>[0] = {}): Buffer {
  return sender({ rcvSettleMode: 1, ...fields });
}

const KEPT = {
  target: { kind: 'target' as const, address: 'q', durable: 2, expiryPolicy: 'never' },
};

test('[AMQP 2.8.3] second: we accept, the sender settles', (t) => {
  const bench = rawBench();
  const peer = enter(bench).say(second());
  t.is(peer.hearOnly('attach')[0]?.rcvSettleMode, 1);
  peer.say(transfer(0, message('a', { durable: true }), { tag: Buffer.from('0') }));
  peer.say(transfer(1, message('b'), { tag: Buffer.from('1') }));
  const said = peer.hearOnly('disposition');
  t.deepEqual(
    said.map(({ role, settled, state }) => [role, settled, state?.kind]),
    said.map(() => ['receiver', false, 'accepted']),
  );
  t.deepEqual(peer.say(settle(0, 1, undefined, true, 0, 'sender')).hear(), []);
  t.is(bench.broker.storedMessages, 2);
});

test('[AMQP 2.6.13] second: a sender that lost us learns what we have, and sends it once', (t) => {
  const bench = rawBench();
  const tags = ['a', 'b', 'c'].map((one) => Buffer.from(one));
  const first = enter(bench).say(second(KEPT));
  for (const [id, tag] of tags.entries()) first.say(transfer(id, message(`${id}`), { tag }));
  first.say(settle(0, 0, undefined, true, 0, 'sender'));
  first.cut();
  const unsettled = mapOf([
    [tags[1], NULL],
    [tags[2], NULL],
    [Buffer.from('d'), NULL],
  ]);
  const peer = enter(bench).say(second({ ...KEPT, unsettled }));
  const [answer] = peer.hearOnly('attach');
  t.deepEqual(tagsOf(answer), ['62', '63'], 'the first was settled');
  peer.hear();
  const [, b, c] = tags;
  if (b === undefined || c === undefined) return t.fail();
  peer.say(
    // Settled by its state, resumed as it is, unknown to us, and new.
    transfer(0, Buffer.alloc(0), { tag: b, resume: true, settled: true, state: ACCEPTED }),
    transfer(1, message('2'), { tag: c, resume: true }),
    transfer(2, message('3'), { tag: Buffer.from('d'), resume: true }),
    transfer(3, message('3'), { tag: Buffer.from('d') }),
  );
  const said = peer
    .hearOnly('disposition')
    .map(({ first, last, settled }) => [first, last, settled]);
  t.deepEqual(said, [
    [1, 1, false],
    [3, 3, false],
  ]);
  t.is(bench.broker.queues()[0]?.enqueued, 4, 'none of them twice');
});

test('[AMQP 2.7.3] nothing new may come while our own map is not complete', (t) => {
  const bench = rawBench();
  const first = enter(bench).say(second(KEPT));
  const tagOf = (id: number): Buffer => Buffer.from(`tag ${id}`.padEnd(32));
  for (let id = 0; id < 50; id++) first.say(transfer(id, message(''), { tag: tagOf(id) }));
  first.cut();
  const peer = bench.dial().say(HEADER, open({ maxFrameSize: 1000 }), begin());
  const [answer] = peer
    .say(second({ ...KEPT, unsettled: mapOf([[tagOf(0), NULL]]) }))
    .hearOnly('attach');
  t.true(answer?.incompleteUnsettled);
  t.true(tagsOf(answer).length > 10 && tagsOf(answer).length < 50);
  peer.say(transfer(0, Buffer.alloc(0), { tag: tagOf(0), resume: true, settled: true }));
  t.deepEqual(
    peer.hear().filter(({ kind }) => kind === 'detach'),
    [],
  );
  peer.say(transfer(1, message('new'), { tag: Buffer.from('new') }));
  t.is(peer.hearOnly('detach')[0]?.error?.condition, 'amqp:not-allowed');
});

test('[AMQP 2.7.5] a resumed delivery in several frames is ignored as a whole', (t) => {
  const bench = rawBench();
  const peer = enter(bench).say(second());
  peer.hear();
  const m = message('m');
  peer.say(transfer(0, m.subarray(0, 3), { resume: true, more: true }));
  peer.say(transfer(undefined, m.subarray(3)));
  peer.say(transfer(1, message('next')));
  t.deepEqual(
    peer.hearOnly('disposition').map(({ first }) => first),
    [1],
  );
  t.is(bench.broker.storedMessages, 1);
});

test('second: a sender that settles nothing gets no more credit', (t) => {
  const peer = enter(rawBench()).say(second());
  let given = 0;
  let sent = 0;
  for (;;) {
    const grants = peer.hearOnly('flow').filter(({ handle }) => handle >= 0);
    const grant = grants.at(-1);
    if (grant === undefined) break;
    given = grant.deliveryCount + grant.linkCredit;
    while (sent < given) {
      const batch = Math.min(500, given - sent);
      const frames = Array.from({ length: batch }, (_, n) => {
        const tag = Buffer.alloc(4);
        tag.writeUInt32BE(sent + n);
        return transfer(sent + n, message(''), { tag });
      });
      peer.say(...frames);
      sent += batch;
    }
  }
  t.true(sent >= amqpLimits.unconfirmedMax);
  t.true(sent < amqpLimits.unconfirmedMax + 2 * amqpLimits.linkCredit);
  peer.say(settle(0, sent - 1, undefined, true, 0, 'sender'));
  peer.say(flow({ handle: 0, echo: true, deliveryCount: sent }));
  t.true(peer.hearOnly('flow').some(({ linkCredit }) => linkCredit > 0));
});

test('[AMQP 2.8.3] second on the way out: we settle when the receiver has said what became of it', (t) => {
  const bench = rawBench();
  send(bench, '0', '1');
  const peer = enter(bench).say(receiver({ rcvSettleMode: 1 }), credit(5));
  peer.hear();
  const [answer] = peer.say(settle(0, 1, 'accepted', false)).hearOnly('disposition');
  t.like(answer, { role: 'sender', first: 0, last: 1, settled: true });
  t.is(answer?.state?.kind, 'accepted');
  t.is(bench.broker.storedMessages, 0);
});

test('[AMQP 2.6.12] second on the way out: in a transaction we settle when the commit is safe', (t) => {
  const bench = rawBench();
  send(bench, '0');
  const coordinator = { kind: 'coordinator', capabilities: [] } as const;
  const peer = enter(bench)
    .say(receiver({ rcvSettleMode: 1 }), credit(5))
    .say(sender({ handle: 2, name: 'c', target: coordinator }))
    .say(transfer(0, command(0x31), { handle: 2 }));
  const declared = peer.hearOnly('disposition')[0]?.state;
  const txnId = declared?.kind === 'declared' ? declared.txnId : Buffer.from('none');
  peer.say(settle(0, 0, inTransaction(txnId, ACCEPTED), false));
  t.deepEqual(peer.hearOnly('disposition'), []);
  const discharge = command(0x32, { type: 'binary', value: txnId }, FALSE);
  const came = peer.say(transfer(1, discharge, { handle: 2 })).hearOnly('disposition');
  t.true(came.some(({ role, first, settled }) => role === 'sender' && first === 0 && settled));
  t.is(bench.broker.storedMessages, 0);
});

test('a link that comes back is of the same user, not just of a container of the same name', (t) => {
  const bench = rawBench((host) => usersOn(host, { ada: 'a', bob: 'b' }, { anonymous: false }));
  const dial = (user: string, word: string): RawPeer => {
    const initialResponse = Buffer.from(`\0${user}\0${word}`);
    const init = encodeFrame(0, { kind: 'sasl-init', mechanism: 'PLAIN', initialResponse });
    const peer = bench.dial().say(SASL_HEADER, init, HEADER, open(), begin());
    peer.hear();
    return peer;
  };
  const producer = dial('ada', 'a').say(sender());
  producer.say(transfer(0, message('0')));
  dial('ada', 'a').say(keeping(), credit(5)).cut();
  const stranger = dial('bob', 'b').say(keeping(), credit(5));
  t.is(stranger.hearOnly('attach')[0]?.unsettled, undefined);
  t.is(bench.broker.queues()[0]?.statistics().inFlight, 1);
  const back = dial('ada', 'a').say(keeping(), credit(5));
  t.is(tagsOf(back.hearOnly('attach')[0]).length, 1);
});
