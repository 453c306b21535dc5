import test from 'ava';
import { amqpLimits } from './limits.ts';
import { encodeFrame } from './performatives.ts';
import { rawBench } from './raw-bench.test-kit.ts';
import {
  begin,
  credit,
  detach,
  end,
  flow,
  HEADER,
  message,
  open,
  type RawPeer,
  rawFrame,
  receiver,
  sender,
  settle,
  target,
  textOf,
  transfer,
} from './raw-peer.test-kit.ts';
import { described, NULL, uint } from './types.ts';

/** Transfers with ids `first…last`, whose texts are the ids. */
function transfers(first: number, last: number, said: Parameters<typeof transfer>[2] = {}): Buffer {
  const frames: Buffer[] = [];
  for (let id = first; id <= last; id++) frames.push(transfer(id, message(`${id}`), said));
  return Buffer.concat(frames);
}

function texts(peer: RawPeer): string[] {
  return peer.hearOnly('transfer').map(({ payload }) => textOf(payload));
}

function kinds(peer: RawPeer): string[] {
  return peer.hear().map(({ kind }) => kind);
}

/** The condition of the only frame of a kind that closes something. */
function condition(peer: RawPeer, kind: 'detach' | 'end' | 'close'): string | undefined {
  return peer.hearOnly(kind)[0]?.error?.condition;
}

test('[AMQP 2.5.1] a begin is answered on a channel of ours, an end frees it', (t) => {
  const peer = rawBench().dial().say(HEADER, open(), begin(7), begin(3));
  const answers = peer.hearOnly('begin');
  t.deepEqual(
    answers.map(({ channel, remoteChannel }) => [channel, remoteChannel]),
    [
      [0, 7],
      [1, 3],
    ],
  );
  t.is(answers[0]?.handleMax, amqpLimits.handleMax);
  t.is(answers[0]?.incomingWindow, amqpLimits.incomingWindow);
  t.deepEqual(
    peer
      .say(end(7))
      .hearOnly('end')
      .map(({ channel, error }) => [channel, error]),
    [[0, undefined]],
  );
  t.is(peer.say(begin(9)).hearOnly('begin')[0]?.channel, 0);
});

test('[AMQP 2.7.1] a channel above channel-max is a framing error', (t) => {
  const peer = rawBench().dial().say(HEADER, open());
  t.is(peer.say(begin(amqpLimits.channelMax)).hearOnly('begin').length, 1);
  peer.say(begin(amqpLimits.channelMax + 1));
  t.is(condition(peer, 'close'), 'amqp:connection:framing-error');
});

test('[AMQP 2.7.1] we use no channel above the channel-max of the peer', (t) => {
  const peer = rawBench()
    .dial()
    .say(HEADER, open({ channelMax: 0 }), begin(4));
  t.is(peer.hearOnly('begin')[0]?.channel, 0);
  t.is(condition(peer.say(begin(5)), 'close'), 'amqp:not-allowed');
});

for (const [what, frame] of [
  ['begin on a channel in use', begin(0)],
  ['flow on a channel without a session', flow({}, 5)],
  ['end on a channel without a session', end(5)],
  ['attach on a channel without a session', sender({}, 5)],
  ['begin that answers what nobody began', begin(1, { remoteChannel: 0 })],
] as const) {
  test(`[AMQP 2.5.1] ${what} closes the connection with illegal-state`, (t) => {
    const peer = rawBench().enter().say(frame);
    t.is(condition(peer, 'close'), 'amqp:illegal-state');
    t.is(peer.lines.length, 1);
  });
}

test('[AMQP 2.7.2] a handle above handle-max is a framing error', (t) => {
  const peer = rawBench().enter();
  t.is(peer.say(sender({ handle: amqpLimits.handleMax })).hearOnly('attach').length, 1);
  peer.say(sender({ handle: amqpLimits.handleMax + 1, name: 'other' }));
  t.is(condition(peer, 'close'), 'amqp:connection:framing-error');
});

test('[AMQP 2.7.2] we use no handle above the handle-max of the peer', (t) => {
  const peer = rawBench()
    .dial()
    .say(HEADER, open(), begin(0, { handleMax: 0 }), sender());
  t.is(peer.hearOnly('attach')[0]?.handle, 0);
  t.is(condition(peer.say(receiver()), 'end'), 'amqp:resource-limit-exceeded');
});

