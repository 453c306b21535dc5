import test from 'ava';
import { Users } from '../auth.ts';
import { encodeValue } from './encoder.ts';
import type { Attach, Draft } from './performatives.ts';
import { type RawBench, rawBench } from './raw-bench.test-kit.ts';
import {
  begin,
  credit,
  detach,
  end,
  HEADER,
  message,
  messageWith,
  open,
  type RawPeer,
  receiver,
  sender,
  settle,
  source,
  target,
  textOf,
  transfer,
} from './raw-peer.test-kit.ts';
import { described, NULL, string, symbol, type Value } from './types.ts';

const SELECTOR = 'apache.org:selector-filter:string';
const NO_LOCAL = 'apache.org:no-local-filter:list';
const DIRECT = 'apache.org:legacy-amqp-direct-binding:string';
const TOPIC = 'apache.org:legacy-amqp-topic-binding:string';
const JMS_DURABLE = { durable: 2, expiryPolicy: 'never', distributionMode: 'copy' } as const;

function named(name: string, value: Value): Value {
  return { type: 'described', descriptor: symbol(name), value };
}

function filtered(address: string, filter: Readonly<Record<string, Value>>, ...caps: string[]) {
  return source(address, { filter: new Map(Object.entries(filter)), capabilities: caps });
}

function topic(fields: Partial<NonNullable<Draft<Attach>['source']>> = {}, ...caps: string[]) {
  return source('t', { capabilities: ['topic', ...caps], ...fields });
}

function texts(peer: RawPeer): string[] {
  return peer.hearOnly('transfer').map(({ payload }) => textOf(payload));
}

/** A peer with a client id of its own. */
function client(bench: RawBench, containerId: string): RawPeer {
  const sole = { containerId, desiredCapabilities: ['sole-connection-for-container'] };
  const peer = bench.dial().say(HEADER, open(sole), begin());
  peer.hear();
  return peer;
}

/** Sends texts to the topic `t`, or another target. */
function send(bench: RawBench, ...payloads: (string | Buffer)[]): void {
  const peer = bench.enter().say(sender({ target: target('t', 'topic') }));
  for (const [id, payload] of payloads.entries()) {
    peer.say(transfer(id, typeof payload === 'string' ? message(payload) : payload));
  }
}

function refusal(peer: RawPeer): string | undefined {
  return peer.hearOnly('detach')[0]?.error?.condition;
}

/** A message with a subject. */
function about(subject: string): Buffer {
  const value = [NULL, NULL, NULL, string(subject)];
  const properties = encodeValue(described(0x73, { type: 'list', value }));
  return Buffer.concat([properties, message(subject)]);
}

for (const [how, value] of [
  ['code', described(0x468c_0000_0004, string('n > 1'))],
  ['symbol', named(SELECTOR, string('n > 1'))],
] as const) {
  test(`[AMQP 3.5.8] a selector, by ${how}, is in effect and echoed`, (t) => {
    const bench = rawBench();
    const peer = bench
      .enter()
      .say(receiver({ source: filtered('q', { 'jms-selector': value }) }), credit(10));
    const [answer] = peer.hearOnly('attach');
    t.deepEqual(answer?.source?.filter.get('jms-selector'), value);
    const producer = bench.enter().say(sender());
    for (let n = 0; n < 4; n++) {
      producer.say(transfer(n, messageWith({ n: { type: 'int', value: n } }, `${n}`)));
    }
    t.deepEqual(texts(peer), ['2', '3']);
    // A queue keeps the others for somebody else.
    t.deepEqual(texts(bench.enter().say(receiver(), credit(10))), ['0', '1']);
  });
}

test('[AMQP 3.5.8] no-local keeps what the connection itself sent from a topic', (t) => {
  const bench = rawBench();
  const value = described(0x468c_0000_0003, string('NoLocalFilter{}'));
  const asked = filtered('t', { 'no-local': value, unknown: named('x:y', string('z')) }, 'topic');
  const peer = bench.enter().say(receiver({ source: asked }), credit(10));
  t.deepEqual([...(peer.hearOnly('attach')[0]?.source?.filter.keys() ?? [])], ['no-local']);
  peer.say(sender({ target: target('t', 'topic') }), transfer(0, message('own')));
  send(bench, 'other');
  t.deepEqual(texts(peer), ['other']);
});

