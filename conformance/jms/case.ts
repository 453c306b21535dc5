// What a case of the suite is: data, so that any test runner can run it over any Provider. A case says
// the section of the specification that it checks, and what the provider must be able to do for it.

import type { Capability } from 'angelia/jms';
import type { Fixture } from './fixture.ts';

/** One behaviour of JMS. */
export interface Case {
  /** The section of Jakarta Messaging 3.1, `6.2.10`; the API's own additions say `API`. */
  readonly section: string;
  /** What must be so, in a sentence without a full stop. */
  readonly title: string;
  /** Without these the case is `unsupported`: see `run-case.ts`. */
  readonly needs: readonly Capability[];
  /** Rejects with an AssertionError if it is not so. */
  run(fixture: Fixture): Promise<void>;
}

/** Makes a case. */
export function rule(
  section: string,
  title: string,
  run: (fixture: Fixture) => Promise<void>,
  ...needs: Capability[]
): Case {
  return { section, title, needs, run };
}

/** The name of a case in the output of a test runner: it begins with the law. */
export function titleOf({ section, title }: Case): string {
  return section === 'API' ? `[API] ${title}` : `[JMS ${section}] ${title}`;
}
