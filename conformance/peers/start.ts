/**
 * Installs a peer broker if it is not there yet, and runs it: free ports on 127.0.0.1, a data folder
 * that goes with it unless the caller named one, SIGKILL and restart on the same ports and data.
 * No peer outlives this process, however that ends.
 */

import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { PROJECT_ROOT } from '../interop/clients.ts';
import { install } from '../interop/install.ts';
import { LastWords } from '../interop/last-words.ts';
import { artemis } from './artemis.ts';
import { classic } from './classic.ts';
import {
  type Command,
  type Launch,
  PASSWORD,
  type Peer,
  type PeerKind,
  type PeerName,
  type Ports,
  USER,
} from './peer.ts';
import { freePorts, listening } from './ports.ts';
import { cpuOfTree, memoryOfTree, signalAll, treeOf } from './process-tree.ts';
import { qpid } from './qpid.ts';
import { rabbitmq, rabbitmq4 } from './rabbitmq.ts';
import { Warden } from './warden.ts';

const KINDS: Readonly<Record<PeerName, PeerKind>> = {
  rabbitmq,
  rabbitmq4,
  artemis,
  classic,
  qpid,
};
const READY_MS_MAX = 120_000;
const STOP_MS_MAX = 20_000;

type Child = ChildProcessByStdio<null, Readable, Readable>;

/** Where a peer keeps what it must not lose. */
export interface PeerOptions {
  /** A folder of the caller, which stays; without it one that goes when the peer is stopped. */
  readonly data?: string;
  /** Ports that the caller has chosen; the others are the system's choice. */
  readonly ports?: Ports;
}

/** Starts a peer; or says why it is not to be had. Throws if it is there and does not start. */
export async function startPeer(
  name: PeerName,
  options: PeerOptions = {},
): Promise<Peer | { readonly reason: string }> {
  return await startKind(KINDS[name], options);
}

/** {@link startPeer} for a kind with settings of its own. */
export async function startKind(
  kind: PeerKind,
  options: PeerOptions = {},
): Promise<Peer | { readonly reason: string }> {
  const { name } = kind;
  const home = join(PROJECT_ROOT, '.cache', 'interop', name);
  const installed = await install(home, kind.recipe);
  if ('reason' in installed) return { reason: `${name} is not to be had: ${installed.reason}` };
  const data = options.data ?? (await mkdtemp(join(tmpdir(), `peer-${name}-`)));
  await mkdir(data, { recursive: true });
  const ports = { ...(await freePorts(kind.ports)), ...options.ports };
  const launch = await kind.prepare(home, installed.facts, data, ports);
  const peer = new RunningPeer(kind, launch, ports, data, options.data === undefined);
  try {
    await peer.restart();
    return peer;
  } catch (error) {
    await peer.stop();
    throw error;
  }
}

class RunningPeer implements Peer {
  readonly name: PeerName;
  readonly version: string;
  readonly urls: Peer['urls'];
  readonly user: string = USER;
  readonly password: string = PASSWORD;
  readonly #launch: Launch;
  readonly #ports: Ports;
  readonly #data: string;
  readonly #dataIsOurs: boolean;
  readonly #warden: Warden;
  readonly #atExit = (): void => this.#killNow();
  #companion: Child | undefined;
  #broker: Child | undefined;

  constructor(kind: PeerKind, launch: Launch, ports: Ports, data: string, dataIsOurs: boolean) {
    this.name = kind.name;
    this.version = launch.version;
    this.urls = kind.urls(ports);
    this.#launch = launch;
    this.#ports = ports;
    this.#data = data;
    this.#dataIsOurs = dataIsOurs;
    this.#warden = new Warden(dataIsOurs ? data : undefined);
    process.once('exit', this.#atExit);
  }

  get pid(): number {
    return this.#broker?.pid ?? 0;
  }

  cpu(): number | undefined {
    return cpuOfTree(this.pid);
  }

  memory(): number | undefined {
    return memoryOfTree(this.pid);
  }

  async restart(): Promise<void> {
    await this.kill();
    const { companion, broker } = this.#launch;
    if (companion !== undefined && this.#companion === undefined) {
      this.#companion = this.#spawn(companion);
      await listening([this.#ports['mapper'] ?? 0], AbortSignal.timeout(READY_MS_MAX));
    }
    const child = this.#spawn(broker);
    this.#broker = child;
    this.#watch();
    await this.#ready(child);
  }

  async kill(): Promise<void> {
    await gone(this.#broker);
    this.#broker = undefined;
    this.#watch();
  }

  async stop(): Promise<void> {
    const broker = this.#broker;
    if (isAlive(broker)) {
      const late = AbortSignal.timeout(STOP_MS_MAX);
      broker.kill('SIGTERM');
      await once(broker, 'exit', { signal: late }).catch(() => undefined);
    }
    await this.kill();
    await gone(this.#companion);
    this.#companion = undefined;
    this.#warden.dismiss();
    process.removeListener('exit', this.#atExit);
    if (this.#dataIsOurs) await rm(this.#data, { recursive: true, force: true });
  }

  #watch(): void {
    this.#warden.watch(...this.#roots());
  }

  #roots(): number[] {
    const pids = [this.#broker?.pid, this.#companion?.pid];
    return pids.filter((pid) => pid !== undefined);
  }

  #spawn({ command, args, env = {} }: Command): Child {
    // A process group of its own: Ctrl-C is for us to hear, and to end the peer in order.
    const child = spawn(command, args, {
      cwd: this.#data,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    // Who waits for it hears of it; nobody else is to fall over it.
    return child.on('error', () => undefined);
  }

  /** Waits for its doors to open, or for its word that it is a standby; or for its end. */
  async #ready(child: Child): Promise<void> {
    const lastWords = [child.stdout, child.stderr].map((stream) => new LastWords(stream));
    const words = (): string => lastWords.map(String).filter(Boolean).join(' | ');
    const giveUp = new AbortController();
    const end = (why: string) => (): void =>
      giveUp.abort(new Error(`${this.name} ${this.version} ${why}: ${words()}`));
    const late = setTimeout(end(`was not ready after ${READY_MS_MAX} ms`), READY_MS_MAX);
    const ended = end('ended before it was ready');
    child.once('error', ended);
    child.once('exit', ended);
    try {
      const { waits } = this.#launch;
      const doors = Object.values(this.urls).map((url) => Number(new URL(url).port));
      if (waits === undefined) await listening(doors, giveUp.signal);
      else await said([child.stdout, child.stderr], waits, giveUp.signal);
    } finally {
      clearTimeout(late);
      child.removeListener('exit', ended);
    }
  }

  #killNow(): void {
    for (const root of this.#roots()) signalAll([root, ...treeOf(root)], 'SIGKILL');
    if (this.#dataIsOurs) rmSync(this.#data, { recursive: true, force: true });
  }
}

/** Waits for a line that looks like this. */
function said(streams: readonly Readable[], looks: RegExp, given: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    given.addEventListener('abort', () => reject(given.reason), { once: true });
    for (const input of streams) {
      createInterface({ input }).on('line', (line) => looks.test(line) && resolve());
    }
  });
}

function isAlive(child: Child | undefined): child is Child {
  return child?.pid !== undefined && child.exitCode === null && child.signalCode === null;
}

/** SIGKILL to a child and all that it started; back when it has ended. */
async function gone(child: Child | undefined): Promise<void> {
  if (!isAlive(child)) return;
  const ended = once(child, 'exit');
  const tree = treeOf(child.pid ?? 0);
  if (tree.length === 0) child.kill('SIGKILL');
  signalAll(tree, 'SIGKILL');
  await ended;
}
