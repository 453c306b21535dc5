// The factory of connections: one class for all URLs. Which adapters there are it is told, for
// nothing in this folder knows one. [JMS 6.1.1]

import type { Connection, ConnectionFactory } from './connection.ts';
import { type ConnectionUrl, parseConnectionUrl } from './connection-url.ts';
import { UnsupportedOperationException } from './errors.ts';
import { JmsConnection } from './jms-connection.ts';
import type { Provider, ProviderRegistry } from './provider.ts';

/** Makes connections to where a URL points; its scheme chooses the adapter. */
export class JmsConnectionFactory implements ConnectionFactory {
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
    const { scheme } = this.#url;
    const provider = Object.hasOwn(providers, scheme) ? providers[scheme] : undefined;
    if (provider === undefined) {
      const known = Object.keys(providers).map((name) => `${name}:`);
      throw new UnsupportedOperationException(
        `no adapter carries ${scheme}: URLs in this version; there is ${known.join(', ')}`,
      );
    }
    this.#provider = provider;
  }

  async createConnection(userName?: string, password?: string): Promise<Connection> {
    const { url, username: nameInUrl, password: passwordInUrl, clientID, prefetch } = this.#url;
    const provider = await this.#provider();
    const connection = new JmsConnection(prefetch);
    const endpoint = {
      url,
      username: userName ?? nameInUrl,
      password: userName === undefined ? passwordInUrl : password,
    };
    await connection.begin(await provider.connect(endpoint, connection), clientID ?? null);
    return connection;
  }

  async createContext(): Promise<never> {
    throw new UnsupportedOperationException('createContext is not supported by this version');
  }
}
