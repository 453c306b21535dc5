import test from 'ava';
import { Outcome, parseSelector, type Selector } from '#broker';
import { Bench, type Delivery, ORDERS, PRICES, queue, refused } from './bench.test-kit.ts';

function selector(text: string): { selector: Selector } {
  return { selector: parseSelector(text) as Selector };
}

test('[JMS 4.1.2] what a selector does not want stays for others, in order', (t) => {
  const bench = new Bench();
  for (const n of [1, 2, 3, 4, 5, 6]) bench.send(ORDERS, `n=${n}`);
  const high = bench.consume(ORDERS, 10, selector('n > 4'));
  t.deepEqual(high.inbox.read(), ['n=5', 'n=6']);
  const rest = bench.consume(ORDERS, 10);
  t.deepEqual(rest.inbox.read(), ['n=1', 'n=2', 'n=3', 'n=4']);
  high.consumer.close();
  bench.host.settle();
  t.deepEqual(rest.inbox.read(), ['n=5', 'n=6']);
});

test('a message given back by one selector is offered to the others as well', (t) => {
  const bench = new Bench();
  const odd = bench.consume(ORDERS, 1, selector('n = 1'));
  const low = bench.consume(ORDERS, 0, selector('n < 3'));
  for (const n of [1, 2]) bench.post(ORDERS, `n=${n}`);
  const [one] = odd.inbox.take();
  low.consumer.setCredit(10);
  bench.host.settle();
  t.deepEqual(low.inbox.read(), ['n=2']);
  odd.consumer.settle((one as Delivery).entry, Outcome.released);
  bench.host.settle();
  t.deepEqual(low.inbox.read(), ['n=1']);
});

test('many selective consumers do not look again at what they skipped', (t) => {
  const bench = new Bench();
  let looks = 0;
  const matches = (): boolean => {
    looks++;
    return false;
  };
  const counting = { text: 'counting', matches } as unknown as Selector;
  for (let n = 0; n < 1000; n++) bench.send(ORDERS, `n=${n}`);
  bench.consume(ORDERS, 10, { selector: counting });
  t.is(looks, 1000);
  for (let n = 0; n < 100; n++) bench.post(ORDERS, 'more');
  t.is(looks, 1100);
});

test('a long search for a match goes on in the next turn, and others are served between', (t) => {
  const bench = new Bench();
  for (let n = 0; n < 50_000; n++) bench.send(ORDERS, 'n=0');
  bench.send(ORDERS, 'n=1');
  const { inbox } = bench.consume(ORDERS, 10, selector('n = 1'));
  bench.host.settle();
  t.deepEqual(inbox.read(), ['n=1']);
});

test('the consumer with the fewest unsettled deliveries is served first', (t) => {
  const bench = new Bench();
  const busy = bench.consume(ORDERS, 10);
  for (const text of ['1', '2', '3']) bench.post(ORDERS, text);
  const idle = bench.consume(ORDERS, 10);
  for (const text of ['4', '5', '6']) bench.post(ORDERS, text);
  t.deepEqual(idle.inbox.read(), ['4', '5', '6']);
  t.deepEqual(busy.inbox.read(), ['1', '2', '3']);
});

test('a consumer of higher priority is served while it has credit', (t) => {
  const bench = new Bench();
  const ordinary = bench.consume(ORDERS, 10);
  const preferred = bench.consume(ORDERS, 2, { priority: 1 });
  for (const text of ['1', '2', '3']) bench.post(ORDERS, text);
  t.deepEqual(preferred.inbox.read(), ['1', '2']);
  t.deepEqual(ordinary.inbox.read(), ['3']);
});

test('an exclusive consumer gets all; when it leaves the next one does', (t) => {
  const bench = new Bench();
  const ordinary = bench.consume(ORDERS, 10);
  const first = bench.consume(ORDERS, 10, { exclusive: true });
  const second = bench.consume(ORDERS, 10, { exclusive: true });
  bench.post(ORDERS, '1');
  t.deepEqual(first.inbox.read(), ['1']);
  first.consumer.close();
  bench.host.settle();
  bench.post(ORDERS, '2');
  t.deepEqual(second.inbox.read(), ['1', '2']);
  second.consumer.close();
  bench.host.settle();
  t.deepEqual(ordinary.inbox.read(), ['1', '2']);
});

