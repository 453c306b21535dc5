import test from 'ava';
import { Note, Outcome, parseSelector, type Selector } from '#broker';
import { Bench, type Delivery, ORDERS, PRICES, queue, refused, topic } from './bench.test-kit.ts';

test('[JMS 3.4.9] what expires in a queue without consumers goes to the expiry queue', (t) => {
  const bench = new Bench();
  const now = bench.host.messageTimeMs();
  bench.post(ORDERS, 'a', { expiresAt: now + 10 });
  bench.post(ORDERS, 'b', { expiresAt: now + 20 });
  bench.post(ORDERS, 'c');
  bench.host.advance(9);
  t.is(bench.depth('orders'), 3);
  bench.host.advance(1);
  t.is(bench.depth('orders'), 2);
  t.is(bench.depth('ExpiryQueue'), 1);
  bench.host.advance(1000);
  t.is(bench.depth('orders'), 1);
  const { inbox } = bench.consume(queue('ExpiryQueue'), 10);
  t.deepEqual(inbox.texts(), ['a', 'b']);
  const notes = inbox.deliveries[0]?.message.view().properties;
  t.is(notes?.get(Note.origin)?.value, 'queue://orders');
  t.is(notes?.get(Note.cause)?.value, 'expired');
});

test('what expires while it is out is not taken away; given back, it goes', (t) => {
  const bench = new Bench();
  bench.post(ORDERS, 'a', { expiresAt: bench.host.messageTimeMs() + 10 });
  bench.post(ORDERS, 'b', { expiresAt: bench.host.messageTimeMs() + 10 });
  const { inbox, consumer } = bench.consume(ORDERS, 10);
  const [a, b] = inbox.take() as [Delivery, Delivery];
  bench.host.advance(20);
  t.is(bench.depth('orders'), 2);
  consumer.settle(a.entry, Outcome.accepted);
  consumer.settle(b.entry, Outcome.released);
  bench.host.settle();
  t.deepEqual(inbox.read(), []);
  t.is(bench.depth('orders'), 0);
  t.is(bench.depth('ExpiryQueue'), 1);
});

test('expiry in a topic is for each subscriber by himself', (t) => {
  const bench = new Bench();
  const client = bench.connect('c');
  const subscription = { name: 's', durable: true, shared: false };
  const away = bench.consume(PRICES, 0, { connection: client, subscription });
  const here = bench.consume(PRICES, 10);
  const slow = bench.consume(PRICES, 0);
  bench.post(PRICES, 'x', { expiresAt: bench.host.messageTimeMs() + 10 });
  bench.host.advance(20);
  t.deepEqual(here.inbox.texts(), ['x']);
  t.is(bench.depth('ExpiryQueue'), 1);
  here.consumer.settle((here.inbox.take()[0] as Delivery).entry, Outcome.accepted);
  t.is(bench.broker.storedMessages, 1);
  bench.post(PRICES, 'y');
  for (const { consumer } of [away, slow]) consumer.setCredit(10);
  bench.host.settle();
  t.deepEqual(away.inbox.read(), ['y']);
  t.deepEqual(slow.inbox.read(), ['y']);
});

test('[JMS 3.4.13] a delayed message comes at its time, to the millisecond', (t) => {
  const bench = new Bench();
  const { inbox } = bench.consume(ORDERS, 10);
  bench.post(ORDERS, 'late', { deliverAt: bench.host.messageTimeMs() + 100 });
  bench.post(ORDERS, 'now');
  t.is(bench.broker.find(ORDERS)?.statistics().scheduled, 1);
  bench.host.advance(99);
  t.deepEqual(inbox.read(), ['now']);
  bench.host.advance(1);
  t.deepEqual(inbox.read(), ['late']);
  t.is(bench.broker.find(ORDERS)?.statistics().scheduled, 0);
});

test('[JMS 3.4.13] a delayed message of a topic is for those who subscribed before it was sent', (t) => {
  const bench = new Bench();
  const before = bench.consume(PRICES, 10);
  bench.post(PRICES, 'x', { deliverAt: bench.host.messageTimeMs() + 100 });
  const after = bench.consume(PRICES, 10);
  bench.host.advance(100);
  t.deepEqual(before.inbox.read(), ['x']);
  t.deepEqual(after.inbox.read(), []);
});

test('a delivery repeats as often as it was asked for', (t) => {
  const bench = new Bench();
  const { inbox } = bench.consume(ORDERS, 100, { presettled: true });
  const deliverAt = bench.host.messageTimeMs() + 10;
  bench.post(ORDERS, 'tick', { deliverAt, repeat: { periodMs: 5, times: 2 } });
  bench.host.advance(10);
  t.is(inbox.read().length, 1);
  bench.host.advance(5);
  t.is(inbox.read().length, 1);
  bench.host.advance(100);
  t.is(inbox.read().length, 1);
  t.is(bench.broker.storedMessages, 0);
});

test('a failed delivery waits, each time longer, up to a bound', (t) => {
  const bench = new Bench({
    settings: {
      '>': { redeliveryDelayMs: 10, redeliveryMultiplier: 3, redeliveryDelayMsMax: 50 },
    },
  });
  const { inbox, consumer } = bench.consume(ORDERS, 100);
  bench.post(ORDERS, 'x');
  for (const waitMs of [10, 30, 50, 50]) {
    consumer.settle((inbox.take()[0] as Delivery).entry, Outcome.failed);
    bench.host.advance(waitMs - 1);
    t.deepEqual(inbox.texts(), []);
    bench.host.advance(1);
    t.deepEqual(inbox.texts(), ['x']);
  }
});

