// What the dialects do to brokers that are not ours, seen by brokers that we play: the frames that they
// are sent, and when. The brokers themselves are judged by conformance/interop.

import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import test, { type ExecutionContext } from 'ava';
import {
  type ConnectionEvents,
  type DeliverySink,
  InvalidClientIDException,
  InvalidDestinationException,
  InvalidSelectorException,
  JMSException,
  type MessageData,
  Outcome,
  type ProviderSession,
} from '#jms-api';
import { artemisSelector } from './artemis-selector.ts';
import { exceptionOf } from './errors.ts';
import { stompProvider } from './stomp-provider.ts';

interface Frame {
  readonly command: string;
  readonly headers: ReadonlyMap<string, string>;
}

/** A broker that calls itself this, and answers what asks for a receipt unless `hear` says true. */
async function play(
  t: ExecutionContext,
  server: string,
  hear: (frame: Frame, say: (text: string) => void) => boolean = () => false,
): Promise<{ readonly url: string; readonly frames: string[] }> {
  const frames: string[] = [];
  const listening = createServer((socket: Socket) => {
    let rest = '';
    t.teardown(() => socket.destroy());
    socket.on('error', () => {});
    const say = (text: string): void => void socket.write(`${text}\0`);
    socket.on('data', (chunk) => {
      const parts = (rest + chunk).split('\0');
      rest = parts.pop() ?? '';
      for (const part of parts) {
        const frame = frameOf(part);
        frames.push(wordsOf(frame));
        if (hear(frame, say)) continue;
        const receipt = frame.headers.get('receipt');
        if (frame.command === 'CONNECT') say(`CONNECTED\nversion:1.2\nserver:${server}\n\n`);
        else if (receipt !== undefined) say(`RECEIPT\nreceipt-id:${receipt}\n\n`);
      }
    });
  });
  listening.listen(0, '127.0.0.1');
  await once(listening, 'listening');
  t.teardown(() => listening.close());
  return { url: `stomp://127.0.0.1:${(listening.address() as AddressInfo).port}`, frames };
}

function frameOf(text: string): Frame {
  const [command = '', ...lines] = (text.trimStart().split('\n\n')[0] ?? '').split('\n');
  const headers = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(':');
    headers.set(line.slice(0, colon), line.slice(colon + 1).replaceAll('\\c', ':'));
  }
  return { command, headers };
}

/** A frame in short: its command, and the message or subscription that it is about. */
function wordsOf({ command, headers }: Frame): string {
  const about = headers.get('message-id') ?? headers.get('id') ?? '';
  const outcome = headers.has('requeue') ? ` requeue=${headers.get('requeue')}` : '';
  return `${command} ${about}${outcome}`.trim();
}

function message(subscription: string, id: number): string {
  return `MESSAGE\nsubscription:${subscription}\nmessage-id:m${id}\nack:m${id}\n\nx`;
}

const silent: ConnectionEvents = {
  onFailure() {},
  onProblem() {},
  onInterrupted() {},
  onResumed() {},
};

async function connect(t: ExecutionContext, url: string, events = silent) {
  const endpoint = { url, username: 'ann', password: 'secret' };
  const connection = await stompProvider.connect(endpoint, events);
  t.teardown(() => connection.close());
  await connection.open(undefined);
  return connection;
}

/** A consumer with credit, and the deliveries that it got. */
async function consume(session: ProviderSession, credit: number) {
  const got: unknown[] = [];
  let tell = (): void => {};
  const sink: DeliverySink = {
    onMessage: (delivery) => {
      got.push(delivery);
      tell();
    },
    onEnd() {},
  };
  const consumer = await session.openConsumer({ kind: 'queue', name: 'q' }, sink, {});
  consumer.grant(credit);
  const until = async (count: number): Promise<void> => {
    while (got.length < count) {
      await new Promise<void>((resolve) => {
        tell = resolve;
      });
    }
  };
  return { consumer, got, until };
}

/** Three messages to whoever subscribes to the queue. */
function three({ command, headers }: Frame, say: (text: string) => void): boolean {
  const id = headers.get('id') ?? '';
  if (command !== 'SUBSCRIBE' || headers.get('destination') !== '/queue/q') return false;
  say(`RECEIPT\nreceipt-id:${headers.get('receipt')}\n\n`);
  for (const n of [1, 2, 3]) say(message(id, n));
  return true;
}

const text: MessageData = {
  destination: { kind: 'queue', name: 'q' },
  persistent: true,
  priority: 4,
  properties: new Map(),
  body: { kind: 'text', text: 'x' },
} as unknown as MessageData;

