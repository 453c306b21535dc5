// The words that the model shares with the rig: letters, selectors, patterns and refusals, each in
// the simplest form that says what it means.

import { type Address, type BrokerErrorCode, isTopic, parseAddress } from '#broker';
import type { Destination } from './state.ts';

/** A message, as far as the core looks at it. */
export interface Letter {
  readonly text: string;
  readonly size: number;
  /** The property that selectors ask for. */
  readonly n: number;
  readonly priority: number;
  readonly expiresAt: number;
  readonly deliverAt: number;
  /** How it repeats after the first delivery. */
  readonly times: number;
  readonly periodMs: number;
  readonly group: string | undefined;
  /** It closes its group. */
  readonly closes: boolean;
  readonly duplicateId: string | undefined;
  readonly destination: Address;
  sender: string;
  serial: number;
  /** Of a dead letter: where it died. */
  readonly origin: Address | undefined;
  /** Persistent: where it outlives the process. */
  targets: readonly Destination[];
}

/** A letter that is to outlive the process. */
export function persistent({ n }: Pick<Letter, 'n'>): boolean {
  return n !== 0;
}

/** A selector: its text for the broker, its meaning for the model. */
export interface Said {
  readonly text: string;
  wants(letter: Pick<Letter, 'n' | 'priority'>): boolean;
}

export const SELECTORS: readonly Said[] = [
  { text: 'n = 1', wants: ({ n }) => n === 1 },
  { text: 'n <> 1', wants: ({ n }) => n !== 1 },
  { text: 'n = 2 OR JMSPriority > 5', wants: ({ n, priority }) => n === 2 || priority > 5 },
];

/** A call that was refused. */
export class Refused extends Error {
  readonly code: BrokerErrorCode;

  constructor(code: BrokerErrorCode) {
    super(code);
    this.code = code;
  }
}

/** True if a name has a wildcard. */
export function wild(name: string): boolean {
  return name.includes('*') || name.includes('>');
}

/** True if a name is what a pattern says: `a`, `a.*` for one level more, `a.>` for any, `>` for all. */
export function matching(pattern: string, name: string): boolean {
  if (pattern === '>' || pattern === name) return true;
  const stem = pattern.slice(0, -2);
  if (pattern.endsWith('.>')) return name === stem || name.startsWith(`${stem}.`);
  if (!pattern.endsWith('.*') || !name.startsWith(`${stem}.`)) return false;
  return !name.slice(stem.length + 1).includes('.');
}

/** The parts of a composite name. */
export function partsOf(address: Address): Address[] {
  if (!address.name.includes(',')) return [address];
  return address.name
    .split(',')
    .map((part) => parseAddress(part) ?? { kind: address.kind, name: part });
}

/** True if a destination gets what is sent to a topic beside it: a wildcard, a virtual topic's queue. */
export function kindred(follower: Address, { kind, name }: Address): boolean {
  if (kind !== 'topic') return false;
  if (!isTopic(follower))
    return follower.name.endsWith(`.${name}`) && isVirtual(name, follower.name);
  return follower.kind === 'topic' && follower.name !== name && matching(follower.name, name);
}

function isVirtual(topic: string, queue: string): boolean {
  return topic.startsWith('VirtualTopic.') && queue.split('.')[0] === 'Consumer';
}

/** A message without anything special. */
export function plainLetter(text: string, destination: Address): Letter {
  return {
    text,
    destination,
    size: text.length,
    n: Number(text.charAt(2)),
    priority: 4,
    ...{ expiresAt: 0, deliverAt: 0, times: 0, periodMs: 0, serial: 0 },
    ...{ group: undefined, closes: false, duplicateId: undefined, origin: undefined },
    ...{ sender: '', targets: [] },
  };
}
