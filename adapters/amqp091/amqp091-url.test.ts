// URLs of RabbitMQ, and what is said of brokers before there is one.

import test from 'ava';
import { CAPABILITIES, IllegalArgumentException } from '#jms-api';
import { patternOf } from '../rabbitmq-topology.ts';
import { placeOf } from './amqp091-url.ts';
import { foreigner } from './diagnosis.ts';
import { AMQP091_LACKS, peerOf } from './peers.ts';

test('a URL says host, port, TLS and virtual host', (t) => {
  const plain = placeOf('amqp091://broker.example');
  t.like(plain, { host: 'broker.example', port: 5672, tls: false, vhost: '/' });
  t.like(plain, { queueType: 'quorum', topicExchange: 'amq.topic', heartbeatS: undefined });
  const whole = placeOf(
    'amqps091://[::1]:1234/a%2Fb%20c?queueType=classic&transport.trustAll=true',
  );
  t.like(whole, { host: '::1', port: 1234, tls: true, vhost: 'a/b c', trustAll: true });
  t.is(whole.queueType, 'classic');
  t.is(placeOf('amqp091://h?amqp091.vhost=%2Fx').vhost, '/x');
  const java = placeOf('amqp091://h?amqp091.messageFormat=rabbitmq-jms');
  t.like(java, { messageFormat: 'rabbitmq-jms', topicExchange: 'jms.durable.topic' });
});

test('a URL that cannot be read says what was expected, and keeps a password to itself', (t) => {
  const refused = (url: string): string =>
    t.throws(() => placeOf(url), { instanceOf: IllegalArgumentException }).message;
  const secret = refused('amqp091://ann:secret@broker');
  t.regex(secret, /amqp091:\/\/HOST:PORT\/VHOST.*jms\.username/s);
  t.false(secret.includes('secret'));
  t.regex(refused('amqp091://h?amqp091.queueTyp=classic'), /did you mean amqp091\.queueType/);
  t.regex(refused('amqp091://h?amqp091.queueType=stream'), /quorum or classic, not 'stream'/);
  t.regex(refused('amqp091://h?transport.trustAll=true'), /for amqps091:/);
  t.regex(refused('amqp091://h:70000'), /expected amqp091/);
  t.regex(refused('amqp091://h/a%zz'), /percent-encoded/);
});

test('what a RabbitMQ lacks depends on its version and on the queues that we make', (t) => {
  const lacks = (version: string, type: 'quorum' | 'classic'): string[] =>
    CAPABILITIES.filter((one) => !peerOf('RabbitMQ', version, type).capabilities.has(one));
  const always = ['selectors', 'browsers', 'delivery-delay', 'message-groups'];
  const others = ['duplicate-detection', 'presettled', 'unpaired-surrogates'];
  t.deepEqual(lacks('4.0.5', 'quorum').sort(), [...always, ...others].sort());
  t.deepEqual(lacks('3.10.8', 'quorum').sort(), [...always, ...others, 'priority-order'].sort());
  t.deepEqual(lacks('3.10.8', 'classic').sort(), [...always, ...others, 'delivery-count'].sort());
  for (const table of Object.values(AMQP091_LACKS)) {
    for (const lack of Object.values(table)) t.true(lack.why !== '' && lack.instead !== '');
  }
});

test('strangers are told by their first bytes', (t) => {
  const says = (...bytes: (string | number[])[]): string | undefined =>
    foreigner(Buffer.concat(bytes.map((one) => Buffer.from(one as string))));
  t.regex(says('AMQP', [0, 1, 0, 0]) ?? '', /AMQP 1\.0.*amqp:\/\//);
  t.regex(says('AMQP', [3, 1, 0, 0]) ?? '', /AMQP 1\.0/);
  t.regex(says([0, 0, 0, 240, 1], 'ActiveMQ') ?? '', /OpenWire/);
  t.regex(says([0x15, 3, 1, 0, 2, 2, 70]) ?? '', /amqps091:\/\//);
  t.regex(says('HTTP/1.1 400 Bad Request') ?? '', /HTTP/);
  t.regex(says('ERROR\n') ?? '', /stomp:\/\//);
  t.regex(says([1, 2, 3, 4, 5, 6, 7, 8]) ?? '', /0102030405060708/);
  t.is(says([1, 0, 0, 0, 0, 1, 200]), undefined, 'a method on channel 0');
  t.is(says('AM'), undefined);
});

test('topics of JMS are patterns of RabbitMQ', (t) => {
  t.is(patternOf('prices.>'), 'prices.#');
  t.is(patternOf('prices.*.eur'), 'prices.*.eur');
  t.is(patternOf('a>b'), 'a>b');
});
