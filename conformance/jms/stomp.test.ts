// The STOMP adapter against our own door: what the suite of behaviours cannot see.

import {
  type ConnectionEvents,
  InvalidClientIDException,
  JMSException,
  JMSSecurityException,
  type ProviderConnection,
} from 'angelia/jms';
import test from 'ava';
import { stompProvider } from '#adapters/stomp';
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

async function connect(
  events = silent,
  url = server.urls.stomp ?? '',
  who: { username?: string; password?: string } = {},
): Promise<ProviderConnection> {
  const endpoint = { url, username: undefined, password: undefined, ...who };
  return await stompProvider.connect(endpoint, events);
}

test('[JMS 6.1.1] a wrong password, another protocol: each says so', async (t) => {
  const stomp = server.urls.stomp ?? '';
  await t.throwsAsync(connect(silent, stomp, { username: 'ann', password: 'guess' }), {
    instanceOf: JMSSecurityException,
  });
  await (await connect(silent, stomp, { username: 'ann', password: 'secret' })).close();
  const amqp = (server.urls.amqp ?? '').replace('amqp:', 'stomp:');
  await t.throwsAsync(connect(silent, amqp), { instanceOf: JMSException, message: /AMQP/ });
});

test('[JMS 6.1.2] a client id in use is refused', async (t) => {
  const first = await connect();
  await first.open('only me');
  const second = await connect();
  await t.throwsAsync(second.open('only me'), { instanceOf: InvalidClientIDException });
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
  const connection = await connect({ ...silent, onFailure }, own.urls.stomp);
  await connection.open(undefined);
  await own.close();
  await told;
  await connection.close();
  t.is(failures.length, 1);
  t.regex(failures[0]?.message ?? '', /shutting down/);
});
