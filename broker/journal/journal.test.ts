// The contract of the port, for memory and file alike; what only a lasting journal does is below.

import test from 'ava';
import { ManualHost } from '../manual-host.ts';
import { FileJournal } from './file-journal.ts';
import { type Journal, JournalError } from './journal.ts';
import { MemoryJournal } from './memory-journal.ts';
import { SimulatedFiles } from './simulated-files.ts';

const SEGMENT = 8192;
const head = Buffer.from('head');

function opened(files: SimulatedFiles = new SimulatedFiles(), directory = 'data') {
  const host = new ManualHost(files);
  const journal = new FileJournal(host, { directory, segmentBytes: SEGMENT });
  const seen: string[] = [];
  const report = journal.replay((number, kind, said, kept, copied) => {
    seen.push(`${number} ${kind} ${said}${kept ? ' kept' : ''}${copied ? ' copied' : ''}`);
  });
  host.settle();
  return { host, journal, files, seen, report };
}

const makers: readonly [string, () => { host: ManualHost; journal: Journal }][] = [
  ['memory', () => ({ host: new ManualHost(), journal: new MemoryJournal() })],
  ['file', () => opened()],
];

for (const [name, make] of makers) {
  test(`${name}: numbers grow by one, and are durable after a sync`, (t) => {
    const { host, journal } = make();
    let told = 0;
    journal.onDurable = () => {
      told = journal.durable;
    };
    const first = journal.append(1, true, head, Buffer.from('body'));
    t.is(journal.append(2, false, head), first + 1);
    t.true(journal.durable < first);
    journal.sync();
    host.settle();
    t.is(journal.durable, first + 1);
    t.is(told, first + 1);
    journal.sync();
    host.settle();
    t.is(journal.durable, first + 1);
  });

  test(`${name}: a group is confirmed by its last number`, (t) => {
    const { host, journal } = make();
    let last = 0;
    journal.atomic(() => {
      journal.append(1, true, head);
      last = journal.append(1, true, head);
    });
    journal.atomic(() => {});
    journal.sync();
    host.settle();
    t.is(journal.durable, last);
    t.true(journal.room());
  });

  test(`${name}: closes`, async (t) => {
    const { host, journal } = make();
    journal.append(1, true, head);
    const closed = journal.close();
    host.settle();
    await closed;
    t.pass();
  });
}

test('a body is read from the buffer, from a write in flight, and from the file', (t) => {
  const { host, journal } = opened();
  const number = journal.append(1, true, head, Buffer.from('the body'));
  t.is(String(journal.read(number)), 'the body');
  journal.sync();
  t.is(String(journal.read(number)), 'the body');
  host.settle();
  t.is(String(journal.read(number)), 'the body');
  t.is(journal.bodyLength(number), 8);
  const empty = journal.append(1, true, head);
  t.is(journal.read(empty).length, 0);
});

test('many bodies come in the order asked for, in few reads', (t) => {
  const { host, journal, files } = opened();
  const numbers: number[] = [];
  for (let index = 0; index < 20; index++) {
    numbers.push(journal.append(1, true, head, Buffer.from(`body ${index}`)));
    journal.sync();
    host.settle();
  }
  files.trace = [];
  const wanted = numbers.toReversed();
  t.deepEqual(
    journal.readMany(wanted).map(String),
    wanted.map((_, at) => `body ${19 - at}`),
  );
  t.is(files.trace.filter((what) => what.startsWith('read')).length, 1);
});

test('what was not discarded is replayed in order, with what was said of it', (t) => {
  const { host, journal, files } = opened();
  const first = journal.append(7, true, Buffer.from('one'), Buffer.from('x'));
  journal.append(8, false, Buffer.from('two'));
  journal.append(9, true, Buffer.from('three'));
  journal.discard(first);
  t.false(journal.has(first));
  journal.sync();
  host.settle();
  files.kill();
  const again = opened(files);
  t.deepEqual(again.seen, ['1 7 one kept', '2 8 two', '3 9 three kept']);
  t.is(again.report.records, 3);
  t.true(again.journal.append(1, true, head) > 3);
  t.is(again.journal.id, journal.id);
});

