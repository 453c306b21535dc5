// The Provider for `amqp091://HOST:PORT` and `amqps091://HOST:PORT`.

import {
  type ConnectionEvents,
  type Endpoint,
  IllegalArgumentException,
  type Provider,
  type ProviderConnection,
} from '#jms-api';
import { Amqp091Connection } from './amqp091-connection.ts';
import { placeOf } from './amqp091-url.ts';
import { gatherWrites } from './gathered-writes.ts';
import { keepNumbers } from './header-numbers.ts';
import { reach } from './reach.ts';

/** Carries the JMS API to RabbitMQ, and to whatever speaks AMQP 0-9-1 with its extensions. */
export const amqp091Provider: Provider = {
  async connect(endpoint: Endpoint, events: ConnectionEvents): Promise<ProviderConnection> {
    const place = placeOf(endpoint.url);
    const { username, password } = endpoint;
    if (username === undefined && password !== undefined) {
      throw new IllegalArgumentException('a password without a user name: set jms.username');
    }
    const model = await reach(place, { username, password }, endpoint.connectTimeoutMs);
    gatherWrites(model);
    keepNumbers(model);
    return new Amqp091Connection(model, place, events);
  },
};