test('a connection has a bounded number of links', (t) => {
  const peer = rawBench().dial().say(HEADER, open());
  let links = 0;
  for (let channel = 0; links < amqpLimits.handlesPerConnectionMax; channel++) {
    const frames = [begin(channel)];
    for (let handle = 0; handle <= amqpLimits.handleMax && links < 16_384; handle++, links++) {
      frames.push(sender({ handle, name: `${links}` }, channel));
    }
    peer.say(...frames);
  }
  t.is(peer.hearOnly('attach').length, amqpLimits.handlesPerConnectionMax);
  peer.say(begin(100), sender({ name: 'more' }, 100));
  t.is(condition(peer, 'end'), 'amqp:resource-limit-exceeded');
});

test('[AMQP 2.8.17] attach on a handle in use ends that session, and no other', (t) => {
  const peer = rawBench()
    .enter()
    .say(begin(1), sender({ name: 'one' }, 1), sender());
  peer.hear();
  peer.say(sender({ name: 'other' }));
  t.deepEqual(
    peer.hear().map((frame) => [frame.kind, 'channel' in frame && frame.channel]),
    [['end', 0]],
  );
  t.deepEqual(peer.logged('condition'), ['amqp:session:handle-in-use']);
  // The other goes on; what comes on the ended one is ignored until its end.
  peer.say(sender({ name: 'x' }), transfer(0, message('a')), transfer(0, message('b'), {}, 1));
  t.deepEqual(kinds(peer), ['disposition']);
  peer.say(end(), begin());
  t.deepEqual(kinds(peer), ['begin']);
  t.is(peer.lines.length, 1);
});

for (const [what, frame] of [
  ['transfer', transfer(0, message('m'), { handle: 9 })],
  ['flow', flow({ handle: 9 })],
  ['detach', detach(9)],
] as const) {
  test(`[AMQP 2.8.17] ${what} on a handle without a link ends the session`, (t) => {
    const peer = rawBench().enter().say(frame);
    t.is(condition(peer, 'end'), 'amqp:session:unattached-handle');
    t.is(peer.lines.length, 1);
  });
}

test('[AMQP 2.8.17] transfer on a handle that was detached ends the session', (t) => {
  const peer = rawBench()
    .enter()
    .say(sender(), detach(0), transfer(0, message('m')));
  t.is(condition(peer, 'end'), 'amqp:session:unattached-handle');
});

test('transfer on a link whose receiver the peer is ends the session', (t) => {
  const peer = rawBench()
    .enter()
    .say(receiver(), transfer(0, message('m'), { handle: 1 }));
  t.is(condition(peer, 'end'), 'amqp:not-allowed');
});

test('[AMQP 2.6.5] a detach is answered in kind, and frees name and handle', (t) => {
  const peer = rawBench().enter().say(sender());
  peer.hear();
  t.is(peer.say(detach(0, false)).hearOnly('detach')[0]?.closed, false);
  peer.say(sender());
  t.is(peer.say(detach(0, true)).hearOnly('detach')[0]?.closed, true);
  t.deepEqual(kinds(peer.say(sender())), ['attach', 'flow']);
});

test('[AMQP 2.6.1] a second attach of a name and role steals the link', (t) => {
  const peer = rawBench()
    .enter()
    .say(begin(1), receiver(), sender({ name: 'receiver' }));
  peer.hear();
  // The same name in the other role is another link; the same role in any session is the same.
  peer.say(receiver({ handle: 5 }, 1));
  const [gone, attached] = peer.hear();
  t.true(gone?.kind === 'detach' && gone.channel === 0);
  t.is(gone?.kind === 'detach' && gone.error?.condition, 'amqp:link:stolen');
  t.true(attached?.kind === 'attach' && attached.channel === 1);
  // Credit for the stolen one is ignored until the peer has detached it.
  peer.say(credit(1), detach(1), transfer(0, message('m')), credit(1, { handle: 5 }, 1));
  t.deepEqual(kinds(peer), ['disposition', 'transfer']);
});

