import test from 'ava';
import { Users } from '../auth.ts';
import type { DeliveryState } from './delivery-state.ts';
import { encodeValue } from './encoder.ts';
import { amqpLimits } from './limits.ts';
import { type RawBench, rawBench } from './raw-bench.test-kit.ts';
import {
  begin as beginSession,
  close,
  credit,
  detach,
  end,
  HEADER,
  inTransaction,
  message,
  messageWith,
  open,
  type RawPeer,
  rawFrame,
  receiver,
  sender,
  settle,
  source,
  textOf,
  transfer,
} from './raw-peer.test-kit.ts';
import { described, FALSE, NULL, string, symbol, TRUE, uint, type Value } from './types.ts';

const COORDINATOR = 5;
const ACCEPTED: Value = described(0x24, { type: 'list', value: [] });

function value(code: number, ...fields: Value[]): Buffer {
  return encodeValue(described(0x77, described(code, { type: 'list', value: fields })));
}

function declare(id: number, globalId: Value = NULL): Buffer {
  return transfer(id, value(0x31, globalId), { handle: COORDINATOR });
}

function discharge(id: number, txnId: Buffer, fail = false): Buffer {
  const command = value(0x32, { type: 'binary', value: txnId }, fail ? TRUE : FALSE);
  return transfer(id, command, { handle: COORDINATOR });
}

function coordinator(outcomes: readonly string[] = ['amqp:rejected:list']): Buffer {
  return sender({
    handle: COORDINATOR,
    name: 'coordinator',
    source: source('here', { outcomes }),
    target: { kind: 'coordinator', capabilities: ['amqp:local-transactions', 'amqp:dtx'] },
  });
}

/** A peer with a coordinator, a sender on handle 0 and a receiver on handle 1. */
function enter(bench: RawBench): RawPeer {
  const peer = bench.enter().say(coordinator(), sender(), receiver());
  peer.hear();
  return peer;
}

/** Declares with a delivery-id and returns the id of the transaction. */
function begin(peer: RawPeer, id: number): Buffer {
  const [answer] = peer.say(declare(id)).hearOnly('disposition');
  if (answer?.state?.kind !== 'declared') throw new Error(`got ${answer?.state?.kind}`);
  return answer.state.txnId;
}

/** What the last disposition says. */
function answered(peer: RawPeer): string | undefined {
  const state = peer.hearOnly('disposition').at(-1)?.state;
  return conditionOf(state);
}

function conditionOf(state: DeliveryState | undefined): string | undefined {
  if (state?.kind === 'rejected') return state.error?.condition;
  return state?.kind;
}

function flowWith(properties: Value): Buffer {
  const window = uint(1000);
  const link = [uint(1), uint(0), uint(1), NULL, FALSE, FALSE, properties];
  return rawFrame(0, 0x13, [uint(0), window, uint(0), window, ...link]);
}

function texts(peer: RawPeer): string[] {
  return peer.hearOnly('transfer').map(({ payload }) => textOf(payload));
}

function consumer(bench: RawBench): RawPeer {
  const peer = bench.enter().say(receiver(), credit(50));
  peer.hear();
  return peer;
}

test('[AMQP 4.5.1] a coordinator is answered with what it can do', (t) => {
  const [answer, grant] = rawBench().enter().say(coordinator()).hear();
  if (answer?.kind !== 'attach') return t.fail();
  t.deepEqual(answer.target, { kind: 'coordinator', capabilities: ['amqp:local-transactions'] });
  t.like(grant, { kind: 'flow', linkCredit: amqpLimits.linkCredit });
});

test('[AMQP 4.2] declare is answered with an id of its own, settled', (t) => {
  const peer = enter(rawBench());
  const answers = peer.say(declare(0), declare(1)).hearOnly('disposition');
  const ids = answers.map(({ state }) => state?.kind === 'declared' && state.txnId.toString('hex'));
  t.is(new Set(ids).size, 2);
  t.true(answers.every(({ settled, role }) => settled && role === 'receiver'));
});

test('[AMQP 4.4.1] what was sent in a transaction is seen when it commits, all at once', (t) => {
  const bench = rawBench();
  const peer = enter(bench);
  const other = consumer(bench);
  const txn = begin(peer, 0);
  peer.say(
    transfer(1, message('a'), { state: inTransaction(txn) }),
    transfer(2, message('b'), { state: inTransaction(txn), settled: true }),
  );
  const answers = peer.hearOnly('disposition');
  t.is(answers.length, 1, 'what came settled is not answered');
  const [{ first, settled, state } = { first: -1 }] = answers;
  t.deepEqual([first, settled], [1, true]);
  t.deepEqual(state, { kind: 'transactional-state', txnId: txn, outcome: { kind: 'accepted' } });
  t.deepEqual(texts(other), []);
  t.is(answered(peer.say(discharge(3, txn))), 'accepted');
  t.deepEqual(texts(other), ['a', 'b']);
});

