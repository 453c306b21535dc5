// `angelia/conformance`: the behaviours of JMS as data, to be run over any Provider with any test
// runner.
//
//     for (const one of cases) test(titleOf(one), () => runCase(one, subject));

import { bodies } from './bodies.ts';
import type { Case } from './case.ts';
import { connections } from './connections.ts';
import { headers } from './headers.ts';
import { properties } from './properties.ts';
import { selectors } from './selectors.ts';
import { sessions } from './sessions.ts';

export { type Case, rule, titleOf } from './case.ts';
export { Fixture, type Line, type Subject } from './fixture.ts';
export { capabilitiesOf, type Result, runCase } from './run-case.ts';

/** Every case, in the order of the specification. */
export const cases: readonly Case[] = [
  ...headers,
  ...properties,
  ...selectors,
  ...bodies,
  ...connections,
  ...sessions,
];