test('[AMQP 2.5.7] an end releases what is unsettled, uncounted and in order', (t) => {
  const { enter } = rawBench();
  enter().say(sender()).say(transfers(0, 9));
  const first = enter().say(receiver(), credit(4));
  t.deepEqual(texts(first), ['0', '1', '2', '3']);
  first.say(settle(1, 1, 'accepted'), end());
  const second = enter().say(receiver(), credit(20));
  const came = second.hearOnly('transfer');
  t.deepEqual(
    came.map(({ payload }) => textOf(payload)),
    ['0', '2', '3', '4', '5', '6', '7', '8', '9'],
  );
  t.deepEqual(came[0]?.payload, message('0'));
});

test('[AMQP 2.6.6] a detach releases what is unsettled with that link only', (t) => {
  const { broker, enter } = rawBench();
  enter().say(sender()).say(transfers(0, 3));
  const peer = enter().say(receiver(), credit(1), receiver({ handle: 2, name: 'b' }));
  peer.say(credit(1, { handle: 2 }));
  t.deepEqual(texts(peer), ['0', '1']);
  peer.say(detach(1));
  t.is(broker.queues()[0]?.statistics().inFlight, 1);
  // The ids of the detached link mean nothing any more.
  peer.say(settle(0, 1, 'accepted'));
  t.is(broker.queues()[0]?.statistics().settled, 1);
});

test('[AMQP 2.5.6] a transfer outside the window is a window violation', (t) => {
  const peer = rawBench().enter();
  const most = amqpLimits.incomingWindow;
  const links = Math.ceil((most + 1) / amqpLimits.linkCredit);
  for (let handle = 0; handle < links; handle++) peer.say(sender({ handle, name: `${handle}` }));
  peer.hear();
  // All in one chunk: the window is only said anew when a chunk was eaten.
  const frames = Buffer.concat(
    Array.from({ length: most }, (_, id) =>
      transfer(id, message('m'), { settled: true, handle: Math.floor(id / amqpLimits.linkCredit) }),
    ),
  );
  const more = transfer(most, message('m'), { settled: true, handle: links - 1 });
  peer.say(frames);
  t.true(peer.hear().every(({ kind }) => kind === 'flow'));
  peer.say(Buffer.concat([...Array(links)].map((_, handle) => flow({ handle, echo: true }))));
  const [granted] = peer.hearOnly('flow');
  t.is(granted?.nextIncomingId, most);
  t.is(granted?.incomingWindow, most);
  peer.say(frames, more);
  t.is(condition(peer, 'end'), 'amqp:session:window-violation');
});

test('[AMQP 2.5.6] we send no transfer outside the window of the peer', (t) => {
  const { enter, dial } = rawBench();
  enter().say(sender()).say(transfers(0, 9));
  const peer = dial().say(HEADER, open(), begin(0, { incomingWindow: 2 }), receiver());
  const grant = (nextIncomingId: number, incomingWindow: number) =>
    credit(100, { nextIncomingId, incomingWindow });
  t.deepEqual(texts(peer.say(grant(0, 2))), ['0', '1']);
  t.deepEqual(texts(peer.say(grant(0, 2))), []);
  t.deepEqual(texts(peer.say(grant(1, 2))), ['2']);
  t.deepEqual(texts(peer.say(flow({ nextIncomingId: 3, incomingWindow: 4 }))), [
    '3',
    '4',
    '5',
    '6',
  ]);
  t.deepEqual(texts(peer.say(flow({ nextIncomingId: 7, incomingWindow: 0 }))), []);
  t.deepEqual(texts(peer.say(flow({ nextIncomingId: 7, incomingWindow: 9 }))), ['7', '8', '9']);
});

test('[AMQP 2.5.6] a session that begins with a shut window gets nothing until it opens', (t) => {
  const { enter, dial } = rawBench();
  enter().say(sender()).say(transfers(0, 0));
  const peer = dial().say(HEADER, open(), begin(0, { incomingWindow: 0 }), receiver());
  peer.say(credit(1, { incomingWindow: 0 }));
  t.deepEqual(texts(peer), []);
  t.deepEqual(texts(peer.say(flow({ nextIncomingId: 0, incomingWindow: 1 }))), ['0']);
});

