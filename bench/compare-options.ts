/**
 * The command line of `npm run bench -- --peers …`: which brokers, which loads, how long.
 */

import { parseArgs } from 'node:util';
import { LOADS, type Load } from './loads.ts';
import { UsageError } from './options.ts';
import { PEER_NAMES, type PeerName } from './peer-target.ts';

/** Printed for `--peers --help` and after bad usage. */
export const compareUsage: string = `npm run bench -- --peers LIST [options]

Installs and starts the brokers named, outside of our dependencies, puts each and ours under the same
loads in the same run, and prints rates, CPU and how many times theirs ours reaches.

  --peers LIST           of ${PEER_NAMES.join(', ')}; none for ours alone
  --only LIST            of the loads below, or parts of their names
  --rounds N             counted rounds of a load, after one to warm up (3)
  --seconds N            length of a round (2)
  --backlog-messages N   waiting messages of the load 'backlog' (500000; a tenth for classic)
  --steady SECONDS       only this: so long with 100,000 waiting
  --json LABEL|FILE.json write bench/results/DATE-LABEL.json, or FILE.json
  --write                write the tables to docs/performance-peers.md

Loads: ${LOADS.map(({ name }) => name).join(', ')}
`;

/** What was asked for. */
export interface CompareOptions {
  readonly peers: readonly PeerName[];
  readonly loads: readonly Load[];
  readonly rounds: number;
  readonly seconds: number;
  readonly backlogMessages: number;
  /** 0 for the loads, else only the steady state. */
  readonly steadySeconds: number;
  readonly json: string | undefined;
  readonly write: boolean;
}

/** Reads the command line; undefined when only help was wanted. */
export function parseCompare(args: readonly string[]): CompareOptions | undefined {
  const { values } = parsed(args);
  if (values.help) return undefined;
  const number = (name: keyof typeof values, fallback: number, least: number): number => {
    const said = values[name];
    const value = said === undefined ? fallback : Number(said);
    if (!(value >= least)) throw new UsageError(`--${name} takes a number from ${least}`);
    return value;
  };
  return {
    peers: peersIn(values.peers ?? 'none'),
    loads: loadsIn(values.only),
    rounds: number('rounds', 3, 1),
    seconds: number('seconds', 2, 0.1),
    backlogMessages: number('backlog-messages', 500_000, 1000),
    steadySeconds: number('steady', 0, 0),
    json: values.json,
    write: values.write ?? false,
  };
}

function parsed(args: readonly string[]) {
  const text = { type: 'string' } as const;
  const yes = { type: 'boolean' } as const;
  try {
    return parseArgs({
      args: [...args],
      options: {
        peers: text,
        only: text,
        rounds: text,
        seconds: text,
        'backlog-messages': text,
        steady: text,
        json: text,
        write: yes,
        help: yes,
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function peersIn(text: string): PeerName[] {
  if (text === 'none') return [];
  return text.split(',').map((word) => {
    const found = PEER_NAMES.find((name) => name === word);
    if (found === undefined)
      throw new UsageError(`--peers takes ${PEER_NAMES.join(', ')} or none, not "${word}"`);
    return found;
  });
}

function loadsIn(text: string | undefined): readonly Load[] {
  if (text === undefined) return LOADS;
  const words = text.split(',');
  const unknown = words.find((word) => !LOADS.some(({ name }) => fits(name, word)));
  if (unknown !== undefined) throw new UsageError(`--only: no load is called like "${unknown}"`);
  return LOADS.filter(({ name }) => words.some((word) => fits(name, word)));
}

/** A name in full means that load alone. */
function fits(name: string, word: string): boolean {
  return LOADS.some((load) => load.name === word) ? name === word : name.includes(word);
}
