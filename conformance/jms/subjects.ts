// The Providers of this package that the suite judges.

import { amqp1Provider } from '#adapters/amqp1';
import { localProvider, stopBroker } from '#adapters/local';
import { stompProvider } from '#adapters/stomp';
import { startServer } from '#server';
import { DoubtfulProvider } from './doubtful-provider.ts';
import type { Subject } from './fixture.ts';

let brokers = 0;

/** The broker in this process, a fresh one for each case. */
export const local: Subject = {
  name: 'local',
  provider: localProvider,
  url: () => `vm://conformance-${process.pid}-${++brokers}`,
  release: (url) => void stopBroker(url.slice('vm://'.length)),
};

/** The same, with whatever the broker says a round of the event loop late, as over a network. */
export const late: Subject = {
  ...local,
  name: 'local, late',
  provider: new DoubtfulProvider(localProvider, 1),
};

const USER = { name: 'judge', password: 'of brokers' };

/** Our own doors, over sockets, and how to close them when the suite is over. */
async function overSockets(): Promise<{ subjects: Subject[]; close(): Promise<void> }> {
  const user = new Map([[USER.name, USER.password]]);
  const server = await startServer({ user, anonymous: true, httpPort: -1 });
  const { amqp, stomp } = server.urls;
  if (amqp === undefined || stomp === undefined) throw new Error('the server has no doors');
  const subjects = [
    { name: 'amqp1', provider: amqp1Provider, url: () => amqp, user: USER },
    { name: 'stomp', provider: stompProvider, url: () => stomp, user: USER },
  ];
  return { subjects, close: () => server.close() };
}

/** All of them; `close` is called when they are judged. */
export async function openSubjects(): Promise<{
  readonly subjects: readonly Subject[];
  close(): Promise<void>;
}> {
  const { subjects, close } = await overSockets();
  return { subjects: [local, late, ...subjects], close };
}
