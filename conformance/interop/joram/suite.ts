/**
 * Joram's JMS tests over a JMS provider: this package's own API through the bridge, or Apache Qpid
 * JMS against the server. The tests of the jar are neither changed nor copied.
 */

import { delimiter, join } from 'node:path';
import { installBridge } from '../../bridge/class-path.ts';
import { PROJECT_ROOT } from '../clients.ts';
import { type Installed, install, jars, java } from '../install.ts';
import type { JavaSuite } from '../java-suite.ts';
import { SKIPS } from './skips.ts';

const HERE = join(PROJECT_ROOT, 'conformance', 'interop', 'joram');
const CACHE = join(PROJECT_ROOT, '.cache', 'interop');
/** How long a test's receive waits: for what has to come, and for what must not come. */
const RECEIVE_MS = 2000;
const BRIDGE_JNDI = 'angelia.bridge.BridgeContextFactory';
const QPID_JNDI = 'org.apache.qpid.jms.jndi.JmsInitialContextFactory';

const JORAM = { from: 'joram', mainClass: 'JoramRun', tests: 196, skips: SKIPS };

/** The suite over each provider. */
export const JORAM_SUITES: readonly JavaSuite[] = [
  {
    ...JORAM,
    name: 'joram-vm',
    to: 'vm (bridge)',
    install: async () => installTests(await installBridge('javax')),
    settings: (broker) =>
      // Its broker is its own: that makes no sense against somebody else's.
      broker.strict ? settings(BRIDGE_JNDI, 'vm://joram') : undefined,
  },
  {
    ...JORAM,
    name: 'joram-amqp',
    to: 'amqp1 (bridge)',
    install: async () => installTests(await installBridge('javax')),
    settings: ({ urls: { amqp } }) =>
      amqp === undefined ? undefined : settings(BRIDGE_JNDI, amqp),
  },
  {
    ...JORAM,
    name: 'joram-qpid-jms',
    to: 'qpid-jms',
    install: async () => installTests(await installQpid()),
    settings: ({ urls: { amqp } }) => (amqp === undefined ? undefined : settings(QPID_JNDI, amqp)),
  },
];

function settings(jndi: string, url: string): string[] {
  return [`joram.jndi=${jndi}`, `joram.url=${url}`];
}

function installQpid(): Promise<Installed> {
  return install(join(CACHE, 'qpid-jms-javax'), jars(join(HERE, 'qpid-jms-javax.xml')));
}

async function installTests(provider: Installed): Promise<Installed> {
  if ('reason' in provider) return provider;
  const tests = java({
    pom: join(HERE, 'joram.xml'),
    sources: [join(HERE, 'JoramAdmin.java'), join(HERE, 'JoramRun.java')],
    beside: (provider.facts['classPath'] ?? '').split(delimiter),
    resources: {
      'provider.properties': 'jms.provider.admin.class=JoramAdmin\n',
      'test.properties': `timeout=${RECEIVE_MS}\n`,
    },
  });
  return install(`${provider.home}-joram`, tests);
}
