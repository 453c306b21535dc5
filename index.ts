// The package's front door: the JMS API, with the broker of this process built in.

import { localProvider } from '#adapters/local';
import { JmsConnectionFactory as Factory, type ProviderRegistry } from '#jms-api';

export { offerBroker, stopBroker } from '#adapters/local';
export * from '#jms-api';

const providers: ProviderRegistry = {
  vm: () => localProvider,
};

/**
 * Makes connections to where a URL points. `vm://NAME` is a broker in this process, made when it is
 * first connected to.
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
