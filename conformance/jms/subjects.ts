// The Providers of this package that the suite judges.

import { localProvider, stopBroker } from '#adapters/local';
import type { Subject } from './fixture.ts';

let brokers = 0;

/** The broker in this process, a fresh one for each case. */
export const local: Subject = {
  name: 'local',
  provider: localProvider,
  url: () => `vm://conformance-${process.pid}-${++brokers}`,
  release: (url) => void stopBroker(url.slice('vm://'.length)),
};

export const subjects: readonly Subject[] = [local];
