/**
 * `npm run interop`: real clients against the started binary. Installs what is missing, runs the
 * matrix, prints a line per pair and case and a last line with the sums. Ends with 1 if anything
 * failed; what could not be installed is skipped with its reason.
 */

import { writeFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { BRIDGE_SUITES } from '../bridge/check/suite.ts';
import { formatPeerResults, PEER_RESULTS, readPeerResults, withRun } from '../jms/peer-results.ts';
import { ADAPTER_SUITES, runAdapterSuite } from './adapter-suite.ts';
import { CHECKLIST_SUITE } from './checklist/suite.ts';
import { CLIENTS, type Client, PROJECT_ROOT } from './clients.ts';
import { install } from './install.ts';
import { type JavaSuite, runJavaSuite } from './java-suite.ts';
import { JORAM_SUITES } from './joram/suite.ts';
import { Matrix, type Player, type Result } from './matrix.ts';
import { runPrograms } from './programs.ts';
import { count, lastLine, lineOf, page, sumsOf } from './report.ts';
import { runSecurity } from './security/suite.ts';
import { type Broker, startServer } from './server.ts';

const SUITES: readonly JavaSuite[] = [CHECKLIST_SUITE, ...BRIDGE_SUITES, ...JORAM_SUITES];

const USAGE = `usage: npm run interop -- [--own] [--write] [--client NAME]... [--case NAME]...
                           [--suite NAME]... [--test PART]... [--against URL]...

  --own          our own doors only: what CI runs; without it, our adapters against other brokers, too
  --write        write the table to docs/interop.md
  --client NAME  only these clients: ${CLIENTS.map(({ name }) => name).join(', ')}
  --case NAME    only these cases
  --suite NAME   only these suites of other people: ${[...SUITES, ...ADAPTER_SUITES].map(({ name }) => name).join(', ')}, security
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

/** Our adapters against brokers that are not ours; `--write` keeps what was found. */
async function* judgeOthers(whole: boolean): AsyncGenerator<Result> {
  for (const suite of ADAPTER_SUITES) {
    const asked = options.suite?.includes(suite.name) ?? (whole && options.own !== true);
    if (!asked || options.against !== undefined) continue;
    const file = join(PROJECT_ROOT, PEER_RESULTS);
    yield* runAdapterSuite(suite, options.test ?? [], (run) => {
      if (options.write !== true) return;
      writeFileSync(file, formatPeerResults(withRun(readPeerResults(file), run)));
    });
  }
}

async function main(): Promise<number> {
  const startedAt = Date.now();
  const whole = options.client === undefined && options.case === undefined;
  const matrixToo = options.suite === undefined && options.test === undefined;
  const wanted = CLIENTS.filter(({ name }) => options.client?.includes(name) ?? matrixToo);
  const players = await Promise.all(wanted.map(prepare));
  console.log(`clients ready after ${((Date.now() - startedAt) / 1000).toFixed(1)} s`);
  const broker = options.against ? foreign(options.against) : await startServer();
  const matrix = new Matrix(players, broker);
  const results: Result[] = [];
  const keep = (result: Result): void => {
    results.push(result);
    console.log(lineOf(result));
  };
  for await (const result of matrix.run((name) => options.case?.includes(name) ?? true)) {
    keep(result);
  }
  await matrix.stop();
  const programs: Result[] = [];
  for await (const result of whole && matrixToo ? runPrograms(broker) : []) {
    programs.push(result);
    console.log(lineOf(result));
  }
  const suites: Result[] = [];
  for (const suite of SUITES) {
    if (!(options.suite?.includes(suite.name) ?? whole)) continue;
    for await (const result of runJavaSuite(suite, broker, options.test ?? [])) {
      suites.push(result);
      console.log(lineOf(result));
    }
  }
  const security = options.suite?.includes('security') ?? (whole && options.against === undefined);
  for await (const result of security
    ? runSecurity((name) => options.test?.includes(name) ?? true)
    : []) {
    suites.push(result);
    console.log(lineOf(result));
  }
  const foreigners: Result[] = [];
  for await (const result of judgeOthers(whole)) {
    foreigners.push(result);
    console.log(lineOf(result));
  }
  const reason = await broker.stop();
  const end = { from: broker.name, to: 'SIGTERM', name: 'end' };
  if (reason !== undefined) keep({ ...end, status: 'failed', reason });
  const { versions } = matrix;
  if (options.write) {
    const text = page(
      results,
      programs,
      suites,
      foreigners,
      versions,
      new Date().toISOString().slice(0, 10),
    );
    await mkdir(join(PROJECT_ROOT, 'docs'), { recursive: true });
    await writeFile(join(PROJECT_ROOT, 'docs', 'interop.md'), text);
  }
  for (const [name, counts] of sumsOf([...suites, ...foreigners]))
    console.log(`${name}: ${lastLine(counts)}`);
  console.log([...versions].map(([name, version]) => `${name} ${version}`).join(', '));
  console.log(`${((Date.now() - startedAt) / 1000).toFixed(0)} s in all`);
  const counts = count([...results, ...programs, ...suites, ...foreigners]);
  console.log(lastLine(counts));
  // What another broker does otherwise is written down, and is not our failure.
  const ours = count([...results, ...programs, ...suites]);
  return ours.failed > 0 || counts.passed === 0 ? 1 : 0;
}

if (options.help) {
  console.log(USAGE);
} else {
  process.exitCode = await main();
}
