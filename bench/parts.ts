/**
 * The parts of the bench that have a name: `npm run bench -- backlog`, `npm run bench -- lone-producer`.
 * Each prints its figures with the targets beside them, and measures our own broker on a disk.
 */

import { parseArgs } from 'node:util';
import { type BacklogFigures, backlog, type FillFigures, type RestartFigures } from './backlog.ts';
import { DurableAngelia } from './durable-angelia.ts';
import { type LoneFigures, loneProducer } from './lone-producer.ts';
import { UsageError } from './options.ts';
import { machine } from './report.ts';
import { topicBacklog } from './topic-backlog.ts';
import type { Protocol } from './wire.ts';

const MEGABYTE = 1e6;

/** A figure, and what it should be. */
type Row = readonly [what: string, figure: string, target: string];

interface PartOptions {
  readonly protocols: readonly Protocol[];
  readonly sizes: readonly number[];
  readonly messages: number | undefined;
}

const parts: Readonly<Record<string, (options: PartOptions) => Promise<void>>> = {
  backlog: playBacklog,
  'topic-backlog': playTopicBacklog,
  'lone-producer': playLoneProducer,
};

/** Whether the bench has a part of this name. */
export function isPart(name: string): boolean {
  return Object.hasOwn(parts, name);
}

/**
 * Plays one part.
 *
 * @throws {UsageError} for options that it does not have
 */
export async function playPart(name: string, args: readonly string[]): Promise<void> {
  const { platform, cpu, cores, node, loadBefore } = machine();
  const options = optionsOf(args);
  print(`${platform}, ${cpu}, ${cores} cores, Node ${node}, load before ${loadBefore}\n`);
  await parts[name]?.(options);
}

