// A full disk: producers are refused, consumers go on and free it, and service resumes by itself.

import test from 'ava';
import { Broker, type Connection, FileJournal, ManualHost, Outcome } from '#broker';
import { Inbox, message, ORDERS, plain, queue, refused } from './bench.test-kit.ts';

const SEGMENT = 16 * 1024;
const LONG = 'x'.repeat(2_000);

/** A broker on a disk for eight segments. */
class SmallDisk {
  readonly host: ManualHost = new ManualHost();
  readonly broker: Broker;
  readonly connection: Connection;

  constructor() {
    this.host.files.capacity = 8 * SEGMENT;
    const journal = new FileJournal(this.host, { directory: 'data', segmentBytes: SEGMENT });
    const limits = { bodiesBytesMax: 0, readBackBytesMax: 0 };
    this.broker = new Broker(this.host, { journal, formats: [plain], limits });
    this.host.settle();
    this.connection = this.broker.connect({ protocol: 'test', peer: 'here' });
  }

  send(persistent = true): void {
    this.connection.openProducer(ORDERS).send(message(LONG, { persistent }));
    this.host.settle();
  }

  /** Sends until that is refused; how often it was not. */
  fill(): number {
    for (let sent = 0; ; sent++) if (refused(() => this.send()) !== undefined) return sent;
  }

  get full(): boolean {
    return this.broker.journalStatistics.full;
  }
}

test('producers are refused, consumers free it, and it goes on', (t) => {
  const disk = new SmallDisk();
  const sent = disk.fill();
  t.true(sent > 20, `${sent} messages`);
  t.throws(() => disk.send(), { message: /the disk is full/ });
  t.is(disk.broker.durable, disk.broker.position);
  const inbox = new Inbox();
  const consumer = disk.connection.openConsumer(ORDERS, inbox);
  for (let n = 0; n < sent; n++) {
    consumer.setCredit(1);
    disk.host.settle();
    const [delivery] = inbox.take();
    t.is(delivery?.text, LONG);
    t.true(consumer.settle(delivery?.entry ?? 0, Outcome.accepted));
  }
  disk.host.advance(2_000);
  t.false(disk.full);
  t.true(disk.fill() > 20);
  t.false(disk.host.lines.some(({ level }) => level === 'error'));
});

test('a transaction that was prepared before is rolled back as a whole', (t) => {
  const disk = new SmallDisk();
  const transaction = disk.connection.begin();
  disk.connection.openProducer(queue('a')).send(message(LONG, { persistent: true }), transaction);
  disk.fill();
  t.is(
    refused(() => transaction.commit()),
    'transaction-rolled-back',
  );
  t.is(disk.broker.find(queue('a'))?.messages, 0);
});

test('what is not persistent stays in memory then', (t) => {
  const disk = new SmallDisk();
  disk.fill();
  const { payloadBytes } = disk.broker.journalStatistics;
  for (let n = 0; n < 50; n++) disk.send(false);
  t.is(disk.broker.journalStatistics.payloadBytes, payloadBytes);
});
