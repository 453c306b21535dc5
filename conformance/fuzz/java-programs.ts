// The programs of Java clients whose conversations are recorded.

import { CHECKLIST_SUITE } from '../interop/checklist/suite.ts';
import type { JavaSuite } from '../interop/java-suite.ts';
import { JORAM_SUITES } from '../interop/joram/suite.ts';

export const JAVA_PROGRAMS: readonly JavaSuite[] = [
  CHECKLIST_SUITE,
  ...JORAM_SUITES.filter(({ name }) => name === 'joram-qpid-jms'),
];
