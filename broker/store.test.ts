import test from 'ava';
import {
  Broker,
  type BrokerOptions,
  ManualHost,
  Outcome,
  parseSelector,
  type Selector,
} from '#broker';
import {
  Bench,
  type Delivery,
  Inbox,
  ORDERS,
  PRICES,
  plain,
  queue,
  topic,
} from './bench.test-kit.ts';
import { KeptJournal } from './journal/kept-journal.test-kit.ts';

/** A broker whose journal survives it. */
class Life extends Bench {
  readonly journal: KeptJournal;

  constructor(journal: KeptJournal = new KeptJournal(), options: BrokerOptions = {}) {
    super({ ...options, journal, formats: [plain] });
    this.journal = journal;
  }

  /** The same broker after a crash. */
  again(options: BrokerOptions = {}): Life {
    return new Life(this.journal.crash(), options);
  }

  /** The same, after every record had to be copied. */
  carried(options: BrokerOptions = {}): Life {
    this.journal.carryAll();
    return new Life(this.journal.crash(), options);
  }
}

const persistent = { persistent: true };

for (const way of ['again', 'carried'] as const) {
  test(`${way}: what was confirmed is there, in order; what was settled is not`, (t) => {
    const life = new Life();
    for (let n = 0; n < 1000; n++) life.send(ORDERS, `${n}`, persistent);
    life.send(ORDERS, 'not persistent');
    life.send(ORDERS, 'urgent', { persistent: true, priority: 9 });
    life.host.settle();
    const { inbox, consumer } = life.consume(ORDERS, 500);
    for (const { entry, text } of inbox.take()) {
      if (Number(text) % 2 === 0) consumer.settle(entry, Outcome.accepted);
    }
    life.host.settle();
    const next = life[way]();
    const found = next.consume(ORDERS, 2000).inbox.take();
    const texts = found.map(({ text }) => text);
    const expected = ['urgent', ...Array.from({ length: 1000 }, (_, n) => `${n}`)];
    t.deepEqual(
      texts,
      expected.filter((text) => text === 'urgent' || Number(text) % 2 === 1 || Number(text) >= 499),
    );
    t.is(next.journal.statistics.liveRecords, texts.length + 1);
  });

  test(`${way}: [JMS 3.4.7] what was handed out may have been seen; failures are counted`, (t) => {
    const life = new Life();
    for (const text of ['a', 'b', 'c']) life.post(ORDERS, text, persistent);
    const { inbox, consumer } = life.consume(ORDERS, 2);
    const [a] = inbox.take() as [Delivery];
    consumer.setCredit(0);
    consumer.settle(a.entry, Outcome.failed);
    consumer.setCredit(1);
    life.host.settle();
    const [again] = inbox.take() as [Delivery];
    consumer.settle(again.entry, Outcome.failed);
    life.host.settle();
    const found = life[way]().consume(ORDERS, 10).inbox.take();
    t.deepEqual(
      found.map(({ text, attempts }) => [text, attempts]),
      [
        ['a', 2],
        ['b', 1],
        ['c', 0],
      ],
    );
  });

  test(`${way}: durable subscriptions and what they still need; others leave no trace`, (t) => {
    const life = new Life();
    const client = life.connect('c');
    const other = life.connect('d');
    const durable = { name: 's', durable: true, shared: false };
    const options = { selector: parseSelector('n > 1') as Selector, noLocal: true };
    const first = life.consume(PRICES, 10, {
      connection: client,
      subscription: durable,
      ...options,
    });
    life.consume(PRICES, 0, { connection: other, subscription: durable });
    life.consume(PRICES, 10);
    for (const n of [1, 2, 3]) life.post(PRICES, `n=${n}`, persistent);
    const [two] = first.inbox.take() as [Delivery];
    first.consumer.settle(two.entry, Outcome.accepted);
    life.host.settle();
    const next = life[way]();
    const again = next.connect('c');
    const found = next.consume(PRICES, 10, {
      connection: again,
      subscription: durable,
      ...options,
    });
    t.deepEqual(found.inbox.read(), ['n=3']);
    const rest = next.consume(PRICES, 10, {
      connection: next.connect('d'),
      subscription: durable,
    });
    t.deepEqual(rest.inbox.read(), ['n=1', 'n=2', 'n=3']);
    next.post(PRICES, 'n=4', persistent);
    t.deepEqual(found.inbox.read(), ['n=4']);
    again.close();
    next.connect('c').unsubscribe('s');
    next.host.settle();
    const last = next[way]();
    t.throws(() => last.connect('c').unsubscribe('s'), { message: /no durable subscription/ });
    const d = last.consume(PRICES, 10, { connection: last.connect('d'), subscription: durable });
    t.is(d.inbox.take().length, 4);
  });

  test(`${way}: wildcard subscriptions and virtual topics`, (t) => {
    const life = new Life();
    const subscription = { name: 's', durable: true, shared: true };
    const consumer = life.consume(topic('a.>'), 0, { subscription }).consumer;
    life.consume(queue('Consumer.x.VirtualTopic.t'), 0);
    life.connection.closeConsumer(consumer);
    life.post(topic('a.b'), '1', persistent);
    life.post(topic('VirtualTopic.t'), '2', persistent);
    const next = life[way]();
    const found = next.consume(topic('a.>'), 10, { subscription }).inbox.take();
    t.deepEqual(
      found.map(({ text }) => text),
      ['1'],
    );
    t.deepEqual(found[0]?.message.destination, topic('a.b'));
    next.post(topic('a.c'), '3', persistent);
    t.deepEqual(next.consume(queue('Consumer.x.VirtualTopic.t'), 10).inbox.read(), ['2']);
  });

  test(`${way}: delayed, repeated and expiring messages keep their times`, (t) => {
    const life = new Life();
    const now = life.host.messageTimeMs();
    life.post(ORDERS, 'late', { persistent: true, deliverAt: now + 100 });
    life.post(ORDERS, 'came', { persistent: true, deliverAt: now + 10 });
    life.post(ORDERS, 'tick', {
      persistent: true,
      deliverAt: now + 20,
      repeat: { periodMs: 30, times: 3 },
    });
    life.post(ORDERS, 'dies', { persistent: true, expiresAt: now + 120 });
    life.host.advance(55);
    const next = life[way]();
    // The new host's clock begins where the first one's did.
    next.host.advance(110);
    const { inbox } = next.consume(ORDERS, 10);
    t.deepEqual(
      inbox.read().sort(),
      ['came', 'dies', 'late', 'tick', 'tick', 'tick', 'tick'].sort(),
    );
    next.host.advance(50);
    t.deepEqual(inbox.read(), []);
    t.is(next.broker.find(ORDERS)?.scheduled, 0);
  });

  test(`${way}: dead letters, groups, settings made while running`, (t) => {
    const life = new Life(undefined, { settings: { '>': { maxDeliveries: 2 } } });
    life.broker.set('orders', { maxDeliveries: 1, deadLetterQueue: 'grave' });
    life.broker.set('other', { maxDeliveries: 7 });
    life.broker.unset('other');
    life.post(ORDERS, 'x', { persistent: true, group: 'g' });
    const { inbox, consumer } = life.consume(ORDERS, 1);
    consumer.settle((inbox.take()[0] as Delivery).entry, Outcome.failed);
    life.host.settle();
    const next = life[way]({ settings: { '>': { maxDeliveries: 2 } } });
    t.is(next.depth('orders'), 0);
    const [letter] = next.consume(queue('grave'), 1).inbox.take();
    t.is(letter?.message.group, 'g');
    t.is(letter?.message.notes?.get('JMS_ANGELIA_Cause')?.value, 'max-deliveries');
    t.is(typeof letter?.message.notes?.get('JMS_ANGELIA_Time')?.value, 'bigint');
    t.deepEqual([...next.broker.settings().keys()], ['>', 'orders']);
  });

  test(`${way}: a topic retains what it retained`, (t) => {
    const options = { settings: { prices: { retain: 2 } } };
    const life = new Life(undefined, options);
    for (const text of ['1', '2', '3']) life.post(PRICES, text, persistent);
    const next = life[way](options);
    t.deepEqual(next.consume(PRICES, 10, { retroactive: true }).inbox.read(), ['2', '3']);
    next.post(PRICES, '4', persistent);
    t.deepEqual(next[way](options).consume(PRICES, 10, { retroactive: true }).inbox.read(), [
      '3',
      '4',
    ]);
  });

  test(`${way}: a deleted queue stays deleted, and its name begins anew`, (t) => {
    const life = new Life();
    life.post(ORDERS, 'old', persistent);
    life.broker.deleteDestination(ORDERS, false);
    life.post(ORDERS, 'new', persistent);
    const next = life[way]();
    t.deepEqual(next.consume(ORDERS, 10).inbox.read(), ['new']);
    next.broker.deleteDestination(ORDERS, false);
    next.host.settle();
    t.is(next[way]().broker.find(ORDERS), undefined);
  });
}

