// What a `failover:` URL may say: the grammar of Qpid JMS, the words of ActiveMQ Classic.

import test from 'ava';
import { IllegalArgumentException, UnsupportedOperationException } from '#jms-api';
import { parseFailoverUrl } from './failover-url.ts';

const plain = {
  urls: ['amqp://a:1'],
  nested: [],
  initialReconnectDelayMs: 0,
  reconnectDelayMs: 10,
  maxReconnectDelayMs: 30_000,
  useReconnectBackOff: true,
  reconnectBackOffMultiplier: 2,
  maxReconnectAttempts: -1,
  startupMaxReconnectAttempts: undefined,
  warnAfterReconnectAttempts: 10,
  randomize: false,
  serverListAction: 'REPLACE' as const,
};

test('URLs in parentheses, or without; each with a query of its own', (t) => {
  t.deepEqual(parseFailoverUrl('failover:(amqp://a:1)'), plain);
  t.deepEqual(parseFailoverUrl('failover://(amqp://a:1)'), plain);
  t.deepEqual(parseFailoverUrl('failover:amqp://a:1'), plain);
  t.deepEqual(parseFailoverUrl('failover://amqp://a:1,stomp://b').urls, [
    'amqp://a:1',
    'stomp://b',
  ]);
  const two = 'failover:(amqp://a:1?amqp.saslMechanisms=PLAIN,ANONYMOUS, amqp://[::1]:2?x=1&y=2)';
  t.deepEqual(parseFailoverUrl(two).urls, [
    'amqp://a:1?amqp.saslMechanisms=PLAIN,ANONYMOUS',
    'amqp://[::1]:2?x=1&y=2',
  ]);
});

test('options, by Qpid’s names and by Classic’s', (t) => {
  const options = {
    initialReconnectDelayMs: 1,
    reconnectDelayMs: 2,
    maxReconnectDelayMs: 3,
    useReconnectBackOff: false,
    reconnectBackOffMultiplier: 1.5,
    maxReconnectAttempts: 4,
    startupMaxReconnectAttempts: 5,
    warnAfterReconnectAttempts: 6,
    randomize: true,
  };
  const classic =
    'initialReconnectDelay=1&reconnectDelay=2&maxReconnectDelay=3&useExponentialBackOff=false&' +
    'backOffMultiplier=1.5&maxReconnectAttempts=4&startupMaxReconnectAttempts=5&' +
    'warnAfterReconnectAttempts=6&randomize=true';
  const qpid = classic
    .replace(/(^|&)/g, '$1failover.')
    .replace('useExponentialBackOff', 'useReconnectBackOff')
    .replace('backOffMultiplier', 'reconnectBackOffMultiplier');
  t.deepEqual(parseFailoverUrl(`failover:(amqp://a:1)?${qpid}`), { ...plain, ...options });
  t.deepEqual(parseFailoverUrl(`failover:(amqp://a:1)?${classic}`), { ...plain, ...options });
  const list = 'failover:(amqp://a:1)?failover.amqpOpenServerListAction=add';
  t.is(parseFailoverUrl(list).serverListAction, 'ADD');
});

test('nested options go into each URL that does not say them itself', (t) => {
  const { urls } = parseFailoverUrl(
    'failover:(amqp://a:1?amqp.vhost=x,amqp://b:2)?failover.nested.amqp.vhost=y&nested.transport.z=1',
  );
  t.deepEqual(urls, [
    'amqp://a:1?amqp.vhost=x&transport.z=1',
    'amqp://b:2?amqp.vhost=y&transport.z=1',
  ]);
});

test('what is refused says what there is instead', (t) => {
  const refused = (url: string, message: RegExp) =>
    t.throws(() => parseFailoverUrl(url), { instanceOf: IllegalArgumentException, message }, url);
  refused('failover:', /expected failover:\(URL,URL\)/);
  refused('failover:()', /expected failover:\(URL,URL\)/);
  refused('failover:(//localhost:5672)', /is not the URL of a broker/);
  refused('failover:(failover:(amqp://a))', /is not the URL of a broker/);
  refused('failover:(amqp://a?jms.clientID=x)', /after the parentheses/);
  refused('failover:(amqp://a)?failover.nested.jms.clientID=x', /after the parentheses/);
  refused(
    'failover:(amqp://a)?failover.maxReconectAttempts=1',
    /did you mean failover\.maxReconnect/,
  );
  refused('failover:(amqp://a)?failover.maxReconnectAttempts=-2', /-1 to/);
  refused('failover:(amqp://a)?failover.reconnectBackOffMultiplier=0.5', /1 to 1000/);
  refused('failover:(amqp://a)?failover.amqpOpenServerListAction=KEEP', /REPLACE, ADD, IGNORE/);
  t.throws(() => parseFailoverUrl('failover:(amqp://a)?timeout=3000'), {
    instanceOf: UnsupportedOperationException,
    message: /say jms\.sendTimeout/,
  });
});
