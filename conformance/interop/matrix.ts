/**
 * Runs every case for every ordered pair of clients and reports each result as it comes. Owns the
 * drivers: starts one per client when first needed, and a new one in the place of one that died.
 * A pair that has the TypeScript API in it meets at the broker inside that driver's process;
 * every other pair meets at the server under test.
 */

import { CASES, type Case, type Side } from './cases.ts';
import type { Client } from './clients.ts';
import type { ConnectOptions, Hello } from './dialogue.ts';
import { Driver, type Launch } from './driver.ts';
import type { Broker } from './server.ts';

/** A client that takes part, or the reason why it cannot. */
export type Player = { readonly client: Client } & (
  | { readonly launch: Launch }
  | { readonly missing: string }
);

/** One case of one pair. */
export interface Result {
  readonly from: string;
  readonly to: string;
  readonly name: string;
  readonly status: 'passed' | 'failed' | 'skipped';
  readonly reason?: string;
  /** What else there is to say of one that passed. */
  readonly note?: string;
  readonly ms?: number;
}

/** After this, what is left fails unrun: a run must end by itself. */
const RUN_MS_MAX = 20 * 60_000;

const DIFFERENCES_SHOWN = 3;

interface Running {
  readonly driver: Driver;
  readonly hello: Hello;
}

export class Matrix {
  readonly #players: readonly Player[];
  readonly #broker: Broker;
  readonly #running = new Map<string, Running>();
  readonly #startedAt = Date.now();
  #runs = 0;
  /** The version that each driver told. */
  readonly versions: Map<string, string> = new Map();

  constructor(players: readonly Player[], broker: Broker) {
    this.#players = players;
    this.#broker = broker;
  }

  /** Runs the cases whose name `wanted` accepts. */
  async *run(wanted: (name: string) => boolean): AsyncGenerator<Result> {
    for (const from of this.#players) {
      for (const to of this.#players) {
        const cases = CASES.filter(
          (one) => wanted(one.name) && one.applies(from.client, to.client),
        );
        const pair = { from: from.client.name, to: to.client.name };
        const missing = [from, to].find((player) => 'missing' in player);
        if (missing !== undefined && 'missing' in missing) {
          const reason = `${missing.client.name}: ${missing.missing}`;
          for (const { name } of cases) yield { ...pair, name, status: 'skipped', reason };
          continue;
        }
        for await (const result of this.#runPair(from, to, cases)) yield { ...pair, ...result };
      }
    }
  }

  /** Ends every driver. */
  async stop(): Promise<void> {
    await Promise.all([...this.#running.values()].map(({ driver }) => driver.stop()));
  }

  async *#runPair(
    from: Player,
    to: Player,
    cases: readonly Case[],
  ): AsyncGenerator<Omit<Result, 'from' | 'to'>> {
    let sides: [Side, Side] | undefined;
    for (const one of cases) {
      const { cannot = {} } = from.client.name === to.client.name ? from.client : {};
      const reason = cannot[one.name];
      if (reason !== undefined) {
        yield { name: one.name, status: 'skipped', reason: `${from.client.name}: ${reason}` };
        continue;
      }
      const startedAt = Date.now();
      const ms = (): number => Date.now() - startedAt;
      const late = startedAt - this.#startedAt > RUN_MS_MAX;
      const ended = this.#broker.ended();
      if (late || ended !== undefined) {
        const reason = ended ?? `not run: all took over ${RUN_MS_MAX / 60_000} minutes`;
        yield { name: one.name, status: 'failed', reason };
        continue;
      }
      try {
        sides ??= await this.#open(from, to);
        const found = await this.#runCase(one, sides);
        if (found.length === 0) {
          yield { name: one.name, status: 'passed', ms: ms() };
        } else {
          const shown = found.slice(0, DIFFERENCES_SHOWN);
          if (found.length > shown.length) shown.push(`and ${found.length - shown.length} more`);
          yield { name: one.name, status: 'failed', reason: shown.join('; '), ms: ms() };
        }
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        yield { name: one.name, status: 'failed', reason, ms: ms() };
        // What is left of these connections is not to be trusted: the next case gets new ones.
        for (const side of sides ?? []) await side.driver.drop(side.connection).catch(() => 0);
        sides = undefined;
      }
    }
    for (const { driver, connection } of sides ?? []) {
      await driver.close(connection).catch(() => undefined);
    }
  }

  #runCase(one: Case, [from, to]: [Side, Side]): Promise<string[]> {
    this.#runs += 1;
    // A broker that was there before may remember an earlier run: no name is used twice.
    const name = `interop.${this.#startedAt.toString(36)}.${this.#runs}.${one.name}`;
    const queue = { kind: 'queue', name } as const;
    const topic = { kind: 'topic', name: `${name}.news` } as const;
    return one.run({ from, to, queue, topic, strict: this.#broker.strict });
  }

  async #open(from: Player, to: Player): Promise<[Side, Side]> {
    const drivers = [await this.#start(from), await this.#start(to)] as const;
    const inside = drivers.find(({ hello }) => hello.urls !== undefined);
    const urls = inside?.hello.urls ?? this.#broker.urls;
    const side = async (player: Player, { driver }: Running, role: string): Promise<Side> => {
      this.#runs += 1;
      const connection = `${role}-${this.#runs}`;
      const { door, name } = player.client;
      const url = urls[door];
      if (url === undefined) throw new Error(`no ${door} door for ${name} on this broker`);
      const reopen = (options?: ConnectOptions): Promise<void> =>
        driver.connect(connection, url, options);
      await reopen();
      return { client: player.client, driver, connection, reopen };
    };
    return [await side(from, drivers[0], 'sender'), await side(to, drivers[1], 'receiver')];
  }

  async #start(player: Player): Promise<Running> {
    const { name } = player.client;
    const found = this.#running.get(name);
    if (found?.driver.alive) return found;
    if ('missing' in player) throw new Error(player.missing);
    const started = await Driver.start(player.launch);
    this.#running.set(name, started);
    this.versions.set(name, started.hello.version);
    return started;
  }
}
