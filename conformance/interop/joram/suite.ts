/**
 * Joram's JMS tests, run over a JMS provider: this package's own API through the bridge, or Apache
 * Qpid JMS against the server. One Java process for each run; results come as it prints them.
 * The tests of the jar are neither changed nor copied.
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { installBridge } from '../../bridge/class-path.ts';
import { PROJECT_ROOT } from '../clients.ts';
import { type Installed, install, jars, java } from '../install.ts';
import { LastWords } from '../last-words.ts';
import type { Result } from '../matrix.ts';
import type { Broker } from '../server.ts';
import { SKIPS } from './skips.ts';

/** A provider to run the tests over. */
export interface JoramRow {
  readonly name: string;
  readonly over: string;
  /** The provider's initial context factory. */
  readonly jndi: string;
  /** Brings the provider's class path. */
  install(): Promise<Installed>;
  /** Where it connects to; undefined: this broker has no such door. */
  url(broker: Broker): string | undefined;
}

/** How many tests the jar has. */
export const JORAM_TESTS = 196;

const HERE = join(PROJECT_ROOT, 'conformance', 'interop', 'joram');
const CACHE = join(PROJECT_ROOT, '.cache', 'interop');
/** How long a test's receive waits: for what has to come, and for what must not come. */
const RECEIVE_MS = 2000;

/** The rows of the table. */
export const JORAM_ROWS: readonly JoramRow[] = [
  {
    name: 'joram-vm',
    over: 'vm (bridge)',
    jndi: 'angelia.bridge.BridgeContextFactory',
    install: () => installBridge('javax'),
    url: (broker) => (broker.strict ? 'vm://joram' : undefined),
  },
  {
    name: 'joram-qpid-jms',
    over: 'qpid-jms',
    jndi: 'org.apache.qpid.jms.jndi.JmsInitialContextFactory',
    install: () => install(join(CACHE, 'qpid-jms-javax'), jars(join(HERE, 'qpid-jms-javax.xml'))),
    url: (broker) => broker.urls['amqp'],
  },
];

/** Runs the suite over one provider; `only` are parts of test names. */
export async function* runJoram(
  row: JoramRow,
  broker: Broker,
  only: readonly string[],
): AsyncGenerator<Result> {
  const pair = { from: 'joram', to: row.over };
  const url = row.url(broker);
  const provider = await row.install();
  const suite = 'reason' in provider ? provider : await installSuite(provider);
  const missing = 'reason' in suite ? `not installed: ${suite.reason}` : undefined;
  if (url === undefined || missing !== undefined || 'reason' in suite) {
    const reason = missing ?? 'this broker has no door for it';
    yield { ...pair, name: 'all tests', status: 'skipped', reason };
    return;
  }
  const settings = [`-Djoram.jndi=${row.jndi}`, `-Djoram.url=${url}`];
  const classPath = suite.facts['classPath'] ?? '';
  const args = ['-Xmx512m', '-XX:TieredStopAtLevel=1', ...settings, '-cp', classPath];
  const java = spawn('java', [...args, 'JoramRun', ...only], { stdio: ['ignore', 'pipe', 'pipe'] });
  const exited = once(java, 'exit');
  const lastWords = new LastWords(java.stderr);
  let ran = 0;
  for await (const line of createInterface({ input: java.stdout })) {
    // Some tests talk, and so do libraries.
    if (!line.startsWith('{"test"')) continue;
    ran++;
    yield { ...pair, ...resultOf(line, row.over) };
  }
  const [code] = await exited;
  if (code !== 0 || (only.length === 0 && ran !== JORAM_TESTS)) {
    const reason = `ended with ${code} after ${ran} of ${JORAM_TESTS} tests: ${lastWords}`;
    yield { ...pair, name: 'all tests', status: 'failed', reason };
  }
}

function installSuite(provider: Installed): Promise<Installed> | Installed {
  if ('reason' in provider) return provider;
  const beside = (provider.facts['classPath'] ?? '').split(delimiter);
  return install(
    `${provider.home}-joram`,
    java({
      pom: join(HERE, 'joram.xml'),
      sources: [join(HERE, 'JoramAdmin.java'), join(HERE, 'JoramRun.java')],
      beside,
      resources: {
        'provider.properties': 'jms.provider.admin.class=JoramAdmin\n',
        'test.properties': `timeout=${RECEIVE_MS}\n`,
      },
    }),
  );
}

function resultOf(line: string, over: string): Omit<Result, 'from' | 'to'> {
  const { test, error, ms } = JSON.parse(line) as { test: string; error?: string; ms: number };
  const skip = SKIPS.find((one) => one.test === test && (one.over ?? over) === over);
  // A skip that would pass is no skip: let it be seen.
  if (skip !== undefined && error === undefined) {
    return { name: test, status: 'failed', reason: 'passes: take it off the list of skips', ms };
  }
  if (skip !== undefined) return { name: test, status: 'skipped', reason: skip.reason, ms };
  if (error === undefined) return { name: test, status: 'passed', ms };
  return { name: test, status: 'failed', reason: error, ms };
}