test('[JMS 3.5.10] a message group sticks to its consumer, and moves when that leaves', (t) => {
  const bench = new Bench();
  const a = bench.consume(ORDERS, 1);
  const b = bench.consume(ORDERS, 10);
  bench.post(ORDERS, 'x1', { group: 'x' });
  bench.post(ORDERS, 'x2', { group: 'x' });
  bench.post(ORDERS, 'other');
  t.deepEqual(
    a.inbox.take().map(({ text, first }) => [text, first]),
    [['x1', true]],
  );
  t.deepEqual(b.inbox.read(), ['other']);
  a.consumer.setCredit(1);
  bench.host.settle();
  t.deepEqual(
    a.inbox.take().map(({ text, first }) => [text, first]),
    [['x2', false]],
  );
  bench.post(ORDERS, 'x3', { group: 'x' });
  t.deepEqual(b.inbox.read(), []);
  a.consumer.close();
  bench.host.settle();
  t.deepEqual(
    b.inbox.take().map(({ text, first }) => [text, first]),
    [
      ['x1', true],
      ['x2', false],
      ['x3', false],
    ],
  );
});

test('a sequence of -1 closes a message group', (t) => {
  const bench = new Bench();
  const a = bench.consume(ORDERS, 10);
  bench.post(ORDERS, 'x1', { group: 'x' });
  const b = bench.consume(ORDERS, 10);
  bench.post(ORDERS, 'x2', { group: 'x', groupSequence: -1 });
  bench.post(ORDERS, 'x3', { group: 'x' });
  t.deepEqual(a.inbox.read(), ['x1', 'x2']);
  t.deepEqual(b.inbox.read(), ['x3']);
});

test('[AMQP 3.4.5] undeliverable here goes to somebody else, or waits for him', (t) => {
  const bench = new Bench();
  const a = bench.consume(ORDERS, 10);
  bench.post(ORDERS, 'odd');
  a.consumer.settle((a.inbox.take()[0] as Delivery).entry, Outcome.undeliverableHere);
  bench.host.settle();
  t.deepEqual(a.inbox.read(), []);
  bench.post(ORDERS, 'even');
  t.deepEqual(a.inbox.read(), ['even']);
  const b = bench.consume(ORDERS, 10);
  bench.host.settle();
  const [odd] = b.inbox.take();
  t.is(odd?.text, 'odd');
  t.is(odd?.attempts, 1);
});

test('[JMS 4.1.6] a browser sees the queue in order and takes nothing', (t) => {
  const bench = new Bench();
  bench.send(ORDERS, 'b');
  bench.send(ORDERS, 'a', { priority: 9 });
  bench.send(ORDERS, 'n=1');
  const all = bench.consume(ORDERS, 10, { browse: true });
  all.consumer.drain();
  bench.host.settle();
  t.deepEqual(all.inbox.read(), ['a', 'b', 'n=1']);
  t.is(all.inbox.drains, 1);
  const some = bench.consume(ORDERS, 10, { browse: true, ...selector('n = 1') });
  t.deepEqual(some.inbox.read(), ['n=1']);
  t.is(bench.depth('orders'), 3);
  const real = bench.consume(ORDERS, 10);
  t.deepEqual(real.inbox.read(), ['a', 'b', 'n=1']);
});

test('a wildcard consumer gets from all queues that match, those to come included', (t) => {
  const bench = new Bench();
  bench.send(queue('jobs.eu'), '1');
  const { inbox, consumer } = bench.consume(queue('jobs.>'), 3);
  t.deepEqual(inbox.texts(), ['1']);
  bench.post(queue('jobs.us.east'), '2');
  bench.post(queue('other'), 'x');
  bench.post(queue('jobs.eu'), '3');
  bench.post(queue('jobs.eu'), '4');
  t.deepEqual(inbox.texts(), ['1', '2', '3']);
  for (const { entry } of inbox.take()) t.true(consumer.settle(entry, Outcome.accepted));
  consumer.setCredit(5);
  bench.host.settle();
  t.deepEqual(inbox.texts(), ['4']);
  bench.connection.closeConsumer(consumer);
  t.is(bench.depth('jobs.eu'), 1);
  t.is(bench.depth('jobs.us.east'), 0);
});

