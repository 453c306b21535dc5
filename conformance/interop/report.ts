/**
 * How results are shown: a line for each as it comes, a dated page in Markdown, and the last line
 * that scripts read.
 */

import { CASES } from './cases.ts';
import type { Result } from './matrix.ts';
import { OWN_CASES } from './own-cases.ts';

/** How many of each there were. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** One result as a line. */
export function lineOf({ from, to, name, status, reason, note, ms }: Result): string {
  const word = status === 'passed' ? 'ok' : status === 'failed' ? 'FAILED' : 'skipped';
  const said = note === undefined ? '' : `: ${note}`;
  const tail = status === 'passed' ? `${said} (${ms} ms)` : `: ${reason}`;
  return `${word.padEnd(8)}${from} → ${to}  ${name}${tail}`;
}

/** Counts results. */
export function count(results: readonly Result[]): Counts {
  const of = (status: Result['status']): number =>
    results.filter((result) => result.status === status).length;
  return { passed: of('passed'), failed: of('failed'), skipped: of('skipped') };
}

/** The last line, in the form that `.ci/run` adds up. */
export function lastLine({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}

function cell(results: readonly Result[]): string {
  const { passed, failed, skipped } = count(results);
  if (skipped > 0 && passed + failed === 0) return 'skipped';
  return failed === 0 ? `${passed}` : `${passed}, **${failed} failed**`;
}

/** The sums of each suite over each provider: `joram over qpid-jms`. */
export function sumsOf(suites: readonly Result[]): ReadonlyMap<string, Counts> {
  const names = new Set(suites.map(({ from, to }) => `${from} over ${to}`));
  const of = (name: string): Counts =>
    count(suites.filter(({ from, to }) => `${from} over ${to}` === name));
  return new Map([...names].map((name) => [name, of(name)]));
}

/** The sums of suites, with what is to be read of them one by one. */
function sumsTable(
  skippedWord: string,
  suites: readonly Result[],
  notable: readonly Result[],
): string[] {
  const rows = [...sumsOf(suites)].map(
    ([name, { passed, failed, skipped }]) => `| ${name} | ${passed} | ${failed} | ${skipped} |`,
  );
  return [
    `| suite | passed | failed | ${skippedWord} |`,
    '|---|---:|---:|---:|',
    ...rows,
    ...(notable.length === 0 ? [] : ['', ...notable.map((result) => `- ${lineOf(result)}`)]),
  ];
}

function suitesPart(suites: readonly Result[]): string[] {
  if (suites.length === 0) return [];
  const notable = suites.filter(({ status }) => status !== 'passed');
  return [
    '## Suites of other people',
    '',
    'Joram’s JMS tests, unchanged, over the TypeScript API (Java’s calls reach it through a bridge,',
    'see `conformance/bridge/`) and over Apache Qpid JMS against this broker. Those over `security` are',
    'programs of our own: real clients with passwords, SCRAM, certificates and TLS.',
    '',
    ...sumsTable('skipped', suites, notable),
    '',
  ];
}

function programsPart(programs: readonly Result[]): string[] {
  if (programs.length === 0) return [];
  return [
    '## The example programs',
    '',
    '`docs/examples`, each in a process of its own, with the URL of the started server: the JMS API of',
    'this package over the network, with `adapters/amqp1`.',
    '',
    ...programs.map((result) => `- ${lineOf(result).replace(/ \(\d+ ms\)$/, '')}`),
    '',
  ];
}

function foreignersPart(foreigners: readonly Result[]): string[] {
  if (foreigners.length === 0) return [];
  const failures = foreigners.filter(({ status }) => status === 'failed');
  return [
    '## Our adapters over other brokers',
    '',
    'The suite of `conformance/jms`, over the adapters of this package. What a broker cannot do is',
    'unsupported by name; the reasons, and each case, are in [conformance.md](conformance.md). Those of',
    '`rabbitmq-jms` are messages between RabbitMQ’s own JMS client and ours, each way.',
    '',
    ...sumsTable('unsupported', foreigners, failures),
    '',
  ];
}

function killPart(kill: readonly Result[]): string[] {
  if (kill.length === 0) return [];
  return [
    '## Killed',
    '',
    'Four producers and two consumers over STOMP and AMQP, and a server that is killed with SIGKILL at',
    'random moments and started again on the same data. Nothing that was confirmed may be lost, nothing',
    'whose acknowledgement was confirmed may come again, and a transaction happens whole or not at all.',
    'By hand: `npm run kill -- --rounds 50`.',
    '',
    ...kill.map((result) => `- ${lineOf(result)}`),
    '',
  ];
}

function restartsPart(restarts: readonly Result[]): string[] {
  if (restarts.length === 0) return [];
  return [
    '## Other brokers, killed under failover',
    '',
    'A program over `failover:` with each adapter, while its broker is killed with SIGKILL and started',
    'again, three times. Every confirmed message arrives, what comes again is marked, and nothing throws',
    'but a transaction that was rolled back, or of which nobody knows.',
    '',
    ...restarts.map((result) => `- ${lineOf(result)}`),
    '',
  ];
}

/** A table for each broker: the case, and what the program is told. */
function doorsPart(doors: readonly Result[]): string[] {
  if (doors.length === 0) return [];
  const tables = [...new Set(doors.map(({ to }) => to))].flatMap((to) => {
    const cells = (text: string): string => text.replaceAll('|', '\\|');
    const rows = doors
      .filter((result) => result.to === to)
      .map(({ name, status, note, reason }) =>
        [name, status === 'passed' ? (note ?? '') : `**${status}**: ${reason}`]
          .map(cells)
          .join(' | '),
      );
    const head = ['| the program goes by | it is told |', '|---|---|'];
    return [`### ${to}`, '', ...head, ...rows.map((row) => `| ${row} |`), ''];
  });
  return [
    '## Wrong doors',
    '',
    'The JMS API at ports, brokers and destinations that are not what the program takes them for: by',
    'which exception and in which words it is told, within `jms.connectTimeout`, and with nothing left of',
    'the attempt in the process.',
    '',
    ...tables,
  ];
}

/** What one client does by itself: a row for each client, a column for each case. */
function ownPart(results: readonly Result[]): string[] {
  const ran = OWN_CASES.map(({ name }) => name).filter((name) =>
    results.some((result) => result.name === name),
  );
  if (ran.length === 0) return [];
  const clients = [...new Set(results.map(({ from }) => from))];
  const word = { passed: 'ok', failed: '**failed**', skipped: 'no' } as const;
  const rows = clients.map((client) => {
    const cells = ran.map((name) => {
      const found = results.find((result) => result.from === client && result.name === name);
      return found === undefined ? '' : word[found.status];
    });
    return `| **${client}** | ${cells.join(' | ')} |`;
  });
  return [
    '## Each client by itself',
    '',
    'Everything that needs more of a library than sending and receiving; empty where its protocol has no',
    'such thing, `no` where the library has not.',
    '',
    `| | ${ran.join(' | ')} |`,
    `|---|${ran.map(() => '---').join('|')}|`,
    ...rows,
    '',
    ...notableOf(results),
  ];
}

function notableOf(results: readonly Result[]): string[] {
  const failures = results.filter((result) => result.status === 'failed').map(lineOf);
  const skips = results.filter((result) => result.status === 'skipped');
  const reasons = new Set(
    skips.map(({ name, reason }) => (isOwn(name) ? `${name}: ${reason}` : `skipped, ${reason}`)),
  );
  const notable = [...failures, ...reasons];
  return notable.length === 0 ? [] : [...notable.map((line) => `- ${line}`), ''];
}

function isOwn(name: string): boolean {
  return OWN_CASES.some((one) => one.name === name);
}

/** Everything that a page is made of. */
export interface Findings {
  readonly results: readonly Result[];
  readonly programs: readonly Result[];
  readonly suites: readonly Result[];
  readonly kill: readonly Result[];
  /** Brokers of other people under our adapters. */
  readonly foreigners: readonly Result[];
  /** The same, killed. */
  readonly restarts: readonly Result[];
  /** Doors that were not meant for us. */
  readonly doors: readonly Result[];
}

/** The page `docs/interop.md`. */
export function page(
  { results, programs, suites, kill, foreigners, restarts, doors }: Findings,
  versions: ReadonlyMap<string, string>,
  date: string,
  own: boolean,
): string {
  const names = [...new Set(results.map((result) => result.from))];
  const pairs = results.filter(({ name }) => !isOwn(name));
  const rows = names.map((from) => {
    const cells = names.map((to) => cell(pairs.filter((r) => r.from === from && r.to === to)));
    return `| **${from}** ${versions.get(from) ?? ''} | ${cells.join(' | ')} |`;
  });
  const ran = new Set(pairs.map((result) => result.name));
  const cases = CASES.map(({ name }) => name).filter((name) => ran.has(name));
  const command = `npm run interop --${own ? ' --own' : ''} --write`;
  return [
    '# Interoperability',
    '',
    `Written by \`${command}\` on ${date}. Do not edit: run it again.`,
    '',
    'Real client libraries against this broker. Rows send, columns receive; a cell says how many',
    'cases passed. `ts` is the TypeScript API of this package. The cases (some only where both sides',
    'can say such a thing):',
    '',
    ...cases.map((name) => `- ${name}`),
    '',
    `| sends ╲ receives | ${names.join(' | ')} |`,
    `|---|${names.map(() => '---:|').join('')}`,
    ...rows,
    '',
    lastLine(count(pairs)),
    '',
    ...notableOf(pairs),
    ...ownPart(results.filter(({ name }) => isOwn(name))),
    ...programsPart(programs),
    ...killPart(kill),
    ...suitesPart(suites),
    ...foreignersPart(foreigners),
    ...doorsPart(doors),
    ...restartsPart(restarts),
  ].join('\n');
}
