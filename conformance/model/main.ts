// `npm run model -- --steps 2000000 --seed 7 [--seeds 10] [--crashes]`: the long run of broker against
// model. Each of the seeds, counted up from the first, gets its share of the steps. With `--crashes`
// the broker has a disk, and dies now and then.

import { parseArgs } from 'node:util';
import { run } from './run.ts';

const { values } = parseArgs({
  options: {
    steps: { type: 'string', default: '100000' },
    seed: { type: 'string', default: process.env['SEED'] ?? '1' },
    seeds: { type: 'string', default: '1' },
    crashes: { type: 'boolean', default: false },
  },
});
const first = Number(values.seed);
const seeds = Number(values.seeds);
const share = Math.ceil(Number(values.steps) / seeds);
if (!(Number.isInteger(first) && seeds >= 1 && share >= 1)) {
  console.error('--steps, --seed and --seeds are whole numbers, at least 1');
  process.exit(2);
}
const began = performance.now();
for (let seed = first; seed < first + seeds; seed++) {
  const failure = run(seed, share, values.crashes);
  const done = (seed - first + 1) * share;
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  if (failure === undefined) {
    console.log(`seed ${seed} is clean: ${done} steps in ${seconds} s`);
    continue;
  }
  for (const line of failure.story) console.error(`  ${line}`);
  console.error(failure.reason);
  console.error(
    `SEED=${seed} npm run model -- --steps ${share}${values.crashes ? ' --crashes' : ''}`,
  );
  process.exit(1);
}
