import test from 'ava';
import fc from 'fast-check';
import { DuplicateWindow } from './duplicate-window.ts';

test('a window of ids is the last so many, also when its size changes', (t) => {
  const step = fc.record({ id: fc.nat(9).map(String), size: fc.integer({ min: 1, max: 6 }) });
  const sameSize = fc.array(step, { maxLength: 12 }).chain((steps) => {
    // Sizes change now and then, not with each id.
    return fc.tuple(fc.constant(steps), fc.array(fc.nat(9).map(String), { maxLength: 12 }));
  });
  fc.assert(
    fc.property(fc.array(sameSize, { maxLength: 5 }), (parts) => {
      const window = new DuplicateWindow();
      let last: string[] = [];
      const offer = (id: string, size: number): void => {
        const seen = last.includes(id);
        t.is(window.seen(id, size), seen);
        if (!seen) last = [...last, id].slice(-size);
      };
      for (const [steps, rest] of parts) {
        for (const { id, size } of steps) offer(id, size);
        for (const id of rest) offer(id, 4);
      }
    }),
  );
});
