import test from 'ava';
import { Bench, queue } from './bench.test-kit.ts';

test('[AMQP 2.6.7] a drain of many queues ends with the credit that they share', (t) => {
  const bench = new Bench();
  bench.post(queue('a.1'), '1');
  bench.post(queue('a.1'), '2');
  bench.post(queue('a.2'), '3');
  const { inbox, consumer } = bench.consume(queue('a.*'), 2);
  t.is(inbox.deliveries.length, 2);
  consumer.drain();
  bench.host.settle();
  t.is(inbox.drains, 1);
  consumer.setCredit(5);
  consumer.drain();
  bench.host.settle();
  t.deepEqual([inbox.deliveries.length, inbox.drains, consumer.credit], [3, 2, 0]);
  bench.post(queue('a.2'), '4');
  t.is(inbox.deliveries.length, 3);
});

test('[AMQP 2.6.7] a drain of many queues does not wait for one that was deleted', (t) => {
  const bench = new Bench();
  bench.post(queue('a.1'), '1');
  bench.post(queue('a.2'), '2');
  const { inbox, consumer } = bench.consume(queue('a.*'), 0);
  consumer.setCredit(9);
  consumer.drain();
  bench.broker.deleteDestination(queue('a.1'), false);
  bench.host.settle();
  t.deepEqual([inbox.texts(), inbox.drains], [['2'], 1]);
});

test('[AMQP 2.6.7] a queue that appears during a drain is a part of it', (t) => {
  const bench = new Bench();
  bench.post(queue('a.1'), '1');
  const { inbox, consumer } = bench.consume(queue('a.*'), 0);
  consumer.suspend();
  consumer.setCredit(9);
  consumer.drain();
  bench.post(queue('a.2'), '2');
  consumer.resume();
  bench.host.settle();
  t.deepEqual([inbox.texts().sort(), inbox.drains, consumer.credit], [['1', '2'], 1, 0]);
});
