// The programs of Java clients whose conversations are recorded.

import type { JavaSuite } from '../interop/java-suite.ts';
import { JORAM_SUITES } from '../interop/joram/suite.ts';

export const JAVA_PROGRAMS: readonly JavaSuite[] = JORAM_SUITES.filter(
  ({ name }) => name === 'joram-qpid-jms',
);
