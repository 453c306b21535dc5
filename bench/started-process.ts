/**
 * Starts a program that prints one line of JSON when it is ready, and stops it again.
 *
 * What it says on stderr is kept (the last of it) to be shown if it fails. No child outlives the bench.
 */

import { type ChildProcess, spawn } from 'node:child_process';

const READY_MS = 30_000;
const STOP_MS = 8_000;
const SAID_LENGTH_MAX = 4_000;

/** A child that is ready, and what it said. */
export interface StartedProcess {
  readonly pid: number;
  /** Its ready line, parsed. */
  readonly ready: unknown;
  stop(): Promise<void>;
  /** Ends it as a power cut would, and waits until it is gone. */
  kill(): Promise<void>;
}

/** Starts a Node program and waits for its ready line. */
export async function startNode(args: readonly string[]): Promise<StartedProcess> {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const kill = (): void => {
    child.kill('SIGKILL');
  };
  process.once('exit', kill);
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-SAID_LENGTH_MAX);
  });
  try {
    const line = await firstLine(child, () => said);
    const ready: unknown = JSON.parse(line);
    const stop = async (): Promise<void> => {
      await stopped(child);
      process.removeListener('exit', kill);
    };
    const killed = (): Promise<void> => {
      process.removeListener('exit', kill);
      const gone = new Promise<void>((resolve) => {
        child.once('exit', () => resolve());
      });
      kill();
      return gone;
    };
    return { pid: child.pid ?? 0, ready, stop, kill: killed };
  } catch (error) {
    kill();
    process.removeListener('exit', kill);
    throw error;
  }
}

function firstLine(child: ChildProcess, said: () => string): Promise<string> {
  const command = child.spawnargs.slice(1).join(' ');
  return new Promise((resolve, reject) => {
    let out = '';
    const late = setTimeout(
      () => reject(new Error(`${command}: not ready after ${READY_MS} ms\n${said()}`)),
      READY_MS,
    );
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      out += text;
      const end = out.indexOf('\n');
      if (end === -1) return;
      clearTimeout(late);
      resolve(out.slice(0, end));
    });
    child.once('error', reject);
    child.once('close', (exitCode) => {
      clearTimeout(late);
      reject(new Error(`${command}: ended with ${exitCode} before it was ready\n${said()}`));
    });
  });
}

function stopped(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    const late = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
    child.once('exit', () => {
      clearTimeout(late);
      resolve();
    });
    child.kill('SIGTERM');
  });
}
