import test from 'ava';
import { Outcome } from '#broker';
import { Bench, type Delivery, message, ORDERS, PRICES, queue, refused } from './bench.test-kit.ts';

test('[JMS 6.2.7] sends are invisible until the commit, to all destinations at once', (t) => {
  const bench = new Bench();
  const { inbox } = bench.consume(PRICES, 10);
  const transaction = bench.connection.begin();
  bench.send(ORDERS, '1', { persistent: true }, transaction);
  bench.send(PRICES, '2', {}, transaction);
  bench.host.settle();
  t.is(bench.depth('orders'), 0);
  const before = bench.broker.durable;
  const position = transaction.commit();
  bench.host.settle();
  t.is(position, before + 1);
  t.is(bench.broker.durable, position);
  t.is(bench.depth('orders'), 1);
  t.deepEqual(inbox.read(), ['2']);
  t.is(
    refused(() => transaction.commit()),
    'transaction-missing',
  );
});

test('[JMS 6.2.7] a roll-back forgets sends and brings deliveries back in order, counted', (t) => {
  const bench = new Bench();
  const { inbox, consumer } = bench.consume(ORDERS, 3);
  for (const text of ['1', '2', '3', '4']) bench.post(ORDERS, text);
  const transaction = bench.connection.begin();
  for (const { entry } of inbox.take().reverse()) {
    consumer.settle(entry, Outcome.accepted, transaction);
  }
  bench.send(ORDERS, 'never', {}, transaction);
  transaction.rollback();
  consumer.setCredit(10);
  bench.host.settle();
  t.deepEqual(
    inbox.take().map(({ text, attempts }) => [text, attempts]),
    [
      ['1', 1],
      ['2', 1],
      ['3', 1],
      ['4', 0],
    ],
  );
});

test('[AMQP 4.4] a commit settles what was settled in it, whoever has left meanwhile', (t) => {
  const bench = new Bench();
  const { inbox, consumer } = bench.consume(ORDERS, 3);
  bench.post(ORDERS, '1');
  bench.post(ORDERS, '2');
  const transaction = bench.connection.begin();
  const [one] = inbox.take() as [Delivery];
  t.true(consumer.settle(one.entry, Outcome.accepted, transaction));
  t.false(consumer.settle(one.entry, Outcome.released));
  bench.connection.closeConsumer(consumer);
  t.is(bench.depth('orders'), 2);
  transaction.commit();
  t.is(bench.depth('orders'), 1);
});

test('several transactions are open at once; a lost connection rolls back', (t) => {
  const bench = new Bench();
  const client = bench.connect();
  const a = client.begin();
  const b = client.begin();
  client.openProducer(ORDERS).send(message('a'), a);
  client.openProducer(ORDERS).send(message('b'), b);
  b.commit();
  client.close(true);
  t.is(bench.depth('orders'), 1);
  t.is(
    refused(() => a.commit()),
    'transaction-rolled-back',
  );
});

test('a transaction is rolled back when its time is up', (t) => {
  const bench = new Bench();
  const transaction = bench.connection.begin(100);
  bench.send(ORDERS, '1', {}, transaction);
  bench.host.advance(100);
  t.is(
    refused(() => transaction.commit()),
    'transaction-rolled-back',
  );
  t.is(bench.depth('orders'), 0);
  const quick = bench.connection.begin(100);
  bench.send(ORDERS, '2', {}, quick);
  quick.commit();
  bench.host.advance(200);
  t.is(bench.depth('orders'), 1);
});

test('a commit that has no room is a roll-back as a whole', (t) => {
  const bench = new Bench({ settings: { small: { messagesMax: 1 } } });
  const transaction = bench.connection.begin();
  bench.send(ORDERS, '1', {}, transaction);
  bench.send(queue('small'), '2', {}, transaction);
  bench.send(queue('small'), '3', {}, transaction);
  t.is(
    refused(() => transaction.commit()),
    'transaction-rolled-back',
  );
  t.is(bench.depth('orders'), 0);
  t.is(bench.depth('small'), 0);
});

test('what waits in a transaction counts among what the broker holds', (t) => {
  const bench = new Bench({ limits: { storedBytesMax: 25 } });
  const transaction = bench.connection.begin();
  bench.send(ORDERS, '1234567890', {}, transaction);
  bench.send(ORDERS, '1234567890', {}, transaction);
  t.is(bench.broker.storedBytes, 20);
  t.is(
    refused(() => bench.send(ORDERS, '1234567890', {}, transaction)),
    'limit-exceeded',
  );
  transaction.commit();
  t.is(bench.broker.storedBytes, 20);
  bench.broker.purge(ORDERS);
  const other = bench.connection.begin();
  bench.send(ORDERS, '1234567890', {}, other);
  other.rollback();
  t.is(bench.broker.storedBytes, 0);
});

test('limits: open transactions of a connection', (t) => {
  const bench = new Bench({ limits: { transactionsPerConnectionMax: 1 } });
  const first = bench.connection.begin();
  t.is(
    refused(() => bench.connection.begin()),
    'limit-exceeded',
  );
  first.rollback();
  t.is(
    refused(() => bench.connection.begin()),
    undefined,
  );
});

test('[JMS 6.2.7] a commit whose destination is gone is a roll-back as a whole', (t) => {
  const bench = new Bench();
  const owner = bench.connect();
  const reply = owner.createTemporary('temporary-queue');
  bench.post(ORDERS, 'request');
  const { inbox, consumer } = bench.consume(ORDERS, 1);
  const transaction = bench.connection.begin();
  bench.send(ORDERS, 'other', {}, transaction);
  bench.send(reply, 'answer', {}, transaction);
  consumer.settle((inbox.take()[0] as Delivery).entry, Outcome.accepted, transaction);
  owner.close();
  t.is(
    refused(() => transaction.commit()),
    'transaction-rolled-back',
  );
  consumer.setCredit(9);
  bench.host.settle();
  t.deepEqual(inbox.read(), ['request']);
});

test('[AMQP 4.4] a settlement in a transaction that has ended is refused and changes nothing', (t) => {
  const bench = new Bench();
  bench.post(ORDERS, 'x');
  const { inbox, consumer } = bench.consume(ORDERS, 1);
  const transaction = bench.connection.begin(10);
  bench.host.advance(10);
  const { entry } = inbox.take()[0] as Delivery;
  t.is(
    refused(() => consumer.settle(entry, Outcome.accepted, transaction)),
    'transaction-rolled-back',
  );
  t.true(consumer.settle(entry, Outcome.accepted));
  t.is(bench.depth('orders'), 0);
});
