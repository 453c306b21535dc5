import test from 'ava';
import { Broker, ManualHost, Outcome, parseSelector, type Selector } from '#broker';
import { Bench, type Delivery, message, ORDERS, plain, queue } from './bench.test-kit.ts';
import { KeptJournal } from './journal/kept-journal.test-kit.ts';
import type { Message } from './message.ts';

const persistent = { persistent: true };
/** No body stays in memory. */
const limits = { bodiesBytesMax: -1, readBackBytesMax: 0 };

function packing(journal: KeptJournal = new KeptJournal()): Bench {
  return new Bench({ journal, formats: [plain], limits });
}

/** Each third expires, each fifth is of a group, and two have sent them. */
function fillWith(bench: Bench, count: number): void {
  bench.connection.claimClientId('one');
  const other = bench.connect('other').openProducer(ORDERS);
  for (let n = 0; n < count; n++) {
    const expiresAt = n % 3 === 0 ? bench.host.messageTimeMs() + 1000 + n : 0;
    const group = n % 5 === 0 ? 'g' : undefined;
    bench.post(ORDERS, `n=${n}`, { persistent: n % 2 === 0, priority: n % 10, expiresAt, group });
    if (n % 7 === 0) other.send(message(`other n=${n}`, persistent));
    bench.host.settle();
  }
}

function seen(bench: Bench): unknown[] {
  const found: unknown[] = [];
  bench.broker.look(ORDERS, 0, (one: Message) => {
    const { serial, priority, expiresAt, sentAt, destination, sender, format, group } = one;
    const facts = [one.bytes().toString(), one.persistent, serial, priority, expiresAt, sentAt];
    found.push([...facts, destination, sender, format, group, one.byteLength]);
    return true;
  });
  return found;
}

test('what was packed comes back as it was, again and again', (t) => {
  const [plainly, packed] = [new Bench(), packing()];
  // More than may be objects at a time: looking packs the first of them anew.
  for (const bench of [plainly, packed]) fillWith(bench, 6_000);
  t.is(packed.broker.bodies.bytes, 0);
  const expected = seen(plainly);
  t.is(expected.length, 6_000 + 858);
  t.deepEqual(seen(packed), expected);
  t.deepEqual(seen(packed), expected);
  packed.host.advance(2_000);
  plainly.host.advance(2_000);
  t.is(packed.depth('orders'), plainly.depth('orders'));
  t.deepEqual(seen(packed), seen(plainly));
  t.is(packed.broker.purge(ORDERS), plainly.broker.purge(ORDERS));
  t.is(packed.broker.storedBytes, plainly.broker.storedBytes);
  // Dead letters leave memory, too; what was looked at last is still here, or gone.
  packed.host.settle();
  t.is(packed.broker.bodies.bytes, 0);
});

test('a packed message is handed out, fails and goes back to its place', (t) => {
  const bench = packing();
  for (const text of ['a', 'b', 'c']) bench.post(ORDERS, text, persistent);
  const { inbox, consumer } = bench.consume(ORDERS, 2);
  const [a] = inbox.take() as [Delivery];
  consumer.setCredit(0);
  consumer.settle(a.entry, Outcome.failed);
  bench.host.settle();
  consumer.setCredit(5);
  bench.host.settle();
  const again = inbox.take();
  t.deepEqual(
    again.map(({ text, attempts }) => [text, attempts]),
    [
      ['a', 1],
      ['c', 0],
    ],
  );
});

test('a message in two queues is an object until one of them has let it go', (t) => {
  const bench = packing();
  bench.post({ kind: 'queue', name: 'orders,copies' }, 'x', persistent);
  bench.post(ORDERS, 'y', persistent);
  t.deepEqual(bench.consume(ORDERS, 9).inbox.texts(), ['x', 'y']);
  t.deepEqual(bench.consume(queue('copies'), 9).inbox.texts(), ['x']);
});

test('a selector looks into packed messages and leaves the others', (t) => {
  const bench = packing();
  for (let n = 0; n < 500; n++) bench.post(ORDERS, `n=${n % 100}`, persistent);
  const selector = parseSelector('n = 42') as Selector;
  const texts = bench.consume(ORDERS, 9, { selector }).inbox.texts();
  t.deepEqual(texts, ['n=42', 'n=42', 'n=42', 'n=42', 'n=42']);
  t.is(bench.depth('orders'), 500);
  t.is(bench.consume(ORDERS, 999).inbox.texts().length, 495);
});

test('a restart packs what it finds, with all that was known of it', (t) => {
  const journal = new KeptJournal();
  const before = packing(journal);
  fillWith(before, 600);
  const durable = seen(before).filter((facts) => (facts as unknown[])[1] === true);
  const host = new ManualHost();
  const broker = new Broker(host, { journal: journal.crash(), formats: [plain], limits });
  const after = Object.assign(Object.create(Bench.prototype), { broker, host }) as Bench;
  t.deepEqual(seen(after), durable);
  t.is(broker.storedMessages, durable.length);
});
