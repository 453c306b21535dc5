// The Provider seam from above: what the JMS API asks of an adapter, and what it makes of an adapter
// that is slow, refuses, or loses its broker. The adapter here writes down what it is told.

import test, { type ExecutionContext } from 'ava';
import type { Capability } from './capability.ts';
import { JmsConnectionFactory } from './connection-factory.ts';
import { InvalidDestinationException, JMSException, JMSSecurityException } from './errors.ts';
import type { MessageData } from './message-data.ts';
import {
  type ConfirmSink,
  type ConnectionEvents,
  type ConsumerRequest,
  type DeliverySink,
  type Endpoint,
  Outcome,
  type Provider,
} from './provider.ts';

/** What would hold the process. */
const timers = (): number =>
  process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;

class Recorder implements Provider {
  readonly told: string[] = [];
  now = 1000;
  events: ConnectionEvents | undefined;
  confirms: ConfirmSink | undefined;
  deliveries: DeliverySink | undefined;
  sent: MessageData[] = [];
  endpoint: Endpoint | undefined;
  request: ConsumerRequest | undefined;
  readonly capabilities: Set<Capability> = new Set(['pull']);
  /** What settling fails with. */
  unsettled: Error | undefined;
  /** Nothing is answered before. */
  answers: Promise<void> = Promise.resolve();

  async connect(endpoint: Endpoint, events: ConnectionEvents) {
    this.endpoint = endpoint;
    this.events = events;
    const say = (text: string) => this.told.push(text);
    say(`connect ${endpoint.username}`);
    const closing = (what: string) => async () => {
      say(`close ${what}`);
      await this.answers;
    };
    const openProducer = async (_: unknown, sink: ConfirmSink) => {
      this.confirms = sink;
      return {
        send: (data: MessageData) => void this.sent.push(data),
        forget: (number: number) => void say(`forget ${number}`),
        close: closing('producer'),
      };
    };
    const openConsumer = async (_: unknown, sink: DeliverySink, request: ConsumerRequest) => {
      await this.answers;
      this.deliveries = sink;
      this.request = request;
      return {
        grant: (count: number) => void say(`grant ${count}`),
        drain: async () => void say('drain'),
        settle: (delivery: unknown, outcome: Outcome) => {
          if (this.unsettled !== undefined) throw this.unsettled;
          const name = Object.entries(Outcome).find(([, value]) => value === outcome)?.[0];
          say(`${name} ${delivery}`);
        },
        close: closing('consumer'),
      };
    };
    const synchronise = async () => void say('synchronise');
    return {
      name: 'Recorder',
      version: '4.2',
      capabilities: this.capabilities,
      messageTimeMs: () => this.now,
      open: async (clientId: string | undefined) => void say(`open ${clientId}`),
      openSession: async () => ({
        openProducer,
        openConsumer,
        synchronise,
        close: closing('session'),
      }),
      close: closing('connection'),
    };
  }

  /** A message as it would come. */
  deliver(delivery: string, attempt = 1, expiresAt?: number): void {
    const body = { kind: 'text', text: delivery } as const;
    const headers = { persistent: true, priority: 4, properties: new Map() };
    this.deliveries?.onMessage(delivery, { ...headers, expiresAt, body }, attempt);
  }

  /** What was told since the last look. */
  news(): string[] {
    return this.told.splice(0);
  }
}

async function open(t: ExecutionContext, mode: 1 | 2 | 3 | 101 = 1, options = '') {
  const recorder = new Recorder();
  const factory = new JmsConnectionFactory(`rec:x${options}`, { rec: () => recorder });
  const connection = await factory.createConnection('ann', 'pw');
  const session = await connection.createSession(mode);
  const queue = session.createQueue('q');
  const producer = await session.createProducer(queue);
  const consumer = await session.createConsumer(queue);
  await connection.start();
  t.deepEqual(recorder.news().slice(0, 2), ['connect ann', 'open undefined']);
  const send = () => producer.send(session.createTextMessage('x'));
  return { recorder, connection, session, producer, consumer, send };
}

const round = () => new Promise<void>((resolve) => setImmediate(resolve));

