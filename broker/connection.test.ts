import test from 'ava';
import { Outcome, parseSelector, type Selector } from '#broker';
import { Bench, type Delivery, message, ORDERS, queue, refused, topic } from './bench.test-kit.ts';

test('a connection ends as a whole, although an operator deleted its temporary queue', (t) => {
  const bench = new Bench();
  const connection = bench.connect('billing');
  bench.broker.deleteDestination(connection.createTemporary('temporary-queue'), false);
  connection.close();
  t.notThrows(() => bench.connect('billing'));
});

test('a closed producer sends nothing', (t) => {
  const bench = new Bench();
  const producer = bench.connection.openProducer(ORDERS);
  bench.connection.close();
  t.is(
    refused(() => bench.broker.connect({ protocol: 'test', peer: 'here' }).openProducer(ORDERS)),
    undefined,
  );
  t.is(
    refused(() => producer.send(message('x'))),
    'closed',
  );
  t.is(bench.depth('orders'), 0);
});

test('a refused subscription leaves no wildcard log behind', (t) => {
  const bench = new Bench();
  const subscription = { name: 's', durable: true, shared: false };
  t.is(
    refused(() => bench.consume(topic('a.*'), 1, { subscription })),
    'client-id-missing',
  );
  t.deepEqual(bench.broker.topics(), []);
});

test('dead letters have a queue also when the broker has all its destinations', (t) => {
  const bench = new Bench({ limits: { destinationsMax: 1 } });
  const { inbox, consumer } = bench.consume(ORDERS, 1);
  bench.post(ORDERS, 'x');
  consumer.settle((inbox.take()[0] as Delivery).entry, Outcome.rejected);
  t.is(bench.depth('DLQ'), 1);
});

test('a moved message keeps its time and its group', (t) => {
  const bench = new Bench();
  bench.post(ORDERS, 'x', { group: 'g', expiresAt: bench.host.messageTimeMs() + 10 });
  bench.broker.move(ORDERS, bench.broker.serial, queue('other'));
  const { inbox } = bench.consume(queue('other'), 1, { browse: true });
  t.is(inbox.deliveries[0]?.message.group, 'g');
  bench.host.advance(10);
  t.is(bench.depth('other'), 0);
});

test('[JMS 8.3.3] what a durable subscription does not want does not expire in it either', (t) => {
  const bench = new Bench();
  const connection = bench.connect('c');
  const subscription = { name: 's', durable: true, shared: false };
  const selector = parseSelector('n = 1') as Selector;
  bench.consume(topic('t'), 0, { connection, subscription, selector });
  const expiresAt = bench.host.messageTimeMs() + 10;
  for (const text of ['n=1', 'n=2']) bench.post(topic('t'), text, { expiresAt });
  bench.host.advance(10);
  t.deepEqual(bench.consume(queue('ExpiryQueue'), 9).inbox.read(), ['n=1']);
});

test('a topic that drops the oldest drops it for all, and not all of one subscriber', (t) => {
  const bench = new Bench({ settings: { prices: { messagesMax: 2, whenFull: 'drop-oldest' } } });
  const a = bench.consume(topic('prices'), 0);
  const b = bench.consume(topic('prices'), 0);
  for (const text of ['1', '2', '3']) bench.post(topic('prices'), text);
  a.consumer.setCredit(9);
  b.consumer.setCredit(9);
  bench.host.settle();
  t.deepEqual(
    [a.inbox.read(), b.inbox.read()],
    [
      ['2', '3'],
      ['2', '3'],
    ],
  );
});

test('what a subscriber has credit for is not pending, however much comes in one turn', (t) => {
  const bench = new Bench({ settings: { prices: { pendingMax: 1 } } });
  const { inbox } = bench.consume(topic('prices'), 3);
  for (const text of ['1', '2', '3', '4', '5']) bench.send(topic('prices'), text);
  bench.host.settle();
  t.deepEqual(inbox.read(), ['1', '2', '3']);
  t.is(bench.broker.find(topic('prices'))?.statistics().ready, 1);
});

test('an attempt that was counted stays counted when max deliveries sinks', (t) => {
  const bench = new Bench();
  const connection = bench.connect();
  const { inbox, consumer } = bench.consume(ORDERS, 99, { connection });
  bench.post(ORDERS, 'a');
  bench.post(ORDERS, 'b');
  for (let n = 0; n < 5; n++) {
    for (const { entry } of inbox.take()) consumer.settle(entry, Outcome.failed);
    bench.host.settle();
  }
  bench.broker.set('orders', { maxDeliveries: 3 });
  connection.close(true);
  const { deliveries } = bench.consume(ORDERS, 9).inbox;
  t.deepEqual(
    deliveries.map(({ text, attempts }) => [text, attempts]),
    [['b', 5]],
  );
});

test('a dead letter goes back to the queue where it died, not to all that it was sent to', (t) => {
  const bench = new Bench();
  const { inbox, consumer } = bench.consume(queue('a'), 1);
  bench.post(queue('a,b'), 'x');
  consumer.settle((inbox.take()[0] as Delivery).entry, Outcome.rejected);
  t.true(bench.broker.retry(queue('DLQ'), bench.broker.serial));
  t.deepEqual([bench.depth('a'), bench.depth('b')], [1, 1]);
});

test('[AMQP 2.6.7] a drain ends when the way is free, also of a consumer that is excluded', (t) => {
  const bench = new Bench();
  const { inbox, consumer } = bench.consume(ORDERS, 5);
  bench.consume(ORDERS, 5, { exclusive: true });
  consumer.suspend();
  consumer.drain();
  bench.host.settle();
  t.is(inbox.drains, 0);
  consumer.resume();
  bench.host.settle();
  t.is(inbox.drains, 1);
});

test('what fails after its time does not wait for its redelivery', (t) => {
  const bench = new Bench({ settings: { orders: { redeliveryDelayMs: 1_000 } } });
  bench.post(ORDERS, 'x', { expiresAt: bench.host.messageTimeMs() + 10 });
  const { inbox, consumer } = bench.consume(ORDERS, 1);
  bench.host.advance(10);
  consumer.settle((inbox.take()[0] as Delivery).entry, Outcome.failed);
  t.deepEqual([bench.depth('orders'), bench.depth('ExpiryQueue')], [0, 1]);
});

test('the very first message, of the lowest priority, can be settled as well', (t) => {
  const bench = new Bench();
  const { inbox, consumer } = bench.consume(ORDERS, 1);
  bench.post(ORDERS, 'x', { priority: 0 });
  const { entry } = inbox.take()[0] as Delivery;
  t.not(entry, 0);
  t.true(consumer.settle(entry, Outcome.accepted));
});

test('nobody sends to a pattern, also while somebody subscribes to it', (t) => {
  const bench = new Bench();
  bench.consume(topic('a.*'), 1);
  t.is(
    refused(() => bench.post(topic('a.*'), 'x')),
    'address-invalid',
  );
});
