// Runs the model of the journal for long: `npm run journal-model -- --steps N --seed S`.

import { parseArgs } from 'node:util';
import { Soup } from './journal-model.test-kit.ts';
import { SimulatedFiles } from './simulated-files.ts';

const { values } = parseArgs({
  options: {
    steps: { type: 'string', default: '2000000' },
    seed: { type: 'string', default: '1' },
    'steps-per-seed': { type: 'string', default: '5000' },
  },
});
const perSeed = Number(values['steps-per-seed']);
let left = Number(values.steps);
let seed = Number(values.seed);
const first = seed;
const sum = { crashes: 0, copied: 0, refused: 0, failures: 0, operations: 0 };
while (left > 0) {
  let step = 0;
  try {
    const soup = new Soup(seed, new SimulatedFiles());
    for (; step < Math.min(perSeed, left); step++) soup.step();
    soup.finish();
    sum.crashes += soup.crashes;
    sum.copied += soup.copied;
    sum.refused += soup.refused;
    sum.failures += soup.failures;
    sum.operations += soup.files.operations;
  } catch (error) {
    process.stderr.write(`${(error as Error).stack}\n`);
    process.stderr.write(
      `step ${step}: npm run journal-model -- --seed ${seed} --steps ${perSeed} ` +
        `--steps-per-seed ${perSeed}\n`,
    );
    process.exit(1);
  }
  left -= step;
  seed++;
  if ((seed - first) % 100 === 0)
    process.stderr.write(`${seed - first} seeds, ${left} steps left\n`);
}
process.stdout.write(`clean: seeds ${first} to ${seed - 1}, ${JSON.stringify(sum)}\n`);
