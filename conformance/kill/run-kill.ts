/**
 * The kill test: lives of a server on one data directory, each ended by SIGKILL at a moment that
 * nobody chose, four producers and two consumers over STOMP and AMQP in each, and one last life in
 * which everything that is left is read. Answers what was found wrong, and what there was.
 */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Dice } from '../fuzz/dice.ts';
import { amqpPeer } from './amqp-peer.ts';
import { Ledger, type Sums } from './ledger.ts';
import type { Destination, Peer } from './peer.ts';
import { Consumer, type PlacesOf, QUEUES, Sender, type Stop, TOPIC } from './roles.ts';
import { killWhileStarting, ServerLife } from './server-life.ts';
import { stompPeer } from './stomp-peer.ts';

/** How much, and from what. */
export interface KillOptions {
  readonly rounds: number;
  readonly seed: number;
  /** Told about each life. */
  say(line: string): void;
}

/** What a run found, and did. */
export interface KillReport extends Sums {
  readonly findings: readonly string[];
  readonly kills: number;
  readonly killsWhileStarting: number;
  readonly readyMsMax: number;
}

/** A life, before its kill. */
const RUN_MS_MIN = 20;
const RUN_MS_SPREAD = 600;
const START_MS_SPREAD = 400;
/** The last life gives up when nothing has come for so long. */
const IDLE_MS_MAX = 10_000;
const POLL_MS = 50;

const READERS = ['stomp', 'amqp'] as const;
type Protocol = (typeof READERS)[number];

const placesOf: PlacesOf = (to: Destination) =>
  to.kind === 'queue' ? [`queue ${to.name}`] : READERS.map((reader) => `subscription ${reader}`);

function dial(protocol: Protocol, life: ServerLife, name: string): Promise<Peer> {
  const url = life.urls[protocol];
  if (url === undefined) throw new Error(`the server has no ${protocol} door`);
  return protocol === 'stomp' ? stompPeer(url, name) : amqpPeer(url, name);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Runs the test in a directory of its own, which goes if nothing was found. */
export async function runKill(options: KillOptions): Promise<KillReport> {
  const data = await mkdtemp(join(tmpdir(), 'angelia-kill-'));
  const report = await new KillRun(data, options).run();
  if (report.findings.length === 0) await rm(data, { recursive: true, force: true });
  else options.say(`the data is left in ${data}`);
  return report;
}

class KillRun {
  readonly #data: string;
  readonly #options: KillOptions;
  readonly #ledger = new Ledger();
  readonly #dice: Dice;
  readonly #producers: readonly { readonly protocol: Protocol; readonly sender: Sender }[];
  readonly #consumers: readonly { readonly protocol: Protocol; readonly sender: Sender }[];
  readonly #wrong: string[] = [];
  #killsWhileStarting = 0;
  #readyMsMax = 0;

  constructor(data: string, options: KillOptions) {
    this.#data = data;
    this.#options = options;
    this.#dice = new Dice(options.seed);
    const sender = (name: string): Sender =>
      new Sender(name, this.#ledger, new Dice(this.#dice.roll(2 ** 32)), placesOf);
    this.#producers = (['stomp', 'amqp', 'stomp', 'amqp'] as const).map((protocol, i) => {
      return { protocol, sender: sender(`producer${i + 1}`) };
    });
    this.#consumers = READERS.map((protocol) => {
      return { protocol, sender: sender(`consumer${protocol}`) };
    });
  }

  async run(): Promise<KillReport> {
    for (let round = 1; round <= this.#options.rounds; round++) {
      if (this.#dice.roll(5) === 0) {
        await killWhileStarting(this.#data, this.#dice.roll(START_MS_SPREAD));
        this.#ledger.killed();
        this.#killsWhileStarting++;
      }
      await this.#round(round);
    }
    await this.#lastLife();
    const sums = this.#ledger.close();
    return {
      ...sums,
      findings: [...this.#wrong, ...this.#ledger.findings],
      kills: this.#options.rounds + this.#killsWhileStarting,
      killsWhileStarting: this.#killsWhileStarting,
      readyMsMax: this.#readyMsMax,
    };
  }

  async #round(round: number): Promise<void> {
    const life = await this.#start();
    const stop: Stop = { sending: false, plain: false };
    const { peers, working } = await this.#work(life, stop, true);
    const ms = RUN_MS_MIN + this.#dice.roll(RUN_MS_SPREAD);
    await Promise.race([pause(ms), ...working]);
    this.#noteEarlyEnd(peers, `round ${round}`);
    await life.kill();
    for (const peer of peers) peer.cut();
    await this.#ended(working, `round ${round}`);
    this.#ledger.killed();
    this.#options.say(`round ${round}: killed after ${ms} ms; ready in ${life.readyMs} ms`);
  }

  /** Reads what is left, and ends in peace. */
  async #lastLife(): Promise<void> {
    const life = await this.#start();
    const stop: Stop = { sending: true, plain: true };
    const { peers, working } = await this.#work(life, stop, false);
    let [depth, since] = [Number.NaN, Date.now()];
    while (depth !== 0 && Date.now() - since < IDLE_MS_MAX) {
      await pause(POLL_MS);
      const now = await life.depth();
      if (now !== depth) since = Date.now();
      depth = now;
    }
    if (depth !== 0) this.#wrong.push(`${depth} messages are left and do not come`);
    this.#wrong.push(...this.#ledger.owed());
    this.#noteEarlyEnd(peers, 'the last life');
    for (const peer of peers) peer.cut();
    await this.#ended(working, 'the last life');
    const how = await life.stop();
    if (how !== '0') this.#wrong.push(`after SIGTERM the server ended with ${how}, not 0`);
  }

  async #start(): Promise<ServerLife> {
    const life = await ServerLife.start(this.#data);
    this.#readyMsMax = Math.max(this.#readyMsMax, life.readyMs);
    return life;
  }

  /** Consumers subscribe before producers send: a subscription has what was sent since it is there. */
  async #work(
    life: ServerLife,
    stop: Stop,
    produce: boolean,
  ): Promise<{ peers: Peer[]; working: Promise<void>[] }> {
    const peers: Peer[] = [];
    const working: Promise<void>[] = [];
    for (const { protocol, sender } of this.#consumers) {
      const peer = await dial(protocol, life, `kill-${protocol}`);
      peers.push(peer);
      const dice = new Dice(this.#dice.roll(2 ** 32));
      const consumer = new Consumer(peer, this.#ledger, dice, sender);
      const queues = QUEUES.map((queue) => ({ ...queue, place: `queue ${queue.name}` }));
      const news = { ...TOPIC, durable: `news-${protocol}`, place: `subscription ${protocol}` };
      await consumer.subscribe([...queues, news]);
      working.push(consumer.consume(stop));
    }
    for (const { protocol, sender } of produce ? this.#producers : []) {
      const peer = await dial(protocol, life, `kill-${sender.name}`);
      peers.push(peer);
      working.push(sender.produce(peer, stop));
    }
    return { peers, working };
  }

  #noteEarlyEnd(peers: readonly Peer[], when: string): void {
    for (const { lost, complaint, protocol } of peers) {
      if (lost) this.#wrong.push(`${when}: ${protocol} lost before the kill: ${complaint}`);
    }
  }

  async #ended(working: readonly Promise<void>[], when: string): Promise<void> {
    for (const result of await Promise.allSettled(working)) {
      if (result.status === 'rejected') this.#wrong.push(`${when}: ${result.reason}`);
    }
  }
}
