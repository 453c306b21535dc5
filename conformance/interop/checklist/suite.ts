/**
 * What Apache Qpid JMS needs of a broker, box by box: the programs in Java beside this file, all in one
 * process. Which box each check belongs to is in its name, and in `boxes.ts`.
 */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT_ROOT } from '../clients.ts';
import { install, java } from '../install.ts';
import type { JavaSuite } from '../java-suite.ts';

const HERE = join(PROJECT_ROOT, 'conformance', 'interop', 'checklist');
const GROUPS: readonly string[] = ['Connection', 'Link', 'Delivery', 'Subscription', 'Message'];
const CHECKS = GROUPS.map((name) => join(HERE, `${name}Checks.java`));

/** The names of all checks, in their order. */
export const CHECK_NAMES: readonly string[] = CHECKS.flatMap((file) =>
  [...readFileSync(file, 'utf8').matchAll(/checks\.put\(\s*"([^"]+)"/g)].map(
    ([, name = '']) => name,
  ),
);

export const CHECKLIST_SUITE: JavaSuite = {
  name: 'checklist',
  from: 'checklist',
  to: 'qpid-jms',
  mainClass: 'Checklist',
  tests: CHECK_NAMES.length,
  skips: [],
  install: () =>
    install(
      join(PROJECT_ROOT, '.cache', 'interop', 'checklist'),
      java({
        pom: join(PROJECT_ROOT, 'conformance', 'interop', 'drivers', 'qpid-jms.xml'),
        sources: [join(HERE, 'Checklist.java'), join(HERE, 'Bench.java'), ...CHECKS],
      }),
    ),
  settings: ({ urls: { amqp, http }, strict }) =>
    // Somebody else's broker has no such HTTP door.
    strict && amqp !== undefined && http !== undefined
      ? [`checklist.url=${amqp}`, `checklist.http=${http}`]
      : undefined,
};
