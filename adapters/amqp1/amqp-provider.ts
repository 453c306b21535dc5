// The Provider for `amqp://HOST:PORT`.

import {
  type ConnectionEvents,
  type Endpoint,
  IllegalArgumentException,
  type Provider,
  type ProviderConnection,
} from '#jms-api';
import { AmqpConnection, type Place } from './amqp-connection.ts';

const DEFAULT_PORT = 5672;

/** Carries the JMS API to brokers that speak AMQP 1.0. */
export const amqp1Provider: Provider = {
  async connect(endpoint: Endpoint, events: ConnectionEvents): Promise<ProviderConnection> {
    const connection = new AmqpConnection(placeOf(endpoint), events);
    await connection.connect();
    return connection;
  },
};

function placeOf({ url, username, password }: Endpoint): Place {
  const match = /^amqp:\/\/(\[[^\]]+\]|[^/?#:@[\]]+)(?::(\d{1,5}))?\/?(?:\?(.*))?$/i.exec(url);
  const host = match?.[1]?.replace(/^\[|\]$/g, '');
  const port = Number(match?.[2] ?? DEFAULT_PORT);
  if (host === undefined || port > 65_535) {
    throw new IllegalArgumentException(
      `expected amqp://HOST:PORT, got '${url}'; user name and password are jms.username and ` +
        'jms.password',
    );
  }
  const option = match?.[3];
  if (option !== undefined && option !== '') {
    throw new IllegalArgumentException(`'${option}' is not an option of amqp:// URLs`);
  }
  return { host, port, username, password };
}