test('sends are confirmed by watermark, refused one by one', async (t) => {
  const { recorder, producer, send } = await open(t);
  const fates: string[] = [];
  for (let n = 1; n <= 6; n++) {
    send().then(
      () => fates.push(`${n} sent`),
      (error) => fates.push(`${n} ${error.message}`),
    );
  }
  await round();
  t.deepEqual(fates, []);
  recorder.confirms?.onRefused(3, new InvalidDestinationException('gone'));
  await round();
  t.deepEqual(fates, ['3 gone']);
  recorder.confirms?.onConfirmed(4);
  await round();
  t.deepEqual(fates.splice(0), ['3 gone', '1 sent', '2 sent', '4 sent']);
  let closed = false;
  const closing = producer.close().then(() => {
    closed = true;
  });
  await round();
  t.false(closed, '[JMS 7.3.4] close waits for confirmations');
  recorder.confirms?.onRefused(5, new JMSException('full'));
  recorder.confirms?.onConfirmed(6);
  await closing;
  t.deepEqual(fates, ['5 full', '6 sent']);
  t.deepEqual(recorder.news(), ['close producer']);
});

test('a lost connection: sends in doubt and receives reject, the listener hears, close works', async (t) => {
  const { recorder, connection, session, consumer, send } = await open(t);
  const heard: Error[] = [];
  connection.setExceptionListener(async (error) => {
    await round();
    heard.push(error);
  });
  const sending = send();
  const receiving = consumer.receive();
  recorder.events?.onProblem(new Error('first'));
  recorder.events?.onFailure(new Error('cable'));
  recorder.events?.onFailure(new Error('again'));
  const error = await t.throwsAsync(sending, { instanceOf: JMSException });
  t.is((error?.cause as Error | undefined)?.message, 'cable');
  await t.throwsAsync(receiving, { instanceOf: JMSException, message: /cable/ });
  await t.throwsAsync(session.createProducer(null), { instanceOf: JMSException });
  await connection.close();
  t.deepEqual(recorder.news(), ['close connection'], 'nothing else is asked of a lost provider');
  for (let n = 0; n < 5; n++) await round();
  t.deepEqual(
    heard.map(({ message }) => message),
    ['first', 'cable'],
  );
});

test.serial(
  '[JMS 10.3] a connection that is lost for what a call may not do: the call says that',
  async (t) => {
    const { recorder, session, send } = await open(t, 1, '?jms.requestTimeout=60000');
    const sending = send();
    recorder.answers = new Promise(() => {});
    const before = timers();
    const consumer = session.createConsumer(session.createQueue('q'));
    recorder.events?.onFailure(new JMSSecurityException('not you', '403'));
    const told = { instanceOf: JMSSecurityException, message: /not you/ };
    t.is((await t.throwsAsync(consumer, told))?.getErrorCode(), '403');
    await t.throwsAsync(sending, told);
    t.is(timers(), before, 'nobody waits for the answer any more');
  },
);

test.serial(
  'a session that cannot be closed does not keep its connection, nor the process',
  async (t) => {
    const { recorder, connection } = await open(t);
    const before = timers();
    recorder.answers = Promise.reject(new JMSException('no'));
    recorder.answers.catch(() => {});
    await t.throwsAsync(connection.close(), { message: 'no' });
    t.true(recorder.news().includes('close connection'));
    t.is(timers(), before);
  },
);

test('credit is granted in halves of the prefetch', async (t) => {
  const { recorder, consumer } = await open(t, 1, '?jms.prefetchPolicy.all=4');
  for (let n = 1; n <= 4; n++) recorder.deliver(`${n}`);
  for (let n = 1; n <= 4; n++) await consumer.receive();
  t.deepEqual(recorder.news(), [
    'accepted 1',
    'grant 2',
    'accepted 2',
    'accepted 3',
    'grant 2',
    'accepted 4',
  ]);
  t.is(await consumer.receiveNoWait(), null);
  t.deepEqual(recorder.news(), ['drain', 'grant 4']);
});

test('[JMS 3.4.9] what expires while it waits here is not delivered', async (t) => {
  const { recorder, consumer } = await open(t);
  recorder.deliver('old', 1, 1500);
  recorder.deliver('young', 1, 1501);
  recorder.now = 1500;
  t.is((await consumer.receive())?.getBody(String), 'young');
  t.deepEqual(recorder.news(), ['expired old', 'accepted young']);
});

test('[JMS 6.2.10] CLIENT: nothing is settled before acknowledge, which waits for the broker', async (t) => {
  const { recorder, session, consumer } = await open(t, 2);
  for (const name of ['a', 'b', 'c', 'd']) recorder.deliver(name);
  await consumer.receive();
  const b = await consumer.receive();
  t.deepEqual(recorder.news(), []);
  await b?.acknowledge();
  t.deepEqual(recorder.news(), ['accepted a', 'accepted b', 'synchronise']);
  await consumer.receive();
  await session.close();
  t.deepEqual(recorder.news(), [
    'failed c',
    'released d',
    'close consumer',
    'close producer',
    'close session',
  ]);
});

