// The mechanisms in frames; what SCRAM itself is held to is in `auth-scram.test.ts`, and refusals that
// all mechanisms share are in `engine.test.ts`.

import { createHash, createHmac, pbkdf2Sync } from 'node:crypto';
import test from 'ava';
import type { ManualHost } from '#broker';
import { type Subject, Users } from '../auth.ts';
import { gatewayLimits } from '../limits.ts';
import { usersOn } from '../users.test-kit.ts';
import { encodeFrame } from './performatives.ts';
import { rawBench } from './raw-bench.test-kit.ts';
import { begin, HEADER, open, type RawPeer, SASL_HEADER } from './raw-peer.test-kit.ts';

const ADA = (host: ManualHost): Users => usersOn(host, { ada: 'secret' });
const BILLING: Subject = { commonName: 'billing', distinguishedName: 'CN=billing,O=Acme' };

function init(mechanism: string, response?: string): Buffer {
  const initialResponse = response === undefined ? {} : { initialResponse: Buffer.from(response) };
  return encodeFrame(0, { kind: 'sasl-init', mechanism, ...initialResponse });
}

function response(text: string): Buffer {
  return encodeFrame(0, { kind: 'sasl-response', response: Buffer.from(text) });
}

const outcome = (peer: RawPeer) => peer.hearOnly('sasl-outcome')[0];

/** What a client answers to the first challenge. */
function clientFinal(name: 'sha256' | 'sha512', password: string, challenge: string) {
  const [, nonce = '', salt = '', count = ''] = /^r=(.*),s=(.*),i=(\d+)$/.exec(challenge) ?? [];
  const bytes = name === 'sha256' ? 32 : 64;
  const hmac = (key: Buffer, text: string) => createHmac(name, key).update(text).digest();
  const salted = pbkdf2Sync(password, Buffer.from(salt, 'base64'), Number(count), bytes, name);
  const message = `n=ada,r=abc,${challenge},c=biws,r=${nonce}`;
  const key = hmac(salted, 'Client Key');
  const signature = hmac(createHash(name).update(key).digest(), message);
  const proof = Buffer.from(key.map((byte, i) => byte ^ (signature[i] ?? 0)));
  const ours = hmac(hmac(salted, 'Server Key'), message).toString('base64');
  return { final: `c=biws,r=${nonce},p=${proof.toString('base64')}`, expected: `v=${ours}` };
}

for (const [hash, name] of [
  ['SHA-256', 'sha256'],
  ['SHA-512', 'sha512'],
] as const) {
  for (const early of [true, false]) {
    const how = early ? 'with' : 'without';
    test(`[RFC 5802 5] SCRAM-${hash} ${how} an initial response proves both sides`, (t) => {
      const { broker, dial } = rawBench(ADA);
      const peer = dial().say(SASL_HEADER);
      if (early) {
        peer.say(init(`SCRAM-${hash}`, 'n,,n=ada,r=abc'));
      } else {
        peer.say(init(`SCRAM-${hash}`));
        t.is(peer.hearOnly('sasl-challenge')[0]?.challenge.length, 0);
        peer.say(response('n,,n=ada,r=abc'));
      }
      const challenge = String(peer.hearOnly('sasl-challenge')[0]?.challenge);
      const { final, expected } = clientFinal(name, 'secret', challenge);
      peer.say(response(final));
      const { code, additionalData } = outcome(peer) ?? {};
      t.deepEqual([code, String(additionalData)], [0, expected]);
      peer.say(HEADER, open());
      t.is([...broker.connections()][0]?.options.user, 'ada');
    });
  }
}

test('[RFC 5802 7] a wrong proof is refused as SCRAM says it, after a while', (t) => {
  const users = { made: new Users() };
  const { host, dial } = rawBench((own) => {
    users.made = ADA(own);
    return users.made;
  });
  for (const [name, count] of [
    ['ada', 1],
    ['eve', 2],
  ] as const) {
    const peer = dial().say(SASL_HEADER, init('SCRAM-SHA-256', `n,,n=${name},r=abc`));
    const challenge = String(peer.hearOnly('sasl-challenge')[0]?.challenge);
    peer.say(response(clientFinal('sha256', 'wrong', challenge).final));
    t.false(peer.ended);
    host.advance(gatewayLimits.failureDelayMs);
    const { code, additionalData } = outcome(peer) ?? {};
    t.deepEqual([code, String(additionalData)], [1, 'e=invalid-proof']);
    t.true(peer.ended);
    t.deepEqual([...users.made.failures], [['SCRAM-SHA-256', count]]);
  }
});

