import { pbkdf2Sync } from 'node:crypto';
import test from 'ava';
import fc from 'fast-check';
import { Users } from './auth.ts';
import { ScramExchange, type ScramStep } from './auth-scram.ts';
import {
  credentialsOf,
  formatCredentials,
  type Hash,
  hmac,
  parseCredentials,
  type Verifier,
  verifierOf,
} from './auth-verifier.ts';

const SALT: Buffer = Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64');
const SERVER_NONCE = '%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0';
const CLIENT_NONCE = 'rOprNGfwEbeRWgbNEkqO';

const PENCIL: Readonly<Record<Hash, Verifier>> = {
  'SHA-256': verifierOf('pencil', 'SHA-256', 4096, SALT),
  'SHA-512': verifierOf('pencil', 'SHA-512', 4096, SALT),
};

function exchange(hash: Hash = 'SHA-256', nonce?: string): ScramExchange {
  const verifier = PENCIL[hash];
  return new ScramExchange(hash, (name) => ({ verifier, known: name === 'user' }), nonce);
}

const say = (one: ScramExchange, text: string): ScramStep => one.receive(Buffer.from(text));

test('[RFC 7677 3] the example of SCRAM-SHA-256, to the letter', (t) => {
  const one = exchange('SHA-256', SERVER_NONCE);
  t.deepEqual(say(one, `n,,n=user,r=${CLIENT_NONCE}`), {
    kind: 'challenge',
    challenge: `r=${CLIENT_NONCE}${SERVER_NONCE},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096`,
  });
  const proof = 'dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=';
  t.deepEqual(say(one, `c=biws,r=${CLIENT_NONCE}${SERVER_NONCE},p=${proof}`), {
    kind: 'admitted',
    name: 'user',
    signature: 'v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=',
  });
});

/** What a client does, as in RFC 5802, with a password. */
function play(
  one: ScramExchange,
  hash: Hash,
  password: string,
  header = 'n,,',
  change: (final: string) => string = (final) => final,
): ScramStep {
  const bare = 'n=user,r=abc';
  const first = say(one, header + bare);
  if (first.kind !== 'challenge') return first;
  const [, salt = '', count = ''] = /,s=([^,]+),i=(\d+)$/.exec(first.challenge) ?? [];
  const [nonce] = first.challenge.split(',');
  const withoutProof = `c=${Buffer.from(header).toString('base64')},${nonce}`;
  const message = `${bare},${first.challenge},${withoutProof}`;
  const { proof } = prove(hash, password, Buffer.from(salt, 'base64'), Number(count), message);
  return say(one, change(`${withoutProof},p=${proof.toString('base64')}`));
}

function prove(hash: Hash, password: string, salt: Buffer, iterations: number, message: string) {
  const salted = pbkdf2Sync(
    password,
    salt,
    iterations,
    hash === 'SHA-256' ? 32 : 64,
    hash.replace('SHA-', 'sha'),
  );
  const clientKey = hmac(hash, salted, 'Client Key');
  const { storedKey } = verifierOf(password, hash, iterations, salt);
  const signature = hmac(hash, storedKey, message);
  return { proof: clientKey.map((byte, i) => byte ^ (signature[i] ?? 0)) as Buffer };
}

for (const hash of ['SHA-256', 'SHA-512'] as const) {
  test(`[RFC 5802 3] SCRAM-${hash}: the right password and no other`, (t) => {
    t.like(play(exchange(hash), hash, 'pencil'), { kind: 'admitted', name: 'user' });
    t.like(play(exchange(hash), hash, 'pen'), { kind: 'refused', told: 'e=invalid-proof' });
  });
}

test('[RFC 5802 6] a client without channel binding, or that sees we have none, may come in', (t) => {
  t.is(play(exchange(), 'SHA-256', 'pencil', 'y,,').kind, 'admitted');
  t.is(play(exchange(), 'SHA-256', 'pencil', 'n,a=user,').kind, 'admitted');
});

test('[RFC 5802 6] the header that comes back must be the one that came first', (t) => {
  const downgrade = (final: string) => final.replace('c=biws', 'c=eSws');
  const step = play(exchange(), 'SHA-256', 'pencil', 'n,,', downgrade);
  t.like(step, { kind: 'refused', told: 'e=channel-bindings-dont-match' });
});