test('[AMQP 4.3] a discharge that fails rolls back: nothing of it was ever sent', (t) => {
  const bench = rawBench();
  const peer = enter(bench);
  const other = consumer(bench);
  const txn = begin(peer, 0);
  peer.say(transfer(1, message('a'), { state: inTransaction(txn) }));
  t.is(answered(peer.say(discharge(2, txn, true))), 'accepted');
  t.deepEqual(texts(other), []);
  t.is(bench.broker.storedMessages, 0);
});

test('[AMQP 4.3] discharge and the next declare may be sent without waiting', (t) => {
  const bench = rawBench();
  const peer = enter(bench);
  const other = consumer(bench);
  const txn = begin(peer, 0);
  const answers = peer
    .say(
      transfer(1, message('a', { durable: true }), { state: inTransaction(txn), settled: true }),
      discharge(2, txn),
      declare(3),
    )
    .hearOnly('disposition');
  const kinds = answers.map(({ first, state }) => [first, state?.kind]);
  t.deepEqual(kinds.sort(), [
    [2, 'accepted'],
    [3, 'declared'],
  ]);
  t.deepEqual(texts(other), ['a']);
});

for (const [what, settled, fail, rest, attempts] of [
  ['settled outcomes count when it commits', true, false, [], 0],
  ['unsettled outcomes count when it commits', false, false, [], 0],
  ['a roll-back brings back what was settled, counted', true, true, ['m'], 1],
  ['a roll-back leaves unsettled deliveries with the receiver', false, true, [], 0],
] as const) {
  test(`[AMQP 4.4.2] retirement: ${what}`, (t) => {
    const bench = rawBench();
    const peer = enter(bench);
    bench
      .enter()
      .say(sender())
      .say(transfer(0, message('m')));
    t.deepEqual(texts(peer.say(credit(1))), ['m']);
    const txn = begin(peer, 0);
    peer.say(settle(0, 0, inTransaction(txn, ACCEPTED), settled));
    t.deepEqual(peer.hear(), [], 'nothing is final before the discharge');
    t.is(bench.broker.queues()[0]?.statistics().inFlight, 1);
    peer.say(discharge(1, txn, fail));
    const sent = peer.hearOnly('disposition').filter(({ role }) => role === 'sender');
    t.is(sent.length, settled || fail ? 0 : 1, 'we settle what the peer left to us');
    t.is(bench.broker.queues()[0]?.messages, fail ? 1 : 0);
    peer.say(credit(1, { deliveryCount: 1 }));
    const again = peer.hearOnly('transfer');
    t.deepEqual(
      again.map(({ payload }) => textOf(payload)),
      [...rest],
    );
    if (attempts > 0) t.true(again[0]?.payload.includes(Buffer.from([0, 0x53, 0x70])));
    if (settled || !fail) return;
    // The receiver still has it, and may say what became of it after all.
    peer.say(settle(0, 0, 'accepted'));
    t.is(bench.broker.storedMessages, 0);
  });
}

test('[AMQP 4.4] one transaction may span sessions of its connection', (t) => {
  const bench = rawBench();
  const peer = enter(bench);
  const txn = begin(peer, 0);
  peer.say(beginSession(1), sender({ name: 'second' }, 1));
  peer.hear();
  peer.say(transfer(0, message('x'), { state: inTransaction(txn) }, 1));
  // It counts among what the broker holds, and is in no queue.
  t.is(bench.broker.queues()[0]?.messages, 0);
  peer.say(discharge(1, txn));
  t.is(bench.broker.storedMessages, 1);
});

