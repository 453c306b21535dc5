// A body that the disk does not give back as it was written: that is said, the message is passed
// over, and others are served.

import test from 'ava';
import {
  Broker,
  FileJournal,
  ManualHost,
  type MessageHeader,
  Outcome,
  parseSelector,
} from '#broker';
import { Inbox, message, ORDERS, plain } from './bench.test-kit.ts';

const options = { directory: 'data', segmentBytes: 16 * 1024 };

/** A broker with three messages on its disk, of which the second is damaged. */
function damaged(header: Partial<MessageHeader> = {}): { host: ManualHost; broker: Broker } {
  const first = new ManualHost();
  const before = new Broker(first, { journal: new FileJournal(first, options) });
  first.settle();
  const producer = before.connect({ protocol: 'test', peer: 'here' }).openProducer(ORDERS);
  for (const n of [1, 2, 3]) producer.send(message(`n=${n}`, { persistent: true, ...header }));
  first.settle();
  first.advance(60);
  first.files.kill();
  const bytes = first.files.bytesOf('data/segment-000001.journal');
  bytes.write('n=9', bytes.indexOf('n=2'));
  const host = new ManualHost(first.files);
  const broker = new Broker(host, { journal: new FileJournal(host, options), formats: [plain] });
  host.settle();
  return { host, broker };
}

function complaints({ lines }: ManualHost): number {
  return lines.filter(({ level, event }) => {
    return level === 'error' && event === 'a message cannot be read';
  }).length;
}

for (const selector of [undefined, parseSelector('n > 0')]) {
  test(`others are served ${selector === undefined ? 'in order' : 'by a selector'}`, (t) => {
    const { host, broker } = damaged();
    const inbox = new Inbox();
    const consumer = broker
      .connect({ protocol: 'test', peer: 'here' })
      .openConsumer(ORDERS, inbox, selector === undefined ? {} : { selector });
    consumer.setCredit(9);
    host.settle();
    t.deepEqual(inbox.texts(), ['n=1', 'n=3']);
    for (const { entry } of inbox.take()) consumer.settle(entry, Outcome.accepted);
    host.settle();
    t.is(broker.find(ORDERS)?.statistics().ready, 1);
    t.is(complaints(host), 1);
  });
}

test('what expires and cannot be read is not kept for good', (t) => {
  const { host, broker } = damaged({ expiresAt: 1_000_070 });
  host.advance(100);
  t.is(broker.find(ORDERS)?.messages, 0);
  t.is(broker.find({ kind: 'queue', name: 'ExpiryQueue' })?.messages, 2);
  t.is(complaints(host), 1);
});
