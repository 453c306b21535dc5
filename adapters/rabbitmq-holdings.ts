// What a connection to a RabbitMQ has for itself: its temporary destinations, and the durable
// subscriptions of one consumer that it consumes. RabbitMQ has words for neither, so they are kept here.
// [JMS 6.2.2, 8.3.3]

import {
  type DestinationData,
  IllegalStateException,
  InvalidDestinationException,
  JMSException,
} from '#jms-api';
import type { Topology } from './rabbitmq-topology.ts';

export class Holdings {
  readonly #topology: Topology;
  /** Temporary destinations of this connection; false: deleted. */
  readonly #temporaries: Map<string, boolean> = new Map();
  /** Durable subscriptions that have their consumer, by name. */
  readonly #subscribed: Set<string> = new Set();

  constructor(topology: Topology) {
    this.#topology = topology;
  }

  /** One that this connection has made, deleted or not. */
  isTemporary(name: string): boolean {
    return this.#temporaries.has(name);
  }

  /** @throws {InvalidDestinationException} for a temporary one that was deleted */
  checkThere({ name }: DestinationData): void {
    if (this.#temporaries.get(name) !== false) return;
    throw new InvalidDestinationException(`${name} was deleted`);
  }

  /**
   * A consumer of a durable subscription that is not shared comes. It is of our client id, which no
   * other connection has.
   *
   * @throws {JMSException} if there is one
   */
  attend(name: string): void {
    if (this.#subscribed.has(name)) throw new JMSException(consumed(name));
    this.#subscribed.add(name);
  }

  leave(name: string): void {
    this.#subscribed.delete(name);
  }

  async createTemporary(kind: 'temporary-queue' | 'temporary-topic'): Promise<DestinationData> {
    const name = await this.#topology.declareOwn(kind);
    this.#temporaries.set(name, true);
    return { kind, name };
  }

  async deleteTemporary({ name }: DestinationData): Promise<void> {
    if (this.#temporaries.get(name) !== true) {
      throw new InvalidDestinationException(`there is no temporary destination ${name}`);
    }
    this.#temporaries.set(name, false);
    await this.#topology.deleteQueue(name);
  }

  async unsubscribe(clientId: string | undefined, name: string): Promise<void> {
    if (this.#subscribed.has(name)) throw new IllegalStateException(consumed(name));
    await this.#topology.unsubscribe(clientId, name);
  }
}

function consumed(name: string): string {
  return `the durable subscription '${name}' has a consumer`;
}
