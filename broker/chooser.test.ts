import test from 'ava';
import { Outcome, parseSelector, type Selector } from '#broker';
import { Bench, type Delivery, ORDERS } from './bench.test-kit.ts';

function selector(text: string): Selector {
  return parseSelector(text) as Selector;
}

test('[AMQP 3.4.5] what one refused waits for another who has no credit yet', (t) => {
  const bench = new Bench();
  const a = bench.consume(ORDERS, 5);
  const b = bench.consume(ORDERS, 0);
  bench.post(ORDERS, 'x');
  a.consumer.settle((a.inbox.take()[0] as Delivery).entry, Outcome.undeliverableHere);
  bench.host.settle();
  t.deepEqual(a.inbox.read(), []);
  b.consumer.setCredit(1);
  bench.host.settle();
  t.deepEqual(b.inbox.read(), ['x']);
});

test('[AMQP 3.4.5] what all of one selector refused is for other selectors, and for browsers', (t) => {
  const bench = new Bench();
  const a = bench.consume(ORDERS, 5);
  bench.post(ORDERS, 'n=1');
  a.consumer.settle((a.inbox.take()[0] as Delivery).entry, Outcome.undeliverableHere);
  bench.host.settle();
  t.deepEqual(bench.consume(ORDERS, 5, { browse: true }).inbox.read(), ['n=1']);
  t.deepEqual(bench.consume(ORDERS, 5, { selector: selector('n = 1') }).inbox.read(), ['n=1']);
});

test('[AMQP 3.4.5] of those who did not refuse, the one of highest priority gets it', (t) => {
  const bench = new Bench();
  const refuser = bench.consume(ORDERS, 1, { priority: 9 });
  bench.post(ORDERS, 'x');
  const low = bench.consume(ORDERS, 1, { priority: 1 });
  const high = bench.consume(ORDERS, 1, { priority: 5 });
  refuser.consumer.setCredit(1);
  const { entry } = refuser.inbox.take()[0] as Delivery;
  refuser.consumer.settle(entry, Outcome.undeliverableHere);
  bench.host.settle();
  t.deepEqual([low.inbox.read(), high.inbox.read()], [[], ['x']]);
});

test('[JMS 3.5.10] a message group sticks across selectors, to whoever wants the message', (t) => {
  const bench = new Bench();
  const ones = bench.consume(ORDERS, 9, { selector: selector('n = 1') });
  bench.post(ORDERS, 'n=1 a', { group: 'g' });
  const all = bench.consume(ORDERS, 9);
  bench.post(ORDERS, 'n=1 b', { group: 'g' });
  bench.post(ORDERS, 'n=2 c', { group: 'g' });
  bench.post(ORDERS, 'n=1 d', { group: 'g' });
  t.deepEqual(ones.inbox.read(), ['n=1 a', 'n=1 b', 'n=1 d']);
  t.deepEqual(all.inbox.read(), ['n=2 c']);
});

test('[JMS 3.5.10] what waits for its consumer comes in order, with what was given back', (t) => {
  const bench = new Bench();
  const owner = bench.consume(ORDERS, 1);
  bench.post(ORDERS, '1', { group: 'g' });
  const other = bench.consume(ORDERS, 9);
  bench.post(ORDERS, '2', { group: 'g' });
  bench.post(ORDERS, '3', { group: 'g', priority: 7 });
  owner.consumer.settle((owner.inbox.take()[0] as Delivery).entry, Outcome.released);
  bench.host.settle();
  t.deepEqual([owner.inbox.read(), other.inbox.read()], [[], []]);
  owner.consumer.setCredit(9);
  bench.host.settle();
  t.deepEqual([owner.inbox.read(), other.inbox.read()], [['3', '1', '2'], []]);
});

