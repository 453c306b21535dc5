// The whole suite over the failover provider: over the broker in this process, and over our AMQP door.
// Whatever the providers inside can do, they can do under it.

import test from 'ava';
import { FailoverProvider } from '#adapters/failover';
import { FailoverDoubt } from './failover-doubt.ts';
import { cases, runCase, type Subject, titleOf } from './index.ts';
import { openSubjects } from './subjects.ts';

const { subjects, close } = await openSubjects();
test.after.always(close);

function under(subject: Subject): Subject {
  return {
    ...subject,
    name: `failover, ${subject.name}`,
    provider: new FailoverProvider(() => subject.provider),
    doubt: () => new FailoverDoubt(subject.provider),
    url: () => `failover:(${subject.url()})`,
    release: (url) => subject.release?.(url.slice('failover:('.length, -1)),
  };
}

for (const subject of subjects.filter(({ name }) => name !== 'local, late').map(under)) {
  for (const one of cases) {
    test.serial(`${subject.name}: ${titleOf(one)}`, async (t) => {
      await runCase(one, subject);
      t.pass();
    });
  }
}
