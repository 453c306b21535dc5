/**
 * Apache Artemis from its archive in Maven, configured by its own `artemis create` and otherwise as
 * shipped; only its doors are ours. Its fast journal wants libaio, which comes from Debian where
 * the machine has none; without it `create` settles for the other one and says so. Queues are
 * made when first named; STOMP destinations are `/queue/NAME` and `/topic/NAME`.
 */

import { existsSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
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

function acceptors(ports: Ports): string {
  const { openwire, amqp, stomp } = ports;
  const sizes = 'tcpSendBufferSize=1048576;tcpReceiveBufferSize=1048576;useEpoll=true';
  const prefixes = 'anycastPrefix=/queue/;multicastPrefix=/topic/';
  const credit = 'amqpCredits=1000;amqpLowCredits=300;amqpMinLargeMessageSize=102400';
  const rows = [
    ['artemis', openwire, 'protocols=CORE,OPENWIRE'],
    ['amqp', amqp, `protocols=AMQP;${credit}`],
    ['stomp', stomp, `protocols=STOMP;${prefixes}`],
  ];
  const lines = rows.map(
    ([name, port, words]) =>
      `<acceptor name="${name}">tcp://127.0.0.1:${port}?${sizes};${words}</acceptor>`,
  );
  return `<acceptors>\n${lines.join('\n')}\n</acceptors>`;
}

async function prepare(home: string, facts: Facts, data: string, ports: Ports): Promise<Launch> {
  const env = facts['libraries'] ? { LD_LIBRARY_PATH: facts['libraries'] } : {};
  const instance = join(data, 'instance');
  const config = join(instance, 'etc', 'broker.xml');
  if (!existsSync(config)) {
    const login = ['--user', USER, '--password', PASSWORD, '--require-login'];
    const ours = ['--silent', '--no-web', '--host', '127.0.0.1', '--no-hornetq-acceptor'];
    const create = [`${home}/bin/artemis`, 'create', instance, ...login, ...ours];
    const words = Object.entries(env).map(([name, value]) => `${name}=${value}`);
    await run('env', [...words, ...create]);
  }
  const text = await readFile(config, 'utf8');
  const doors = /<acceptors>[\s\S]*<\/acceptors>/;
  if (!doors.test(text)) throw new Error(`no <acceptors> in ${config}`);
  await writeFile(config, text.replace(doors, acceptors(ports)));
  return {
    version: VERSION,
    broker: { command: join(instance, 'bin', 'artemis'), args: ['run'], env },
  };
}

/** Artemis. */
export const artemis: PeerKind = {
  name: 'artemis',
  recipe,
  ports: ['amqp', 'stomp', 'openwire'],
  urls: ({ amqp, stomp, openwire }) => ({
    amqp: `amqp://127.0.0.1:${amqp}`,
    stomp: `stomp://127.0.0.1:${stomp}`,
    openwire: `tcp://127.0.0.1:${openwire}`,
  }),
  prepare,
};
