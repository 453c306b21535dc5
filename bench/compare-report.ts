/**
 * Tables of ours beside its peers, one a load: a row a broker, ours first. What an issue asked of ours
 * stands beside the figure, as kept or MISSED; where nothing was asked the cell is empty.
 */

import type { BacklogFigures } from './backlog.ts';
import type { IdleFigures } from './idle.ts';
import type { Round } from './line.ts';
import type { RateLoad } from './loads.ts';
import type { PacedFigures } from './paced.ts';
import type { PeerName } from './peer-target.ts';
import type { Seen } from './rate-load.ts';
import { type Spread, spread } from './report.ts';
import { type Row, whole } from './table.ts';

/** What one broker did in a load, or why it did not. */
export interface Of<Figures> {
  readonly broker: string;
  readonly figures?: Figures;
  readonly failure?: string;
}

/** Rates of one broker; a message to ten consumers counts as ten. */
export interface RateFigures {
  readonly perSecond: Spread;
  readonly brokerCpuUs: Spread | undefined;
  readonly generatorCpuUs: Spread;
  /** Bytes put on the disk, to those of the bodies that arrived. */
  readonly diskToPayload: number | undefined;
  /** Messages that never came, of all rounds. */
  readonly lost: number;
}

/** How long a start took, and what it holds then. */
export interface StartFigures {
  readonly readyMs: number;
  readonly idleBytes: number | undefined;
}

const MEGABYTE = 1024 * 1024;
/** Bodies in memory, and slack: 200 MB with a million waiting. */
const MEGABYTES_FIXED = 100;
/** The index. */
const MEGABYTES_PER_MILLION = 100;

/** Rounds as figures. */
export function rateFigures(
  { crowd, size }: RateLoad,
  { broker, rounds, failure }: Seen,
): Of<RateFigures> {
  if (rounds.length === 0) return { broker, failure: failure ?? 'no round ended' };
  const count = (messages: number): number => messages * crowd.copies;
  const cpu = rounds.flatMap(({ brokerCpuUs, messages }) =>
    brokerCpuUs === undefined ? [] : [brokerCpuUs / count(messages)],
  );
  const figures: RateFigures = {
    perSecond: spread(rounds.map(({ messages, seconds }) => count(messages) / seconds)),
    brokerCpuUs: cpu.length === 0 ? undefined : spread(cpu),
    diskToPayload: diskPart(rounds, size),
    lost: rounds.reduce((sum, { lost = 0 }) => sum + lost, 0),
    generatorCpuUs: spread(rounds.map((round) => round.generatorCpuUs / count(round.messages))),
  };
  return { broker, figures, ...(failure !== undefined && { failure }) };
}

function diskPart(rounds: readonly Round[], size: number): number | undefined {
  let bytes = 0;
  let messages = 0;
  for (const round of rounds) {
    if (round.diskBytes === undefined) return undefined;
    bytes += round.diskBytes;
    messages += round.messages;
  }
  return bytes / (messages * size);
}

/** What a load at full speed is, in words. */
export function titleOf(load: RateLoad): string {
  const { protocol, size, to, crowd } = load;
  const name = protocol === 'stomp' ? 'STOMP' : 'AMQP 1.0';
  const how = protocol === 'stomp' ? stompWay(load) : amqpWay(load);
  const { producers, consumers } = crowd;
  const who = `${producers} to ${consumers} connection${consumers > 1 ? 's' : ''} of a ${to}`;
  return `${name}, ${whole(size)} bytes, ${how}, ${who}`;
}

const OUT = '1,000 outstanding in all';

function stompWay({ persistent, receipts, acks }: RateLoad): string {
  const kind = persistent ? 'persistent' : 'non-persistent';
  if (persistent || receipts === true) return `${kind}, a receipt each, ack:auto, ${OUT}`;
  return `${kind}, no receipt, ack:${acks === true ? 'client-individual' : 'auto'}`;
}

function amqpWay({ persistent }: RateLoad): string {
  return persistent ? `persistent, unsettled, accepted, ${OUT}` : 'non-persistent, settled';
}

/** Rates, CPU, who bounds, and how many times a peer's rate ours reaches, and a peer takes our CPU. */
export function rateRows(load: RateLoad, seen: readonly Of<RateFigures>[]): Row[] {
  const unit = load.to === 'topic' ? 'deliveries/s' : 'messages/s';
  const broker = ['', unit, '(min - max)', 'CPU us', '(min - max)', 'cores', 'disk'];
  const head = [...broker, 'generator us', 'its cores', 'ours', 'our CPU', 'asked'];
  const ours = seen[0]?.figures;
  const rows = seen.map(({ broker: name, figures, failure }, i): Row => {
    if (figures === undefined) return [name, failure ?? '', ...head.slice(2).map(() => '')];
    const lost = figures.lost > 0 ? ` (lost ${whole(figures.lost)})` : '';
    const shown = `${name}${lost}${failure === undefined ? '' : ` (then ${failure})`}`;
    const cpu = figures.brokerCpuUs?.median;
    if (i === 0) {
      return [shown, ...measuredCells(figures), '', '', atMost(cpu, load.aim?.cpuUs, 'us')];
    }
    const rate = ours && ours.perSecond.median / figures.perSecond.median;
    const less = cpu !== undefined && ours?.brokerCpuUs && cpu / ours.brokerCpuUs.median;
    const asked = rate === undefined ? '' : atLeast(rate, load.aim?.times?.[name as PeerName], 'x');
    return [
      shown,
      ...measuredCells(figures),
      timesOf(rate),
      less ? `1/${less.toFixed(1)}` : '',
      asked,
    ];
  });
  return [head, ...rows];
}

