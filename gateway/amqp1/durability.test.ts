import test from 'ava';
import { FileJournal, type ManualHost } from '#broker';
import { type RawBench, rawBench } from './raw-bench.test-kit.ts';
import {
  credit,
  message,
  receiver,
  sender,
  settle,
  textOf,
  transfer,
} from './raw-peer.test-kit.ts';

/** A broker with a journal whose disk answers when told. */
class Disk {
  readonly bench: RawBench;
  #held: (() => void)[] = [];

  constructor() {
    this.bench = rawBench(undefined, (host: ManualHost) => ({
      journal: new FileJournal(host, { directory: 'data', segmentBytes: 65_536 }),
    }));
    this.bench.host.settle();
  }

  hold(): void {
    this.bench.host.files.schedule = (work) => void this.#held.push(work);
  }

  release(): void {
    const { host } = this.bench;
    host.files.schedule = (work) => host.afterPoll(work);
    for (const work of this.#held.splice(0)) work();
    host.settle();
  }
}

test('[AMQP 3.2.1] a durable message is accepted when it is safe, and not before', (t) => {
  const disk = new Disk();
  const peer = disk.bench.enter().say(sender());
  peer.hear();
  disk.hold();
  peer.say(transfer(0, message('durable', { durable: true })), transfer(1, message('not')));
  t.deepEqual(
    peer.hearOnly('disposition').map(({ first, last }) => [first, last]),
    [[1, 1]],
  );
  // It is handed out meanwhile: a crash would leave its sender without an answer.
  const reader = disk.bench.enter().say(receiver(), credit(2));
  t.deepEqual(
    reader.hearOnly('transfer').map(({ payload }) => textOf(payload)),
    ['durable', 'not'],
  );
  disk.release();
  t.like(peer.hearOnly('disposition'), { 0: { first: 0, last: 0, settled: true } });
});

test('[AMQP 2.6.12] second on the way out: we settle when the outcome is safe, and not before', (t) => {
  const disk = new Disk();
  const { bench } = disk;
  bench
    .enter()
    .say(sender())
    .say(transfer(0, message('0', { durable: true })));
  const peer = bench.enter().say(receiver({ rcvSettleMode: 1 }), credit(5));
  peer.hear();
  disk.hold();
  peer.say(settle(0, 0, 'accepted', false));
  t.is(bench.broker.storedMessages, 0);
  t.deepEqual(peer.hearOnly('disposition'), []);
  disk.release();
  t.like(peer.hearOnly('disposition'), { 0: { role: 'sender', first: 0, settled: true } });
});
