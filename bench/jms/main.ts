// `npm run bench:jms`: what a message costs that goes through the JMS API and the broker inside the
// process. Each line plays in a process of its own, so that none finds the heap or the compiled code
// that another left behind.

import { execFile, execFileSync } from 'node:child_process';
import { cpus, loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import type { Peer } from '../../conformance/peers/peer.ts';
import { startPeer } from '../../conformance/peers/start.ts';
import type { Way } from './line.ts';
import { type Cost, cpuOf, promisesOf } from './measure.ts';
import { BARE_CLIENTS, type BareClient, type PeerResult, playBare } from './peers.ts';

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

const OUTSTANDING = 1000;
const TIMES_MIN = 4;

const USAGE = `usage: npm run bench:jms -- [--peers] [--artemis URL] [--rabbitmq URL]

  --peers         installs and starts Artemis and RabbitMQ: bare rhea and bare amqplib do the same work
                  with them, and ours is to reach ${TIMES_MIN} times their rate
  --artemis URL   an AMQP 1.0 broker that runs, in place of ours
  --rabbitmq URL  an AMQP 0-9-1 broker that runs, in place of ours`;

const { values: options } = parseArgs({
  options: {
    peers: { type: 'boolean' },
    artemis: { type: 'string' },
    rabbitmq: { type: 'string' },
    help: { type: 'boolean' },
    play: { type: 'string' },
    row: { type: 'string' },
    url: { type: 'string' },
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

function ours(row: number): number {
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
  return rate;
}

/** A bare client and its broker, started for it unless the command line names one that runs. */
async function peer(client: BareClient, ourRate: number): Promise<void> {
  const broker = BARE_CLIENTS[client];
  const name = `bare ${client} against ${broker}, ${OUTSTANDING} outstanding`;
  const said = (skipped: string): void => console.log(`${name.padEnd(46)}  skipped: ${skipped}`);
  const given = options[broker];
  if (given === undefined && !options.peers) return said(`--peers, or --${broker} URL`);
  const started = given === undefined ? await startPeer(broker) : undefined;
  if (started !== undefined && 'reason' in started) return said(started.reason);
  try {
    const result = await playBareApart(client, given ?? urlOf(started, client));
    if ('skipped' in result) return said(result.skipped);
    const times = ourRate / result.rate;
    const aim = `${times.toFixed(1)} x`;
    const cells = [name, result.cpuUs, '', '', result.rate.toFixed(0), aim, `>= ${TIMES_MIN}`];
    console.log(line([...cells, verdict(times >= TIMES_MIN)]));
  } finally {
    await started?.stop();
  }
}

function urlOf(peer: Peer | undefined, client: BareClient): string {
  const url = new URL(peer?.urls[client === 'rhea' ? 'amqp' : 'amqp091'] ?? '');
  url.username = peer?.user ?? '';
  url.password = peer?.password ?? '';
  return url.href;
}

/** Not waited for with hands tied: the broker's words must be read meanwhile. */
async function playBareApart(client: BareClient, url: string): Promise<PeerResult> {
  const args = [OURSELVES, '--play', client, '--url', url];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return JSON.parse(stdout) as PeerResult;
}

async function run(): Promise<void> {
  const load = (loadavg()[0] ?? 0).toFixed(2);
  console.log(`${cpus()[0]?.model}, Node ${process.version}, load before ${load}`);
  console.log(
    'vm:// in one process, 1 KiB of text, AUTO acknowledge; per message. Persistent ones go to a file journal',
  );
  console.log(line(['', 'CPU us', 'median', 'target', 'messages/s', 'promises', '<= 3']));
  const rates = ROWS.map((_, row) => ours(row));
  for (const client of ['rhea', 'amqplib'] as const) await peer(client, rates[0] ?? 0);
}

if (options.help) console.log(USAGE);
else if (options.play === 'rhea' || options.play === 'amqplib') {
  console.log(JSON.stringify(await playBare(options.play, options.url ?? '')));
  process.exit();
} else if (options.play !== undefined) await play(options.play, Number(options.row));
else await run();
