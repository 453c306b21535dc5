import { Writable } from 'node:stream';
import type { ChannelModel } from 'amqplib';
import test from 'ava';
import { gatherWrites } from './gathered-writes.ts';

test('the writes of a turn reach the socket together and in order, those of the next do not wait', async (t) => {
  const calls: string[][] = [];
  const stream = new Writable({
    write(chunk, _encoding, done) {
      calls.push([String(chunk)]);
      done();
    },
    writev(chunks, done) {
      calls.push(chunks.map(({ chunk }) => String(chunk)));
      done();
    },
  });
  gatherWrites({ connection: { stream } } as unknown as ChannelModel);
  for (const one of ['a', 'b', 'c']) stream.write(one);
  await new Promise((resolve) => setImmediate(resolve));
  t.deepEqual(calls, [['a', 'b', 'c']]);
  stream.write('d');
  await new Promise((resolve) => setImmediate(resolve));
  t.deepEqual(calls, [['a', 'b', 'c'], ['d']]);
});

test('who writes more than the socket takes is told, and told again when there is room', async (t) => {
  const stream = new Writable({ highWaterMark: 4, write: (_chunk, _encoding, done) => done() });
  gatherWrites({ connection: { stream } } as unknown as ChannelModel);
  const drained = new Promise<void>((resolve) => stream.once('drain', resolve));
  t.true(stream.write('ab'));
  t.false(stream.write('cd'));
  await drained;
  t.true(stream.write('e'));
});

test('what is written before the end is written', async (t) => {
  let all = '';
  const stream = new Writable({
    write(chunk, _encoding, done) {
      all += String(chunk);
      done();
    },
  });
  gatherWrites({ connection: { stream } } as unknown as ChannelModel);
  stream.write('goodbye');
  stream.end();
  await new Promise((resolve) => stream.once('finish', resolve));
  t.is(all, 'goodbye');
});
