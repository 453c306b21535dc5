// The failover provider from above, over brokers that are scripted: who is asked in which order, what
// is made anew, what is sent again, and what a program hears.

import test, { type ExecutionContext } from 'ava';
import {
  type Capability,
  type ConfirmSink,
  type ConnectionEvents,
  type ConsumerRequest,
  type DeliverySink,
  type DestinationData,
  type Endpoint,
  InvalidDestinationException,
  JMSException,
  JMSSecurityException,
  JmsConnectionFactory,
  type MessageData,
  type Outcome,
  type Provider,
  TransactionRolledBackException,
} from '#jms-api';
import { FailoverProvider } from './index.ts';

/** A broker that does what it is told, and remembers what it was asked. */
class Broker implements Provider {
  readonly told: string[] = [];
  readonly capabilities: Set<Capability> = new Set(['transactions', 'temporary-destinations']);
  /** Why it lets nobody in. */
  refuses: Error | undefined;
  /** What it refuses to open. */
  closed = new Map<string, Error>();
  offered: string[] = [];
  /** Confirms sends at once. */
  confirms = true;
  /** After this word it is gone, so many microtasks later. */
  cutsAfter = '';
  cutsLate = 0;
  /** Answers nothing but sends. */
  silent = false;
  sent: MessageData[] = [];
  endpoint: Endpoint | undefined;
  deliveries: DeliverySink | undefined;
  #events: ConnectionEvents | undefined;
  /** Grows with each connection: an old one confirms nothing any more. */
  #life = 0;
  #temporaries = 0;
  readonly #name: string;

  constructor(name: string) {
    this.#name = name;
  }

  async connect(endpoint: Endpoint, events: ConnectionEvents) {
    this.told.push('connect');
    this.endpoint = endpoint;
    if (this.refuses !== undefined) throw this.refuses;
    this.#events = events;
    const { capabilities, offered } = this;
    return {
      name: this.#name,
      version: '1.0',
      capabilities,
      offered,
      messageTimeMs: () => Date.now(),
      open: (clientId: string | undefined) => this.#answer(`open ${clientId}`),
      createTemporary: async (kind: string) => {
        await this.#answer(kind);
        return { kind, name: `${this.#name}-${++this.#temporaries}` } as DestinationData;
      },
      deleteTemporary: ({ name }: DestinationData) => this.#answer(`delete ${name}`),
      unsubscribe: (name: string) => this.#answer(`unsubscribe ${name}`),
      openSession: async (transacted: boolean) => {
        await this.#answer(`session ${transacted}`);
        return this.#session();
      },
      close: () => this.#answer('close'),
    };
  }

  #session() {
    const life = this.#life;
    return {
      openProducer: async (destination: DestinationData | undefined, sink: ConfirmSink) => {
        await this.#answer(`producer ${destination?.name}`);
        return {
          send: (message: MessageData, number: number) => {
            this.sent.push(message);
            if (this.confirms && life === this.#life) sink.onConfirmed(number);
          },
          close: () => this.#answer('close producer'),
        };
      },
      openConsumer: async ({ name }: DestinationData, sink: DeliverySink, _: ConsumerRequest) => {
        await this.#answer(`consumer ${name}`);
        this.deliveries = sink;
        return {
          grant: (count: number) => void this.told.push(`grant ${count}`),
          drain: () => this.#answer('drain'),
          settle: (delivery: unknown, outcome: Outcome) =>
            void this.told.push(`settle ${delivery} ${outcome}`),
          close: () => this.#answer('close consumer'),
        };
      },
      synchronise: () => this.#answer('synchronise'),
      commit: () => this.#answer('commit'),
      rollback: () => this.#answer('rollback'),
      close: () => this.#answer('close session'),
    };
  }

  async #answer(word: string): Promise<void> {
    this.told.push(word);
    if (word === this.cutsAfter) {
      this.cutsAfter = '';
      let left = this.cutsLate;
      const later = (): void => (left-- > 0 ? queueMicrotask(later) : this.cut());
      queueMicrotask(later);
    }
    const error = this.closed.get(word);
    if (error !== undefined) throw error;
    if (this.silent) await new Promise(() => {});
  }

  cut(why: Error = new JMSException(`${this.#name} is gone`)): void {
    this.#life++;
    this.#events?.onFailure(why);
  }

  texts(): (string | null)[] {
    return this.sent.splice(0).map(({ body }) => (body.kind === 'text' ? body.text : null));
  }

  news(): string[] {
    return this.told.splice(0);
  }
}

