import test from 'ava';
import {
  type Address,
  Broker,
  DEFAULT_HEADER,
  ManualHost,
  Message,
  type WireFormat,
} from '#broker';
import { gatewayLimits } from './limits.ts';
import { Output, type Transport } from './output.ts';
import { Valve } from './valve.ts';

const plain: WireFormat = {
  name: 'plain',
  view: () => ({ persistent: false, priority: 4, properties: new Map(), body: { kind: 'none' } }),
  encode: () => Buffer.alloc(0),
};

class Pipe implements Transport {
  writes: Buffer[][] = [];
  waiting = 0;
  stuck = false;

  write(slabs: readonly Buffer[]): boolean {
    this.writes.push(slabs.map((slab) => Buffer.from(slab)));
    if (this.stuck) this.waiting += slabs.reduce((sum, slab) => sum + slab.length, 0);
    return !this.stuck;
  }

  waitingBytes(): number {
    return this.waiting;
  }

  text(): string {
    return Buffer.concat(this.writes.flat()).toString();
  }
}

function bench(): { host: ManualHost; broker: Broker; pipe: Pipe; output: Output } {
  const host = new ManualHost();
  const broker = new Broker(host);
  const pipe = new Pipe();
  return { host, broker, pipe, output: new Output(broker.turn, pipe) };
}

test('all that was written in a turn leaves in one write', (t) => {
  const { host, pipe, output } = bench();
  output.write(Buffer.from('one '));
  output.write(Buffer.from('two '));
  const at = output.reserve(5);
  output.length = at + output.buffer.write('three', at);
  t.is(pipe.writes.length, 0);
  host.settle();
  t.is(pipe.writes.length, 1);
  t.is(pipe.text(), 'one two three');
  host.settle();
  t.is(pipe.writes.length, 1);
});

test('a frame is never cut by the end of a slab, and may be larger than one', (t) => {
  const { host, pipe, output } = bench();
  const frames = [60_000, 10_000, 300_000, 5].map((size, n) => Buffer.alloc(size, `${n}`));
  for (const frame of frames) output.write(frame);
  t.is(output.pendingBytes, 370_005);
  host.settle();
  t.is(pipe.writes.length, 1);
  t.true(Buffer.concat(frames).equals(Buffer.concat(pipe.writes[0] ?? [])));
  t.is(output.pendingBytes, 0);
});

test('room that was reserved and not used is no write', (t) => {
  const { host, pipe, output } = bench();
  output.reserve(100);
  host.settle();
  t.is(pipe.writes.length, 0);
});

test('a slab that the kernel has not taken yet is not written over', (t) => {
  const { host, pipe, output } = bench();
  const seen: Buffer[] = [];
  pipe.write = (slabs) => {
    seen.push(...slabs);
    return false;
  };
  output.write(Buffer.from('first'));
  host.settle();
  output.write(Buffer.from('other'));
  host.settle();
  t.deepEqual(
    seen.map((slab) => slab.toString()),
    ['first', 'other'],
  );
});

test('a peer that does not read holds its own consumers back, and nobody else', (t) => {
  const { host, broker, pipe, output } = bench();
  const orders: Address = { kind: 'topic', name: 'orders' };
  const connection = broker.connect({ protocol: 'test', peer: 'here' });
  const valve = new Valve(output);
  let slow = 0;
  let other = 0;
  const consumer = connection.openConsumer(
    orders,
    {
      deliver: (message) => {
        slow++;
        output.write(message.bytes());
        valve.check();
      },
      drained: () => {},
    },
    { presettled: true },
  );
  valve.add(consumer);
  consumer.setCredit(1_000_000);
  const free = connection.openConsumer(
    orders,
    { deliver: () => other++, drained: () => {} },
    { presettled: true },
  );
  free.setCredit(1_000_000);
  pipe.stuck = true;
  const producer = connection.openProducer(orders);
  const body = Buffer.alloc(64 * 1024);
  const count = 64;
  for (let n = 0; n < count; n++) {
    producer.send(textMessage(body));
    host.settle();
  }
  t.is(other, count);
  t.is(slow, gatewayLimits.outputBytesHigh / body.length);
  pipe.stuck = false;
  pipe.waiting = 0;
  valve.open();
  host.settle();
  t.true(slow > gatewayLimits.outputBytesHigh / body.length);
  while (slow < count) {
    valve.open();
    host.settle();
  }
  t.is(slow, count);
});

test('a consumer that joins a shut valve waits as well', (t) => {
  const { host, broker, pipe, output } = bench();
  const connection = broker.connect({ protocol: 'test', peer: 'here' });
  const valve = new Valve(output);
  pipe.waiting = gatewayLimits.outputBytesHigh;
  valve.check();
  let delivered = 0;
  const address: Address = { kind: 'queue', name: 'q' };
  const consumer = connection.openConsumer(address, {
    deliver: () => delivered++,
    drained: () => {},
  });
  valve.add(consumer);
  consumer.setCredit(1);
  connection.openProducer(address).send(textMessage(Buffer.from('x')));
  host.settle();
  t.is(delivered, 0);
  valve.open();
  host.settle();
  t.is(delivered, 1);
});

function textMessage(bytes: Buffer): Message {
  return new Message(plain, DEFAULT_HEADER, bytes, 0, bytes.length, false);
}