test('[AMQP 2.6.14] a message in frames goes on where the window stopped it', (t) => {
  const { enter, dial } = rawBench();
  const long = message('x'.repeat(4000));
  enter()
    .say(sender())
    .say(transfer(0, long), transfer(1, message('after')));
  const peer = dial().say(
    HEADER,
    open({ maxFrameSize: 512 }),
    begin(0, { incomingWindow: 3 }),
    receiver(),
    credit(2, { incomingWindow: 3 }),
  );
  const came = peer.hearOnly('transfer');
  t.is(came.length, 3);
  t.true(came.every(({ more }) => more));
  for (let id = 3; id < 20; id += 3) {
    came.push(...peer.say(flow({ nextIncomingId: id, incomingWindow: 3 })).hearOnly('transfer'));
  }
  const first = came.findIndex(({ more }) => !more);
  t.deepEqual(Buffer.concat(came.slice(0, first + 1).map(({ payload }) => payload)), long);
  t.deepEqual(
    came.filter(({ deliveryId }) => deliveryId >= 0).map(({ deliveryId }) => deliveryId),
    [0, 1],
  );
  t.is(textOf(came.at(-1)?.payload ?? Buffer.alloc(0)), 'after');
  t.is(came.length, first + 2);
});

test('a detach in the middle of a message lets the others of the session go on', (t) => {
  const { enter, dial } = rawBench();
  enter()
    .say(sender())
    .say(transfer(0, message('x'.repeat(4000))), transfer(1, message('b')));
  const peer = dial().say(HEADER, open({ maxFrameSize: 512 }), begin(0, { incomingWindow: 3 }));
  peer.say(receiver(), credit(1, { incomingWindow: 3 }));
  t.is(peer.hearOnly('transfer').length, 3);
  peer.say(receiver({ name: 'b', handle: 2 }), credit(2, { handle: 2, incomingWindow: 3 }));
  peer.say(detach(1), flow({ nextIncomingId: 3, incomingWindow: 100 }));
  const came = peer.hearOnly('transfer');
  t.is(came[0]?.handle, 1);
  t.is(textOf(came.at(-1)?.payload ?? Buffer.alloc(0)), 'b');
});

test('[AMQP 2.5.6] a flow that counts what was never sent is refused', (t) => {
  const peer = rawBench()
    .enter()
    .say(flow({ nextIncomingId: 1 }));
  t.is(condition(peer, 'end'), 'amqp:invalid-field');
});

test('[AMQP 2.7.4] an echo of the session is answered', (t) => {
  const peer = rawBench()
    .enter()
    .say(flow({ echo: true }));
  t.deepEqual(
    peer.hearOnly('flow').map(({ handle, incomingWindow }) => [handle, incomingWindow]),
    [[-1, amqpLimits.incomingWindow]],
  );
  t.deepEqual(peer.say(flow({})).hear(), []);
});

test('[AMQP 2.7.6] deliveries are settled in ranges, in any order, unknown ones ignored', (t) => {
  const { broker, enter } = rawBench();
  enter().say(sender()).say(transfers(0, 19));
  const peer = enter().say(receiver(), credit(20));
  t.is(texts(peer).length, 20);
  const settled = (): number | undefined => broker.queues()[0]?.statistics().settled;
  peer.say(settle(10, 14, 'accepted'));
  t.is(settled(), 5);
  peer.say(settle(12, 17, 'accepted'));
  t.is(settled(), 8);
  peer.say(settle(100, 200, 'accepted'), settle(0, 0x7fff_ffff, 'accepted'));
  t.is(settled(), 20);
  t.deepEqual(peer.hear(), []);
});

test('[AMQP 2.7.6] one delivery that stays open stalls nothing behind it', (t) => {
  const { broker, enter } = rawBench();
  const peer = enter().say(receiver(), credit(100_000));
  const producer = enter().say(sender());
  for (let first = 0; first < 20_000; first += 1000) {
    producer.say(transfers(first, first + 999, { settled: true }));
    t.is(peer.hearOnly('transfer').length, 1000);
    peer.say(settle(Math.max(1, first), first + 999, 'accepted'));
  }
  t.is(broker.queues()[0]?.statistics().inFlight, 1);
  peer.say(settle(0, 0, 'accepted'));
  t.is(broker.storedMessages, 0);
});