async function open(_t: ExecutionContext, options = '', mode: 0 | 1 | 2 = 1) {
  const a = new Broker('a');
  const b = new Broker('b');
  const provider = new FailoverProvider((url) => (url.startsWith('x://a') ? a : b));
  const url = `failover:(x://a,x://b)?failover.reconnectDelay=1${options}`;
  const factory = new JmsConnectionFactory(url, { failover: () => provider });
  const connection = await factory.createConnection();
  const heard: string[] = [];
  connection.setExceptionListener((error) => void heard.push(error.message));
  connection.on('interrupted', () => void heard.push('interrupted'));
  let tell = (): void => {};
  connection.on('resumed', () => {
    heard.push('resumed');
    tell();
  });
  /** Resolves when it is there again. */
  const resumed = () =>
    new Promise<void>((resolve) => {
      tell = resolve;
    });
  await connection.start();
  const session = await connection.createSession(mode);
  const producer = await session.createProducer(session.createQueue('q'));
  const send = (text: string) => producer.send(session.createTextMessage(text));
  return { a, b, factory, connection, session, producer, send, heard, resumed };
}

const round = () => new Promise<void>((resolve) => setImmediate(resolve));
const headers = { persistent: true, priority: 4, properties: new Map() };

test('everything is made anew on the next broker, and then the program hears of it', async (t) => {
  const { a, b, connection, session, send, heard, resumed } = await open(t);
  await session.createConsumer(session.createQueue('c'));
  t.deepEqual(a.news(), [
    'connect',
    'open undefined',
    'session false',
    'producer q',
    'consumer c',
    'grant 1000',
  ]);
  a.confirms = false;
  const first = send('1');
  const second = send('2');
  const there = resumed();
  a.cut();
  t.deepEqual(heard, ['interrupted']);
  const third = send('3');
  await there;
  t.deepEqual(b.news(), [
    'connect',
    'open undefined',
    'session false',
    'producer q',
    'consumer c',
    'grant 1000',
  ]);
  await Promise.all([first, second, third]);
  t.deepEqual(a.texts(), ['1', '2']);
  t.deepEqual(b.texts(), ['1', '2', '3']);
  await send('4');
  t.is(connection.getMetaData().getJMSProviderName(), 'b');
  await connection.close();
  t.deepEqual(heard, ['interrupted', 'resumed']);
});

test('sends of two producers of a session keep their order when they are sent again', async (t) => {
  const { a, b, session, producer, resumed } = await open(t);
  const other = await session.createProducer(session.createQueue('q'));
  a.confirms = false;
  const sends = ['1', '2', '3', '4'].map((text, n) =>
    (n % 2 === 0 ? producer : other).send(session.createTextMessage(text)),
  );
  const there = resumed();
  a.cut();
  await there;
  await Promise.all(sends);
  t.deepEqual(b.texts(), ['1', '2', '3', '4']);
});

test('an id against duplicates goes with each send, the same one when it is sent again', async (t) => {
  const { a, b, send, resumed } = await open(t);
  await send('without');
  t.is(a.sent[0]?.duplicateId, undefined, 'a does not declare it');
  b.capabilities.add('duplicate-detection');
  let there = resumed();
  a.cut();
  await there;
  b.confirms = false;
  const sending = send('with');
  t.is(b.sent[0]?.duplicateId, b.sent[0]?.messageId);
  a.capabilities.add('duplicate-detection');
  a.sent = [];
  there = resumed();
  b.cut();
  await there;
  await sending;
  t.is(a.sent[0]?.duplicateId, b.sent[0]?.duplicateId);
});

