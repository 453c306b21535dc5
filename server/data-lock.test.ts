import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { DataHeldError, DataLock, refuseIfHeld } from './data-lock.ts';

function directory(t: ExecutionContext): string {
  const path = mkdtempSync(join(tmpdir(), 'angelia-lock-'));
  t.teardown(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

const LOCK = new URL('./data-lock.js', import.meta.url).href;

/** Another process, which holds the directory once it has said so. */
async function holding(t: ExecutionContext, path: string): Promise<ChildProcess> {
  const script = `
    const { DataLock } = await import(${JSON.stringify(LOCK)});
    await DataLock.take(${JSON.stringify(path)});
    process.stdout.write('held');
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.teardown(() => child.kill('SIGKILL'));
  if (child.stdout !== null) await once(child.stdout, 'data');
  return child;
}

test('a second process is told who holds the directory', async (t) => {
  const path = directory(t);
  const child = await holding(t, path);
  const error = await t.throwsAsync(DataLock.take(path), { instanceOf: DataHeldError });
  t.is(error?.holder?.pid, child.pid);
  t.regex(error?.message ?? '', new RegExp(`in use by process ${child.pid}, started at 20`));
  await t.throwsAsync(refuseIfHeld(path), { instanceOf: DataHeldError });
});

test('a lock that a killed process left is taken over', async (t) => {
  const path = directory(t);
  const child = await holding(t, path);
  child.kill('SIGKILL');
  await once(child, 'exit');
  if (process.platform !== 'win32') t.true(existsSync(join(path, 'angelia.lock')));
  await refuseIfHeld(path);
  const lock = await DataLock.take(path);
  const error = await t.throwsAsync(DataLock.take(path), { instanceOf: DataHeldError });
  t.is(error?.holder?.pid, process.pid);
  await lock.release();
});

test('a released directory can be taken again, and holds no file of ours', async (t) => {
  const path = directory(t);
  await (await DataLock.take(path)).release();
  t.false(existsSync(join(path, 'angelia.lock')));
  await (await DataLock.take(path)).release();
  t.pass();
});

test('a stopped process holds its directory, though it does not answer', async (t) => {
  if (process.platform === 'win32') {
    t.pass();
    return;
  }
  const path = directory(t);
  const child = await holding(t, path);
  child.kill('SIGSTOP');
  const error = await t.throwsAsync(DataLock.take(path), { instanceOf: DataHeldError });
  t.regex(error?.message ?? '', /a process that does not answer/);
});

test('a path that is too long for a local socket can be held', async (t) => {
  if (process.platform !== 'linux') {
    t.pass();
    return;
  }
  const path = join(directory(t), 'd'.repeat(120), 'data');
  mkdirSync(path, { recursive: true });
  const lock = await DataLock.take(path);
  await t.throwsAsync(DataLock.take(path), { instanceOf: DataHeldError });
  await lock.release();
  t.false(existsSync(join(path, 'angelia.lock')));
});
