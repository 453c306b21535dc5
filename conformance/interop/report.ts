/**
 * How results are shown: a line for each as it comes, a dated page in Markdown, and the last line
 * that scripts read.
 */

import { CASES } from './cases.ts';
import type { Result } from './matrix.ts';

/** How many of each there were. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** One result as a line. */
export function lineOf({ from, to, name, status, reason, ms }: Result): string {
  const word = status === 'passed' ? 'ok' : status === 'failed' ? 'FAILED' : 'skipped';
  const tail = status === 'passed' ? ` (${ms} ms)` : `: ${reason}`;
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
  if (skipped > 0) return 'skipped';
  return failed === 0 ? `${passed}` : `${passed}, **${failed} failed**`;
}

/** The sums of each suite over each provider: `joram over qpid-jms`. */
export function sumsOf(suites: readonly Result[]): ReadonlyMap<string, Counts> {
  const names = new Set(suites.map(({ from, to }) => `${from} over ${to}`));
  const of = (name: string): Counts =>
    count(suites.filter(({ from, to }) => `${from} over ${to}` === name));
  return new Map([...names].map((name) => [name, of(name)]));
}

function suitesPart(suites: readonly Result[]): string[] {
  if (suites.length === 0) return [];
  const rows = [...sumsOf(suites)].map(
    ([name, { passed, failed, skipped }]) => `| ${name} | ${passed} | ${failed} | ${skipped} |`,
  );
  const notable = suites.filter(({ status }) => status !== 'passed').map(lineOf);
  return [
    '## Suites of other people',
    '',
    'Joram’s JMS tests, unchanged, over the TypeScript API (Java’s calls reach it through a bridge,',
    'see `conformance/bridge/`) and over Apache Qpid JMS against this broker. Those over `security` are',
    'programs of our own: real clients with passwords, SCRAM, certificates and TLS.',
    '',
    '| suite | passed | failed | skipped |',
    '|---|---:|---:|---:|',
    ...rows,
    ...(notable.length === 0 ? [] : ['', ...notable.map((line) => `- ${line}`)]),
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
  const rows = [...sumsOf(foreigners)].map(
    ([name, { passed, failed, skipped }]) => `| ${name} | ${passed} | ${failed} | ${skipped} |`,
  );
  const failures = foreigners.filter(({ status }) => status === 'failed').map(lineOf);
  return [
    '## Our adapters over other brokers',
    '',
    'The suite of `conformance/jms`, over the adapters of this package. What a broker cannot do is',
    'unsupported by name; the reasons, and each case, are in [conformance.md](conformance.md).',
    '',
    '| suite | passed | failed | unsupported |',
    '|---|---:|---:|---:|',
    ...rows,
    ...(failures.length === 0 ? [] : ['', ...failures.map((line) => `- ${line}`)]),
    '',
  ];
}

/** The page `docs/interop.md`. */
export function page(
  results: readonly Result[],
  programs: readonly Result[],
  suites: readonly Result[],
  foreigners: readonly Result[],
  versions: ReadonlyMap<string, string>,
  date: string,
): string {
  const names = [...new Set(results.map((result) => result.from))];
  const rows = names.map((from) => {
    const cells = names.map((to) => cell(results.filter((r) => r.from === from && r.to === to)));
    return `| **${from}** ${versions.get(from) ?? ''} | ${cells.join(' | ')} |`;
  });
  const ran = new Set(results.map((result) => result.name));
  const cases = CASES.map(({ name }) => name).filter((name) => ran.has(name));
  const failures = results.filter((result) => result.status === 'failed').map(lineOf);
  const skips = results.filter((result) => result.status === 'skipped');
  const reasons = new Set(skips.map((result) => `skipped, ${result.reason}`));
  const notable = [...failures, ...reasons];
  return [
    '# Interoperability',
    '',
    `Written by \`npm run interop -- --write\` on ${date}. Do not edit: run it again.`,
    '',
    'Real client libraries against this broker. Rows send, columns receive; a cell says how many',
    'cases passed. `ts` is the TypeScript API of this package. The cases (`map` and `amqp-types`',
    'only where both sides can say such a thing):',
    '',
    ...cases.map((name) => `- ${name}`),
    '',
    `| sends ╲ receives | ${names.join(' | ')} |`,
    `|---|${names.map(() => '---:|').join('')}`,
    ...rows,
    '',
    lastLine(count(results)),
    ...(notable.length === 0 ? [] : ['', ...notable.map((line) => `- ${line}`)]),
    '',
    ...programsPart(programs),
    ...suitesPart(suites),
    ...foreignersPart(foreigners),
  ].join('\n');
}