test('an id that only a copied message speaks of is not given again', (t) => {
  const options = { settings: { prices: { retain: 1 } } };
  const life = new Life(undefined, options);
  const subscription = { name: 's', durable: true, shared: true };
  const away = life.consume(PRICES, 0, { subscription: { ...subscription, name: 'away' } });
  life.connection.closeConsumer(away.consumer);
  life.post(PRICES, 'kept', persistent);
  const first = life.consume(PRICES, 10, { subscription, retroactive: true });
  first.consumer.settle((first.inbox.take()[0] as Delivery).entry, Outcome.accepted);
  life.connection.closeConsumer(first.consumer);
  life.connection.unsubscribe('s', true);
  life.host.settle();
  // Then what told of the subscription is gone; that it was done is in the message's own record.
  life.journal.carryAll();
  life.journal.records.splice(
    0,
    life.journal.records.findIndex(({ copied }) => copied),
  );
  const next = life.again(options);
  next.consume(PRICES, 0, { subscription, retroactive: true });
  next.host.settle();
  const { inbox } = next.again(options).consume(PRICES, 10, { subscription });
  t.deepEqual(inbox.read(), ['kept']);
});

test('what was not durable when it crashed may be lost, and nothing else is', (t) => {
  const life = new Life();
  life.post(ORDERS, 'safe', persistent);
  life.send(ORDERS, 'unconfirmed', persistent);
  t.deepEqual(life.again().consume(ORDERS, 10).inbox.read(), ['safe']);
});

