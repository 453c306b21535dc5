/**
 * RabbitMQ and its Erlang from Debian, unpacked, with the plugins for STOMP and AMQP 1.0. It runs
 * under a node name, a port mapper (epmd) and a cookie of its own, so that it meets no other
 * RabbitMQ of the machine. Its settings are the shipped ones. AMQP 1.0 addresses of 3.x:
 * `/queue/NAME` (made when missing, not durable), `/amq/queue/NAME` (there already), `/topic/KEY`.
 */

import { chmod, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Facts, type Recipe, run } from '../interop/install.ts';
import { unpack, withDependencies } from './debian-packages.ts';
import type { Launch, PeerKind, Ports } from './peer.ts';

const PACKAGES = /^erlang-/;

const recipe: Recipe = {
  stamp: 'debian rabbitmq-server 1',
  async run(home) {
    const names = await withDependencies('rabbitmq-server', PACKAGES);
    const { 'rabbitmq-server': version = '' } = await unpack(home, names);
    const erlang = join(home, 'usr', 'lib', 'erlang');
    const erts = (await readdir(erlang)).find((name) => name.startsWith('erts-'));
    if (erts === undefined) throw new Error(`no erts-* in ${erlang}`);
    const programs = join(erlang, erts, 'bin');
    // Debian's own `erl` knows only the place where it would have been installed.
    const erl = join(home, 'bin', 'erl');
    await mkdir(join(home, 'bin'));
    const script = [
      '#!/bin/sh',
      `export ROOTDIR='${erlang}' BINDIR='${programs}' EMU=beam PROGNAME=erl`,
      `exec '${programs}/erlexec' "$@"`,
    ];
    await writeFile(erl, `${script.join('\n')}\n`);
    await chmod(erl, 0o755);
    // Says early whether the machine has the libraries it wants.
    await run(erl, ['-noshell', '-eval', 'ok = crypto:start(), halt().']);
    const servers = join(home, 'usr', 'lib', 'rabbitmq', 'lib');
    const [server = ''] = await readdir(servers);
    return { version, programs, server: join(servers, server) };
  },
};

async function prepare(home: string, facts: Facts, data: string, ports: Ports): Promise<Launch> {
  const { programs = '', server = '', version = '' } = facts;
  const plugins = join(data, 'enabled_plugins');
  await writeFile(plugins, '[rabbitmq_amqp1_0,rabbitmq_stomp].\n');
  const settings = [
    `listeners.tcp.1 = 127.0.0.1:${ports['amqp']}`,
    `stomp.listeners.tcp.1 = 127.0.0.1:${ports['stomp']}`,
    'log.file.level = warning',
  ];
  const config = join(data, 'rabbitmq.conf');
  await writeFile(config, `${settings.join('\n')}\n`);
  const mapper = { ERL_EPMD_PORT: `${ports['mapper']}`, ERL_EPMD_ADDRESS: '127.0.0.1' };
  const env = {
    ...mapper,
    HOME: data,
    PATH: `${join(home, 'bin')}:${process.env['PATH'] ?? ''}`,
    // Keeps the start script from standing between us and the broker.
    detached: 'true',
    RABBITMQ_NODENAME: `peer-${ports['amqp']}@localhost`,
    RABBITMQ_DIST_PORT: `${ports['nodes']}`,
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '-kernel inet_dist_use_interface {127,0,0,1}',
    RABBITMQ_MNESIA_BASE: join(data, 'mnesia'),
    RABBITMQ_LOG_BASE: join(data, 'log'),
    RABBITMQ_CONFIG_FILE: config,
    RABBITMQ_ADVANCED_CONFIG_FILE: join(data, 'advanced.config'),
    RABBITMQ_CONF_ENV_FILE: join(data, 'rabbitmq-env.conf'),
    RABBITMQ_ENABLED_PLUGINS_FILE: plugins,
  };
  return {
    version: version.replace(/-.*/, ''),
    companion: { command: join(programs, 'epmd'), args: [], env: mapper },
    broker: { command: join(server, 'sbin', 'rabbitmq-server'), args: [], env },
  };
}

/** RabbitMQ. */
export const rabbitmq: PeerKind = {
  name: 'rabbitmq',
  recipe,
  ports: ['amqp', 'stomp', 'nodes', 'mapper'],
  urls: ({ amqp, stomp }) => ({
    amqp: `amqp://127.0.0.1:${amqp}`,
    amqp091: `amqp://127.0.0.1:${amqp}`,
    stomp: `stomp://127.0.0.1:${stomp}`,
  }),
  prepare,
};
