import test from 'ava';
import {
  connectionRows,
  consumerRows,
  parseSelector,
  type Selector,
  subscriptionRows,
} from '#broker';
import { Bench, ORDERS, PRICES, queue } from './bench.test-kit.ts';

const selector = parseSelector('n > 1') as Selector;

test('the broker tells of its connections, and of consumers until they end', (t) => {
  const bench = new Bench();
  const client = bench.connect('c');
  const { consumer } = bench.consume(ORDERS, 5, { connection: client, selector, priority: 3 });
  bench.consume(queue('orders.>'), 7, { connection: client });
  client.openProducer(ORDERS);
  client.begin();
  client.createTemporary('temporary-queue');
  bench.connect();
  const row = { protocol: 'test', user: null, clientId: 'c', producers: 1, consumers: 2 };
  t.like(connectionRows(bench.broker)[1], { ...row, id: 2, transactions: 1, temporaries: 1 });
  t.like(connectionRows(bench.broker)[2], { id: 3, clientId: null, consumers: 0 });
  bench.post(ORDERS, 'n=2');
  t.deepEqual(consumerRows(bench.broker)[0], {
    connection: 2,
    destination: 'queue://orders',
    subscription: null,
    selector: 'n > 1',
    noLocal: false,
    browse: false,
    exclusive: false,
    priority: 3,
    presettled: false,
    credit: 4,
    inFlight: 1,
  });
  t.like(consumerRows(bench.broker)[1], { destination: 'queue://orders.>', credit: 7 });
  bench.broker.deleteDestination(ORDERS, false);
  t.false(consumer.open);
  t.is(consumerRows(bench.broker).length, 1);
  t.is(connectionRows(bench.broker)[1]?.consumers, 1);
});

test('[JMS 8.3] subscriptions are told by name, client id and kind', (t) => {
  const bench = new Bench();
  const client = bench.connect('c');
  const named = (name: string, durable: boolean, shared: boolean, global = false) =>
    bench.consume(PRICES, 0, {
      connection: client,
      subscription: { name, durable, shared, global },
      ...(shared ? {} : { noLocal: true }),
    });
  named('d', true, false).consumer.close();
  named('s', false, true, true);
  bench.consume(PRICES, 0, { selector });
  bench.post(PRICES, 'n=1');
  t.deepEqual(subscriptionRows(bench.broker), [
    { ...common, name: 'd', clientId: 'c', durable: true, noLocal: true, consumers: 0 },
    { ...common, name: 's', shared: true },
    { ...common, selector: 'n > 1', ready: 1 },
  ]);
  t.deepEqual(
    consumerRows(bench.broker).map(({ subscription }) => subscription),
    [null, 's'],
  );
});

const common = {
  topic: 'prices',
  name: null as string | null,
  clientId: null as string | null,
  durable: false,
  shared: false,
  selector: null as string | null,
  noLocal: false,
  ready: 1,
  inFlight: 0,
  consumers: 1,
};