test('[AMQP 5.3.2] what comes while a password is checked is read after it', (t) => {
  const { broker, dial } = rawBench(ADA);
  const peer = dial();
  peer.sayQuietly(SASL_HEADER, init('PLAIN', '\0ada\0secret'), HEADER, open());
  peer.sayQuietly(begin().subarray(0, 5));
  t.deepEqual(peer.hear(), [], 'not even ours is out before the turn ends');
  peer.say(begin().subarray(5));
  t.deepEqual(
    peer.hear().map(({ kind }) => kind),
    ['header', 'sasl-mechanisms', 'sasl-outcome', 'header', 'open', 'begin'],
  );
  t.is([...broker.connections()].length, 1);
});

test('a peer that is gone while its password is checked leaves nothing behind', (t) => {
  const { host, broker, dial } = rawBench(ADA);
  for (const password of ['secret', 'wrong']) {
    const peer = dial();
    peer.sayQuietly(SASL_HEADER, init('PLAIN', `\0ada\0${password}`), HEADER, open());
    peer.cut();
    host.advance(gatewayLimits.failureDelayMs);
    t.deepEqual(peer.lines, []);
  }
  t.deepEqual([...broker.connections()], []);
});

test('[AMQP 5.3.3.6] where too many logins wait, the outcome is sys-temp: come again', (t) => {
  const { dial } = rawBench((host) => {
    const users = usersOn(host, { ada: 'secret' }, { derive: () => {} });
    for (let i = 0; i < gatewayLimits.loginsWaitingMax; i++) {
      users.check('PLAIN', 'ada', `guess ${i}`, () => {});
    }
    return users;
  });
  const peer = dial().say(SASL_HEADER, init('PLAIN', '\0ada\0secret'));
  t.is(outcome(peer)?.code, 4);
  t.true(peer.ended);
});

test('[RFC 4616] PLAIN does not act for another', (t) => {
  const { host, dial } = rawBench(ADA);
  t.is(outcome(dial().say(SASL_HEADER, init('PLAIN', 'ada\0ada\0secret')))?.code, 0);
  const peer = dial().say(SASL_HEADER, init('PLAIN', 'root\0ada\0secret'));
  host.advance(gatewayLimits.failureDelayMs);
  t.is(outcome(peer)?.code, 1);
});

test('[RFC 4422 A] EXTERNAL is offered to a certificate, which says who it is', (t) => {
  const { host, broker, dial } = rawBench(ADA);
  const offered = dial('a', BILLING).say(SASL_HEADER).hearOnly('sasl-mechanisms')[0];
  t.is(offered?.mechanisms[0], 'EXTERNAL');
  for (const frames of [
    [init('EXTERNAL', '')],
    [init('EXTERNAL', 'billing')],
    [init('EXTERNAL'), response('')],
  ]) {
    const peer = dial('b', BILLING).say(SASL_HEADER, ...frames);
    t.is(outcome(peer)?.code, 0);
    peer.say(HEADER, open());
    t.is([...broker.connections()][0]?.options.user, 'billing');
    peer.cut();
  }
  for (const [subject, said] of [
    [BILLING, 'root'],
    [undefined, 'billing'],
    [undefined, ''],
  ] as const) {
    const peer = dial('c', subject).say(SASL_HEADER, init('EXTERNAL', said));
    host.advance(gatewayLimits.failureDelayMs);
    t.is(outcome(peer)?.code, 1);
  }
});

test('[AMQP 5.2] without SASL the certificate alone says who it is', (t) => {
  const { broker, dial } = rawBench(ADA);
  dial('a', BILLING).say(HEADER, open());
  t.is([...broker.connections()][0]?.options.user, 'billing');
  const peer = dial().say(HEADER, open());
  t.deepEqual(peer.hear(), [{ kind: 'header', protocol: 3 }]);
});
