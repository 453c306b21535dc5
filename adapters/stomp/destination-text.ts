// Destinations as ActiveMQ writes them in STOMP, and its relatives; and as any broker may write them.

import type { DestinationData, DestinationKind } from '#jms-api';

/** @param own - a temporary destination of this connection, which others know by another name */
export function spellAsActiveMq({ kind, name }: DestinationData, own: boolean): string {
  if (kind === 'queue') return `/queue/${name}`;
  if (kind === 'topic') return `/topic/${name}`;
  const short = kind === 'temporary-queue' ? 'temp-queue' : 'temp-topic';
  return `/${own ? short : `remote-${short}`}/${name}`;
}

const PREFIXES: readonly (readonly [prefix: string, kind: DestinationKind])[] = [
  ['/queue/', 'queue'],
  ['/topic/', 'topic'],
  ['/temp-queue/', 'temporary-queue'],
  ['/temp-topic/', 'temporary-topic'],
  ['/remote-temp-queue/', 'temporary-queue'],
  ['/remote-temp-topic/', 'temporary-topic'],
  ['/amq/queue/', 'queue'],
  ['/exchange/amq.topic/', 'topic'],
  ['queue://', 'queue'],
  ['topic://', 'topic'],
];

/** The destination that a message names; undefined: none that JMS has a word for. */
export function readDestination(text: string): DestinationData | undefined {
  const found = PREFIXES.find(([prefix]) => text.startsWith(prefix));
  if (found === undefined) return undefined;
  return { kind: found[1], name: text.slice(found[0].length) };
}
