// What the broker can tell of connections, consumers and subscriptions: rows of plain values for
// people and their tools. Reads fields when it is asked and keeps nothing; changes nothing.

import { formatAddress, isTopic } from './address.ts';
import type { Broker } from './broker.ts';
import type { Connection } from './connection.ts';
import { Scheduled } from './scheduled.ts';

export interface ConnectionStatistics {
  /** Which of the broker's connections, counted from 1; never reused. */
  readonly id: number;
  readonly protocol: string;
  readonly peer: string;
  readonly user: string | null;
  readonly clientId: string | null;
  readonly producers: number;
  readonly consumers: number;
  /** Open transactions. */
  readonly transactions: number;
  readonly temporaries: number;
}

export interface ConsumerStatistics {
  /** Id of its connection. */
  readonly connection: number;
  /** `queue://orders`; a pattern if it consumes from all queues that match. */
  readonly destination: string;
  /** Name of the subscription that it belongs to, if that has one. */
  readonly subscription: string | null;
  readonly selector: string | null;
  readonly noLocal: boolean;
  readonly browse: boolean;
  readonly exclusive: boolean;
  readonly priority: number;
  /** Deliveries are settled as they are sent. */
  readonly presettled: boolean;
  /** How many more messages it may receive. */
  readonly credit: number;
  /** Deliveries that it has not settled. */
  readonly inFlight: number;
}

export interface SubscriptionStatistics {
  readonly topic: string;
  /** What it is called, if it has a name. */
  readonly name: string | null;
  /** Whose it is, if it is named within a client id. */
  readonly clientId: string | null;
  readonly durable: boolean;
  /** Several consumers may share it. */
  readonly shared: boolean;
  readonly selector: string | null;
  readonly noLocal: boolean;
  /** Messages that wait for it; those a selector will pass over are counted until it does. */
  readonly ready: number;
  readonly inFlight: number;
  readonly consumers: number;
}

export interface ScheduledStatistics {
  /** The message's number. */
  readonly serial: number;
  /** Where it comes to. */
  readonly destinations: readonly string[];
  /** Message time, epoch ms. */
  readonly dueAt: number;
  /** How often it comes again after that; -1: without end. */
  readonly repeats: number;
}

/** One row for each message that waits for its time, in no order. */
export function scheduledRows(broker: Broker): ScheduledStatistics[] {
  const rows: ScheduledStatistics[] = [];
  for (const node of broker.deadlines.waiting()) {
    if (!(node instanceof Scheduled)) continue;
    const { message, destinations, left, atMs } = node;
    const living = destinations.filter(({ open }) => open);
    rows.push({
      serial: message.serial,
      destinations: living.map(({ key }) => key),
      dueAt: atMs,
      repeats: left,
    });
  }
  return rows;
}

/** One row for each connection. */
export function connectionRows(broker: Broker): ConnectionStatistics[] {
  return Array.from(broker.connections(), rowOfConnection);
}

/** One row for each open consumer. */
export function consumerRows(broker: Broker): ConsumerStatistics[] {
  return Array.from(broker.connections(), rowsOfConsumers).flat();
}

/** One row for each subscription of a topic. */
export function subscriptionRows(broker: Broker): SubscriptionStatistics[] {
  return broker.topics().flatMap(({ address, subscriptions }) =>
    subscriptions.map(({ options, ready, out, consumers }) => ({
      topic: address.name,
      ...broker.subscriptions.nameOf(options.key),
      durable: options.durable,
      selector: options.selector?.text ?? null,
      noLocal: options.noLocal !== undefined,
      ready,
      inFlight: out,
      consumers: consumers.size,
    })),
  );
}

function rowOfConnection(connection: Connection): ConnectionStatistics {
  const { number, options, clientId } = connection;
  return {
    id: number,
    protocol: options.protocol,
    peer: options.peer,
    user: options.user ?? null,
    clientId: clientId ?? null,
    ...connection.counts(),
  };
}

function rowsOfConsumers({ number, consumers }: Connection): ConsumerStatistics[] {
  const open = [...consumers].filter(([consumer]) => consumer.open);
  return open.map(([{ credit, out }, { address, options }]) => ({
    connection: number,
    destination: formatAddress(address),
    subscription: (isTopic(address) && options.subscription?.name) || null,
    selector: options.selector?.text ?? null,
    noLocal: options.noLocal ?? false,
    browse: options.browse ?? false,
    exclusive: options.exclusive ?? false,
    priority: options.priority ?? 0,
    presettled: options.presettled ?? false,
    credit,
    inFlight: out,
  }));
}
