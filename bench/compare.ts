/**
 * Ours and its peers under the same loads in the same run: starts all, plays each load over all of them in
 * turn, prints its table, and keeps the figures. Loads that kill and restart, or want a broker
 * that has done nothing yet, start their own.
 */

import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { backlog, type Durable, type Restartable } from './backlog.ts';
import type { CompareOptions } from './compare-options.ts';
import {
  backlogRows,
  idleRows,
  type Of,
  pacedRows,
  rateFigures,
  rateRows,
  startRows,
  titleOf,
} from './compare-report.ts';
import { DurableAngelia } from './durable-angelia.ts';
import { playIdle } from './idle.ts';
import { type Load, OUTSTANDING } from './loads.ts';
import { resultsFile } from './options.ts';
import { diskAlone, playPaced } from './paced.ts';
import { PeerTarget } from './peer-target.ts';
import { type Broker, playRate, wordsOf } from './rate-load.ts';
import { machine } from './report.ts';
import { playSteady, steadyRows } from './steady.ts';
import { aligned, markdown, type Row } from './table.ts';
import { memoryBytes } from './usage.ts';

const RESULTS = fileURLToPath(new URL('../results', import.meta.url));
const PAGE = fileURLToPath(new URL('../../docs/performance-peers.md', import.meta.url));
const IDLE_OURS = 10_000;
const IDLE_PEERS = 1000;
const KILOBYTES_MAX = { amqp: 15, ws: 25 } as const;
const SETTLE_MS = 3000;
const WARM_UP_SECONDS = 3;

/** One load, as it was shown and as it is kept. */
interface Section {
  readonly load: string;
  readonly title: string;
  readonly rows: readonly Row[];
  readonly figures: unknown;
}

/** Runs what was asked for. */
export async function compare(options: CompareOptions): Promise<void> {
  const now = new Date();
  const file = options.json === undefined ? undefined : resultsFile(options.json, RESULTS, now);
  const seen = machine();
  const { platform, cpu, cores, memoryGigabytes, node, loadBefore } = seen;
  print(
    `${platform}, ${cpu}, ${cores} cores, ${memoryGigabytes} GB, Node ${node}, ` +
      `load before ${loadBefore}\n`,
  );
  const versions: Record<string, string> = {};
  const sections: Section[] = [];
  for await (const section of play(options, versions)) {
    sections.push(section);
    print(`\n${section.load}: ${section.title}\n${aligned(section.rows).join('\n')}\n`);
  }
  const record = { date: now.toISOString(), machine: seen, versions, options, sections };
  if (file !== undefined) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, `${JSON.stringify(record, null, 2)}\n`);
    print(`\nwritten to ${file}\n`);
  }
  if (options.write) {
    writeFileSync(resolve(PAGE), page(record.date, seen, versions, sections));
    print(`\nwritten to ${PAGE}\n`);
  }
}

function print(text: string): void {
  process.stdout.write(text);
}

async function* play(
  options: CompareOptions,
  versions: Record<string, string>,
): AsyncGenerator<Section> {
  const ours = new DurableAngelia();
  const targets: Restartable[] = [ours, ...options.peers.map((name) => new PeerTarget(name))];
  const alone = options.loads.filter(({ kind }) => kind !== 'rate' && kind !== 'paced');
  const together = options.loads.filter((load) => !alone.includes(load));
  const brokers: (Broker & { readonly running: Durable })[] = [];
  try {
    for (const target of targets) {
      const running = await startedOr(target);
      if (running === undefined) continue;
      brokers.push({ name: target.name, running });
      versions[target.name] = running.version ?? '';
      print(`${target.name} ${running.version}\n`);
    }
    if (options.steadySeconds > 0) yield await steady(brokers, options.steadySeconds);
    else {
      if (options.peers.length > 0) await warmUp(brokers, together);
      for (const load of together) yield await playTogether(load, brokers, options);
    }
  } finally {
    for (const { running } of brokers) await running.stop();
    ours.remove();
  }
  const names = brokers.map(({ name }) => name);
  for (const load of options.steadySeconds > 0 ? [] : alone) {
    yield await playAlone(load, names, options);
  }
}

/** A peer that is not to be had is said, and left out. */
async function startedOr(target: Restartable): Promise<Durable | undefined> {
  try {
    return await target.start();
  } catch (error) {
    if (!(target instanceof PeerTarget)) throw error;
    print(`${target.name} is skipped: ${wordsOf(error)}\n`);
    return undefined;
  }
}

/** Java compiles what is used often: nobody is to be measured before it has. */
async function warmUp(brokers: readonly Broker[], loads: readonly Load[]): Promise<void> {
  for (const protocol of ['stomp', 'amqp']) {
    const first = loads.find((load) => load.kind === 'rate' && load.protocol === protocol);
    if (first?.kind !== 'rate') continue;
    await playRate({ ...first, name: 'warm-up' }, brokers, { rounds: 1, seconds: WARM_UP_SECONDS });
  }
}

