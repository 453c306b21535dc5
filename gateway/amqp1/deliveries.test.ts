import test from 'ava';
import fc from 'fast-check';
import { Assembly } from './assembly.ts';
import { Deliveries, type Sender } from './deliveries.ts';

class Settled implements Sender {
  entries: number[] = [];

  settled(entry: number): void {
    this.entries.push(entry);
  }
}

test('[AMQP 2.7.6] ranges settle what is open in them, as a map of ids would', (t) => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant('add' as const), count: fc.integer({ min: 1, max: 700 }) }),
    fc.record({
      kind: fc.constant('settle' as const),
      back: fc.integer({ min: -10, max: 2000 }),
      span: fc.oneof(fc.integer({ min: 0, max: 600 }), fc.integer({ min: 0, max: 0x7fff_ffff })),
    }),
    fc.record({ kind: fc.constant('forget' as const), one: fc.boolean() }),
  );
  // The first id lies near the wrap at 2^32 more often than not.
  const start = fc.oneof(fc.constant(0), fc.integer({ min: 0xffff_f000, max: 0xffff_ffff }));
  fc.assert(
    fc.property(start, fc.array(step, { maxLength: 30 }), (first, steps) => {
      const deliveries = new Deliveries();
      const senders = [new Settled(), new Settled()] as const;
      const model = new Map<number, { entry: number; one: boolean }>();
      let next = first;
      let entry = 0;
      for (const said of steps) {
        if (said.kind === 'add') {
          for (let i = 0; i < said.count; i++) {
            const one = entry % 3 === 0;
            deliveries.add(next, senders[one ? 1 : 0], entry);
            model.set(next, { entry: entry++, one });
            next = (next + 1) >>> 0;
          }
        } else if (said.kind === 'settle') {
          const from = (next - said.back) >>> 0;
          const expected: [number[], number[]] = [[], []];
          for (const [id, { entry, one }] of model) {
            if ((id - from) >>> 0 > said.span) continue;
            expected[one ? 1 : 0].push(entry);
            model.delete(id);
          }
          const count = deliveries.settle(from, (from + said.span) >>> 0, undefined);
          t.is(count, expected[0].length + expected[1].length);
          for (const which of [0, 1] as const) {
            t.deepEqual(senders[which].entries, expected[which]);
            senders[which].entries = [];
          }
        } else {
          deliveries.take(senders[said.one ? 1 : 0]);
          for (const [id, { one }] of model) if (one === said.one) model.delete(id);
        }
        t.is(deliveries.open, model.size);
      }
    }),
    { numRuns: 200 },
  );
});

test('[AMQP 2.6.14] a message is what its pieces were, however many there are', (t) => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 3000 }), { maxLength: 200 }), (pieces) => {
      const assembly = new Assembly(0, false);
      for (const piece of pieces) assembly.add(Buffer.from(piece), 0, piece.length);
      const whole = Buffer.concat(pieces);
      t.is(assembly.byteLength, whole.length);
      t.true(assembly.whole().equals(whole));
    }),
    { numRuns: 200 },
  );
});
