// Writes docs/amqp-musts.md: every demand of the specification, the test that shows it, and whether
// there is such a test. `npm run docs` brings the page up to date; a test compares the two.

import { fileURLToPath } from 'node:url';
import { files, read } from '../arch/repository.ts';
import { MUSTS, type Must } from './musts.ts';

const HEAD = `# What AMQP 1.0 demands

<!-- Generated from conformance/amqp1/musts.ts by npm run docs -->

Each demand of the OASIS specification in short words, by its section, and the title of the test of
raw frames that shows it. \`…\` stands for what a row of the test's table says.
`;

/** Where a test's title was found. */
export interface Proof {
  readonly must: Must;
  /** Undefined: there is no such test. */
  readonly title: string | undefined;
}

/** Looks up the test of each demand. */
export function proofs(): Proof[] {
  const titles = files()
    .filter((file) => /^gateway\/amqp1\/.*\.test\.ts$/.test(file))
    .flatMap((file) => titlesOf(read(file)));
  return MUSTS.map((must) => {
    const { test } = must;
    return { must, title: test && titles.find((title) => title.includes(test)) };
  });
}

/** Returns the whole page. */
export function mustsPage(): string {
  const rows = proofs();
  const tested = rows.filter(({ title }) => title !== undefined).length;
  let page = `${HEAD}\n${tested} of ${rows.length} have a test.\n`;
  page += '\n| Section | Demand | Test | |\n|---|---|---|---|\n';
  for (const { must, title } of rows) {
    const shown = title?.replaceAll(/\$\{[^}]*\}/g, '…').replaceAll('|', '\\|');
    const status = title === undefined ? '–' : 'ok';
    page += `| ${must.section} | ${must.demand} | ${shown ?? must.reason ?? 'none'} | ${status} |\n`;
  }
  return page;
}

/** Titles of tests, and the first cells of the tables that tests are made of. */
function titlesOf(text: string): string[] {
  return [...text.matchAll(/(?:test\(\s*|^\s*\[\s*)(['`])((?:(?!\1)[\s\S])*)\1/gm)].map(
    ([, , title = '']) => title,
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.stdout.write(mustsPage());
