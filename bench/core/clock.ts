// A million things that wait for a time: delayed messages, and messages that expire.

import { DEFAULT_HEADER } from '../../broker/index.ts';
import { type Figure, heldBytes, once, type Scenario } from './figure.ts';
import { message, QUEUE, Stage } from './stage.ts';

const MILLION = 1_000_000;

/** The same sequence each time; 0 to 1. */
function sequence(): () => number {
  let state = 42;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

function delayed(spreadMs: number, what: string): Figure[] {
  const { broker, connection, host } = new Stage();
  const producer = connection.openProducer(QUEUE);
  const random = sequence();
  const all = Array.from({ length: MILLION }, () => {
    const deliverAt = host.messageTimeMs() + 1 + Math.floor(random() * spreadMs);
    return message({ ...DEFAULT_HEADER, deliverAt });
  });
  const empty = heldBytes(all);
  const sending = once(`${what}: a send`, MILLION, () => {
    for (const one of all) producer.send(one);
  });
  const bytes = (heldBytes(all) - empty) / MILLION;
  return [
    sending,
    { what: `${what}: one that waits`, unit: 'bytes', best: bytes },
    ...passing(what, host, spreadMs, () => broker.find(QUEUE)?.statistics().ready === MILLION),
  ];
}

function expiring(spreadMs: number): Figure[] {
  const { broker, connection, host } = new Stage();
  broker.set('>', { expiryQueue: '' });
  const producer = connection.openProducer(QUEUE);
  const random = sequence();
  const what = 'expiring within 10 s';
  const all = Array.from({ length: MILLION }, () => {
    const expiresAt = host.messageTimeMs() + 1 + Math.floor(random() * spreadMs);
    return message({ ...DEFAULT_HEADER, expiresAt });
  });
  const sending = once(`${what}: a send`, MILLION, () => {
    for (const one of all) producer.send(one);
  });
  const gone = (): boolean => broker.find(QUEUE)?.statistics().expired === MILLION;
  return [sending, ...passing(what, host, spreadMs, gone)];
}

/** Lets the time pass; the longest single tick is what everybody else would have waited. */
function passing(what: string, host: Stage['host'], ms: number, done: () => boolean): Figure[] {
  const ticks: number[] = [];
  const due = once(`${what}: one that is due`, MILLION, () => {
    host.advance(ms, (tookMs) => ticks.push(tookMs));
  });
  if (!done()) throw new Error('some are still waiting');
  ticks.sort((a, b) => a - b);
  const at = (part: number): number => ticks[Math.floor((ticks.length - 1) * part)] ?? Number.NaN;
  return [
    due,
    { what: `${what}: the longest tick of 99 in 100`, unit: 'ms', best: at(0.99), target: 1 },
    { what: `${what}: the longest, all included`, unit: 'ms', best: at(1) },
  ];
}

export const clock: readonly Scenario[] = [
  { name: 'delayed', play: (): Figure[] => delayed(10_000, 'delayed up to 10 s') },
  { name: 'delayed-alike', play: (): Figure[] => delayed(1, 'delayed to the same ms') },
  { name: 'expiring', play: (): Figure[] => expiring(10_000) },
];
