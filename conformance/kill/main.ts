/**
 * `npm run kill -- --rounds 50 --seed 7`: the kill test by hand. Ends with 1 if anything was lost, came
 * when it should not have, or was done by halves.
 */

import { parseArgs } from 'node:util';
import { runKill } from './run-kill.ts';
import { summaryOf } from './summary.ts';

const FINDINGS_SHOWN = 20;

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '50' },
    seed: { type: 'string' },
    help: { type: 'boolean' },
  },
});

if (values.help) {
  console.log('usage: npm run kill -- [--rounds 50] [--seed NUMBER]');
} else {
  const seed = Number(values.seed ?? Date.now() % 1_000_000);
  const startedAt = Date.now();
  const report = await runKill({ rounds: Number(values.rounds), seed, say: console.log });
  for (const finding of report.findings.slice(0, FINDINGS_SHOWN)) console.log(`WRONG ${finding}`);
  console.log(summaryOf(report));
  const seconds = ((Date.now() - startedAt) / 1000).toFixed(0);
  console.log(`seed ${seed}, ${seconds} s: ${report.findings.length} findings`);
  // rhea keeps timers of connections that are gone.
  process.exit(report.findings.length === 0 ? 0 : 1);
}
