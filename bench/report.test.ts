import test from 'ava';
import { percentile, spread } from './report.ts';

test('percentiles are nearest ranks', (t) => {
  const hundred = Array.from({ length: 100 }, (_, i) => i + 1);
  t.is(percentile(hundred, 50), 50);
  t.is(percentile(hundred, 99), 99);
  t.is(percentile(hundred, 100), 100);
  t.is(percentile([5], 99), 5);
  t.true(Number.isNaN(percentile([], 50)));
});

test('a spread is sorted by value, not by text', (t) => {
  t.deepEqual(spread([100, 9, 20]), { median: 20, min: 9, max: 100 });
});
