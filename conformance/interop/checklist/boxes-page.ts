// Writes docs/amqp-jms-checklist.md: each box, and the checks with the real client that show it. `npm run
// docs` brings the page up to date; a test compares the two.

import { fileURLToPath } from 'node:url';
import { BOXES } from './boxes.ts';
import { CHECK_NAMES } from './suite.ts';

const HEAD = `# What Apache Qpid JMS needs

<!-- Generated from conformance/interop/checklist by npm run docs -->

What the JMS client for AMQP 1.0 needs of a broker, and the checks that do it with the real client against
the started server: \`npm run interop -- --suite checklist\`. Joram's 196 JMS tests run over the same client
as well, see [interop.md](interop.md).
`;

/** The checks of a box. */
export function checksOf(box: string): readonly string[] {
  return CHECK_NAMES.filter((name) => name.startsWith(`${box} `));
}

/** Returns the whole page. */
export function boxesPage(): string {
  const rows = BOXES.map(([box, need, otherwise]) => {
    const checks = checksOf(box).map((name) => name.slice(box.length + 1));
    const shown = checks.length > 0 ? checks.join('; ') : `– ${otherwise}`;
    return `| ${box} | ${need} | ${shown} |\n`;
  });
  const shown = BOXES.filter(([box]) => checksOf(box).length > 0).length;
  const sum = `${shown} of ${BOXES.length} boxes have a check with the client, ${CHECK_NAMES.length} checks in all.`;
  return `${HEAD}\n${sum}\n\n| Box | What is needed | Checks |\n|---|---|---|\n${rows.join('')}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.stdout.write(boxesPage());