test('a producer that the next broker does not want: its sends are refused, the rest works', async (t) => {
  const { a, b, session, send, resumed } = await open(t);
  const other = await session.createProducer(session.createQueue('other'));
  b.closed.set('producer q', new InvalidDestinationException('no q here'));
  a.confirms = false;
  const sending = t.throwsAsync(send('1'), { message: /could not be made anew/ });
  const there = resumed();
  a.cut();
  await there;
  await sending;
  await t.throwsAsync(send('2'), { instanceOf: JMSException });
  await other.send(session.createTextMessage('3'));
  t.deepEqual(b.texts(), ['3']);
});

test('a consumer that the next broker refuses for good ends; one that it believes to be ours still is asked for again', async (t) => {
  const { a, b, session, heard, resumed } = await open(t);
  const consumer = await session.createConsumer(session.createQueue('gone'));
  b.closed.set('consumer gone', new InvalidDestinationException('no such queue'));
  let there = resumed();
  a.cut();
  await there;
  await t.throwsAsync(consumer.receive(), { message: /the consumer is closed/ });
  t.deepEqual(heard, ['interrupted', 'no such queue', 'resumed']);
  await session.createConsumer(session.createQueue('held'));
  a.closed.set('consumer held', new JMSException('somebody has it'));
  setTimeout(() => a.closed.clear(), 20);
  b.refuses = new JMSException('down');
  there = resumed();
  b.cut();
  await there;
  t.true(a.news().filter((word) => word === 'consumer held').length > 1);
});

test('[JMS 6.2.7] a transaction that was interrupted: nothing of it is sent again, and commit says so', async (t) => {
  const { a, b, session, send, resumed } = await open(t, '', 0);
  a.confirms = false;
  const first = send('1');
  const there = resumed();
  a.cut();
  await first;
  await send('2');
  await there;
  await send('3');
  await t.throwsAsync(session.commit(), { instanceOf: TransactionRolledBackException });
  t.deepEqual(b.texts(), []);
  await send('4');
  await session.commit();
  t.deepEqual(b.texts(), ['4']);
  t.deepEqual(b.news().slice(-2), ['rollback', 'commit']);
});

test('[JMS 6.2.7] what is sent while there is no broker belongs to a transaction of the next', async (t) => {
  const { a, b, session, send, resumed } = await open(t, '', 0);
  const there = resumed();
  a.cut();
  const sending = send('1');
  const committing = session.commit();
  await there;
  await Promise.all([sending, committing]);
  t.deepEqual(b.texts(), ['1']);
  t.is(b.news().at(-1), 'commit');
});

test('[JMS 6.2.7] a commit without an answer is in doubt, and says so', async (t) => {
  const { a, b, session, send, resumed } = await open(t, '', 0);
  await send('1');
  a.silent = true;
  const there = resumed();
  const committing = t.throwsAsync(session.commit(), {
    instanceOf: JMSException,
    message: /interrupted before the commit was confirmed: whether it came to be is not known/,
  });
  await round();
  a.cut();
  t.false((await committing) instanceof TransactionRolledBackException);
  await there;
  await send('2');
  await session.commit();
  t.deepEqual(b.texts(), ['2']);
});

test('[JMS 6.2.10] an acknowledgement without an answer is in doubt; of a message that is void it does nothing', async (t) => {
  const { a, session, resumed } = await open(t, '', 2);
  const consumer = await session.createConsumer(session.createQueue('c'));
  const body = { kind: 'text', text: 'x' } as const;
  a.deliveries?.onMessage(1, { ...headers, messageId: 'ID:1', body }, 1);
  const message = await consumer.receive();
  a.silent = true;
  const there = resumed();
  const acknowledging = t.throwsAsync(message?.acknowledge() ?? Promise.resolve(), {
    message: /interrupted before the acknowledgement was recorded/,
  });
  a.cut();
  await message?.acknowledge();
  await acknowledging;
  await there;
});

