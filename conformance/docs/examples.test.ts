// The code in README.md and docs/ is compiled, each ```ts block by itself, against the types that the
// package ships. Links between the pages lead somewhere.

import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { posix } from 'node:path';
import { promisify } from 'node:util';
import test from 'ava';
import { exists, files, read, root } from '../arch/repository.ts';

const BLOCK: RegExp = /^```ts\n([\s\S]*?)^```$/gm;

const pages: readonly string[] = files().filter(
  (file) => file.endsWith('.md') && (file.startsWith('docs/') || !file.includes('/')),
);

test('the TypeScript of the documentation compiles', async (t) => {
  // Inside of the package, where its own name resolves as it does for whoever installed it.
  mkdirSync(`${root}.cache`, { recursive: true });
  const folder = mkdtempSync(`${root}.cache/examples-`);
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  let blocks = 0;
  for (const page of pages) {
    for (const [, code = ''] of read(page).matchAll(BLOCK)) {
      const name = `${page.replace(/\.md$/, '').replaceAll('/', '-')}-${++blocks}.ts`;
      writeFileSync(`${folder}/${name}`, `${code}\nexport {};\n`);
    }
  }
  t.true(blocks > 0);
  const compilerOptions = {
    target: 'es2023',
    lib: ['es2023', 'esnext.disposable'],
    module: 'node20',
    types: ['node'],
    strict: true,
    noEmit: true,
    skipLibCheck: false,
  };
  const config = { compilerOptions, include: ['*.ts'] };
  writeFileSync(`${folder}/tsconfig.json`, JSON.stringify(config));
  const tsc = `${root}node_modules/typescript/bin/tsc`;
  const compiled = promisify(execFile)(process.execPath, [tsc, '-p', folder]);
  const problems = await compiled.then(
    () => '',
    (error: { stdout: string }) => error.stdout,
  );
  t.is(problems, '');
});

test('links of the documentation lead to files that exist', (t) => {
  const broken = pages.flatMap((page) =>
    [...read(page).matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)(?:#[^)]*)?\)/g)]
      .map(([, target = '']) => posix.join(posix.dirname(page), target))
      .filter((target) => !exists(target))
      .map((target) => `${page} links to ${target}`),
  );
  t.deepEqual(broken, []);
});
