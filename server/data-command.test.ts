import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { FileJournal, nodeHost } from '#broker';
import { journalDirectory } from './data-command.ts';
import { DataLock } from './data-lock.ts';

const MAIN = fileURLToPath(new URL('./main.js', import.meta.url));
const SEGMENT = 65_536;

function directory(t: ExecutionContext): string {
  const path = mkdtempSync(join(tmpdir(), 'angelia-data-'));
  t.teardown(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

interface Ended {
  readonly stdout: string;
  readonly stderr: string;
  readonly status: number;
}

function data(t: ExecutionContext, args: readonly string[], input = ''): Promise<Ended> {
  const options = { cwd: directory(t), maxBuffer: 2 ** 26 };
  return new Promise((done) => {
    const child = execFile(
      process.execPath,
      [MAIN, 'data', ...args],
      options,
      (error, stdout, stderr) => {
        done({ stdout, stderr, status: error === null ? 0 : Number(error.code) });
      },
    );
    child.stdin?.on('error', () => {});
    child.stdin?.end(input);
  });
}

/** A journal with messages, of which every third is settled. */
async function filled(t: ExecutionContext, count = 300): Promise<string> {
  const path = directory(t);
  const options = { directory: journalDirectory(path), segmentBytes: SEGMENT };
  const journal = new FileJournal(nodeHost(), options);
  journal.replay(() => {});
  await journal.ready();
  for (let index = 0; index < count; index++) {
    const number = journal.append(1, true, Buffer.from(`head ${index}`), Buffer.alloc(900, index));
    if (index % 3 !== 0) continue;
    journal.append(2, false, Buffer.from(`settled ${number}`));
    journal.discard(number);
  }
  journal.sync();
  await journal.close();
  return path;
}

function replayed(path: string): string[] {
  const options = { directory: journalDirectory(path), segmentBytes: SEGMENT };
  const seen: string[] = [];
  new FileJournal(nodeHost(), options).replay((number, kind, head, kept) => {
    seen.push(`${number} ${kind} ${head} ${kept}`);
  });
  return seen;
}

test('verify counts what is there, and print lists it', async (t) => {
  const path = await filled(t);
  const verified = await data(t, ['verify', '--data', path]);
  t.is(verified.status, 0);
  t.regex(verified.stdout, /^journal [0-9a-f]{16}: 400 records in \d segments, 0 damages\n$/);
  const printed = (await data(t, ['print', '--data', path, '--limit', '2'])).stdout;
  t.is(
    printed,
    '1\tkind 1\tkept\thead 6\tbody 900\thead 0\n2\tkind 2\ttells\thead 9\tbody 0\tsettled 1\n',
  );
});

test('what was exported and imported is the same journal', async (t) => {
  const path = await filled(t);
  const exported = await data(t, ['export', '--data', path]);
  t.is(exported.status, 0);
  t.is(exported.stdout.split('\n').length, 401);
  const to = directory(t);
  const imported = await data(t, ['import', '--data', to], exported.stdout);
  t.is(imported.status, 0, imported.stderr);
  t.deepEqual(replayed(to), replayed(path));
  t.is((await data(t, ['export', '--data', to])).stdout, exported.stdout);
  const again = await data(t, ['import', '--data', to], exported.stdout);
  t.is(again.status, 1);
  t.regex(again.stderr, /holds a journal already/);
});

test('damage is listed, and all around it is salvaged', async (t) => {
  const path = await filled(t);
  const file = join(journalDirectory(path), 'segment-000002.journal');
  const bytes = readFileSync(file);
  bytes[30_000] = (bytes[30_000] ?? 0) ^ 1;
  writeFileSync(file, bytes);
  const verified = await data(t, ['verify', '--data', path]);
  t.is(verified.status, 1);
  t.regex(verified.stderr, /damaged: segment-000002.journal at offset \d+: the body of record \d+/);
  const to = join(directory(t), 'new');
  const salvaged = await data(t, ['salvage', '--data', path, '--to', to]);
  t.is(salvaged.status, 0, salvaged.stderr);
  t.regex(salvaged.stdout, /399 records written/);
  t.is(replayed(to).length, 399);
  t.is((await data(t, ['verify', '--data', to])).status, 0);
  bytes.fill(0, 0, 40_000);
  writeFileSync(file, bytes);
  const worse = await data(t, ['salvage', '--data', path, '--to', join(directory(t), 'newer')]);
  t.is(worse.status, 0, worse.stderr);
  t.regex(worse.stderr, /generation 2 is missing/);
});

test('what cannot be done is told in one line', async (t) => {
  const nothing = await data(t, ['verify', '--data', 'nowhere']);
  t.is(nothing.status, 1);
  t.is(nothing.stderr, 'angelia: there is no journal in nowhere\n');
  const bad = await data(t, ['import', '--data', directory(t)], '{"number":1}\nhello\n');
  t.is(bad.status, 1);
  t.regex(
    bad.stderr,
    /^angelia: line 1: kind must be an integer from 0 to 255, and is undefined\n$/,
  );
  const to = join(directory(t), 'new');
  const missing = await data(t, ['salvage', '--data', 'nowhere', '--to', to]);
  t.is(missing.stderr, 'angelia: there is no journal in nowhere\n');
  t.false(existsSync(to));
  const path = await filled(t, 3);
  const limited = await data(t, ['print', '--data', path, '--limit', 'few']);
  t.is(limited.status, 2);
  t.regex(limited.stderr, /--limit must be a number from 0, and is 'few'/);
  const lock = await DataLock.take(path);
  const { stderr } = await data(t, ['verify', '--data', path]);
  t.regex(stderr, new RegExp(`in use by process ${process.pid}`));
  await lock.release();
  t.false(existsSync(join(path, 'angelia.lock')));
});