test('a group that was not finished is not replayed, though a part of it was safe', (t) => {
  const { host, journal, files } = opened();
  journal.append(1, true, Buffer.from('before'));
  journal.sync();
  host.settle();
  journal.atomic(() => {
    for (let index = 0; index < 4; index++) journal.append(1, true, head, Buffer.alloc(3000));
  });
  journal.sync();
  // The first of two segments is written, and the second is not.
  files.failAt = files.operations + 2;
  files.failOn = true;
  host.settle();
  t.true(journal.statistics.failed);
  files.kill();
  const again = opened(files);
  t.deepEqual(again.seen, ['1 1 before kept']);
  t.true(again.report.droppedOfGroup > 0);
  again.journal.append(1, true, Buffer.from('after'));
  again.journal.sync();
  again.host.settle();
  files.kill();
  const third = opened(files);
  t.deepEqual(
    third.seen.map((line) => line.split(' ')[2]),
    ['before', 'after'],
  );
});

test('a group in a group is a broken invariant, and so is a discard of what is not kept', (t) => {
  const { journal } = opened();
  t.throws(() => journal.atomic(() => journal.atomic(() => {})), { name: 'InvariantError' });
  const number = journal.append(1, false, head);
  t.throws(() => journal.discard(number), { name: 'InvariantError' });
});

test('one record that is never discarded does not pin what came after it', (t) => {
  const { host, journal } = opened();
  const old = journal.append(1, true, Buffer.from('old'), Buffer.from('precious'));
  journal.carry = (number, kind) => {
    t.is(number, old);
    t.is(kind, 1);
    return Buffer.from('old, and said anew');
  };
  for (let round = 0; round < 200; round++) {
    const number = journal.append(1, true, head, Buffer.alloc(1500));
    journal.append(2, false, head);
    journal.discard(number);
    journal.sync();
    host.settle();
  }
  t.true(journal.statistics.segments <= 7, `${journal.statistics.segments} segments`);
  t.true(journal.statistics.carriedBytes > 0);
  t.true(journal.statistics.preallocatedBytes <= 12 * SEGMENT);
  t.is(String(journal.read(old)), 'precious');
});

test('a copied record replaces the one that it is a copy of', (t) => {
  const files = new SimulatedFiles();
  const { host, journal } = opened(files);
  const old = journal.append(1, true, Buffer.from('old'), Buffer.from('precious'));
  journal.carry = () => Buffer.from('new');
  while (journal.statistics.carriedBytes === 0) {
    const number = journal.append(2, true, head, Buffer.alloc(1500));
    journal.append(3, false, head);
    journal.discard(number);
    journal.sync();
    host.settle();
  }
  files.kill();
  const again = opened(files);
  t.true(again.seen.includes(`${old} 1 new kept copied`));
  t.is(String(again.journal.read(old)), 'precious');
});

test('a full disk refuses, serves settlements, and takes again by itself', (t) => {
  const files = new SimulatedFiles();
  files.capacity = 6 * SEGMENT;
  const { host, journal } = opened(files);
  const kept: number[] = [];
  while (journal.room()) {
    kept.push(journal.append(1, true, head, Buffer.alloc(900)));
    journal.sync();
    host.settle();
    t.true(kept.length < 100);
  }
  t.true(journal.statistics.full);
  t.true(kept.length > 20);
  for (const number of kept) {
    const told = journal.append(2, false, head);
    journal.discard(number);
    journal.sync();
    host.settle();
    t.is(journal.durable, told);
  }
  host.advance(1100);
  t.true(journal.room());
  t.false(journal.statistics.failed);
});

