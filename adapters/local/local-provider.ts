// The Provider for `vm://NAME`: the JMS API over a broker in the same process.

import {
  type ConnectionEvents,
  type Endpoint,
  IllegalArgumentException,
  type Provider,
  type ProviderConnection,
  UnsupportedOperationException,
} from '#jms-api';
import { exceptionOf } from './errors.ts';
import { LocalConnection } from './local-connection.ts';
import { vmBroker } from './vm-brokers.ts';

/** Carries the JMS API to brokers in this process. */
export const localProvider: Provider = {
  async connect(endpoint: Endpoint, events: ConnectionEvents): Promise<ProviderConnection> {
    const name = nameOf(endpoint.url);
    try {
      return new LocalConnection(vmBroker(name), events, endpoint.username);
    } catch (error) {
      throw exceptionOf(error);
    }
  },
};

/** The NAME of `vm://NAME`. */
function nameOf(url: string): string {
  const match = /^vm:(?:\/\/)?([^/?#]+)\/?(?:\?(.*))?$/i.exec(url);
  const name = match?.[1];
  if (name === undefined) {
    throw new IllegalArgumentException(`expected vm://NAME, got '${url}'`);
  }
  for (const option of (match?.[2] ?? '').split('&')) checkOption(option);
  return name;
}

function checkOption(option: string): void {
  switch (option) {
    case '':
    case 'broker.persistent=false':
      return;
    case 'broker.persistent=true':
      throw new UnsupportedOperationException(
        'broker.persistent=true is not supported by this version: vm:// brokers are in memory',
      );
    default:
      throw new IllegalArgumentException(
        `'${option}' is not an option of vm:// URLs; there is broker.persistent=false`,
      );
  }
}
