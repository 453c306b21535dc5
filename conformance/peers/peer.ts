/**
 * What a peer broker is to those who measure or test against it: a name, a version, doors that
 * listen, and the means to look at it, kill it and have it back. Each broker is one file beside
 * this (`rabbitmq.ts`, `artemis.ts`, …), which says how it is installed and launched;
 * `start.ts` does the rest for all of them. Nothing of a peer enters our dependencies.
 */

import type { Facts, Recipe } from '../interop/install.ts';

/** The brokers that we know how to start. */
export const PEER_NAMES = ['rabbitmq', 'rabbitmq4', 'artemis', 'classic', 'qpid'] as const;

/** One of them. */
export type PeerName = (typeof PEER_NAMES)[number];

/**
 * What a peer speaks; `amqp` is 1.0, `amqp091` is 0-9-1, and `amqps091` that over TLS. RabbitMQ has both
 * behind one port.
 */
export type PeerDoor = 'amqp' | 'stomp' | 'amqp091' | 'amqps091' | 'openwire';

/** A broker that runs, on 127.0.0.1 and ports of the system's choice. */
export interface Peer {
  readonly name: PeerName;
  readonly version: string;
  /** Without user and password in them: `amqp://127.0.0.1:40001`. */
  readonly urls: Readonly<Partial<Record<PeerDoor, string>>>;
  readonly user: string;
  readonly password: string;
  /** The first process of its tree; another one after a restart. */
  readonly pid: number;
  /** User and system time of the whole tree since it was started, in microseconds; Linux only. */
  cpu(): number | undefined;
  /** Resident memory of the whole tree, in bytes; Linux only. */
  memory(): number | undefined;
  /** SIGKILL to the whole tree; the data stay, the ports are kept for {@link restart}. */
  kill(): Promise<void>;
  /** Starts it again with the same data and ports, once it was killed. */
  restart(): Promise<void>;
  /** Ends it in order; removes the data, unless the caller named the folder. */
  stop(): Promise<void>;
}

/** A program to be started. */
export interface Command {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** How a prepared broker is started, each time. */
export interface Launch {
  readonly version: string;
  readonly broker: Command;
  /** Started first and kept over restarts: Erlang's port mapper. */
  readonly companion?: Command;
  /** The line by which it is ready: of a standby, which opens no door, or whose doors open early. */
  readonly waits?: RegExp;
}

/** Ports by what they are for. */
export type Ports = Readonly<Record<string, number>>;

/** What one file says of its broker. */
export interface PeerKind {
  readonly name: PeerName;
  readonly recipe: Recipe;
  /** The ports it wants, by names of its own. */
  readonly ports: readonly string[];
  urls(ports: Ports): Peer['urls'];
  /** Fills the data folder, which may hold what an earlier start left. */
  prepare(home: string, facts: Facts, data: string, ports: Ports): Promise<Launch>;
}

/** The one user of every peer. */
export const USER = 'guest';
/** And the password. */
export const PASSWORD = 'guest';
