// The Provider for `vm://NAME`: the JMS API over a broker in the same process.

import {
  type ConnectionEvents,
  type Endpoint,
  JMSException,
  type Provider,
  type ProviderConnection,
  UnsupportedOperationException,
} from '#jms-api';
import { exceptionOf } from './errors.ts';
import { LocalConnection } from './local-connection.ts';
import { type BrokerKeeper, brokerComes, type Keeping, vmBroker } from './vm-brokers.ts';
import { DATA_DIRECTORY, parseVmUrl, type VmUrl } from './vm-url.ts';

/** Carries the JMS API to brokers in this process; without a keeper, to those in memory. */
export class LocalProvider implements Provider {
  readonly #keep: BrokerKeeper | undefined;

  constructor(keep?: BrokerKeeper) {
    this.#keep = keep;
  }

  async connect(endpoint: Endpoint, events: ConnectionEvents): Promise<ProviderConnection> {
    const url = parseVmUrl(endpoint.url);
    if (!url.create && !(await brokerComes(url.name))) {
      throw new JMSException(`there is no broker vm://${url.name}, and create=false asks for none`);
    }
    try {
      const vm = await vmBroker(url.name, this.#keeping(url));
      return new LocalConnection(vm, events, endpoint.username);
    } catch (error) {
      throw exceptionOf(error);
    }
  }

  #keeping({ name, persistent, dataDirectory, fresh }: VmUrl): Keeping | undefined {
    if (!persistent) return undefined;
    const keep = this.#keep;
    if (keep === undefined) {
      throw new UnsupportedOperationException(
        'broker.persistent=true is not supported by this provider: it was made without a keeper',
      );
    }
    const directory = `${dataDirectory ?? DATA_DIRECTORY}/${name}`;
    return { directory, said: dataDirectory !== undefined, open: () => keep(directory, fresh) };
  }
}

/** Carries the JMS API to brokers in the memory of this process. */
export const localProvider: Provider = new LocalProvider();
