import test from 'ava';
import { Users } from '../auth.ts';
import { gatewayLimits } from '../limits.ts';
import { DetachedLinks } from './detached-links.ts';
import { amqpLimits } from './limits.ts';
import { rawBench } from './raw-bench.test-kit.ts';
import {
  begin,
  credit,
  detach,
  end,
  HEADER,
  message,
  open,
  rawFrame,
  receiver,
  SASL_HEADER,
  sender,
  source,
  textOf,
  transfer,
} from './raw-peer.test-kit.ts';

const EMPTY = Buffer.from([0, 0, 0, 8, 2, 0, 0, 0]);

test('one byte a second is no sign of life: a frame has to be whole in time', (t) => {
  const { host, dial } = rawBench();
  const peer = dial().say(HEADER, open());
  peer.hear();
  const frame = rawFrame(0, 0x11, [{ type: 'string', value: 'x'.repeat(1000) }]);
  let seconds = 0;
  for (const byte of frame) {
    if (peer.ended || peer.hearOnly('close').length > 0) break;
    peer.say(Buffer.from([byte]));
    host.advance(1000);
    seconds++;
  }
  t.is(seconds, amqpLimits.idleTimeOutMs / 1000);
});

test('a large frame may take its time, if what comes before it shows life', (t) => {
  const { host, dial } = rawBench();
  const peer = dial().say(HEADER, open(), begin());
  peer.hear();
  for (let i = 0; i < 10; i++) {
    host.advance(amqpLimits.idleTimeOutMs - 1);
    peer.say(EMPTY);
  }
  t.deepEqual(peer.hear(), []);
});

for (const [what, hello, again] of [
  ['empty frames before the open', HEADER, EMPTY],
  ['a header by the byte', Buffer.alloc(0), Buffer.from('A')],
  ['empty SASL frames', SASL_HEADER, Buffer.from([0, 0, 0, 8, 2, 1, 0, 0])],
] as const) {
  test(`a peer that goes on with ${what} is dropped in time`, (t) => {
    const { host, dial } = rawBench();
    const peer = dial().say(hello);
    for (let second = 0; second * 1000 < gatewayLimits.handshakeMs; second++) {
      peer.say(again);
      host.advance(1000);
    }
    t.true(peer.ended);
  });
}

test('protocol headers without end are refused at the second', (t) => {
  const peer = rawBench().dial().say(HEADER, HEADER);
  t.true(peer.ended);
});

test('sessions and links that come and go leave nothing behind', (t) => {
  const { broker, dial } = rawBench();
  const peer = dial().say(HEADER, open(), begin(1));
  for (let i = 0; i < 2000; i++) {
    peer.say(begin(), sender({ name: `${i}` }), detach(0), receiver({ name: `${i}` }), end());
  }
  const channels = new Set(peer.hear().map((frame) => ('channel' in frame ? frame.channel : 0)));
  t.deepEqual([...channels], [0, 1]);
  t.is(broker.queues()[0]?.statistics().consumers, 0);
  peer.say(sender({}, 1));
  t.is(peer.hearOnly('attach')[0]?.handle, 0);
});

test('links that may come back are bounded: one more is not kept', (t) => {
  const { broker, host, enter } = rawBench();
  const peer = enter();
  for (let n = 0; n <= amqpLimits.detachedLinksMax; n++) {
    const kept = source(`q${n}`, { durable: 2, expiryPolicy: 'connection-close' });
    peer.sayQuietly(receiver({ name: `${n}`, source: kept }), detach(1, false));
  }
  host.settle();
  peer.hear();
  const kept = (): number =>
    broker.queues().filter((queue) => queue.statistics().consumers > 0).length;
  t.is(kept(), amqpLimits.detachedLinksMax);
  peer.cut();
  t.is(kept(), 0);
});

test('what a link may keep unsettled is bounded: with more it keeps none', (t) => {
  const bench = rawBench();
  const count = amqpLimits.detachedUnsettledMax + 1;
  const producer = bench.enter().say(sender());
  for (let id = 0; id < count; id++) {
    producer.sayQuietly(transfer(id, message(''), { settled: true }));
  }
  bench.host.settle();
  const kept = source('q', { durable: 2, expiryPolicy: 'never' });
  const peer = bench.enter().say(receiver({ source: kept }), credit(count));
  t.is(bench.broker.queues()[0]?.statistics().inFlight, count);
  peer.say(detach(1, false));
  t.is(bench.broker.queues()[0]?.statistics().inFlight, 0);
});

test('what all links together keep unsettled is bounded', (t) => {
  const { broker } = rawBench();
  const detached = new DetachedLinks(broker);
  const size = amqpLimits.detachedUnsettledMax;
  const remains = { expiry: { policy: 'never', timeout: 0 }, size, end: () => {} };
  t.false(detached.hasRoom(size + 1));
  let links = 0;
  while (detached.hasRoom(size)) detached.keep(`${links++}`, remains, 'link', [{}, {}]);
  t.is(links, Math.floor(amqpLimits.detachedUnsettledTotalMax / size));
  detached.take('0');
  t.true(detached.hasRoom(size));
});

test('a settled message for which the destination has no room costs its link', (t) => {
  const { enter } = rawBench(new Users(), { settings: { q: { messagesMax: 1 } } });
  const peer = enter().say(sender(), sender({ handle: 7, name: 'other' }));
  peer.hear();
  const settled = { settled: true };
  peer.say(transfer(0, message('1'), settled), transfer(1, message('2'), settled));
  t.is(peer.hearOnly('detach')[0]?.error?.condition, 'amqp:resource-limit-exceeded');
  // The other link, and the connection, go on.
  peer.say(transfer(2, message('3'), { handle: 7 }));
  t.is(peer.hearOnly('disposition')[0]?.state?.kind, 'rejected');
});

test('a producer and a slow consumer on one connection do not lock each other', (t) => {
  const settings = { q: { whenFull: 'block' as const, messagesMax: 500 } };
  const { enter } = rawBench(new Users(), { settings });
  const peer = enter().say(sender(), receiver({ sndSettleMode: 1 }), credit(100_000));
  peer.stuck = true;
  const payload = message('x'.repeat(10_000));
  // The peer reads nothing, and sends for as long as it has credit: what the queue may hold, once.
  let sent = 0;
  while (sent < 500) peer.say(transfer(sent++, payload, { settled: true }));
  t.true(peer.waitingBytes() < 2 * gatewayLimits.outputBytesHigh);
  // Reading alone brings everything back into motion.
  let received = 0;
  let given = 0;
  for (let round = 0; round < 1000 && received < sent; round++) {
    peer.unstick();
    const came = peer.hear();
    received += came.filter(({ kind }) => kind === 'transfer').length;
    for (const frame of came) {
      if (frame.kind === 'flow' && frame.handle >= 0)
        given = frame.deliveryCount + frame.linkCredit;
    }
    peer.stuck = true;
  }
  t.is(received, sent);
  t.true(given > sent, 'the producer has credit again');
  peer.stuck = false;
  peer.unstick();
  peer.say(transfer(sent, message('after'), { settled: true }));
  t.deepEqual(
    peer.hearOnly('transfer').map(({ payload: bytes }) => textOf(bytes)),
    ['after'],
  );
});
