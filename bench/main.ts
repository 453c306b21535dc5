/**
 * `npm run bench`: measures Angelia, or a broker that runs already, and a relay of plain bytes beside it;
 * with `--peers` it is `compare.ts` that runs.
 *
 * Prints each scenario as it is done; with `--json` keeps the figures. This process is the load
 * generator; broker and relay are processes of their own.
 */

import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { angelia } from './angelia.ts';
import { compare } from './compare.ts';
import { compareUsage, parseCompare } from './compare-options.ts';
import { measure } from './measure.ts';
import { type Options, parseOptions, resultsFile, UsageError, usage } from './options.ts';
import { isPart, playPart } from './parts.ts';
import { relay } from './relay.ts';
import { machine, type Scenario, summarize, table } from './report.ts';
import { runningBroker } from './running-broker.ts';

const RESULTS = fileURLToPath(new URL('../results', import.meta.url));
/** Above this many busy processes a core, figures say more about the neighbours. */
const LOAD_QUIET = 0.25;

async function run(options: Options): Promise<void> {
  const now = new Date();
  // Told before the minutes of measuring, not after.
  const file = options.json === undefined ? undefined : resultsFile(options.json, RESULTS, now);
  const { running } = options;
  const target = running ? runningBroker(running.name, running.reach, running.pid) : angelia;
  const seen = machine();
  const { platform, cpu, cores, memoryGigabytes, node, loadBefore } = seen;
  process.stdout.write(
    `${platform}, ${cpu}, ${cores} cores, ${memoryGigabytes} GB, Node ${node}\n`,
  );
  if (loadBefore > LOAD_QUIET * cores)
    process.stdout.write(`the machine was busy already: load ${loadBefore}\n`);
  if (process.platform !== 'linux')
    process.stdout.write('CPU and peak memory are read from /proc, which is not here: n/a\n');
  const scenarios: Scenario[] = [];
  for (const protocol of options.protocols) {
    const measured = await measure([target, relay], protocol, options);
    const scenario = summarize(protocol, options, measured);
    scenarios.push(scenario);
    process.stdout.write(`\n${table(scenario)}`);
  }
  if (file === undefined) return;
  const { json: _, running: __, ...settings } = options;
  const record = { date: now.toISOString(), machine: seen, settings, scenarios };
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(record, null, 2)}\n`);
  process.stdout.write(`\nwritten to ${file}\n`);
}

process.once('SIGINT', () => process.exit(130));
process.once('SIGTERM', () => process.exit(143));
try {
  const args = process.argv.slice(2);
  const [part = '', ...rest] = args;
  if (args.includes('--peers')) {
    const wanted = parseCompare(args);
    if (wanted) await compare(wanted);
    else process.stdout.write(compareUsage);
    process.exit(0);
  }
  const options = isPart(part) ? undefined : parseOptions(args);
  if (isPart(part)) await playPart(part, rest);
  else if (options) await run(options);
  else process.stdout.write(usage);
  process.exit(0);
} catch (error) {
  const bad = error instanceof UsageError;
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  if (bad) process.stderr.write(`\n${usage}`);
  process.exit(bad ? 2 : 1);
}
