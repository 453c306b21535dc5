import test from 'ava';
import { read } from '../../arch/repository.ts';
import { BOXES } from './boxes.ts';
import { boxesPage, checksOf } from './boxes-page.ts';
import { CHECK_NAMES } from './suite.ts';

test('every box has a check with the real client, or says what shows it otherwise', (t) => {
  const missing = BOXES.filter(([box, , otherwise]) => !otherwise && checksOf(box).length === 0);
  t.deepEqual(missing, []);
});

test('every check is named after a box', (t) => {
  const known = BOXES.flatMap(([box]) => checksOf(box));
  t.deepEqual(
    CHECK_NAMES.filter((name) => !known.includes(name)),
    [],
  );
});

test('docs/amqp-jms-checklist.md is what the table says (else: npm run docs)', (t) => {
  t.is(read('docs/amqp-jms-checklist.md'), boxesPage());
});
