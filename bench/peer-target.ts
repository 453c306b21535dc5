/**
 * A peer broker as a target: started, killed and started again by `npm run peers`, a process of its own
 * that takes a command a line and answers each with a line of JSON. It installs what is missing, and ends
 * its broker when its input ends, so that none outlives the bench.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Durable, Restartable } from './backlog.ts';
import { Pipe } from './pipe.ts';
import { stomp } from './stomp.ts';
import { brokerDoors } from './target.ts';

const PROGRAM = fileURLToPath(new URL('../../dist/conformance/peers/main.js', import.meta.url));

/** The peers that can be started. */
export const PEER_NAMES = ['rabbitmq', 'rabbitmq4', 'artemis', 'classic'] as const;

/** One of them. */
export type PeerName = (typeof PEER_NAMES)[number];

interface Told {
  readonly what: string;
  readonly version: string;
  readonly urls: Readonly<Record<string, string>>;
  readonly user: string;
  readonly password: string;
  readonly pid: number;
  readonly reason?: string;
}

/** What RabbitMQ and Classic call an address of AMQP 1.0; others name it as it is. */
const amqpAddress: Readonly<Record<PeerName, Readonly<Record<'queue' | 'topic', string>>>> = {
  // 3.x makes what /queue/ names, not durable; /amq/queue/ is there, declared over STOMP before.
  rabbitmq: { queue: '/amq/queue/', topic: '/topic/' },
  // 4.x makes none. Its own name for a topic cannot be received from; that of 3.x still can.
  rabbitmq4: { queue: '/queues/', topic: '/topic/' },
  artemis: { queue: '', topic: '' },
  classic: { queue: 'queue://', topic: 'topic://' },
};

/** A peer, started when first asked, and again with its data after a kill. */
export class PeerTarget implements Restartable {
  readonly name: PeerName;
  #child: ChildProcess | undefined;
  #answers: AsyncIterator<string> | undefined;

  constructor(name: PeerName) {
    this.name = name;
  }

  async start(): Promise<Durable> {
    const again = this.#child !== undefined;
    if (!again) this.#spawn();
    const told = again ? await this.#say('restart') : await this.#answer();
    const { pid, version, urls, user, password } = told;
    const { name } = this;
    const running: Durable = {
      pid,
      version,
      doors(protocol, address, kind = 'queue') {
        const url = new URL(urls[protocol] ?? '');
        url.username = user;
        url.password = password;
        const prefix = protocol === 'stomp' ? `/${kind}/` : amqpAddress[name][kind];
        return brokerDoors(url.href, `${prefix}${address}`, kind);
      },
      async declare(protocol, queue) {
        if (!name.startsWith('rabbitmq') || protocol !== 'amqp') return;
        const door = running.doors('stomp', queue).in;
        const pipe = await Pipe.open(door.url);
        await stomp.openReceiver(pipe, door, 0);
        pipe.close(stomp.goodbye);
      },
      stop: () => this.#stop(),
      kill: async () => {
        await this.#say('kill');
      },
    };
    return running;
  }

  #spawn(): void {
    const args = [PROGRAM, this.name, '--ready-json'];
    const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#child = child;
    this.#answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  }

  #say(word: string): Promise<Told> {
    this.#child?.stdin?.write(`${word}\n`);
    return this.#answer();
  }

  async #answer(): Promise<Told> {
    const line = await this.#answers?.next();
    if (line?.done !== false) throw new Error(`${this.name} ended, and did not say more`);
    const told = JSON.parse(line.value) as Told;
    if (told.reason !== undefined) throw new Error(told.reason);
    return told;
  }

  async #stop(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.exitCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.stdin?.end();
    await ended;
  }
}
