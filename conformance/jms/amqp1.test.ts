// The AMQP adapter against our own door: what the suite of behaviours cannot see, above all the traps
// of the client library that it works around.

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import {
  type ConnectionEvents,
  IllegalArgumentException,
  InvalidClientIDException,
  JMSException,
  JMSSecurityException,
  type MessageData,
  Outcome,
  type ProviderConnection,
  type ProviderConsumer,
} from 'angelia/jms';
import test from 'ava';
import { amqp1Provider } from '#adapters/amqp1';
import { startServer } from '#server';

const server = await startServer({
  user: new Map([['ann', 'secret']]),
  anonymous: true,
  httpPort: -1,
});
test.after.always(() => server.close());

const silent: ConnectionEvents = {
  onFailure() {},
  onProblem() {},
  onInterrupted() {},
  onResumed() {},
};
const unconfirmed = { onConfirmed() {}, onRefused() {} };

async function connect(
  events = silent,
  url = server.urls.amqp ?? '',
  who: { username?: string; password?: string } = {},
): Promise<ProviderConnection> {
  const endpoint = { url, username: undefined, password: undefined, ...who };
  return await amqp1Provider.connect(endpoint, events);
}

function numbered(name: string, number: number): MessageData {
  return {
    destination: { kind: 'queue', name },
    persistent: false,
    priority: 4,
    properties: new Map(),
    body: { kind: 'text', text: String(number) },
  };
}

/** The deliveries of a consumer, and a way to wait until there are so many. */
function inbox(): {
  readonly came: { delivery: unknown; text: string; attempt: number }[];
  until(count: number): Promise<void>;
  onMessage(delivery: unknown, message: MessageData, attempt: number): void;
  onEnd(error: Error): void;
} {
  const came: { delivery: unknown; text: string; attempt: number }[] = [];
  let wanted = 0;
  let tell = (): void => {};
  return {
    came,
    until: (count) =>
      new Promise((resolve) => {
        wanted = count;
        tell = resolve;
        if (came.length >= wanted) resolve();
      }),
    onMessage(delivery, { body }, attempt) {
      const text = body.kind === 'text' ? (body.text ?? '') : '';
      came.push({ delivery, text, attempt });
      if (came.length >= wanted) tell();
    },
    onEnd() {},
  };
}

/** A queue with so many messages in it, and a consumer of it. */
async function stocked(name: string, count: number) {
  const connection = await connect();
  await connection.open(undefined);
  const session = await connection.openSession(false);
  const queue = { kind: 'queue', name } as const;
  const confirmed: number[] = [];
  let all = (): void => {};
  const done = new Promise<void>((resolve) => {
    all = resolve;
  });
  const producer = await session.openProducer(queue, {
    ...unconfirmed,
    onConfirmed(upTo) {
      confirmed.push(upTo);
      if (upTo === count) all();
    },
  });
  for (let n = 1; n <= count; n++) producer.send(numbered(name, n), n);
  await done;
  const box = inbox();
  const consumer: ProviderConsumer = await session.openConsumer(queue, box, {});
  return { connection, session, consumer, box, confirmed };
}

test('[AMQP 2.5.6] 5,000 sends at once are confirmed, in order, though rhea has room for 2,048', async (t) => {
  const { connection, confirmed } = await stocked('many-sends', 5000);
  t.deepEqual(
    confirmed,
    [...confirmed].sort((a, b) => a - b),
  );
  await connection.close();
});

test('[AMQP 2.5.6] a delivery that stays open holds up nothing behind it', async (t) => {
  const { connection, consumer, box } = await stocked('open-delivery', 5000);
  consumer.grant(5000);
  let settled = 1;
  while (settled < 5000) {
    await box.until(settled + 1);
    for (; settled < box.came.length; settled++) {
      consumer.settle(box.came[settled]?.delivery, Outcome.accepted);
    }
  }
  t.deepEqual(
    box.came.map(({ text }) => Number(text)),
    Array.from({ length: 5000 }, (_, n) => n + 1),
  );
  await connection.close();
});

