// A fixed number of steps of broker against model; `npm run model` runs as many as one likes.

import test from 'ava';
import { run } from './run.ts';

const STEPS = 5_000;

for (let seed = 1; seed <= 12; seed++) {
  test(`the broker does what the model says: seed ${seed}`, (t) => {
    const failure = run(seed, STEPS);
    if (failure === undefined) return t.pass();
    for (const line of failure.story) t.log(line);
    t.log(`SEED=${seed} npm run model -- --steps ${STEPS}`);
    return t.fail(failure.reason);
  });
}
