import test from 'ava';
import fc from 'fast-check';
import { Fifo } from './fifo.ts';

test('a Fifo does what an array does', (t) => {
  const step = fc.constantFrom('push', 'push', 'push', 'unshift', 'shift', 'shift');
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const fifo = new Fifo<number>();
      const array: number[] = [];
      for (const [number, what] of steps.entries()) {
        if (what === 'shift') t.is(fifo.shift(), array.shift());
        else {
          fifo[what](number);
          array[what](number);
        }
        t.is(fifo.length, array.length);
        const middle = array.length >> 1;
        t.is(fifo.at(middle), array[middle]);
      }
    }),
  );
});
