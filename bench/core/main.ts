// `npm run bench:core`: nanoseconds and bytes per message inside the process, without sockets. Each
// scenario plays in a process of its own, so that none finds the heap or the compiled code that
// another left behind. Names as arguments play these alone.

import { execFileSync } from 'node:child_process';
import { cpus, loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { clock } from './clock.ts';
import { type Figure, type Scenario, yardstick } from './figure.ts';
import { frames } from './frames.ts';
import { million } from './million.ts';
import { queues } from './queues.ts';
import { topics } from './topics.ts';

const scenarios: readonly Scenario[] = [...queues, ...topics, ...million, ...clock, ...frames];
const OURSELVES = fileURLToPath(import.meta.url);
const FLAGS = ['--expose-gc', '--max-old-space-size=4096'];

interface Played {
  readonly yardstick: number;
  readonly figures: readonly Figure[];
}

function play(scenario: Scenario): Played {
  return { yardstick: yardstick(), figures: scenario.play() };
}

function playApart({ name }: Scenario): Played {
  const told = execFileSync(process.execPath, [...FLAGS, OURSELVES, '--play', name]);
  return JSON.parse(told.toString());
}

function line({ what, unit, best, median, target }: Figure, unitNs: number): string {
  const digits = best < 10 ? 2 : best < 100 ? 1 : 0;
  const number = (value: number | undefined): string =>
    value === undefined ? '' : value.toFixed(digits);
  const times = unit === 'ns' ? (best / unitNs).toFixed(1) : '';
  const verdict = target === undefined ? '' : best <= target ? 'kept' : 'MISSED';
  return [
    what.padEnd(54),
    number(best).padStart(8),
    unit.padEnd(5),
    number(median).padStart(8),
    times.padStart(10),
    (target === undefined ? '' : target.toFixed(0)).padStart(7),
    verdict.padStart(7),
  ].join(' ');
}

function named(names: readonly string[]): readonly Scenario[] {
  for (const name of names) {
    if (scenarios.some((scenario) => scenario.name === name)) continue;
    const known = scenarios.map((scenario) => scenario.name).join(' ');
    throw new RangeError(`there is no scenario '${name}'; there are ${known}`);
  }
  return names.length === 0 ? scenarios : scenarios.filter(({ name }) => names.includes(name));
}

function run(args: readonly string[]): void {
  if (args[0] === '--play') {
    for (const scenario of named(args.slice(1))) console.log(JSON.stringify(play(scenario)));
    return;
  }
  const chosen = named(args);
  const load = (loadavg()[0] ?? 0).toFixed(2);
  console.log(`${cpus()[0]?.model}, Node ${process.version}, load before ${load}`);
  console.log(
    `${'a message of 1 KiB, by reference'.padEnd(54)}     best unit    median yardsticks  target`,
  );
  for (const scenario of chosen) {
    const played = playApart(scenario);
    for (const figure of played.figures) console.log(line(figure, played.yardstick));
  }
}

try {
  run(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof RangeError)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}