test('RabbitMQ, where the host is no virtual host, is asked for its first one', async (t) => {
  const hosts: (string | undefined)[] = [];
  const { url } = await play(t, 'RabbitMQ/4.0', ({ command, headers }, say) => {
    if (command !== 'CONNECT') return false;
    hosts.push(headers.get('host'));
    if (headers.get('host') === '/') return false;
    say("ERROR\nmessage:Bad CONNECT\n\nVirtual host '127.0.0.1' access denied");
    return true;
  });
  const connection = await connect(t, url);
  t.is(connection.name, 'RabbitMQ');
  t.deepEqual(hosts, ['127.0.0.1', '/']);
  await t.throwsAsync(connect(t, `${url}/mine`), { message: /Virtual host/ });
});

test('RabbitMQ: a send in a transaction is done at once, the commit when its RECEIPT came', async (t) => {
  const late: string[] = [];
  let answer = (): void => {};
  const { url } = await play(t, 'RabbitMQ/4.0', ({ command, headers }, say) => {
    if (command !== 'SEND') return false;
    late.push(headers.get('receipt') ?? '');
    answer = () => say(`RECEIPT\nreceipt-id:${late[0]}\n\n`);
    return true;
  });
  const session = await (await connect(t, url)).openSession(true);
  const confirmed: number[] = [];
  const producer = await session.openProducer(undefined, {
    onConfirmed: (upTo) => confirmed.push(upTo),
    onRefused: (_, error) => t.fail(error.message),
  });
  producer.send(text, 1);
  t.deepEqual(confirmed, [1]);
  let committed = false;
  const commit = session.commit?.().then(() => {
    committed = true;
  });
  await session.synchronise();
  t.false(committed);
  answer();
  await commit;
  t.true(committed);
});

test('RabbitMQ: what a closed consumer has goes back under the id of another subscription', async (t) => {
  const { url, frames } = await play(t, 'RabbitMQ/4.0', three);
  const { consumer, got, until } = await consume(
    await (await connect(t, url)).openSession(false),
    2,
  );
  await until(2);
  consumer.settle(got[0], Outcome.accepted);
  await consumer.close();
  t.deepEqual(frames.slice(1), [
    'SUBSCRIBE s1',
    'ACK m1',
    'UNSUBSCRIBE s1',
    'SUBSCRIBE s1',
    'NACK m2 requeue=true',
    'NACK m3 requeue=true',
    'UNSUBSCRIBE s1',
  ]);
});

test('Artemis: a closed consumer’s ACKs go after COMMIT, and then its subscription ends', async (t) => {
  const { url, frames } = await play(t, 'ActiveMQ-Artemis/2.44', three);
  const connection = await connect(t, url);
  const session = await connection.openSession(true);
  const producer = await session.openProducer(undefined, { onConfirmed() {}, onRefused() {} });
  const { consumer, got, until } = await consume(session, 1);
  await until(1);
  consumer.settle(got[0], Outcome.accepted);
  producer.send(text, 1);
  await consumer.close();
  t.false(frames.includes('UNSUBSCRIBE s1'));
  await session.commit?.();
  const ends = frames.filter((one) => /^(COMMIT|ACK|UNSUBSCRIBE)/.test(one));
  t.deepEqual(ends, ['COMMIT', 'ACK m1', 'UNSUBSCRIBE s1']);
});

test('a drain ends behind an echo, and behind what came before that', async (t) => {
  let echoes = 0;
  let place = '';
  const { url } = await play(t, 'ActiveMQ-Artemis/2.44', ({ command, headers }, say) => {
    const id = headers.get('id') ?? '';
    if (command === 'SUBSCRIBE' && headers.get('destination') !== '/queue/q') place = id;
    if (command !== 'SEND') return false;
    say(`RECEIPT\nreceipt-id:${headers.get('receipt')}\n\n`);
    // The message that another thread had in hand comes behind the first answer.
    if (++echoes === 2) say(message('s1', 1));
    say(message(place, 0));
    return true;
  });
  const session = await (await connect(t, url)).openSession(false);
  const { consumer, got } = await consume(session, 2);
  await consumer.drain();
  t.is(got.length, 1);
  t.true(echoes > 2);
});

test('a drain that can be met from what waits here asks nobody', async (t) => {
  const { url, frames } = await play(t, 'ActiveMQ-Artemis/2.44', three);
  const session = await (await connect(t, url)).openSession(false);
  const { consumer, until } = await consume(session, 3);
  await until(3);
  await consumer.drain();
  t.false(frames.some((one) => one.startsWith('SEND')));
});

