import test from 'ava';
import { Outcome } from '#broker';
import { Bench, type Delivery, message, ORDERS, PRICES, refused } from './bench.test-kit.ts';

test('a queue hands a message to one consumer, when the turn ends and not before', (t) => {
  const bench = new Bench();
  const { inbox } = bench.consume(ORDERS, 10, { presettled: true });
  bench.send(ORDERS, 'a');
  t.deepEqual(inbox.texts(), []);
  bench.host.settle();
  t.deepEqual(inbox.texts(), ['a']);
  t.is(bench.depth('orders'), 0);
  t.is(bench.broker.storedBytes, 0);
});

test('a queue keeps what nobody takes, in order', (t) => {
  const bench = new Bench();
  for (let n = 0; n < 1000; n++) bench.send(ORDERS, `${n}`);
  bench.host.settle();
  t.is(bench.depth('orders'), 1000);
  const { inbox } = bench.consume(ORDERS, 2000, { presettled: true });
  bench.host.settle();
  t.deepEqual(
    inbox.texts(),
    Array.from({ length: 1000 }, (_, n) => `${n}`),
  );
});

test('consumers of a queue share the messages in turn', (t) => {
  const bench = new Bench();
  const a = bench.consume(ORDERS, 10, { presettled: true });
  const b = bench.consume(ORDERS, 10, { presettled: true });
  for (const text of ['1', '2', '3', '4']) bench.send(ORDERS, text);
  bench.host.settle();
  t.deepEqual(a.inbox.texts(), ['1', '3']);
  t.deepEqual(b.inbox.texts(), ['2', '4']);
});

test('nothing is delivered beyond the credit', (t) => {
  const bench = new Bench();
  const { inbox, consumer } = bench.consume(ORDERS, 2);
  for (const text of ['1', '2', '3', '4']) bench.send(ORDERS, text);
  bench.host.settle();
  t.deepEqual(inbox.texts(), ['1', '2']);
  t.is(consumer.credit, 0);
  consumer.setCredit(1);
  bench.host.settle();
  t.deepEqual(inbox.texts(), ['1', '2', '3']);
  consumer.suspend();
  consumer.setCredit(5);
  bench.host.settle();
  t.is(inbox.deliveries.length, 3);
  consumer.resume();
  bench.host.settle();
  t.deepEqual(inbox.texts(), ['1', '2', '3', '4']);
});

test('[JMS 3.4.10] higher priority overtakes, order is kept within one', (t) => {
  const bench = new Bench();
  bench.send(ORDERS, 'low-1', { priority: 0 });
  bench.send(ORDERS, 'high-1', { priority: 9 });
  bench.send(ORDERS, 'mid-1');
  bench.send(ORDERS, 'high-2', { priority: 9 });
  const { inbox } = bench.consume(ORDERS, 10);
  bench.host.settle();
  t.deepEqual(inbox.texts(), ['high-1', 'high-2', 'mid-1', 'low-1']);
});

test('[AMQP 3.4] accepted is gone, released comes back as new, failed comes back counted', (t) => {
  const bench = new Bench();
  const { inbox, consumer } = bench.consume(ORDERS, 10);
  for (const text of ['a', 'b', 'c']) bench.send(ORDERS, text);
  bench.host.settle();
  const [a, b, c] = inbox.take() as [Delivery, Delivery, Delivery];
  consumer.settle(a.entry, Outcome.accepted);
  consumer.settle(b.entry, Outcome.released);
  consumer.settle(c.entry, Outcome.failed);
  bench.host.settle();
  t.deepEqual(
    inbox.take().map(({ text, attempts }) => [text, attempts]),
    [
      ['b', 0],
      ['c', 1],
    ],
  );
  t.is(bench.depth('orders'), 2);
});

test('[AMQP 3.4.3] a rejected message becomes a dead letter', (t) => {
  const bench = new Bench();
  const { inbox, consumer } = bench.consume(ORDERS, 10);
  bench.send(ORDERS, 'poison');
  bench.host.settle();
  consumer.settle((inbox.deliveries[0] as Delivery).entry, Outcome.rejected);
  t.is(bench.depth('orders'), 0);
  const dead = bench.consume({ kind: 'queue', name: 'DLQ' }, 1);
  bench.host.settle();
  t.deepEqual(dead.inbox.texts(), ['poison']);
});

test('a dead letter finds its queue also when there may be no more destinations', (t) => {
  const bench = new Bench({ limits: { destinationsMax: 1 } });
  const { inbox, consumer } = bench.consume(ORDERS, 10);
  bench.send(ORDERS, 'poison');
  bench.host.settle();
  consumer.settle((inbox.deliveries[0] as Delivery).entry, Outcome.rejected);
  t.is(bench.depth('DLQ'), 1);
});