test('[JMS 6.2.7] a transaction is there as a whole or not at all', (t) => {
  const life = new Life();
  life.post(ORDERS, 'in', persistent);
  const { inbox, consumer } = life.consume(ORDERS, 1);
  const transaction = life.connection.begin();
  consumer.settle((inbox.take()[0] as Delivery).entry, Outcome.accepted, transaction);
  life.send(queue('out'), '1', persistent, transaction);
  life.send(queue('out'), '2', persistent, transaction);
  life.host.settle();
  const without = life.again();
  t.deepEqual([without.depth('orders'), without.depth('out')], [1, undefined]);
  const position = transaction.commit();
  t.is(position, life.broker.position);
  // As a torn write would leave it: only the first records of the commit.
  for (let cut = life.journal.durable; cut <= position; cut++) {
    const torn = new KeptJournal(life.journal.records.filter(({ number }) => number <= cut));
    torn.durable = cut;
    const next = new Life(torn.crash());
    const state = [next.depth('orders') ?? 0, next.depth('out') ?? 0];
    t.deepEqual(state, cut === position ? [0, 2] : [1, 0], `${cut}`);
  }
  life.host.settle();
  const next = life.again();
  t.deepEqual([next.depth('orders'), next.depth('out')], [0, 2]);
});

test('what does not fit into memory is paged: the bound of memory refuses nothing', (t) => {
  const life = new Life(undefined, { limits: { storedBytesMax: 100, bodiesBytesMax: 500 } });
  for (let n = 10; n < 40; n++) life.post(ORDERS, `persistent ${n}`, persistent);
  for (let n = 10; n < 40; n++) life.post(ORDERS, `not ${n}`, { borrowed: true } as object);
  t.true(life.broker.bodies.bytes < 1000, `${life.broker.bodies.bytes} bytes in memory`);
  t.is(life.consume(ORDERS, 100).inbox.texts().length, 60);
  t.is(life.again().consume(ORDERS, 100).inbox.texts().length, 30);
});

test('settlements of one consumer in a row are one record', (t) => {
  const life = new Life();
  for (let n = 0; n < 100; n++) life.send(ORDERS, `${n}`, persistent);
  const { inbox, consumer } = life.consume(ORDERS, 100);
  const before = life.journal.records.length;
  for (const { entry } of inbox.take()) consumer.settle(entry, Outcome.accepted);
  t.is(life.broker.position, life.journal.records.length + 1);
  life.host.settle();
  t.is(life.journal.records.length, before + 1);
  t.is(life.journal.statistics.liveRecords, 1);
});

test('a format that nobody reads is told by name', (t) => {
  const life = new Life();
  life.post(ORDERS, 'x', persistent);
  t.throws(() => new Broker(new ManualHost(), { journal: life.journal.crash() }), {
    message: /format 'plain'/,
  });
  t.pass(String(new Inbox().drains));
});
