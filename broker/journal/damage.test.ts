// What a data directory may look like that is not as it was left: each is told from the others,
// and nothing on the disk is changed.

import test from 'ava';
import { ManualHost } from '../manual-host.ts';
import { FileJournal } from './file-journal.ts';
import { BATCH_HEAD, SEGMENT_START } from './frame.ts';
import { JournalError, type JournalErrorCode } from './journal.ts';
import { SimulatedFiles } from './simulated-files.ts';

const SEGMENT = 4096;
const options = { directory: 'data', segmentBytes: SEGMENT };
const first = 'data/segment-000001.journal';

function written(records = 9): SimulatedFiles {
  const files = new SimulatedFiles();
  const host = new ManualHost(files);
  const journal = new FileJournal(host, options);
  journal.replay(() => {});
  host.settle();
  for (let index = 0; index < records; index++) {
    journal.append(1, true, Buffer.from(`head ${index}`), Buffer.alloc(700, index));
    journal.sync();
    host.settle();
  }
  host.advance(100);
  files.kill();
  return files;
}

function numbersIn(files: SimulatedFiles): number[] {
  const numbers: number[] = [];
  new FileJournal(new ManualHost(files), options).replay((number) => {
    numbers.push(number);
  });
  return numbers;
}

function snapshot(files: SimulatedFiles): string[] {
  return files
    .list('data')
    .sort()
    .map((name) => `${name} ${files.bytesOf(`data/${name}`).toString('base64')}`);
}

interface Damage {
  readonly title: string;
  readonly code: JournalErrorCode;
  readonly says: RegExp;
  do(files: SimulatedFiles): void;
}

function turn(files: SimulatedFiles, path: string, offset: number): void {
  const bytes = files.bytesOf(path);
  bytes[offset] = (bytes[offset] ?? 0) ^ 1;
}

const damages: readonly Damage[] = [
  {
    title: 'a bit of a record’s head',
    code: 'damaged',
    says: /segment-000001.journal is damaged at offset 1\d\d\d: .*salvage/,
    do: (files) => turn(files, first, SEGMENT_START + BATCH_HEAD * 3 + 730 + 12),
  },
  {
    title: 'a bit of a batch head',
    code: 'damaged',
    says: /segment-000001.journal is damaged at offset 560: .*salvage/,
    do: (files) => turn(files, first, SEGMENT_START + BATCH_HEAD + 20),
  },
  {
    title: 'a first batch head in the middle of the log',
    code: 'damaged',
    says: /segment-000002.journal is damaged at offset 512: its first batch head is unreadable/,
    do: (files) => {
      const path = 'data/segment-000002.journal';
      turn(files, path, SEGMENT_START + 20);
    },
  },
  {
    title: 'a first batch head in the last segment',
    code: 'damaged',
    says: /segment-000003.journal is damaged at offset 512: its first batch head is unreadable/,
    do: (files) => turn(files, 'data/segment-000003.journal', SEGMENT_START + 20),
  },
  {
    title: 'a page of zeros',
    code: 'damaged',
    says: /segment-000002.journal is damaged at offset/,
    do: (files) => {
      files.bytesOf('data/segment-000002.journal').fill(0, 1024, 2048);
    },
  },
  {
    title: 'the head of a segment that is needed',
    code: 'damaged',
    says: /head is unreadable/,
    do: (files) => turn(files, 'data/segment-000002.journal', 20),
  },
  {
    title: 'the head of the last segment',
    code: 'damaged',
    says: /head is unreadable/,
    do: (files) => turn(files, 'data/segment-000003.journal', 20),
  },
  {
    title: 'a missing segment',
    code: 'damaged',
    says: /follows generation 2, which is not there: its file is missing/,
    do: (files) => files.lose('data/segment-000002.journal'),
  },
  {
    title: 'a missing first segment',
    code: 'damaged',
    says: /follows generation 1, which is not there: its file is missing/,
    do: (files) => files.lose(first),
  },
  {
    title: 'two swapped segments',
    code: 'damaged',
    says: /was written as segment-00000\d.journal: files were swapped/,
    do: (files) => {
      const one = Buffer.from(files.bytesOf(first));
      files.put(first, files.bytesOf('data/segment-000002.journal'));
      files.put('data/segment-000002.journal', one);
    },
  },
  {
    title: 'a truncated segment',
    code: 'damaged',
    says: /it has 2000 bytes instead of 4096/,
    do: (files) => files.put(first, files.bytesOf(first).subarray(0, 2000)),
  },
  {
    title: 'a segment of another journal',
    code: 'foreign',
    says: /is of journal [0-9a-f]{16}, the files before it of/,
    do: (files) => {
      const others = new SimulatedFiles();
      others.lives = 5;
      const host = new ManualHost(others);
      const journal = new FileJournal(host, options);
      journal.replay(() => {});
      host.settle();
      files.put('data/segment-000002.journal', others.bytesOf('data/segment-000002.journal'));
      files.put('data/segment-000002.journal', others.bytesOf(first));
    },
  },
  {
    title: 'a newer format',
    code: 'foreign',
    says: /has format 2, and this version reads 1/,
    do: (files) => {
      const bytes = files.bytesOf(first);
      bytes.writeUInt16BE(2, 12);
      bytes.writeUInt32BE(new ManualHost().crc32(bytes.subarray(12, 64), 0), 8);
    },
  },
  {
    title: 'a directory of something else',
    code: 'foreign',
    says: /is not a journal: it holds holiday.jpg/,
    do: (files) => {
      for (const name of files.list('data')) files.lose(`data/${name}`);
      files.put('data/holiday.jpg', Buffer.from('sun'));
    },
  },
  {
    title: 'files that cannot be opened',
    code: 'unusable',
    says: /cannot be used: EIO/,
    do: (files) => {
      files.failAt = files.operations + 2;
      files.failOn = true;
    },
  },
];

