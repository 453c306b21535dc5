/**
 * Apache Qpid Broker-J from its jars in Maven, with a store on disk (Derby) and otherwise as shipped,
 * but for what a user of JMS sets there: queues are made when first named, keep groups together, and
 * hold delayed messages back (those of the type priority would hold some for ever). Names of temporary
 * destinations are left out, or one that is gone would be made anew. Topics are keys of its exchange
 * `amq.topic`. Its doors open before it is ready.
 */

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PROJECT_ROOT } from '../interop/clients.ts';
import { jars } from '../interop/install.ts';
import { PASSWORD, type PeerKind, USER } from './peer.ts';

const VERSION = '9.2.1';
/** What the shipped start script gives it. */
const MEMORY = ['-Xmx512m', '-XX:MaxDirectMemorySize=1536m', '-XX:+UseG1GC'];

/** What the virtual host that makes queues has more. */
const AUTO_CREATE = {
  // Held messages are looked at so often.
  housekeepingCheckPeriod: 1000,
  // Of all queues, those of subscriptions too.
  context: { 'queue.holdOnPublishEnabled': 'true' },
  nodeAutoCreationPolicies: [
    {
      pattern: '(?!TempQueue|TempTopic).+',
      nodeType: 'queue',
      attributes: { messageGroupType: 'STANDARD' },
      createdOnPublish: true,
      createdOnConsume: true,
    },
  ],
};

const configOf = (autoCreate: boolean): object => ({
  name: 'peer',
  modelVersion: '9.1',
  authenticationproviders: [
    {
      name: 'plain',
      type: 'Plain',
      users: [{ name: USER, type: 'managed', password: PASSWORD }],
    },
  ],
  ports: [
    {
      name: 'AMQP',
      type: 'AMQP',
      bindingAddress: '127.0.0.1',
      // The broker fills it in, at each start.
      port: ['$', '{qpid.amqp_port}'].join(''),
      authenticationProvider: 'plain',
      virtualhostaliases: ['nameAlias', 'defaultAlias', 'hostnameAlias'].map((type) => ({
        name: type,
        type,
      })),
    },
  ],
  virtualhostnodes: [
    {
      name: 'default',
      type: 'DERBY',
      defaultVirtualHostNode: 'true',
      virtualHostInitialConfiguration: JSON.stringify({
        type: 'ProvidedStore',
        ...(autoCreate && AUTO_CREATE),
      }),
    },
  ],
});

/** How it differs from the peer that everybody starts. */
export interface QpidSettings {
  /** False: queues have to be there. */
  readonly autoCreate: boolean;
}

/** A kind of Broker-J. */
export function qpidWith({ autoCreate }: QpidSettings): PeerKind {
  return {
    name: 'qpid',
    recipe: jars(join(PROJECT_ROOT, 'conformance', 'peers', 'qpid.xml')),
    ports: ['amqp'],
    urls: ({ amqp }) => ({ amqp: `amqp://127.0.0.1:${amqp}` }),
    async prepare(_home, { classPath = '' }, data, { amqp }) {
      const config = join(data, 'initial-config.json');
      await writeFile(config, JSON.stringify(configOf(autoCreate)));
      const settings = [`qpid.work_dir=${data}`, `qpid.amqp_port=${amqp}`];
      const words = settings.flatMap((setting) => ['-prop', setting]);
      const main = ['-cp', classPath, 'org.apache.qpid.server.Main', '-icp', config, ...words];
      return {
        version: VERSION,
        broker: { command: 'java', args: [...MEMORY, ...main] },
        waits: /BRK-1004/,
      };
    },
  };
}

/** Qpid Broker-J. */
export const qpid: PeerKind = qpidWith({ autoCreate: true });