function timesOf(times: number | undefined): string {
  return times === undefined ? '' : `${times.toFixed(1)} x`;
}

function measuredCells({
  perSecond: rate,
  brokerCpuUs: cpu,
  generatorCpuUs: generator,
  diskToPayload,
}: RateFigures): string[] {
  return [
    whole(rate.median),
    `(${whole(rate.min)} - ${whole(rate.max)})`,
    cpu ? cpu.median.toFixed(1) : 'n/a',
    cpu ? `(${cpu.min.toFixed(1)} - ${cpu.max.toFixed(1)})` : '',
    cpu ? ((cpu.median * rate.median) / 1e6).toFixed(2) : '',
    diskToPayload?.toFixed(2) ?? 'n/a',
    generator.median.toFixed(1),
    ((generator.median * rate.median) / 1e6).toFixed(2),
  ];
}

/** Latencies; ours is asked for a millisecond more than twice the disk's own. */
export function pacedRows(seen: readonly Of<PacedFigures>[], disk: PacedFigures): Row[] {
  const rows: Row[] = [['', 'p50 ms', 'p99 ms', 'max ms', 'asked']];
  seen.forEach(({ broker, figures, failure }, i) => {
    const asked = i === 0 ? atMost(figures?.p99Ms, 1 + 2 * disk.p99Ms, 'ms') : '';
    rows.push([broker, ...(figures ? msOf(figures) : [failure ?? '', '', '']), asked]);
  });
  rows.push(['write and sync alone', ...msOf(disk), '']);
  return rows;
}

function msOf({ p50Ms, p99Ms, maxMs }: PacedFigures): string[] {
  return [p50Ms.toFixed(2), p99Ms.toFixed(2), maxMs.toFixed(1)];
}

/** Memory of idle connections. */
export function idleRows(seen: readonly Of<IdleFigures>[], kilobytesMax: number): Row[] {
  const rows: Row[] = [['', 'connections', 'KB each', 'opened a second', 'asked']];
  seen.forEach(({ broker, figures, failure }, i) => {
    if (figures === undefined) {
      rows.push([broker, failure ?? '', '', '', '']);
      return;
    }
    const { connections, bytesEach, perSecond } = figures;
    const kilobytes = bytesEach === undefined ? undefined : bytesEach / 1024;
    const asked = i === 0 ? atMost(kilobytes, kilobytesMax, 'KB') : '';
    const each = kilobytes?.toFixed(1) ?? 'n/a';
    rows.push([broker, whole(connections), each, whole(perSecond), asked]);
  });
  return rows;
}

/** Start and idle memory. */
export function startRows(seen: readonly Of<StartFigures>[]): Row[] {
  const rows: Row[] = [['', 'ready after s', 'idle MB']];
  for (const { broker, figures, failure } of seen) {
    const { readyMs = Number.NaN, idleBytes } = figures ?? {};
    rows.push([broker, failure ?? (readyMs / 1000).toFixed(1), megabytes(idleBytes)]);
  }
  return rows;
}

/** The backlog; ours is asked for 200 MB and 3 s a million, and for half of the rate. */
export function backlogRows(
  seen: readonly (Of<BacklogFigures> & { readonly messages: number })[],
): Row[] {
  const parts = [
    'waiting',
    'fill/s',
    'MB above idle',
    'rested',
    'first delivery s',
    'restarted MB',
  ];
  const rows: Row[] = [['', ...parts, 'drain/s', 'of the empty rate', 'asked']];
  seen.forEach(({ broker, figures, failure, messages }, i) => {
    if (figures === undefined) {
      rows.push([broker, failure ?? '', ...Array.from({ length: 8 }, () => '')]);
      return;
    }
    const { fullBytes, restedBytes, firstDeliveryMs, restartedBytes } = figures;
    const part = figures.drainRate / figures.emptyRate;
    rows.push([
      broker,
      whole(messages),
      whole(figures.fillRate),
      megabytes(fullBytes),
      megabytes(restedBytes),
      (firstDeliveryMs / 1000).toFixed(1),
      megabytes(restartedBytes),
      whole(figures.drainRate),
      part.toFixed(2),
      i === 0 ? backlogAsked(figures, messages / 1e6, part) : '',
    ]);
  });
  return rows;
}

function backlogAsked(figures: BacklogFigures, millions: number, part: number): string {
  const { fullBytes, firstDeliveryMs } = figures;
  const full = fullBytes === undefined ? undefined : fullBytes / MEGABYTE;
  return [
    atMost(full, MEGABYTES_FIXED + MEGABYTES_PER_MILLION * millions, 'MB'),
    atMost(firstDeliveryMs / 1000, Math.max(3 * millions, 3), 's'),
    atLeast(part, 0.5, ''),
  ].join(', ');
}

function megabytes(bytes: number | undefined): string {
  return bytes === undefined ? 'n/a' : whole(bytes / MEGABYTE);
}

function atMost(value: number | undefined, aim: number | undefined, unit: string): string {
  if (aim === undefined || value === undefined) return '';
  return `<= ${plain(aim)} ${unit} ${value <= aim ? 'kept' : 'MISSED'}`;
}

function atLeast(value: number, aim: number | undefined, unit: string): string {
  if (aim === undefined) return '';
  return `>= ${plain(aim)} ${unit} ${value >= aim ? 'kept' : 'MISSED'}`.replace('  ', ' ');
}

function plain(value: number): string {
  return String(Math.round(value * 100) / 100);
}
