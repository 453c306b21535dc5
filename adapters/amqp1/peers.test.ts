import test from 'ava';
import { Outcome } from '#jms-api';
import { AMQP1_LACKS, type PeerOpen, peerOf } from './peers.ts';

const open: PeerOpen = {
  product: '',
  version: '',
  offered: new Set(),
  queuePrefix: '',
  topicPrefix: '',
};

test('[JMS mapping WD10] what a peer does not offer it has not, and the reason names the word', (t) => {
  const peer = peerOf({ ...open, product: 'other' });
  t.is(peer.name, 'other');
  t.false(peer.capabilities.has('delivery-delay'));
  t.regex(peer.lacks['delivery-delay']?.why ?? '', /DELAYED_DELIVERY/);
  t.false(peer.relay);
  const offered = new Set(['DELAYED_DELIVERY', 'SHARED-SUBS', 'ANONYMOUS-RELAY']);
  const better = peerOf({ ...open, product: 'other', offered });
  t.true(
    better.capabilities.has('delivery-delay') && better.capabilities.has('shared-subscriptions'),
  );
  t.true(better.relay);
  t.is(better.lacks['delivery-delay'], undefined);
});

test('products: what no frame says is in a table, and each reason has an alternative', (t) => {
  const rabbit = peerOf({ ...open, product: 'RabbitMQ', version: '3.10.8' });
  t.false(rabbit.drains || rabbit.managed || rabbit.capabilities.has('client-id'));
  const second = peerOf({ ...open, product: 'RabbitMQ', version: '4.1.0' });
  t.true(second.drains && second.managed && second.capabilities.has('client-id'));
  const classic = peerOf({ ...open, product: 'ActiveMQ', queuePrefix: 'queue://' });
  t.is(classic.name, 'ActiveMQ Classic');
  t.is(classic.dialect.addressOf({ kind: 'queue', name: 'q' }), 'queue://q');
  t.deepEqual(classic.dialect.destinationOf('queue://q'), { kind: 'queue', name: 'q' });
  const artemis = peerOf({ ...open, product: 'apache-activemq-artemis' });
  t.is(artemis.name, 'ActiveMQ Artemis');
  t.is(artemis.dialect.addressOf({ kind: 'topic', name: 'a.>' }, true), 'a.#');
  t.is(artemis.dialect.addressOf({ kind: 'topic', name: 'a.>' }), 'a.>');
  for (const lacks of Object.values(AMQP1_LACKS)) {
    for (const { why, instead } of Object.values(lacks)) t.true(why !== '' && instead !== '');
  }
});

test('RabbitMQ: queues and topics have paths', (t) => {
  const { dialect } = peerOf({ ...open, product: 'RabbitMQ', version: '3.10.8' });
  t.is(dialect.addressOf({ kind: 'queue', name: 'a' }), '/queue/a');
  t.is(dialect.addressOf({ kind: 'topic', name: 'a.>' }, true), '/topic/a.#');
  t.deepEqual(dialect.destinationOf('/amq/queue/a'), { kind: 'queue', name: 'a' });
  t.is(dialect.destinationOf('a'), undefined);
});

test('Qpid Broker-J: topics are keys of amq.topic, and what it does not say of itself', (t) => {
  const offered = new Set(['ANONYMOUS-RELAY', 'SHARED-SUBS']);
  const peer = peerOf({ ...open, product: 'Apache Qpid Broker-J Core', version: '9.2.1', offered });
  t.is(peer.name, 'Qpid Broker-J');
  t.true(peer.capabilities.has('delivery-delay') && peer.capabilities.has('shared-subscriptions'));
  t.false(peer.relay || peer.keepsForeign);
  t.true(peer.marksUnread);
  t.is(peer.states[Outcome.rejected], peer.states[Outcome.undeliverable]);
  const { dialect } = peer;
  const prices = { kind: 'topic', name: 'prices.>' } as const;
  t.is(dialect.addressOf(prices, true), 'amq.topic/prices.#');
  t.is(dialect.addressOf(prices), 'amq.topic/prices.>');
  t.is(dialect.addressOf({ kind: 'queue', name: 'q' }, true), 'q');
  t.is(dialect.addressOf({ kind: 'temporary-topic', name: 'T' }, true), 'T/');
  t.is(dialect.addressOf({ kind: 'temporary-topic', name: 'T' }), 'T');
  t.deepEqual(dialect.destinationOf('amq.topic/a/b'), { kind: 'topic', name: 'a/b' });
  t.is(dialect.destinationOf('q'), undefined);
  t.deepEqual(dialect.targetCapabilities?.(prices), ['DISCARD_UNROUTABLE']);
  t.deepEqual(dialect.targetCapabilities?.({ kind: 'queue', name: 'q' }), []);
});