test('purge, pause, move, delete', (t) => {
  const bench = new Bench();
  for (const text of ['1', '2', '3']) bench.post(ORDERS, text);
  const { inbox, consumer } = bench.consume(ORDERS, 1);
  t.is(bench.broker.purge(ORDERS), 2);
  t.deepEqual(inbox.read(), ['1']);
  bench.broker.pause(ORDERS, true);
  consumer.setCredit(10);
  bench.post(ORDERS, '4');
  t.deepEqual(inbox.read(), []);
  const serial = bench.broker.serial;
  t.false(bench.broker.move(ORDERS, 99_999, queue('elsewhere')));
  t.true(bench.broker.move(ORDERS, serial, queue('elsewhere')));
  t.is(bench.depth('orders'), 1);
  t.is(bench.depth('elsewhere'), 1);
  bench.post(ORDERS, '5');
  bench.broker.pause(ORDERS, false);
  bench.host.settle();
  t.deepEqual(inbox.read(), ['5']);
  t.is(
    refused(() => bench.broker.deleteDestination(ORDERS, true)),
    'in-use',
  );
  bench.broker.deleteDestination(ORDERS, false);
  t.regex(inbox.goneFor ?? '', /queue:\/\/orders was deleted/);
  t.is(bench.broker.storedMessages, 1);
  t.is(
    refused(() => bench.broker.purge(ORDERS)),
    'destination-missing',
  );
});

test('ten cut connections do not bury what nobody looked at, but do bury the killer', (t) => {
  const bench = new Bench();
  for (let n = 0; n < 100; n++) bench.send(ORDERS, `${n}`);
  for (let cut = 0; cut < 10; cut++) {
    const connection = bench.connect();
    bench.consume(ORDERS, 100, { connection });
    connection.close(true);
    bench.host.settle();
  }
  t.is(bench.depth('DLQ'), 1);
  const { inbox } = bench.consume(ORDERS, 1000);
  t.is(inbox.deliveries.length, 99);
  t.deepEqual(new Set(inbox.deliveries.map(({ attempts }) => attempts)), new Set([9]));
  t.is(inbox.texts()[0], '1');
});

test('a consumer may bring its own redelivery, in place of what the settings say', (t) => {
  const bench = new Bench({ settings: { '>': { maxDeliveries: 9 } } });
  const redelivery = { maxDeliveries: 2, redeliveryDelayMs: 50 };
  const { inbox, consumer } = bench.consume(ORDERS, 10, { redelivery });
  bench.post(ORDERS, 'a');
  consumer.settle(inbox.take()[0]?.entry ?? 0, Outcome.failed);
  bench.host.advance(49);
  t.deepEqual(inbox.take(), []);
  bench.host.advance(1);
  consumer.settle(inbox.take()[0]?.entry ?? 0, Outcome.failed);
  bench.host.settle();
  t.is(bench.depth('DLQ'), 1);
});

test('selectors of one text that convert and that do not are told apart', (t) => {
  const bench = new Bench();
  const consumeWith = (convertStrings: boolean) =>
    bench.consume(ORDERS, 10, {
      selector: parseSelector("word = '9'", { convertStrings }) as Selector,
    });
  const [strict, loose] = [consumeWith(false), consumeWith(true)];
  bench.post(ORDERS, 'word=9');
  bench.post(ORDERS, 'word=9');
  t.deepEqual([strict.inbox.read().length, loose.inbox.read().length], [0, 2]);
});

test('a subscriber may say itself how many messages wait for it', (t) => {
  const bench = new Bench();
  const { inbox, consumer } = bench.consume(PRICES, 1, { pendingMax: 1 });
  for (const text of ['1', '2', '3', '4']) bench.post(PRICES, text);
  consumer.setCredit(9);
  bench.host.settle();
  t.deepEqual(inbox.read(), ['1', '4']);
});

test('looking at a queue takes nothing, and goes on where it ended before', (t) => {
  const bench = new Bench();
  for (const text of ['c', 'd']) bench.post(ORDERS, text);
  for (const text of ['a', 'b']) bench.post(ORDERS, text, { priority: 9 });
  bench.post(ORDERS, 'e', { priority: 0 });
  const { inbox } = bench.consume(ORDERS, 1);
  t.deepEqual(inbox.texts(), ['a']);
  const look = (from: number, most: number): readonly [string, number] => {
    const seen: string[] = [];
    let next = -1;
    bench.broker.look(ORDERS, from, (message, place) => {
      seen.push(message.bytes().toString());
      next = place + 1;
      return seen.length < most;
    });
    return [seen.join(''), next];
  };
  t.is(look(0, 10)[0], 'bcde');
  const pages: string[] = [];
  for (let from = 0, text = '-'; text !== ''; pages.push(text)) [text, from] = look(from, 2);
  t.deepEqual(pages, ['bc', 'de', '']);
  // What was read last may be gone: its place is still between its neighbours.
  const [, next] = look(0, 2);
  bench.consume(ORDERS, 2);
  t.is(look(next, 10)[0], 'de');
  t.is(look(Number.MAX_SAFE_INTEGER, 10)[0], '');
  t.is(bench.depth('orders'), 5);
});