test('[AMQP 3.5.8] no-local means nothing on a queue, and is not echoed', (t) => {
  const asked = filtered('q', { 'no-local': named(NO_LOCAL, { type: 'list', value: [] }) });
  const peer = rawBench()
    .enter()
    .say(receiver({ source: asked }));
  t.is(peer.hearOnly('attach')[0]?.source?.filter.size, 0);
});

for (const [name, key, wanted] of [
  [DIRECT, 'a.b', ['a.b']],
  [TOPIC, 'a.b', ['a.b']],
  [TOPIC, 'a.*', ['a.b', 'a.c']],
  [TOPIC, 'a.#', ['a', 'a.b', 'a.c', 'a.b.c']],
  [TOPIC, '*.b.#', ['a.b', 'a.b.c']],
  [TOPIC, '#', ['a', 'a.b', 'a.c', 'a.b.c', "it's", 'a%']],
  [DIRECT, "it's", ["it's"]],
  [TOPIC, 'a%', ['a%']],
] as const) {
  test(`bindings of old clients compare the subject: ${name.slice(23)} ${key}`, (t) => {
    const bench = rawBench();
    const asked = filtered('t', { binding: named(name, string(key)) }, 'topic');
    const peer = bench.enter().say(receiver({ source: asked }), credit(10));
    t.is(peer.hearOnly('attach')[0]?.source?.filter.size, 1);
    send(bench, ...['a', 'a.b', 'a.c', 'a.b.c', "it's", 'a%'].map(about));
    t.deepEqual(texts(peer), [...wanted]);
  });
}

test('a binding that cannot be said is not echoed', (t) => {
  const asked = filtered('t', { binding: named(TOPIC, string('#.b')) }, 'topic');
  const peer = rawBench()
    .enter()
    .say(receiver({ source: asked }));
  t.is(peer.hearOnly('attach')[0]?.source?.filter.size, 0);
});

test('[AMQP 3.5.7] a copy of a queue shows what is there, drains, and takes nothing', (t) => {
  const bench = rawBench();
  const producer = bench.enter().say(sender());
  for (let id = 0; id < 5; id++) producer.say(transfer(id, message(`${id}`)));
  for (const sndSettleMode of [0, 1]) {
    const copy = source('q', { distributionMode: 'copy' });
    const peer = bench.enter().say(receiver({ sndSettleMode, source: copy }));
    t.is(peer.hearOnly('attach')[0]?.source?.distributionMode, 'copy');
    peer.say(credit(10, { drain: true }));
    const came = peer.hear();
    t.is(came.length, 6);
    t.like(came[5], { kind: 'flow', linkCredit: 0, deliveryCount: 10, available: 0 });
    t.deepEqual(peer.say(settle(0, 4, 'accepted')).hear(), []);
  }
  t.is(bench.broker.queues()[0]?.statistics().ready, 5);
});

test('[AMQP 3.5.3] a durable subscription receives while its link is detached', (t) => {
  const bench = rawBench();
  const first = client(bench, 'c').say(receiver({ name: 's', source: topic(JMS_DURABLE) }));
  const [answer] = first.hearOnly('attach');
  t.like(answer?.source, { durable: 2, expiryPolicy: 'never', distributionMode: 'copy' });
  first.say(detach(1, false));
  t.is(first.hearOnly('detach')[0]?.closed, false);
  send(bench, 'a');
  first.cut();
  send(bench, 'b');
  const again = client(bench, 'c').say(
    receiver({ name: 's', source: topic(JMS_DURABLE) }),
    credit(10),
  );
  t.deepEqual(texts(again), ['a', 'b']);
  again.say(end());
  send(bench, 'c');
  again.say(begin(), receiver({ name: 's', source: topic(JMS_DURABLE) }), credit(10));
  t.deepEqual(texts(again), ['a', 'b', 'c']);
  t.is(bench.broker.topics()[0]?.subscriptions.length, 1);
});

