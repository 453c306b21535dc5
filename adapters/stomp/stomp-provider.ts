// The Provider for `stomp://HOST:PORT` and `stomps://HOST:PORT`.

import {
  type ConnectionEvents,
  type Endpoint,
  IllegalArgumentException,
  type Provider,
  type ProviderConnection,
} from '#jms-api';
import { StompConnection } from './stomp-connection.ts';
import { readUrl } from './stomp-url.ts';

/** Carries the JMS API to brokers that speak STOMP. */
export const stompProvider: Provider = {
  async connect(endpoint: Endpoint, events: ConnectionEvents): Promise<ProviderConnection> {
    const { place, options } = readUrl(endpoint.url);
    const { username, password, connectTimeoutMs } = endpoint;
    if (username === undefined && password !== undefined) {
      throw new IllegalArgumentException('a password without a user name: set jms.username');
    }
    const connection = new StompConnection(
      { ...place, connectMs: connectTimeoutMs },
      options,
      { username, password },
      events,
    );
    await connection.connect();
    return connection;
  },
};
