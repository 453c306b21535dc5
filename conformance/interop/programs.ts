/**
 * Runs the example programs of the documentation against the server under test, over each of its doors
 * that the JMS API of this package reaches: the same program, another URL.
 */

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Result } from './matrix.ts';
import type { Broker } from './server.ts';

const EXAMPLES = join(import.meta.dirname, '..', '..', 'docs', 'examples');
/** A program that hangs, or does not end when it is done, is killed. */
const RUN_MS_MAX = 30_000;
const DOORS: readonly string[] = ['amqp'];

/** Each program, and what it must print, in any order where readers run beside each other. */
const PROGRAMS: Readonly<Record<string, readonly string[]>> = {
  'point-to-point': [
    'sent: two coffees',
    'sent: one tea',
    'sent: a slice of cake',
    'received: two coffees for table 7',
    'received: one tea for table 7',
    'received: a slice of cake for table 7',
  ],
  'publish-subscribe': ['Ann', 'Bob'].flatMap((reader) =>
    ['rain in the morning', 'sun at noon', 'stars at night'].map(
      (headline) => `${reader} reads: ${headline}`,
    ),
  ),
};

/** Runs each program over each door that the broker has. */
export async function* runPrograms(broker: Broker): AsyncGenerator<Result> {
  for (const door of DOORS) {
    const url = broker.urls[door];
    for (const [name, lines] of Object.entries(PROGRAMS)) {
      const about = { from: 'docs/examples', to: door, name };
      if (url === undefined) {
        yield { ...about, status: 'skipped', reason: `this broker has no ${door} door` };
      } else {
        yield { ...about, ...(await run(name, url, lines)) };
      }
    }
  }
}

async function run(
  name: string,
  url: string,
  expected: readonly string[],
): Promise<Pick<Result, 'status' | 'reason' | 'ms'>> {
  const startedAt = Date.now();
  const program = [join(EXAMPLES, `${name}.js`), url];
  try {
    const { stdout } = await promisify(execFile)(process.execPath, program, {
      timeout: RUN_MS_MAX,
    });
    const printed = stdout.trimEnd().split('\n');
    const ms = Date.now() - startedAt;
    if (printed.toSorted().join('\n') === expected.toSorted().join('\n')) {
      return { status: 'passed', ms };
    }
    return { status: 'failed', reason: `it printed: ${printed.join('; ')}`, ms };
  } catch (error) {
    const { message, killed } = error as Error & { killed?: boolean };
    const reason = killed === true ? `it did not end within ${RUN_MS_MAX / 1000} s` : message;
    return { status: 'failed', reason };
  }
}
