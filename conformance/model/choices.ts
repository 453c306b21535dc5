// What the commands choose from: names, settings, headers and options, and the die that chooses.

import type { Address, AddressSettings } from '#broker';
import type { Rig } from './rig.ts';
import type { ConsumeOptions } from './state.ts';
import { type Letter, SELECTORS } from './words.ts';

/** Random numbers of one seed. */
export class Die {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** 0 … below - 1. */
  roll(below: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  }

  pick<T>(all: readonly T[]): T | undefined {
    return all.length === 0 ? undefined : all[this.roll(all.length)];
  }

  /** One of what is given; there is at least one. */
  one<T>(first: T, ...others: T[]): T {
    return [first, ...others][this.roll(others.length + 1)] ?? first;
  }

  chance(oneIn: number): boolean {
    return this.roll(oneIn) === 0;
  }
}

export const queues: readonly Address[] = [
  'q',
  'q.a',
  'q.b',
  'lim',
  'Consumer.x.VirtualTopic.t',
].map((name) => ({ kind: 'queue', name }));
export const topics: readonly Address[] = [
  't',
  't.a',
  'lim',
  'ret',
  'pend',
  'slow',
  'VirtualTopic.t',
].map((name) => ({ kind: 'topic', name }));
export const graves: readonly Address[] = ['DLQ', 'ExpiryQueue', 'dead'].map((name) => {
  return { kind: 'queue', name };
});
/** Where much happens at once. */
export const hot: readonly Address[] = [
  { kind: 'queue', name: 'q' },
  { kind: 'queue', name: 'q' },
  { kind: 'queue', name: 'q.a' },
  { kind: 'topic', name: 't' },
  { kind: 'topic', name: 'ret' },
];

export const composites: readonly Address[] = [
  { kind: 'queue', name: 'q.a,q.b' },
  { kind: 'topic', name: 't,queue://q' },
  { kind: 'topic', name: 't.>' },
];

export const rows: readonly (readonly [string, Partial<AddressSettings> | undefined])[] = [
  ['>', { maxDeliveries: 2 }],
  ['>', { redeliveryDelayMs: 3 }],
  ['>', undefined],
  ['q', { maxDeliveries: 1 }],
  ['q', { maxDeliveries: 3, redeliveryDelayMs: 2, redeliveryMultiplier: 2 }],
  ['q', { maxDeliveries: 2, deadLetterQueue: 'dead', expiryQueue: '' }],
  ['q', { duplicateWindow: 2 }],
  ['q', { autoCreate: false }],
  ['q', undefined],
  ['q.*', { maxDeliveries: 0 }],
  ['q.*', { maxDeliveries: 2, deadLetterQueue: '' }],
  ['q.*', { duplicateWindow: 1 }],
  ['q.*', undefined],
  ['lim', { messagesMax: 3 }],
  ['lim', { messagesMax: 3, whenFull: 'block' }],
  ['lim', { messagesMax: 2, whenFull: 'drop-oldest' }],
  ['lim', { bytesMax: 20, whenFull: 'drop-oldest' }],
  ['lim', { bytesMax: 20 }],
  ['ret', { retain: 2 }],
  ['ret', { retain: 1 }],
  ['ret', { retain: 3, messagesMax: 2, whenFull: 'drop-oldest' }],
  ['ret', undefined],
];

/** The next time that has this remainder by four: kinds of time-outs never fall together. */
export function aligned(rig: Rig, die: Die, remainder: number): number {
  const next = rig.model.now + 1;
  const far = die.chance(12) ? 40 : 3;
  return next + ((remainder - next + 4_000_000_004) % 4) + 4 * die.roll(far);
}

export function temporaries(rig: Rig): Address[] {
  return rig.clients.flatMap((one) => one.temporaries);
}

export function letterOf(rig: Rig, die: Die, destination: Address): Letter {
  const n = die.roll(3);
  const pad = die.pick(rig.pads) ?? '';
  const text = `n=${n} #${++rig.sent}${pad}`;
  const bounded = /^(lim|ret|pend|slow)/.test(destination.name);
  const plain = bounded && die.chance(2);
  const dies = /^(pend|slow)/.test(destination.name) || plain ? false : die.chance(5);
  const grave = graves.some(({ name }) => name === destination.name);
  const delayed = !grave && (!bounded || plain) && die.chance(6);
  const repeats = delayed && die.chance(3);
  return {
    text,
    size: text.length,
    n,
    priority: die.one(4, 4, 4, 4, 0, 9),
    expiresAt: dies ? aligned(rig, die, 1) : 0,
    deliverAt: delayed ? aligned(rig, die, 0) : 0,
    times: repeats ? 1 + die.roll(2) : 0,
    periodMs: repeats ? 4 : 0,
    group: die.one(undefined, undefined, undefined, 'g', 'h'),
    closes: die.chance(6),
    duplicateId: die.one(undefined, undefined, undefined, 'd', 'e', 'f'),
    destination,
    sender: '',
    serial: 0,
    origin: undefined,
    targets: [],
  };
}

export function optionsOf(die: Die, { kind, name }: Address): ConsumeOptions {
  const topic = kind === 'topic' || kind === 'temporary-topic';
  const bounded = /^(lim|ret|pend|slow)/.test(name) && topic;
  const named = topic && die.chance(2);
  const shared = die.chance(2);
  const subscription = {
    name: die.one('s', 's', 'u'),
    durable: die.chance(2),
    shared,
    ...(die.chance(3) ? { global: true } : {}),
  };
  return {
    presettled: die.chance(4),
    selector: bounded || die.chance(2) ? undefined : die.one(undefined, ...SELECTORS),
    noLocal: topic && !bounded && !(named && shared) && die.chance(named ? 2 : 4),
    priority: die.one(0, 0, 0, 5),
    exclusive: die.chance(10),
    browse: !topic && !name.includes('*') && die.chance(6),
    retroactive: die.chance(3),
    subscription: named ? subscription : undefined,
  };
}
