// The package's front door: the JMS API, with the broker of this process built in.

import { FailoverProvider } from '#adapters/failover';
import { LocalProvider } from '#adapters/local';
import {
  InitialContext as Context,
  JmsConnectionFactory as Factory,
  type PropertiesLike,
  type ProviderRegistry,
  providerFor,
  schemeOf,
} from '#jms-api';

export { offerBroker, stopBroker } from '#adapters/local';
export * from '#jms-api';

// Disks and locks are loaded for the first broker that keeps its data.
const local = new LocalProvider(async (directory, fresh) => {
  const { keepBroker } = await import('#server/vm');
  return await keepBroker(directory, fresh);
});

const providers: ProviderRegistry = {
  vm: () => local,
  // Loaded when it is first used, with the library that it brings.
  amqp: async () => (await import('#adapters/amqp1')).amqp1Provider,
  amqps: async () => (await import('#adapters/amqp1')).amqp1Provider,
  amqp091: async () => (await import('#adapters/amqp091')).amqp091Provider,
  amqps091: async () => (await import('#adapters/amqp091')).amqp091Provider,
  stomp: async () => (await import('#adapters/stomp')).stompProvider,
  stomps: async () => (await import('#adapters/stomp')).stompProvider,
  failover: () => failover,
};

const failover = new FailoverProvider((url) => providerFor(schemeOf(url), providers)());

/**
 * Makes connections to where a URL points. `vm://NAME` is a broker in this process, made when it is
 * first connected to; `amqp://HOST:PORT` is a broker that speaks AMQP 1.0, `amqp091://HOST:PORT` RabbitMQ
 * by AMQP 0-9-1, `stomp://HOST:PORT` a broker that speaks STOMP; `amqps:`, `amqps091:` and `stomps:` are
 * the same with TLS, `failover:(…)` several to choose from.
 */
export class JmsConnectionFactory extends Factory {
  /**
   * @param url - default `vm://localhost`
   * @throws {IllegalArgumentException} if the URL cannot be read
   * @throws {UnsupportedOperationException} if no adapter of this version carries its scheme
   */
  constructor(url = 'vm://localhost') {
    super(url, providers);
  }
}

/** Looks up connection factories, queues and topics by the names of a `jndi.properties` file. */
export class InitialContext<F = JmsConnectionFactory> extends Context<F> {
  /**
   * @param properties - the text of the file, or its entries
   * @param make - makes the factory for a URL; default: a {@link JmsConnectionFactory}
   * @param variables - what `${NAME}` means in values; default: the environment
   * @throws {IllegalArgumentException} for a variable without a value
   */
  constructor(
    properties: PropertiesLike,
    make: (url: string) => F = (url) => new JmsConnectionFactory(url) as F,
    variables: Readonly<Record<string, string | undefined>> = process.env,
  ) {
    super(properties, make, variables);
  }
}