for (const [what, fail, depth] of [
  ['its link is detached', (peer: RawPeer) => peer.say(detach(COORDINATOR)), 1],
  ['its session ends', (peer: RawPeer) => peer.say(end()), 1],
  ['its connection is closed', (peer: RawPeer) => peer.say(close()), 1],
  ['its socket is cut', (peer: RawPeer) => peer.cut(), 1],
] as const) {
  test(`[AMQP 4.2] a transaction is rolled back when ${what}`, (t) => {
    const bench = rawBench();
    const peer = enter(bench);
    bench
      .enter()
      .say(sender())
      .say(transfer(0, message('m')));
    peer.say(credit(1));
    const txn = begin(peer, 0);
    peer.say(
      settle(0, 0, inTransaction(txn, ACCEPTED)),
      transfer(1, message('x'), { state: inTransaction(txn) }),
    );
    fail(peer);
    bench.host.settle();
    t.is(bench.broker.storedMessages, depth);
    t.deepEqual(texts(consumer(bench)), []);
    t.is(bench.broker.queues()[0]?.statistics().depth, depth);
  });
}

test('[AMQP 4.5.8] a discharge of an id that is not known is rejected', (t) => {
  const peer = enter(rawBench());
  t.is(answered(peer.say(discharge(0, Buffer.from('?')))), 'amqp:transaction:unknown-id');
  const txn = begin(peer, 1);
  peer.say(discharge(2, txn));
  t.is(answered(peer.say(discharge(3, txn))), 'amqp:transaction:unknown-id');
});

test('[AMQP 4.3] a coordinator that cannot reject closes its link', (t) => {
  const peer = rawBench()
    .enter()
    .say(coordinator(['amqp:accepted:list']));
  peer.hear();
  peer.say(discharge(0, Buffer.from('?')));
  t.is(peer.hearOnly('detach')[0]?.error?.condition, 'amqp:transaction:unknown-id');
});

for (const [what, expected, frame] of [
  ['is settled', 'amqp:not-allowed', transfer(0, value(0x31), { handle: 5, settled: true })],
  ['is another message', 'amqp:decode-error', transfer(0, message('x'), { handle: 5 })],
  ['has no section at all', 'amqp:decode-error', transfer(0, Buffer.from('x'), { handle: 5 })],
  ['discharges nothing', 'amqp:decode-error', transfer(0, value(0x32), { handle: 5 })],
] as const) {
  test(`[AMQP 4.2] a message to the coordinator that ${what} closes its link`, (t) => {
    const peer = enter(rawBench()).say(frame);
    t.is(peer.hearOnly('detach')[0]?.error?.condition, expected);
  });
}

test('[AMQP 4.2] distributed transactions are refused', (t) => {
  const peer = enter(rawBench());
  const [answer] = peer.say(declare(0, { type: 'binary', value: Buffer.from('g') })).hear();
  t.is(answer?.kind === 'disposition' && conditionOf(answer.state), 'amqp:not-implemented');
});

test('[AMQP 4.4.1] a transfer in a transaction that is not known detaches its link', (t) => {
  const peer = enter(rawBench());
  peer.say(transfer(0, message('m'), { state: inTransaction(Buffer.from('?')) }));
  t.is(peer.hearOnly('detach')[0]?.error?.condition, 'amqp:transaction:unknown-id');
});

test('[AMQP 4.3] a settled send that was refused dooms its transaction', (t) => {
  const bench = rawBench(new Users(), { settings: { q: { messagesMax: 1 } } });
  const peer = enter(bench);
  bench
    .enter()
    .say(sender())
    .say(transfer(0, message('m')));
  const txn = begin(peer, 0);
  peer.say(transfer(1, message('a'), { state: inTransaction(txn), settled: true }));
  t.deepEqual(peer.hear(), []);
  peer.say(transfer(2, message('b'), { state: inTransaction(txn) }));
  const [refused] = peer.hearOnly('disposition');
  if (refused?.state?.kind !== 'transactional-state') return t.fail();
  t.is(conditionOf(refused.state.outcome), 'amqp:transaction:rollback');
  t.is(answered(peer.say(discharge(3, txn))), 'amqp:transaction:rollback');
});

test('[AMQP 4.3] a commit for which there is no room is rejected, and rolled back', (t) => {
  const bench = rawBench(new Users(), { settings: { q: { messagesMax: 2 } } });
  const peer = enter(bench);
  const txn = begin(peer, 0);
  for (let id = 1; id <= 3; id++) {
    peer.say(transfer(id, message('m'), { state: inTransaction(txn) }));
  }
  peer.hear();
  t.is(answered(peer.say(discharge(4, txn))), 'amqp:transaction:rollback');
  t.is(bench.broker.storedMessages, 0);
});

