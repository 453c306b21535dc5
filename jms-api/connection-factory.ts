// The factory of connections and contexts: one class for all URLs. Which adapters there are it is
// told, for nothing in this folder knows one. [JMS 6.1.1]

import type { Connection, ConnectionFactory } from './connection.ts';
import type { ConnectionOptions } from './connection-options.ts';
import { type ConnectionUrl, parseConnectionUrl } from './connection-url.ts';
import { Context } from './context.ts';
import { UnsupportedOperationException } from './errors.ts';
import { JmsConnection, modeOf } from './jms-connection.ts';
import { nearest } from './nearest.ts';
import type { Provider, ProviderRegistry } from './provider.ts';
import {
  JmsQueueConnection,
  type QueueConnection,
  type QueueConnectionFactory,
} from './queue-domain.ts';
import { awaitUnchecked } from './runtime-exceptions.ts';
import type { AcknowledgeMode } from './session.ts';
import type { JMSContext } from './simplified.ts';
import {
  JmsTopicConnection,
  type TopicConnection,
  type TopicConnectionFactory,
} from './topic-domain.ts';

/** Makes connections to where a URL points; its scheme chooses the adapter. [JMS 6.1.1] */
export class JmsConnectionFactory
  implements ConnectionFactory, QueueConnectionFactory, TopicConnectionFactory
{
  readonly #url: ConnectionUrl;
  readonly #provider: () => Provider | Promise<Provider>;

  /**
   * @param url - such as `vm://localhost`
   * @param providers - the adapter for each scheme
   * @throws {IllegalArgumentException} if the URL cannot be read
   * @throws {UnsupportedOperationException} if no adapter carries its scheme
   */
  constructor(url: string, providers: ProviderRegistry) {
    this.#url = parseConnectionUrl(url);
    this.#provider = providerFor(this.#url.scheme, providers);
  }

  async createConnection(userName?: string, password?: string): Promise<Connection> {
    return await this.#connect((options) => new JmsConnection(options), userName, password);
  }

  async createQueueConnection(userName?: string, password?: string): Promise<QueueConnection> {
    return await this.#connect((options) => new JmsQueueConnection(options), userName, password);
  }

  async createTopicConnection(userName?: string, password?: string): Promise<TopicConnection> {
    return await this.#connect((options) => new JmsTopicConnection(options), userName, password);
  }

  createContext(sessionMode?: AcknowledgeMode): Promise<JMSContext>;
  createContext(
    userName: string,
    password: string,
    sessionMode?: AcknowledgeMode,
  ): Promise<JMSContext>;
  async createContext(
    first?: AcknowledgeMode | string,
    password?: string,
    third?: AcknowledgeMode,
  ): Promise<JMSContext> {
    return await awaitUnchecked(async () => {
      const userName = typeof first === 'string' ? first : undefined;
      const mode = modeOf(typeof first === 'string' ? third : first, undefined);
      const make = (options: ConnectionOptions) => new JmsConnection(options);
      const connection = await this.#connect(make, userName, password);
      return new Context({ connection, contexts: 0 }, mode);
    });
  }

  /** @throws {UnsupportedOperationException} always, as there is no XA: see docs/jms.md */
  async createXAConnection(): Promise<never> {
    noXa('createXAConnection');
  }
  /** @throws {UnsupportedOperationException} always, as there is no XA: see docs/jms.md */
  async createXAContext(): Promise<never> {
    noXa('createXAContext');
  }
  /** @throws {UnsupportedOperationException} always, as there is no XA: see docs/jms.md */
  async createXAQueueConnection(): Promise<never> {
    noXa('createXAQueueConnection');
  }
  /** @throws {UnsupportedOperationException} always, as there is no XA: see docs/jms.md */
  async createXATopicConnection(): Promise<never> {
    noXa('createXATopicConnection');
  }

  async #connect<C extends JmsConnection>(
    make: (options: ConnectionOptions) => C,
    userName: string | undefined,
    password: string | undefined,
  ): Promise<C> {
    const { url, options } = this.#url;
    const provider = await this.#provider();
    const connection = make(options);
    const endpoint = {
      url,
      username: userName ?? options.username,
      password: userName === undefined ? options.password : password,
      connectTimeoutMs: options.connectTimeoutMs,
    };
    await connection.begin(await provider.connect(endpoint, connection), options.clientID ?? null);
    return connection;
  }
}

/**
 * Finds the adapter for a scheme; it is loaded when the answer is called.
 *
 * @throws {UnsupportedOperationException} if there is none
 */
export function providerFor(
  scheme: string,
  providers: ProviderRegistry,
): () => Provider | Promise<Provider> {
  const provider = Object.hasOwn(providers, scheme) ? providers[scheme] : undefined;
  if (provider !== undefined) return provider;
  const known = Object.keys(providers).map((name) => `${name}:`);
  const near = nearest(`${scheme}:`, known);
  throw new UnsupportedOperationException(
    `no adapter carries ${scheme}: URLs in this version; ` +
      (near === undefined ? `there is ${known.join(', ')}` : `did you mean ${near}?`),
  );
}

function noXa(method: string): never {
  throw new UnsupportedOperationException(
    `${method} is not supported: there is no XA; a transacted session is a local transaction`,
  );
}
