// The examples, run as a reader would run them: a process each, no network.

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import test from 'ava';

const run = promisify(execFile);

/** What an example prints; it rejects if the example fails. */
async function linesOf(name: string, ...parameters: string[]): Promise<string[]> {
  const file = fileURLToPath(new URL(`${name}.js`, import.meta.url));
  const { stdout, stderr } = await run(process.execPath, [file, ...parameters]);
  if (stderr !== '') throw new Error(stderr);
  return stdout.trimEnd().split('\n');
}

for (const url of [[], ['vm://elsewhere']]) {
  test(`point-to-point ${url}`, async (t) => {
    t.deepEqual(await linesOf('point-to-point', ...url), [
      'sent: two coffees',
      'sent: one tea',
      'sent: a slice of cake',
      'received: two coffees for table 7',
      'received: one tea for table 7',
      'received: a slice of cake for table 7',
    ]);
  });

  test(`publish-subscribe ${url}`, async (t) => {
    const lines = await linesOf('publish-subscribe', ...url);
    for (const reader of ['Ann', 'Bob']) {
      t.deepEqual(
        lines.filter((line) => line.startsWith(reader)),
        ['rain in the morning', 'sun at noon', 'stars at night'].map(
          (headline) => `${reader} reads: ${headline}`,
        ),
      );
    }
    t.is(lines.length, 6);
  });
}

test('an example whose broker cannot be reached fails, and says why', async (t) => {
  const error = await t.throwsAsync(linesOf('point-to-point', 'smoke://signals'));
  t.regex(error?.message ?? '', /smoke:/);
});
