// The whole core over the journal on disk, with files that are cut, torn and lost.

import test from 'ava';
import { Broker, FileJournal, ManualHost, Outcome } from '#broker';
import { type Delivery, Inbox, message, ORDERS, plain } from './bench.test-kit.ts';
import { SimulatedFiles } from './journal/simulated-files.ts';

const SEGMENT = 16 * 1024;

/** One life of a broker on files that outlive it. */
class DiskLife {
  readonly host: ManualHost;
  readonly journal: FileJournal;
  readonly broker: Broker;
  readonly files: SimulatedFiles;

  constructor(files: SimulatedFiles = new SimulatedFiles()) {
    this.files = files;
    this.host = new ManualHost(files);
    this.journal = new FileJournal(this.host, { directory: 'data', segmentBytes: SEGMENT });
    const limits = { bodiesBytesMax: 4096, readBackBytesMax: 2048 };
    const options = { journal: this.journal, formats: [plain], limits };
    this.broker = new Broker(this.host, options);
    this.host.settle();
  }

  /** Sends and ends the turn; returns whether it was confirmed. */
  post(text: string): boolean {
    const connection = this.broker.connect({ protocol: 'test', peer: 'here' });
    const position = connection.openProducer(ORDERS).send(message(text, { persistent: true }));
    this.host.settle();
    connection.close();
    return position <= this.broker.durable;
  }

  consume(credit: number): { inbox: Inbox; consumer: ReturnType<typeof open> } {
    const inbox = new Inbox();
    const consumer = open(this.broker, inbox);
    consumer.setCredit(credit);
    this.host.settle();
    return { inbox, consumer };
  }

  crash(seed: number): DiskLife {
    let state = seed;
    this.files.crash(() => {
      state = (state * 1103515245 + 12345) % 2147483648;
      return state / 2147483648;
    });
    return new DiskLife(this.files);
  }
}

function open(broker: Broker, inbox: Inbox) {
  return broker.connect({ protocol: 'test', peer: 'here' }).openConsumer(ORDERS, inbox);
}

test('one message that nobody settles pins no disk, and is carried with what was said of it', (t) => {
  const life = new DiskLife();
  life.post('straggler');
  const { inbox, consumer } = life.consume(1);
  consumer.setCredit(0);
  consumer.settle((inbox.take()[0] as Delivery).entry, Outcome.failed);
  const holder = life.consume(1);
  t.is(holder.inbox.deliveries[0]?.attempts, 1);
  const rest = life.consume(10);
  for (let n = 0; n < 2000; n++) {
    t.true(life.post(`message ${n} `.padEnd(200, '.')));
    for (const { entry } of rest.inbox.take()) rest.consumer.settle(entry, Outcome.accepted);
    rest.consumer.setCredit(10);
  }
  life.host.settle();
  t.true(life.journal.statistics.carriedBytes > 0);
  t.true(life.journal.statistics.segments < 12, `${life.journal.statistics.segments} segments`);
  const next = life.crash(1);
  const found = next.consume(10).inbox.take();
  t.deepEqual(
    found.map(({ text, attempts }) => [text, attempts]),
    [['straggler', 1]],
  );
  t.false(life.host.lines.some(({ level }) => level === 'error'));
});

test('bodies that left memory come back, in order, whole', (t) => {
  const life = new DiskLife();
  const texts = Array.from({ length: 300 }, (_, n) => `${n} `.padEnd(100, 'x'));
  for (const text of texts) life.post(text);
  t.true(life.broker.bodies.bytes <= 8192, `${life.broker.bodies.bytes} bytes in memory`);
  const next = life.crash(2);
  t.is(next.broker.bodies.bytes, 0);
  const { inbox, consumer } = next.consume(0);
  const seen: string[] = [];
  while (seen.length < texts.length) {
    consumer.setCredit(7);
    next.host.settle();
    for (const { entry, text } of inbox.take()) {
      seen.push(text);
      consumer.settle(entry, Outcome.accepted);
    }
  }
  t.deepEqual(seen, texts);
  next.host.settle();
  t.is(next.journal.statistics.liveRecords, 1);
});

test('whatever a crash makes of what was not synced: no confirmed message is lost', (t) => {
  for (let seed = 1; seed <= 60; seed++) {
    let life = new DiskLife();
    const confirmed = new Set<string>();
    const maybe = new Set<string>();
    for (let round = 0; round < 3; round++) {
      const { inbox, consumer } = life.consume(3);
      for (let n = 0; n < 30; n++) {
        const text = `${seed}.${round}.${n}`.padEnd(60, '-');
        if (life.post(text)) confirmed.add(text);
        if (n % 3 !== 0) continue;
        for (const { entry, text: taken } of inbox.take()) {
          consumer.settle(entry, Outcome.accepted);
          confirmed.delete(taken);
          maybe.add(taken);
        }
        consumer.setCredit(3);
      }
      // What is sent now is under way when the crash comes.
      const connection = life.broker.connect({ protocol: 'test', peer: 'here' });
      const producer = connection.openProducer(ORDERS);
      for (let n = 0; n < 5; n++) {
        const text = `${seed}.${round}.late${n}`.padEnd(60, '-');
        producer.send(message(text, { persistent: true }));
        maybe.add(text);
      }
      life = life.crash(seed * 7 + round);
    }
    const found = new Set(life.consume(1000).inbox.texts());
    for (const text of confirmed) t.true(found.has(text), `seed ${seed}: ${text} is lost`);
    for (const text of found)
      t.true(confirmed.has(text) || maybe.has(text), `seed ${seed}: ${text}`);
  }
});
