/**
 * RabbitMQ and its Erlang from Debian, unpacked, with STOMP and AMQP 1.0: the version of the machine's
 * own release, and 4.x from a later one, which needs the C library of that release beside it. It runs
 * under a node name, a port mapper (epmd) and a cookie of its own, so that it meets no other RabbitMQ
 * of the machine. Its settings are the shipped ones. AMQP 1.0 addresses of 3.x: `/queue/NAME` (made
 * when missing, not durable), `/amq/queue/NAME` (there already), `/topic/KEY`; of 4.x `/queues/NAME`.
 */

import { createHash, randomBytes } from 'node:crypto';
import { chmod, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Facts, type Recipe, run } from '../interop/install.ts';
import { otherRelease, unpack, withDependencies } from './debian-packages.ts';
import { isolate, LIBRARIES } from './other-libraries.ts';
import { type Launch, PASSWORD, type PeerKind, type PeerName, type Ports, USER } from './peer.ts';

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

/** What is otherwise than usual. */
export interface RabbitSettings {
  /** STOMP, and AMQP 1.0, which are plugins; by default they are there. */
  readonly plugins?: boolean;
  /** A user beside the usual one who may enter the virtual host and do nothing, with the same password. */
  readonly nobody?: string;
  /** PEM files for a port of TLS. */
  readonly tls?: { readonly certificate: string; readonly key: string };
}

/** Its `rabbitmq.conf`. */
async function configure(data: string, ports: Ports, settings: RabbitSettings): Promise<string> {
  const { plugins = true, nobody, tls } = settings;
  const lines = [`listeners.tcp.1 = 127.0.0.1:${ports['amqp']}`, 'log.file.level = warning'];
  if (plugins) lines.push(`stomp.listeners.tcp.1 = 127.0.0.1:${ports['stomp']}`);
  if (tls !== undefined) {
    lines.push(`listeners.ssl.1 = 127.0.0.1:${ports['tls']}`);
    lines.push(`ssl_options.certfile = ${tls.certificate}`, `ssl_options.keyfile = ${tls.key}`);
  }
  if (nobody !== undefined) {
    const definitions = join(data, 'definitions.json');
    await writeFile(definitions, JSON.stringify(definitionsWith(nobody)));
    lines.push(`load_definitions = ${definitions}`);
  }
  const config = join(data, 'rabbitmq.conf');
  await writeFile(config, `${lines.join('\n')}\n`);
  return config;
}

/** Who is there, in place of the user that it would make. */
function definitionsWith(nobody: string): object {
  const salt = randomBytes(4);
  const hash = createHash('sha256').update(salt).update(PASSWORD).digest();
  const hashed = Buffer.concat([salt, hash]).toString('base64');
  const may = (user: string, what: string): object => {
    return { user, vhost: '/', configure: what, write: what, read: what };
  };
  return {
    users: [USER, nobody].map((name) => ({ name, password_hash: hashed, tags: [] })),
    vhosts: [{ name: '/' }],
    permissions: [may(USER, '.*'), may(nobody, '^$')],
  };
}

async function prepare(
  home: string,
  facts: Facts,
  data: string,
  ports: Ports,
  settings: RabbitSettings,
): Promise<Launch> {
  const { programs = '', server = '', version = '' } = facts;
  const plugins = join(data, 'enabled_plugins');
  const enabled = settings.plugins === false ? '' : 'rabbitmq_amqp1_0,rabbitmq_stomp';
  await writeFile(plugins, `[${enabled}].\n`);
  const config = await configure(data, ports, settings);
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

function kind(name: PeerName, settings: RabbitSettings, suite?: string): PeerKind {
  const tls = settings.tls === undefined ? [] : ['tls'];
  return {
    name,
    recipe: recipeFor(suite),
    ports: ['amqp', 'stomp', 'nodes', 'mapper', ...tls],
    urls: ({ amqp, stomp, tls }) => ({
      amqp: `amqp://127.0.0.1:${amqp}`,
      amqp091: `amqp://127.0.0.1:${amqp}`,
      ...(settings.plugins !== false && { stomp: `stomp://127.0.0.1:${stomp}` }),
      ...(tls !== undefined && { amqps091: `amqps://127.0.0.1:${tls}` }),
    }),
    prepare: (home, facts, data, ports) => prepare(home, facts, data, ports, settings),
  };
}

/** RabbitMQ of the machine's own Debian: 3.10 with Debian 12. */
export const rabbitmq: PeerKind = kind('rabbitmq', {});

/** The same, with settings of one's own. */
export function rabbitmqWith(settings: RabbitSettings): PeerKind {
  return kind('rabbitmq', settings);
}

/** RabbitMQ 4.0 with Erlang 27, of Debian 13. */
export const rabbitmq4: PeerKind = rabbitmq4With({});

/** The same, with settings of one's own. */
export function rabbitmq4With(settings: RabbitSettings): PeerKind {
  return kind('rabbitmq4', settings, 'trixie');
}
