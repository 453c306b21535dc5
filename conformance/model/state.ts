// What there is in the model: clients and what they opened, destinations, subscriptions, and the
// entries that wait in them or are out.

import type { Address, AddressSettings, Outcome, SubscriptionName } from '#broker';
import type { Letter, Said } from './words.ts';

export type State = 'ready' | 'held' | 'out' | 'prepared' | 'gone';

/** A message in one subscription. */
export interface Entry {
  readonly letter: Letter;
  /** Its place in the order of its destination. */
  readonly place: number;
  readonly subscription: Subscription;
  state: State;
  until: number;
  attempts: number;
  /**
   * It was handed out and may have been seen; a crash does not forget that, unless there was no room
   * on the disk to write it down. [JMS 3.4.7]
   */
  marked: 'no' | 'now' | 'yes' | 'maybe';
  holder: Member | undefined;
  readonly refusers: Member[];
  /** When it was handed out; and when it was last not ready, in steps. */
  handed: number;
  absent: number;
  /** What the broker calls the delivery. */
  token: number;
}

/** A consumer in one subscription; a wildcard consumer of queues is a member of many. */
export interface Member {
  readonly consumer: Consumer;
  readonly subscription: Subscription;
  served: number;
  /** A browser: of each priority the last place it saw for certain, the last it may have seen; and when it began. */
  readonly seen: number[];
  readonly passed: number[];
  readonly since: number;
}

export interface Subscription {
  readonly destination: Destination;
  readonly queue: boolean;
  readonly durable: boolean;
  readonly selector: Said | undefined;
  readonly noLocal: string | undefined;
  /** Messages sent before this serial number are not for it. */
  readonly bornAt: number;
  entries: Entry[];
  members: Member[];
  readonly owners: Map<string, Member>;
  paused: boolean;
  ended: boolean;
}

export interface Destination {
  readonly address: Address;
  readonly owner: Client | undefined;
  settings: AddressSettings;
  subscriptions: Subscription[];
  /** Ended, but a transaction may have a part of it. */
  past: Subscription[];
  retained: { letter: Letter; place: number }[];
  seenIds: string[];
  open: boolean;
  enqueued: number;
  delivered: number;
  settled: number;
  expired: number;
  deadLettered: number;
}

/** A letter that waits at the clock. */
export interface Delayed {
  readonly at: number;
  /** How often it comes again after that. */
  readonly left: number;
  readonly letter: Letter;
  readonly to: readonly Destination[];
}

export interface ConsumeOptions {
  readonly presettled: boolean;
  readonly selector: Said | undefined;
  readonly noLocal: boolean;
  readonly priority: number;
  readonly exclusive: boolean;
  readonly browse: boolean;
  readonly retroactive: boolean;
  readonly subscription: SubscriptionName | undefined;
}

export interface Consumer {
  readonly client: Client;
  readonly pattern: string | undefined;
  readonly options: ConsumeOptions;
  members: Member[];
  credit: number;
  suspended: boolean;
  draining: boolean;
  drained: number;
  open: boolean;
  gone: boolean;
}

export interface Transaction {
  readonly client: Client;
  readonly expiresAt: number;
  sends: { address: Address; letter: Letter }[];
  settlements: { entry: Entry; outcome: Outcome }[];
  state: 'open' | 'committed' | 'rolled back';
}

export interface Client {
  readonly clientId: string | undefined;
  readonly name: string;
  consumers: Consumer[];
  transactions: Transaction[];
  temporaries: Address[];
}

/** What is called by a name. [JMS 8.3] */
export interface Named extends Omit<SubscriptionName, 'clientId'> {
  readonly clientId: string | undefined;
  readonly subscription: Subscription;
}
