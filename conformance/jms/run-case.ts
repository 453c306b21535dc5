// Running a case. What a provider declares not to have is not passed over in silence: the API must
// refuse it by name, and the result says `unsupported`.

import {
  type Capability,
  type ProviderConnection,
  UnsupportedOperationException,
} from 'angelia/jms';
import type { Case } from './case.ts';
import { Fixture, refuses, type Subject } from './fixture.ts';

/** How a case ended; if it failed, `runCase` rejects. */
export type Result = 'passed' | 'unsupported';

/** For capabilities that the API asks for: a call that must be refused without. */
const PROBES: Partial<Record<Capability, (fixture: Fixture) => Promise<unknown>>> = {
  transactions: (f) => f.session(0),
  selectors: async (f) => {
    const session = await f.session();
    return await session.createConsumer(session.createQueue(f.name()), 'a = 1');
  },
  'no-local': async (f) => {
    const session = await f.session();
    return await session.createConsumer(session.createTopic(f.name()), null, true);
  },
  'durable-subscriptions': async (f) => {
    const session = await f.session(1, { clientID: f.name('client') });
    return await session.createDurableConsumer(session.createTopic(f.name()), 's');
  },
  'shared-subscriptions': async (f) => {
    const session = await f.session();
    return await session.createSharedConsumer(session.createTopic(f.name()), 's');
  },
  browsers: async (f) => {
    const session = await f.session();
    return await session.createBrowser(session.createQueue(f.name()));
  },
  'temporary-destinations': async (f) => await (await f.session()).createTemporaryQueue(),
  pull: (f) => f.line(1, { options: 'jms.prefetchPolicy.all=0' }),
  'delivery-delay': async (f) => (await f.line()).producer.setDeliveryDelay(1),
};

/** Reads something of a connection of its own. */
export async function connected<T>(
  subject: Subject,
  read: (connection: ProviderConnection) => T,
): Promise<T> {
  const url = subject.url();
  const events = { onFailure() {}, onProblem() {}, onInterrupted() {}, onResumed() {} };
  const user = subject.user;
  const endpoint = { url, username: user?.name, password: user?.password };
  const connection = await subject.provider.connect(endpoint, events);
  await connection.open(undefined);
  const found = read(connection);
  await connection.close();
  subject.release?.(url);
  return found;
}

/** What a provider declares. */
export async function capabilitiesOf(subject: Subject): Promise<ReadonlySet<Capability>> {
  return await connected(subject, ({ capabilities }) => capabilities ?? new Set());
}

/** By subject: one provider may carry to several brokers. */
const declared: WeakMap<object, Promise<ReadonlySet<Capability>>> = new WeakMap();

/**
 * Runs one case over one provider.
 *
 * @throws {AssertionError} if the provider does not do what the case says
 */
export async function runCase(one: Case, subject: Subject): Promise<Result> {
  let asked = declared.get(subject);
  if (asked === undefined) {
    asked = capabilitiesOf(subject);
    declared.set(subject, asked);
  }
  const capabilities = await asked;
  const missing = one.needs.filter((need) => !capabilities.has(need));
  const fixture = new Fixture(subject);
  try {
    if (missing.length === 0) await one.run(fixture);
    for (const capability of missing) {
      const probe = PROBES[capability];
      if (probe === undefined) continue;
      // A durable subscription needs a client id, and so does its probe.
      if (capability === 'durable-subscriptions' && !capabilities.has('client-id')) continue;
      const words = new RegExp(capability.replaceAll('-', '.'));
      await refuses(UnsupportedOperationException, () => probe(fixture), words);
    }
  } finally {
    await fixture.release();
  }
  return missing.length === 0 ? 'passed' : 'unsupported';
}
