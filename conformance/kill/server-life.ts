/**
 * One life of the server under test: started on a data directory, killed without a word. Owns the
 * process; what it is told over its doors is the business of others.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { LastWords } from '../interop/last-words.ts';

const BINARY = join(import.meta.dirname, '..', '..', 'server', 'main.js');

function spawnOn(data: string): ChildProcess {
  const args = [BINARY, 'serve', '--data', data, '--ports', 'random', '--ready-json'];
  return spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
}

/** Starts it, and kills it after `ms`, ready or not. */
export async function killWhileStarting(data: string, ms: number): Promise<void> {
  const child = spawnOn(data);
  const gone = once(child, 'exit');
  await new Promise((resolve) => setTimeout(resolve, ms));
  child.kill('SIGKILL');
  await gone;
}

/** A server that is ready. */
export class ServerLife {
  readonly urls: Readonly<Record<string, string>>;
  /** From the spawn to the line that says so. */
  readonly readyMs: number;
  readonly #child: ChildProcess;
  readonly #gone: Promise<unknown[]>;

  private constructor(
    child: ChildProcess,
    gone: Promise<unknown[]>,
    urls: Record<string, string>,
    readyMs: number,
  ) {
    this.#child = child;
    this.#gone = gone;
    this.urls = urls;
    this.readyMs = readyMs;
  }

  static async start(data: string): Promise<ServerLife> {
    const startedAt = Date.now();
    const child = spawnOn(data);
    if (child.stdout === null || child.stderr === null) throw new Error('a child has pipes');
    const lastWords = new LastWords(child.stderr);
    const gone = once(child, 'exit');
    const line = once(createInterface({ input: child.stdout }), 'line');
    const first = await Promise.race([line, gone.then(() => undefined)]);
    if (first === undefined) throw new Error(`the server did not start: ${lastWords}`);
    const { urls } = JSON.parse(String(first[0])) as { urls: Record<string, string> };
    return new ServerLife(child, gone, urls, Date.now() - startedAt);
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#gone;
  }

  /** Ends it as an operator would; answers how it ended, `0` being right. */
  async stop(): Promise<string> {
    this.#child.kill('SIGTERM');
    const [code, signal] = await this.#gone;
    return String(signal ?? code);
  }

  /** How many messages wait or are out, over all queues and subscriptions. */
  async depth(): Promise<number> {
    let sum = 0;
    for (const what of ['queues', 'subscriptions']) {
      const answer = await fetch(`${this.urls['http']}/api/v1/${what}`);
      const rows = (await answer.json()) as readonly { ready: number; inFlight: number }[];
      for (const { ready, inFlight } of rows) sum += ready + inFlight;
    }
    return sum;
  }
}
