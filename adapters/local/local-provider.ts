// The Provider for `vm://NAME`: the JMS API over a broker in the same process.

import {
  type ConnectionEvents,
  type Endpoint,
  IllegalArgumentException,
  JMSException,
  type Provider,
  type ProviderConnection,
  UnsupportedOperationException,
} from '#jms-api';
import { exceptionOf } from './errors.ts';
import { LocalConnection } from './local-connection.ts';
import { brokerExists, vmBroker } from './vm-brokers.ts';

/** Carries the JMS API to brokers in this process. */
export const localProvider: Provider = {
  async connect(endpoint: Endpoint, events: ConnectionEvents): Promise<ProviderConnection> {
    const { name, create } = parseVmUrl(endpoint.url);
    if (!create && !brokerExists(name)) {
      throw new JMSException(`there is no broker vm://${name}, and create=false asks for none`);
    }
    try {
      return new LocalConnection(vmBroker(name), events, endpoint.username);
    } catch (error) {
      throw exceptionOf(error);
    }
  },
};

/** What a `vm:` URL says. */
interface VmUrl {
  readonly name: string;
  /** Make the broker if there is none. */
  readonly create: boolean;
}

/** Options by name, and the values that they may have. */
const OPTIONS: Readonly<Record<string, readonly string[]>> = {
  create: ['true', 'false'],
  'broker.persistent': ['true', 'false'],
};

function parseVmUrl(url: string): VmUrl {
  const match = /^vm:(?:\/\/)?([^/?#]+)\/?(?:\?(.*))?$/i.exec(url);
  const name = match?.[1];
  if (name === undefined) {
    throw new IllegalArgumentException(`expected vm://NAME, got '${url}'`);
  }
  const options = (match?.[2] ?? '').split('&').filter((option) => option !== '');
  for (const option of options) checkOption(option);
  if (options.includes('broker.persistent=true')) {
    throw new UnsupportedOperationException(
      'broker.persistent=true is not supported by this version: vm:// brokers are in memory; ' +
        'a server in this process keeps its data, and offers its broker as vm://localhost',
    );
  }
  return { name, create: !options.includes('create=false') };
}

function checkOption(option: string): void {
  const [name = '', value = ''] = option.split('=', 2);
  const values = Object.hasOwn(OPTIONS, name) ? OPTIONS[name] : undefined;
  if (values?.includes(value)) return;
  const known = Object.entries(OPTIONS).flatMap(([key, all]) => all.map((one) => `${key}=${one}`));
  throw new IllegalArgumentException(
    `'${option}' is not an option of vm:// URLs; there are ${known.join(', ')}`,
  );
}
