// `npm run bench:adapters`: what the JMS API and an adapter cost beside their bare client, which does
// the same work against the same broker. The two take turns, each round in a process of its own.

import { execFile } from 'node:child_process';
import { cpus, loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { startServer } from '../../conformance/interop/server.ts';
import { openJms } from './jms-worker.ts';
import { type Cost, type OpenWorker, PHASES, type Phase, play, type RoundCost } from './work.ts';

/** Of the bare client's messages a second, at least. */
const RATE_MIN = 0.85;
/** Of its CPU per message, at most. */
const CPU_MAX = 1.2;
const OURSELVES = fileURLToPath(import.meta.url);

/** An adapter and its bare client, by the scheme of the URL. */
const PAIRS: Readonly<Record<string, { bare: string; open(): Promise<OpenWorker> }>> = {
  amqp: { bare: 'rhea', open: async () => (await import('./rhea-worker.ts')).openRhea },
  amqp091: {
    bare: 'amqplib',
    open: async () => (await import('./amqplib-worker.ts')).openAmqplib,
  },
  stomp: {
    bare: 'stompit',
    open: async () => (await import('./stompit-worker.ts')).openStompit,
  },
};

const { values: options } = parseArgs({
  options: {
    url: { type: 'string' },
    adapter: { type: 'string' },
    rounds: { type: 'string', default: '5' },
    messages: { type: 'string', default: '20000' },
    worker: { type: 'string' },
    phases: { type: 'string', default: PHASES.join() },
    help: { type: 'boolean' },
  },
});

const USAGE = `usage: npm run bench:adapters -- [--url URL | --adapter SCHEME] [--rounds N] [--messages N]

  --url URL     a broker that runs, amqp://HOST:PORT?jms.username=…, amqp091://… for RabbitMQ;
                otherwise ours is started
  --adapter     amqp or stomp, against our broker; otherwise one after the other
  --rounds N    rounds of each, in turns; the median counts
  --messages N  of a round
  --phases LIST of ${PHASES.join()}; what the bare client has no part for is left out`;

/** The URL as bare clients have it: the user before the host. */
function bareUrl(text: string): string {
  const url = new URL(text);
  url.username = url.searchParams.get('jms.username') ?? '';
  url.password = url.searchParams.get('jms.password') ?? '';
  url.search = '';
  return url.href;
}

async function apart(worker: string, url: string, phases: string): Promise<RoundCost> {
  const more = ['--messages', options.messages, '--phases', phases];
  const args = ['--worker', worker, '--url', url, ...more];
  const { stdout } = await promisify(execFile)(process.execPath, [OURSELVES, ...args]);
  return JSON.parse(stdout) as RoundCost;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}

/** Undefined: it was not played. */
function costOf(rounds: readonly RoundCost[], phase: Phase): Cost | undefined {
  const costs = rounds.flatMap((round) => round[phase] ?? []);
  if (costs.length === 0) return undefined;
  return {
    rate: median(costs.map(({ rate }) => rate)),
    cpuUs: median(costs.map(({ cpuUs }) => cpuUs)),
  };
}

function row(cells: readonly string[]): string {
  const [name = '', ...rest] = cells;
  return name.padEnd(20) + rest.map((cell) => cell.padStart(14)).join('');
}

async function compare(url: string): Promise<void> {
  const scheme = new URL(url).protocol.replace(':', '');
  const pair = PAIRS[scheme];
  if (pair === undefined) throw new Error(`no bare client for ${scheme}: URLs`);
  const ours: RoundCost[] = [];
  const bare: RoundCost[] = [];
  for (let n = 0; n < Number(options.rounds); n++) {
    const cost = await apart(pair.bare, bareUrl(url), options.phases);
    bare.push(cost);
    ours.push(await apart('jms', url, Object.keys(cost).join()));
  }
  console.log(row(['', `bare ${pair.bare}`, 'adapter', 'of its rate', 'of its CPU', '']));
  for (const phase of PHASES) {
    const a = costOf(bare, phase);
    const b = costOf(ours, phase);
    if (a === undefined || b === undefined) continue;
    const [rate, cpu] = [b.rate / a.rate, b.cpuUs / a.cpuUs];
    const verdict = rate >= RATE_MIN && cpu <= CPU_MAX ? 'kept' : 'MISSED';
    const percent = (value: number): string => `${(value * 100).toFixed(0)} %`;
    const us = (value: number): string => `${value.toFixed(1)} us`;
    console.log(
      row([`${phase}, CPU`, us(a.cpuUs), us(b.cpuUs), '', percent(cpu), `<= ${CPU_MAX * 100} %`]),
    );
    const rates = [a.rate, b.rate].map((one) => `${one.toFixed(0)}/s`);
    console.log(row([`${phase}, rate`, ...rates, percent(rate), '', `>= ${RATE_MIN * 100} %`]));
    console.log(row(['', '', '', '', '', verdict]));
  }
}

async function main(): Promise<void> {
  const { url, worker, messages } = options;
  if (options.help) {
    console.log(USAGE);
    return;
  }
  if (worker !== undefined) {
    const wanted = options.phases.split(',');
    const open = worker === 'jms' ? openJms : await workerNamed(worker);
    console.log(JSON.stringify(await play(open, url ?? '', Number(messages), wanted)));
    return;
  }
  console.log(`${cpus()[0]?.model}, Node ${process.version}, load ${loadavg()[0]?.toFixed(2)}`);
  console.log(`1 KiB of text, confirmed, 1000 outstanding; the median of ${options.rounds} rounds`);
  const { adapter } = options;
  // RabbitMQ's protocol is not ours: it wants a URL.
  const schemes = adapter === undefined ? ['amqp', 'stomp'] : [adapter];
  const server = url === undefined ? await startServer() : undefined;
  try {
    for (const one of url === undefined ? schemes : [url]) await compare(server?.urls[one] ?? one);
  } finally {
    await server?.stop();
  }
}

async function workerNamed(name: string): Promise<OpenWorker> {
  const pair = Object.values(PAIRS).find(({ bare }) => bare === name);
  if (pair === undefined) throw new Error(`no worker is called ${name}`);
  return await pair.open();
}

await main();
