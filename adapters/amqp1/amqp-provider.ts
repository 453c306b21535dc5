// The Provider for `amqp://HOST:PORT` and `amqps://HOST:PORT`. rhea is loaded by the first connect.

import type { ConnectionEvents, Endpoint, Provider, ProviderConnection } from '#jms-api';
import { placeOf } from './amqp-url.ts';

const CONNECT_MS_DEFAULT = 15_000;

/** Carries the JMS API to brokers that speak AMQP 1.0. */
export const amqp1Provider: Provider = {
  async connect(endpoint: Endpoint, events: ConnectionEvents): Promise<ProviderConnection> {
    const { url, username, password, connectTimeoutMs = CONNECT_MS_DEFAULT } = endpoint;
    const place = placeOf(url);
    const { AmqpConnection } = await import('./amqp-connection.ts');
    const connection = new AmqpConnection(
      place,
      { username, password, connectMs: connectTimeoutMs },
      events,
    );
    await connection.connect();
    return connection;
  },
};