test('[JMS mapping] closing the link of an unshared durable subscription ends it', (t) => {
  const bench = rawBench();
  const peer = client(bench, 'c').say(receiver({ name: 's', source: topic(JMS_DURABLE) }));
  peer.say(detach(1));
  t.is(bench.broker.topics()[0]?.subscriptions.length, 0);
});

test('[AMQP 2.6.1] links of the same name of two containers are two subscriptions', (t) => {
  const bench = rawBench();
  for (const id of ['a', 'b']) {
    const peer = bench.dial().say(HEADER, open({ containerId: id }), begin());
    peer.say(receiver({ name: 's', source: topic(JMS_DURABLE) }));
    t.is(peer.hearOnly('detach').length, 0);
  }
  t.is(bench.broker.topics()[0]?.subscriptions.length, 2);
});

test('[JMS 8.3.3] another selector makes a durable subscription anew, unless it is active', (t) => {
  const bench = rawBench();
  const peer = client(bench, 'c').say(receiver({ name: 's', source: topic(JMS_DURABLE) }));
  send(bench, 'old');
  const filter = new Map([['f', named(SELECTOR, string("JMSType = 'new'"))]]);
  const other = topic({ ...JMS_DURABLE, filter });
  peer.say(begin(1));
  const second = client(bench, 'd');
  t.is(second.hear().length, 0);
  peer.say(detach(1, false), receiver({ name: 's', source: other }), credit(5));
  send(bench, about('new'), about('old'));
  t.deepEqual(texts(peer), ['new']);
});

for (const [what, names, capabilities] of [
  ['durable', ['n', 'n|2', 'n|3'], ['shared']],
  ['durable, of all clients', ['n|global', 'n|global2'], ['shared', 'global']],
  ['volatile', ['n|volatile1', 'n|volatile2'], ['shared']],
  ['volatile, of all clients', ['n|global-volatile1', 'n|global-volatile2'], ['shared', 'global']],
] as const) {
  test(`[JMS mapping] a shared subscription, ${what}`, (t) => {
    const bench = rawBench();
    const durable = what.startsWith('durable');
    const asked = topic(durable ? JMS_DURABLE : { expiryPolicy: 'link-detach' }, ...capabilities);
    const peer = client(bench, 'c');
    for (const [handle, name] of names.entries()) {
      peer.say(receiver({ name, handle, source: asked }), credit(5, { handle }));
    }
    const [answer] = peer.hearOnly('attach');
    t.deepEqual(answer?.source?.capabilities, ['topic', ...capabilities]);
    t.is(bench.broker.topics()[0]?.subscriptions.length, 1);
    send(bench, '1', '2', '3', '4', '5', '6');
    const came = peer.hearOnly('transfer');
    t.is(came.length, 6);
    t.is(new Set(came.map(({ handle }) => handle)).size, names.length);
    // Everybody of the same name joins, or nobody but this client.
    const other = client(bench, 'd').say(receiver({ name: names[0], source: asked }));
    t.is(other.hearOnly('detach').length, 0);
    const subscriptions = (capabilities as readonly string[]).includes('global') ? 1 : 2;
    t.is(bench.broker.topics()[0]?.subscriptions.length, subscriptions);
    other.say(detach(1, false));
    for (const handle of names.keys()) peer.say(detach(handle, false));
    const left = durable ? subscriptions : 0;
    t.is(bench.broker.topics()[0]?.subscriptions.length, left);
  });
}

