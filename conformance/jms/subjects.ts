// The Providers of this package that the suite judges.

import { localProvider, stopBroker } from '#adapters/local';
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

export const subjects: readonly Subject[] = [local, late];
