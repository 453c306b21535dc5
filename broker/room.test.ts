import test from 'ava';
import { Outcome } from '#broker';
import { Bench, type Delivery, message, ORDERS, queue, refused } from './bench.test-kit.ts';

test('an address that is full refuses, and what was refused changed nothing', (t) => {
  const bench = new Bench({ settings: { orders: { messagesMax: 2 }, heavy: { bytesMax: 10 } } });
  bench.post(ORDERS, '1');
  bench.post(ORDERS, '2');
  t.is(
    refused(() => bench.post(ORDERS, '3')),
    'limit-exceeded',
  );
  t.is(
    refused(() => bench.post(queue('heavy'), '12345678901')),
    'limit-exceeded',
  );
  t.is(
    refused(() => bench.post(queue('free,orders'), '4')),
    'limit-exceeded',
  );
  t.is(bench.depth('orders'), 2);
  t.is(bench.depth('free'), 0);
  const { inbox, consumer } = bench.consume(ORDERS, 1);
  consumer.settle((inbox.take()[0] as Delivery).entry, Outcome.accepted);
  t.is(
    refused(() => bench.post(ORDERS, '3')),
    undefined,
  );
});

test('an address that blocks tells its senders, and lets in what is under way', (t) => {
  const bench = new Bench({ settings: { orders: { messagesMax: 10, whenFull: 'block' } } });
  const told: boolean[] = [];
  const producer = bench.connection.openProducer(ORDERS, { blocked: (full) => told.push(full) });
  for (let n = 0; n < 10; n++) producer.send(message(`${n}`));
  t.deepEqual(told, [true]);
  t.true(producer.full);
  for (let n = 0; n < 10; n++) producer.send(message('under way'));
  t.is(
    refused(() => producer.send(message('too much'))),
    'limit-exceeded',
  );
  const late: boolean[] = [];
  bench.connection.openProducer(ORDERS, { blocked: (full) => late.push(full) });
  t.deepEqual(late, [true]);
  bench.consume(ORDERS, 10, { presettled: true });
  t.deepEqual(told, [true]);
  bench.consume(ORDERS, 1, { presettled: true });
  t.deepEqual(told, [true, false]);
  t.deepEqual(late, [true, false]);
});

test('an address that drops the oldest keeps the newest', (t) => {
  const bench = new Bench({ settings: { orders: { messagesMax: 2, whenFull: 'drop-oldest' } } });
  bench.post(ORDERS, 'urgent', { priority: 9 });
  for (const text of ['1', '2', '3']) bench.post(ORDERS, text);
  t.deepEqual(bench.consume(ORDERS, 10).inbox.read(), ['urgent', '3']);
});

test('a second copy with the id of a first is taken and dropped, within the window', (t) => {
  const bench = new Bench({ settings: { orders: { duplicateWindow: 2 } } });
  for (const id of ['a', 'a', 'b', 'c', 'a']) bench.post(ORDERS, id, { duplicateId: id });
  t.deepEqual(bench.consume(ORDERS, 10).inbox.read(), ['a', 'b', 'c', 'a']);
});

test('[JMS 6.2.2] temporary destinations live with their connection, which alone consumes', (t) => {
  const bench = new Bench();
  const client = bench.connect();
  const reply = client.createTemporary('temporary-queue');
  const other = client.createTemporary('temporary-topic');
  t.not(reply.name, other.name);
  bench.post(reply, 'answer');
  t.is(
    refused(() => bench.consume(reply, 1)),
    'in-use',
  );
  const { inbox, consumer } = bench.consume(reply, 1, { connection: client });
  t.deepEqual(inbox.read(), ['answer']);
  t.is(
    refused(() => client.deleteTemporary(reply)),
    'in-use',
  );
  client.closeConsumer(consumer);
  client.deleteTemporary(reply);
  t.is(
    refused(() => client.deleteTemporary(reply)),
    'destination-missing',
  );
  t.is(
    refused(() => bench.post(reply, 'late')),
    'destination-missing',
  );
  client.close();
  t.is(
    refused(() => bench.post(other, 'late')),
    'destination-missing',
  );
  t.is(bench.broker.storedMessages, 0);
});

test('auto-delete removes what is empty and unused, and only that', (t) => {
  const bench = new Bench({ settings: { 'tmp.>': { autoDelete: true } } });
  const address = queue('tmp.a');
  const producer = bench.connection.openProducer(address);
  producer.send(message('1'));
  producer.close();
  const { inbox, consumer } = bench.consume(address, 1);
  consumer.settle((inbox.take()[0] as Delivery).entry, Outcome.accepted);
  t.not(bench.broker.find(address), undefined);
  bench.connection.closeConsumer(consumer);
  t.is(bench.broker.find(address), undefined);
});

test('a producer finds its destination again after it was deleted', (t) => {
  const bench = new Bench();
  const producer = bench.connection.openProducer(ORDERS);
  producer.send(message('1'));
  bench.broker.deleteDestination(ORDERS, false);
  producer.send(message('2'));
  t.deepEqual(bench.consume(ORDERS, 10).inbox.read(), ['2']);
});

test('events tell what happens, to whoever listens', (t) => {
  const bench = new Bench();
  const told: string[] = [];
  bench.broker.events = {
    created: ({ key }) => told.push(`created ${key}`),
    enqueued: ({ key }) => told.push(`enqueued ${key}`),
    delivered: ({ key }) => told.push(`delivered ${key}`),
    settled: ({ key }) => told.push(`settled ${key}`),
    buried: ({ key }, _message, cause) => told.push(`buried ${key} ${cause}`),
    disconnected: ({ name }) => told.push(`disconnected ${name}`),
  };
  const { inbox, consumer } = bench.consume(ORDERS, 10);
  bench.post(ORDERS, '1');
  bench.post(ORDERS, '2');
  const [one, two] = inbox.take() as [Delivery, Delivery];
  consumer.settle(one.entry, Outcome.accepted);
  consumer.settle(two.entry, Outcome.rejected);
  bench.connection.close();
  t.deepEqual(told, [
    'created queue://orders',
    'enqueued queue://orders',
    'delivered queue://orders',
    'enqueued queue://orders',
    'delivered queue://orders',
    'settled queue://orders',
    'buried queue://orders rejected',
    'created queue://DLQ',
    'enqueued queue://DLQ',
    'disconnected #1',
  ]);
});