test('[JMS mapping] an attach without source finds a subscription, and its close ends that', (t) => {
  const bench = rawBench();
  const peer = client(bench, 'c');
  const filter = new Map([['f', named(SELECTOR, string('a = 1'))]]);
  peer.say(receiver({ name: 's', source: topic({ ...JMS_DURABLE, filter }) }));
  const find = receiver({ name: 's', source: undefined as never });
  peer.hear();
  // It has a consumer.
  t.is(refusal(client(bench, 'd').say(find)), 'amqp:not-found');
  peer.say(detach(1, false));
  peer.hear();
  peer.say(find);
  const [found] = peer.hearOnly('attach');
  t.like(found?.source, { address: 't', durable: 2, expiryPolicy: 'never' });
  t.is(found?.source?.filter.size, 1);
  peer.say(detach(1));
  t.is(peer.hearOnly('detach')[0]?.error, undefined);
  t.is(bench.broker.topics()[0]?.subscriptions.length, 0);
  t.is(refusal(peer.say(find)), 'amqp:not-found');
});

test('[JMS 8.3.3] a subscription with an active consumer is not unsubscribed', (t) => {
  const bench = rawBench();
  const shared = topic(JMS_DURABLE, 'shared', 'global');
  bench.enter().say(receiver({ name: 'n|global', source: shared }));
  const peer = bench.enter();
  const find = { name: 'n|global', source: undefined as never };
  peer.say(receiver({ ...find, desiredCapabilities: ['shared', 'global'] }));
  t.is(refusal(peer), 'amqp:resource-locked');
  t.is(bench.broker.topics()[0]?.subscriptions.length, 1);
});

test('[JMS 8.3.4] a name is a shared subscription or an unshared one', (t) => {
  const bench = rawBench();
  client(bench, 'c').say(receiver({ name: 's', source: topic(JMS_DURABLE) }), detach(1, false));
  const peer = bench.dial().say(HEADER, open({ containerId: 'c' }), begin());
  peer.say(receiver({ name: 's', source: topic(JMS_DURABLE, 'shared') }));
  t.is(refusal(peer), 'amqp:not-allowed');
});

test('capabilities that a link asks for are offered back', (t) => {
  const desired = ['DELAYED_DELIVERY', 'SHARED-SUBS', 'else'];
  const peer = rawBench()
    .enter()
    .say(sender({ desiredCapabilities: desired }));
  t.deepEqual(peer.hearOnly('attach')[0]?.offeredCapabilities, desired.slice(0, 2));
});

test('[AMQP 3.4.5] undeliverable here: somebody else gets it', (t) => {
  const bench = rawBench();
  const first = bench.enter().say(receiver(), credit(5));
  bench
    .enter()
    .say(sender())
    .say(transfer(0, message('m')));
  t.deepEqual(texts(first), ['m']);
  const yes: Value = { type: 'boolean', value: true };
  first.say(settle(0, 0, described(0x27, { type: 'list', value: [yes, yes] })));
  t.deepEqual(texts(first), []);
  t.deepEqual(texts(bench.enter().say(receiver(), credit(5))), ['m']);
});

for (const [address, expected] of [
  ['/queues/my%20orders', 'queue://my orders'],
  ['orders::orders', 'queue://orders'],
  ['prices::orders', 'queue://orders'],
  ['::orders', 'queue://orders'],
] as const) {
  test(`addresses of other brokers: ${address}`, (t) => {
    const bench = rawBench();
    bench.enter().say(receiver({ source: source(address) }));
    bench.enter().say(sender({ target: target(address) }));
    t.deepEqual(
      bench.broker.queues().map(({ key }) => key),
      [expected],
    );
  });
}

test('addresses of other brokers: a queue of a topic is its subscription', (t) => {
  const bench = rawBench();
  const asked = source('t::sub', { capabilities: ['topic'] });
  bench.enter().say(receiver({ source: asked }), detach(1));
  send(bench, 'a');
  t.deepEqual(texts(bench.enter().say(receiver({ source: source('t::sub') }), credit(5))), ['a']);
});

for (const address of ['/queues/%zz', 'a::']) {
  test(`addresses that mean nothing are refused: ${address}`, (t) => {
    t.is(
      refusal(
        rawBench(new Users())
          .enter()
          .say(receiver({ source: source(address) })),
      ),
      'amqp:invalid-field',
    );
  });
}