for (const damage of damages) {
  test(`${damage.title}: one clear error, and nothing is changed`, (t) => {
    const files = written();
    t.is(numbersIn(files).length, 9);
    files.kill();
    damage.do(files);
    const before = files.failOn ? [] : snapshot(files);
    const error = t.throws(() => numbersIn(files), { instanceOf: JournalError });
    t.is(error?.code, damage.code);
    t.regex(error?.message ?? '', damage.says);
    files.kill();
    if (before.length > 0) t.deepEqual(snapshot(files), before);
  });
}

test('a bit that a read turned once is read again', (t) => {
  const files = written();
  files.flipAt = { path: first, offset: SEGMENT_START + BATCH_HEAD + 60, lasting: false };
  t.is(numbersIn(files).length, 9);
  t.falsy(files.flipAt);
});

test('a body that is damaged is told when it is read, and not before', (t) => {
  const files = written();
  files.bytesOf(first).fill(0xee, 900, 910);
  const host = new ManualHost(files);
  const journal = new FileJournal(host, options);
  const numbers: number[] = [];
  journal.replay((number) => {
    numbers.push(number);
  });
  const [damaged = 0, ...sound] = numbers;
  t.throws(() => journal.read(damaged), { instanceOf: JournalError, message: /record 1 is not/ });
  t.throws(() => journal.readMany(numbers), { instanceOf: JournalError });
  t.is(journal.readMany(sound).length, 8);
});

test('what is unreadable at the end was never confirmed: it is cut off', (t) => {
  for (let offset = 0; offset < 700; offset += 7) {
    const files = written(2);
    const host = new ManualHost(files);
    const journal = new FileJournal(host, options);
    journal.replay(() => {});
    host.settle();
    const at = files.bytesOf(first).indexOf(Buffer.from('head 1'));
    journal.append(1, true, Buffer.from('torn'), Buffer.alloc(700, 0xaa));
    journal.append(1, true, Buffer.from('after'), Buffer.alloc(7, 0xbb));
    journal.sync();
    files.kill();
    t.true(at > 0);
    const start = files.bytesOf(first).indexOf(Buffer.from('torn'));
    files.bytesOf(first)[start + offset] = 0x55;
    t.is(numbersIn(files).length, 2, `offset ${offset}`);
  }
});

test('what follows a cut is not taken for what was written since', (t) => {
  const files = written(1);
  const lengths = [100, 200, 300, 200];
  for (let round = 0; round < 4; round++) {
    const host = new ManualHost(files);
    const journal = new FileJournal(host, options);
    journal.replay(() => {});
    host.settle();
    for (const length of lengths) journal.append(1, true, Buffer.from('x'), Buffer.alloc(length));
    journal.sync();
    files.kill();
    // The second of them is torn; those after it are whole, and must never come back.
    const bytes = files.bytesOf(first);
    const torn = bytes.lastIndexOf(Buffer.from('x\0\0\0'));
    t.true(torn > 0);
    let at = torn;
    for (let back = 0; back < 2; back++) at = bytes.lastIndexOf(Buffer.from('x\0\0\0'), at - 1);
    bytes[at] = 0x79;
    t.is(numbersIn(files).length, 2 + round);
  }
});
