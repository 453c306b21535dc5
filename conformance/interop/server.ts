/**
 * Starts the broker's binary as a user would, and stops it as an operator would. Reads the one
 * line that it promises on standard output and nothing else of it.
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { PROJECT_ROOT } from './clients.ts';
import { LastWords } from './last-words.ts';

/** A broker to test against. */
export interface Broker {
  readonly name: string;
  readonly urls: Readonly<Record<string, string>>;
  /** Whether every difference counts; see `Sight`. */
  readonly strict: boolean;
  /** Why it is no longer there, if it ended by itself. */
  ended(): string | undefined;
  /** Ends it; answers what was wrong with its end, if anything. */
  stop(): Promise<string | undefined>;
}

/** `angelia`, as it was built. */
export const SERVER_BINARY: string = join(PROJECT_ROOT, 'dist', 'server', 'main.js');
const STOP_MS_MAX = 15_000;

/** Starts `angelia serve` in memory on ports of the system's choice, with more options. */
export async function startServer(more: readonly string[] = []): Promise<Broker> {
  if (!existsSync(SERVER_BINARY))
    throw new Error(`no server to test: ${SERVER_BINARY} was not built`);
  const args = [SERVER_BINARY, 'serve', '--memory', '--ports', 'random', '--ready-json', ...more];
  const server = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const lastWords = new LastWords(server.stderr);
  let stopping = false;
  let end: string | undefined;
  server.once('exit', (code, signal) => {
    if (!stopping) end = `the server ended with ${signal ?? code}: ${lastWords}`;
  });
  const ended = once(server, 'exit').then(([code, signal]) => String(signal ?? code));
  const ready = once(createInterface({ input: server.stdout }), 'line');
  const first = await Promise.race([ready, ended]);
  if (typeof first === 'string') {
    throw new Error(`the server ended with ${first}: ${lastWords}`);
  }
  const { urls } = JSON.parse(String(first[0])) as { urls: Record<string, string> };
  return {
    name: 'angelia',
    urls,
    strict: true,
    ended: () => end,
    async stop(): Promise<string | undefined> {
      if (end !== undefined) return end;
      stopping = true;
      server.kill('SIGTERM');
      const force = setTimeout(() => server.kill('SIGKILL'), STOP_MS_MAX);
      const how = await ended;
      clearTimeout(force);
      return how === '0' ? undefined : `after SIGTERM the server ended with ${how}, not 0`;
    },
  };
}
