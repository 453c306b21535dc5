// The AMQP adapter where the suite of behaviours cannot look: what is presettled, peers that have less
// than ours, certificates, and links that a transaction keeps. The peers are our own doors, and rhea.

import type { AddressInfo, Server } from 'node:net';
import { JMSException, JmsConnectionFactory, TransactionRolledBackException } from 'angelia';
import test from 'ava';
import rhea from 'rhea';
import { startServer } from '#server';

const server = await startServer({
  user: new Map([['zoë', 'pässwörd ☂']]),
  anonymous: true,
  httpPort: -1,
});
test.after.always(() => server.close());
const url = server.urls.amqp ?? '';

let names = 0;
const name = (): string => `links-${++names}`;

test('[AMQP 5.3.3] a name and a password are UTF-8', async (t) => {
  const factory = new JmsConnectionFactory(url);
  const connection = await factory.createConnection('zoë', 'pässwörd ☂');
  await connection.close();
  await t.throwsAsync(factory.createConnection('zoë', 'passwort'), { message: /'zoë'/ });
});

test('[AMQP 2.7.3] jms.presettlePolicy: sends are confirmed as they leave, deliveries come settled', async (t) => {
  const all = new JmsConnectionFactory(`${url}?jms.presettlePolicy.presettleAll=true`);
  const connection = await all.createConnection();
  await connection.start();
  const session = await connection.createSession(false, 2);
  const queue = session.createQueue(name());
  const producer = await session.createProducer(queue);
  const sends = [];
  for (let n = 0; n < 3000; n++) sends.push(producer.send(session.createTextMessage(String(n))));
  await Promise.all(sends);
  const consumer = await session.createConsumer(queue);
  for (let n = 0; n < 3000; n++) t.is((await consumer.receive(10_000))?.getBody(String), String(n));
  // Nothing was acknowledged, and nothing comes again.
  await connection.close();
  const other = await new JmsConnectionFactory(url).createConnection();
  await other.start();
  const looking = await other.createSession();
  t.is(await (await looking.createConsumer(queue)).receiveNoWait(), null);
  await other.close();
});

test('[AMQP 4.4] presettled sends of a transaction are part of it', async (t) => {
  const options = 'jms.presettlePolicy.presettleTransactedProducers=true';
  const connection = await new JmsConnectionFactory(`${url}?${options}`).createConnection();
  await connection.start();
  const session = await connection.createSession(0);
  const queue = session.createQueue(name());
  const producer = await session.createProducer(queue);
  await producer.send(session.createTextMessage('rolled back'));
  await session.rollback();
  await producer.send(session.createTextMessage('committed'));
  await session.commit();
  const consumer = await session.createConsumer(queue);
  t.is((await consumer.receive(10_000))?.getBody(String), 'committed');
  t.is(await consumer.receiveNoWait(), null);
  await connection.close();
});

test('[AMQP 2.6.13] three thousand messages of a transaction, and as many acknowledged in one', async (t) => {
  const connection = await new JmsConnectionFactory(url).createConnection();
  await connection.start();
  const session = await connection.createSession(0);
  const queue = session.createQueue(name());
  const producer = await session.createProducer(queue);
  const sends = [];
  for (let n = 0; n < 3000; n++) sends.push(producer.send(session.createTextMessage(String(n))));
  await Promise.all(sends);
  await session.commit();
  const consumer = await session.createConsumer(queue);
  for (let n = 0; n < 3000; n++) await consumer.receive(10_000);
  await session.rollback();
  const again = await consumer.receive(10_000);
  t.is(again?.getBody(String), '0');
  t.true(again?.getJMSRedelivered());
  await connection.close();
});

test('[JMS 8.3.3] unsubscribe while a transaction has messages of the subscription is refused', async (t) => {
  const connection = await new JmsConnectionFactory(url).createConnection();
  await connection.setClientID(name());
  await connection.start();
  const session = await connection.createSession(0);
  const topic = session.createTopic(name());
  const consumer = await session.createDurableConsumer(topic, 'news');
  await (await session.createProducer(topic)).send(session.createTextMessage('x'));
  await session.commit();
  await consumer.receive(10_000);
  await consumer.close();
  await t.throwsAsync(session.unsubscribe('news'), { instanceOf: JMSException });
  await session.commit();
  await session.unsubscribe('news');
  await connection.close();
});

interface Attached {
  readonly receiver: {
    readonly target: { readonly address: string };
    set_target(target: object): void;
    close(error?: object): void;
  };
  readonly message: { readonly body: unknown };
}

/** A peer that is rhea: no relay for anonymous producers, no transactions, no client ids. */
async function plainPeer(): Promise<{
  url: string;
  came: string[];
  refuse: string;
  server: Server;
}> {
  const peer = rhea.create_container();
  const state = {
    url: '',
    came: [] as string[],
    refuse: '',
    server: undefined as unknown as Server,
  };
  peer.on('receiver_open', ({ receiver }: Attached) => {
    const address = receiver.target?.address;
    if (address === undefined || address === state.refuse) {
      receiver.close({ condition: 'amqp:not-found', description: `no queue ${address}` });
    } else receiver.set_target({ address });
  });
  peer.on('message', ({ receiver, message }: Attached) => {
    state.came.push(`${receiver.target.address}: ${message.body}`);
  });
  peer.on('disconnected', () => {});
  state.server = peer.listen({ port: 0, host: '127.0.0.1' }) as unknown as Server;
  await new Promise((resolve) => state.server.once('listening', resolve));
  state.url = `amqp://127.0.0.1:${(state.server.address() as AddressInfo).port}`;
  return state;
}

test('[JMS mapping WD10] without an anonymous relay, each destination has a link', async (t) => {
  const peer = await plainPeer();
  const connection = await new JmsConnectionFactory(peer.url).createConnection();
  const session = await connection.createSession();
  const producer = await session.createProducer(null);
  for (const queue of ['a', 'b', 'a']) {
    await producer.send(session.createQueue(queue), session.createTextMessage('x'));
  }
  t.deepEqual(peer.came, ['a: x', 'b: x', 'a: x']);
  // More than it keeps open.
  for (let n = 0; n < 60; n++) {
    await producer.send(session.createQueue(`many-${n}`), session.createTextMessage('x'));
  }
  peer.refuse = 'gone';
  await t.throwsAsync(producer.send(session.createQueue('gone'), session.createMessage()), {
    message: /no queue gone/,
  });
  await producer.send(session.createQueue('b'), session.createTextMessage('y'));
  t.is(peer.came.at(-1), 'b: y');
  await connection.close();
  peer.server.close();
});

test('[JMS 6.1.6] the metadata says what the broker has not, and a call for it says the same', async (t) => {
  const peer = await plainPeer();
  const connection = await new JmsConnectionFactory(peer.url).createConnection();
  const session = await connection.createSession();
  const producer = await session.createProducer(session.createQueue('a'));
  const status = connection.getMetaData().getCapabilities().get('delivery-delay');
  t.false(status?.supported);
  t.throws(() => producer.setDeliveryDelay(5), { message: new RegExp(status?.why ?? '-') });
  await connection.close();
  peer.server.close();
});

test('[JMS 6.2.7] a commit of a broken transaction says so', async (t) => {
  const connection = await new JmsConnectionFactory(url).createConnection();
  const session = await connection.createSession(0);
  const temporary = await session.createTemporaryQueue();
  const producer = await session.createProducer(null);
  await producer.send(temporary, session.createTextMessage('x'));
  await temporary.delete();
  await t.throwsAsync(session.commit(), { instanceOf: TransactionRolledBackException });
  await session.commit();
  await connection.close();
});
