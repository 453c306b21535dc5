import test from 'ava';
import { Scram } from './scram.ts';

const NONCE = 'rOprNGfwEbeRWgbNEkqO';
const THEIRS = '%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0';
const FIRST = `r=${NONCE}${THEIRS},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096`;
const SIGNATURE = Buffer.from('v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=');

function begin(password = 'pencil', username = 'user'): { scram: Scram; first: string } {
  const scram = new Scram('SHA-256', username, password, NONCE);
  let first = '';
  scram.start((_error, response) => {
    first = response.toString();
  });
  return { scram, first };
}

function step(scram: Scram, challenge: string): Promise<string> {
  return new Promise((resolve, reject) => {
    scram.step(Buffer.from(challenge), (error, response) => {
      if (error === undefined) resolve(String(response));
      else reject(error);
    });
  });
}

test('[RFC 7677 3] the example of SCRAM-SHA-256, to the letter', async (t) => {
  const { scram, first } = begin();
  t.is(first, `n,,n=user,r=${NONCE}`);
  const proof = 'dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=';
  t.is(await step(scram, FIRST), `c=biws,r=${NONCE}${THEIRS},p=${proof}`);
  t.true(scram.believes(SIGNATURE));
});

test('[RFC 5802 5] the proof of the broker may come as a challenge, and without one it is not believed', async (t) => {
  const { scram } = begin();
  t.false(scram.believes(SIGNATURE), 'nothing was said yet');
  await step(scram, FIRST);
  t.false(scram.believes(undefined));
  t.false(scram.believes(Buffer.from('v=AAAA')));
  t.is(await step(scram, SIGNATURE.toString()), '');
  t.true(scram.believes(undefined));
});

test('[RFC 5802 5.1] a foreign nonce, ours alone, and too much work are refused', async (t) => {
  const salt = 's=W22ZaJ0SNY7soEsUEjb6gQ==';
  const ours = { message: /another SCRAM exchange/ };
  await t.throwsAsync(step(begin().scram, `r=other,${salt},i=4096`), ours);
  await t.throwsAsync(step(begin().scram, `r=${NONCE},${salt},i=4096`), ours);
  await t.throwsAsync(step(begin().scram, 'e=other-error'), ours);
  const work = { message: /999999999 rounds/ };
  await t.throwsAsync(step(begin().scram, `r=${NONCE}x,${salt},i=999999999`), work);
});

test('[RFC 5802 5.1] commas and equals signs in names', (t) => {
  t.is(begin('p', 'a=b,c').first, `n,,n=a=3Db=2Cc,r=${NONCE}`);
});