test('[JMS 3.5.10] what waited for its consumer is free when the group is closed', (t) => {
  const bench = new Bench();
  const owner = bench.consume(ORDERS, 1);
  bench.post(ORDERS, '1', { group: 'g' });
  const other = bench.consume(ORDERS, 9);
  bench.post(ORDERS, 'end', { group: 'g', groupSequence: -1 });
  bench.post(ORDERS, 'next', { group: 'g' });
  t.deepEqual(other.inbox.read(), []);
  owner.consumer.setCredit(1);
  bench.host.settle();
  t.deepEqual([owner.inbox.read(), other.inbox.read()], [['1', 'end'], ['next']]);
});

test('an exclusive consumer takes over the message groups of those it excludes', (t) => {
  const bench = new Bench();
  const owner = bench.consume(ORDERS, 1);
  bench.post(ORDERS, '1', { group: 'g' });
  const only = bench.consume(ORDERS, 9, { exclusive: true });
  owner.consumer.setCredit(9);
  bench.post(ORDERS, '2', { group: 'g' });
  t.deepEqual([owner.inbox.read(), only.inbox.read()], [['1'], ['2']]);
});

test('[JMS 4.1.6] an exclusive consumer keeps no browser out, and no browser is exclusive', (t) => {
  const bench = new Bench();
  const only = bench.consume(ORDERS, 0, { exclusive: true });
  bench.post(ORDERS, '1');
  const browser = bench.consume(ORDERS, 9, { browse: true, exclusive: true, priority: 9 });
  t.deepEqual(browser.inbox.read(), ['1']);
  only.consumer.setCredit(1);
  bench.host.settle();
  t.deepEqual(only.inbox.read(), ['1']);
});

test('[JMS 3.5.10] what waits for its consumer comes, although one before it was taken away', (t) => {
  const bench = new Bench();
  const owner = bench.consume(ORDERS, 1);
  bench.post(ORDERS, '1', { group: 'g' });
  bench.consume(ORDERS, 1);
  bench.post(ORDERS, '2', { group: 'g' });
  bench.broker.move(ORDERS, bench.broker.serial, ORDERS);
  bench.host.settle();
  owner.consumer.setCredit(9);
  bench.host.settle();
  t.deepEqual(owner.inbox.read(), ['1', '2']);
});

test('[JMS 3.5.10] what waited for a consumer of one selector is for others when it is excluded', (t) => {
  const bench = new Bench();
  const owner = bench.consume(ORDERS, 2, { selector: selector('n = 1') });
  bench.post(ORDERS, 'n=1 a');
  bench.post(ORDERS, 'n=1 b', { group: 'g' });
  for (const { entry } of owner.inbox.take()) owner.consumer.settle(entry, Outcome.released);
  const other = bench.consume(ORDERS, 9);
  other.consumer.setCredit(0);
  for (const { entry } of other.inbox.take()) other.consumer.settle(entry, Outcome.released);
  owner.consumer.setCredit(1);
  bench.host.settle();
  t.deepEqual(owner.inbox.read(), ['n=1 a']);
  t.deepEqual(bench.consume(ORDERS, 9, { exclusive: true }).inbox.read(), ['n=1 b']);
});

test('[JMS 3.5.10] one group more than a subscription binds frees the one that was bound first', (t) => {
  const bench = new Bench({ limits: { messageGroupsMax: 2 } });
  const owner = bench.consume(ORDERS, 4);
  for (const group of ['g', 'h', 'i', 'h']) bench.post(ORDERS, group, { group });
  t.deepEqual(
    owner.inbox.take().map(({ first }) => first),
    [true, true, true, false],
  );
  const other = bench.consume(ORDERS, 9);
  bench.post(ORDERS, 'h waits for its consumer', { group: 'h' });
  bench.post(ORDERS, 'g is free', { group: 'g' });
  t.deepEqual(other.inbox.read(), ['g is free']);
  bench.post(ORDERS, 'h was freed by g', { group: 'h' });
  t.deepEqual(other.inbox.read(), ['h was freed by g']);
  owner.consumer.setCredit(9);
  bench.host.settle();
  t.deepEqual(other.inbox.read(), ['h waits for its consumer']);
});