test('[AMQP 2.7.6] a range that ends before it begins ends the session', (t) => {
  const peer = rawBench()
    .enter()
    .say(settle(5, 3, 'accepted'));
  t.is(condition(peer, 'end'), 'amqp:invalid-field');
});

test('[AMQP 2.6.12] a receiver that does not settle first is answered with our settlement', (t) => {
  const { broker, enter } = rawBench();
  enter().say(sender()).say(transfers(0, 2));
  const peer = enter().say(receiver({ rcvSettleMode: 1 }), credit(3));
  t.is(peer.hearOnly('attach')[0]?.rcvSettleMode, 1);
  peer.say(settle(0, 2, 'accepted', false));
  const [answer] = peer.hearOnly('disposition');
  t.is(answer?.role, 'sender');
  t.true(answer?.settled);
  t.deepEqual([answer?.first, answer?.last, answer?.state?.kind], [0, 2, 'accepted']);
  t.is(broker.storedMessages, 0);
  t.deepEqual(peer.say(settle(0, 2, undefined)).hear(), []);
});

test('[AMQP 3.4.1] received is no outcome: the delivery stays out', (t) => {
  const { broker, enter } = rawBench();
  enter().say(sender()).say(transfers(0, 0));
  const peer = enter().say(receiver(), credit(3));
  peer.hear();
  const received = described(0x23, {
    type: 'list',
    value: [uint(0), { type: 'ulong', value: 0n }],
  });
  t.deepEqual(peer.say(settle(0, 0, received, false)).hear(), []);
  t.is(broker.queues()[0]?.statistics().inFlight, 1);
});

test('[AMQP 4.4.3] a disposition in a transaction that we do not have ends the session', (t) => {
  const state = described(0x34, {
    type: 'list',
    value: [{ type: 'binary', value: Buffer.from('x') }],
  });
  const { enter } = rawBench();
  const peer = enter().say(receiver(), credit(1));
  enter()
    .say(sender())
    .say(transfer(0, message('m')));
  peer.hear();
  // The end of a transaction may have settled what its controller settles as well.
  t.deepEqual(peer.say(settle(7, 9, state)).hear(), []);
  t.is(condition(peer.say(settle(0, 0, state)), 'end'), 'amqp:transaction:unknown-id');
});

test('[AMQP 2.7.6] sends of one turn are confirmed in one range, durable or not', (t) => {
  const { broker, enter } = rawBench();
  const peer = enter().say(sender());
  peer.hear();
  const frames = [0, 1, 2, 3].map((id) => transfer(id, message('m', { durable: true })));
  peer.sayQuietly(...frames);
  peer.output.flush();
  t.deepEqual(peer.hear(), [], 'nothing is confirmed before it is durable');
  broker.turn.run();
  const ranges = (): number[][] =>
    peer.hearOnly('disposition').map(({ first, last }) => [first, last]);
  t.deepEqual(ranges(), [[0, 3]]);
  peer.say(transfers(4, 9));
  t.deepEqual(ranges(), [[4, 9]]);
  peer.say(transfer(10, message('m'), { settled: true }));
  t.deepEqual(ranges(), []);
  peer.say(
    transfer(11, message('m')),
    transfer(12, message('m', { durable: true })),
    transfer(13, message('m')),
    transfer(14, message('m', { durable: true })),
  );
  t.deepEqual(ranges(), [
    [11, 11],
    [13, 13],
    [12, 12],
    [14, 14],
  ]);
});

test('[AMQP 2.7.6] ids go on after 2^32', (t) => {
  const peer = rawBench().enter().say(sender());
  peer.hear();
  const m = message('m', { durable: true });
  peer.say(transfer(0xffff_fffe, m), transfer(0xffff_ffff, m), transfer(0, m), transfer(1, m));
  t.deepEqual(
    peer.hearOnly('disposition').map(({ first, last }) => [first, last]),
    [[0xffff_fffe, 1]],
  );
});

test('a session that ended while its sends were written confirms nothing', (t) => {
  const { enter } = rawBench();
  const peer = enter().say(sender());
  peer.hear();
  peer.say(transfer(0, message('m', { durable: true })), end());
  t.deepEqual(kinds(peer), ['end']);
});

