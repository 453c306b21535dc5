// What a broker has when it was just recovered, read through its own doors: nothing of it is
// believed, all of it is for `survival.ts` to judge.

import {
  type AddressSettings,
  type Broker,
  type Destination,
  formatAddress,
  type Message,
  Note,
  type ScheduledStatistics,
  type Subscription,
  scheduledRows,
} from '#broker';

/** A message that waits. */
export interface FoundEntry {
  readonly serial: number;
  readonly priority: number;
  readonly attempts: number;
  readonly text: string;
  /** What else is said of the message. */
  readonly face: string;
  readonly n: number;
  readonly sender: string | undefined;
}

export interface FoundSubscription {
  /** {@link labelOf}; a queue's has none. */
  readonly label: string;
  readonly entries: readonly FoundEntry[];
}

export interface FoundDestination {
  readonly key: string;
  readonly subscriptions: readonly FoundSubscription[];
  readonly retained: readonly FoundEntry[];
}

export interface Found {
  readonly rows: ReadonlyMap<string, Partial<AddressSettings>>;
  readonly destinations: readonly FoundDestination[];
  readonly scheduled: readonly ScheduledStatistics[];
}

/** Looks at everything there is. */
export function survivorsOf(broker: Broker): Found {
  const destinations = [...broker.queues(), ...broker.topics()];
  return {
    rows: broker.settings(),
    destinations: destinations.map((one) => foundOf(broker, one)),
    scheduled: scheduledRows(broker),
  };
}

function foundOf(broker: Broker, destination: Destination): FoundDestination {
  return {
    key: destination.key,
    subscriptions: destination.subscriptions.map((one) => {
      const entries: FoundEntry[] = [];
      one.eachWaiting((message, _entry, attempts) => {
        entries.push(entryOf(message, attempts));
        return true;
      });
      return { label: labelOfReal(broker, one), entries };
    }),
    retained: destination.retained.map((message) => entryOf(message, 0)),
  };
}

function labelOfReal(broker: Broker, { options }: Subscription): string {
  if (options.queue) return '';
  const { name, clientId, shared } = broker.subscriptions.nameOf(options.key);
  const { selector, noLocal } = options;
  return labelOf(name, clientId, shared, selector?.text, noLocal);
}

/** All that makes a durable subscription this one. */
export function labelOf(
  name: string | null,
  clientId: string | null,
  shared: boolean,
  selector: string | undefined,
  noLocal: string | undefined,
): string {
  return JSON.stringify([name, clientId, shared, selector ?? '', noLocal ?? '']);
}

function entryOf(message: Message, attempts: number): FoundEntry {
  const { serial, priority, expiresAt, group, groupSequence, sender, destination } = message;
  const text = message.bytes().toString();
  const origin = message.notes?.get(Note.origin)?.value;
  const sentTo = destination === undefined ? '' : formatAddress(destination);
  const face = faceOf(expiresAt, group, groupSequence < 0, String(origin ?? ''), sentTo);
  const n = Number(text.charAt(2));
  return { serial, priority, attempts, text, face, n, sender };
}

export function faceOf(
  expiresAt: number,
  group: string | undefined,
  closes: boolean,
  origin: string,
  sentTo: string,
): string {
  return JSON.stringify([expiresAt, group ?? '', group !== undefined && closes, origin, sentTo]);
}
