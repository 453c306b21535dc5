// What all ways to RabbitMQ have in common: addresses, and what is made there under which names.

import test from 'ava';
import { InvalidClientIDException, InvalidDestinationException, JMSException } from '#jms-api';
import { addressOfKey, addressOfQueue, destinationAt } from './rabbitmq-address.ts';
import {
  type Arguments,
  ORDINARY_TOPOLOGY,
  type QueueWishes,
  RefusalCode,
  Topology,
  type TopologyDoor,
} from './rabbitmq-topology.ts';

/** Queues and exchanges in memory, and what was asked for. */
class PlayedDoor implements TopologyDoor {
  readonly queues: Map<string, { wishes: QueueWishes; consumers: number }> = new Map();
  readonly exchanges: Map<string, string> = new Map();
  readonly bindings: string[] = [];
  locked = '';

  async declareQueue(name: string, wishes: QueueWishes): Promise<void> {
    if (name === this.locked) throw new JMSException('locked', RefusalCode.locked);
    this.queues.set(name, { wishes, consumers: 0 });
  }
  async queue(name: string): Promise<{ consumers: number } | undefined> {
    return this.queues.get(name);
  }
  async deleteQueue(name: string): Promise<void> {
    this.queues.delete(name);
    this.exchanges.delete(name);
  }
  async declareExchange(name: string, type: string, args: Arguments): Promise<void> {
    const said = `${type} ${args['alternate-exchange']}`;
    const known = this.exchanges.get(name) ?? said;
    if (known !== said) throw new JMSException('inequivalent arg', RefusalCode.different);
    this.exchanges.set(name, said);
  }
  async deleteExchange(name: string): Promise<void> {
    this.exchanges.delete(name);
  }
  async bind(queue: string, exchange: string, key: string): Promise<void> {
    this.bindings.push(`${exchange} ${key} → ${queue}`);
  }
}

const prices = { kind: 'topic', name: 'prices.>' } as const;

test('addresses: every name survives, and what is none of them is told apart', (t) => {
  for (const name of ['orders', 'a/b c%d?é#&;', "it's (a) *star*!", 'x'.repeat(255)]) {
    t.deepEqual(destinationAt(addressOfQueue(name)), { kind: 'queue', name });
    t.deepEqual(destinationAt(addressOfKey('amq.topic', name)), { kind: 'topic', name });
  }
  t.is(addressOfQueue("a/b'"), '/queues/a%2Fb%27');
  for (const other of ['orders', '/queue/orders', '/queues/', '/queues/a/b', '/queues/%zz']) {
    t.is(destinationAt(other), undefined);
  }
  for (const step of ['.', '..', '\ud800']) {
    t.throws(() => addressOfQueue(step), { instanceOf: InvalidDestinationException });
  }
});

test('a missing queue is made as it was wished, one that is there is used as it is', async (t) => {
  const door = new PlayedDoor();
  const wishes = { ...ORDINARY_TOPOLOGY, deadLetterQueue: 'dead' };
  await new Topology(door, wishes, 4).ensure({ kind: 'queue', name: 'orders' });
  t.deepEqual([...door.queues.keys()], ['dead', 'orders']);
  t.deepEqual(door.queues.get('orders')?.wishes.arguments, {
    'x-queue-type': 'quorum',
    'x-delivery-limit': -1,
    'x-dead-letter-exchange': '',
    'x-dead-letter-routing-key': 'dead',
  });
  const classic = { ...ORDINARY_TOPOLOGY, queueType: 'classic' } as const;
  await new Topology(door, classic, 4).ensure({ kind: 'queue', name: 'orders' });
  t.is(door.queues.get('orders')?.wishes.arguments?.['x-queue-type'], 'quorum');
});

test('[JMS 8.3.4] a subscription is of a topic and a selector; another one makes it anew, unless it is used', async (t) => {
  const door = new PlayedDoor();
  const topology = new Topology(door, ORDINARY_TOPOLOGY, 4);
  const wanted = { topic: prices, clientId: 'c', name: 's', durable: true, shared: true };
  const queue = await topology.subscribe({ ...wanted, noLocal: false });
  t.is(queue, 'angelia.durable:c:s');
  t.deepEqual(door.bindings, [`${queue}  → ${queue}`, `amq.topic prices.# → ${queue}`]);
  const first = door.queues.get(queue);
  await topology.subscribe({ ...wanted, noLocal: false });
  t.is(door.queues.get(queue), first);
  const other = { ...wanted, noLocal: false, selector: "a = ':'" };
  if (first !== undefined) first.consumers = 1;
  await t.throwsAsync(topology.subscribe(other), { message: /others consume it/ });
  if (first !== undefined) first.consumers = 0;
  await topology.subscribe(other);
  t.not(door.queues.get(queue), first);
});

test('[JMS 6.1.2] a client id is an exclusive queue', async (t) => {
  const door = new PlayedDoor();
  const topology = new Topology(door, ORDINARY_TOPOLOGY, 4);
  t.is(await topology.takeClientId('a b'), 'angelia.client:a%20b');
  door.locked = 'angelia.client:mine';
  await t.throwsAsync(topology.takeClientId('mine'), { instanceOf: InvalidClientIDException });
});
