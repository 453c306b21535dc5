import test from 'ava';
import { read } from '../arch/repository.ts';
import { mustsPage, proofs } from './musts-page.ts';

test('every demand of AMQP 1.0 names a test that is there, or says why there is none', (t) => {
  const missing = proofs()
    .filter(({ must, title }) => title === undefined && must.reason === undefined)
    .map(({ must }) => `${must.section} ${must.test}`);
  t.deepEqual(missing, []);
});

test('docs/amqp-musts.md is what the table says (else: npm run docs)', (t) => {
  t.is(read('docs/amqp-musts.md'), mustsPage());
});