test('producers wait for more credit while too many of their sends are not durable', (t) => {
  const { host, enter } = rawBench();
  const peer = enter();
  const links = Math.ceil(amqpLimits.unconfirmedMax / amqpLimits.linkCredit) + 1;
  for (let handle = 0; handle < links; handle++) {
    peer.say(sender({ handle, name: `${handle}`, target: target(`q${handle}`) }));
  }
  peer.hear();
  const durable = message('m', { durable: true });
  const batch = amqpLimits.linkCredit;
  let id = 0;
  for (let handle = 0; handle < links; handle++) {
    const frames = Array.from({ length: batch }, () => transfer(id++, durable, { handle }));
    peer.sayQuietly(...frames);
  }
  peer.output.flush();
  const flows = (): number[] =>
    peer.hearOnly('flow').flatMap(({ handle }) => (handle < 0 ? [] : [handle]));
  t.is(flows().length, links - 2);
  host.settle();
  t.is(flows().length, 2);
});

test('a receiver that settles nothing gets no more than a bounded number of messages', (t) => {
  const { enter } = rawBench();
  const peer = enter().say(receiver(), credit(2 ** 31 - 1));
  const producer = enter().say(sender());
  const batch = Buffer.concat(
    Array.from({ length: 1000 }, (_, id) => transfer(id, message(''), { settled: true })),
  );
  let came = 0;
  for (let sent = 0; sent < amqpLimits.unsettledMax + 2000; sent += 1000) {
    producer.say(batch).hear();
    came += peer.hearOnly('transfer').length;
  }
  t.is(came, amqpLimits.unsettledMax);
  t.is(peer.say(settle(500, 1499, 'accepted')).hearOnly('transfer').length, 1000);
});

test('an error of one session leaves the other sessions and connections alone', (t) => {
  const { enter } = rawBench();
  const neighbour = enter().say(receiver(), credit(10));
  const peer = enter().say(begin(1), sender({}, 1));
  peer.hear();
  peer.say(rawFrame(0, 0x14, [uint(77)]), transfer(0, message('m'), {}, 1));
  t.deepEqual(kinds(peer), ['end', 'disposition']);
  t.deepEqual(texts(neighbour), ['m']);
  t.is(neighbour.lines.length, 0);
});

test('[AMQP 2.8.15] a field of the wrong type, or a missing one, is a decode error', (t) => {
  for (const frame of [
    rawFrame(0, 0x13, [NULL, { type: 'int', value: -1 }, uint(0), uint(0)]),
    rawFrame(0, 0x13, [NULL, NULL, uint(0), uint(0)]),
    rawFrame(0, 0x12, [{ type: 'string', value: 'name' }]),
    rawFrame(0, 0x14, []),
    rawFrame(0, 0x13, [
      NULL,
      uint(0),
      uint(0),
      uint(0),
      uint(0),
      uint(0),
      { type: 'int', value: -5 },
    ]),
  ]) {
    const peer = rawBench().enter().say(frame);
    t.is(condition(peer, 'close'), 'amqp:decode-error');
    t.is(peer.lines.length, 1);
  }
});

test('[AMQP 2.8.15] an answer that does not fit into a frame of the peer ends the session', (t) => {
  const { broker, dial } = rawBench();
  const peer = dial().say(HEADER, open({ maxFrameSize: 512 }), begin());
  peer.hear();
  peer.say(receiver({ name: 'n'.repeat(500) }));
  t.is(condition(peer, 'end'), 'amqp:frame-size-too-small');
  t.is(broker.queues()[0]?.statistics().consumers, 0);
  // Descriptions are cut to fit.
  peer.say(end(), begin(), sender({ target: target(`${'a'.repeat(400)}.*`) }), detach(0));
  t.is(condition(peer, 'detach'), 'amqp:invalid-field');
});

test('an error in a detach or end of the peer is taken as a detach or end', (t) => {
  const peer = rawBench().enter().say(sender());
  peer.hear();
  const error = { condition: 'amqp:internal-error', description: 'mine' };
  peer.say(
    encodeFrame(0, { kind: 'detach', handle: 0, closed: true, error }),
    encodeFrame(0, { kind: 'end', error }),
    encodeFrame(0, { kind: 'close', error }),
  );
  t.deepEqual(kinds(peer), ['detach', 'end', 'close']);
  t.true(peer.ended);
});