test('[AMQP 2.5.6] 3,000 unsettled deliveries fit into a session', async (t) => {
  const { connection, consumer, box } = await stocked('unsettled', 3000);
  consumer.grant(3000);
  await box.until(3000);
  t.is(box.came.length, 3000);
  await connection.close();
});

test('[AMQP 2.7.6] two outcomes in one tick are two outcomes', async (t) => {
  const { connection, session, consumer, box } = await stocked('two-outcomes', 6);
  consumer.grant(6);
  await box.until(6);
  const outcomes = [Outcome.accepted, Outcome.released, Outcome.accepted, Outcome.failed];
  outcomes.forEach((outcome, n) => {
    consumer.settle(box.came[n]?.delivery, outcome);
  });
  await session.synchronise();
  await consumer.close();
  const again = inbox();
  const second = await session.openConsumer({ kind: 'queue', name: 'two-outcomes' }, again, {});
  second.grant(10);
  await second.drain();
  t.deepEqual(
    again.came.map(({ text, attempt }) => [text, attempt]),
    [
      ['2', 1],
      ['4', 2],
      ['5', 1],
      ['6', 1],
    ],
  );
  // A drain is over when it is: credit that is granted later brings what comes later.
  second.grant(1);
  const producer = await session.openProducer(undefined, unconfirmed);
  producer.send(numbered('two-outcomes', 7), 1);
  await again.until(5);
  t.is(again.came[4]?.text, '7');
  await connection.close();
});

test('[JMS 6.1.1] a wrong password, no broker, another protocol: each says so', async (t) => {
  const amqp = server.urls.amqp ?? '';
  await t.throwsAsync(connect(silent, amqp, { username: 'ann', password: 'guess' }), {
    instanceOf: JMSSecurityException,
  });
  const ann = await connect(silent, amqp, { username: 'ann', password: 'secret' });
  await ann.close();
  await t.throwsAsync(connect(silent, 'amqp://127.0.0.1:1'), {
    instanceOf: JMSException,
    message: /127\.0\.0\.1:1 .*ECONNREFUSED/,
  });
  const stomp = (server.urls.stomp ?? '').replace('stomp:', 'amqp:');
  await t.throwsAsync(connect(silent, stomp), { instanceOf: JMSException });
});

test('a URL that cannot be used is refused with what was expected', async (t) => {
  for (const url of ['amqp://', 'amqp://a:b@host', 'amqp://host:99999', 'amqp://host?x=1']) {
    await t.throwsAsync(connect(silent, url), { instanceOf: IllegalArgumentException }, url);
  }
});

test('[JMS 6.1.2] a client id in use is refused, and another one may follow', async (t) => {
  const first = await connect();
  await first.open('only me');
  const second = await connect();
  await t.throwsAsync(second.open('only me'), { instanceOf: InvalidClientIDException });
  await second.open('and me');
  t.is(second.name, 'angelia');
  await second.close();
  await first.close();
});

test('a broker that stops is a failure of the connection, told once', async (t) => {
  const own = await startServer({ httpPort: -1 });
  const failures: Error[] = [];
  let tell = (): void => {};
  const told = new Promise<void>((resolve) => {
    tell = resolve;
  });
  const onFailure = (error: Error): void => {
    failures.push(error);
    tell();
  };
  const connection = await connect({ ...silent, onFailure }, own.urls.amqp);
  await connection.open(undefined);
  await own.close();
  await told;
  await connection.close();
  t.is(failures.length, 1);
  t.true(failures[0] instanceof JMSException);
});

test('a program ends when its connection is closed', async (t) => {
  const file = fileURLToPath(import.meta.resolve('../../docs/examples/publish-subscribe.js'));
  const program = [file, server.urls.amqp ?? ''];
  // What rhea leaves behind would hold it for sixty seconds: it is killed before.
  const { stdout } = await promisify(execFile)(process.execPath, program, { timeout: 30_000 });
  t.is(stdout.trim().split('\n').length, 6);
});