test('who acknowledges nothing, and so is sent nothing more, is told once', async (t) => {
  const { url } = await play(t, 'ActiveMQ/6.3.1', three);
  const problems: string[] = [];
  let tell = (): void => {};
  const told = new Promise<void>((resolve) => {
    tell = resolve;
  });
  const events: ConnectionEvents = {
    ...silent,
    onProblem: ({ message: words }) => {
      problems.push(words);
      tell();
    },
  };
  const connection = await connect(t, `${url}?stomp.prefetch=3`, events);
  // Of this transaction the API has one still, which can end it: nobody is told of that, now or later.
  const inTime = await consume(await connection.openSession(true), 4);
  await inTime.until(3);
  for (const delivery of inTime.got.slice(0, 2)) {
    inTime.consumer.settle(delivery, Outcome.accepted);
  }
  const { consumer, got, until } = await consume(await connection.openSession(false), 4);
  await until(3);
  await told;
  consumer.settle(got[0], Outcome.accepted);
  consumer.grant(1);
  t.is(problems.length, 1);
  t.regex(problems[0] ?? '', /consumer of q: it has 3 messages .* stomp\.prefetch/);
});

test('Classic: the name of a temporary queue is what others see in JMSReplyTo', async (t) => {
  let watcher = (_: string): void => {};
  const { url } = await play(t, 'ActiveMQ/6.3.1', ({ command, headers }, say) => {
    if (command === 'SUBSCRIBE') watcher = say;
    if (command !== 'SEND') return false;
    say(`RECEIPT\nreceipt-id:${headers.get('receipt')}\n\n`);
    const local = headers.get('reply-to') ?? '';
    t.regex(local, /^\/temp-queue\//);
    watcher('MESSAGE\nsubscription:1\nmessage-id:1\nreply-to:/remote-temp-queue/ID\\c7\\c1\n\n');
    return true;
  });
  const connection = await connect(t, url);
  const queue = await connection.createTemporary?.('temporary-queue');
  t.deepEqual(queue, { kind: 'temporary-queue', name: 'ID:7:1' });
  const session = await connection.openSession(false);
  const foreign = { kind: 'temporary-queue', name: 'ID:8:1' } as const;
  await t.throwsAsync(session.openConsumer(foreign, { onMessage() {}, onEnd() {} }, {}), {
    instanceOf: InvalidDestinationException,
  });
});

test('[JMS 3.8.1.1] Artemis gets its own names of headers, and texts as they are', (t) => {
  t.is(
    artemisSelector(
      "JMSPriority > 4 AND x = 'JMSPriority' AND JMSDeliveryMode = 'PERSISTENT'",
      'c',
    ),
    "convert_string_expressions:(AMQPriority > 4 AND x = 'JMSPriority' AND AMQDurable = 'DURABLE')" +
      " AND (__AMQ_CID IS NULL OR __AMQ_CID NOT IN ('c'))",
  );
  t.is(
    artemisSelector("JMSMessageID = 'ID:''1'", undefined),
    "convert_string_expressions:hyphenated_props:angelia-message-id = 'ID:''1'",
  );
});

test('an ERROR is what its exception says, not what that passed by on its way', (t) => {
  const ofTopic = exceptionOf(undefined, "Couldn't create TopicSubscription");
  t.true(ofTopic instanceof InvalidSelectorException);
  const stack =
    '\n\tat org.apache.activemq.broker.BrokerFilter.addConnection(BrokerFilter.java:99)';
  const inUse = 'Broker: classic - Client: me already connected from tcp://127.0.0.1:4';
  const cases = [
    [inUse, `jakarta.jms.InvalidClientIDException: ${inUse}${stack}`, InvalidClientIDException],
    ["a = 'b", `jakarta.jms.InvalidSelectorException: a = 'b${stack}`, InvalidSelectorException],
    ['temp-queue://ID:1', `jakarta.jms.JMSException${stack}`, InvalidDestinationException],
  ] as const;
  for (const [said, body, made] of cases) {
    t.true(exceptionOf(undefined, `host:1: ${said}`, body) instanceof made, said);
  }
});

test('Artemis does not say why it did not take a message: so do we, without showing the message', (t) => {
  const said =
    'h:1: AMQ339011 Error sending message CoreMessage[properties=[destination=/queue/q]]@1';
  const error = exceptionOf(undefined, said);
  t.is(error.constructor, JMSException);
  t.regex(error.message, /^h:1: AMQ339011 Error sending message: .*log.*permission/);
});
