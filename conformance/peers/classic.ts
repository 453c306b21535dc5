/**
 * ActiveMQ Classic from its jars in Maven, started by the small program in `classic.java`, with the
 * settings of the shipped configuration (KahaDB, its limits for slow consumers of topics) and a
 * password. Destinations over STOMP are `/queue/NAME` and `/topic/NAME`, over AMQP
 * `queue://NAME` and `topic://NAME`.
 */

import { join } from 'node:path';
import { PROJECT_ROOT } from '../interop/clients.ts';
import { java } from '../interop/install.ts';
import { PASSWORD, type PeerKind, USER } from './peer.ts';

const VERSION = '6.3.1';
const HERE = join(PROJECT_ROOT, 'conformance', 'peers');
/** What the shipped start script gives it. */
const HEAP = ['-Xms64M', '-Xmx1G'];

/** What it logs when another has the lock of its data folder. */
const SLAVE = 'org.apache.activemq.store.SharedFileLocker';

/** ActiveMQ Classic; a slave waits for the lock of a data folder that another has. */
export function classicAs(role: 'master' | 'slave'): PeerKind {
  return {
    name: 'classic',
    recipe: java({ pom: join(HERE, 'classic.xml'), sources: [join(HERE, 'classic.java')] }),
    ports: ['amqp', 'stomp', 'openwire'],
    urls: ({ amqp, stomp, openwire }) => ({
      amqp: `amqp://127.0.0.1:${amqp}`,
      stomp: `stomp://127.0.0.1:${stomp}`,
      openwire: `tcp://127.0.0.1:${openwire}`,
    }),
    async prepare(_home, { classPath = '' }, data, { amqp, stomp, openwire }) {
      const log = '-Dorg.slf4j.simpleLogger';
      const program = [`${log}.defaultLogLevel=warn`, `${log}.log.${SLAVE}=info`];
      const words = [data, amqp, stomp, openwire, USER, PASSWORD].map(String);
      const args = [...HEAP, ...program, '-cp', classPath, 'Classic', ...words];
      return {
        version: VERSION,
        broker: { command: 'java', args },
        ...(role === 'slave' && { waits: /in slave mode/ }),
      };
    },
  };
}

/** ActiveMQ Classic, by itself. */
export const classic: PeerKind = classicAs('master');
