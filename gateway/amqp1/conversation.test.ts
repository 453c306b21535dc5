// What a conversation as a whole must keep to, beside the tests of each part.

import test from 'ava';
import { Users } from '../auth.ts';
import { type RawBench, rawBench } from './raw-bench.test-kit.ts';
import {
  begin,
  close,
  credit,
  detach,
  end,
  flow,
  HEADER,
  message,
  messageWith,
  open,
  type RawPeer,
  rawFrame,
  receiver,
  SASL_HEADER,
  sender,
  settle,
  source,
  transfer,
} from './raw-peer.test-kit.ts';
import { described, FALSE, NULL, string, symbol, TRUE, uint, type Value } from './types.ts';

function send(bench: RawBench, ...payloads: Buffer[]): void {
  const peer = bench.enter().say(sender());
  for (const [id, payload] of payloads.entries()) peer.say(transfer(id, payload));
}

test('[AMQP 2.4.2] all up to the first message may be sent without waiting for an answer', (t) => {
  const { broker, dial } = rawBench();
  const peer = dial().say(HEADER, open(), begin(), sender(), transfer(0, message('m')), close());
  // The transfer came before there was credit: the link is refused, and all is answered in order.
  const kinds = peer.hear().map(({ kind }) => kind);
  t.deepEqual(kinds.slice(0, 4), ['header', 'open', 'begin', 'attach']);
  t.is(kinds.at(-1), 'close');
  t.true(peer.ended);
  t.is(broker.storedMessages, 0);
});

test('[AMQP 2.4.1] before its size is known, no frame of ours is over 512 bytes', (t) => {
  const sizes: number[] = [];
  class Measuring extends Array<number> {}
  const seen = new Measuring();
  for (const users of [new Users(), new Users(new Map([['u', 'p']]))]) {
    const peer = rawBench(users).dial();
    const { write } = peer;
    peer.write = (slabs) => {
      for (const slab of slabs) seen.push(slab.length);
      return write.call(peer, slabs);
    };
    peer.say(SASL_HEADER);
    peer.say(rawSasl('ANONYMOUS'));
    peer.say(HEADER, open());
  }
  sizes.push(...seen);
  t.true(sizes.length > 3);
  t.true(Math.max(...sizes) <= 512);
});

function rawSasl(mechanism: string): Buffer {
  const frame = rawFrame(0, 0x41, [symbol(mechanism)]);
  frame[5] = 1;
  return frame;
}

test('[AMQP 2.4.4] closes that cross are no error', (t) => {
  const peer = rawBench().dial().say(HEADER, open());
  peer.hear();
  peer.engine.goodbye();
  peer.say(close());
  t.is(peer.hearOnly('close').length, 1, 'ours, and no second one in answer to theirs');
  t.true(peer.ended);
});

test('[AMQP 2.5.3] ends that cross are no error, and the channel is free', (t) => {
  const peer = rawBench().enter();
  peer.say(flow({ handle: 9, nextIncomingId: 0, deliveryCount: 0, credit: 1 }), end());
  t.is(peer.hearOnly('end').length, 1);
  peer.say(begin());
  t.is(peer.hearOnly('begin').length, 1);
});

test('[AMQP 2.6.6] detaches that cross are no error', (t) => {
  const bench = rawBench();
  const peer = bench.enter().say(receiver());
  peer.hear();
  bench.broker.deleteDestination({ kind: 'queue', name: 'q' }, false);
  bench.host.settle();
  t.is(peer.hearOnly('detach').length, 1);
  t.deepEqual(peer.say(detach(1)).hear(), []);
});

test('[AMQP 2.6.1] a name is one link for each direction', (t) => {
  const peer = rawBench()
    .enter()
    .say(sender({ name: 'same' }), receiver({ name: 'same' }));
  t.is(peer.hearOnly('attach').length, 2);
  t.is(peer.hearOnly('detach').length, 0);
});

test('[AMQP 2.7.2] the answer to a begin says which channel it answers', (t) => {
  const peer = rawBench().dial().say(HEADER, open(), begin(7), begin(3));
  t.deepEqual(
    peer.hearOnly('begin').map(({ remoteChannel }) => remoteChannel),
    [7, 3],
  );
});

test('[AMQP 2.7.4] a flow of ours says what we have of the peer, and the state of the session', (t) => {
  const peer = rawBench().enter().say(sender());
  peer.hear();
  peer.say(transfer(0, message('m')), flow({ handle: 0, echo: true }));
  const [answer] = peer.hearOnly('flow');
  t.like(answer, { nextIncomingId: 1, nextOutgoingId: 0, deliveryCount: 1 });
  t.true((answer?.incomingWindow ?? 0) > 0);
});