test('Qpid JMS is told of a commit that failed by another condition, which it does not take for doubt', (t) => {
  const bench = rawBench(new Users(), { settings: { q: { messagesMax: 1 } } });
  const properties = new Map([['product', string('QpidJMS')]]);
  const peer = bench.dial().say(HEADER, open({ properties }), beginSession());
  peer.say(coordinator(), sender());
  peer.hear();
  const txn = begin(peer, 0);
  for (let id = 1; id <= 2; id++) {
    peer.say(transfer(id, message('m'), { state: inTransaction(txn) }));
  }
  peer.hear();
  t.is(answered(peer.say(discharge(3, txn))), 'amqp:precondition-failed');
  t.is(answered(peer.say(discharge(4, txn))), 'amqp:transaction:unknown-id');
});

test('[AMQP 4.5.8] a transaction that takes too long is rolled back, and the discharge told', (t) => {
  const bench = rawBench();
  const peer = enter(bench);
  bench
    .enter()
    .say(sender())
    .say(transfer(0, message('m')));
  t.deepEqual(texts(peer.say(credit(1))), ['m']);
  const waiting = begin(peer, 0);
  pass(bench, peer, amqpLimits.transactionMs);
  // Time counts from the first work: this one had none yet.
  peer.say(settle(0, 0, inTransaction(waiting, ACCEPTED)));
  t.is(bench.broker.queues()[0]?.statistics().inFlight, 1);
  pass(bench, peer, amqpLimits.transactionMs);
  t.is(bench.broker.queues()[0]?.statistics().inFlight, 0);
  t.is(answered(peer.say(discharge(1, waiting))), 'amqp:transaction:timeout');
});

/** Lets time pass in which the peer shows that it is alive. */
function pass({ host }: RawBench, peer: RawPeer, ms: number): void {
  for (let left = ms; left > 0; left -= 20_000) {
    host.advance(Math.min(left, 20_000));
    peer.say(Buffer.from([0, 0, 0, 8, 2, 0, 0, 0]));
  }
  peer.hear();
}

test('transactions of a connection are bounded in number', (t) => {
  const peer = enter(rawBench());
  for (let id = 0; id < amqpLimits.transactionsMax; id++) peer.say(declare(id));
  peer.hear();
  t.is(answered(peer.say(declare(amqpLimits.transactionsMax))), 'amqp:resource-limit-exceeded');
});

test('transactions of a connection are bounded in bytes', (t) => {
  const peer = enter(rawBench());
  const txn = begin(peer, 0);
  const large = message('x'.repeat(200_000));
  const count = Math.floor(amqpLimits.transactionBytesMax / large.length);
  for (let id = 1; id <= count; id++) {
    peer.say(transfer(id, large, { state: inTransaction(txn) }));
  }
  peer.hear();
  peer.say(transfer(count + 1, large, { state: inTransaction(txn) }));
  const [refused] = peer.hearOnly('disposition');
  if (refused?.state?.kind !== 'transactional-state') return t.fail();
  t.is(conditionOf(refused.state.outcome), 'amqp:resource-limit-exceeded');
  // What was taken before is committed, and room is there again.
  t.is(answered(peer.say(discharge(count + 2, txn, true))), 'accepted');
  const next = begin(peer, count + 3);
  peer.say(transfer(count + 4, large, { state: inTransaction(next) }));
  t.is(peer.hearOnly('disposition')[0]?.state?.kind, 'transactional-state');
});

test('[AMQP 4.4.3] transactional acquisition is refused by its name', (t) => {
  const peer = enter(rawBench());
  const properties: Value = {
    type: 'map',
    value: [[symbol('txn-id'), { type: 'binary', value: Buffer.from('x') }]],
  };
  peer.say(flowWith(properties));
  t.is(peer.hearOnly('detach')[0]?.error?.condition, 'amqp:not-implemented');
});

test('[AMQP 2.7.4] other properties of a flow mean nothing', (t) => {
  const peer = enter(rawBench());
  peer.say(flowWith({ type: 'map', value: [[symbol('x'), string('y')]] }));
  t.deepEqual(peer.hear(), []);
});

test('[AMQP 2.7.5] a state on the last frame of a delivery counts', (t) => {
  const bench = rawBench();
  const peer = enter(bench);
  const txn = begin(peer, 0);
  const m = messageWith({}, 'm');
  peer.say(transfer(1, m.subarray(0, 4), { more: true }));
  peer.say(transfer(undefined, m.subarray(4), { state: inTransaction(txn) }));
  // It counts among what the broker holds, and is in no queue.
  t.is(bench.broker.queues()[0]?.messages, 0);
  peer.say(discharge(2, txn));
  t.is(bench.broker.storedMessages, 1);
});
