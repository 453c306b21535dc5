import test from 'ava';
import { parseOptions, resultsFile, UsageError } from './options.ts';

test('nothing said measures our own broker in both protocols', (t) => {
  const options = parseOptions([]);
  t.deepEqual(options?.protocols, ['stomp', 'amqp']);
  t.is(options?.running, undefined);
  t.is(options?.size, 1024);
});

test('only protocols with a url are asked of a running broker', (t) => {
  const options = parseOptions(['--url-amqp', 'amqp://localhost:5672', '--pid', '12']);
  t.deepEqual(options?.protocols, ['amqp']);
  t.is(options?.running?.pid, 12);
});

for (const [args, said] of [
  [['--size', '15'], /--size takes a number from 16/],
  [['--rounds', 'many'], /--rounds .*not "many"/],
  [['--protocol', 'mqtt'], /--protocol takes/],
  [['--protocol', 'stomp', '--url-amqp', 'amqp://h:1'], /needs --url-stomp/],
  [['--pid', '1'], /--pid needs/],
  [['--url-amqp', 'localhost'], /takes amqp:\/\/host:port/],
  [['--sise', '1'], /sise/],
] as const) {
  test(`bad usage says what was expected: ${args.join(' ')}`, (t) => {
    t.throws(() => parseOptions(args), { instanceOf: UsageError, message: said });
  });
}

test('a label becomes a dated file of results, a path stays a path', (t) => {
  const now = new Date('2026-11-24T10:00:00Z');
  t.regex(resultsFile('quiet', '/r', now), /2026-11-24-quiet\.json$/);
  t.regex(resultsFile('x.json', '/r', now), /[\\/]x\.json$/);
  t.throws(() => resultsFile('a/b', '/r', now), { instanceOf: UsageError });
});
