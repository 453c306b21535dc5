/**
 * `npm run --silent bridge -- --print-classpath javax`: builds the Java half where it is missing and
 * prints the class path that a Java program needs to reach this API by JNDI, and nothing else.
 */

import { installBridge, isJavaPackage } from './class-path.ts';

const USAGE = `usage: npm run --silent bridge -- --print-classpath javax|jakarta

Then, in Java: java.naming.factory.initial = angelia.bridge.BridgeContextFactory
               connectionfactory.NAME      = vm://localhost
               queue.NAME, topic.NAME      = the name of the destination`;

const [option, name] = process.argv.slice(2);
if (option === '--print-classpath' && isJavaPackage(name)) {
  const installed = await installBridge(name);
  if ('reason' in installed) {
    console.error(`not built: ${installed.reason}`);
    process.exitCode = 1;
  } else {
    console.log(installed.facts['classPath']);
  }
} else {
  console.error(USAGE);
  process.exitCode = 2;
}
