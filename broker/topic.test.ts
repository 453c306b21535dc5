import test from 'ava';
import {
  type Connection,
  Outcome,
  parseSelector,
  type Selector,
  type SubscriptionName,
} from '#broker';
import { Bench, type Delivery, PRICES, queue, refused, topic } from './bench.test-kit.ts';

const DURABLE: SubscriptionName = { name: 's', durable: true, shared: false };
const SHARED: SubscriptionName = { name: 's', durable: false, shared: true };
const SHARED_DURABLE: SubscriptionName = { name: 's', durable: true, shared: true };

function selector(text: string): { selector: Selector } {
  return { selector: parseSelector(text) as Selector };
}

test('wildcards: one level, and any number of levels', (t) => {
  const bench = new Bench();
  const one = bench.consume(topic('prices.*'), 100);
  const rest = bench.consume(topic('prices.>'), 100);
  const hash = bench.consume(topic('#.bonds'), 100);
  for (const name of ['prices', 'prices.eu', 'prices.eu.bonds', 'bonds', 'other']) {
    bench.post(topic(name), name);
  }
  t.deepEqual(one.inbox.read(), ['prices.eu']);
  t.deepEqual(rest.inbox.read(), ['prices', 'prices.eu', 'prices.eu.bonds']);
  t.deepEqual(hash.inbox.read(), ['prices.eu.bonds', 'bonds']);
});

test('a wildcard log goes with its last subscriber', (t) => {
  const bench = new Bench();
  const { consumer } = bench.consume(topic('a.>'), 0);
  bench.post(topic('a.b'), 'x');
  t.is(bench.broker.storedMessages, 1);
  bench.connection.closeConsumer(consumer);
  t.is(bench.broker.storedMessages, 0);
  t.is(bench.broker.find(topic('a.>')), undefined);
});

test('a composite name sends to each of its parts once', (t) => {
  const bench = new Bench();
  const { inbox } = bench.consume(topic('news'), 10);
  bench.post(queue('a,b,topic://news,a'), 'x');
  t.is(bench.depth('a'), 1);
  t.is(bench.depth('b'), 1);
  t.deepEqual(inbox.read(), ['x']);
});

test('a consumer of a composite name receives from all its parts, with one credit', (t) => {
  const bench = new Bench();
  const { inbox, consumer } = bench.consume(queue('a,topic://news,b.*,b.>'), 3);
  bench.post(queue('a'), '1');
  bench.post(topic('news'), '2');
  bench.post(queue('b.c'), '3');
  bench.post(queue('a'), '4');
  t.deepEqual(inbox.texts(), ['1', '2', '3']);
  t.is(consumer.out, 3);
  for (const { entry } of inbox.take()) {
    t.true(consumer.has(entry));
    consumer.settle(entry, Outcome.accepted);
    t.false(consumer.has(entry));
  }
  consumer.setCredit(9);
  bench.host.settle();
  t.deepEqual(inbox.read(), ['4']);
  const other = bench.connect();
  t.is(
    refused(() => bench.consume(queue('a,topic://x,'), 1, { connection: other })),
    'address-invalid',
  );
  t.deepEqual(bench.broker.find(queue('a'))?.statistics().consumers, 1);
  t.is(
    refused(() => bench.consume(queue(Array(101).fill('q').join()), 1)),
    'limit-exceeded',
  );
});

test('a virtual topic feeds the queues of its consumers', (t) => {
  const bench = new Bench();
  bench.post(topic('VirtualTopic.orders'), 'nobody yet');
  const a1 = bench.consume(queue('Consumer.A.VirtualTopic.orders'), 10);
  const a2 = bench.consume(queue('Consumer.A.VirtualTopic.orders'), 10);
  const b = bench.consume(queue('Consumer.B.VirtualTopic.orders'), 10);
  const plainly = bench.consume(topic('VirtualTopic.orders'), 10);
  bench.post(topic('VirtualTopic.orders'), '1');
  bench.post(topic('VirtualTopic.orders'), '2');
  t.deepEqual([...a1.inbox.read(), ...a2.inbox.read()], ['1', '2']);
  t.deepEqual(b.inbox.read(), ['1', '2']);
  t.deepEqual(plainly.inbox.read(), ['1', '2']);
});