test('max deliveries: the tenth failure makes a dead letter, which can be sent back', (t) => {
  const bench = new Bench();
  const { inbox, consumer } = bench.consume(ORDERS, 100);
  bench.post(ORDERS, 'x', { persistent: true });
  for (let n = 0; n < 10; n++) {
    t.is(inbox.deliveries.length, 1);
    consumer.settle((inbox.take()[0] as Delivery).entry, Outcome.failed);
    bench.host.settle();
  }
  t.deepEqual(inbox.texts(), []);
  const dead = bench.consume(queue('DLQ'), 1, { browse: true });
  const [letter] = dead.inbox.take();
  t.is(letter?.message.view().properties.get(Note.cause)?.value, 'max-deliveries');
  t.is(letter?.message.view().properties.get(Note.deliveryCount)?.value, 10);
  t.true(letter?.message.persistent);
  t.true(bench.broker.retry(queue('DLQ'), letter?.message.serial ?? 0));
  bench.host.settle();
  t.deepEqual(inbox.texts(), ['x']);
  t.is(inbox.deliveries[0]?.attempts, 0);
  t.is(bench.depth('DLQ'), 0);
});

test('dead letters go where the address says, or nowhere', (t) => {
  const bench = new Bench({
    settings: { orders: { deadLetterQueue: 'orders.dead' }, prices: { deadLetterQueue: '' } },
  });
  for (const address of [ORDERS, PRICES]) {
    const { inbox, consumer } = bench.consume(address, 10);
    bench.post(address, 'x');
    consumer.settle((inbox.take()[0] as Delivery).entry, Outcome.rejected);
  }
  t.is(bench.depth('orders.dead'), 1);
  t.is(bench.depth('DLQ'), undefined);
  t.is(bench.broker.storedMessages, 1);
});

test('a dead letter that is rejected again stays in its queue', (t) => {
  const bench = new Bench();
  const { inbox, consumer } = bench.consume(ORDERS, 10);
  bench.post(ORDERS, 'x');
  consumer.settle((inbox.take()[0] as Delivery).entry, Outcome.rejected);
  const dead = bench.consume(queue('DLQ'), 10);
  dead.consumer.settle((dead.inbox.take()[0] as Delivery).entry, Outcome.rejected);
  bench.host.settle();
  t.deepEqual(dead.inbox.read(), []);
  t.is(bench.depth('DLQ'), 1);
  t.deepEqual(bench.consume(queue('DLQ'), 10).inbox.read(), ['x']);
});

test('settings: general, special, changed while running, and nonsense', (t) => {
  const bench = new Bench({ settings: { '>': { maxDeliveries: 3 }, 'a.*': { maxDeliveries: 5 } } });
  bench.post(queue('a.b'), 'x');
  bench.post(queue('c'), 'x');
  const max = (name: string) => bench.broker.find(queue(name))?.settings.maxDeliveries;
  t.deepEqual([max('a.b'), max('c')], [5, 3]);
  bench.broker.set('a.b', { maxDeliveries: 7 });
  t.deepEqual([max('a.b'), max('c')], [7, 3]);
  bench.broker.unset('a.b');
  t.is(max('a.b'), 5);
  const bad = (row: object) => refused(() => bench.broker.set('x', row));
  t.is(bad({ maxDeliverys: 1 }), 'settings-invalid');
  t.is(bad({ maxDeliveries: '1' }), 'settings-invalid');
  t.is(bad({ maxDeliveries: -1 }), 'settings-invalid');
  t.is(bad({ maxDeliveries: 1.5 }), 'settings-invalid');
  t.is(bad({ redeliveryDelayMs: Number.POSITIVE_INFINITY }), 'settings-invalid');
  t.notThrows(() => bench.broker.set('>', { redeliveryMultiplier: 1.5 }));
  t.is(bad({ whenFull: 'explode' }), 'settings-invalid');
  t.is(bad({ deadLetterQueue: 'a.>' }), 'settings-invalid');
});

test('a message of a selector and a time: the selector is not asked of what is expired', (t) => {
  const bench = new Bench();
  bench.post(topic('t'), 'n=1', { expiresAt: bench.host.messageTimeMs() - 1 });
  const options = { selector: parseSelector('n = 1') as Selector };
  t.deepEqual(bench.consume(topic('t'), 10, options).inbox.read(), []);
});

test('a pattern of settings is a name that could be, and there are not endless ones', (t) => {
  const { broker } = new Bench({ limits: { settingsPatternsMax: 2 } });
  t.is(
    refused(() => broker.set('a\nb', {})),
    'address-invalid',
  );
  broker.set('a', {});
  broker.set('b', {});
  t.is(
    refused(() => broker.set('c', {})),
    'limit-exceeded',
  );
  broker.set('a', { retain: 1 });
  t.true(broker.unset('b'));
  broker.set('c', {});
  t.deepEqual([...broker.settings().keys()], ['a', 'c']);
});

test('that names are not created on use holds whatever is set for all of them', (t) => {
  const bench = new Bench({ autoCreate: false, settings: { '>': { maxDeliveries: 3 } } });
  t.is(
    refused(() => bench.connect().openProducer(ORDERS)),
    'destination-missing',
  );
  bench.broker.set('orders', { autoCreate: true });
  t.like(bench.broker.settingsOf('orders'), { autoCreate: true, maxDeliveries: 3, retain: 0 });
  t.notThrows(() => bench.connect().openProducer(ORDERS));
});
