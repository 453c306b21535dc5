// The Provider for `failover:(URL,URL)`. It knows no adapter: which one carries a URL inside it is
// told by whoever composes the package.

import type { ConnectionEvents, Endpoint, Provider, ProviderConnection } from '#jms-api';
import { FailoverConnection } from './failover-connection.ts';
import { parseFailoverUrl } from './failover-url.ts';

/**
 * Finds the adapter for a URL.
 *
 * @throws {UnsupportedOperationException} if there is none
 */
export type ProviderFor = (url: string) => Provider | Promise<Provider>;

/** Carries the JMS API over other providers, from one broker to the next. */
export class FailoverProvider implements Provider {
  readonly #providerFor: ProviderFor;

  constructor(providerFor: ProviderFor) {
    this.#providerFor = providerFor;
  }

  async connect(endpoint: Endpoint, events: ConnectionEvents): Promise<ProviderConnection> {
    const url = parseFailoverUrl(endpoint.url);
    const connection = new FailoverConnection(url, endpoint, events, this.#providerFor);
    await connection.connect();
    return connection;
  }
}
