import test, { type ExecutionContext } from 'ava';
import { ManualHost } from '#broker';
import { type Subject, Users, type UsersOptions } from './auth.ts';
import type { Verdict } from './auth-checks.ts';
import {
  credentialsOf,
  type Derive,
  deriveOnPool,
  formatCredentials,
  type Verifier,
  verifierOf,
} from './auth-verifier.ts';
import { gatewayLimits } from './limits.ts';

function verdict(users: Users, name?: string, password?: string | undefined): Promise<Verdict> {
  return new Promise((resolve) => {
    const known = users.check('PLAIN', name, password, resolve);
    if (known !== undefined) resolve(known);
  });
}

async function admits(t: ExecutionContext, users: Users, expected: string): Promise<void> {
  const tries: readonly (readonly [name?: string, password?: string | undefined])[] = [
    [],
    ['', ''],
    ['app', 'secret'],
    ['app', 'Secret'],
    ['app', undefined],
    ['app', ''],
    ['other', 'secret'],
  ];
  const verdicts = await Promise.all(tries.map((one) => verdict(users, ...one)));
  t.is(verdicts.map((one) => (one === 'admitted' ? '+' : '-')).join(''), expected);
}

const APP: ReadonlyMap<string, string> = new Map([['app', 'secret']]);

test('without users everybody is welcome, whatever the name', (t) =>
  admits(t, new Users(), '+++++++'));

test('with users: the right password, no other, and nobody without a name', (t) =>
  admits(t, new Users(APP), '--+----'));

test('with users and anonymous: a name must still be right', (t) =>
  admits(t, new Users(APP, { anonymous: true }), '+++----'));

test('nobody is welcome when anonymous is off and there are no users', (t) =>
  admits(t, new Users(new Map(), { anonymous: false }), '-------'));

test('where every client has a certificate, nobody comes without a name', (t) =>
  admits(t, new Users(new Map(), { certificates: true }), '-------'));

test('[RFC 5803] a verifier is as good as its password', async (t) => {
  for (const pick of [['SHA-256'], ['SHA-512'], ['SHA-256', 'SHA-512']] as const) {
    const all = credentialsOf('secret', 4096);
    const some = Object.fromEntries(pick.map((hash) => [hash, all[hash]]));
    const users = new Users(new Map([['app', formatCredentials(some)]]));
    await admits(t, users, '--+----');
    t.deepEqual(
      users.mechanisms(undefined),
      [...[...pick].reverse().map((hash) => `SCRAM-${hash}` as const), 'PLAIN'],
      'a mechanism is offered if every user can use it',
    );
  }
});

test('[RFC 4013] a password is right however it was composed', async (t) => {
  const users = new Users(new Map([['Zo\u0065\u0308', 'pa\u00a0ss\u00adwort']]));
  t.is(await verdict(users, 'Zo\u00eb', 'pa sswort'), 'admitted');
});

/** Derives when the test says so, and counts. */
class Bench {
  readonly host: ManualHost = new ManualHost();
  readonly heard: string[] = [];
  inFlight = 0;
  inFlightMax = 0;
  derivations = 0;
  #finish: (() => void)[] = [];

  readonly derive: Derive = (password, { hash, iterations, salt }, done) => {
    this.derivations++;
    this.inFlight++;
    this.inFlightMax = Math.max(this.inFlightMax, this.inFlight);
    this.#finish.push(() => {
      this.inFlight--;
      done(verifierOf(password, hash, iterations, salt).storedKey);
    });
  };

  users(more: UsersOptions = {}): Users {
    const secret = formatCredentials(credentialsOf('secret', 4096));
    const names = Array.from({ length: 50 }, (_, i) => [`user${i}`, secret] as const);
    return new Users(new Map(names), { host: this.host, derive: this.derive, ...more });
  }

  login(users: Users, name: string, password: string): void {
    const known = users.check('PLAIN', name, password, (later) =>
      this.heard.push(`${name} ${later}`),
    );
    if (known !== undefined) this.heard.push(`${name} ${known}`);
  }

  /** Ends all derivations, also those that begin meanwhile. */
  finish(): void {
    for (let one = this.#finish.shift(); one !== undefined; one = this.#finish.shift()) one();
  }
}

test('a storm of logins has one derivation in flight, and the same login is derived once', (t) => {
  const bench = new Bench();
  const users = bench.users();
  for (let round = 0; round < 20; round++) {
    for (let i = 0; i < 50; i++) bench.login(users, `user${i}`, 'secret');
  }
  t.deepEqual([bench.heard.length, bench.inFlight], [0, 1]);
  bench.finish();
  t.deepEqual([bench.heard.length, bench.inFlightMax, bench.derivations], [1000, 1, 50]);
  t.true(bench.heard.every((one) => one.endsWith(' admitted')));
  // What was right a moment ago is known.
  bench.login(users, 'user7', 'secret');
  t.is(bench.heard.at(-1), 'user7 admitted');
  t.is(bench.derivations, 50);
  bench.login(users, 'user7', 'secreT');
  bench.finish();
  t.is(bench.derivations, 51, 'and nothing else is');
  bench.host.advance(gatewayLimits.loginKnownMs);
  bench.login(users, 'user7', 'secret');
  bench.finish();
  t.is(bench.derivations, 52, 'nor for ever');
});

