/**
 * Drives the TypeScript API of this package. Its broker lives in this very process, so the hello
 * says where that broker's doors are: the other client of a pair comes in there. As in the driver
 * for Qpid JMS, each subscription has a session of its own, and sends have theirs.
 */

import {
  type Connection,
  DeliveryMode,
  JmsConnectionFactory,
  type Message,
  offerBroker,
  Session,
} from 'angelia';
import { startServer } from '#server';
import type { Acknowledge, Destination, MessageSpec, Received } from '../dialogue.ts';
import { destinationOf, read, write } from './jms-messages.ts';
import { type DriverConnection, type DriverSubscription, serve } from './loop.ts';

class ApiConnection implements DriverConnection {
  readonly #connection: Connection;
  readonly #sending: Session;

  constructor(connection: Connection, sending: Session) {
    this.#connection = connection;
    this.#sending = sending;
  }

  async send(destination: Destination, messages: readonly MessageSpec[]): Promise<void> {
    const session = this.#sending;
    const producer = await session.createProducer(destinationOf(session, destination));
    const { PERSISTENT, NON_PERSISTENT } = DeliveryMode;
    const sends = messages.map((spec) => {
      const mode = spec.persistent ? PERSISTENT : NON_PERSISTENT;
      return producer.send(write(session, spec), mode, spec.priority ?? 4, 0);
    });
    await Promise.all(sends);
    await producer.close();
  }

  async subscribe(destination: Destination, acknowledge: Acknowledge): Promise<DriverSubscription> {
    const { AUTO_ACKNOWLEDGE, CLIENT_ACKNOWLEDGE } = Session;
    const mode = acknowledge === 'auto' ? AUTO_ACKNOWLEDGE : CLIENT_ACKNOWLEDGE;
    const session = await this.#connection.createSession(false, mode);
    const consumer = await session.createConsumer(destinationOf(session, destination));
    let last: Message | undefined;
    return {
      async receive(count: number, timeoutMs: number): Promise<Received[]> {
        const until = Date.now() + timeoutMs;
        const received: Received[] = [];
        while (received.length < count) {
          const message = await consumer.receive(Math.max(1, until - Date.now()));
          if (message === null) break;
          last = message;
          received.push(read(message));
        }
        return received;
      },
      acknowledge: async () => last?.acknowledge(),
    };
  }

  close(): Promise<void> {
    return this.#connection.close();
  }

  /** There is no socket to cut: JMS's own close leaves unacknowledged what was. */
  drop(): Promise<void> {
    return this.#connection.close();
  }
}

/** The name of the broker that both the doors and the API lead to. */
const NAME = 'interop';

const server = await startServer({ ports: 'random' });
offerBroker(NAME, server.broker);
const factory = new JmsConnectionFactory(`vm://${NAME}`);
const about = await factory.createConnection();
const version = about.getMetaData().getProviderVersion();
await about.close();

await serve({
  client: 'ts',
  version,
  urls: { ...server.urls, vm: `vm://${NAME}` },
  async connect(): Promise<DriverConnection> {
    const connection = await factory.createConnection();
    await connection.start();
    const sending = await connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
    return new ApiConnection(connection, sending);
  },
});
