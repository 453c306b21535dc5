import test from 'ava';
import { parseCompare } from './compare-options.ts';
import { LOADS } from './loads.ts';
import { UsageError } from './options.ts';

const names = (only: string): string[] | undefined =>
  parseCompare(['--peers', 'none', '--only', only])?.loads.map(({ name }) => name);

test('all loads against the peers named, unless some are picked', (t) => {
  const options = parseCompare(['--peers', 'artemis,classic']);
  t.deepEqual(options?.peers, ['artemis', 'classic']);
  t.is(options?.loads, LOADS);
  t.deepEqual(names('stomp-persistent'), ['stomp-persistent'], 'a whole name is that load alone');
  t.deepEqual(names('64k,paced'), [
    'stomp-persistent-64k',
    'amqp-persistent-64k',
    'stomp-paced',
    'amqp-paced',
  ]);
});

test('bad usage says what was expected', (t) => {
  const bad = (...args: string[]) => t.throws(() => parseCompare(args), { instanceOf: UsageError });
  t.regex(bad('--peers', 'kafka').message, /takes rabbitmq.* not "kafka"/);
  t.regex(bad('--peers', 'none', '--only', 'xyz').message, /no load is called like "xyz"/);
  t.regex(bad('--peers', 'none', '--rounds', 'many').message, /--rounds takes a number/);
});
