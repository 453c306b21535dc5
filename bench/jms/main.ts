// `npm run bench:jms`: what a message costs that goes through the JMS API and the broker inside the
// process. Each line plays in a process of its own, so that none finds the heap or the compiled code
// that another left behind.

import { execFileSync } from 'node:child_process';
import { cpus, loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Way } from './line.ts';
import { type Cost, cpuOf, promisesOf } from './measure.ts';
import { amqplibAgainst, type PeerResult, rheaAgainst } from './peers.ts';

interface Row {
  readonly way: Way;
  /** At most so much CPU, in microseconds. */
  readonly target?: number;
}

const ROWS: readonly Row[] = [
  { way: { by: 'listener', outstanding: 1000 }, target: 4 },
  { way: { by: 'listener', outstanding: 1 } },
  { way: { by: 'receive', outstanding: 1000 }, target: 8 },
  { way: { by: 'receive', outstanding: 1 } },
  { way: { by: 'listener', outstanding: 1000, persistent: true }, target: 15 },
  { way: { by: 'receive', outstanding: 1000, persistent: true }, target: 15 },
];
/** A hundredth is for what a round has, and not a message. */
const PROMISES_MAX = 3.01;
const OURSELVES = fileURLToPath(import.meta.url);

const USAGE = `usage: npm run bench:jms -- [--artemis URL] [--rabbitmq URL]

  --artemis URL   an AMQP 1.0 broker that runs: bare rhea does the same work with it
  --rabbitmq URL  an AMQP 0-9-1 broker that runs: bare amqplib does, if it is installed`;

const { values: options } = parseArgs({
  options: {
    artemis: { type: 'string' },
    rabbitmq: { type: 'string' },
    help: { type: 'boolean' },
    play: { type: 'string' },
    row: { type: 'string' },
  },
});

function playApart(what: 'cpu' | 'promises', row: number): unknown {
  const told = execFileSync(process.execPath, [OURSELVES, '--play', what, '--row', `${row}`]);
  return JSON.parse(told.toString());
}

async function play(what: string, row: number): Promise<void> {
  const { way } = ROWS[row] as Row;
  console.log(JSON.stringify(what === 'cpu' ? await cpuOf(way) : await promisesOf(way)));
  // The broker of the process would hold it.
  process.exit();
}

function line(cells: readonly (string | number)[]): string {
  const [what = '', ...rest] = cells;
  const shown = rest.map((cell) => (typeof cell === 'number' ? cell.toFixed(2) : cell));
  return `${String(what).padEnd(46)}${shown.map((cell) => cell.padStart(12)).join('')}`;
}

function verdict(kept: boolean): string {
  return kept ? 'kept' : 'MISSED';
}

function ours(row: number): void {
  const { way, target } = ROWS[row] as Row;
  const { best, median, rate } = playApart('cpu', row) as Cost;
  const promises = playApart('promises', row) as number;
  const kept = best <= (target ?? best) && promises <= PROMISES_MAX;
  // With one outstanding most promises are those of the program that waits for each.
  const said = target === undefined ? '' : verdict(kept);
  const aim = target === undefined ? '' : `<= ${target}`;
  const kind = way.persistent === true ? ', persistent' : '';
  const name = `send + ${way.by}, ${way.outstanding} outstanding${kind}`;
  console.log(line([name, best, median, aim, rate.toFixed(0), promises, said]));
}

function peer(name: string, result: PeerResult): void {
  if ('skipped' in result) console.log(`${name.padEnd(46)}  skipped: ${result.skipped}`);
  else console.log(line([name, result.cpuUs, '', '', result.rate.toFixed(0)]));
}

async function run(): Promise<void> {
  const load = (loadavg()[0] ?? 0).toFixed(2);
  console.log(`${cpus()[0]?.model}, Node ${process.version}, load before ${load}`);
  console.log(
    'vm:// in one process, 1 KiB of text, AUTO acknowledge; per message. Persistent ones go to a file journal',
  );
  console.log(line(['', 'CPU us', 'median', 'target', 'messages/s', 'promises', '<= 3']));
  for (let row = 0; row < ROWS.length; row++) ours(row);
  peer('bare rhea, 1000 outstanding', await rheaAgainst(options.artemis));
  peer('bare amqplib, 1000 outstanding', await amqplibAgainst(options.rabbitmq));
}

if (options.help) console.log(USAGE);
else if (options.play !== undefined) await play(options.play, Number(options.row));
else await run();
