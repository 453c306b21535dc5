import test from 'ava';
import { CAPABILITIES, capabilityTable, refusalOf } from './capability.ts';

test('[JMS 6.1.6] what is not there is said with why, and what comes nearest', (t) => {
  const lacks = { browsers: { why: 'it shows nothing', instead: 'use its console' } };
  const table = capabilityTable(new Set(['selectors']), lacks);
  t.deepEqual(table.get('selectors'), { supported: true, why: null, instead: null });
  t.deepEqual(table.get('browsers'), { supported: false, ...lacks.browsers });
  t.is(table.size, CAPABILITIES.length);
  const text = refusalOf('browsers', 'createBrowser', 'A broker', lacks);
  const words = 'A broker has no browsers: it shows nothing; use its console';
  t.is(text, `createBrowser is not supported: ${words}`);
});