function optionsOf(args: readonly string[]): PartOptions {
  const text = { type: 'string' } as const;
  try {
    const { values } = parseArgs({
      args: [...args],
      options: { protocol: text, size: text, messages: text },
    });
    const { protocol = 'stomp,amqp', size = '1024', messages } = values;
    const protocols = protocol.split(',').map((one): Protocol => {
      if (one === 'stomp' || one === 'amqp') return one;
      throw new Error(`--protocol takes stomp, amqp or stomp,amqp, not "${protocol}"`);
    });
    const sizes = size.split(',').map(numberOf);
    return { protocols, sizes, messages: messages === undefined ? undefined : numberOf(messages) };
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function numberOf(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 16) return value;
  throw new Error(`a number from 16 was expected, not "${text}"`);
}

async function playBacklog({ protocols, sizes, messages: said }: PartOptions): Promise<void> {
  for (const protocol of protocols) {
    for (const size of sizes) {
      // A million, as far as they are together no more than two gigabytes.
      const messages = said ?? Math.min(1_000_000, Math.floor(2e9 / size));
      const target = new DurableAngelia();
      try {
        const figures = await backlog(target, { protocol, messages, size, outstanding: 1000 });
        print(
          `\n${protocol}, ${messages.toLocaleString('en')} persistent messages of ${size} bytes`,
        );
        print(', 1,000 outstanding\n');
        printRows(backlogRows(figures, messages, size));
      } finally {
        target.remove();
      }
    }
  }
}

function backlogRows(figures: BacklogFigures, messages: number, size: number): Row[] {
  const { emptyRate, drainRate, writtenToPayload } = figures;
  const ordinary = size === 1024;
  const memory = ordinary ? '<= 200' : '';
  const cpu = ordinary ? '<= 10' : '';
  return [
    ['queue kept empty: messages/s', count(emptyRate), ''],
    ['queue kept empty: broker CPU us', decimals(figures.emptyCpuUs), cpu],
    ['filling: messages/s', count(figures.fillRate), ''],
    ['filling: broker CPU us', decimals(figures.fillCpuUs), cpu],
    ['filling: bytes to write / payload', decimals(writtenToPayload), ordinary ? '<= 1.15' : ''],
    ['idle: MB', megabytes(figures.idleBytes), ''],
    ['all waiting: MB above idle', megabytes(figures.fullBytes), memory],
    ['the same, after 3 s', megabytes(figures.restedBytes), memory],
    ...restartRows(figures, messages, memory),
    ['draining: messages/s', count(drainRate), `>= ${count(emptyRate / 2)}`],
    ['draining: broker CPU us', decimals(figures.drainCpuUs), ''],
    ['drained: MB above idle', megabytes(figures.drainedBytes), memory],
  ];
}

function restartRows(figures: RestartFigures, messages: number, memory: string): Row[] {
  const restartMs = 3000 * Math.max(1, messages / 1e6);
  return [
    ['killed and started: first delivery, ms', count(figures.firstDeliveryMs), `<= ${restartMs}`],
    ['the same, in CPU of the broker, ms', count(figures.restartCpuMs), ''],
    ['then: MB above idle', megabytes(figures.restartedBytes), memory],
  ];
}

async function playTopicBacklog({ sizes, messages = 1_000_000 }: PartOptions): Promise<void> {
  for (const size of sizes) {
    const target = new DurableAngelia();
    try {
      const options = { protocol: 'stomp', messages, size, outstanding: 1000 } as const;
      const figures = await topicBacklog(target, options);
      print(
        `\nstomp, ${messages.toLocaleString('en')} persistent messages of ${size} bytes to two`,
      );
      print(' durable subscriptions,\none takes and acknowledges all, the other is away\n');
      printRows(topicBacklogRows(figures, messages, size));
    } finally {
      target.remove();
    }
  }
}

function topicBacklogRows(
  figures: FillFigures & RestartFigures,
  messages: number,
  size: number,
): Row[] {
  const memory = size === 1024 ? '<= 200' : '';
  return [
    ['one takes all: messages/s', count(figures.fillRate), ''],
    ['one takes all: broker CPU us', decimals(figures.fillCpuUs), ''],
    ['idle: MB', megabytes(figures.idleBytes), ''],
    ['all wait for the other: MB above idle', megabytes(figures.fullBytes), memory],
    ['the same, after 3 s', megabytes(figures.restedBytes), memory],
    ...restartRows(figures, messages, memory),
    ['the other takes all: messages/s', count(figures.drainRate), ''],
    ['the other takes all: broker CPU us', decimals(figures.drainCpuUs), ''],
    ['drained: MB above idle', megabytes(figures.drainedBytes), ''],
  ];
}

async function playLoneProducer({ protocols, sizes, messages }: PartOptions): Promise<void> {
  for (const protocol of protocols) {
    for (const size of sizes) {
      const target = new DurableAngelia();
      try {
        const options = { protocol, messages: messages ?? 4000, size, directory: target.directory };
        const figures = await loneProducer(target, options);
        print(`\n${protocol}, one producer, one message of ${size} bytes outstanding\n`);
        printRows(loneRows(figures));
      } finally {
        target.remove();
      }
    }
  }
}

function loneRows({ confirm, alone, cpuUs, writtenToPayload }: LoneFigures): Row[] {
  // The better of the two ways, as the broker takes the better one.
  const least = Math.min(alone['O_DSYNC'].p99Ms, alone['write + fdatasync'].p99Ms);
  const rows: Row[] = [
    ['confirm: median, ms', decimals(confirm.p50Ms, 3), ''],
    ['confirm: 99th of 100, ms', decimals(confirm.p99Ms, 3), `<= ${decimals(1 + 2 * least, 3)}`],
    ['broker CPU us', decimals(cpuUs), ''],
    ['bytes to write / payload', decimals(writtenToPayload), ''],
  ];
  for (const [way, { p50Ms, p99Ms, cpuUs: cpu }] of Object.entries(alone)) {
    const figures = `${decimals(p50Ms, 3)}, ${decimals(p99Ms, 3)}, ${decimals(cpu)}`;
    rows.push([`${way} alone: median, 99th, ms; CPU us`, figures, '']);
  }
  return rows;
}

function printRows(rows: readonly Row[]): void {
  const widths = [0, 1].map((at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)));
  const [first = 0, second = 0] = widths;
  for (const [what, figure, target] of rows) {
    const beside = target === '' ? '' : `   target ${target}`;
    print(`  ${what.padEnd(first)}  ${figure.padStart(second)}${beside}\n`);
  }
}

function megabytes(bytes: number | undefined): string {
  return bytes === undefined ? 'n/a' : (bytes / MEGABYTE).toFixed(0);
}

function decimals(value: number | undefined, digits = 2): string {
  return value === undefined ? 'n/a' : value.toFixed(digits);
}

function count(value: number | undefined): string {
  return value === undefined ? 'n/a' : Math.round(value).toLocaleString('en');
}

function print(text: string): void {
  process.stdout.write(text);
}
