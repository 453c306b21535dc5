// The whole suite over every Provider of this package. What it finds is in docs/conformance.md.

import test from 'ava';
import { read } from '../arch/repository.ts';
import { conformancePage } from '../docs/conformance-page.ts';
import { cases, type Result, runCase, type Subject, titleOf } from './index.ts';
import { PEER_RESULTS, parsePeerResults } from './peer-results.ts';
import { openSubjects } from './subjects.ts';

const { subjects, close } = await openSubjects();
test.after.always(close);

const results = new Map<Subject, Result[]>(subjects.map((subject) => [subject, []]));

for (const subject of subjects) {
  for (const one of cases) {
    test.serial(`${subject.name}: ${titleOf(one)}`, async (t) => {
      const result = await runCase(one, subject);
      if (result === 'unsupported') t.log(result);
      results.get(subject)?.push(result);
      t.pass();
    });
  }
}

test.serial('docs/conformance.md is what this run found (else: npm run docs)', (t) => {
  const peers = parsePeerResults(read(PEER_RESULTS));
  t.is(read('docs/conformance.md'), conformancePage(results, peers));
});

test('there are 350 cases and more, and no two of one name', (t) => {
  t.true(cases.length >= 350);
  t.is(new Set(cases.map(titleOf)).size, cases.length);
});
