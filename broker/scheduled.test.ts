import test from 'ava';
import { Bench, ORDERS, PRICES, queue } from './bench.test-kit.ts';

test('[JMS 3.4.13] a delayed message goes with its destination, and stops no clock', (t) => {
  const bench = new Bench();
  const owner = bench.connect();
  const reply = owner.createTemporary('temporary-queue');
  const at = bench.host.messageTimeMs() + 10;
  bench.post(reply, 'late', { deliverAt: at });
  bench.post({ kind: 'queue', name: 'gone,orders' }, 'both', { deliverAt: at });
  owner.close();
  bench.broker.deleteDestination(queue('gone'), false);
  bench.host.advance(10);
  t.is(bench.depth('gone'), undefined);
  t.is(bench.depth('orders'), 1);
  t.is(bench.broker.storedMessages, 1);
  bench.post(ORDERS, 'later', { deliverAt: bench.host.messageTimeMs() + 10 });
  bench.host.advance(10);
  t.deepEqual(bench.consume(ORDERS, 9).inbox.read(), ['both', 'later']);
});

test('[JMS 6.2.9] of many that are due at the same time, what was sent first comes first', (t) => {
  const bench = new Bench();
  const deliverAt = bench.host.messageTimeMs() + 10;
  const texts = Array.from({ length: 20 }, (_, n) => `${n}`);
  for (const text of texts) bench.post(ORDERS, text, { deliverAt });
  bench.host.advance(10);
  t.deepEqual(bench.consume(ORDERS, 99).inbox.read(), texts);
});

test('each time that a message of a topic repeats, it is for all who are there', (t) => {
  const bench = new Bench();
  const deliverAt = bench.host.messageTimeMs() + 10;
  const first = bench.consume(PRICES, 9);
  bench.post(PRICES, 'x', { deliverAt, repeat: { periodMs: 10, times: 2 } });
  bench.host.advance(10);
  const second = bench.consume(PRICES, 9);
  bench.host.advance(20);
  t.deepEqual(
    [first.inbox.read(), second.inbox.read()],
    [
      ['x', 'x', 'x'],
      ['x', 'x'],
    ],
  );
  t.is(bench.broker.deadlines.size, 0);
});
