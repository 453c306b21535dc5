/**
 * The command line of the bench: what it takes, and what it refuses with a reason.
 */

import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { Reach } from './running-broker.ts';
import { type Protocol, STAMP_LENGTH } from './wire.ts';

const SIZE_MAX = 16 * 1024 * 1024;

/** Printed for `--help` and after bad usage. */
export const usage: string = `npm run bench -- [options]

Starts Angelia, sends and receives over real sockets with prepared frames, prints what it took,
and measures a relay of plain bytes beside it.

  --protocol LIST        stomp,amqp (both)
  --size BYTES           body of a message (1024)
  --seconds N            length of a round (2)
  --messages N           end a round after N messages, however long it takes
  --rounds N             counted rounds, after one to warm up (5)
  --backlog N            how far the producer may run ahead of the consumer (8192)
  --latency-rate N       messages a second in the paced run (1000)
  --latency-seconds N    length of the paced run (5); 0 leaves it out
  --json LABEL|FILE.json write bench/results/DATE-LABEL.json, or FILE.json
                         (a LABEL that ends in ".local" stays out of the repository)

  --peers LIST           something else: ours beside brokers that are installed and started for it;
                         --peers none --help says more
Parts with a name, each with the targets beside the figures:
  npm run bench -- backlog        a million waiting: memory, restart, drain
  npm run bench -- topic-backlog  the same in a topic, of which one reader took all and one is away
  npm run bench -- lone-producer  a confirm, beside the same write and sync alone

To measure a broker that runs already, in place of Angelia:
  --url-stomp URL        stomp://user:password@host:port
  --url-amqp URL         amqp://user:password@host:port
  --address-stomp TEXT   its name for a queue (/queue/{queue})
  --address-amqp TEXT    the same for AMQP ({queue})
  --pid N                its process, for CPU and memory
  --name NAME            what to call it (running)
`;

/** What was asked for. */
export interface Options {
  readonly protocols: readonly Protocol[];
  readonly size: number;
  readonly seconds: number;
  readonly messages: number;
  readonly rounds: number;
  readonly backlog: number;
  readonly latencyRate: number;
  readonly latencySeconds: number;
  /** Where results go, as said; undefined for nowhere. */
  readonly json: string | undefined;
  /** A running broker to measure; undefined for our own. */
  readonly running: RunningOptions | undefined;
}

/** The part of the command line that speaks of a running broker. */
export interface RunningOptions {
  readonly name: string;
  readonly reach: Readonly<Partial<Record<Protocol, Reach>>>;
  readonly pid: number | undefined;
}

/** Thrown for a command line that makes no sense. */
export class UsageError extends Error {}

/** Reads the command line; undefined when only help was wanted. */
export function parseOptions(args: readonly string[]): Options | undefined {
  const text = { type: 'string' } as const;
  let values: Record<string, string | boolean | undefined>;
  try {
    ({ values } = parseArgs({
      args: [...args],
      options: {
        help: { type: 'boolean' },
        protocol: text,
        size: text,
        seconds: text,
        messages: text,
        rounds: text,
        backlog: text,
        'latency-rate': text,
        'latency-seconds': text,
        json: text,
        'url-stomp': text,
        'url-amqp': text,
        'address-stomp': text,
        'address-amqp': text,
        pid: text,
        name: text,
      },
    }));
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
  const { help } = values;
  if (help) return undefined;
  const said = (name: string): string | undefined => {
    const value = values[name];
    return typeof value === 'string' ? value : undefined;
  };
  const number = (name: string, fallback: number, least: number, most = Infinity): number =>
    numberIn(name, said(name), fallback, least, most);
  const running = runningOptions(said);
  const spoken = running ? (Object.keys(running.reach) as Protocol[]) : undefined;
  const seconds = said('messages') && !said('seconds') ? Infinity : number('seconds', 2, 0.1, 600);
  return {
    protocols: protocolsIn(said('protocol'), spoken),
    size: number('size', 1024, STAMP_LENGTH, SIZE_MAX),
    seconds,
    messages: number('messages', Infinity, 1),
    rounds: number('rounds', 5, 1, 100),
    backlog: number('backlog', 8192, 1),
    latencyRate: number('latency-rate', 1000, 1, 100_000),
    latencySeconds: number('latency-seconds', 5, 0, 600),
    json: said('json'),
    running,
  };
}

/** The file that `--json` means, for the directory that the user stands in. */
export function resultsFile(json: string, resultsDirectory: string, now: Date): string {
  // npm runs us elsewhere and says here where the user stands.
  const { INIT_CWD: userDirectory = '.' } = process.env;
  if (json.endsWith('.json')) return resolve(userDirectory, json);
  if (!/^[\w.-]+$/.test(json))
    throw new UsageError(`--json takes a label of letters, digits, "-", "_", ".", not "${json}"`);
  return resolve(resultsDirectory, `${now.toISOString().slice(0, 10)}-${json}.json`);
}

function runningOptions(said: (name: string) => string | undefined): RunningOptions | undefined {
  const reach: Partial<Record<Protocol, Reach>> = {};
  const patterns: Record<Protocol, string> = { stomp: '/queue/{queue}', amqp: '{queue}' };
  for (const protocol of ['stomp', 'amqp'] as const) {
    const url = said(`url-${protocol}`);
    if (url === undefined) continue;
    if (!URL.canParse(url) || new URL(url).port === '')
      throw new UsageError(`--url-${protocol} takes ${protocol}://host:port, not "${url}"`);
    reach[protocol] = { url, address: said(`address-${protocol}`) ?? patterns[protocol] };
  }
  if (Object.keys(reach).length === 0) {
    const lone = ['pid', 'name', 'address-stomp', 'address-amqp'].find((name) => said(name));
    if (lone) throw new UsageError(`--${lone} needs --url-stomp or --url-amqp`);
    return undefined;
  }
  const pid = said('pid') === undefined ? undefined : numberIn('pid', said('pid'), 0, 1, Infinity);
  return { name: said('name') ?? 'running', reach, pid };
}

function protocolsIn(text: string | undefined, spoken = ['stomp', 'amqp']): Protocol[] {
  const asked = text?.split(',') ?? spoken;
  return asked.map((name) => {
    if (name !== 'stomp' && name !== 'amqp')
      throw new UsageError(`--protocol takes stomp, amqp or stomp,amqp, not "${text}"`);
    if (!spoken.includes(name)) throw new UsageError(`--protocol ${name} needs --url-${name}`);
    return name;
  });
}

function numberIn(
  name: string,
  text: string | undefined,
  fallback: number,
  least: number,
  most: number,
): number {
  if (text === undefined) return fallback;
  const value = Number(text);
  const fractions = name === 'seconds' || name === 'latency-seconds';
  if (!(value >= least && value <= most) || (!fractions && !Number.isInteger(value)))
    throw new UsageError(`--${name} takes a number from ${least} to ${most}, not "${text}"`);
  return value;
}
