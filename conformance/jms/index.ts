// `angelia/conformance`: the behaviours of JMS as data, to be run over any Provider with any test
// runner.
//
//     for (const one of cases) test(titleOf(one), () => runCase(one, subject));

import { bodies } from './bodies.ts';
import type { Case } from './case.ts';
import { connections } from './connections.ts';
import { consuming } from './consuming.ts';
import { destinations } from './destinations.ts';
import { domains } from './domains.ts';
import { durableSubscriptions } from './durable-subscriptions.ts';
import { headers } from './headers.ts';
import { inDoubt } from './in-doubt.ts';
import { jmsProducer } from './jms-producer.ts';
import { producing } from './producing.ts';
import { properties } from './properties.ts';
import { selectors } from './selectors.ts';
import { sessions } from './sessions.ts';
import { simplified } from './simplified.ts';
import { subscriptions } from './subscriptions.ts';
import { transactions } from './transactions.ts';

export { type Case, rule, titleOf } from './case.ts';
export { DoubtfulProvider } from './doubtful-provider.ts';
export { type Doubt, Fixture, type Line, type Subject } from './fixture.ts';
export { type Departures, Judge, type Verdict } from './judge.ts';
export { capabilitiesOf, type Result, runCase } from './run-case.ts';

/** Every case, in the order of the specification. */
export const cases: readonly Case[] = [
  ...headers,
  ...properties,
  ...selectors,
  ...bodies,
  ...connections,
  ...sessions,
  ...transactions,
  ...destinations,
  ...subscriptions,
  ...durableSubscriptions,
  ...producing,
  ...consuming,
  ...jmsProducer,
  ...simplified,
  ...domains,
  ...inDoubt,
];
