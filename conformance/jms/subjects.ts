// The Providers of this package that the suite judges.

import { amqp1Provider } from '#adapters/amqp1';
import { localProvider, stopBroker } from '#adapters/local';
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

/** Our own AMQP door, over a socket, and how to close it when the suite is over. */
async function overAmqp(): Promise<{ subject: Subject; close(): Promise<void> }> {
  const user = new Map([[USER.name, USER.password]]);
  const server = await startServer({ user, anonymous: true, httpPort: -1 });
  const url = server.urls.amqp;
  if (url === undefined) throw new Error('the server has no AMQP door');
  const subject = { name: 'amqp1', provider: amqp1Provider, url: () => url, user: USER };
  return { subject, close: () => server.close() };
}

/** All of them; `close` is called when they are judged. */
export async function openSubjects(): Promise<{
  readonly subjects: readonly Subject[];
  close(): Promise<void>;
}> {
  const amqp = await overAmqp();
  return { subjects: [local, late, amqp.subject], close: amqp.close };
}
