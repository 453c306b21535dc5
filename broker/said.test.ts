import test from 'ava';
import fc from 'fast-check';
import { HeadReader, HeadWriter } from './record.ts';
import { type Repeats, Said } from './said.ts';

/** The same without cleverness: what was said of one message. */
interface Plain {
  readonly done: Set<number>;
  readonly attempts: Map<number, number>;
  readonly given: Set<number>;
  order: number;
  repeats: Repeats | undefined;
}

const plainly = (): Plain => {
  return { done: new Set(), attempts: new Map(), given: new Set(), order: 0, repeats: undefined };
};

const IDS = [1, 2, 3, 70_000];
/** Neighbours, borders of pages, and what goes beyond 32 bits. */
const SERIALS = [0, 1, 31, 32, 33, 64, 2 ** 31 - 1, 2 ** 31, 2 ** 32, 2 ** 40 + 5, 2 ** 40 + 6];

const id = fc.constantFrom(...IDS);
const serial = fc.constantFrom(...SERIALS);
const step = fc.oneof(
  fc.record({ verb: fc.constantFrom('done', 'handed', 'given', 'copied'), serial, id }),
  fc.record({ verb: fc.constant('failed'), serial, id, count: fc.integer({ min: 1, max: 40 }) }),
  fc.record({
    verb: fc.constantFrom('ordered', 'repeated', 'forget'),
    serial,
    count: fc.integer({ min: 1, max: 9 }),
  }),
);
type Step = { verb: string; serial: number; id?: number; count?: number };

/** What a copied record says is said of it from then on, and nothing else. */
function copy(said: Said, serial: number): void {
  const head = new HeadWriter().begin();
  if (!said.has(serial)) return;
  said.write(head, serial);
  said.forget(serial);
  said.read(new HeadReader(head.end()), serial);
}

function say(said: Said, all: Map<number, Plain>, step: Step): void {
  const { verb, serial, id = 0, count = 0 } = step;
  const one = all.get(serial) ?? plainly();
  all.set(serial, one);
  if (verb === 'done') {
    said.done(serial, id);
    one.done.add(id);
    one.attempts.delete(id);
  } else if (verb === 'handed') {
    said.handed(serial, id);
    if (!one.done.has(id) && !one.attempts.has(id)) one.attempts.set(id, 0);
  } else if (verb === 'failed') {
    said.failed(serial, id, count);
    if (!one.done.has(id)) one.attempts.set(id, count);
  } else if (verb === 'given') {
    said.given(serial, id);
    one.given.add(id);
  } else if (verb === 'ordered') {
    said.ordered(serial, count);
    one.order = count;
  } else if (verb === 'repeated') {
    one.repeats = { left: -1, atMs: count };
    said.repeated(serial, one.repeats);
  } else if (verb === 'forget') {
    said.forget(serial);
    all.delete(serial);
  } else copy(said, serial);
}

test('it knows what was said, of each message and by each, also from a copied head', (t) => {
  const property = fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
    const said = new Said();
    const all = new Map<number, Plain>();
    for (const one of steps) say(said, all, one);
    for (const serial of SERIALS) {
      const one = all.get(serial) ?? plainly();
      for (const id of IDS) {
        t.is(said.isDone(serial, id), one.done.has(id));
        t.is(said.attempts(serial, id), one.attempts.get(id));
        t.is(said.isGiven(serial, id), one.given.has(id));
      }
      t.is(said.order(serial), one.order);
      t.deepEqual(said.repeats(serial), one.repeats);
      const { done, attempts, given, order, repeats } = one;
      const some = done.size + attempts.size + given.size + order > 0 || repeats !== undefined;
      t.is(said.has(serial), some);
    }
  });
  t.notThrows(() => fc.assert(property));
});

test('more attempts than a word takes are remembered as many, and are not taken for the end', (t) => {
  const said = new Said();
  for (const attempts of [32_765, 32_766, 32_767, 65_535, 1e9]) {
    said.failed(7, 1, attempts);
    copy(said, 7);
    t.is(said.attempts(7, 1), 32_765);
    t.false(said.isDone(7, 1));
    t.false(said.isGiven(7, 1));
  }
});

test('an id that only a copied head speaks of is known', (t) => {
  const said = new Said();
  said.done(1, 5);
  said.given(1, 9);
  said.handed(1, 7);
  const head = new HeadWriter().begin();
  said.write(head, 1);
  const next = new Said();
  next.read(new HeadReader(head.end()), 1);
  t.is(next.idsMax, 9);
});