test('[JMS 3.4.7] what comes again is marked; what goes back unseen is not', async (t) => {
  const { a, b, session, resumed } = await open(t, '', 2);
  const consumer = await session.createConsumer(session.createQueue('c'));
  const come = (broker: Broker, id: number) => {
    const body = { kind: 'text', text: `${id}` } as const;
    broker.deliveries?.onMessage(id, { ...headers, messageId: `ID:${id}`, body }, 1);
  };
  for (const id of [1, 2, 3]) come(a, id);
  await (await consumer.receive())?.acknowledge();
  await consumer.receive();
  const there = resumed();
  a.cut();
  await there;
  const seen: unknown[] = [];
  for (const id of [1, 2, 3, 4, 4]) {
    come(b, id);
    const message = await consumer.receive();
    seen.push([message?.getBody(String), message?.getJMSRedelivered()]);
  }
  t.deepEqual(seen, [
    ['1', true],
    ['2', true],
    ['3', true],
    ['4', false],
    ['4', true],
  ]);
});

test('[JMS 6.2.2] a temporary queue keeps its name for the program', async (t) => {
  const { a, b, connection, session, resumed } = await open(t);
  await session.createTemporaryTopic();
  const queue = await session.createTemporaryQueue();
  t.is(queue.getQueueName(), 'a-2');
  const consumer = await session.createConsumer(queue);
  const there = resumed();
  // It has another name there.
  b.told.push();
  a.cut();
  await there;
  t.true(b.news().includes('consumer b-2'));
  const producer = await session.createProducer(null);
  const request = session.createTextMessage('request');
  request.setJMSReplyTo(queue);
  await producer.send(queue, request);
  t.is(b.sent[0]?.destination?.name, 'b-2');
  t.is(b.sent[0]?.replyTo?.name, 'b-2');
  t.is(request.getJMSReplyTo(), queue);
  const destination = { kind: 'temporary-queue', name: 'b-2' } as const;
  const body = { kind: 'text', text: 'x' } as const;
  b.deliveries?.onMessage(1, { ...headers, destination, replyTo: destination, body }, 1);
  const message = await consumer.receive();
  t.is(String(message?.getJMSDestination()), String(queue));
  t.is(String(message?.getJMSReplyTo()), String(queue));
  await consumer.close();
  await queue.delete();
  t.true(b.news().includes('delete b-2'));
  await connection.close();
});

test('calls wait for a broker, and are asked again if it is lost before its answer', async (t) => {
  const { a, b, session, resumed } = await open(t);
  a.silent = true;
  const consumer = session.createConsumer(session.createQueue('c'));
  await round();
  const there = resumed();
  a.cut();
  const producer = session.createProducer(session.createQueue('p'));
  await there;
  await Promise.all([consumer, producer]);
  t.true(b.news().includes('consumer c'));
});

test('when no round is left the connection is lost: once, with the reason', async (t) => {
  const { a, b, session, send, heard } = await open(t, '&failover.maxReconnectAttempts=2');
  a.refuses = new JMSException('a is down');
  b.refuses = new JMSException('b is down');
  a.confirms = false;
  const sending = t.throwsAsync(send('1'), { instanceOf: JMSException });
  const opening = t.throwsAsync(async () => {
    a.cut();
    await session.createConsumer(session.createQueue('c'));
  });
  await sending;
  await opening;
  await round();
  t.deepEqual(heard, [
    'interrupted',
    'no broker was reached in 2 rounds of x://a, x://b: a is down',
  ]);
  t.is(b.news().length + a.news().filter((word) => word === 'connect').length, 5);
});

test('at the start: rounds of their own, and who is refused for what he is does not ask again', async (t) => {
  const a = new Broker('a');
  a.refuses = new JMSException('down');
  const provider = new FailoverProvider(() => a);
  const connect = (options: string) =>
    new JmsConnectionFactory(`failover:(x://a)?failover.reconnectDelay=1&${options}`, {
      failover: () => provider,
    }).createConnection('ann', 'secret');
  const limits = 'failover.startupMaxReconnectAttempts=3&jms.connectTimeout=50';
  await t.throwsAsync(connect(limits), { message: /in 3 rounds.*down/ });
  t.deepEqual(a.news(), ['connect', 'connect', 'connect']);
  t.like(a.endpoint, { url: 'x://a', username: 'ann', password: 'secret', connectTimeoutMs: 50 });
  a.refuses = new JMSSecurityException('who are you?');
  await t.throwsAsync(connect(''), { instanceOf: JMSSecurityException, message: 'who are you?' });
  t.deepEqual(a.news(), ['connect']);
});

