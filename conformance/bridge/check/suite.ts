/**
 * The bridge's own checks, for both names of the API: that values, identity, nulls, listeners and
 * threads cross as they should. Without them a foreign suite would judge the bridge, not the API.
 */

import { delimiter, join } from 'node:path';
import { PROJECT_ROOT } from '../../interop/clients.ts';
import { type Installed, install, java } from '../../interop/install.ts';
import type { JavaSuite } from '../../interop/java-suite.ts';
import { installBridge, type JavaPackage } from '../class-path.ts';

const BRIDGE = join(PROJECT_ROOT, 'conformance', 'bridge');

/** The checks over each API. */
export const BRIDGE_SUITES: readonly JavaSuite[] = (['javax', 'jakarta'] as const).map((name) => ({
  name: `bridge-${name}`,
  from: 'bridge',
  to: `${name}.jms`,
  mainClass: 'BridgeCheck',
  tests: 21,
  skips: [],
  install: () => installChecks(name),
  settings: () => [],
}));

async function installChecks(name: JavaPackage): Promise<Installed> {
  const bridge = await installBridge(name);
  if ('reason' in bridge) return bridge;
  const checks = java({
    pom: join(BRIDGE, 'pom.xml'),
    properties: [`jms.version=${name === 'javax' ? '2.0.3' : '3.1.0'}`],
    sources: [join(BRIDGE, 'check', 'BridgeCheck.java')],
    beside: (bridge.facts['classPath'] ?? '').split(delimiter),
    rewrite: (source) => source.replaceAll('jakarta.jms', `${name}.jms`),
  });
  return install(`${bridge.home}-check`, checks);
}
