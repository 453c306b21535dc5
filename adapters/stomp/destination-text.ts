// Destinations as ActiveMQ writes them in STOMP, and its relatives; and as any broker may write them.

import type { DestinationData, DestinationKind } from '#jms-api';

/** Wildcards of ActiveMQ as those of its successors. */
export function withHash(name: string): string {
  return name.replace(/(^|\.)>$/, '$1#');
}

/** @param own - a temporary destination of this connection, which others know by another name */
export function spellAsActiveMq({ kind, name }: DestinationData, own: boolean): string {
  if (kind === 'queue') return `/queue/${name}`;
  if (kind === 'topic') return `/topic/${name}`;
  const short = kind === 'temporary-queue' ? 'temp-queue' : 'temp-topic';
  return `/${own ? short : `remote-${short}`}/${name}`;
}

/** What names a temporary destination to a broker that has no word for one. */
const TEMPORARY = /^angelia\.(temporary-(?:queue|topic))\./;

/** The name of a temporary destination for all. */
export function temporaryName(kind: DestinationKind, id: string): string {
  return `angelia.${kind}.${id}`;
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
  const name = text.slice(found[0].length);
  const kind = TEMPORARY.exec(name)?.[1] as DestinationKind | undefined;
  return { kind: kind ?? found[1], name };
}
