/**
 * The ear and mouth of every driver written for Node: reads commands, calls the library's
 * connection, writes answers. One command at a time, in order. Standard output belongs to the
 * answers alone; whatever else a library prints goes to standard error.
 */

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type {
  Acknowledge,
  Answer,
  Command,
  ConnectOptions,
  Destination,
  Hello,
  MessageSpec,
  Outcome,
  Received,
  SubscribeOptions,
} from '../dialogue.ts';

/** What one library must be able to do to take part. */
export interface Driver extends Hello {
  connect(url: URL, options: ConnectOptions): Promise<DriverConnection>;
}

/** One open connection of the library; what a client is never asked for it need not have. */
export interface DriverConnection {
  send(
    destination: Destination,
    messages: readonly MessageSpec[],
    transaction?: string,
  ): Promise<void>;
  subscribe(
    destination: Destination,
    acknowledge: Acknowledge,
    options: SubscribeOptions,
  ): Promise<DriverSubscription>;
  begin?(transaction: string): Promise<void>;
  end?(transaction: string, commit: boolean): Promise<void>;
  node?(): Promise<{ address: string; subscription: DriverSubscription }>;
  close(): Promise<void>;
  drop(): Promise<void>;
}

/** One subscription; `acknowledge` settles all that `receive` has handed over. */
export interface DriverSubscription {
  receive(count: number, timeoutMs: number): Promise<readonly Received[]>;
  acknowledge(): Promise<void>;
  settle?(at: number, outcome: Outcome, transaction?: string): Promise<void>;
  drain?(): Promise<readonly Received[]>;
  unsubscribe?(forget: boolean): Promise<void>;
}

/** Loads a package from the cache folder that the matrix installed for this driver. */
export function loadClient(name: string): { library: unknown; version: string } {
  const { INTEROP_HOME: home } = process.env;
  if (home === undefined) throw new Error('INTEROP_HOME must name the folder of the client');
  const manifest = join(home, 'node_modules', name, 'package.json');
  const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string };
  return { library: createRequire(join(home, 'package.json'))(name), version };
}

function named<T>(map: Map<string, T>, name: string): T {
  const found = map.get(name);
  if (found === undefined) throw new Error(`no ${name} here: ${[...map.keys()].join(', ')}`);
  return found;
}

function able<T>(method: T | undefined, what: string): T {
  if (method === undefined) throw new Error(`this driver has no ${what}`);
  return method;
}

/** The connections and subscriptions of a driver by their names, and what is done with them. */
class Desk {
  readonly #driver: Driver;
  readonly #connections = new Map<string, DriverConnection>();
  readonly #subscriptions = new Map<string, DriverSubscription>();

  constructor(driver: Driver) {
    this.#driver = driver;
  }

  async obey(command: Command): Promise<{ messages?: readonly Received[]; address?: string }> {
    switch (command.op) {
      case 'connect': {
        const connection = await this.#driver.connect(new URL(command.url), command);
        this.#connections.set(command.connection, connection);
        return {};
      }
      case 'close':
      case 'drop': {
        const connection = this.#connection(command.connection);
        this.#connections.delete(command.connection);
        await connection[command.op]();
        return {};
      }
      case 'send': {
        const { destination, messages, transaction } = command;
        await this.#connection(command.connection).send(destination, messages, transaction);
        return {};
      }
      case 'subscribe': {
        const connection = this.#connection(command.connection);
        const { destination, acknowledge, subscription } = command;
        const opened = await connection.subscribe(destination, acknowledge, command);
        this.#subscriptions.set(subscription, opened);
        return {};
      }
      case 'node': {
        const connection = this.#connection(command.connection);
        const { address, subscription } = await able(connection.node, 'node').call(connection);
        this.#subscriptions.set(command.subscription, subscription);
        return { address };
      }
      case 'begin':
      case 'end':
        return this.#transact(command);
      default:
        return this.#read(command);
    }
  }

  async #transact(command: Extract<Command, { op: 'begin' | 'end' }>): Promise<object> {
    const connection = this.#connection(command.connection);
    const { transaction } = command;
    if (command.op === 'begin') await able(connection.begin, 'begin').call(connection, transaction);
    else await able(connection.end, 'end').call(connection, transaction, command.commit);
    return {};
  }

  async #read(
    command: Extract<
      Command,
      { op: 'receive' | 'drain' | 'acknowledge' | 'settle' | 'unsubscribe' }
    >,
  ): Promise<{ messages?: readonly Received[] }> {
    const subscription = named(this.#subscriptions, command.subscription);
    switch (command.op) {
      case 'receive':
        return { messages: await subscription.receive(command.count, command.timeoutMs) };
      case 'drain':
        return { messages: await able(subscription.drain, 'drain').call(subscription) };
      case 'acknowledge':
        await subscription.acknowledge();
        return {};
      case 'settle': {
        const { at, outcome, transaction } = command;
        await able(subscription.settle, 'settle').call(subscription, at, outcome, transaction);
        return {};
      }
      case 'unsubscribe':
        await able(subscription.unsubscribe, 'unsubscribe').call(subscription, command.forget);
        return {};
    }
  }

  #connection(name: string): DriverConnection {
    return named(this.#connections, name);
  }
}

/** Serves commands until standard input ends. */
export async function serve(driver: Driver): Promise<void> {
  const desk = new Desk(driver);
  const { client, version, urls } = driver;
  const say = (line: Hello | Answer): boolean => process.stdout.write(`${JSON.stringify(line)}\n`);
  say({ client, version, ...(urls === undefined ? {} : { urls }) });
  for await (const line of createInterface({ input: process.stdin })) {
    try {
      say({ ok: true, ...(await desk.obey(JSON.parse(line) as Command)) });
    } catch (error) {
      say({ ok: false, error: error instanceof Error ? error.message : String(error) });
    }
  }
  process.exit(0);
}
