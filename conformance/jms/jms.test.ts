// The whole suite over every Provider of this package.

import test from 'ava';
import { cases, runCase, titleOf } from './index.ts';
import { subjects } from './subjects.ts';

for (const subject of subjects) {
  for (const one of cases) {
    test.serial(`${subject.name}: ${titleOf(one)}`, async (t) => {
      const result = await runCase(one, subject);
      if (result === 'unsupported') t.log(result);
      t.pass();
    });
  }
}
