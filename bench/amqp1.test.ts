import test from 'ava';
import { FrameCounter } from './amqp1.ts';
import {
  binary,
  code,
  described,
  frame,
  no,
  nothing,
  performative,
  text,
  uint,
  type Value,
  yes,
} from './amqp1-frame.ts';
import { makeBody } from './wire.ts';

const SIZE = 200;

function transfer(id: number, body: Buffer, settled = yes): Buffer {
  const fields = [uint(0), uint(id), binary(Buffer.from([id])), uint(0), settled];
  const data = Buffer.concat([Buffer.from([0, 0x53, 0x75]), binary(body)]);
  return frame(0, described(code.transfer, ...fields), data);
}

const flow = frame(0, described(code.flow, uint(1), uint(2), uint(3), uint(4)));
const empty = frame(0);
const body = makeBody(SIZE);
const stream = Buffer.concat([
  empty,
  transfer(0, body),
  flow,
  transfer(1, body),
  transfer(2, body),
  empty,
  empty,
  flow,
  transfer(3, body),
]);

test('[AMQP 2.3] frames are told apart however the stream is cut in three', (t) => {
  for (let a = 0; a <= stream.length; a++) {
    for (let b = a; b <= stream.length; b += 5) {
      const flows: Value[][] = [];
      const counter = new FrameCounter(SIZE, (_, fields) => flows.push(fields));
      let count = 0;
      for (const part of [stream.subarray(0, a), stream.subarray(a, b), stream.subarray(b)])
        count += counter.take(part);
      if (count !== 4 || flows.length !== 2) t.fail(`cut at ${a}, ${b}: ${count}, ${flows.length}`);
    }
  }
  t.pass();
});

test('[AMQP 2.3] frames are told apart byte by byte, and bodies end where they end', (t) => {
  const flows: Value[][] = [];
  const counter = new FrameCounter(SIZE, (_, fields) => flows.push(fields));
  let count = 0;
  for (const byte of stream) count += counter.take(Buffer.from([byte]));
  t.is(count, 4);
  t.deepEqual(flows, [
    [1, 2, 3, 4],
    [1, 2, 3, 4],
  ]);

  const whole = new FrameCounter(SIZE, () => {});
  whole.ends = [];
  whole.take(stream);
  t.is(whole.ends.length, 4);
  for (const end of whole.ends) t.deepEqual(stream.subarray(end - SIZE, end), body);
});

test('[AMQP 2.6.14] a message in several frames is counted once, its frames each', (t) => {
  const seen: number[][] = [];
  const counter = new FrameCounter(SIZE, () => {});
  counter.onFrames = (messages, transfers) => seen.push([messages, transfers]);
  const parts = [transfer(0, body.subarray(0, 90)), transfer(0, body.subarray(90))];
  t.is(counter.take(Buffer.concat([...parts, transfer(1, body)])), 2);
  t.deepEqual(seen, [[2, 3]]);
});

test('[AMQP 2.7.5] a delivery that is not settled is refused', (t) => {
  const counter = new FrameCounter(SIZE, () => {});
  t.throws(() => counter.take(transfer(0, body, no)), { message: /unsettled/ });
});

test('[AMQP 1.6] the reader reads what the writer writes, and what brokers write', (t) => {
  const written = frame(0, described(code.open, text('ångström'), nothing, uint(65_536), yes));
  t.deepEqual(performative(written), { code: code.open, fields: ['ångström', null, 65_536, true] });
  t.is(performative(empty), undefined);
});

test('[AMQP 1.6] maps, arrays and wide descriptors of brokers are read past', (t) => {
  const map = [0xc1, 7, 2, 0xa1, 1, 0x6b, 0xa1, 1, 0x76];
  const array = [0xe0, 6, 2, 0xa3, 1, 0x61, 1, 0x62];
  const items = [0x52, 0xff, ...map, ...array, 0x56, 1, 0x60, 0, 10];
  const list = [0xc0, items.length + 1, 5, ...items];
  const bytes = Buffer.from([0, 0x80, 0, 0, 0, 0, 0, 0, 0, code.begin, ...list]);
  t.deepEqual(performative(frame(0, bytes)), {
    code: code.begin,
    fields: [255, null, null, true, 10],
  });
});

test('[AMQP 1.6] compact and wide forms of the same list read alike', (t) => {
  const compact = Buffer.from([0, 0x53, code.flow, 0xc0, 6, 4, 0x43, 0x52, 9, 0x40, 0x41]);
  const wide = described(code.flow, uint(0), uint(9), nothing, yes);
  t.deepEqual(performative(frame(0, compact)), performative(frame(0, wide)));
});