async function playTogether(
  load: Load,
  brokers: readonly Broker[],
  options: CompareOptions,
): Promise<Section> {
  if (load.kind === 'rate') {
    const seen = await playRate(load, brokers, options);
    const figures = seen.map((one) => rateFigures(load, one));
    const rows = rateRows(load, figures);
    return { load: load.name, title: titleOf(load), rows, figures: { seen, figures } };
  }
  if (load.kind === 'paced' && load.protocol !== 'ws') {
    const { protocol } = load;
    const disk = await diskAlone();
    const figures = await each(brokers, (broker) => playPaced(protocol, broker));
    const title = 'persistent, 1,024 bytes, 1,000 a second, from written to at the consumer';
    return { load: load.name, title, rows: pacedRows(figures, disk), figures: { figures, disk } };
  }
  throw new Error(`${load.name} is played alone`);
}

/** Each on a broker of its own that has done nothing yet. */
async function playAlone(
  load: Load,
  names: readonly string[],
  options: CompareOptions,
): Promise<Section> {
  if (load.kind === 'start') {
    const figures = await eachAlone(names, startAgain);
    const title = 'started again after a kill, with next to no data';
    return { load: load.name, title, rows: startRows(figures), figures };
  }
  if (load.kind === 'idle') return idle(load, names);
  const messagesFor = (name: string): number =>
    name === 'classic' ? options.backlogMessages / 10 : options.backlogMessages;
  const figures = await eachAlone(names, (target) =>
    backlog(target, {
      protocol: 'stomp',
      messages: messagesFor(target.name),
      size: 1024,
      outstanding: OUTSTANDING,
    }),
  );
  const rows = figures.map((one) => ({ ...one, messages: messagesFor(one.broker) }));
  const title = 'STOMP, persistent, 1,024 bytes, nobody reads; then kill, start, drain';
  return { load: load.name, title, rows: backlogRows(rows), figures: rows };
}

async function idle(load: Load, names: readonly string[]): Promise<Section> {
  const protocol = load.protocol === 'ws' ? 'ws' : 'amqp';
  const able = names.filter((name) => protocol === 'amqp' || name === 'angelia');
  const figures = await eachAlone(able, async (target) => {
    const running = await target.start();
    const count = target.name === 'angelia' ? IDLE_OURS : IDLE_PEERS;
    return playIdle(running, protocol, count).finally(() => running.stop());
  });
  const title = protocol === 'ws' ? 'idle WebSockets with STOMP' : 'idle connections of AMQP 1.0';
  return { load: load.name, title, rows: idleRows(figures, KILOBYTES_MAX[protocol]), figures };
}

async function startAgain(target: Restartable) {
  const running = await target.start();
  try {
    await running.kill();
    const begin = performance.now();
    const { pid } = await target.start();
    const readyMs = performance.now() - begin;
    await delay(SETTLE_MS);
    return { readyMs, idleBytes: memoryBytes(pid) };
  } finally {
    await running.stop();
  }
}

async function steady(brokers: readonly Broker[], seconds: number): Promise<Section> {
  const figures = await each(brokers, (broker) => playSteady(broker, seconds));
  const title = `STOMP, persistent, 1,024 bytes, ${seconds} s with 100,000 waiting`;
  return { load: 'steady', title, rows: steadyRows(figures), figures };
}

async function each<Figures>(
  brokers: readonly Broker[],
  play: (broker: Broker) => Promise<Figures>,
): Promise<Of<Figures>[]> {
  const seen: Of<Figures>[] = [];
  for (const broker of brokers) {
    const { name } = broker;
    seen.push(
      await play(broker).then(
        (figures) => ({ broker: name, figures }),
        (error: unknown) => ({ broker: name, failure: wordsOf(error) }),
      ),
    );
  }
  return seen;
}

async function eachAlone<Figures>(
  names: readonly string[],
  play: (target: Restartable) => Promise<Figures>,
): Promise<Of<Figures>[]> {
  const seen: Of<Figures>[] = [];
  for (const name of names) {
    const ours = name === 'angelia' ? new DurableAngelia() : undefined;
    const target = ours ?? new PeerTarget(name as PeerTarget['name']);
    try {
      seen.push({ broker: name, figures: await play(target) });
    } catch (error) {
      seen.push({ broker: name, failure: wordsOf(error) });
    }
    ours?.remove();
  }
  return seen;
}

function page(
  date: string,
  { cpu, cores, memoryGigabytes, node, loadBefore }: ReturnType<typeof machine>,
  versions: Readonly<Record<string, string>>,
  sections: readonly Section[],
): string {
  const names = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  const head = [
    '# Performance beside other brokers',
    '',
    `Written by \`npm run bench -- --peers … --write\` on ${date.slice(0, 10)}. Do not edit: run it again.`,
    '',
    `${names.join(', ')}; ${cores} cores of ${cpu}, ${memoryGigabytes} GB, Node ${node}, load ${loadBefore} before.`,
    'What the columns mean is in [performance.md](performance.md).',
  ];
  const tables = sections.flatMap(({ load, title, rows }) => [
    '',
    `## ${load}`,
    '',
    `${title}.`,
    '',
    ...markdown(rows),
  ]);
  return `${[...head, ...tables].join('\n')}\n`;
}
