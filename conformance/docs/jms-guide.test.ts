// The programs of docs/jms.md, run as a reader would run them: each prints what stands below it.

import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { promisify } from 'node:util';
import test from 'ava';
import { read, root } from '../arch/repository.ts';

const run = promisify(execFile);
const PROGRAM: RegExp = /^```ts\n([\s\S]*?)^```\n\n```text\n([\s\S]*?)^```$/gm;

test('each program of docs/jms.md prints what the page says', async (t) => {
  mkdirSync(`${root}.cache`, { recursive: true });
  const folder = mkdtempSync(`${root}.cache/guide-`);
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const programs = [...read('docs/jms.md').matchAll(PROGRAM)];
  t.true(programs.length >= 8);
  for (const [n, [, code = '']] of programs.entries()) writeFileSync(`${folder}/${n}.ts`, code);
  const compilerOptions = {
    target: 'es2023',
    lib: ['es2023', 'esnext.disposable'],
    module: 'node20',
    types: ['node'],
    strict: true,
    rootDir: '.',
    skipLibCheck: true,
  };
  writeFileSync(`${folder}/tsconfig.json`, JSON.stringify({ compilerOptions, include: ['*.ts'] }));
  await run(process.execPath, [`${root}node_modules/typescript/bin/tsc`, '-p', folder]);
  for (const [n, [, , expected = '']] of programs.entries()) {
    const { stdout, stderr } = await run(process.execPath, [`${folder}/${n}.js`]);
    t.is(stderr, '');
    t.is(stdout, expected, `program ${n + 1}`);
  }
});
