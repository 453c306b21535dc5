// The wheels against the plainest clock: a list that is sorted by time, then by who came first.

import test from 'ava';
import fc from 'fast-check';
import { Alarm, Deadlines } from './deadlines.ts';
import { ManualHost } from './manual-host.ts';

type Step =
  | { readonly kind: 'set'; readonly node: number; readonly inMs: number }
  | { readonly kind: 'remove'; readonly node: number }
  | { readonly kind: 'advance'; readonly ms: number };

const NODES = 12;
// Around every power of 64, where a node goes to another wheel; and far beyond all of them.
const waitMs = fc.oneof(
  fc.integer({ min: 0, max: 70 }),
  fc
    .tuple(fc.integer({ min: 0, max: 6 }), fc.integer({ min: -2, max: 2 }))
    .map(([power, off]) => Math.max(0, 64 ** power + off)),
  fc.integer({ min: 0, max: 2 ** 40 }),
);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constant('set' as const),
    node: fc.nat(NODES - 1),
    inMs: fc.oneof(waitMs, fc.constantFrom(2 ** 60, 0.5)),
  }),
  fc.record({ kind: fc.constant('remove' as const), node: fc.nat(NODES - 1) }),
  fc.record({ kind: fc.constant('advance' as const), ms: waitMs }),
);

test('deadlines come in the order of their times, and of those alike the first set is the first', (t) => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const host = new ManualHost();
      const deadlines = new Deadlines(host);
      const fired: string[] = [];
      const expected: string[] = [];
      let waiting: { readonly node: number; readonly atMs: number }[] = [];
      const nodes = Array.from({ length: NODES }, (_, node) => {
        return new Alarm(() => fired.push(`${node} at ${host.messageTimeMs()}`));
      });
      for (const one of steps) {
        if (one.kind === 'advance') {
          const endMs = host.messageTimeMs() + one.ms;
          for (const { node, atMs } of waiting.toSorted((a, b) => a.atMs - b.atMs)) {
            if (atMs > endMs) continue;
            expected.push(`${node} at ${Math.max(atMs, host.messageTimeMs())}`);
          }
          waiting = waiting.filter(({ atMs }) => atMs > endMs);
          host.advance(one.ms);
          continue;
        }
        waiting = waiting.filter(({ node }) => node !== one.node);
        const node = nodes[one.node] as Alarm;
        if (one.kind === 'remove') {
          deadlines.remove(node);
          continue;
        }
        const atMs = Math.ceil(host.messageTimeMs() + one.inMs);
        waiting.push({ node: one.node, atMs });
        deadlines.set(node, atMs);
      }
      t.deepEqual(fired, expected);
      t.is(deadlines.size, waiting.length);
    }),
    { numRuns: 400 },
  );
});

test('a hundred thousand at one millisecond are due a part at a time, in order', (t) => {
  const host = new ManualHost();
  const deadlines = new Deadlines(host);
  const fired: number[] = [];
  for (let number = 0; number < 100_000; number++) {
    deadlines.set(new Alarm(() => fired.push(number)), 5_000_000);
  }
  let most = 0;
  let alarms = 0;
  const real = host.messageAlarm.bind(host);
  host.messageAlarm = (atMs, work) =>
    real(atMs, () => {
      const before = fired.length;
      work();
      most = Math.max(most, fired.length - before);
      alarms++;
    });
  // The alarm that is set already was not watched; one that comes sooner replaces it.
  deadlines.set(new Alarm(() => {}), 1_000_001);
  host.advance(4_000_000);
  t.deepEqual(
    fired,
    Array.from({ length: 100_000 }, (_, number) => number),
  );
  t.true(most <= 1_000, `${most} at once`);
  t.true(alarms >= 100);
});

test('what is set while something is due joins the end, and is not missed', (t) => {
  const host = new ManualHost();
  const deadlines = new Deadlines(host);
  const fired: string[] = [];
  const again = new Alarm(() => {
    fired.push(`again at ${host.messageTimeMs()}`);
    if (fired.length < 4) deadlines.set(again, host.messageTimeMs() + 64);
  });
  deadlines.set(again, 1_000_064);
  deadlines.set(new Alarm(() => fired.push('other')), 1_000_064);
  host.advance(1_000);
  t.deepEqual(fired, ['again at 1000064', 'other', 'again at 1000128', 'again at 1000192']);
});
