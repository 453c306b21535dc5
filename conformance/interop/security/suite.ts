/**
 * The part `security` of the interop run: a server of its own with users, a certificate, and an authority
 * for the certificates of clients, and real clients that come in, or do not.
 */

import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { PROJECT_ROOT } from '../clients.ts';
import { type Installed, install } from '../install.ts';
import { LastWords } from '../last-words.ts';
import type { Result } from '../matrix.ts';
import { SERVER_BINARY, startServer } from '../server.ts';
import { PROGRAMS, type Program, type SecurityFacts } from './programs.ts';

const CERTIFICATES = join(PROJECT_ROOT, 'server', 'test-certificates');
const PASSWORD = 'correct horse, battery';
const RUN_MS_MAX = 120_000;

/** Runs the programs, one after the other; `wanted` accepts names of clients. */
export async function* runSecurity(wanted: (name: string) => boolean): AsyncGenerator<Result> {
  const programs = PROGRAMS.filter(({ name }) => wanted(name));
  if (programs.length === 0) return;
  const server = await startServer(await serverOptions());
  const facts: SecurityFacts = {
    urls: local(server.urls),
    certificates: CERTIFICATES,
    password: PASSWORD,
  };
  for (const program of programs) {
    const home = join(PROJECT_ROOT, '.cache', 'interop', program.home);
    yield* run(program, await install(home, program.recipe), facts);
  }
  const reason = await server.stop();
  if (reason === undefined) return;
  yield { from: 'security', to: 'SIGTERM', name: 'end', status: 'failed', reason };
}

async function serverOptions(): Promise<string[]> {
  const pem = (name: string) => join(CERTIFICATES, `${name}.pem`);
  return [
    ...['--tls-cert', pem('server'), '--tls-key', pem('server-key')],
    ...['--tls-ca', pem('ca'), '--tls-client-auth', 'request'],
    ...['--user', `alice:${PASSWORD}`, '--user', await verifierLine('bob')],
  ];
}

/** What `angelia user` prints. */
function verifierLine(name: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(process.execPath, [SERVER_BINARY, 'user', name], (error, stdout) =>
      error === null ? resolve(stdout.trim()) : reject(error),
    );
    child.stdin?.end(`${PASSWORD}\n`);
  });
}

/** By the name that is in the certificate. */
function local(urls: Readonly<Record<string, string>>): Record<string, string> {
  const named = Object.entries(urls).map(([door, url]) => [
    door,
    url.replace('127.0.0.1', 'localhost'),
  ]);
  return Object.fromEntries(named) as Record<string, string>;
}

async function* run(
  program: Program,
  installed: Installed,
  facts: SecurityFacts,
): AsyncGenerator<Result> {
  const pair = { from: program.name, to: 'security' };
  if ('reason' in installed) {
    const reason = `not installed: ${installed.reason}`;
    yield { ...pair, name: 'all tests', status: 'skipped', reason };
    return;
  }
  const { command, args, env } = program.launch(installed.home, installed.facts);
  const child = spawn(command, args, {
    env: { ...process.env, ...env, INTEROP_SECURITY: JSON.stringify(facts) },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: RUN_MS_MAX,
  });
  const exited = once(child, 'exit');
  const lastWords = new LastWords(child.stderr);
  let ran = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    if (!line.startsWith('{"test"')) continue;
    const { test, error, ms } = JSON.parse(line) as { test: string; error?: string; ms: number };
    ran++;
    if (error === undefined) yield { ...pair, name: test, status: 'passed', ms };
    else yield { ...pair, name: test, status: 'failed', reason: error, ms };
  }
  const [code, signal] = await exited;
  if (code === 0 && ran >= program.tests) return;
  const reason = `ended with ${signal ?? code} after ${ran} of ${program.tests} tests: ${lastWords}`;
  yield { ...pair, name: 'all tests', status: 'failed', reason };
}