test('[JMS 4.1.2] a topic subscription never gets what its selector does not want', (t) => {
  const bench = new Bench();
  const { inbox } = bench.consume(PRICES, 10, selector('n > 1'));
  for (const n of [1, 2, 1, 3]) bench.post(PRICES, `n=${n}`);
  t.deepEqual(inbox.read(), ['n=2', 'n=3']);
});

test('[JMS 8.3.1] noLocal: nothing of the own connection', (t) => {
  const bench = new Bench();
  const other = bench.connect();
  const mine = bench.consume(PRICES, 10, { noLocal: true });
  const theirs = bench.consume(PRICES, 10, { noLocal: true, connection: other });
  bench.post(PRICES, 'x');
  t.deepEqual(mine.inbox.read(), []);
  t.deepEqual(theirs.inbox.read(), ['x']);
});

test('[JMS 8.3.3] a durable subscription keeps what comes while its consumer is away', (t) => {
  const bench = new Bench();
  const client = bench.connect('c');
  const first = bench.consume(PRICES, 10, { connection: client, subscription: DURABLE });
  bench.post(PRICES, '1');
  client.close();
  bench.post(PRICES, '2');
  const again = bench.connect('c');
  const second = bench.consume(PRICES, 10, { connection: again, subscription: DURABLE });
  t.deepEqual(first.inbox.read(), ['1']);
  t.deepEqual(second.inbox.read(), ['1', '2']);
});

test('[JMS 8.3.3] unshared durable: a client id, one active consumer', (t) => {
  const bench = new Bench();
  const durable = (connection: Connection) => () =>
    bench.consume(PRICES, 1, { connection, subscription: DURABLE });
  t.is(refused(durable(bench.connection)), 'client-id-missing');
  const client = bench.connect('c');
  t.is(refused(durable(client)), undefined);
  t.is(refused(durable(client)), 'in-use');
});

test('[JMS 8.3.3] another topic, selector or noLocal makes it anew', (t) => {
  const bench = new Bench();
  const client = bench.connect('c');
  const open = (options: object = {}, address = PRICES) =>
    bench.consume(address, 10, { connection: client, subscription: DURABLE, ...options });
  const reopen = (options: object, address = PRICES): string[] => {
    bench.post(PRICES, 'n=1');
    const { inbox, consumer } = open(options, address);
    client.closeConsumer(consumer);
    return inbox.read();
  };
  client.closeConsumer(open().consumer);
  t.deepEqual(reopen({}), ['n=1']);
  t.deepEqual(reopen(selector('n = 1')), []);
  t.deepEqual(reopen(selector('n = 1')), ['n=1']);
  t.deepEqual(reopen({ ...selector('n = 1'), noLocal: true }), []);
  t.deepEqual(reopen({}, topic('other')), []);
  t.is(bench.broker.storedMessages, 0);
});

test('[JMS 8.3.3] a wildcard is there for the subscription that is made anew', (t) => {
  const bench = new Bench();
  const subscription = { name: 's', durable: true, shared: true };
  const all = topic('prices.>');
  const selector = parseSelector('n = 1') as Selector;
  const { consumer } = bench.consume(all, 9, { subscription, selector });
  bench.connection.closeConsumer(consumer);
  const { inbox } = bench.consume(all, 9, { subscription });
  bench.post(topic('prices.eu'), 'n=2');
  t.deepEqual(inbox.read(), ['n=2']);
});

