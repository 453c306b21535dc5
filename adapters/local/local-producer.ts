// A producer of a broker in this process: messages are encoded at once, and confirmed when the
// durable watermark has passed them.

import type { Address, DurableWaiter, Producer } from '#broker';
import {
  type ConfirmSink,
  InvalidDestinationException,
  type MessageData,
  type ProviderProducer,
} from '#jms-api';
import { exceptionOf } from './errors.ts';
import type { LocalSession } from './local-session.ts';
import { nativeMessage } from './native-format.ts';

/** Destinations of a producer without one that are resolved, at most so many at once. */
const RESOLVED_MAX = 100;

interface WritableHeader {
  persistent: boolean;
  priority: number;
  expiresAt: number;
  deliverAt: number;
  group: string | undefined;
  groupSequence: number;
}

/** What Message's constructor reads; it keeps none of it. */
const header: WritableHeader = {
  persistent: false,
  priority: 4,
  expiresAt: 0,
  deliverAt: 0,
  group: undefined,
  groupSequence: 0,
};

export class LocalProducer implements ProviderProducer, DurableWaiter {
  readonly #session: LocalSession;
  readonly #sink: ConfirmSink;
  readonly #resolved: Map<string, Producer> = new Map();
  #lastKind = '';
  #lastName = '';
  #last: Producer | undefined;
  /** Sends that are not durable: their numbers, and the positions at which they are. */
  #numbers: number[] = [];
  #positions: number[] = [];
  #waiting = false;

  constructor(session: LocalSession, sink: ConfirmSink) {
    this.#session = session;
    this.#sink = sink;
  }

  /** The broker's producer for a destination; the same one twice costs two comparisons. */
  resolve(address: Address): Producer {
    if (this.#last !== undefined && this.#lastName === address.name) {
      if (this.#lastKind === address.kind) return this.#last;
    }
    const key = `${address.kind} ${address.name}`;
    let producer = this.#resolved.get(key);
    if (producer === undefined) {
      producer = this.#session.connection.openProducer({ kind: address.kind, name: address.name });
      if (this.#resolved.size >= RESOLVED_MAX) this.#forget();
      this.#resolved.set(key, producer);
    }
    this.#lastKind = address.kind;
    this.#lastName = address.name;
    this.#last = producer;
    return producer;
  }

  send(message: MessageData, number: number): void {
    const { destination } = message;
    if (destination === undefined) {
      throw new InvalidDestinationException('the message has no destination');
    }
    let position: number;
    try {
      describe(message);
      const stored = nativeMessage(message, header);
      position = this.resolve(destination).send(stored, this.#session.transaction());
    } catch (error) {
      throw exceptionOf(error);
    }
    if (position <= this.#session.broker.durable && this.#numbers.length === 0) {
      this.#sink.onConfirmed(number);
      return;
    }
    // One behind a send that is not durable waits with it: confirmations are in order.
    this.#numbers.push(number);
    this.#positions.push(position);
    this.#await();
  }

  /** The watermark has moved. */
  durable(position: number): void {
    this.#waiting = false;
    const positions = this.#positions;
    let done = 0;
    while (done < positions.length && (positions[done] as number) <= position) done++;
    if (done > 0) {
      const upTo = this.#numbers[done - 1] as number;
      this.#numbers = this.#numbers.slice(done);
      this.#positions = positions.slice(done);
      this.#sink.onConfirmed(upTo);
    }
    if (this.#numbers.length > 0) this.#await();
  }

  async close(): Promise<void> {
    this.#forget();
    this.#last = undefined;
  }

  #forget(): void {
    for (const producer of this.#resolved.values()) producer.close();
    this.#resolved.clear();
  }

  #await(): void {
    if (this.#waiting) return;
    this.#waiting = true;
    this.#session.broker.turn.awaitDurable(this);
  }
}

/** Fills the header. Hot: one object for all messages, and no look-up in an empty map. */
function describe(message: MessageData): void {
  header.persistent = message.persistent;
  header.priority = message.priority;
  header.expiresAt = message.expiresAt ?? 0;
  header.deliverAt = message.deliverAt ?? 0;
  header.group = undefined;
  header.groupSequence = 0;
  if (message.properties.size === 0) return;
  const group = message.properties.get('JMSXGroupID');
  if (group?.type !== 'string') return;
  header.group = group.value;
  const sequence = message.properties.get('JMSXGroupSeq');
  if (sequence?.type === 'int') header.groupSequence = sequence.value;
}
