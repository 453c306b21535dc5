/**
 * Builds the Java half of the bridge, for `javax.jms` or for `jakarta.jms`: the same sources, the
 * package's name replaced, compiled against that API's jar. What is there already stays; a change
 * of the sources builds anew.
 */

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Installed, install, java } from '../interop/install.ts';

/** The two names of one API, and the jar that has it. */
const JMS_VERSIONS = { javax: '2.0.3', jakarta: '3.1.0' } as const;

/** Which of the packages. */
export type JavaPackage = keyof typeof JMS_VERSIONS;

/** The project's root, from `dist/conformance/bridge/`. */
const PROJECT_ROOT = join(import.meta.dirname, '..', '..', '..');
const HERE = join(PROJECT_ROOT, 'conformance', 'bridge');
const SOURCES = join(HERE, 'java', 'angelia', 'bridge');
const NODE_SIDE = join(import.meta.dirname, 'node-side.js');

/** Tells the package's name from other words. */
export function isJavaPackage(word: string | undefined): word is JavaPackage {
  return word !== undefined && Object.hasOwn(JMS_VERSIONS, word);
}

/** Builds what is missing; the fact `classPath` is the API's jar and the bridge's classes. */
export function installBridge(name: JavaPackage): Promise<Installed> {
  const sources = readdirSync(SOURCES).map((file) => join(SOURCES, file));
  const recipe = java({
    pom: join(HERE, 'pom.xml'),
    properties: [`jms.version=${JMS_VERSIONS[name]}`],
    sources,
    rewrite: (source) => source.replaceAll('jakarta.jms', `${name}.jms`),
    resources: { 'angelia/bridge/node.properties': nodeProperties() },
  });
  return install(join(PROJECT_ROOT, '.cache', 'interop', `bridge-${name}`), recipe);
}

/** How Java starts Node. */
function nodeProperties(): string {
  const quoted = (path: string): string => path.replaceAll('\\', '\\\\');
  return `node=${quoted(process.execPath)}\nmain=${quoted(NODE_SIDE)}\n`;
}