test('[JMS 8.3.2] a shared subscription shares the work and goes with its last consumer', (t) => {
  const bench = new Bench();
  const a = bench.consume(PRICES, 10, { subscription: SHARED });
  const b = bench.consume(PRICES, 10, { subscription: SHARED });
  for (const text of ['1', '2', '3', '4']) bench.post(PRICES, text);
  t.deepEqual(a.inbox.read(), ['1', '3']);
  t.deepEqual(b.inbox.read(), ['2', '4']);
  const other = { subscription: SHARED, ...selector('n = 1') };
  t.is(
    refused(() => bench.consume(PRICES, 1, other)),
    'in-use',
  );
  a.consumer.close();
  b.consumer.close();
  bench.post(PRICES, '5');
  t.deepEqual(bench.consume(PRICES, 10, { subscription: SHARED }).inbox.read(), []);
});

test('[JMS 8.3.4] shared durable: without a client id; a clash with an unshared one', (t) => {
  const bench = new Bench();
  const a = bench.consume(PRICES, 10, { subscription: SHARED_DURABLE });
  bench.consume(PRICES, 10, { subscription: SHARED });
  a.consumer.close();
  bench.post(PRICES, '1');
  t.deepEqual(bench.consume(PRICES, 10, { subscription: SHARED_DURABLE }).inbox.read(), ['1']);
  const client = bench.connect('c');
  bench.consume(PRICES, 1, { connection: client, subscription: DURABLE }).consumer.close();
  const clash = { connection: client, subscription: SHARED_DURABLE };
  t.is(
    refused(() => bench.consume(PRICES, 1, clash)),
    'subscription-conflict',
  );
  t.is(
    refused(() =>
      bench.consume(PRICES, 1, { ...clash, subscription: { ...SHARED_DURABLE, global: true } }),
    ),
    undefined,
  );
});

test('[JMS 8.3.3] unsubscribe: unknown, active, in a transaction, and done', (t) => {
  const bench = new Bench();
  const client = bench.connect('c');
  const unsubscribe = () => client.unsubscribe('s');
  t.is(refused(unsubscribe), 'subscription-missing');
  const { inbox, consumer } = bench.consume(PRICES, 10, {
    connection: client,
    subscription: DURABLE,
  });
  t.is(refused(unsubscribe), 'in-use');
  bench.post(PRICES, '1');
  const transaction = client.begin();
  consumer.settle((inbox.take()[0] as Delivery).entry, Outcome.accepted, transaction);
  client.closeConsumer(consumer);
  t.is(refused(unsubscribe), 'in-use');
  transaction.commit();
  bench.post(PRICES, '2');
  t.is(bench.broker.storedMessages, 1);
  unsubscribe();
  t.is(bench.broker.storedMessages, 0);
});

test('a topic that retains shows the last messages to a retroactive subscriber', (t) => {
  const bench = new Bench({ settings: { prices: { retain: 2 } } });
  for (const text of ['1', '2', '3']) bench.post(PRICES, text);
  bench.send(PRICES, '4', { priority: 9 });
  const late = bench.consume(PRICES, 10, { retroactive: true });
  t.deepEqual(late.inbox.read(), ['4', '3']);
  const plainly = bench.consume(PRICES, 10);
  t.deepEqual(plainly.inbox.read(), []);
  bench.connection.closeConsumer(plainly.consumer);
  bench.post(PRICES, '5');
  t.deepEqual(late.inbox.read(), ['5']);
  bench.broker.unset('prices');
  bench.connection.closeConsumer(late.consumer);
  t.is(bench.broker.storedMessages, 0);
});

test('a slow subscriber loses the oldest, or is let go, as it is set', (t) => {
  const bench = new Bench({ settings: { prices: { pendingMax: 2 } } });
  const slow = bench.consume(PRICES, 0);
  for (const text of ['1', '2', '3', '4']) bench.post(PRICES, text);
  slow.consumer.setCredit(10);
  bench.host.settle();
  t.deepEqual(slow.inbox.read(), ['3', '4']);
  bench.broker.set('prices', { pendingMax: 1, slowConsumer: 'disconnect' });
  slow.consumer.setCredit(0);
  bench.post(PRICES, '5');
  t.is(slow.inbox.goneFor, undefined);
  bench.post(PRICES, '6');
  t.is(slow.inbox.goneFor, 'the consumer is too slow');
  t.is(bench.broker.storedMessages, 0);
});