test('[JMS 8.8] a closed consumer stays, without credit, until its messages are acknowledged', async (t) => {
  const { recorder, consumer } = await open(t, 2);
  recorder.deliver('a');
  recorder.deliver('b');
  const a = await consumer.receive();
  await consumer.close();
  t.deepEqual(recorder.news(), ['released b', 'drain']);
  await a?.acknowledge();
  t.deepEqual(recorder.news(), ['accepted a', 'close consumer', 'synchronise']);
});

test('[JMS 6.2.10] recover after the consumer was closed gives back to the broker', async (t) => {
  const { recorder, session, consumer } = await open(t, 2);
  recorder.deliver('a');
  await consumer.receive();
  await consumer.close();
  await session.recover();
  t.deepEqual(recorder.news(), ['drain', 'failed a', 'close consumer']);
});

test('[JMS 3.5.9] attempts that the broker counted, and those of the session, add up', async (t) => {
  const { recorder, session, consumer } = await open(t, 2);
  recorder.deliver('a', 3);
  const first = await consumer.receive();
  t.is(first?.getIntProperty('JMSXDeliveryCount'), 3);
  t.true(first?.getJMSRedelivered());
  await session.recover();
  t.is((await consumer.receive())?.getIntProperty('JMSXDeliveryCount'), 4);
});

test('a consumer that the broker ends: receive returns null, the listener hears why', async (t) => {
  const { recorder, connection, consumer } = await open(t);
  const heard: Error[] = [];
  connection.setExceptionListener({ onException: (error) => void heard.push(error) });
  const receiving = consumer.receive();
  recorder.deliveries?.onEnd(new InvalidDestinationException('deleted'));
  t.is(await receiving, null);
  await round();
  t.deepEqual(
    heard.map(({ message }) => message),
    ['deleted'],
  );
});

test('a provider may confirm and refuse while it is called', async (t) => {
  const { recorder, producer, send } = await open(t);
  let answer = (_number: number) => {};
  let number = 0;
  Object.defineProperty(recorder.sent, 'push', { value: () => answer(++number) });
  const slow = send();
  answer = (at) => recorder.confirms?.onRefused(at, new JMSException('no'));
  await t.throwsAsync(send(), { message: 'no' });
  answer = (at) => recorder.confirms?.onConfirmed(at);
  await send();
  await slow;
  recorder.confirms?.onRefused(3, new JMSException('too late'));
  answer = () => {};
  const last = send();
  recorder.confirms?.onConfirmed(4);
  await last;
  await producer.close();
  t.is(number, 4);
});

test('what a provider throws in send rejects that send alone', async (t) => {
  const { recorder, send } = await open(t);
  Object.defineProperty(recorder.sent, 'push', {
    value: () => {
      throw new InvalidDestinationException('no');
    },
    configurable: true,
  });
  await t.throwsAsync(send(), { message: 'no' });
  Reflect.deleteProperty(recorder.sent, 'push');
  const sending = send();
  recorder.confirms?.onConfirmed(2);
  await t.notThrowsAsync(sending);
});

test('jms.sendTimeout: a send that is not confirmed rejects, and is not to be sent again', async (t) => {
  const { recorder, producer, send } = await open(t, 1, '?jms.sendTimeout=20');
  const late = { message: /not confirmed within jms\.sendTimeout=20 ms/ };
  await send().catch(() => {});
  const fates = await Promise.allSettled([send(), send()]);
  t.deepEqual(
    fates.map(({ status }) => status),
    ['rejected', 'rejected'],
  );
  t.deepEqual(recorder.news(), ['forget 1', 'forget 2', 'forget 3']);
  const fourth = send();
  const fifth = t.throwsAsync(send(), late);
  recorder.confirms?.onConfirmed(4);
  await fourth;
  await fifth;
  recorder.confirms?.onConfirmed(5);
  const sixth = send();
  recorder.confirms?.onConfirmed(6);
  await sixth;
  await producer.close();
});

