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
  Destination,
  Hello,
  MessageSpec,
  Received,
} from '../dialogue.ts';

/** What one library must be able to do to take part. */
export interface Driver extends Hello {
  connect(url: URL): Promise<DriverConnection>;
}

/** One open connection of the library. */
export interface DriverConnection {
  send(destination: Destination, messages: readonly MessageSpec[]): Promise<void>;
  subscribe(destination: Destination, acknowledge: Acknowledge): Promise<DriverSubscription>;
  close(): Promise<void>;
  drop(): Promise<void>;
}

/** One subscription; `acknowledge` settles all that `receive` has handed over. */
export interface DriverSubscription {
  receive(count: number, timeoutMs: number): Promise<readonly Received[]>;
  acknowledge(): Promise<void>;
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

/** Serves commands until standard input ends. */
export async function serve(driver: Driver): Promise<void> {
  const connections = new Map<string, DriverConnection>();
  const subscriptions = new Map<string, DriverSubscription>();
  const { client, version, urls } = driver;
  const say = (line: Hello | Answer): boolean => process.stdout.write(`${JSON.stringify(line)}\n`);

  async function obey(command: Command): Promise<readonly Received[] | undefined> {
    switch (command.op) {
      case 'connect':
        connections.set(command.connection, await driver.connect(new URL(command.url)));
        return;
      case 'send':
        await named(connections, command.connection).send(command.destination, command.messages);
        return;
      case 'subscribe': {
        const connection = named(connections, command.connection);
        const { destination, acknowledge, subscription } = command;
        subscriptions.set(subscription, await connection.subscribe(destination, acknowledge));
        return;
      }
      case 'receive':
        return named(subscriptions, command.subscription).receive(command.count, command.timeoutMs);
      case 'acknowledge':
        return void (await named(subscriptions, command.subscription).acknowledge());
      case 'close':
      case 'drop': {
        const connection = named(connections, command.connection);
        connections.delete(command.connection);
        return void (await connection[command.op]());
      }
    }
  }

  say({ client, version, ...(urls === undefined ? {} : { urls }) });
  for await (const line of createInterface({ input: process.stdin })) {
    try {
      const messages = await obey(JSON.parse(line) as Command);
      say({ ok: true, ...(messages === undefined ? {} : { messages }) });
    } catch (error) {
      say({ ok: false, error: error instanceof Error ? error.message : String(error) });
    }
  }
  process.exit(0);
}
