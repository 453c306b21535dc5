// A few thousand steps of a broker that dies; `npm run model -- --crashes` runs as many as one likes.

import test from 'ava';
import { run } from './run.ts';

const STEPS = 1_500;

for (let seed = 1; seed <= 4; seed++) {
  test(`what was confirmed outlives a crash, and nothing else comes of it: seed ${seed}`, (t) => {
    const failure = run(seed, STEPS, true);
    if (failure === undefined) return t.pass();
    for (const line of failure.story) t.log(line);
    t.log(`SEED=${seed} npm run model -- --steps ${STEPS} --crashes`);
    return t.fail(failure.reason);
  });
}
