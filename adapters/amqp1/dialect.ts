// How a broker spells addresses: JMS has a kind and a name, AMQP one text. The kind is a capability
// of the terminus, and a byte in the annotations of a message; some brokers want more.
// [JMS mapping WD10]
//
//     plain       orders            most brokers
//     prefixed    queue://orders    those that say prefixes in their open, as ActiveMQ Classic does
//     RabbitMQ    paths, see `rabbitmq-dialect.ts`

import type { DestinationData, DestinationKind } from '#jms-api';

export interface Dialect {
  /** @param consuming - a topic may be a pattern */
  addressOf(destination: DestinationData, consuming?: boolean): string;
  /** Reads an address of a message; undefined if it is not of this dialect. */
  destinationOf(address: string): DestinationData | undefined;
  /** What a topic's subscription is given for a selector; absent: the selector. */
  topicSelector?(selector: string): string;
  /** A message that was acquired before comes again; elsewhere a count says so. [AMQP 3.2.1] */
  readonly marksAgain?: boolean;
  /** Where a message went that has no address: by the exchange and key that RabbitMQ notes in it. */
  routed?(exchange: string, key: string): DestinationData | undefined;
  /** Text is sent as bytes, for clients of other protocols to read. */
  readonly plainText?: boolean;
  /** Consumers of topics look at messages themselves: the broker knows no selectors. */
  readonly selectsHere?: boolean;
  /** Messages of topics say who sends them, for noLocal. */
  readonly sender?: string;
  /** What a target asks for beside the kind of its destination. */
  targetCapabilities?(destination: DestinationData): readonly string[];
  /** More fields of targets, and of the sources of queues. */
  readonly target?: object;
  readonly source?: object;
}

/** Wildcards at the end of a topic's name: what JMS programs write, and what the broker reads. */
export type Wildcards = (name: string) => string;

const asIs: Wildcards = (name) => name;
/** `prices.>` is the word of ActiveMQ Classic for what others call `prices.#`. */
export const withHash: Wildcards = (name) => name.replace(/(^|\.)>$/, '$1#');

export function plainDialect(wildcards: Wildcards = asIs): Dialect {
  return prefixedDialect('', '', wildcards);
}

export function prefixedDialect(
  queuePrefix: string,
  topicPrefix: string,
  wildcards: Wildcards = asIs,
): Dialect {
  const prefixes: readonly (readonly [DestinationKind, string])[] = [
    ['queue', queuePrefix],
    ['topic', topicPrefix],
  ];
  return {
    addressOf({ kind, name }, consuming = false) {
      if (kind === 'queue') return queuePrefix + name;
      if (kind !== 'topic') return name;
      return topicPrefix + (consuming ? wildcards(name) : name);
    },
    destinationOf(address) {
      for (const [kind, prefix] of prefixes) {
        if (prefix === '' || !address.startsWith(prefix)) continue;
        return { kind, name: address.slice(prefix.length) };
      }
      return undefined;
    },
  };
}