for (const [what, first, told] of [
  ['that binds to a channel', 'p=tls-unique,,n=user,r=abc', 'channel-binding-not-supported'],
  ['with an extension that must be known', 'n,,m=x,n=user,r=abc', 'extensions-not-supported'],
  ['without a header', 'n=user,r=abc', 'invalid-encoding'],
  ['without a nonce', 'n,,n=user', 'other-error'],
  ['with a nonce that is too long', `n,,n=user,r=${'a'.repeat(257)}`, 'other-error'],
  ['with a name badly escaped', 'n,,n=us=2cer,r=abc', 'invalid-username-encoding'],
  ['for another', 'n,a=root,n=user,r=abc', 'other-error'],
  ['of nothing', '', 'invalid-encoding'],
] as const) {
  test(`[RFC 5802 7] a client-first ${what} is refused`, (t) => {
    t.like(say(exchange(), first), { kind: 'refused', told: `e=${told}` });
  });
}

for (const [what, change] of [
  ['another nonce', (final: string) => final.replace('r=abc', 'r=abd')],
  ['no proof', (final: string) => final.replace(/,p=.*/, '')],
  ['a proof that is too short', (final: string) => final.replace(/p=.*/, 'p=AAAA')],
  ['nothing at all', () => ''],
] as const) {
  test(`[RFC 5802 7] a client-final with ${what} is refused`, (t) => {
    t.is(play(exchange(), 'SHA-256', 'pencil', 'n,,', change).kind, 'refused');
  });
}

test('bytes that are no text are refused', (t) => {
  t.is(exchange().receive(Buffer.from([0xff, 0xfe])).kind, 'refused');
});

test('[RFC 5802 5.1] commas and equals signs in a name are unescaped', (t) => {
  const asked: string[] = [];
  const verifier = verifierOf('pencil', 'SHA-256', 4096, SALT);
  const one = new ScramExchange('SHA-256', (name) => {
    asked.push(name);
    return { verifier, known: true };
  });
  t.is(say(one, 'n,,n=a=2Cb=3Dc,r=abc').kind, 'challenge');
  t.deepEqual(asked, ['a,b=c']);
});

test('[RFC 5802 9] an unknown user sees what a known one sees, until the proof', (t) => {
  const users = new Users(new Map([['user', formatCredentials(credentialsOf('pencil', 5000))]]));
  const shape = (name: string) => {
    const step = say(users.scram('SHA-512'), `n,,n=${name},r=abc`);
    return step.kind === 'challenge' ? step.challenge.replace(/r=[^,]+/, '') : step.kind;
  };
  t.is(shape('nobody'), shape('nobody'));
  t.not(shape('nobody'), shape('noone'));
  t.regex(shape('nobody'), /^,s=[^,]{24},i=5000$/);
  t.regex(shape('user'), /^,s=[^,]{24},i=5000$/);
});

test('[RFC 5803] verifiers are read as they are written', (t) => {
  const credentials = credentialsOf('pencil', 4096);
  const text = formatCredentials(credentials);
  t.regex(text, /^SCRAM-SHA-512\$4096:.*,SCRAM-SHA-256\$4096:/);
  t.deepEqual(parseCredentials(text), credentials);
  t.is(parseCredentials('SCRAM-SHA is a fine password'), undefined);
});

for (const [what, text, message] of [
  ['without its keys', 'SCRAM-SHA-256$4096:AAAA', /expected a verifier as/],
  ['of another hash', 'SCRAM-SHA-1$4096:AAAA$AAAA:AAAA', /expected a verifier as/],
  ['with too few iterations', `SCRAM-SHA-256$1:AAAA$${'A'.repeat(44)}:AAAA`, /4096 to 1000000/],
  ['with short keys', 'SCRAM-SHA-256$4096:AAAA$AAAA:AAAA', /keys of 32 bytes .* got 3 and 3/],
] as const) {
  test(`a verifier ${what} is refused, and not repeated`, (t) => {
    const error = t.throws(() => parseCredentials(text), { instanceOf: RangeError, message });
    t.false(error?.message.includes('AAAA'));
  });
}

test('whatever comes, an exchange ends in a step', (t) => {
  const part = fc.constantFrom(
    'n,,',
    'y,a=',
    'p=x,,',
    'n=user',
    ',r=abc',
    'c=biws',
    ',p=',
    '=2C',
    '=',
  );
  const text = fc.array(fc.oneof(part, fc.string({ unit: 'binary' })), { maxLength: 8 });
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 100 }).map((some) => Buffer.from(some)),
    text.map((parts) => Buffer.from(parts.join(''))),
  );
  t.notThrows(() =>
    fc.assert(
      fc.property(fc.array(bytes, { maxLength: 3 }), (messages) => {
        const one = exchange();
        return messages.every((message) => one.receive(message).kind !== 'admitted');
      }),
      { numRuns: 300 },
    ),
  );
});
