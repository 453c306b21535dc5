/**
 * Turns what was measured into a table for people and a record for machines.
 *
 * Medians are quoted with the least and the most of the rounds: a figure without its spread is a rumour.
 */

import { cpus, loadavg, totalmem } from 'node:os';
import type { Round } from './line.ts';
import type { Measured } from './measure.ts';
import type { Options } from './options.ts';
import { aligned, whole } from './table.ts';
import type { Protocol } from './wire.ts';

/** A median with its spread. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** The figures of one target in one scenario. */
export interface Figures {
  readonly target: string;
  readonly version: string | undefined;
  readonly messagesPerSecond: Spread;
  readonly brokerCpuUsPerMessage: Spread | undefined;
  readonly generatorCpuUsPerMessage: Spread;
  readonly latencyMs:
    | { readonly p50: number; readonly p99: number; readonly max: number }
    | undefined;
  readonly peakMegabytes: number | undefined;
  readonly rounds: readonly Round[];
}

/** The figures of one scenario, target first, relay last. */
export interface Scenario {
  readonly protocol: Protocol;
  readonly what: string;
  readonly sizeBytes: number;
  readonly figures: readonly Figures[];
  readonly rateToRelay: number | undefined;
  readonly cpuToRelay: number | undefined;
}

/** Boils one scenario down. */
export function summarize(
  protocol: Protocol,
  options: Options,
  measured: readonly Measured[],
): Scenario {
  const figures = measured.map(toFigures);
  const first = figures[0];
  const last = figures.at(-1);
  return {
    protocol,
    what: 'non-persistent, settled on send, 1 producer, 1 queue, 1 consumer',
    sizeBytes: options.size,
    figures,
    rateToRelay: ratio(first?.messagesPerSecond, last?.messagesPerSecond),
    cpuToRelay: ratio(first?.brokerCpuUsPerMessage, last?.brokerCpuUsPerMessage),
  };
}

/** The scenario as lines of text. */
export function table(scenario: Scenario): string {
  const head = ['', 'messages/s', '(min - max)', 'CPU us', '(min - max)', 'generator us'];
  const rows = [[...head, 'p50 ms', 'p99 ms', 'peak MB']];
  for (const figures of scenario.figures) {
    const { messagesPerSecond: rate, brokerCpuUsPerMessage: cpu, latencyMs } = figures;
    rows.push([
      figures.target,
      whole(rate.median),
      `(${whole(rate.min)} - ${whole(rate.max)})`,
      cpu ? cpu.median.toFixed(2) : 'n/a',
      cpu ? `(${cpu.min.toFixed(2)} - ${cpu.max.toFixed(2)})` : '',
      figures.generatorCpuUsPerMessage.median.toFixed(2),
      latencyMs ? latencyMs.p50.toFixed(3) : '-',
      latencyMs ? latencyMs.p99.toFixed(3) : '-',
      figures.peakMegabytes === undefined ? 'n/a' : whole(figures.peakMegabytes),
    ]);
  }
  const lines = [
    `${scenario.protocol}, ${scenario.sizeBytes} bytes, ${scenario.what}`,
    ...aligned(rows),
  ];
  if (scenario.rateToRelay !== undefined) {
    const cpu =
      scenario.cpuToRelay === undefined ? '' : `, ${scenario.cpuToRelay.toFixed(1)} times its CPU`;
    lines.push(`  ${scenario.rateToRelay.toFixed(2)} of the relay's rate${cpu}`);
  }
  return `${lines.join('\n')}\n`;
}

/** What the figures were taken on. */
export interface Machine {
  readonly platform: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGigabytes: number;
  readonly node: string;
  /** Processes that wanted a core, on average over the minute before. */
  readonly loadBefore: number;
}

/** Looks at the machine that this runs on. */
export function machine(): Machine {
  return {
    platform: `${process.platform} ${process.arch}`,
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryGigabytes: Math.round(totalmem() / 1024 ** 3),
    node: process.version,
    loadBefore: Math.round((loadavg()[0] ?? 0) * 100) / 100,
  };
}

/** Median, least and most; the lower of two middles. */
export function spread(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  return {
    median: percentile(sorted, 50),
    min: sorted[0] ?? Number.NaN,
    max: sorted.at(-1) ?? Number.NaN,
  };
}

/** The nearest-rank percentile of values sorted upwards; NaN of none. */
export function percentile(sorted: readonly number[], percent: number): number {
  const rank = Math.max(1, Math.ceil((percent / 100) * sorted.length));
  return sorted[rank - 1] ?? Number.NaN;
}

function toFigures(measured: Measured): Figures {
  const { rounds, peakBytes } = measured;
  const cpu = rounds.flatMap(({ brokerCpuUs, messages }) =>
    brokerCpuUs === undefined ? [] : [brokerCpuUs / messages],
  );
  const latencies = [...measured.latenciesUs].sort((a, b) => a - b);
  const ms = (percent: number): number => Math.round(percentile(latencies, percent)) / 1000;
  return {
    target: measured.target,
    version: measured.version,
    messagesPerSecond: spread(rounds.map(({ messages, seconds }) => messages / seconds)),
    brokerCpuUsPerMessage: cpu.length > 0 ? spread(cpu) : undefined,
    generatorCpuUsPerMessage: spread(rounds.map((round) => round.generatorCpuUs / round.messages)),
    latencyMs: latencies.length > 0 ? { p50: ms(50), p99: ms(99), max: ms(100) } : undefined,
    peakMegabytes: peakBytes === undefined ? undefined : Math.round(peakBytes / 1024 ** 2),
    rounds,
  };
}

function ratio(ours: Spread | undefined, theirs: Spread | undefined): number | undefined {
  return ours && theirs && theirs.median > 0 ? ours.median / theirs.median : undefined;
}
