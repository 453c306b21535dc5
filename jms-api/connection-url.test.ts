import test from 'ava';
import { parseConnectionUrl } from './connection-url.ts';
import { IllegalArgumentException } from './errors.ts';
import { nearest } from './nearest.ts';
import { Outcome } from './provider.ts';

const queue = { kind: 'queue', name: 'q' } as const;
const topic = { kind: 'topic', name: 't' } as const;
const durable = { subscription: { name: 's', durable: true, shared: false } };

test('options of the API are taken out, the rest is the adapter’s', (t) => {
  const { scheme, url, options } = parseConnectionUrl(
    'AMQP://h:1/?a=b&jms.username=ann%20b&jms.password=p%26q&jms.clientID=c&d',
  );
  t.is(scheme, 'amqp');
  t.is(url, 'AMQP://h:1/?a=b&d');
  t.is(options.username, 'ann b');
  t.is(options.password, 'p&q');
  t.is(options.clientID, 'c');
  t.is(parseConnectionUrl('vm://x?jms.clientID=c').url, 'vm://x');
});

test('failover: what is in parentheses has queries of its own', (t) => {
  const { url, options } = parseConnectionUrl(
    'failover:(amqp://a?amqp.x=1,amqp://b)?jms.clientID=c&failover.randomize=true',
  );
  t.is(url, 'failover:(amqp://a?amqp.x=1,amqp://b)?failover.randomize=true');
  t.is(options.clientID, 'c');
});

test('prefetch: by kind, and for all; the special wins', (t) => {
  const all = parseConnectionUrl(
    'vm://x?jms.prefetchPolicy.topicPrefetch=7&jms.prefetchPolicy.all=5',
  ).options;
  t.is(all.prefetchFor(queue, {}), 5);
  t.is(all.prefetchFor(queue, { browse: true }), 5);
  t.is(all.prefetchFor(topic, {}), 7);
  t.is(all.prefetchFor(topic, durable), 5);
  t.is(parseConnectionUrl('vm://x').options.prefetchFor(queue, {}), 1000);
});

test('redelivery: Qpid’s names and numbers, Classic’s spelling', (t) => {
  const options = (query: string) =>
    parseConnectionUrl(`vm://x?jms.redeliveryPolicy.${query}`).options;
  t.is(parseConnectionUrl('vm://x').options.maxRedeliveries, -1);
  t.is(options('maxRedeliveries=3').maxRedeliveries, 3);
  t.is(options('maximumRedeliveries=4').maxRedeliveries, 4);
  t.is(options('outcome=REJECTED').exhausted, Outcome.rejected);
  t.is(options('outcome=5').exhausted, Outcome.undeliverable);
});

test('wrong options name what is right', (t) => {
  const refused = { instanceOf: IllegalArgumentException };
  for (const [query, message] of [
    ['jms.clientId=c', /did you mean jms\.clientID\?/],
    ['jms.redeliveryPolicy.maxRedelivery=1', /jms\.redeliveryPolicy\.maxRedeliveries/],
    ['jms.zzzzzzzzzzzzzzzzzzzzzzzzzzzz=1', /there are jms\.username/],
    ['jms.prefetchPolicy.all=-1', /0 to 32767/],
    ['jms.prefetchPolicy.all=1.5', /0 to 32767/],
    ['jms.localMessageExpiry=yes', /true or false/],
    ['jms.redeliveryPolicy.outcome=6', /MODIFIED_FAILED/],
    ['jms.clientID=%', /percent/],
    ['jms.constructor=1', /not an option/],
  ] as const) {
    t.throws(() => parseConnectionUrl(`vm://x?${query}`), { ...refused, message }, query);
  }
  t.throws(() => parseConnectionUrl('no url'), refused);
});

test('nearest: one letter added, dropped, changed, swapped; nothing near', (t) => {
  const known = ['alpha', 'beta', 'gamma'];
  for (const near of ['alphaa', 'alph', 'alpho', 'lapha', 'ALPHA']) {
    t.is(nearest(near, known), 'alpha', near);
  }
  t.is(nearest('something else', known), undefined);
});
