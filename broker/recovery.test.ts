// What a second life has to know of the first, case by case. Found by `npm run model -- --crashes`.

import test from 'ava';
import { type BrokerOptions, Outcome } from '#broker';
import { Bench, PRICES, plain, queue } from './bench.test-kit.ts';
import { KeptJournal } from './journal/kept-journal.test-kit.ts';

/** A broker whose journal survives it. */
class Life extends Bench {
  readonly journal: KeptJournal;

  constructor(journal: KeptJournal = new KeptJournal(), options: BrokerOptions = {}) {
    super({ ...options, journal, formats: [plain] });
    this.journal = journal;
  }

  again(): Life {
    return new Life(this.journal.crash());
  }

  /** The same, after every record had to be copied. */
  carried(): Life {
    this.journal.carryAll();
    return this.again();
  }
}

const persistent = { persistent: true };

test('a message to two queues, done with in the first, is whole in the second', (t) => {
  const life = new Life();
  life.post({ kind: 'queue', name: 'a,b' }, 'both', persistent);
  const { inbox, consumer } = life.consume(queue('a'), 1);
  consumer.settle(inbox.take()[0]?.entry ?? 0, Outcome.accepted);
  life.host.settle();
  const next = life.again();
  t.deepEqual(next.consume(queue('b'), 1).inbox.read(), ['both']);
  t.is(next.depth('a'), 0);
});

test('a settlement is not confirmed before it is written, also when it is the first thing', (t) => {
  const life = new Life();
  life.post(queue('a'), 'one', persistent);
  const next = life.again();
  next.journal.sync = () => {};
  const { inbox, consumer } = next.consume(queue('a'), 1);
  consumer.settle(inbox.take()[0]?.entry ?? 0, Outcome.accepted);
  t.true(next.broker.position > next.broker.durable);
});

test('of what is gone nothing is remembered, in this life and the next', (t) => {
  const life = new Life();
  const subscription = { name: 's', durable: true, shared: true };
  const away = life.consume(PRICES, 0, { subscription: { ...subscription, name: 'away' } });
  const reader = life.consume(PRICES, 9, { subscription });
  life.post(PRICES, 'in the topic', persistent);
  life.post(queue('a'), 'in the queue', persistent);
  const [message] = reader.inbox.take();
  reader.consumer.settle(message?.entry ?? 0, Outcome.accepted);
  const { inbox, consumer } = life.consume(queue('a'), 1);
  consumer.settle(inbox.take()[0]?.entry ?? 0, Outcome.accepted);
  life.host.settle();
  const serials = Array.from({ length: life.broker.serial + 1 }, (_, serial) => serial);
  const remembered = ({ broker }: Life) =>
    serials.filter((serial) => broker.store.said.has(serial));
  t.deepEqual(remembered(life), [message?.message.serial ?? -1]);
  t.deepEqual(remembered(life.again()), [message?.message.serial ?? -1]);
  away.consumer.setCredit(1);
  life.host.settle();
  away.consumer.settle(away.inbox.take()[0]?.entry ?? 0, Outcome.accepted);
  life.host.settle();
  t.deepEqual(remembered(life), []);
  t.deepEqual(remembered(life.again()), []);
});

test('what was deleted does not come back with another of the same name', (t) => {
  const life = new Life();
  life.post({ kind: 'queue', name: 'a,b' }, 'old', persistent);
  life.broker.deleteDestination(queue('b'), false);
  life.host.settle();
  const next = life.again();
  next.post(queue('b'), 'new', persistent);
  t.deepEqual(next.again().consume(queue('b'), 9).inbox.read(), ['new']);
});

for (const way of ['again', 'carried'] as const) {
  test(`${way}: a message that has come for the last time does not come again`, (t) => {
    const life = new Life();
    const deliverAt = life.host.messageTimeMs() + 10;
    const repeat = { periodMs: 10, times: 1 };
    life.post(queue('a'), 'tick', { ...persistent, deliverAt, repeat });
    life.host.advance(30);
    t.is(life.depth('a'), 2);
    const next = life[way]();
    next.host.advance(100);
    t.is(next.depth('a'), 2);
    t.is(next.broker.deadlines.size, 0);
  });

  test(`${way}: a durable subscription keeps what its topic had retained for it`, (t) => {
    const subscription = { name: 's', durable: true, shared: true };
    const life = new Life();
    life.broker.set('prices', { retain: 2 });
    for (const text of ['one', 'two', 'three']) life.post(PRICES, text, persistent);
    life.consume(PRICES, 0, { subscription, retroactive: true });
    const next = life[way]();
    const { inbox } = next.consume(PRICES, 9, { subscription, retroactive: true });
    t.deepEqual(inbox.read(), ['two', 'three']);
  });

  test(`${way}: a topic retains after a crash what it retained before`, (t) => {
    const life = new Life();
    const subscription = { name: 's', durable: true, shared: true };
    const { inbox } = life.consume(PRICES, 9, { subscription, presettled: true });
    life.post(PRICES, 'before', persistent);
    const deliverAt = life.host.messageTimeMs() + 10;
    life.post(PRICES, 'delayed', { ...persistent, deliverAt });
    life.broker.set('prices', { retain: 5 });
    life.post(PRICES, 'after', persistent);
    life.host.advance(20);
    t.is(inbox.read().length, 3);
    const next = life[way]();
    t.deepEqual(next.consume(PRICES, 9, { retroactive: true }).inbox.read(), ['after', 'delayed']);
  });
}

test('a queue that is full after a restart tells its senders so', (t) => {
  const life = new Life();
  life.broker.set('a', { messagesMax: 2, whenFull: 'block' });
  life.post(queue('a'), 'one', persistent);
  life.post(queue('a'), 'two', persistent);
  t.true(life.again().connection.openProducer(queue('a')).full);
});

test('what was out at the end is not dropped as the oldest that waits: the next that comes makes room', (t) => {
  const life = new Life();
  life.post(queue('ring'), 'out', persistent);
  life.consume(queue('ring'), 1);
  life.broker.set('ring', { bytesMax: 1, whenFull: 'drop-oldest' });
  life.host.settle();
  const next = life.again();
  t.is(next.depth('ring'), 1);
  t.deepEqual(next.consume(queue('ring'), 1).inbox.read(), ['out']);
});

test('a message says where it was sent to, though that is gone', (t) => {
  const life = new Life();
  const sentTo = { kind: 'topic', name: 'VirtualTopic.t' } as const;
  const subscription = { name: 's', durable: true, shared: true };
  const { consumer } = life.consume(sentTo, 0, { subscription });
  const follower = queue('Consumer.x.VirtualTopic.t');
  life.connection.openProducer(follower);
  life.post(sentTo, 'both', persistent);
  life.connection.closeConsumer(consumer);
  life.broker.deleteDestination(sentTo, false);
  life.host.settle();
  const [found] = life.again().consume(follower, 9).inbox.take();
  t.deepEqual(found?.message.destination, sentTo);
});
