// What a user reads in his editor says which section of the specification it comes from.

import test from 'ava';
import { read } from '../arch/repository.ts';
import { javaInterfaces } from './jms-methods.ts';

/** `export … from './x.ts'` of the API's index: the files that users see. */
const FILES: readonly string[] = [
  ...read('jms-api/index.ts').matchAll(/from '\.\/([a-z-]+\.ts)'/g),
].map(([, file = '']) => `jms-api/${file}`);

test('each interface of JMS names its section in its TSDoc', (t) => {
  const text = FILES.map(read).join('\n');
  const without = javaInterfaces
    .map(({ name }) => name)
    .filter((name) => {
      const declared = new RegExp(
        `/\\*\\*((?:(?!\\*/)[\\s\\S])*)\\*/\\s*export (?:abstract )?(?:interface|class|const|type) ${name}\\b`,
        'g',
      );
      return ![...text.matchAll(declared)].some(([, words = '']) => /\[JMS \d/.test(words));
    });
  t.deepEqual(without, []);
});
