// package.json and the files that it speaks of.

import { posix } from 'node:path';
import test from 'ava';
import { exists, files, importsOf, isTest, loadedWith, read, sources } from './repository.ts';

interface Manifest {
  readonly bin: Readonly<Record<string, string>>;
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  readonly imports: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly scripts: Readonly<Record<string, string>>;
}

const manifest: Manifest = JSON.parse(read('package.json'));

/** `./dist/server/main.js` is built from `server/main.ts`. */
function sourceOf(target: string): string {
  return target.replace(/^(\.\/)?dist\//, '').replace(/(\.d\.ts|\.js)$/, '.ts');
}

test('every entry point and every #name has its source', (t) => {
  const entries = Object.values(manifest.exports).flatMap((target) =>
    typeof target === 'string' ? [target] : Object.values(target),
  );
  const targets = [...entries, ...Object.values(manifest.imports), ...Object.values(manifest.bin)]
    .filter((target) => target !== './package.json')
    .map(sourceOf);
  t.deepEqual(
    targets.filter((source) => !exists(source)),
    [],
  );
});

test('types come first in every entry point', (t) => {
  for (const [name, target] of Object.entries(manifest.exports)) {
    if (typeof target === 'object') t.is(Object.keys(target)[0], 'types', name);
  }
});

test('a #name leads to an index, and every folder that others use has a #name', (t) => {
  for (const [name, target] of Object.entries(manifest.imports)) {
    t.is(target, `./dist/${name.slice(1)}/index.js`);
  }
  const folders = files()
    .filter((file) =>
      /^(broker|jms-api|server|(gateway|adapters)(\/[^/]+)?)\/index\.ts$/.test(file),
    )
    .map((file) => `#${file.replace('/index.ts', '')}`);
  t.deepEqual(
    folders.filter((name) => manifest.imports[name] === undefined),
    [],
  );
});

test('the JMS API over vm:// loads nothing but Node and ourselves', (t) => {
  const reached = new Set(['index.ts']);
  const foreign: string[] = [];
  for (const file of reached) {
    for (const name of loadedWith(file)) {
      if (name.startsWith('.')) reached.add(posix.join(posix.dirname(file), name));
      else if (name.startsWith('#')) reached.add(sourceOf(manifest.imports[name] ?? name));
      else if (!name.startsWith('node:')) foreign.push(`${file} imports ${name}`);
    }
  }
  t.true(reached.size > 5);
  t.deepEqual(foreign, []);
});

test('nothing runs at the installation of the package but its own build', (t) => {
  const hooks = ['preinstall', 'install', 'postinstall'].filter((name) => name in manifest.scripts);
  t.deepEqual(hooks, []);
});

test('every production dependency is used, and justified in docs/dependencies.md', (t) => {
  const used = new Set(
    sources()
      .filter((file) => !isTest(file) && !file.startsWith('conformance/'))
      .flatMap(importsOf)
      .map((name) => name.split('/', name.startsWith('@') ? 2 : 1).join('/')),
  );
  const page = read('docs/dependencies.md');
  const documented = [...page.matchAll(/^\| `([^`]+)` \|/gm)].map(([, name]) => name);
  const names = Object.keys(manifest.dependencies).sort();
  t.deepEqual(
    names.filter((name) => !used.has(name)),
    [],
  );
  t.deepEqual([...documented].sort(), names);
});