test('space that is to stay free stays free', (t) => {
  const files = new SimulatedFiles();
  files.capacity = 10 * SEGMENT;
  const host = new ManualHost(files);
  const directory = 'data';
  const sizes = { segmentBytes: SEGMENT, freeBytesMin: 4 * SEGMENT };
  const journal = new FileJournal(host, { directory, ...sizes });
  journal.replay(() => {});
  host.settle();
  while (journal.room()) {
    journal.append(1, true, head, Buffer.alloc(900));
    journal.sync();
    host.settle();
  }
  t.is(files.freeBytes(directory), 4 * SEGMENT);
});

test('a failed write is told once, and nothing more is confirmed', (t) => {
  const { host, journal, files } = opened();
  const errors: string[] = [];
  journal.onFailed = (error) => errors.push(error.message);
  const before = journal.append(1, true, head);
  journal.sync();
  host.settle();
  files.failAt = files.operations + 1;
  const number = journal.append(1, true, head);
  journal.sync();
  host.settle();
  const later = journal.append(1, true, head);
  journal.discard(later);
  journal.sync();
  host.settle();
  t.is(errors.length, 1);
  t.is(journal.durable, before);
  t.true(number > before && later > number);
  t.throws(() => journal.read(later), { instanceOf: JournalError, message: /EIO/ });
});

test('a lone batch is followed by a head that says it is safe, when the journal falls idle', (t) => {
  const { host, journal, files } = opened();
  journal.append(1, true, head);
  journal.sync();
  host.settle();
  const written = journal.statistics.bytesWritten;
  host.advance(1000);
  t.is(journal.statistics.bytesWritten, written + 48);
  const { operations } = files;
  host.advance(10_000);
  t.is(files.operations, operations);
});

test('synced now and then, it confirms what is written, and syncs in time', (t) => {
  const files = new SimulatedFiles();
  const host = new ManualHost(files);
  const options = { directory: 'data', segmentBytes: SEGMENT, syncEveryMs: 100 };
  const journal = new FileJournal(host, options);
  journal.replay(() => {});
  host.settle();
  files.trace = [];
  const number = journal.append(1, true, head);
  journal.sync();
  host.settle();
  t.is(journal.durable, number);
  t.false(files.trace.some((what) => what.startsWith('sync')));
  host.advance(100);
  t.true(files.trace.some((what) => what.startsWith('sync')));
});

test('a replay reads heads, not bodies', (t) => {
  const files = new SimulatedFiles();
  const host = new ManualHost(files);
  const options = { directory: 'data', segmentBytes: 2 ** 22 };
  const journal = new FileJournal(host, options);
  journal.replay(() => {});
  host.settle();
  for (let index = 0; index < 24; index++) {
    journal.append(1, true, head, Buffer.alloc(2 ** 19));
    journal.sync();
    host.settle();
  }
  host.advance(100);
  files.kill();
  const again = new FileJournal(new ManualHost(files), options);
  const { kept, bytesRead, segments } = again.replay(() => {});
  t.is(kept, 24);
  // The last segment is searched whole; of the others there are heads.
  t.true(segments > 3);
  t.true(bytesRead < 2 ** 22 + 24 * 2 ** 16, `${bytesRead} bytes`);
});

test('files of another size than the journal is opened with go when nothing in them is needed', (t) => {
  const files = new SimulatedFiles();
  const made = opened(files);
  made.journal.append(1, true, head, Buffer.from('old'));
  made.journal.sync();
  made.host.settle();
  t.is(files.list('data').length, 3);
  const host = new ManualHost(files);
  const journal = new FileJournal(host, { directory: 'data', segmentBytes: 4 * SEGMENT });
  const kept: number[] = [];
  journal.replay((number) => kept.push(number));
  host.settle();
  const sizes = () =>
    files.list('data').map((name) => {
      const file = files.open(`data/${name}`, 'read');
      const size = file.size();
      file.close();
      return size / SEGMENT;
    });
  // The one with the record stays; the spares are of the new size.
  t.deepEqual(sizes().sort(), [1, 4, 4]);
  t.is(journal.read(kept[0] ?? 0).toString(), 'old');
});
