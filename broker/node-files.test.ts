import { chmodSync, mkdtempSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { nodeHost } from './host.ts';
import { FileJournal, JournalError } from './journal/index.ts';
import { nodeFiles } from './node-files.ts';

// The journal on a real disk: what the simulation cannot say of the system's own files.

function directory(t: ExecutionContext): string {
  const path = mkdtempSync(join(tmpdir(), 'angelia-files-'));
  t.teardown(() => {
    chmodSync(path, 0o700);
    rmSync(path, { recursive: true, force: true });
  });
  return path;
}

function durable(journal: FileJournal, number: number): Promise<void> {
  return new Promise((done, failed) => {
    journal.onFailed = failed;
    journal.onDurable = () => {
      if (journal.durable >= number) done();
    };
    journal.sync();
  });
}

test('what was confirmed is there for the next process, without a goodbye', async (t) => {
  const options = { directory: join(directory(t), 'deep', 'journal'), segmentBytes: 2 ** 18 };
  const journal = new FileJournal(nodeHost(), options);
  journal.replay(() => {});
  await journal.ready();
  const numbers: number[] = [];
  for (let round = 0; round < 30; round++) {
    let last = 0;
    for (let index = 0; index < 40; index++) {
      last = journal.append(1, true, Buffer.from(`${round}/${index}`), Buffer.alloc(900, round));
      numbers.push(last);
    }
    if (round === 20)
      last = journal.append(1, true, Buffer.from('large'), Buffer.alloc(2 ** 19, 7));
    await durable(journal, last);
  }
  const again = new FileJournal(nodeHost(), options);
  const seen: number[] = [];
  const heads: string[] = [];
  again.replay((number, _kind, head) => {
    seen.push(number);
    heads.push(String(head));
  });
  t.is(seen.length, numbers.length + 1);
  t.true(heads.includes('large'));
  t.deepEqual(
    again.readMany(numbers).map((body) => body[0]),
    numbers.map((_, at) => Math.floor(at / 40)),
  );
  await again.ready();
  await again.close();
  await journal.close();
});

test.serial(
  'a journal that is closed is complete, and opens no more handles than it closes',
  async (t) => {
    const options = { directory: directory(t), segmentBytes: 2 ** 16 };
    // Other tests of this process open files as well: only those of the journal count.
    const handles = () => (process.platform === 'linux' ? handlesIn(options.directory) : 0);
    for (let round = 0; round < 3; round++) {
      const journal = new FileJournal(nodeHost(), options);
      t.is(journal.replay(() => {}).kept, round * 200);
      for (let index = 0; index < 200; index++) {
        journal.append(1, true, Buffer.from('head'), Buffer.alloc(900));
      }
      await journal.close();
    }
    t.is(handles(), 0);
  },
);

test('a directory that cannot be used is told at once', async (t) => {
  const path = directory(t);
  writeFileSync(join(path, 'file'), '');
  const notOne = { directory: join(path, 'file'), segmentBytes: 2 ** 16 };
  t.throws(() => new FileJournal(nodeHost(), notOne), {
    instanceOf: JournalError,
    message: /cannot be used: ENOTDIR/,
  });
  const files = { ...nodeFiles, freeBytes: () => 1000 };
  const options = { directory: join(path, 'new'), segmentBytes: 2 ** 16 };
  const journal = new FileJournal({ ...nodeHost(), files }, { ...options, freeBytesMin: 2000 });
  journal.replay(() => {});
  t.is(files.freeBytes(), 1000);
  await journal.close();
});

/** How many open files of this process lie in a directory. */
function handlesIn(path: string): number {
  const targets = readdirSync('/proc/self/fd').map((name) => {
    try {
      return readlinkSync(`/proc/self/fd/${name}`);
    } catch {
      return '';
    }
  });
  return targets.filter((target) => target.startsWith(path)).length;
}
