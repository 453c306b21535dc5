// The anonymous terminus: a link without a target address, where each message names its own
// destination in `properties.to`. [AMQP Anonymous Terminus 2.2]
//
// The producers of the last destinations are kept, so that a sender that answers a few peers does
// not resolve their names again for each message.

import { type Broker, BrokerError, type Connection, formatAddress, type Producer } from '#broker';
import { resolveName } from './link-address.ts';
import { type MessageScan, readTo } from './message.ts';

const PRODUCERS_MAX = 64;

export class Relay {
  readonly #broker: Broker;
  readonly #connection: Connection;
  readonly #producers: Map<string, Producer> = new Map();

  constructor(broker: Broker, connection: Connection) {
    this.#broker = broker;
    this.#connection = connection;
  }

  /**
   * Finds the producer for a message.
   *
   * @throws {BrokerError} `address-invalid` without `to`, and as `openProducer`
   */
  producerFor(buffer: Buffer, scan: MessageScan): Producer {
    const to = readTo(buffer, scan);
    if (to === undefined) {
      throw new BrokerError(
        'address-invalid',
        "the message has no address in 'to', and its link has no target address",
      );
    }
    const address = resolveName(this.#broker, to.name, to.kind);
    const key = formatAddress(address);
    const found = this.#producers.get(key);
    if (found !== undefined) return found;
    if (this.#producers.size >= PRODUCERS_MAX) this.close();
    const producer = this.#connection.openProducer(address);
    this.#producers.set(key, producer);
    return producer;
  }

  /** Lets go of the producers; the next message opens its own again. */
  close(): void {
    for (const producer of this.#producers.values()) producer.close();
    this.#producers.clear();
  }
}