test('on the real thread pool too, one derivation after the other', async (t) => {
  let inFlight = 0;
  let inFlightMax = 0;
  const derive: Derive = (password, verifier, done) => {
    inFlightMax = Math.max(inFlightMax, ++inFlight);
    deriveOnPool(password, verifier, (key) => {
      inFlight--;
      done(key);
    });
  };
  const users = new Users(APP, { derive });
  const tries = Array.from({ length: 20 }, (_, i) => verdict(users, 'app', `guess ${i}`));
  const verdicts = await Promise.all([...tries, verdict(users, 'app', 'secret')]);
  t.is(verdicts.pop(), 'admitted');
  t.true(verdicts.every((one) => one === 'refused'));
  t.is(inFlightMax, 1);
});

test('when too many logins wait, one more is told to come again', (t) => {
  const bench = new Bench();
  const users = bench.users();
  const max = gatewayLimits.loginsWaitingMax;
  for (let i = 0; i < max; i++) bench.login(users, 'user1', `guess ${i}`);
  bench.login(users, 'user2', 'secret');
  t.deepEqual(bench.heard, ['user2 busy']);
});

test('what is known to be right is bounded, and the oldest is forgotten', (t) => {
  const derive: Derive = (_password, verifier, done) => done(verifier.storedKey);
  const heard: (Verdict | undefined)[] = [];
  const users = new Users(APP, { derive });
  const login = (password: string) => users.check('PLAIN', 'app', password, () => {});
  for (let i = 0; i <= gatewayLimits.loginsKnownMax; i++) login(`${i}`);
  heard.push(login(`${gatewayLimits.loginsKnownMax}`), login('0'));
  t.deepEqual(heard, ['admitted', undefined]);
});

test('a failure is counted and held back, and only so many are', (t) => {
  const bench = new Bench();
  const users = bench.users();
  bench.login(users, 'user1', 'wrong');
  bench.login(users, 'nobody', 'secret');
  bench.finish();
  bench.host.advance(gatewayLimits.failureDelayMs - 1);
  t.deepEqual(bench.heard, []);
  bench.host.advance(1);
  t.deepEqual(bench.heard, ['user1 refused', 'nobody refused']);
  t.deepEqual([...users.failures], [['PLAIN', 2]]);
  const told = Array.from({ length: gatewayLimits.failuresDelayedMax + 1 }, () =>
    users.refuse('STOMP', () => {}),
  );
  t.deepEqual([told.at(0), told.at(-2), told.at(-1)], [undefined, undefined, 'refused']);
  bench.host.advance(gatewayLimits.failureDelayMs);
  t.is(
    users.refuse('STOMP', () => {}),
    undefined,
    'they are fewer again',
  );
});

test('an unknown user costs what a wrong password does, with a salt that stays', (t) => {
  const derived: Verifier[] = [];
  const derive: Derive = (_password, verifier, done) => {
    derived.push(verifier);
    done(Buffer.alloc(verifier.storedKey.length));
  };
  const secret = formatCredentials(credentialsOf('secret', 5000));
  for (let life = 0; life < 2; life++) {
    const users = new Users(new Map([['app', secret]]), { derive });
    for (const name of ['nobody', 'nobody', 'noone']) users.check('PLAIN', name, 'x', () => {});
  }
  t.true(derived.every(({ iterations, salt }) => iterations === 5000 && salt.length === 16));
  const salts = derived.map(({ salt }) => salt.toString('hex'));
  // The same one twice at the same time is derived once.
  t.deepEqual(salts.slice(0, 3), salts.slice(3), 'also when the server starts again');
  t.not(salts[0], salts[2]);
});

test('[RFC 4422 A] a certificate names a user by its common name, or by the table alone', (t) => {
  const subject: Subject = { commonName: 'billing', distinguishedName: 'CN=billing,O=Acme' };
  const stranger: Subject = { commonName: 'eve', distinguishedName: 'CN=eve,O=Acme' };
  const users = new Users();
  t.is(users.certified(subject), 'billing');
  t.is(users.certified({ ...subject, commonName: undefined }), undefined);
  t.is(users.certified(undefined), undefined);
  t.deepEqual(users.mechanisms(subject), ['EXTERNAL', 'PLAIN', 'ANONYMOUS']);
  const table = new Users(APP, { nameOfSubject: new Map([['CN=billing,O=Acme', 'bill']]) });
  t.is(table.certified(subject), 'bill');
  t.is(table.certified(stranger), undefined);
  t.deepEqual(table.mechanisms(subject), ['EXTERNAL', 'SCRAM-SHA-512', 'SCRAM-SHA-256', 'PLAIN']);
  t.deepEqual(table.mechanisms(stranger), ['SCRAM-SHA-512', 'SCRAM-SHA-256', 'PLAIN']);
});
