// What every scenario plays on: a broker on a still host, messages of 1 KiB kept by reference, and
// consumers that do nothing but count, or settle when told.

import {
  type Address,
  Broker,
  type Connection,
  type Consumer,
  type ConsumerOptions,
  DEFAULT_HEADER,
  Message,
  type MessageHeader,
  type MessageView,
  Outcome,
  type TypedValue,
  type WireFormat,
} from '../../broker/index.ts';
import { StillHost } from './still-host.ts';

export const QUEUE: Address = { kind: 'queue', name: 'bench' };
export const TOPIC: Address = { kind: 'topic', name: 'bench' };

const slab = Buffer.alloc(1024);
const NOTHING: ReadonlyMap<string, TypedValue> = new Map();

/** A format whose messages all mean the same: these properties, and no body. */
export function formatOf(properties: ReadonlyMap<string, TypedValue> = NOTHING): WireFormat {
  const view: MessageView = { persistent: false, priority: 4, properties, body: { kind: 'none' } };
  return { name: 'bench', view: () => view, encode: () => slab };
}

const plain = formatOf();

/** A new message of 1 KiB, by reference. */
export function message(
  header: MessageHeader = DEFAULT_HEADER,
  format: WireFormat = plain,
): Message {
  return new Message(format, header, slab, 0, slab.length, false);
}

/** A consumer that notes what it may settle. */
export class Taker {
  readonly consumer: Consumer;
  received = 0;
  readonly entries: number[] = [];

  constructor(connection: Connection, address: Address, options: ConsumerOptions = {}) {
    this.consumer = connection.openConsumer(address, this, options);
  }

  deliver(_message: Message, entry: number): void {
    this.received++;
    if (entry !== 0) this.entries.push(entry);
  }

  drained(): void {}

  /** Settles all that came. */
  settleAll(): void {
    const { entries, consumer } = this;
    for (let at = 0; at < entries.length; at++) {
      consumer.settle(entries[at] as number, Outcome.accepted);
    }
    entries.length = 0;
  }
}

/** A broker with one connection, and no bound that a million messages would reach. */
export class Stage {
  readonly host: StillHost = new StillHost();
  readonly broker: Broker = new Broker(this.host, {
    limits: { storedBytesMax: Number.MAX_SAFE_INTEGER },
  });
  readonly connection: Connection = this.broker.connect({ protocol: 'bench', peer: 'here' });
}
