import test from 'ava';
import { MessageCounter } from './stomp.ts';
import { makeBody } from './wire.ts';

const SIZE = 64;

/** A MESSAGE whose headers grow with `id`, as brokers' do, and then a line end, as some send. */
function message(id: number, tail = ''): Buffer {
  const head = `MESSAGE\nmessage-id:${id}\nsubscription:0\ncontent-length:${SIZE}\n\n`;
  return Buffer.concat([Buffer.from(head), makeBody(SIZE), Buffer.from(`\0${tail}`)]);
}

const messages = [7, 8, 99, 100, 12345, 6].map((id, i) => message(id, i % 2 ? '\n' : ''));
const stream = Buffer.concat(messages);

test('[STOMP 1.2 MESSAGE] the count does not depend on how the stream is cut in three', (t) => {
  for (let a = 0; a <= stream.length; a++) {
    for (let b = a; b <= stream.length; b += 7) {
      const counter = new MessageCounter('MESSAGE', SIZE);
      const parts = [stream.subarray(0, a), stream.subarray(a, b), stream.subarray(b)];
      const count = parts.reduce((sum, part) => sum + counter.take(part), 0);
      if (count !== messages.length) t.fail(`cut at ${a} and ${b}: ${count}`);
    }
  }
  t.pass();
});

test('[STOMP 1.2 MESSAGE] the count is right byte by byte, and bodies end where they end', (t) => {
  const counter = new MessageCounter('MESSAGE', SIZE);
  let count = 0;
  for (const byte of stream) count += counter.take(Buffer.from([byte]));
  t.is(count, messages.length);

  const whole = new MessageCounter('MESSAGE', SIZE);
  whole.ends = [];
  whole.take(stream);
  t.is(whole.ends.length, messages.length);
  for (const end of whole.ends)
    t.deepEqual(stream.subarray(end - SIZE, end), makeBody(SIZE), 'the body lies before its end');
});

test('[STOMP 1.2] a frame shorter than the one before is not swallowed with the next', (t) => {
  const counter = new MessageCounter('MESSAGE', SIZE);
  const long = Buffer.concat([
    Buffer.from(`MESSAGE\nx:${'y'.repeat(3 * SIZE + 1)}\n\n`),
    makeBody(SIZE),
    Buffer.from('\0'),
  ]);
  // Two short frames end exactly where the long one would have.
  const half = long.length / 2;
  const head = 'MESSAGE\nx:';
  const filler = 'z'.repeat(half - SIZE - 1 - head.length - 2);
  const short = Buffer.from(`${head}${filler}\n\n${makeBody(SIZE).toString()}\0`);
  t.is(short.length * 2, long.length);
  t.is(counter.take(Buffer.concat([long, short, short, long])), 4);
});

test('[STOMP 1.2 ERROR] anything but a message is shown, not counted', (t) => {
  const counter = new MessageCounter('MESSAGE', SIZE);
  t.throws(() => counter.take(Buffer.from('ERROR\nmessage:no such queue\n\n\0')), {
    message: /no such queue/,
  });
});
