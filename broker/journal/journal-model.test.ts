// The model of the journal, for a fixed number of steps; `npm run journal-model` runs it for long.

import test from 'ava';
import { Soup } from './journal-model.test-kit.ts';
import { SimulatedFiles } from './simulated-files.ts';

const SEEDS = 60;
const STEPS = 600;

test('whatever happens, what is recovered is what was confirmed, and a state that was', (t) => {
  const sum = { crashes: 0, copied: 0, refused: 0, failures: 0 };
  for (let seed = 1; seed <= SEEDS; seed++) {
    try {
      const soup = new Soup(seed, new SimulatedFiles());
      for (let step = 0; step < STEPS; step++) soup.step();
      soup.finish();
      sum.crashes += soup.crashes;
      sum.copied += soup.copied;
      sum.refused += soup.refused;
      sum.failures += soup.failures;
    } catch (error) {
      const line = `npm run journal-model -- --seed ${seed} --steps ${STEPS} --steps-per-seed ${STEPS}`;
      t.fail(`${line}: ${(error as Error).stack}`);
      return;
    }
  }
  // It went everywhere.
  for (const [what, count] of Object.entries(sum)) t.true(count > 0, what);
});