test('jms.requestTimeout: a call rejects that gets no answer; sends have their own bound', async (t) => {
  const { recorder, session, send } = await open(t, 2, '?jms.requestTimeout=20');
  const sending = send();
  recorder.answers = new Promise(() => {});
  await t.throwsAsync(session.createConsumer(session.createQueue('q')), {
    message: /no answer within jms\.requestTimeout=20 ms/,
  });
  recorder.confirms?.onConfirmed(1);
  await sending;
});

test('jms.closeTimeout: close ends, whatever the broker does not say', async (t) => {
  const { recorder, connection, send } = await open(t, 1, '?jms.closeTimeout=20');
  const heard: Error[] = [];
  connection.setExceptionListener((error) => void heard.push(error));
  recorder.answers = new Promise(() => {});
  const sending = t.throwsAsync(send(), { instanceOf: JMSException, message: /before the send/ });
  await connection.close();
  await sending;
  t.deepEqual(heard, []);
});

test('jms.awaitClientID, jms.forceAsyncAcks, jms.receiveNoWaitLocalOnly, jms.connectTimeout', async (t) => {
  const query = [
    'jms.awaitClientID=false',
    'jms.forceAsyncAcks=true',
    'jms.receiveNoWaitLocalOnly=true',
    'jms.connectTimeout=77',
  ].join('&');
  const recorder = new Recorder();
  const factory = new JmsConnectionFactory(`rec:x?${query}`, { rec: () => recorder });
  const connection = await factory.createConnection();
  t.deepEqual(recorder.news(), ['connect undefined', 'open undefined']);
  t.is(recorder.endpoint?.connectTimeoutMs, 77);
  const session = await connection.createSession(2);
  const consumer = await session.createConsumer(session.createQueue('q'));
  await connection.start();
  recorder.news();
  t.is(await consumer.receiveNoWait(), null);
  recorder.deliver('a');
  const a = await consumer.receiveNoWait();
  await a?.acknowledge();
  t.deepEqual(recorder.news(), ['accepted a'], 'no drain, and nothing waited for');
});

test('jms.presettlePolicy: a provider that cannot is not asked', async (t) => {
  const { recorder, session } = await open(
    t,
    1,
    '?jms.presettlePolicy.presettleTopicConsumers=true',
  );
  const topic = session.createTopic('t');
  const refused = { message: /jms\.presettlePolicy is not supported: Recorder has no presettled/ };
  await t.throwsAsync(session.createConsumer(topic), refused);
  recorder.capabilities.add('presettled');
  await session.createConsumer(topic);
  t.true(recorder.request?.presettled);
  await session.createConsumer(session.createQueue('q'));
  t.is(recorder.request?.presettled, undefined);
});

test('after an interruption, what a receive without prefetch waits for is asked for anew', async (t) => {
  const { recorder, consumer } = await open(t, 1, '?jms.prefetchPolicy.all=0');
  const waiting = consumer.receive();
  t.deepEqual(recorder.news(), ['grant 1']);
  recorder.events?.onInterrupted(new Error('cut'));
  recorder.events?.onResumed();
  t.deepEqual(recorder.news(), ['grant 1']);
  recorder.deliver('a');
  t.is((await waiting)?.getBody(String), 'a');
});

test('[JMS 6.1.7] a settlement that fails behind the program’s back reaches the ExceptionListener', async (t) => {
  for (const mode of [1, 3] as const) {
    const { recorder, connection, consumer } = await open(t, mode);
    const heard: string[] = [];
    connection.setExceptionListener((error) => void heard.push(error.message));
    recorder.unsettled = new Error('the disk is full');
    recorder.deliver('a');
    t.is((await consumer.receive())?.getBody(String), 'a', 'it was delivered all the same');
    for (let n = 0; n < 3; n++) await round();
    t.deepEqual(heard, ['message without id could not be settled; it may come again']);
    let called = 0;
    consumer.setMessageListener(() => void called++);
    recorder.deliver('b');
    for (let n = 0; n < 3; n++) await round();
    t.is(called, 1);
    t.is(heard.length, 2);
    recorder.unsettled = undefined;
    await connection.close();
  }
});

test('[JMS 6.2.10] an acknowledgement that the provider refuses rejects', async (t) => {
  for (const mode of [2, 101] as const) {
    const { recorder, consumer } = await open(t, mode);
    recorder.deliver('a');
    const message = await consumer.receive();
    recorder.unsettled = new Error('the disk is full');
    const error = await t.throwsAsync(message?.acknowledge() ?? Promise.resolve(), {
      instanceOf: JMSException,
      message: /could not be settled/,
    });
    t.like(error?.cause, { message: 'the disk is full' });
  }
});
