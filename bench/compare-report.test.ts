import test from 'ava';
import { type RateFigures, rateRows } from './compare-report.ts';
import type { RateLoad } from './loads.ts';

const load: RateLoad = {
  name: 'x',
  kind: 'rate',
  protocol: 'stomp',
  size: 1024,
  persistent: true,
  to: 'queue',
  crowd: { producers: 1, consumers: 1, copies: 1 },
  aim: { cpuUs: 10, times: { artemis: 3, classic: 20 } },
};

const one = (median: number) => ({ median, min: median, max: median });

function figures(rate: number, cpuUs: number): RateFigures {
  const cpu = one(cpuUs);
  return {
    perSecond: one(rate),
    brokerCpuUs: cpu,
    generatorCpuUs: one(1),
    diskToPayload: 1,
    lost: 0,
  };
}

test('what was asked is kept or missed, each broker by its own bound', (t) => {
  const rows = rateRows(load, [
    { broker: 'angelia', figures: figures(100_000, 8) },
    { broker: 'artemis', figures: figures(40_000, 40) },
    { broker: 'classic', figures: figures(5_000, 400) },
    { broker: 'rabbitmq', failure: 'closed the connection' },
  ]);
  t.deepEqual(
    rows.map((row) => row.at(-1)),
    ['asked', '<= 10 us kept', '>= 3 x MISSED', '>= 20 x kept', ''],
  );
  t.deepEqual(rows[2]?.slice(-3, -1), ['2.5 x', '1/5.0']);
  t.is(rows[4]?.[1], 'closed the connection');
  t.is(new Set(rows.map(({ length }) => length)).size, 1);
});

test('without ours there is nothing to compare with', (t) => {
  const rows = rateRows(load, [
    { broker: 'angelia', failure: 'no' },
    { broker: 'artemis', figures: figures(40_000, 40) },
  ]);
  t.deepEqual(rows[2]?.slice(-3), ['', '', '']);
});
