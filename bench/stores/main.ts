/**
 * `npm start` here: the same work by our own journal, SQLite, lmdb and LevelDB, each in processes of its
 * own, and a table. `--messages N --backlog N --only own,lmdb` say how much, and of whom; `--rounds N` how
 * often, in turns: the best of each figure counts, for a busy neighbour makes it worse and never better.
 */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { openLevel } from './level-store.ts';
import { openLmdb } from './lmdb-store.ts';
import { openOwn } from './own-store.ts';
import { openSqlite } from './sqlite-store.ts';
import type { Open } from './store.ts';
import { type Filled, type Found, fill, start } from './work.ts';

const stores: Readonly<Record<string, Open>> = {
  own: openOwn,
  sqlite: openSqlite,
  lmdb: openLmdb,
  level: openLevel,
};

/** All of one round. */
type Seen = Filled & Found & { readonly disk: number };

const text = { type: 'string' } as const;
const { values } = parseArgs({
  options: {
    messages: { ...text, default: '200000' },
    backlog: { ...text, default: '300000' },
    rounds: { ...text, default: '3' },
    only: { ...text, default: Object.keys(stores).join(',') },
    phase: text,
    directory: text,
  },
});
const messages = Number(values.messages);
const backlog = Number(values.backlog);

if (values.phase === undefined) compare(values.only.split(','));
else await play(values.only, values.phase, values.directory ?? '');

/** In a child: plays one part with one store, and prints what it saw. */
async function play(name: string, phase: string, directory: string): Promise<void> {
  const open = stores[name];
  if (open === undefined) throw new Error(`there is no store '${name}'`);
  const seen =
    phase === 'fill'
      ? await fill(open, directory, messages, backlog)
      : await start(open, directory, backlog);
  process.stdout.write(JSON.stringify(seen));
}

function compare(names: readonly string[]): void {
  const best = new Map<string, Seen>();
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const name of names) best.set(name, better(playAll(name), best.get(name)));
  }
  const columns = names.map((name) => rowsOf(best.get(name)));
  const [labels = []] = columns;
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |\n`;
  let table = line(['', ...names]) + line(['---', ...names.map(() => '---:')]);
  for (const [at, [label]] of labels.entries()) {
    table += line([label, ...columns.map((rows) => rows[at]?.[1] ?? '')]);
  }
  process.stdout.write(table);
}

function playAll(name: string): Seen {
  const directory = mkdtempSync(join(tmpdir(), `angelia-stores-${name}-`));
  try {
    const filled: Filled = child(name, 'fill', directory);
    const disk = sizeOf(directory);
    const found: Found = child(name, 'start', directory);
    return { ...filled, ...found, disk };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** The best of each figure: rates are better when they are higher, all else when it is lower. */
function better(one: Seen, other: Seen = one): Seen {
  const merged: Record<string, number | undefined> = { ...one };
  for (const [name, value] of Object.entries(other)) {
    const mine = merged[name];
    if (mine === undefined || value === undefined) continue;
    merged[name] = name.endsWith('Rate') ? Math.max(mine, value) : Math.min(mine, value);
  }
  return merged as unknown as Seen;
}

function child<T>(name: string, phase: string, directory: string): T {
  const program = fileURLToPath(import.meta.url);
  const numbers = ['--messages', String(messages), '--backlog', String(backlog)];
  const args = [program, '--only', name, '--phase', phase, '--directory', directory, ...numbers];
  const { status, stdout } = spawnSync(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`${name}, ${phase}: ended with ${status}`);
  return JSON.parse(stdout) as T;
}

function rowsOf(seen: Seen | undefined): (readonly [string, string])[] {
  if (seen === undefined) return [];
  const ratio = (value: number | undefined) => (value === undefined ? 'n/a' : value.toFixed(2));
  const waiting = backlog.toLocaleString('en');
  return [
    ['append and settle, messages a second', thousands(seen.settledRate)],
    ['CPU a message, append and settle, us', seen.settledCpuUs.toFixed(1)],
    ['bytes handed to write / payload', ratio(seen.writtenToPayload)],
    ['the same, with the first making of files', ratio(seen.writtenInAll)],
    ['appends a second while a backlog grows', thousands(seen.backlogRate)],
    ['one at a time: median of a confirm, ms', seen.aloneP50Ms.toFixed(2)],
    ['one at a time: 99th of 100, ms', seen.aloneP99Ms.toFixed(2)],
    [`disk for ${waiting} waiting, MB`, (seen.disk / 1e6).toFixed(0)],
    [`start with ${waiting} waiting, ms`, seen.startMs.toFixed(0)],
    ['CPU for that, ms', seen.startCpuMs.toFixed(0)],
    ['memory for that above an idle process, MB', (seen.bytes / 1e6).toFixed(0)],
  ];
}

function thousands(rate: number): string {
  return (Math.round(rate / 1000) * 1000).toLocaleString('en');
}

function sizeOf(directory: string): number {
  return readdirSync(directory).reduce((sum, name) => {
    // A sparse file takes what it has blocks for.
    return sum + statSync(join(directory, name)).blocks * 512;
  }, 0);
}
