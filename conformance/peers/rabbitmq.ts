/**
 * RabbitMQ and its Erlang from Debian, unpacked, with STOMP and AMQP 1.0: the version of the machine's
 * own release, and 4.x from a later one, which needs the C library of that release beside it. It runs
 * under a node name, a port mapper (epmd) and a cookie of its own, so that it meets no other RabbitMQ
 * of the machine. Its settings are the shipped ones. AMQP 1.0 addresses of 3.x: `/queue/NAME` (made
 * when missing, not durable), `/amq/queue/NAME` (there already), `/topic/KEY`; of 4.x `/queues/NAME`.
 */

import { chmod, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Facts, type Recipe, run } from '../interop/install.ts';
import { otherRelease, unpack, withDependencies } from './debian-packages.ts';
import { isolate, LIBRARIES } from './other-libraries.ts';
import type { Launch, PeerKind, PeerName, Ports } from './peer.ts';

const SERVER = 'rabbitmq-server';
const PACKAGES = /^erlang-/;

/** From the machine's release, or from `suite`. */
function recipeFor(suite: string | undefined): Recipe {
  return {
    stamp: `debian ${SERVER} ${suite ?? ''} 2`,
    async run(home) {
      const lists = join(home, 'apt');
      const source = suite === undefined ? undefined : await otherRelease(suite, lists);
      const names = await withDependencies(SERVER, PACKAGES, source);
      const more = source === undefined ? [] : LIBRARIES;
      const { [SERVER]: version = '' } = await unpack(home, [...names, ...more], source);
      await rm(lists, { recursive: true, force: true });
      const erlang = join(home, 'usr', 'lib', 'erlang');
      const erts = (await readdir(erlang)).find((name) => name.startsWith('erts-'));
      if (erts === undefined) throw new Error(`no erts-* in ${erlang}`);
      const programs = join(erlang, erts, 'bin');
      if (source !== undefined) await isolate(home, erlang);
      const erl = await writeErl(home, erlang, programs);
      // Says early whether the libraries are there that it wants.
      await run(erl, ['-noshell', '-eval', 'ok = crypto:start(), halt().']);
      const servers = join(home, 'usr', 'lib', 'rabbitmq', 'lib');
      const [server = ''] = await readdir(servers);
      return { version, programs, server: join(servers, server) };
    },
  };
}

/** Debian's own `erl` knows only the place where it would have been installed. */
async function writeErl(home: string, erlang: string, programs: string): Promise<string> {
  const erl = join(home, 'bin', 'erl');
  await mkdir(join(home, 'bin'), { recursive: true });
  const script = [
    '#!/bin/sh',
    `export ROOTDIR='${erlang}' BINDIR='${programs}' EMU=beam PROGNAME=erl`,
    `exec '${programs}/erlexec' "$@"`,
  ];
  await writeFile(erl, `${script.join('\n')}\n`);
  await chmod(erl, 0o755);
  return erl;
}

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

function kind(name: PeerName, suite?: string): PeerKind {
  return {
    name,
    recipe: recipeFor(suite),
    ports: ['amqp', 'stomp', 'nodes', 'mapper'],
    urls: ({ amqp, stomp }) => ({
      amqp: `amqp://127.0.0.1:${amqp}`,
      amqp091: `amqp://127.0.0.1:${amqp}`,
      stomp: `stomp://127.0.0.1:${stomp}`,
    }),
    prepare,
  };
}

/** RabbitMQ of the machine's own Debian: 3.10 with Debian 12. */
export const rabbitmq: PeerKind = kind('rabbitmq');

/** RabbitMQ 4.0 with Erlang 27, of Debian 13. */
export const rabbitmq4: PeerKind = kind('rabbitmq4', 'trixie');