test('an entry that is not out with the consumer is ignored, also the second time', (t) => {
  const bench = new Bench();
  const a = bench.consume(ORDERS, 1);
  const b = bench.consume(ORDERS, 0);
  bench.send(ORDERS, 'x');
  bench.host.settle();
  const { entry } = a.inbox.deliveries[0] as Delivery;
  t.false(b.consumer.settle(entry, Outcome.accepted));
  t.is(bench.depth('orders'), 1);
  t.true(a.consumer.settle(entry, Outcome.accepted));
  t.false(a.consumer.settle(entry, Outcome.released));
  t.false(a.consumer.settle(123_456_789, Outcome.accepted));
  t.is(bench.depth('orders'), 0);
  t.is(a.consumer.out, 0);
});

test('[JMS 3.4.4] a message knows when it was sent: as its sender said, else when it came', (t) => {
  const bench = new Bench();
  const producer = bench.connection.openProducer(ORDERS);
  const silent = message('silent');
  const dated = message('dated');
  dated.sentAt = 42;
  producer.send(silent);
  producer.send(dated);
  t.is(silent.sentAt, bench.host.messageTimeMs());
  t.is(dated.sentAt, 42);
});

test('a requeued message goes to its original place, whatever the order of release', (t) => {
  const bench = new Bench();
  const count = 1000;
  const first = bench.consume(ORDERS, count / 2);
  for (let n = 0; n < count; n++) bench.send(ORDERS, `${n}`);
  bench.host.settle();
  const out = first.inbox.take();
  t.is(out.length, count / 2);
  first.consumer.setCredit(0);
  for (let n = 0; n < out.length; n++) {
    const mixed = out[(n * 271) % out.length] as Delivery;
    first.consumer.settle(mixed.entry, Outcome.released);
  }
  const second = bench.consume(ORDERS, count, { presettled: true });
  bench.host.settle();
  t.deepEqual(
    second.inbox.texts(),
    Array.from({ length: count }, (_, n) => `${n}`),
  );
});

test('what was out with a closed consumer goes back; a lost connection counts an attempt', (t) => {
  const bench = new Bench();
  const polite = bench.connect();
  const lost = bench.connect();
  bench.consume(ORDERS, 1, { connection: polite });
  bench.consume(ORDERS, 1, { connection: lost });
  for (const text of ['1', '2', '3']) bench.send(ORDERS, text);
  bench.host.settle();
  polite.close();
  lost.close(true);
  const { inbox } = bench.consume(ORDERS, 10);
  bench.host.settle();
  t.deepEqual(
    inbox.deliveries.map(({ text, attempts }) => [text, attempts]),
    [
      ['1', 0],
      ['2', 1],
      ['3', 0],
    ],
  );
  t.is([...bench.broker.connections()].length, 1);
});

test('[AMQP 2.6.7] a drain delivers what there is, then takes the credit back', (t) => {
  const bench = new Bench();
  const { inbox, consumer } = bench.consume(ORDERS, 0);
  bench.send(ORDERS, 'a');
  consumer.setCredit(10);
  consumer.drain();
  bench.host.settle();
  t.deepEqual(inbox.texts(), ['a']);
  t.is(inbox.drains, 1);
  t.is(consumer.credit, 0);
  consumer.setCredit(10);
  consumer.drain();
  bench.host.settle();
  t.is(inbox.drains, 2);
});

test('a drain waits while the way to the peer is full', (t) => {
  const bench = new Bench();
  const { inbox, consumer } = bench.consume(ORDERS, 10);
  consumer.suspend();
  bench.send(ORDERS, 'a');
  consumer.drain();
  bench.host.settle();
  t.is(inbox.drains, 0);
  consumer.resume();
  bench.host.settle();
  t.deepEqual(inbox.texts(), ['a']);
  t.is(inbox.drains, 1);
});

test('[JMS 8.3.1] each subscriber of a topic gets what is sent while it is there', (t) => {
  const bench = new Bench();
  bench.send(PRICES, 'before');
  const a = bench.consume(PRICES, 10, { presettled: true });
  bench.send(PRICES, '1');
  bench.host.settle();
  const b = bench.consume(PRICES, 10);
  bench.send(PRICES, '2');
  bench.send(PRICES, '3', { priority: 7 });
  bench.host.settle();
  t.deepEqual(a.inbox.texts(), ['1', '3', '2']);
  t.deepEqual(b.inbox.texts(), ['3', '2']);
  t.true(bench.broker.storedBytes > 0);
  for (const { entry } of b.inbox.deliveries) b.consumer.settle(entry, Outcome.accepted);
  t.is(bench.broker.storedBytes, 0);
});

test('a subscriber that leaves lets go of what it had not received', (t) => {
  const bench = new Bench();
  const { consumer } = bench.consume(PRICES, 1);
  for (let n = 0; n < 700; n++) bench.send(PRICES, `${n}`, { priority: n % 10 });
  bench.host.settle();
  t.is(bench.broker.storedMessages, 700);
  bench.connection.closeConsumer(consumer);
  t.is(bench.broker.storedMessages, 0);
  bench.send(PRICES, 'nobody');
  t.is(bench.broker.storedMessages, 0);
});