test('[AMQP 2.7.4] how many messages wait is said in answer to an echo', (t) => {
  const bench = rawBench();
  send(bench, message('a'), message('b'), message('c'));
  const peer = bench.enter().say(receiver(), credit(1));
  peer.hear();
  peer.say(credit(1, { echo: true }));
  t.like(peer.hearOnly('flow')[0], { available: 2, linkCredit: 0, deliveryCount: 1 });
});

test('[AMQP 2.7.4] a flow for a link has to say its credit after ours is known', (t) => {
  const peer = rawBench().enter().say(receiver());
  peer.hear();
  t.deepEqual(peer.say(flow({ handle: 1, nextIncomingId: 0 })).hear(), []);
});

test('[AMQP 2.7.5] what we send has an id, a tag of at most 32 bytes, and format 0', (t) => {
  const bench = rawBench();
  send(bench, message('a'), message('b'));
  const peer = bench.enter().say(receiver(), credit(5));
  const transfers = peer.hearOnly('transfer');
  t.is(transfers.length, 2);
  t.notDeepEqual(transfers[0]?.tag, transfers[1]?.tag);
  for (const [id, came] of transfers.entries()) {
    t.like(came, { deliveryId: id, messageFormat: 0, settled: false, more: false });
    t.true(came.tag !== undefined && came.tag.length > 0 && came.tag.length <= 32);
  }
});

test('[AMQP 2.7.5] a transfer must not ask for mode second on a link of mode first', (t) => {
  const peer = rawBench().enter().say(sender());
  peer.hear();
  peer.say(transfer(0, message('m'), { rcvSettleMode: 1 }));
  t.is(peer.hearOnly('detach')[0]?.error?.condition, 'amqp:invalid-field');
});

test('[AMQP 2.7.5] a transfer may ask for mode first on a link of mode second', (t) => {
  const peer = rawBench()
    .enter()
    .say(sender({ rcvSettleMode: 1 }));
  peer.hear();
  peer.say(transfer(0, message('m'), { rcvSettleMode: 0 }), transfer(1, message('m')));
  t.deepEqual(
    peer
      .hearOnly('disposition')
      .map(({ first, settled }) => [first, settled])
      .sort(),
    [
      [0, true],
      [1, false],
    ],
  );
});

test('[AMQP 2.7.5] aborted wins over settled, state and all that came before', (t) => {
  const { broker, enter } = rawBench();
  const peer = enter().say(sender());
  peer.hear();
  const accepted = described(0x24, { type: 'list', value: [] });
  const [head, rest] = [message('m').subarray(0, 4), message('m').subarray(4)];
  peer.say(transfer(0, head, { more: true }));
  peer.say(transfer(undefined, rest, { settled: true, more: true, state: accepted }));
  peer.say(transfer(undefined, Buffer.alloc(0), { aborted: true, settled: true }));
  peer.say(transfer(1, Buffer.from('half'), { aborted: true }));
  t.deepEqual(peer.hear(), []);
  t.is(broker.storedMessages, 0);
  peer.say(transfer(2, message('whole')));
  t.is(peer.hearOnly('disposition')[0]?.first, 2);
});

test('[AMQP 2.7.5] batchable changes nothing but when', (t) => {
  const peer = rawBench().enter().say(sender());
  peer.hear();
  peer.say(transfer(0, message('m'), { batchable: true }));
  t.like(peer.hearOnly('disposition')[0], { first: 0, settled: true });
});

test('[AMQP 2.6.7] a sender that drains by itself, or is told nothing, keeps its count', (t) => {
  const peer = rawBench().enter().say(sender());
  const [grant] = peer.hearOnly('flow');
  peer.say(flow({ handle: 0, deliveryCount: 0, credit: 0, drain: true, echo: true }));
  // What a sender says of credit is ours to say: it changes nothing.
  t.is(peer.hearOnly('flow')[0]?.linkCredit, grant?.linkCredit);
});

