// `angelia data verify|print|export|import|salvage`: what can be done with a data directory while
// no broker uses it. Nothing but `import` and `salvage` writes, and they write to new directories.

import { closeSync, createReadStream, existsSync, openSync, statSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Command } from 'commander';
import {
  JournalError,
  nodeHost,
  type ScannedRecord,
  type ScanReport,
  scanBySegment,
} from '#broker';
import { UsageError } from './config.ts';
import { DataCopy } from './data-copy.ts';
import { DataHeldError, DataLock, refuseIfHeld } from './data-lock.ts';
import {
  formatRecord,
  parseRecord,
  printRecord,
  RecordLineError,
  TextOutput,
} from './data-records.ts';
import { ProgressBar } from './progress-bar.ts';

/** Does what was asked for; the result is the exit code. */
export type Task = () => Promise<number>;

const ExitCode = { well: 0, failed: 1 } as const;
const STDOUT = 1;
const DEFAULT_DATA = './angelia-data';

/** Where the journal is in a data directory. */
export function journalDirectory(data: string): string {
  return join(data, 'journal');
}

interface Said {
  readonly data: string;
  readonly to: string;
  readonly out?: string;
  readonly in?: string;
  readonly limit: string;
}

/** Adds the commands; `asked` gets what is to be done. */
export function addDataCommands(program: Command, asked: (task: Task) => void): void {
  const data = program.command('data').description('Look into a data directory, and copy it.');
  const command = (name: string, text: string) =>
    data
      .command(name)
      .description(text)
      .option('--data <dir>', `The data directory (default ${DEFAULT_DATA})`, DEFAULT_DATA);
  command('verify', 'Read everything, and list what is damaged.').action((said: Said) =>
    asked(() => guarded(() => verify(said))),
  );
  command('print', 'List the records, one a line.')
    .option('--limit <n>', 'So many at most', 'Infinity')
    .action((said: Said) => asked(() => guarded(() => print(said))));
  command('export', 'Write all readable records as NDJSON.')
    .option('--out <file>', 'To a file instead of stdout')
    .action((said: Said) => asked(() => guarded(() => exportAll(said))));
  command('import', 'Make a new data directory of an export.')
    .option('--in <file>', 'From a file instead of stdin')
    .action((said: Said) => asked(() => guarded(() => importAll(said))));
  command('salvage', 'Copy what is readable into a new data directory.')
    .requiredOption('--to <dir>', 'The new data directory')
    .action((said: Said) => asked(() => guarded(() => salvage(said))));
}

/** What is wrong with the world gets one line; what is wrong with us is thrown. */
async function guarded(work: () => Promise<number>): Promise<number> {
  try {
    return await work();
  } catch (error) {
    const known =
      error instanceof JournalError ||
      error instanceof DataHeldError ||
      error instanceof RecordLineError ||
      (error instanceof Error && 'code' in error && typeof error.code === 'string');
    if (!known) throw error;
    if ((error as NodeJS.ErrnoException).code === 'EPIPE') return ExitCode.well;
    process.stderr.write(`angelia: ${(error as Error).message}\n`);
    return ExitCode.failed;
  }
}

/** @throws {JournalError} if there is no journal in the data directory */
function mustHaveJournal({ data }: Pick<Said, 'data'>): string {
  const directory = journalDirectory(data);
  if (existsSync(directory)) return directory;
  throw new JournalError('foreign', `there is no journal in ${data}`, { file: data });
}

/** Reads a journal that no process uses; says what is damaged on stderr. */
async function scan(
  { data }: Said,
  record: (record: ScannedRecord) => void,
  pause?: () => Promise<void>,
): Promise<ScanReport> {
  const directory = mustHaveJournal({ data });
  await refuseIfHeld(data);
  const bar = new ProgressBar('reading');
  const steps = scanBySegment(nodeHost(), directory, {
    record,
    damage: ({ file, offset, what }) => {
      bar.end();
      process.stderr.write(`damaged: ${file} at offset ${offset}: ${what}\n`);
    },
    progress: (bytes, ofBytes) => bar.show(bytes, ofBytes),
  });
  let step = steps.next();
  while (step.done !== true) {
    await pause?.();
    step = steps.next();
  }
  bar.end();
  return step.value;
}

function summary({ records, segments, damages, dropped, journalId }: ScanReport): string {
  const groups = dropped === 0 ? '' : `, ${dropped} records of unfinished groups left out`;
  return `journal ${journalId}: ${records} records in ${segments} segments, ${damages} damages${groups}\n`;
}

async function verify(said: Said): Promise<number> {
  const report = await scan(said, () => {});
  process.stdout.write(summary(report));
  return report.damages === 0 ? ExitCode.well : ExitCode.failed;
}

async function print(said: Said): Promise<number> {
  const output = new TextOutput(STDOUT);
  let left = Number(said.limit);
  if (!(left >= 0)) throw new UsageError(`--limit must be a number from 0, and is '${said.limit}'`);
  await scan(said, (record) => {
    if (left-- > 0) output.write(printRecord(record));
  });
  output.flush();
  return ExitCode.well;
}

async function exportAll(said: Said): Promise<number> {
  const descriptor = said.out === undefined ? STDOUT : openSync(said.out, 'wx');
  const output = new TextOutput(descriptor);
  const report = await scan(said, (record) => output.write(formatRecord(record)));
  output.flush();
  if (said.out !== undefined) closeSync(descriptor);
  process.stderr.write(summary(report));
  return report.damages === 0 ? ExitCode.well : ExitCode.failed;
}

async function importAll(said: Said): Promise<number> {
  // Before anything is made.
  if (said.in !== undefined) statSync(said.in);
  await mkdir(said.data, { recursive: true });
  const lock = await DataLock.take(said.data);
  try {
    const copy = await DataCopy.begin(journalDirectory(said.data));
    const file = said.in === undefined ? undefined : createReadStream(said.in);
    const ofBytes = said.in === undefined ? 0 : statSync(said.in).size;
    const bar = new ProgressBar('writing');
    const input = file ?? process.stdin;
    let line = 0;
    for await (const text of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
      line++;
      if (file !== undefined) bar.show(file.bytesRead, ofBytes);
      if (text !== '' && copy.add(parseRecord(text, line))) await copy.flush();
    }
    await copy.end();
    bar.end();
    process.stderr.write(`${copy.records} records written to ${said.data}\n`);
    return ExitCode.well;
  } finally {
    await lock.release();
  }
}

async function salvage(said: Said): Promise<number> {
  mustHaveJournal(said);
  await mkdir(said.to, { recursive: true });
  const lock = await DataLock.take(said.to);
  try {
    const copy = await DataCopy.begin(journalDirectory(said.to));
    const report = await scan(
      said,
      (record) => {
        copy.add(record);
      },
      () => copy.flush(),
    );
    await copy.end();
    process.stdout.write(summary(report));
    process.stdout.write(`${copy.records} records written to ${said.to}\n`);
    if (report.damages > 0) {
      process.stdout.write('what was settled in a damaged part may be delivered again\n');
    }
    return ExitCode.well;
  } finally {
    await lock.release();
  }
}