test('[JMS 3.4.9] an expired message is not delivered', (t) => {
  const bench = new Bench();
  const now = bench.host.messageTimeMs();
  bench.send(ORDERS, 'short', { expiresAt: now + 10 });
  bench.send(ORDERS, 'long', { expiresAt: now + 1000 });
  bench.host.settle();
  bench.host.advance(10);
  const { inbox } = bench.consume(ORDERS, 10);
  bench.host.settle();
  t.deepEqual(inbox.texts(), ['long']);
});

test('a persistent send is confirmed by position, at the end of the turn', (t) => {
  const bench = new Bench();
  t.is(bench.send(ORDERS, 'a'), 0);
  const position = bench.send(ORDERS, 'b', { persistent: true });
  t.true(position > bench.broker.durable);
  const confirmed: number[] = [];
  bench.broker.turn.awaitDurable({ durable: (upTo) => confirmed.push(upTo) });
  bench.host.settle();
  t.deepEqual(confirmed, [position]);
});

test('a message that stays takes its own bytes; one that leaves in its turn does not', (t) => {
  const bench = new Bench();
  const staying = message('stays', { borrowed: true });
  const leaving = message('leaves', { borrowed: true });
  bench.consume(PRICES, 1, { presettled: true });
  bench.connection.openProducer(ORDERS).send(staying);
  bench.connection.openProducer(PRICES).send(leaving);
  const slab = staying.slab;
  bench.host.settle();
  t.false(staying.borrowed);
  slab.fill(0);
  t.is(staying.bytes().toString(), 'stays');
  t.true(leaving.borrowed);
});

test('limits: message, stored bytes, destinations, connections, consumers, names', (t) => {
  const bench = new Bench({
    limits: {
      messageBytesMax: 10,
      storedBytesMax: 25,
      destinationsMax: 2,
      connectionsMax: 2,
      consumersPerConnectionMax: 1,
      addressLengthMax: 8,
      clientIdLengthMax: 4,
    },
  });
  t.is(
    refused(() => bench.send(ORDERS, '12345678901')),
    'limit-exceeded',
  );
  bench.send(ORDERS, '1234567890');
  bench.send(ORDERS, '1234567890');
  t.is(
    refused(() => bench.send(ORDERS, '123456')),
    'limit-exceeded',
  );
  t.is(bench.depth('orders'), 2);
  bench.consume(PRICES, 0);
  t.is(
    refused(() => bench.consume(PRICES, 0)),
    'limit-exceeded',
  );
  t.is(
    refused(() => bench.send({ kind: 'queue', name: 'third' }, '')),
    'limit-exceeded',
  );
  bench.connect();
  t.is(
    refused(() => bench.connect()),
    'limit-exceeded',
  );
  t.is(
    refused(() => bench.send({ kind: 'queue', name: 'too-long-a-name' }, '')),
    'address-invalid',
  );
  t.is(
    refused(() => bench.connection.claimClientId('12345')),
    'limit-exceeded',
  );
});

test('names: empty, control characters, wildcards, and no creation on use', (t) => {
  const bench = new Bench();
  const open = (name: string) => () => bench.connection.openProducer({ kind: 'topic', name });
  t.throws(open(''), { message: /no name/ });
  t.throws(open('a\nb'), { message: /control character 0x0a at 1/ });
  for (const name of ['a.*', '>', 'a.#.b']) t.throws(open(name), { message: /is a pattern/ });
  t.notThrows(open('a*b'));
  const strict = new Bench({ autoCreate: false });
  t.throws(() => strict.send(ORDERS, 'x'), { message: 'there is no queue://orders' });
});

test('[JMS 6.1.2] a client id belongs to one open connection', (t) => {
  const bench = new Bench();
  const other = bench.connect();
  bench.connection.claimClientId('billing');
  t.throws(() => other.claimClientId('billing'), {
    message: /belongs to the connection from here/,
  });
  bench.connection.close();
  t.notThrows(() => other.claimClientId('billing'));
});

test('a message that nobody settles pins its neighbours and no more', (t) => {
  const bench = new Bench();
  const slow = bench.consume(ORDERS, 1);
  bench.send(ORDERS, 'straggler');
  bench.host.settle();
  const fast = bench.consume(ORDERS, Number.POSITIVE_INFINITY);
  for (let n = 0; n < 10_000; n++) {
    bench.send(ORDERS, `${n}`);
    if (n % 7 === 0) bench.host.settle();
    for (const { entry } of fast.inbox.take()) fast.consumer.settle(entry, Outcome.accepted);
  }
  bench.host.settle();
  for (const { entry } of fast.inbox.take()) fast.consumer.settle(entry, Outcome.accepted);
  t.is(bench.broker.storedMessages, 1);
  slow.consumer.close();
  bench.host.settle();
  t.deepEqual(fast.inbox.texts(), ['straggler']);
});
