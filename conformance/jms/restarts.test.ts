// Our own server, durable, is killed and started again on the same port while messages pass.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { amqp1Provider } from '#adapters/amqp1';
import { FailoverProvider } from '#adapters/failover';
import { stompProvider } from '#adapters/stomp';
import { move, pass } from './restarts.ts';

const BINARY = join(import.meta.dirname, '../../server/main.js');
const failover = new FailoverProvider((url) =>
  url.startsWith('amqp:') ? amqp1Provider : stompProvider,
);

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

class Ours {
  readonly url: string;
  readonly #args: readonly string[];
  #child: ChildProcess | undefined;

  constructor(data: string, protocol: 'amqp' | 'stomp', port: number) {
    this.url = `failover:(${protocol}://127.0.0.1:${port})`;
    const doors = ['amqp', 'stomp', 'ws', 'multi', 'http'].filter((door) => door !== protocol);
    const shut = doors.flatMap((door) => [`--${door}-port`, '-1']);
    const args = ['serve', '--data', data, `--${protocol}-port`, String(port), '--ready-json'];
    this.#args = [BINARY, ...args, ...shut];
  }

  async restart(): Promise<void> {
    const stdio = ['ignore', 'pipe', 'inherit'] as const;
    this.#child = spawn(process.execPath, [...this.#args, '--log-level', 'error'], {
      stdio: [...stdio],
    });
    await once(this.#child.stdout as never, 'data');
  }

  async kill(): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }
}

async function ours(t: ExecutionContext, protocol: 'amqp' | 'stomp'): Promise<Ours> {
  const data = mkdtempSync(join(tmpdir(), 'angelia-'));
  const broker = new Ours(data, protocol, await freePort());
  t.teardown(async () => {
    await broker.kill();
    rmSync(data, { recursive: true, force: true });
  });
  await broker.restart();
  return broker;
}

const passing = test.macro(async (t: ExecutionContext, protocol: 'amqp' | 'stomp') => {
  const broker = await ours(t, protocol);
  const { missing, unmarked, marked, problems, interruptions, gapsMs } = await pass(
    broker,
    { failover: () => failover },
    'restarts',
  );
  t.log({ marked, interruptions, gapsMs: gapsMs.map(Math.round) });
  t.deepEqual(missing, []);
  t.deepEqual(unmarked, []);
  t.deepEqual(problems, []);
  t.deepEqual(interruptions, [3, 3]);
});

const passed = '10,000 persistent messages pass though the server is killed three times';
test.serial(`over AMQP ${passed}`, passing, 'amqp');
test.serial(`over STOMP ${passed}`, passing, 'stomp');

test.serial(
  'in transactions each of 3,000 messages is moved once though the server is killed three times',
  async (t) => {
    const broker = await ours(t, 'amqp');
    const { wrong, again, rolledBack, inDoubt, problems } = await move(
      broker,
      { failover: () => failover },
      'from',
      'to',
    );
    t.log({ rolledBack, inDoubt });
    t.deepEqual([wrong, again], [[], []]);
    t.deepEqual(problems, []);
    t.true(rolledBack + inDoubt > 0);
  },
);
