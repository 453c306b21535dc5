// Every code with which the broker refuses is documented, and no code is documented that is gone.

import test from 'ava';
import { read } from '../arch/repository.ts';

test('docs/errors.md lists the broker’s error codes', (t) => {
  const [, union = ''] = /type BrokerErrorCode =([^;]+);/.exec(read('broker/errors.ts')) ?? [];
  const codes = [...union.matchAll(/\| '([a-z-]+)'/g)].map(([, code]) => code);
  const page = read('docs/errors.md');
  const documented = [...page.matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, code]) => code);
  t.true(codes.length > 0);
  t.deepEqual(documented.sort(), codes.sort());
});
