// What a provider may be able to do beyond the least, and what it says of the rest. Each adapter has
// a table of its own; ConnectionMetaData shows it, and a refused call quotes it. [JMS 6.1.6]

/**
 * What an adapter may be able to do, or its broker. The first group the API needs leave to ask for;
 * the second group is what applications and the conformance suite may expect.
 */
export type Capability =
  /** Transacted sessions: `commit` and `rollback`. [JMS 6.2.7] */
  | 'transactions'
  /** Consumers of queues with a selector, and browsers, if those are there. [JMS 3.8] */
  | 'selectors'
  /** Consumers of topics with a selector. [JMS 3.8] */
  | 'topic-selectors'
  /** Consumers of topics with noLocal. [JMS 8.3.1] */
  | 'no-local'
  /** Durable subscriptions of one consumer, and `unsubscribe`. [JMS 8.3.3] */
  | 'durable-subscriptions'
  /** Subscriptions that consumers share; durable ones if those are there, too. [JMS 8.3.2, 8.3.4] */
  | 'shared-subscriptions'
  /** Looking at a queue. [JMS 4.1.6] */
  | 'browsers'
  /** `createTemporary` and `deleteTemporary`. [JMS 6.2.2] */
  | 'temporary-destinations'
  /** `deliverAt` of messages. [JMS 7.9] */
  | 'delivery-delay'
  /** Client ids. [JMS 6.1.2] */
  | 'client-id'
  /** Higher priorities overtake lower ones. [JMS 3.4.10] */
  | 'priority-order'
  /** All messages of a group go to one consumer. [JMS 3.5.9] */
  | 'message-groups'
  /** User names and passwords are looked at. [JMS 6.1.1] */
  | 'credentials'
  /** Of two messages with one `duplicateId` the broker takes the first. */
  | 'duplicate-detection'
  /** Sends and deliveries that are settled when they are written: faster, and they may get lost. */
  | 'presettled'
  /** The attempts of a message are counted, and not only marked. [JMS 3.5.9] */
  | 'delivery-count'
  /** A consumer without prefetch is sent nothing before it asks. */
  | 'pull'
  /** Consumers of topics whose name is a pattern, `prices.>`. */
  | 'wildcards'
  /** Strings with half of a surrogate pair arrive as they are; UTF-8 has none. */
  | 'unpaired-surrogates';

/** All of them, in the order in which tables show them. */
export const CAPABILITIES: readonly Capability[] = [
  'transactions',
  'selectors',
  'topic-selectors',
  'no-local',
  'durable-subscriptions',
  'shared-subscriptions',
  'browsers',
  'temporary-destinations',
  'delivery-delay',
  'client-id',
  'priority-order',
  'message-groups',
  'credentials',
  'duplicate-detection',
  'presettled',
  'delivery-count',
  'pull',
  'wildcards',
  'unpaired-surrogates',
];

/** Why something is not there, and what comes nearest; both complete a sentence. */
export interface Lack {
  /** Such as `RabbitMQ 3 has no transactions in its AMQP 1.0 plugin`. */
  readonly why: string;
  /** Such as `use amqp091://`. */
  readonly instead: string;
}

/** What is not there. */
export type Lacks = Readonly<Partial<Record<Capability, Lack>>>;

/** One row of the table that ConnectionMetaData shows. */
export interface CapabilityStatus {
  readonly supported: boolean;
  /** Why not; null if it is supported, or if nothing is known. */
  readonly why: string | null;
  /** What comes nearest; null as above. */
  readonly instead: string | null;
}

/** The whole table of a provider. */
export function capabilityTable(
  capabilities: ReadonlySet<Capability> | undefined,
  lacks: Lacks | undefined,
): ReadonlyMap<Capability, CapabilityStatus> {
  return new Map(
    CAPABILITIES.map((name) => {
      const supported = capabilities?.has(name) === true;
      const lack = supported ? undefined : lacks?.[name];
      return [name, { supported, why: lack?.why ?? null, instead: lack?.instead ?? null }];
    }),
  );
}

/** The words for a refused call: feature, broker, reason, and the nearest alternative. */
export function refusalOf(
  capability: Capability,
  what: string,
  broker: string,
  lacks: Lacks | undefined,
): string {
  const text = `${what} is not supported: ${broker} has no ${capability.replaceAll('-', ' ')}`;
  const lack = lacks?.[capability];
  return lack === undefined ? text : `${text}: ${lack.why}; ${lack.instead}`;
}
