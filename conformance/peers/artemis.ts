/**
 * Apache Artemis from its archive in Maven, configured by its own `artemis create` and otherwise as
 * shipped; only its doors are ours. Its fast journal wants libaio, which comes from Debian where
 * the machine has none; without it `create` settles for the other one and says so. Queues are
 * made when first named; STOMP destinations are `/queue/NAME` and `/topic/NAME`.
 */

import { existsSync } from 'node:fs';
import { appendFile, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Facts, needMaven, type Recipe, run } from '../interop/install.ts';
import { isDebian, unpack } from './debian-packages.ts';
import { type Launch, PASSWORD, type PeerKind, type Ports, USER } from './peer.ts';

const VERSION = '2.44.0';
const COPY = 'org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy';

const recipe: Recipe = {
  stamp: `artemis ${VERSION} 1`,
  async run(home) {
    await needMaven();
    const artifact = `-Dartifact=org.apache.activemq:apache-artemis:${VERSION}:tar.gz:bin`;
    await run('mvn', ['-q', '-B', COPY, artifact, `-DoutputDirectory=${home}`]);
    const archive = (await readdir(home)).find((name) => name.endsWith('.tar.gz'));
    await run('tar', ['xzf', archive ?? '', '--strip-components=1'], home);
    await run('rm', [archive ?? ''], home);
    return { libraries: await asynchronousFiles(home) };
  },
};

/** The folder of libaio, or nothing. */
async function asynchronousFiles(home: string): Promise<string> {
  if (!isDebian()) return '';
  for (const name of ['libaio1', 'libaio1t64']) {
    const folder = join(home, name);
    const unpacked = await unpack(folder, [name]).catch(() => undefined);
    const file = unpacked && (await run('find', [folder, '-name', 'libaio.so*'])).split('\n')[0];
    if (file) return join(file, '..');
  }
  return '';
}

/** What is otherwise than usual. */
export interface ArtemisSettings {
  /** Queues and addresses are made when they are first named; by default they are. */
  readonly autoCreate?: boolean;
  /** A user beside the usual one who may do nothing, with the same password. */
  readonly nobody?: string;
  /** Its part in a pair that shares a journal. */
  readonly pair?: {
    readonly role: 'primary' | 'backup';
    readonly journal: string;
    /** The port of the other's first acceptor, by which they know each other. */
    readonly other: number;
    /** What that speaks; each tells clients of AMQP to go there when the other is gone. */
    readonly protocols: 'all' | 'core';
  };
}

/** The first is for brokers and their kin, in a pair perhaps for all as shipped; the others speak one. */
function acceptors({ openwire, amqp, stomp }: Ports, { pair }: ArtemisSettings): string {
  const sizes = 'tcpSendBufferSize=1048576;tcpReceiveBufferSize=1048576;useEpoll=true';
  const prefixes = 'anycastPrefix=/queue/;multicastPrefix=/topic/';
  const credit = 'amqpCredits=1000;amqpLowCredits=300;amqpMinLargeMessageSize=102400';
  const all = `CORE,OPENWIRE,AMQP,STOMP;${credit}`;
  const rows = [
    ['artemis', openwire, `protocols=${pair?.protocols === 'all' ? all : 'CORE,OPENWIRE'}`],
    ['amqp', amqp, `protocols=AMQP;${credit}`],
    ['stomp', stomp, `protocols=STOMP;${prefixes}`],
  ];
  const lines = rows.map(
    ([name, port, words]) =>
      `<acceptor name="${name}">tcp://127.0.0.1:${port}?${sizes};${words}</acceptor>`,
  );
  return `<acceptors>\n${lines.join('\n')}\n</acceptors>`;
}

/** What `artemis create` is told. */
function words(instance: string, { openwire }: Ports, settings: ArtemisSettings): string[] {
  const { autoCreate = true, pair } = settings;
  const all = [instance, '--user', USER, '--password', PASSWORD, '--require-login', '--silent'];
  all.push('--no-web', '--host', '127.0.0.1', '--no-hornetq-acceptor');
  if (!autoCreate) all.push('--no-autocreate');
  if (pair === undefined) return all;
  const { role, journal, other } = pair;
  if (role === 'backup') all.push('--backup');
  all.push('--clustered', '--shared-store', '--failover-on-shutdown', '--data', journal);
  all.push('--cluster-user', USER, '--cluster-password', PASSWORD);
  return [...all, '--name', role, '--default-port', `${openwire}`, '--staticCluster', url(other)];
}

const url = (port: number): string => `tcp://127.0.0.1:${port}`;

async function prepare(
  home: string,
  facts: Facts,
  data: string,
  ports: Ports,
  settings: ArtemisSettings,
): Promise<Launch> {
  const env = facts['libraries'] ? { LD_LIBRARY_PATH: facts['libraries'] } : {};
  const instance = join(data, 'instance');
  const etc = join(instance, 'etc');
  if (!existsSync(join(etc, 'broker.xml'))) {
    const said = Object.entries(env).map(([name, value]) => `${name}=${value}`);
    const create = [`${home}/bin/artemis`, 'create', ...words(instance, ports, settings)];
    await run('env', [...said, ...create]);
    const { nobody } = settings;
    if (nobody !== undefined) {
      await appendFile(join(etc, 'artemis-users.properties'), `\n${nobody} = ${PASSWORD}\n`);
      await appendFile(join(etc, 'artemis-roles.properties'), `\nnothing = ${nobody}\n`);
    }
  }
  const config = join(etc, 'broker.xml');
  const text = await readFile(config, 'utf8');
  const doors = /<acceptors>[\s\S]*<\/acceptors>/;
  if (!doors.test(text)) throw new Error(`no <acceptors> in ${config}`);
  await writeFile(config, text.replace(doors, acceptors(ports, settings)));
  return {
    version: VERSION,
    broker: { command: join(instance, 'bin', 'artemis'), args: ['run'], env },
    ...(settings.pair?.role === 'backup' && { waits: /AMQ221109|AMQ221032/ }),
  };
}

/** Artemis with settings of one's own. */
export function artemisWith(settings: ArtemisSettings): PeerKind {
  return {
    name: 'artemis',
    recipe,
    ports: ['amqp', 'stomp', 'openwire'],
    urls: ({ amqp, stomp, openwire }) => ({
      amqp: `amqp://127.0.0.1:${amqp}`,
      stomp: `stomp://127.0.0.1:${stomp}`,
      openwire: `tcp://127.0.0.1:${openwire}`,
    }),
    prepare: (home, facts, data, ports) => prepare(home, facts, data, ports, settings),
  };
}

/** Artemis. */
export const artemis: PeerKind = artemisWith({});
