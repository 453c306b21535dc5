// Rules of style that no linter knows: names of files, their size, and what must not be in them.

import test from 'ava';
import { files, isTest, read, sources } from './repository.ts';

/** Names that say where something was put, and not what it is. */
const EMPTY_NAMES: ReadonlySet<string> = new Set(
  'utils util helpers helper common misc types manager handler service base impl lib src'.split(
    ' ',
  ),
);

/** The type system of a codec is called what its specification calls it. */
const TYPE_SYSTEM: RegExp = /^gateway\/\w+\/types\.(test\.)?ts$/;

test('a file is named after what it holds', (t) => {
  const empty = sources().filter((file) => {
    const words = file.replace(/(\.test)?\.ts$/, '').split(/[/-]/);
    return !TYPE_SYSTEM.test(file) && words.some((word) => EMPTY_NAMES.has(word));
  });
  t.deepEqual(empty, []);
});

test('a file has at most 500 lines', (t) => {
  const long = sources()
    .filter((file) => !isTest(file) && !file.endsWith('.gen.ts'))
    .map((file) => [file, read(file).split('\n').length - 1] as const)
    .filter(([, lines]) => lines > 500);
  t.deepEqual(long, []);
});

test('a file says in its head what it owns', (t) => {
  const silent = sources().filter((file) => {
    const plain = !isTest(file) && !file.endsWith('/index.ts');
    return plain && !/^(#!.*\n)?(\/\/|\/\*)/.test(read(file));
  });
  t.deepEqual(silent, []);
});

test('nothing names a folder of somebody’s machine', (t) => {
  // In pieces, so that the rule does not find itself.
  const machine = new RegExp(
    `(^|[\\s'"\`(=:])/(${['root', 'work', 'home/\\w+', 'Users/\\w+'].join('|')})/`,
  );
  const text = /\.(ts|js|mjs|json|md|yaml|yml|sh|py|java|xml|toml)$|^\.ci\//;
  const broken = files().filter((file) => text.test(file) && machine.test(read(file)));
  t.deepEqual(broken, []);
});

test('no to-do without its issue, no commented-out door for it', (t) => {
  const word = `${'TO'}${'DO'}|${'FIX'}${'ME'}`;
  const broken = sources().filter((file) =>
    new RegExp(`\\b(${word})\\b(?!\\(#\\d+\\))`).test(read(file)),
  );
  t.deepEqual(broken, []);
});
