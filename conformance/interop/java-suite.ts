/**
 * Runs a Java program that tests: one process, which prints a line of JSON for each test. Owns the
 * process and the list of skips; what is tested, and over what, the suite says.
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Installed } from './install.ts';
import { LastWords } from './last-words.ts';
import type { Result } from './matrix.ts';
import type { Broker } from './server.ts';

/** A test left out, and why. */
export interface Skip {
  /** As the program names it. */
  readonly test: string;
  /** Left out over this provider only. */
  readonly over?: string;
  readonly reason: string;
}

/** Tests over one provider. */
export interface JavaSuite {
  /** How it is asked for. */
  readonly name: string;
  /** Whose tests, and over what: the two ends of a line of the report. */
  readonly from: string;
  readonly to: string;
  readonly mainClass: string;
  /** How many tests a whole run has. */
  readonly tests: number;
  readonly skips: readonly Skip[];
  /** Brings the class path. */
  install(): Promise<Installed>;
  /** System properties; undefined: cannot be run against this broker. */
  settings(broker: Broker): readonly string[] | undefined;
}

/** Runs a suite; `only` are parts of test names. */
export async function* runJavaSuite(
  suite: JavaSuite,
  broker: Broker,
  only: readonly string[],
): AsyncGenerator<Result> {
  const pair = { from: suite.from, to: suite.to };
  const settings = suite.settings(broker);
  const installed = await suite.install();
  if (settings === undefined || 'reason' in installed) {
    const missing = 'reason' in installed ? `not installed: ${installed.reason}` : undefined;
    const reason = missing ?? 'this broker has no door for it';
    yield { ...pair, name: 'all tests', status: 'skipped', reason };
    return;
  }
  const flags = settings.map((setting) => `-D${setting}`);
  const classPath = installed.facts['classPath'] ?? '';
  const args = ['-Xmx512m', '-XX:TieredStopAtLevel=1', ...flags, '-cp', classPath];
  const words = [...args, suite.mainClass, ...only];
  const java = spawn('java', words, { stdio: ['ignore', 'pipe', 'pipe'] });
  const exited = once(java, 'exit');
  const lastWords = new LastWords(java.stderr);
  let ran = 0;
  for await (const line of createInterface({ input: java.stdout })) {
    // Some tests talk, and so do libraries.
    if (!line.startsWith('{"test"')) continue;
    ran++;
    yield { ...pair, ...resultOf(line, suite) };
  }
  const [code] = await exited;
  if (code !== 0 || (only.length === 0 && ran !== suite.tests)) {
    const reason = `ended with ${code} after ${ran} of ${suite.tests} tests: ${lastWords}`;
    yield { ...pair, name: 'all tests', status: 'failed', reason };
  }
}

function resultOf(line: string, { skips, to }: JavaSuite): Omit<Result, 'from' | 'to'> {
  const { test, error, ms } = JSON.parse(line) as { test: string; error?: string; ms: number };
  const skip = skips.find((one) => one.test === test && (one.over ?? to) === to);
  const failure = error ?? undefined;
  // A skip that passes is no skip: let it be seen.
  if (skip !== undefined && failure === undefined) {
    return { name: test, status: 'failed', reason: 'passes: take it off the list of skips', ms };
  }
  if (skip !== undefined) return { name: test, status: 'skipped', reason: skip.reason, ms };
  if (failure === undefined) return { name: test, status: 'passed', ms };
  return { name: test, status: 'failed', reason: failure, ms };
}
