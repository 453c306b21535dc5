/**
 * `npm run interop`: real clients against the started binary. Installs what is missing, runs the
 * matrix and the parts of `parts.ts`, prints a line for each result and a last line with the sums. Ends
 * with 1 if anything failed; what could not be installed is skipped with its reason.
 */

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { CLIENTS, type Client, PROJECT_ROOT } from './clients.ts';
import { install } from './install.ts';
import { Matrix, type Player, type Result } from './matrix.ts';
import { PARTS, type Part } from './parts.ts';
import { count, lastLine, lineOf, page, sumsOf } from './report.ts';
import { type Broker, startServer } from './server.ts';

const USAGE = `usage: npm run interop -- [--own] [--write] [--client NAME]... [--case NAME]...
                           [--suite NAME]... [--test PART]... [--against URL]...

  --own          what runs with every change: without browsers and brokers of other people
  --write        write the table to docs/interop.md
  --client NAME  only these clients: ${CLIENTS.map(({ name }) => name).join(', ')}
  --case NAME    only these cases
  --suite NAME   only these parts: ${PARTS.map(({ name }) => name).join(', ')}
  --test PART    only tests of suites whose name contains this
  --against URL  a broker that already runs, one URL for each protocol: amqp://…, stomp://…
                 (judged leniently where brokers are known to differ over STOMP)`;

const { values: options } = parseArgs({
  options: {
    own: { type: 'boolean' },
    write: { type: 'boolean' },
    client: { type: 'string', multiple: true },
    case: { type: 'string', multiple: true },
    suite: { type: 'string', multiple: true },
    test: { type: 'string', multiple: true },
    against: { type: 'string', multiple: true },
    help: { type: 'boolean' },
  },
});

/** A broker that somebody else started and will stop. */
function foreign(urls: readonly string[]): Broker {
  const byScheme = urls.map((url) => [new URL(url).protocol.replace(':', ''), url] as const);
  return {
    name: 'the broker given',
    urls: Object.fromEntries(byScheme),
    strict: false,
    ended: () => undefined,
    stop: async () => undefined,
  };
}

async function prepare(client: Client): Promise<Player> {
  if (client.door === 'vm' && options.against !== undefined) {
    return { client, missing: 'lives in a broker of its own' };
  }
  if (client.recipe === undefined) return { client, launch: client.launch('', {}) };
  const home = join(PROJECT_ROOT, '.cache', 'interop', client.name);
  const installed = await install(home, client.recipe);
  if ('reason' in installed) return { client, missing: `not installed: ${installed.reason}` };
  return { client, launch: client.launch(installed.home, installed.facts) };
}

/** What was asked for by name, or else everything that belongs to this kind of run. */
function wantedClients(): readonly Client[] {
  if (options.client !== undefined) {
    return CLIENTS.filter(({ name }) => options.client?.includes(name));
  }
  if (options.suite !== undefined || options.test !== undefined) return [];
  return CLIENTS.filter(({ own = true }) => own || options.own !== true);
}

function wantedParts(): readonly Part[] {
  if (options.suite !== undefined) return PARTS.filter(({ name }) => options.suite?.includes(name));
  if (options.client !== undefined || options.case !== undefined) return [];
  return PARTS.filter(
    ({ own, against, section }) =>
      (own || options.own !== true) &&
      (against || options.against === undefined) &&
      (section === 'suites' || section === 'foreigners' || options.test === undefined),
  );
}

async function main(): Promise<number> {
  const startedAt = Date.now();
  const seconds = (): string => ((Date.now() - startedAt) / 1000).toFixed(0);
  const players = await Promise.all(wantedClients().map(prepare));
  console.log(`clients ready after ${seconds()} s`);
  const broker = options.against ? foreign(options.against) : await startServer();
  const matrix = new Matrix(players, broker);
  const results: Result[] = [];
  const bySection: Record<Part['section'], Result[]> = {
    programs: [],
    suites: [],
    kill: [],
    foreigners: [],
    restarts: [],
    doors: [],
  };
  const keep = (result: Result, where: Result[]): void => {
    where.push(result);
    console.log(lineOf(result));
  };
  for await (const result of matrix.run((name) => options.case?.includes(name) ?? true)) {
    keep(result, results);
  }
  await matrix.stop();
  console.log(`the matrix was done after ${seconds()} s`);
  for (const part of wantedParts()) {
    const stage = { broker, tests: options.test ?? [], write: options.write === true };
    try {
      for await (const result of part.run(stage)) keep(result, bySection[part.section]);
    } catch (error) {
      // A broker that does not start costs its part, and not the page.
      const about = { from: part.name, to: 'its end', name: 'the part' };
      keep({ ...about, status: 'failed', reason: String(error) }, bySection[part.section]);
    }
    console.log(`${part.name} was done after ${seconds()} s`);
  }
  const reason = await broker.stop();
  const end = { from: broker.name, to: 'SIGTERM', name: 'end' };
  if (reason !== undefined) keep({ ...end, status: 'failed', reason }, results);
  const { versions } = matrix;
  if (options.write) {
    const date = new Date().toISOString().slice(0, 10);
    await mkdir(join(PROJECT_ROOT, 'docs'), { recursive: true });
    const text = page({ results, ...bySection }, versions, date, options.own === true);
    await writeFile(join(PROJECT_ROOT, 'docs', 'interop.md'), text);
  }
  const judged = [...bySection.suites, ...bySection.foreigners];
  for (const [name, sums] of sumsOf(judged)) console.log(`${name}: ${lastLine(sums)}`);
  console.log([...versions].map(([name, version]) => `${name} ${version}`).join(', '));
  console.log(`${seconds()} s in all`);
  const counts = count([...results, ...Object.values(bySection).flat()]);
  console.log(lastLine(counts));
  // What another broker does otherwise is written down, and is not our failure.
  const theirs = count([...bySection.foreigners, ...bySection.restarts]);
  const ours = counts.failed - theirs.failed;
  return ours > 0 || counts.passed === 0 ? 1 : 0;
}

if (options.help) {
  console.log(USAGE);
} else {
  // Libraries that were driven in this process keep timers of connections that are gone.
  process.exit(await main());
}
