import test from 'ava';
import { read } from '../arch/repository.ts';
import { limitsPage } from './limits-page.ts';

test('docs/limits.md is what the limits files say (else: npm run docs)', async (t) => {
  t.is(read('docs/limits.md'), await limitsPage());
});