test('[AMQP 3.2.1] a sender’s delivery-count is not the number of our attempts', (t) => {
  const bench = rawBench();
  const header = [TRUE, NULL, NULL, TRUE, uint(5)];
  const body = rawFrame(0, 0x70, header).subarray(8);
  send(bench, Buffer.concat([body, message('m')]));
  const [came] = bench.enter().say(receiver(), credit(1)).hearOnly('transfer');
  const expected = rawFrame(0, 0x70, [TRUE, NULL, NULL, TRUE, uint(0)]).subarray(8);
  t.true(came?.payload.includes(expected.subarray(5)));
});

test('[AMQP 3.2] sections of every type pass to another AMQP client bit for bit', (t) => {
  const bench = rawBench();
  const every: Record<string, Value> = {
    ubyte: { type: 'ubyte', value: 255 },
    ushort: { type: 'ushort', value: 65_535 },
    ulong: { type: 'ulong', value: 2n ** 64n - 1n },
    short: { type: 'short', value: -5 },
    char: { type: 'char', value: 0x1f600 },
    decimal: { type: 'decimal64', value: Buffer.alloc(8, 7) },
    time: { type: 'timestamp', value: -1n },
    uuid: { type: 'uuid', value: Buffer.alloc(16, 9) },
    symbol: symbol('s'),
    no: FALSE,
  };
  const payload = messageWith(every, 'm', [{ type: 'uuid', value: Buffer.alloc(16, 1) }]);
  send(bench, payload);
  const [came] = bench.enter().say(receiver(), credit(1)).hearOnly('transfer');
  t.deepEqual(came?.payload, payload);
});

test('[AMQP 3.5.3] our source says all outcomes, and the default that was asked for', (t) => {
  const asked = source('q', { defaultOutcome: { kind: 'released' }, outcomes: [] });
  const peer = rawBench()
    .enter()
    .say(receiver({ source: asked }));
  const [answer] = peer.hearOnly('attach');
  t.is(answer?.source?.outcomes.length, 4);
  t.deepEqual(answer?.source?.defaultOutcome, { kind: 'released' });
});

test('[AMQP 2.8.14] errors of ours have a condition and words, in the scope they belong to', (t) => {
  const scopes: readonly (readonly [RawPeer, 'detach' | 'end' | 'close'])[] = [
    [
      rawBench()
        .enter()
        .say(sender({ target: undefined as never })),
      'detach',
    ],
    [rawBench().enter().say(detach(9)), 'end'],
    [rawBench().enter().say(begin()), 'close'],
  ];
  for (const [peer, kind] of scopes) {
    const [said, ...more] = peer.hearOnly(kind);
    t.regex(said?.error?.condition ?? '', /^amqp:/);
    t.true((said?.error?.description ?? '').length > 10);
    t.deepEqual(more, []);
  }
});

test('[AMQP 2.4.3] what comes before a close is done before it is answered', (t) => {
  const bench = rawBench();
  const peer = bench.enter().say(sender());
  peer.hear();
  peer.say(transfer(0, message('m', { durable: true })), close());
  t.is(bench.broker.storedMessages, 1);
});

test('[AMQP 2.7.6] a disposition of a sender settles nothing that we have out', (t) => {
  const bench = rawBench();
  send(bench, message('m'));
  const peer = bench.enter().say(receiver(), credit(1));
  peer.hear();
  peer.say(settle(0, 0, 'accepted', true, 0, 'sender'));
  t.is(bench.broker.storedMessages, 1);
});

test('[AMQP 2.8.12] symbols and strings of unknown kind in an open are ignored', (t) => {
  const properties = new Map([['x', string('y')]]);
  const peer = rawBench()
    .dial()
    .say(HEADER, open({ properties, desiredCapabilities: ['who-knows'], hostname: 'vhost' }));
  t.is(peer.hearOnly('close').length, 0);
});

test('[AMQP 2.8.2] what a sender of mode settled sends unsettled all the same is answered', (t) => {
  const bench = rawBench();
  const peer = bench.enter().say(sender({ sndSettleMode: 1 }));
  peer.hear();
  peer.say(
    transfer(0, message('a'), { settled: false }),
    transfer(1, message('b'), { settled: true }),
  );
  const answers = peer.hearOnly('disposition');
  t.is(answers.length, 1);
  t.like(answers[0], { first: 0, last: 0, settled: true });
  t.is(bench.broker.storedMessages, 2);
});

test('[AMQP 2.7.4] a flow without a handle grants no link anything', (t) => {
  const bench = rawBench();
  send(bench, message('a'));
  const peer = bench.enter().say(receiver());
  peer.hear();
  peer.say(flow({ deliveryCount: 0, credit: 10 }));
  t.deepEqual(peer.hear(), []);
});
