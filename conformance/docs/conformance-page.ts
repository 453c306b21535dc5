// Writes docs/conformance.md: which case of the suite passes over which Provider, by section. It is
// written from a run; a failing case stops it. A test compares the page with its own run; `npm run
// docs` brings it up to date.

import { fileURLToPath } from 'node:url';
import { read } from '../arch/repository.ts';
import { type Case, cases, type Result, runCase, type Subject, titleOf } from '../jms/index.ts';
import { PEER_RESULTS, type PeerRun, parsePeerResults } from '../jms/peer-results.ts';
import { openSubjects } from '../jms/subjects.ts';

const HEAD = `# Conformance: JMS

<!-- Generated from a run of the conformance suite by npm run docs -->

The behaviours of Jakarta Messaging 3.1 that \`conformance/jms\` checks, by section of its specification
(\`API\`: what this API adds), over each Provider. **✓** passes; **–** is unsupported: the provider declares
that it cannot do this, and the API refuses it by name. A case that fails does not get into this table.
*late*: whatever the provider says comes a turn of the event loop later, as over a network. *amqp1*, *stomp*: \`adapters/amqp1\` and \`adapters/stomp\` over sockets, to the doors of this package.
Columns with the name of a broker are what \`npm run interop\` found with it, on the date below; **✗** failed, and a
blank was not run.

The suite is data (\`angelia/conformance\`): \`cases\`, and \`runCase(case, subject)\` for any test runner.
`;

/** What became of each case, by provider. */
export type Results = ReadonlyMap<Subject, readonly Result[]>;

/** Returns the page for the results of a run. */
export function conformancePage(results: Results, peers: readonly PeerRun[]): string {
  const providers = [...results.keys()];
  let page = `${HEAD}\n| Provider | passed | unsupported |\n|---|---:|---:|\n`;
  for (const [{ name }, all] of results) {
    const passed = all.filter((result) => result === 'passed').length;
    page += `| ${name} | ${passed} | ${all.length - passed} |\n`;
  }
  for (const { title, date, verdicts } of peers) {
    const passed = [...verdicts.values()].filter(({ mark }) => mark === '✓').length;
    page += `| ${title} (${date}) | ${passed} | ${verdicts.size - passed} |\n`;
  }
  page += reasonsOf(peers);
  const names = [...providers.map(({ name }) => name), ...peers.map(({ title }) => title)];
  const columns = names.join(' | ');
  for (const [section, list] of bySection()) {
    page += `\n## ${section}\n\n`;
    page += `| Case | ${columns} |\n|---|${':-:|'.repeat(names.length)}\n`;
    for (const one of list) {
      const at = cases.indexOf(one);
      const marks = [...results.values()].map((all) => (all[at] === 'passed' ? '✓' : '–'));
      const theirs = peers.map(({ verdicts }) => verdicts.get(titleOf(one))?.mark ?? ' ');
      page += `| ${escaped(one.title)} | ${[...marks, ...theirs].join(' | ')} |\n`;
    }
  }
  return page;
}

/** Why brokers that are not ours do not pass, each reason once. */
function reasonsOf(peers: readonly PeerRun[]): string {
  let text = '';
  for (const { title, verdicts } of peers) {
    const counts = new Map<string, number>();
    for (const { reason } of verdicts.values()) {
      if (reason !== undefined) counts.set(reason, (counts.get(reason) ?? 0) + 1);
    }
    if (counts.size === 0) continue;
    text += `\n### Unsupported over ${title}\n\n`;
    for (const [reason, count] of counts) text += `- ${escaped(reason)} (${count})\n`;
  }
  return text;
}

/** Sections in the order of the specification; what is not of it comes last. */
function bySection(): [string, Case[]][] {
  const sections = new Map<string, Case[]>();
  for (const one of cases) {
    const list = sections.get(one.section) ?? [];
    list.push(one);
    sections.set(one.section, list);
  }
  return [...sections].sort(([a], [b]) => weight(a) - weight(b));
}

function weight(section: string): number {
  if (section === 'API') return Number.POSITIVE_INFINITY;
  return section.split('.').reduce((sum, part, at) => sum + Number(part) / 100 ** at, 0);
}

function escaped(text: string): string {
  return text
    .replaceAll('|', '\\|')
    .replaceAll('<', '&lt;')
    .replaceAll(/[\n\t]/g, ' ');
}

async function run(): Promise<Results> {
  const results = new Map<Subject, Result[]>();
  const { subjects, close } = await openSubjects();
  for (const subject of subjects) {
    const all: Result[] = [];
    for (const one of cases) all.push(await runCase(one, subject));
    results.set(subject, all);
  }
  await close();
  return results;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  process.stdout.write(conformancePage(await run(), parsePeerResults(read(PEER_RESULTS))));
}
