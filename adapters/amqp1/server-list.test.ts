import test from 'ava';
import { serverList } from './server-list.ts';

test('[AMQP 2.7.1] the servers that a peer offers; what is no server is left out', (t) => {
  const list = [
    { 'network-host': 'b', port: 5672, hostname: 'vhost' },
    { hostname: '::1', port: '5673' },
    { 'network-host': 'c', port: 5671, scheme: 'amqps' },
    { 'network-host': 'd', port: 1, scheme: 'amqpws' },
    { 'network-host': 'x/y?z', port: 1 },
    { 'network-host': 'no port' },
    null,
    7,
  ];
  const properties = { 'failover-server-list': list };
  t.deepEqual(serverList(properties, false), [
    'amqp://b:5672',
    'amqp://[::1]:5673',
    'amqps://c:5671',
  ]);
  t.deepEqual(serverList(properties, true), [
    'amqps://b:5672',
    'amqps://[::1]:5673',
    'amqps://c:5671',
  ]);
  t.deepEqual(serverList({ 'failover-server-list': 'b' }, false), []);
  t.deepEqual(serverList({}, false), []);
  t.deepEqual(serverList(undefined, false), []);
});