test('a send does not hang longer than jms.sendTimeout, nor is it sent again after', async (t) => {
  const { a, b, send, resumed } = await open(t, '&jms.sendTimeout=30');
  b.refuses = new JMSException('down');
  a.confirms = false;
  const first = t.throwsAsync(send('1'), {
    message: /not confirmed within jms\.sendTimeout=30 ms/,
  });
  a.refuses = new JMSException('down');
  const there = resumed();
  a.cut();
  await t.throwsAsync(send('2'), { message: /not confirmed within/ });
  await first;
  const third = send('3');
  b.refuses = undefined;
  await there;
  await third;
  t.deepEqual(b.texts(), ['3']);
});

test('close ends the search, and what waits for it', async (t) => {
  const { a, b, connection, session, heard } = await open(t, '&failover.reconnectDelay=60000');
  a.refuses = new JMSException('down');
  b.refuses = new JMSException('down');
  a.cut();
  const waiting = t.throwsAsync(session.createConsumer(session.createQueue('c')));
  await round();
  await connection.close();
  await waiting;
  t.deepEqual(heard, ['interrupted']);
});

test('the servers that a broker offers are tried first', async (t) => {
  const tried: string[] = [];
  const a = new Broker('a');
  a.offered = ['x://c'];
  const provider = new FailoverProvider((url) => {
    tried.push(url);
    return a;
  });
  const url = 'failover:(x://a,x://b)';
  const factory = new JmsConnectionFactory(url, { failover: () => provider });
  const connection = await factory.createConnection();
  await connection.start();
  const resumed = new Promise<void>((resolve) => connection.on('resumed', () => resolve()));
  a.cut();
  await resumed;
  t.deepEqual(tried, ['x://a', 'x://c']);
  await connection.close();
});

test('when those who were offered let nobody in, the brokers of the program are tried again', async (t) => {
  const [a, b, c] = [new Broker('a'), new Broker('b'), new Broker('c')];
  a.offered = ['x://c'];
  const provider = new FailoverProvider((url) => ({ a, b, c })[url.at(-1) as 'a' | 'b' | 'c']);
  const url = 'failover:(x://a,x://b)?failover.reconnectDelay=1';
  const factory = new JmsConnectionFactory(url, { failover: () => provider });
  const connection = await factory.createConnection();
  await connection.start();
  a.refuses = new JMSException('killed');
  c.refuses = new JMSException('speaks something else');
  const resumed = new Promise<void>((resolve) => connection.on('resumed', () => resolve()));
  a.cut();
  await resumed;
  t.true(b.news().includes('connect'));
  await connection.close();
});

test('a broker that ends the connection for what a call may not do, or names: not asked again', async (t) => {
  const { a, b, session, send, heard } = await open(t);
  a.silent = true;
  const consumer = session.createConsumer(session.createQueue('nowhere'));
  await round();
  a.cut(new InvalidDestinationException('there is no nowhere'));
  await t.throwsAsync(consumer, { instanceOf: InvalidDestinationException, message: /nowhere/ });
  await send('1');
  b.confirms = false;
  const sending = send('2');
  await round();
  b.cut(new JMSSecurityException('not you'));
  await t.throwsAsync(sending, { instanceOf: JMSSecurityException, message: /not you/ });
  await round();
  t.deepEqual(heard, ['interrupted', 'resumed', 'not you']);
});

test('a way that is lost while everything is made anew, or at that moment, is one of many', async (t) => {
  for (let late = 0; late < 25; late++) {
    const { a, b, connection, session, send, heard } = await open(t);
    await session.createConsumer(session.createQueue('c'));
    b.cutsAfter = 'consumer c';
    b.cutsLate = late;
    a.news();
    const sending = send('1');
    a.cut();
    const second = send('2');
    await Promise.all([sending, second]);
    for (let n = 0; n < 5; n++) await round();
    while (heard.at(-1) !== 'resumed') await round();
    await send('3');
    t.deepEqual(b.texts().concat(a.texts()).includes('3'), true, `${late}`);
    await connection.close();
  }
});
